//! Code printed from the edge program: one TypeScript function for a hook that is understood in full.
//!
//! A hook's exits become `if … return`, its slots `if … else if` chains of changes, shared expressions constants with a name of what
//! they say; each stands below a comment with its source line. Expressions read what the visitor sent (`seen`) and changes go to
//! `onward`, so no order of statements matters but that of exits. Invariant: what is printed means what the edge program says, or
//! there is a reason in words and nothing is printed.

mod expression;
mod functions;
mod known;
mod layout;
mod literal;
mod names;

use edge::{Arm, Exit, ExitKind, ExprId, Hook, Program, Slot};
use source::Span;

use expression::Expressions;
use layout::{Lines, block_comment};
use literal::text_literal;

/// The longest hook that is printed, in exits and arms.
const MOST: usize = 400;

/// A hook as code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Printed {
    /// The module: its default export is the function.
    pub text: String,
    /// Whether it runs on a response.
    pub of_response: bool,
}

/// Why a hook is not printed, as the end of a sentence.
pub type Unprinted = String;

/// Prints a hook. `locate` says where a span stands, `file:line`.
///
/// # Errors
/// What of the hook has no printed form; the user's own code does it then.
pub fn printed(program: &Program, hook: &Hook, locate: &dyn Fn(Span) -> String) -> Result<Printed, Unprinted> {
    if hook.point.on_miss() {
        return Err(format!("`{}` is not printed yet", hook.point.text()));
    }
    let parts = hook.exits.len() + hook.updates.values().map(Vec::len).sum::<usize>();
    if parts > MOST {
        return Err(format!("it has {parts} parts, more than the {MOST} that are printed"));
    }
    let of_response = hook.point.of_response();
    let mut writing = Writing {
        program,
        locate,
        expressions: Expressions::new(&program.store, &roots(hook))?,
        body: Lines::default(),
        of_response,
    };
    let always = hook.exits.iter().position(|it| program.store.is(it.guard, true));
    for exit in hook.exits.iter().take(always.map_or(hook.exits.len(), |it| it + 1)) {
        writing.exit(exit)?;
    }
    for chain in chains(hook).iter().filter(|_| always.is_none()) {
        writing.chain(chain)?;
    }
    let Writing { expressions, mut body, .. } = writing;
    if !of_response && always.is_none() {
        body.gap();
        body.line("return undefined;");
    }
    Ok(Printed { text: module(hook, &expressions, &body, locate), of_response })
}

/// Every expression that is printed.
fn roots(hook: &Hook) -> Vec<ExprId> {
    let mut out = Vec::new();
    for exit in &hook.exits {
        out.push(exit.guard);
        match &exit.kind {
            ExitKind::Redirect { status: _, to } => out.push(*to),
            ExitKind::Respond { status, body } => out.extend([*status, *body]),
            ExitKind::PlatformError(_) => {}
        }
        out.extend(exit.also.iter().map(|it| it.1));
    }
    for chain in chains(hook) {
        out.extend(chain.first().into_iter().flat_map(|it| it.1).map(|it| it.guard));
        out.extend(chain.iter().flat_map(|it| it.1).map(|it| it.value));
    }
    out
}

/// Slots that change under the same conditions, which stand in one `if`; in the order of the source.
fn chains(hook: &Hook) -> Vec<Vec<(Slot, &[Arm])>> {
    let guards = |arms: &[Arm]| arms.iter().map(|it| it.guard).collect::<Vec<_>>();
    let first = |arms: &[Arm]| arms.iter().map(|it| (it.span.file, it.span.start)).min();
    let mut slots: Vec<(Slot, &[Arm])> = hook.updates.iter().map(|(slot, arms)| (*slot, arms.as_slice())).collect();
    slots.sort_by_key(|it| first(it.1));
    let mut out: Vec<Vec<(Slot, &[Arm])>> = Vec::new();
    for (slot, arms) in slots {
        let place = out.iter_mut().find(|it| it.first().is_some_and(|of| guards(of.1) == guards(arms)));
        match place {
            Some(chain) => chain.push((slot, arms)),
            None => out.push(vec![(slot, arms)]),
        }
    }
    out
}

struct Writing<'a> {
    program: &'a Program,
    locate: &'a dyn Fn(Span) -> String,
    expressions: Expressions<'a>,
    body: Lines,
    of_response: bool,
}

impl Writing<'_> {
    /// The names that some expressions need, each declared in front of its first use.
    fn declare(&mut self, of: &[ExprId]) -> Result<(), Unprinted> {
        for declaration in self.expressions.declarations(of)? {
            self.body.line(&declaration);
        }
        Ok(())
    }

    /// The lines of the source that a statement comes from.
    fn comment(&mut self, spans: &[Span]) {
        let mut places: Vec<String> = spans.iter().map(|it| (self.locate)(*it)).collect();
        places.dedup();
        self.body.line(&comment(&places));
    }

    fn exit(&mut self, exit: &Exit) -> Result<(), Unprinted> {
        self.body.gap();
        self.comment(&[exit.span]);
        let mut used = vec![exit.guard];
        match &exit.kind {
            ExitKind::PlatformError(_) => {}
            ExitKind::Redirect { .. } | ExitKind::Respond { .. } if self.of_response => {
                return Err("it answers in place of a response".to_owned());
            }
            ExitKind::Redirect { status: _, to } => used.push(*to),
            ExitKind::Respond { status, body } => used.extend([*status, *body]),
        }
        used.extend(exit.also.iter().map(|it| it.1));
        self.declare(&used)?;
        let program = self.program;
        let act = self.expressions.under(exit.guard, |it| act(program, it, exit))?;
        if program.store.is(exit.guard, true) {
            self.body.lines(&act);
            return Ok(());
        }
        let condition = self.expressions.condition("if", exit.guard)?;
        self.body.lines(&condition);
        self.body.inside(|body| body.lines(&act));
        self.body.line("}");
        self.expressions.refute(exit.guard);
        Ok(())
    }

    fn chain(&mut self, slots: &[(Slot, &[Arm])]) -> Result<(), Unprinted> {
        let Some((_, guards)) = slots.first() else { return Ok(()) };
        self.body.gap();
        let mut first: Vec<Span> = slots.iter().filter_map(|it| it.1.first()).map(|it| it.span).collect();
        first.sort_unstable();
        self.comment(&first);
        let known = self.expressions.known();
        let used: Vec<ExprId> = slots.iter().flat_map(|it| it.1).flat_map(|it| [it.guard, it.value]).collect();
        self.declare(&used)?;
        let mut open = false;
        for (at, arm) in guards.iter().enumerate() {
            let arms: Vec<(Slot, &Arm)> = slots.iter().filter_map(|it| Some((it.0, it.1.get(at)?))).collect();
            let program = self.program;
            let changes: Vec<String> = self.expressions.under(arm.guard, |it| {
                arms.iter().map(|(slot, arm)| change(program, it, *slot, arm.value)).collect::<Result<_, _>>()
            })?;
            let always = self.program.store.is(arm.guard, true) || open && self.expressions.certain(arm.guard);
            if always && !open {
                self.body.lines(&changes);
                return Ok(());
            }
            if always {
                self.body.line("} else {");
            } else if open {
                let condition = self.expressions.condition("} else if", arm.guard)?;
                self.body.lines(&condition);
            } else {
                let condition = self.expressions.condition("if", arm.guard)?;
                self.body.lines(&condition);
            }
            if open {
                let place = comment(&[(self.locate)(arm.span)]);
                self.body.inside(|body| body.line(&place));
            }
            open = true;
            self.body.inside(|body| body.lines(&changes));
            if always {
                break;
            }
            self.expressions.refute(arm.guard);
        }
        self.expressions.forget(known);
        if open {
            self.body.line("}");
        }
        Ok(())
    }
}

/// One slot's new value.
fn change(
    program: &Program,
    expressions: &mut Expressions<'_>,
    slot: Slot,
    value: ExprId,
) -> Result<String, Unprinted> {
    let name = slot.parts().1.map(|it| text_literal(program.store.str(it)));
    let named = |method: &str, arguments: String| {
        let name = name.clone().unwrap_or_default();
        if arguments.is_empty() {
            format!("onward.{method}({name});")
        } else {
            format!("onward.{method}({name}, {arguments});")
        }
    };
    match slot {
        Slot::Path => Ok(format!("onward.path = {};", expressions.of(value)?)),
        Slot::Query => Ok(format!("onward.query = {};", expressions.of(value)?)),
        Slot::Status => Ok(format!("onward.status = {};", expressions.of(value)?)),
        Slot::Body => Ok(format!("onward.body = {};", expressions.of(value)?)),
        Slot::Header(_) | Slot::RespHeader(_) => Ok(named("setHeader", expressions.list(value)?.arguments())),
        Slot::Cookie(_) | Slot::SetCookie(_) => Ok(named("setCookie", expressions.list(value)?.arguments())),
        Slot::Arg(_) => Ok(named("setArgument", expressions.list(value)?.arguments())),
        Slot::OriginHost | Slot::OriginHostHeader | Slot::OriginPort => Err("it chooses another origin".to_owned()),
    }
}

/// What an exit does: the statements under its condition.
fn act(program: &Program, expressions: &mut Expressions<'_>, exit: &Exit) -> Result<Vec<String>, Unprinted> {
    match &exit.kind {
        ExitKind::PlatformError(words) => Ok(vec![format!("throw new Error({});", text_literal(words))]),
        ExitKind::Redirect { status, to } => {
            let location = ("location".to_owned(), expressions.of(*to)?);
            answer(program, expressions, status.to_string(), Some(location), None, &exit.also)
        }
        ExitKind::Respond { status, body } => {
            let status = expressions.of(*status)?;
            let body = (!expressions.is_absent(*body)).then(|| expressions.of(*body)).transpose()?;
            answer(program, expressions, status, None, body, &exit.also)
        }
    }
}

fn answer(
    program: &Program,
    expressions: &mut Expressions<'_>,
    status: String,
    location: Option<(String, String)>,
    body: Option<String>,
    also: &[(Slot, ExprId)],
) -> Result<Vec<String>, Unprinted> {
    let mut headers: Vec<(String, String)> = location.into_iter().collect();
    let mut cookies: Vec<(String, String)> = Vec::new();
    for (slot, value) in also {
        let name = slot.parts().1.map_or("", |it| program.store.str(it)).to_owned();
        let values = expressions.list(*value)?;
        match slot {
            Slot::RespHeader(_) => match values.as_single() {
                Some(one) => headers.push((name, one.to_owned())),
                None if values.is_empty() => {}
                None => headers.push((name, values.array())),
            },
            Slot::SetCookie(_) if values.is_empty() => {}
            Slot::SetCookie(_) => cookies.push((name, values.array())),
            Slot::Path
            | Slot::Query
            | Slot::Arg(_)
            | Slot::Header(_)
            | Slot::Cookie(_)
            | Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort
            | Slot::Status
            | Slot::Body => return Err(format!("an answer sets `{}`", slot.parts().0)),
        }
    }
    Ok(layout::answer(&status, &headers, &cookies, body.as_deref()))
}

/// A comment with places of the source.
fn comment(places: &[String]) -> String {
    format!("// {}", block_comment(&places.join(", ")))
}

/// The file: what it is, what it takes from the runtime, constants, the function.
fn module(hook: &Hook, expressions: &Expressions<'_>, body: &Lines, locate: &dyn Fn(Span) -> String) -> String {
    let (changes, result, types) = if hook.point.of_response() {
        ("ResponseChanges", "void", "ResponseChanges, Seen")
    } else {
        ("RequestChanges", "Answer | undefined", "Answer, RequestChanges, Seen")
    };
    let body = body.text(1);
    let parameter = |name: &str| {
        let used = body.contains(&format!("{name}."));
        if used { name.to_owned() } else { format!("_{name}") }
    };
    let mut text = format!(
        "/**\n * What `{}` does, written out from {}: conditions on what the visitor sent (`seen`), changes of what goes\n * on (`onward`). The comments name the lines it comes from.\n */\n\n",
        block_comment(&hook.name),
        block_comment(&locate(hook.span)),
    );
    let taken = expressions.taken();
    if !taken.is_empty() {
        text.push_str(&format!(
            "import {{ {} }} from \"../../runtime/cloudfront-functions/printed\";\n",
            taken.join(", ")
        ));
    }
    text.push_str(&format!("import type {{ {types} }} from \"../../runtime/cloudfront-functions/printed\";\n\n"));
    for constant in expressions.constants() {
        text.push_str(constant);
        text.push('\n');
    }
    text.push_str(&format!(
        "export default function run({}: Seen, {}: {changes}): {result} {{\n",
        parameter("seen"),
        parameter("onward")
    ));
    text.push_str(&body);
    text.push_str("}\n");
    text
}
