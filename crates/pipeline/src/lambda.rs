//! Lambda@Edge functions that templates define: the file or text that holds the handler, and its name.

use std::collections::BTreeSet;
use std::sync::Arc;

use diag::{Diagnostic, codes};
use front_cloud::{Code, Filled, LambdaDef, LambdaEntry, Rendering, Text};
use passes::Reason;
use source::{FileId, Piece, Sources, Span, SpanMap, Tree};
use symex::Host;

use crate::attach::{HANDLER, Unit, fill, text_of};
use crate::config::Config;
use crate::discover::Found;

/// The unit of a function. One whose code is not at hand has no text, and the reason why.
pub(crate) fn unit(
    tree: &dyn Tree,
    function: &LambdaDef,
    config: &Config,
    found: &Found,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
    used: &mut BTreeSet<FileId>,
) -> Unit {
    let code = entry(&found.paths, function, findings);
    let text = code.and_then(|code| text_of(tree, &function.id, &code, found, sources, findings, used));
    let (file, holes, missing) = match text {
        Ok((file, holes)) => (file, holes, None),
        Err((span, reason)) => {
            let place = SpanMap::new(vec![Piece { text: 0, host: span.start, len: 0 }]);
            (sources.add_embedded(span.file, "", place), Vec::new(), Some(reason))
        }
    };
    if let Some(span) = function.environment {
        let message =
            format!("`{}` has environment variables, which Lambda@Edge does not give a function", function.id);
        let help = "The code sees `undefined` for each; what was meant has to stand in the code itself.";
        findings.push(Diagnostic::new(&codes::ENVIRONMENT_NOT_GIVEN, span, message).help(help));
    }
    let Filled { file, open, values: defaults } = fill(file, holes, config, sources, findings);
    let name = function.name.as_ref().and_then(Text::known).unwrap_or_else(|| function.id.clone());
    Unit {
        name: Arc::from(name.as_str()),
        file,
        host: Host::LambdaEdge,
        handler: Arc::from(function.handler.as_ref().map_or(HANDLER, |it| it.export.as_str())),
        runtime: front_cloud::Runtime::Unknown,
        resource: Some(function.span),
        kvs: false,
        holes: open,
        defaults,
        copy_of: None,
        missing,
        event: None,
        handed: None,
        runs_in: None,
    }
}

/// Where the handler is; else the place that should say so, and why it is not known.
fn entry(
    paths: &BTreeSet<String>,
    function: &LambdaDef,
    findings: &mut Vec<Diagnostic>,
) -> Result<Code, (Span, Reason)> {
    let span = function.handler.as_ref().map_or(function.span, |it| it.span);
    let mut lost = |code: &'static diag::Code, message: String| {
        findings.push(Diagnostic::new(code, span, message.clone()));
        Err((span, Reason { code, message }))
    };
    let file = |path: String| Code::File { path, span, rendering: Rendering::Verbatim, base: front_cloud::Base::Fixed };
    if function.is_python() {
        let message = format!("`{}` is written in Python, which is recognized and not read yet", function.id);
        return lost(&codes::PLATFORM_NOT_READ_YET, message);
    }
    match function.entry(&|path| paths.contains(path)) {
        LambdaEntry::File(path) if path.ends_with(".py") => {
            let message = format!("`{path}` is written in Python, which is recognized and not read yet");
            lost(&codes::PLATFORM_NOT_READ_YET, message)
        }
        LambdaEntry::File(path) => Ok(file(path)),
        LambdaEntry::Source(path) => {
            let message = format!("what is deployed as `{}` is built; its source `{path}` is read", function.id);
            findings.push(Diagnostic::new(&codes::DUPLICATE_FUNCTION_ANALYZED_ONCE, span, message));
            Ok(file(path))
        }
        LambdaEntry::Code(code) => Ok(code),
        LambdaEntry::Missing(candidates) => {
            let first = candidates.first().map_or_else(String::new, Clone::clone);
            let message = format!("the code of `{}` is not in the repository: `{first}` does not exist", function.id);
            lost(&codes::MISSING_FILE_REFERENCE, message)
        }
        LambdaEntry::Unknown(why) => {
            lost(&codes::UNRESOLVED_REFERENCE, format!("the code of `{}` is not known: {why}", function.id))
        }
    }
}
