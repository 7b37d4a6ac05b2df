//! The functions of the model as TypeScript: one printed form for each. Those that JavaScript has under another name come from the
//! runtime's `printed.ts`. A new function of the model asks for its form here.

use edge::{ExprId, Fn, Node};

use super::Unprinted;
use super::expression::{Code, Expressions, Level, ListCode, ill_formed, two};
use super::literal::{regex_literal, template_text};

impl Expressions<'_> {
    /// One printed form for each function; those that JavaScript has under another name come from the runtime.
    pub(super) fn call(&mut self, function: Fn, args: &[ExprId], id: ExprId, depth: usize) -> Result<Code, Unprinted> {
        match function {
            Fn::StrEq | Fn::IntEq => {
                let [a, b] = two(args)?;
                if let Some(text) = self.empty_or_absent(a, b) {
                    let text = self.code(text, depth)?.at(Level::Unary);
                    return Ok(Code::new(Level::Unary, format!("!{text}")));
                }
                self.binary(a, "===", b, Level::Equality, depth)
            }
            Fn::IntLt | Fn::IntLe => {
                let [a, b] = two(args)?;
                self.binary(a, if function == Fn::IntLt { "<" } else { "<=" }, b, Level::Relational, depth)
            }
            Fn::Present => {
                let [it] = one(args)?;
                let it = self.code(it, depth)?.at(Level::Relational);
                Ok(Code::new(Level::Equality, format!("{it} !== undefined")))
            }
            Fn::Some => {
                let [it] = one(args)?;
                self.code(it, depth)
            }
            Fn::Or => {
                let [it, other] = two(args)?;
                if self.known.present.contains(&it) {
                    return self.code(it, depth);
                }
                let (it, other) =
                    (self.code(it, depth)?.at(Level::Equality), self.code(other, depth)?.at(Level::Equality));
                Ok(Code::new(Level::Nullish, format!("{it} ?? {other}")))
            }
            Fn::Concat => self.template(id, depth),
            Fn::StartsWith => self.method("startsWith", args, depth),
            Fn::EndsWith => self.method("endsWith", args, depth),
            Fn::Contains => self.method("includes", args, depth),
            Fn::JsLower => self.method("toLowerCase", args, depth),
            Fn::JsUpper => self.method("toUpperCase", args, depth),
            Fn::JsTrim => self.method("trim", args, depth),
            Fn::JsSliceFrom | Fn::JsSlice => self.method("slice", args, depth),
            Fn::JsLength => {
                let [it] = one(args)?;
                let it = self.code(it, depth)?.at(Level::Postfix);
                Ok(Code::new(Level::Postfix, format!("{it}.length")))
            }
            Fn::Before | Fn::AfterLast => {
                let [text, mark] = two(args)?;
                let name = if function == Fn::Before { "before" } else { "afterLast" };
                self.taken.insert(name);
                let (text, mark) = (self.code(text, depth)?.text, self.code(mark, depth)?.text);
                Ok(Code::new(Level::Postfix, format!("{name}({text}, {mark})")))
            }
            Fn::JsSplitAt => {
                let [text, mark, at] = three(args)?;
                let text = self.code(text, depth)?.at(Level::Postfix);
                let (mark, at) = (self.code(mark, depth)?.text, self.code(at, depth)?.text);
                Ok(Code::new(Level::Postfix, format!("{text}.split({mark})[{at}]")))
            }
            Fn::JsSplitCount => {
                let [text, mark] = two(args)?;
                let text = self.code(text, depth)?.at(Level::Postfix);
                let mark = self.code(mark, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("{text}.split({mark}).length")))
            }
            Fn::ReplaceFirst | Fn::ReplaceAll => {
                let [text, what, with] = three(args)?;
                let name = if function == Fn::ReplaceFirst { "replace" } else { "replaceAll" };
                // In a replacement `$` has a meaning of its own; a function's result has not.
                let plain = self.store.as_str(with).is_some_and(|it| !it.contains('$'));
                let text = self.code(text, depth)?.at(Level::Postfix);
                let (what, with) = (self.code(what, depth)?.text, self.code(with, depth)?.text);
                let with = if plain { with } else { format!("() => {with}") };
                Ok(Code::new(Level::Postfix, format!("{text}.{name}({what}, {with})")))
            }
            Fn::JsMatches => {
                let [text, pattern, flags] = three(args)?;
                let regex = self.regex(pattern, flags)?;
                let text = self.code(text, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("{regex}.test({text})")))
            }
            Fn::JsReplace => {
                let &[text, pattern, flags, with] = args else { return Err(ill_formed()) };
                let regex = self.regex(pattern, flags)?;
                let text = self.code(text, depth)?.at(Level::Postfix);
                let with = self.code(with, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("{text}.replace({regex}, {with})")))
            }
            Fn::QueryEvery | Fn::QueryFirst => {
                let [query] = one(args)?;
                let name = if function == Fn::QueryEvery { "everyArgument" } else { "firstArguments" };
                self.taken.insert(name);
                let query = self.code(query, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("{name}({query})")))
            }
            Fn::JsEncodeComponent => {
                let [it] = one(args)?;
                let it = self.code(it, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("encodeURIComponent({it})")))
            }
            Fn::IntText => {
                let [it] = one(args)?;
                let it = self.code(it, depth)?.text;
                Ok(Code::new(Level::Postfix, format!("String({it})")))
            }
            Fn::IntAdd => {
                let [a, b] = two(args)?;
                let (a, b) = (self.code(a, depth)?.at(Level::Additive), self.code(b, depth)?.at(Level::Unary));
                Ok(Code::new(Level::Additive, format!("{a} + {b}")))
            }
            Fn::ListEmpty | Fn::ListPush | Fn::ListSetFirst => {
                let list = ListCode(self.items(id, depth)?);
                Ok(Code::new(Level::Primary, list.array()))
            }
        }
    }

    /// `text.name(arguments)`.
    fn method(&mut self, name: &str, args: &[ExprId], depth: usize) -> Result<Code, Unprinted> {
        let (text, others) = args.split_first().ok_or_else(ill_formed)?;
        let text = self.code(*text, depth)?.at(Level::Postfix);
        let others: Vec<String> =
            others.iter().map(|it| self.code(*it, depth).map(|it| it.text)).collect::<Result<_, _>>()?;
        Ok(Code::new(Level::Postfix, format!("{text}.{name}({})", others.join(", "))))
    }

    /// Texts in order as one template.
    fn template(&mut self, id: ExprId, depth: usize) -> Result<Code, Unprinted> {
        let mut text = String::from("`");
        let mut stack = vec![id];
        while let Some(next) = stack.pop() {
            let named = next != id && self.named.contains_key(&next);
            if let Some(known) = self.store.as_str(next) {
                text.push_str(&template_text(known));
            } else if let (Node::Call(Fn::Concat, args), false) = (self.store.node(next), named) {
                let [a, b] = two(args)?;
                stack.extend([b, a]);
            } else {
                text.push_str(&format!("${{{}}}", self.code(next, depth)?.text));
            }
        }
        text.push('`');
        Ok(Code::new(Level::Primary, text))
    }

    fn regex(&self, pattern: ExprId, flags: ExprId) -> Result<String, Unprinted> {
        let constant = |id| self.store.as_str(id).ok_or_else(|| "a pattern is made from the request".to_owned());
        Ok(regex_literal(constant(pattern)?, constant(flags)?))
    }
}

pub(super) fn one(args: &[ExprId]) -> Result<[ExprId; 1], Unprinted> {
    args.try_into().map_err(|_| ill_formed())
}

fn three(args: &[ExprId]) -> Result<[ExprId; 3], Unprinted> {
    args.try_into().map_err(|_| ill_formed())
}
