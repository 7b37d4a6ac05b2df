//! YAML to [`Tree`]: events of the parser, its character positions turned into bytes, aliases kept as references.
//!
//! The parser is a loop, not a recursion; the depth is checked here, on its events, before a tree of it exists.

use crate::mapped::offset;
use crate::node::{Broken, Kind, MAX_DEPTH, Node, NodeId, Style, Tree};
use crate::scalar::header_start;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use source::FileId;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A byte order mark as line breaks of the same length, so that no offset moves.
pub(crate) fn without_mark(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("\n\n\n{rest}")),
        None => Cow::Borrowed(text),
    }
}

/// Characters to bytes. ASCII text needs no table.
struct Offsets {
    table: Vec<u32>,
    end: u32,
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        let table = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| offset(at)).collect() };
        Offsets { table, end: offset(text.len()) }
    }

    fn byte(&self, character: usize) -> u32 {
        if self.table.is_empty() {
            offset(character).min(self.end)
        } else {
            self.table.get(character).copied().unwrap_or(self.end)
        }
    }
}

/// An open collection.
struct Frame {
    mapping: bool,
    children: Vec<NodeId>,
    tag: Option<String>,
    anchor: usize,
    start: u32,
}

/// The documents of a file, or where it breaks.
pub(crate) fn parse(file: FileId, text: &Arc<str>) -> Result<Tree, Broken> {
    let source = without_mark(text);
    let offsets = Offsets::new(&source);
    let mut tree = Tree::new(file, text.clone());
    let mut stack: Vec<Frame> = Vec::new();
    let mut anchors: BTreeMap<usize, NodeId> = BTreeMap::new();
    for event in Parser::new_from_str(&source) {
        let (event, span) = event.map_err(|it| Broken::syntax(offsets.byte(it.marker().index()), it.info()))?;
        let (start, end) = (offsets.byte(span.start.index()), offsets.byte(span.end.index()));
        let done = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                None
            }
            Event::Alias(anchor) => {
                let Some(to) = anchors.get(&anchor).copied() else {
                    return Err(Broken::syntax(start, "an alias inside of the node it names"));
                };
                Some((Node { kind: Kind::Alias(to), tag: None, start, end }, 0))
            }
            Event::Scalar(value, style, anchor, tag) => {
                let style = style_of(style);
                let (start, end) = match style {
                    Style::Literal | Style::Folded => {
                        let head = offset(header_start(&source, start as usize));
                        let text = source.get(head as usize..end as usize).unwrap_or("");
                        (head, head + offset(text.trim_end().len()))
                    }
                    Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Json => (start, end),
                };
                let kind = Kind::Scalar { style, value: value.into_owned() };
                Some((Node { kind, tag: local(tag), start, end: end.max(start) }, anchor))
            }
            Event::SequenceStart(anchor, tag) => {
                stack.push(Frame { mapping: false, children: Vec::new(), tag: local(tag), anchor, start });
                None
            }
            Event::MappingStart(anchor, tag) => {
                stack.push(Frame { mapping: true, children: Vec::new(), tag: local(tag), anchor, start });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop().map(|frame| {
                let last = frame.children.last().and_then(|it| tree.raw(*it)).map_or(frame.start, |it| it.end);
                let kind = if frame.mapping {
                    let pairs = frame.children.chunks_exact(2);
                    Kind::Mapping(pairs.filter_map(|it| Some((*it.first()?, *it.get(1)?))).collect())
                } else {
                    Kind::Sequence(frame.children)
                };
                // A block collection ends where its last child ends, not at the line that ended it.
                let closing = source.get(start as usize..end as usize).is_some_and(|it| matches!(it, "]" | "}"));
                let end = if closing { end } else { last };
                (Node { kind, tag: frame.tag, start: frame.start, end: end.max(frame.start) }, frame.anchor)
            }),
        };
        if stack.len() > MAX_DEPTH {
            return Err(Broken::too_deep(start));
        }
        if let Some((node, anchor)) = done {
            let id = tree.push(node);
            if anchor > 0 {
                anchors.insert(anchor, id);
            }
            match stack.last_mut() {
                Some(frame) => frame.children.push(id),
                None => tree.roots.push(id),
            }
        }
    }
    Ok(tree)
}

/// `Sub` of `!Sub`. Tags of the YAML core (`!!str`) say nothing here.
fn local(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    (!tag.is_yaml_core_schema() && !tag.suffix.is_empty()).then(|| tag.suffix.clone())
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
