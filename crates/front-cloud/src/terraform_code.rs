//! The code of a function in Terraform: a heredoc, `file`, `templatefile`, `replace` around them, or data sources that read a file.

use crate::hcl_template::{Writing, decode, parts};
use crate::mapped::{Mapped, offset};
use crate::model::{Base, Code, Hole, ProblemKind, Rendering, Text};
use crate::module::{Module, Site, key_name};
use crate::repository_path::join;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};
use source::{FileId, Sources, Span};
use std::collections::BTreeMap;

/// How deeply functions may wrap the file.
const DEEPEST: u32 = 16;

/// The code an expression stands for.
pub(crate) fn code<'a>(module: &Module<'a>, site: Option<Site<'a>>, resource: Span, sources: &mut Sources) -> Code {
    let Some(site) = site else {
        let why = "the function has no `code`".to_owned();
        module.problem(ProblemKind::Malformed, resource, why.clone());
        return Code::Unresolved { why, span: resource };
    };
    resolve(module, site, sources, 0)
}

fn resolve<'a>(module: &Module<'a>, site: Site<'a>, sources: &mut Sources, depth: u32) -> Code {
    let site = module.follow(site);
    let unresolved = |why: &str| Code::Unresolved { why: why.to_owned(), span: site.span() };
    if depth > DEEPEST {
        return unresolved("the code is wrapped into too many functions");
    }
    if let Expression::FuncCall(call) = site.expr
        && let Some(code) = wrapped(module, site, call, sources, depth)
    {
        return code;
    }
    if site.expr.is_traversal()
        && let Some(code) = data(module, site, sources, depth)
    {
        return code;
    }
    // A template that holds nothing but one expression is that expression.
    if let Expression::StringTemplate(template) = site.expr
        && template.len() == 1
        && let Some(interpolation) = template.iter().next().and_then(|it| it.as_interpolation())
    {
        return resolve(module, site.at(&interpolation.expr), sources, depth + 1);
    }
    match module.mapped(site) {
        Ok(text) => {
            let map = text.clone().into_text(site.span());
            if let Text::Hole(hole) = map {
                return Code::Unresolved { why: format!("the code is `{}`", hole.name), span: hole.span };
            }
            text.embed(sources)
        }
        Err(open) => Code::Unresolved { why: open.why, span: open.span },
    }
}

/// `file`, `templatefile`, and the functions that are written around them.
fn wrapped<'a>(
    module: &Module<'a>,
    site: Site<'a>,
    call: &'a FuncCall,
    sources: &mut Sources,
    depth: u32,
) -> Option<Code> {
    let argument = |index: usize| call.args.get(index).map(|it| site.at(it));
    match call.name.name.as_str() {
        "file" => Some(file(module, argument(0)?, Rendering::Verbatim)),
        "templatefile" => {
            let variables = argument(1).map(|it| variables(module, it));
            match variables {
                Some(Some(variables)) => Some(file(module, argument(0)?, Rendering::Template(variables))),
                Some(None) => {
                    let why = "Terraform makes the variables of the template".to_owned();
                    Some(Code::Unresolved { why, span: argument(1)?.span() })
                }
                None => Some(file(module, argument(0)?, Rendering::Template(Vec::new()))),
            }
        }
        "replace" => {
            let inner = resolve(module, argument(0)?, sources, depth + 1);
            let Code::File { path, span, rendering, base } = inner else { return None };
            let needle = module.text(argument(1)?).known()?;
            let step = (needle, module.text(argument(2)?));
            let rendering = match rendering {
                Rendering::Verbatim => Rendering::Replace(vec![step]),
                Rendering::Replace(mut steps) => {
                    steps.push(step);
                    Rendering::Replace(steps)
                }
                Rendering::Template(_) => return None,
            };
            Some(Code::File { path, span, rendering, base })
        }
        "trimspace" | "chomp" | "tostring" | "nonsensitive" => {
            let inner = resolve(module, argument(0)?, sources, depth + 1);
            matches!(inner, Code::File { .. }).then_some(inner)
        }
        _ => None,
    }
}

/// The variables of `templatefile`, if their names are fixed.
fn variables<'a>(module: &Module<'a>, site: Site<'a>) -> Option<Vec<(String, Text)>> {
    let site = module.follow(site);
    let Expression::Object(object) = site.expr else { return None };
    object.iter().map(|(key, value)| Some((key_name(key)?.to_owned(), module.text(site.at(value.expr()))))).collect()
}

/// The code in the file that `site` names.
fn file<'a>(module: &Module<'a>, site: Site<'a>, rendering: Rendering) -> Code {
    let span = site.span();
    module.from_module.set(false);
    let written = match module.mapped(site) {
        Ok(text) => text.into_text(span),
        Err(open) => return Code::Unresolved { why: format!("the name of the file: {}", open.why), span },
    };
    let Some(path) = written.known() else {
        return Code::Unresolved { why: format!("the name of the file is open: `{}`", written.display()), span };
    };
    match join(&module.folder, &path) {
        Ok(joined) => {
            let base = if module.from_module.get() { Base::Fixed } else { Base::Run(path) };
            Code::File { path: joined, span, rendering, base }
        }
        Err(_) => {
            module.problem(ProblemKind::OutsideRepository, span, format!("`{path}` leads out of the repository"));
            Code::Unresolved { why: "the file is outside of the repository".to_owned(), span }
        }
    }
}

/// `data.local_file.x.content`, `data.template_file.x.rendered`.
fn data<'a>(module: &Module<'a>, site: Site<'a>, sources: &mut Sources, depth: u32) -> Option<Code> {
    let name = site.written();
    let (of, block) = module.block(crate::module::address(&name))?;
    let value = |key: &str| block.body.get_attribute(key).map(|it| Site { of, expr: &it.value });
    if name.starts_with("data.local_file.") && (name.ends_with(".content") || name.ends_with(".source")) {
        return Some(file(module, value("filename")?, Rendering::Verbatim));
    }
    if name.starts_with("data.template_file.") && name.ends_with(".rendered") {
        let template = resolve(module, value("template")?, sources, depth + 1);
        let Code::File { path, span, rendering: Rendering::Verbatim, base } = template else { return None };
        let given = match value("vars") {
            // Variables that are not fixed leave their places open.
            Some(vars) => variables(module, vars).unwrap_or_default(),
            None => Vec::new(),
        };
        return Some(Code::File { path, span, rendering: Rendering::Template(given), base });
    }
    None
}

/// The code of a file after its [`Rendering`]: an embedded file of `sources` whose map leads back into `file`.
///
/// What is filled from known values is text, what stays open is a hole. Directives (`%{ if … }`) are evaluated by Terraform only.
#[must_use]
pub fn render(sources: &mut Sources, file: FileId, rendering: &Rendering) -> Code {
    let text = sources.file(file).text().clone();
    let whole = Span::new(file, 0, offset(text.len()));
    match rendering {
        Rendering::Verbatim => {
            let mut out = Mapped::new(file);
            out.literal(0, &text);
            out.embed(sources)
        }
        Rendering::Template(given) => match template(file, &text, given) {
            Ok(out) => out.embed(sources),
            Err((why, span)) => Code::Unresolved { why, span: span.unwrap_or(whole) },
        },
        Rendering::Replace(steps) => {
            let mut now = Mapped::new(file);
            now.literal(0, &text);
            for (needle, with) in steps {
                if needle.is_empty() || (needle.len() > 1 && needle.starts_with('/') && needle.ends_with('/')) {
                    let why = "a replacement by a regular expression is evaluated by Terraform only".to_owned();
                    return Code::Unresolved { why, span: whole };
                }
                now = replaced(&now, needle, with);
            }
            now.embed(sources)
        }
    }
}

fn replaced(text: &Mapped, needle: &str, with: &Text) -> Mapped {
    let mut out = Mapped::new(text.host);
    let mut from = 0;
    for (at, _) in text.text.match_indices(needle) {
        out.append_range(text, offset(from), offset(at), 0);
        let mut probe = Mapped::new(text.host);
        probe.append_range(text, offset(at), offset(at + needle.len()), 0);
        let span = probe.into_text(Span::new(text.host, 0, 0)).span().unwrap_or(Span::new(text.host, 0, 0));
        fill(&mut out, with, span);
        from = at + needle.len();
    }
    out.append_range(text, offset(from), offset(text.text.len()), 0);
    out
}

/// A value in place of what stands at `span`.
fn fill(out: &mut Mapped, value: &Text, span: Span) {
    match value {
        Text::Known(text, _) => out.made(span.start as usize, text),
        Text::Hole(hole) => out.hole(Hole { name: hole.name.clone(), default: hole.default.clone(), span }),
        Text::Parts(parts) => parts.iter().for_each(|it| fill(out, it, span)),
    }
}

fn template(file: FileId, text: &str, given: &[(String, Text)]) -> Result<Mapped, (String, Option<Span>)> {
    let span = |range: std::ops::Range<usize>| Span::new(file, offset(range.start), offset(range.end));
    let parsed = hcl_edit::parser::parse_template(text).map_err(|it| {
        let at = it.location().offset();
        (format!("not a template of Terraform: {}", it.message().replace('\n', " ")), Some(span(at..at)))
    })?;
    let given: BTreeMap<&str, &Text> = given.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let mut out = Mapped::new(file);
    let mut line_start = true;
    for part in parts(parsed.iter()) {
        match part {
            crate::hcl_template::Part::Text(range) => {
                decode(text, range, Writing::Raw { indent: 0 }, &mut line_start, &mut out)
            }
            crate::hcl_template::Part::Expression(expr, range) => {
                match expr.as_variable().and_then(|it| given.get(it.as_str())) {
                    Some(value) => fill(&mut out, value, span(range)),
                    None => {
                        let name = expr.span().and_then(|it| text.get(it)).unwrap_or("an expression").trim().to_owned();
                        out.hole(Hole { name, default: None, span: span(range) });
                    }
                }
            }
            crate::hcl_template::Part::Open(what, range) => {
                return Err((format!("{what} is evaluated by Terraform only"), Some(span(range))));
            }
        }
    }
    Ok(out)
}
