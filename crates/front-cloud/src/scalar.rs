//! Scalars of templates decoded with an exact map: block scalars by walking their lines, quoted ones by their escapes.
//!
//! The parser's own value is the judge: should a decoding ever differ from it, the parser's text is taken and the map
//! points at the scalar as a whole, so the text is right even where the map is coarse.

use crate::json::{Step, steps};
use crate::mapped::Mapped;
use crate::node::{Node, Style, Tree};
use source::FileId;

/// The text of a scalar node.
pub(crate) fn decode(tree: &Tree, node: &Node, style: Style, value: &str) -> Mapped {
    let (start, end) = (content_start(&tree.text, node.start as usize, style), node.end as usize);
    let exact = match style {
        Style::Plain => Some(flow(tree.file, &tree.text, start, end, None)),
        Style::SingleQuoted => quoted(tree, start, end, '\''),
        Style::DoubleQuoted => quoted(tree, start, end, '"'),
        Style::Literal | Style::Folded => block(tree.file, &tree.text, start, style == Style::Folded, value),
        Style::Json => Some(json(tree.file, &tree.text, start)),
    };
    exact.filter(|it| it.text == value).unwrap_or_else(|| {
        let mut coarse = Mapped::new(tree.file);
        coarse.made(start, value);
        coarse
    })
}

/// The first byte of a scalar after its tag and anchor, with which its span may begin.
fn content_start(source: &str, start: usize, style: Style) -> usize {
    if style == Style::Json {
        return start;
    }
    let mut at = start;
    // A tag and an anchor, in either order.
    for _ in 0..2 {
        let rest = source.get(at..).unwrap_or("");
        if !rest.starts_with(['!', '&']) {
            break;
        }
        let property = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let blank = rest.get(property..).unwrap_or("");
        at += property + (blank.len() - blank.trim_start().len());
    }
    at
}

fn json(file: FileId, text: &str, start: usize) -> Mapped {
    let mut out = Mapped::new(file);
    for step in steps(text, start + 1) {
        match step {
            Step::Literal(at, text) => out.literal(at, text),
            Step::Escape { start, value, .. } => out.made(start, value.encode_utf8(&mut [0; 4])),
            Step::Broken(_) => break,
        }
    }
    out
}

fn quoted(tree: &Tree, start: usize, end: usize, quote: char) -> Option<Mapped> {
    let text = tree.text.get(start..end)?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(flow(tree.file, &tree.text, start + 1, start + 1 + inner.len(), Some(quote)))
}

/// Plain and quoted scalars: lines are folded, quotes and backslashes are escapes in their own styles.
fn flow(file: FileId, source: &str, start: usize, end: usize, quote: Option<char>) -> Mapped {
    let mut out = Mapped::new(file);
    let mut at = start;
    // White space is held back: at the end of a line it is dropped.
    let mut blank = start;
    let rest = |from: usize| source.get(from..end).unwrap_or("");
    while let Some(next) = rest(at).chars().next() {
        match next {
            ' ' | '\t' => at += 1,
            '\n' | '\r' => {
                let (after, breaks) = line_breaks(rest(at));
                if breaks == 1 {
                    out.made(at, " ")
                } else {
                    out.made(at, &"\n".repeat(breaks - 1))
                }
                at += after;
                blank = at;
            }
            '\\' if quote == Some('"') => {
                out.literal(blank, source.get(blank..at).unwrap_or(""));
                match escape(rest(at)) {
                    Some((text, len)) => {
                        out.made(at, &text);
                        at += len;
                    }
                    None => at = end,
                }
                blank = at;
            }
            '\'' if quote == Some('\'') => {
                out.literal(blank, source.get(blank..at + 1).unwrap_or(""));
                at += 2;
                blank = at;
            }
            _ => {
                at += next.len_utf8();
                out.literal(blank, source.get(blank..at).unwrap_or(""));
                blank = at;
            }
        }
    }
    if quote.is_some() {
        out.literal(blank, rest(blank));
    }
    out
}

/// The length of a run of line breaks with the blanks between and after them, and how many breaks there are.
fn line_breaks(rest: &str) -> (usize, usize) {
    let mut len = 0;
    let mut breaks = 0;
    let bytes = rest.as_bytes();
    loop {
        match bytes.get(len) {
            Some(b'\r') if bytes.get(len + 1) == Some(&b'\n') => {
                len += 2;
                breaks += 1;
            }
            Some(b'\r' | b'\n') => {
                len += 1;
                breaks += 1;
            }
            Some(b' ' | b'\t') => len += 1,
            Some(_) | None => return (len, breaks),
        }
    }
}

/// The text of a YAML escape and its length.
fn escape(rest: &str) -> Option<(String, usize)> {
    let code = rest.chars().nth(1)?;
    let digits = match code {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\n' | '\r' => {
            // An escaped line break joins the lines; white space before the next line's text goes with it.
            let line = if rest.get(1..).is_some_and(|it| it.starts_with("\r\n")) { 3 } else { 2 };
            let blanks = rest.get(line..)?.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count();
            return Some((String::new(), line + blanks));
        }
        _ => {
            let text = match code {
                '0' => "\0",
                'a' => "\u{7}",
                'b' => "\u{8}",
                't' | '\t' => "\t",
                'n' => "\n",
                'v' => "\u{b}",
                'f' => "\u{c}",
                'r' => "\r",
                'e' => "\u{1b}",
                ' ' => " ",
                '"' => "\"",
                '/' => "/",
                '\\' => "\\",
                'N' => "\u{85}",
                '_' => "\u{a0}",
                'L' => "\u{2028}",
                'P' => "\u{2029}",
                _ => return None,
            };
            return Some((text.to_owned(), 2));
        }
    };
    let value = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((char::from_u32(value)?.to_string(), 2 + digits))
}

/// A line of a block scalar: offset of its first byte, its text without the break, offset of the break.
struct Line<'a> {
    at: usize,
    text: &'a str,
    end: usize,
    /// Whether a break follows.
    ended: bool,
}

/// A block scalar whose `|` or `>` is at `start`. With an indentation indicator the width of the parent is not known here;
/// the width whose decoding gives the parser's value is taken.
fn block(file: FileId, source: &str, start: usize, folded: bool, value: &str) -> Option<Mapped> {
    let header = source.get(start..)?.lines().next()?;
    let marks = header.get(1..)?.split([' ', '\t', '#']).next()?;
    let chomp = marks.chars().find(|it| matches!(it, '+' | '-'));
    let explicit = marks.chars().any(|it| it.is_ascii_digit());
    let lines = lines_after(source, start + header.len());
    let first = lines.iter().find(|it| !it.text.trim_matches(' ').is_empty())?;
    let widest = first.text.len() - first.text.trim_start_matches(' ').len();
    if explicit {
        return (1..=widest).map(|it| fill(file, &lines, it, folded, chomp)).find(|it| it.text == value);
    }
    let mut out = fill(file, &lines, widest, folded, chomp);
    // A file that ends without a line break: the parser supplies it.
    if out.text.len() + 1 == value.len() && value.ends_with('\n') && lines.last().is_some_and(|it| !it.ended) {
        out.made(source.len(), "\n");
    }
    Some(out)
}

/// Where the `|` or `>` stands of a block scalar whose first content character is at `content`: the parser reports the
/// content only.
pub(crate) fn header_start(source: &str, content: usize) -> usize {
    let mut before = source.get(..content).unwrap_or("");
    if source.get(content..).is_some_and(|it| it.starts_with(['|', '>']))
        && is_header(source.get(content..).unwrap_or(""))
    {
        return content;
    }
    loop {
        let at = before.trim_end_matches(['\n', '\r']).rfind('\n').map_or(0, |it| it + 1);
        let line = before.get(at..).unwrap_or("");
        if !line.trim().is_empty() {
            let mark = line.match_indices(['|', '>']).find(|(from, _)| is_header(line.get(*from..).unwrap_or("")));
            return mark.map_or(content, |(from, _)| at + from);
        }
        if at == 0 {
            return content;
        }
        before = source.get(..at).unwrap_or("");
    }
}

/// Whether the rest of a line, from `|` or `>` on, is the head of a block scalar: indicators, then nothing or a comment.
fn is_header(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or("");
    let marks =
        line.get(1..).unwrap_or("").trim_start_matches(['+', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let after = marks.trim_start_matches([' ', '\t']);
    after.is_empty() || (after.starts_with('#') && after.len() < marks.len())
}

fn lines_after(source: &str, header_end: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut at = header_end;
    at += if source.get(at..).is_some_and(|it| it.starts_with("\r\n")) { 2 } else { 1 };
    while let Some(rest) = source.get(at..) {
        if rest.is_empty() {
            break;
        }
        let (len, ended) = rest.find('\n').map_or((rest.len(), false), |it| (it, true));
        let line = rest.get(..len).unwrap_or("");
        let text = line.strip_suffix('\r').unwrap_or(line);
        lines.push(Line { at, text, end: at + len, ended });
        // A document marker ends every scalar; so does a line that is indented less, which `fill` sees.
        if text == "---" || text == "..." {
            lines.pop();
            break;
        }
        at += len + 1;
    }
    lines
}

/// Joins the lines indented by at least `width`, folded or not, the end chomped.
fn fill(file: FileId, lines: &[Line<'_>], width: usize, folded: bool, chomp: Option<char>) -> Mapped {
    let mut out = Mapped::new(file);
    // Breaks since the last line with text, and whether that line folds (does not begin with a blank).
    let mut breaks: Vec<usize> = Vec::new();
    let mut folds = false;
    let mut any = false;
    for line in lines {
        let indent = line.text.len() - line.text.trim_start_matches(' ').len();
        if indent == line.text.len() && indent <= width {
            if line.ended {
                breaks.push(line.end);
            }
            continue;
        }
        if indent < width {
            break;
        }
        let text = line.text.get(width..).unwrap_or("");
        let plain = !text.starts_with([' ', '\t']);
        if folded && any && folds && plain {
            match breaks.as_slice() {
                [] => {}
                [only] => out.made(*only, " "),
                // The first break is the end of the line; the blank lines after it are the text.
                [_, blank @ ..] => blank.iter().for_each(|it| out.literal(*it, "\n")),
            }
        } else {
            breaks.iter().for_each(|it| out.literal(*it, "\n"));
        }
        breaks.clear();
        out.literal(line.at + width, text);
        any = true;
        folds = plain;
        if line.ended {
            breaks.push(line.end);
        }
    }
    match (chomp, breaks.as_slice()) {
        (Some('-'), _) | (_, []) => {}
        (Some('+'), all) => all.iter().for_each(|it| out.literal(*it, "\n")),
        (_, [first, ..]) if any => out.literal(*first, "\n"),
        (_, _) => {}
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::mapped::exact;
    use crate::node::{Kind, NodeId, Tree};
    use source::Sources;
    use std::sync::Arc;

    fn tree(text: &str) -> Tree {
        let mut sources = Sources::new();
        let file = sources.add("t.yaml", text);
        crate::yaml::parse(file, &Arc::from(text)).unwrap()
    }

    /// Every scalar of the text: decoded exactly, and as the parser says.
    fn scalars(text: &str) -> Vec<String> {
        let tree = tree(text);
        let mut out = Vec::new();
        for (at, node) in tree.nodes.iter().enumerate() {
            let Kind::Scalar { value, style } = &node.kind else { continue };
            let mapped = tree.mapped(NodeId(u32::try_from(at).unwrap())).unwrap();
            assert_eq!(&mapped.text, value);
            exact::check(&mapped, text);
            let coarse = mapped.pieces().len() == 1 && mapped.pieces()[0].len == 0;
            assert!(!coarse, "{style:?} {value:?} has only a coarse map in {text:?}");
            out.push(value.clone());
        }
        out
    }

    #[test]
    fn literal_blocks_keep_lines_and_lose_indentation() {
        assert_eq!(scalars("a: |\n  if (x) {\n    y();\n\n  }\nb: 1\n"), ["a", "if (x) {\n  y();\n\n}\n", "b", "1"]);
        assert_eq!(scalars("a: |-\n  x\n  y\n\n\nb: 1\n"), ["a", "x\ny", "b", "1"]);
        assert_eq!(scalars("a: |+\n  x\n\n\nb: 1\n"), ["a", "x\n\n\n", "b", "1"]);
        assert_eq!(scalars("a: |\n  x\r\n  y\r\nb: 1\r\n").len(), 4);
    }

    #[test]
    fn literal_blocks_with_an_indentation_indicator() {
        assert_eq!(scalars("a:\n  b: |2\n      x\n    y\n"), ["a", "b", "  x\ny\n"]);
        assert_eq!(scalars("- |1-\n  x\n"), [" x"]);
    }

    #[test]
    fn a_literal_block_at_the_end_without_a_break() {
        assert_eq!(scalars("a: |\n  x"), ["a", "x\n"]);
        assert_eq!(scalars("a: |\n  x  \n   \n# end\n"), ["a", "x  \n \n"]);
    }

    #[test]
    fn folded_blocks_join_lines() {
        assert_eq!(
            scalars("a: >\n  one\n  two\n\n  three\n    more\n  four\n"),
            ["a", "one two\nthree\n  more\nfour\n"]
        );
        assert_eq!(scalars("a: >-\n  one\n\n\n  two\n"), ["a", "one\n\ntwo"]);
    }

    #[test]
    fn quoted_scalars_with_escapes_and_folding() {
        assert_eq!(scalars("a: \"x\\n\\ty \\u00e9 \\x41 \\\"q\\\"\"\n"), ["a", "x\n\ty é A \"q\""]);
        assert_eq!(scalars("a: \"one\n  two\n\n  three \\\n   four\"\n"), ["a", "one two\nthree four"]);
        assert_eq!(scalars("a: 'it''s\n  ok'\n"), ["a", "it's ok"]);
        assert_eq!(scalars("a: '  x '\n"), ["a", "  x "]);
    }

    #[test]
    fn plain_scalars_fold_and_stop_at_comments() {
        assert_eq!(scalars("a: one\n  two # no\nb: x#y\n"), ["a", "one two", "b", "x#y"]);
        assert_eq!(scalars("ä: ö ü\nb: [é, x]\n"), ["ä", "ö ü", "b", "é", "x"]);
    }

    #[test]
    fn tags_and_spans_survive_characters_of_several_bytes() {
        let tree = tree("# é\nk: !Sub |\n  ü ${X}\n");
        let id = tree.get(tree.roots[0], "k").unwrap();
        assert_eq!(tree.raw(id).unwrap().tag.as_deref(), Some("Sub"));
        let mapped = tree.mapped(id).unwrap();
        exact::check(&mapped, &tree.text);
        assert_eq!(mapped.text, "ü ${X}\n");
    }

    #[test]
    fn tagged_scalars_decode_exactly() {
        assert_eq!(
            scalars("a: !Sub \"x\\n${Y}\"\nb: !Sub 'it''s'\nc: !Sub plain ${Z}\nd: &x !Sub >-\n  one\n  two\n")[1..],
            ["x\n${Y}", "b", "it's", "c", "plain ${Z}", "d", "one two"]
        );
        assert_eq!(scalars("- !Ref A\n- &b \"c\"\n- {k: !GetAtt A.B}\n"), ["A", "c", "k", "A.B"]);
    }

    #[test]
    fn generated_scalars_decode_as_the_parser_says() {
        let words = ["x", "function h() {", "  ", "é", "\t", "# no", "'", "\"", "\\n", "a: b", "}", "${X}"];
        arbtest::arbtest(|u| {
            let header = u.choose(&["|", "|-", "|+", ">", ">-", ">+", "|2", ">1-"])?;
            let mut text = format!("a:\n  k: {header}\n");
            for _ in 0..u.int_in_range(1..=6)? {
                text.push_str(u.choose(&["", "    ", "     ", "    ", "      ", "   "])?);
                for _ in 0..u.int_in_range(0..=3)? {
                    text.push_str(u.choose(&words)?);
                }
                text.push_str(u.choose(&["\n", "\n", "\n", "\r\n"])?);
            }
            text.push_str("z: 1\n");
            let mut sources = Sources::new();
            let file = sources.add("t.yaml", text.as_str());
            if let Ok(tree) = crate::yaml::parse(file, &Arc::from(text.as_str())) {
                for at in 0..tree.nodes.len() {
                    if let Some(mapped) = tree.mapped(NodeId(u32::try_from(at).unwrap())) {
                        exact::check(&mapped, &text);
                    }
                }
            }
            Ok(())
        });
    }
}
