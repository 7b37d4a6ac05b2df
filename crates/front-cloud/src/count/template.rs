//! Counts the keys of CloudFront resources in templates by watching collections open and close; no tree is made.

use saphyr_parser::{Event, Parser};
use std::collections::BTreeMap;

const TYPE: &str = "AWS::CloudFront::";

/// An open collection.
#[derive(Default)]
struct Frame {
    mapping: bool,
    /// The key whose value comes next; `None` while a key is expected.
    key: Option<String>,
    /// Constructs inside.
    count: usize,
    operator: bool,
    kind: Option<String>,
    merged: Option<String>,
    anchor: usize,
    /// Whether it stands as a key, so that nothing inside is a construct.
    silent: bool,
    /// Whether a key of it names an event of the Serverless Framework that attaches a function.
    event: bool,
}

#[derive(Default)]
struct Watch {
    stack: Vec<Frame>,
    kinds: BTreeMap<usize, Option<String>>,
    /// Totals of `Resources` and of `resources.Resources`, of the document at hand.
    outer: Option<usize>,
    inner: Option<usize>,
    total: usize,
    /// Whether the value that ends is an event of the Serverless Framework that attaches a function.
    event: bool,
}

impl Watch {
    /// Whether the next node is a key.
    fn at_key(&self) -> bool {
        self.stack.last().is_some_and(|it| it.mapping && it.key.is_none())
    }

    fn open(&mut self, mapping: bool, anchor: usize) {
        let silent = self.at_key() || self.stack.last().is_some_and(|it| it.silent);
        self.stack.push(Frame { mapping, anchor, silent, ..Frame::default() });
    }

    fn scalar(&mut self, text: &str) {
        let key = self.at_key();
        let Some(frame) = self.stack.last_mut() else { return };
        if key {
            let operator = text == "Ref" || text.starts_with("Fn::");
            frame.operator |= operator;
            frame.event |= matches!(text, "cloudFront" | "preExistingCloudFront");
            frame.count += usize::from(!operator);
            frame.key = Some(text.to_owned());
            return;
        }
        if frame.key.as_deref() == Some("Type") && frame.kind.is_none() {
            frame.kind = Some(text.to_owned());
        }
        self.value(0, false);
    }

    fn alias(&mut self, anchor: usize) {
        if self.at_key() {
            if let Some(frame) = self.stack.last_mut() {
                frame.count += 1;
                frame.key = Some(String::new());
            }
            return;
        }
        let kind = self.kinds.get(&anchor).cloned().flatten();
        let cloudfront = kind.as_deref().is_some_and(|it| it.starts_with(TYPE));
        if let Some(frame) = self.stack.last_mut().filter(|it| it.key.as_deref() == Some("<<")) {
            frame.merged = kind;
        }
        self.value(0, cloudfront);
    }

    fn close(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        let kind = frame.kind.or(frame.merged);
        if frame.anchor > 0 {
            self.kinds.insert(frame.anchor, kind.clone());
        }
        if self.at_key() {
            if let Some(parent) = self.stack.last_mut() {
                parent.count += 1;
                parent.key = Some(String::new());
            }
            return;
        }
        let item = frame.mapping && !frame.operator && self.stack.last().is_some_and(|it| !it.mapping);
        let cloudfront = frame.mapping && kind.is_some_and(|it| it.starts_with(TYPE));
        self.event |= frame.mapping && frame.event;
        self.value(frame.count + usize::from(item), cloudfront);
    }

    /// A value with so many constructs inside has ended.
    fn value(&mut self, count: usize, cloudfront: bool) {
        // A resource is at most three levels deep; four are enough to tell that something is deeper.
        let path: Vec<&str> = self.stack.iter().take(4).map(|it| it.key.as_deref().unwrap_or("\0")).collect();
        let resource = match path.as_slice() {
            ["Resources", name] => Some((false, *name)),
            ["resources", "Resources", name] => Some((true, *name)),
            _ => None,
        };
        if let Some((inner, name)) = resource {
            let number = if cloudfront && !name.starts_with("Fn::ForEach") { count + 1 } else { 0 };
            let total = if inner { &mut self.inner } else { &mut self.outer };
            *total = Some(total.unwrap_or(0) + number);
        }
        let event = std::mem::take(&mut self.event);
        match path.as_slice() {
            ["functions", _, "events", "\0"] if self.stack.len() == 4 && event => self.total += count,
            ["functions", _, "lambdaAtEdge"] => self.total += count + 1,
            _ => {}
        }
        match self.stack.last_mut() {
            Some(frame) => {
                if !frame.silent {
                    frame.count += count;
                }
                frame.key = None;
            }
            None => {
                self.total += self.inner.take().or(self.outer).unwrap_or(0);
                self.outer = None;
            }
        }
    }
}

pub(super) fn yaml(text: &str) -> usize {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut watch = Watch::default();
    for event in Parser::new_from_str(text) {
        let Ok((event, _)) = event else { return watch.total };
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
            Event::Alias(anchor) => watch.alias(anchor),
            Event::Scalar(text, ..) => watch.scalar(&text),
            Event::SequenceStart(anchor, _) => watch.open(false, anchor),
            Event::MappingStart(anchor, _) => watch.open(true, anchor),
            Event::SequenceEnd | Event::MappingEnd => watch.close(),
        }
    }
    watch.total
}

pub(super) fn json(text: &str) -> usize {
    let mut watch = Watch::default();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let mut len = next.len_utf8();
        match next {
            '{' | '[' => watch.open(next == '{', 0),
            '}' | ']' => watch.close(),
            '"' => {
                let inner = rest.get(1..).unwrap_or("");
                let mut escaped = false;
                let end = inner.bytes().position(|it| {
                    let ends = it == b'"' && !escaped;
                    escaped = it == b'\\' && !escaped;
                    ends
                });
                let end = end.unwrap_or(inner.len());
                watch.scalar(inner.get(..end).unwrap_or(""));
                len = end + 2;
            }
            '-' | '0'..='9' | 'a'..='z' => {
                len = rest
                    .find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '+' | '.')))
                    .unwrap_or(rest.len());
                watch.scalar("");
            }
            _ => {}
        }
        rest = rest.get(len..).unwrap_or("");
    }
    watch.total
}
