//! Texts and patterns as they stand in source code.

use serde_json::Value;

/// A text in double quotes.
pub(super) fn text_literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// Text between the places of a template.
pub(super) fn template_text(text: &str) -> String {
    let quoted = text_literal(text);
    let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(&quoted);
    inner.replace("\\\"", "\"").replace('`', "\\`").replace("${", "\\${")
}

/// A pattern between slashes; a slash outside of a class and a line break are escaped, as they would end it.
pub(super) fn regex_literal(pattern: &str, flags: &str) -> String {
    let mut text = String::from("/");
    let (mut escaped, mut class) = (false, false);
    for it in pattern.chars() {
        match it {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                if escaped {
                    text.pop();
                }
                text.push_str(&format!("\\u{:04x}", u32::from(it)));
            }
            '/' if !escaped && !class => text.push_str("\\/"),
            _ => {
                class = !escaped && (it == '[' || class && it != ']') || escaped && class;
                text.push(it);
            }
        }
        escaped = it == '\\' && !escaped;
    }
    if pattern.is_empty() {
        text.push_str("(?:)");
    }
    text.push('/');
    text.push_str(flags);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(text_literal("a\"b\\\n"), r#""a\"b\\\n""#);
        assert_eq!(template_text("a`b${c}\"d\\"), r#"a\`b\${c}"d\\"#);
    }

    #[test]
    fn patterns_cannot_leave_their_slashes() {
        assert_eq!(regex_literal("^/a/(b|[/\\]]c)$", "i"), "/^\\/a\\/(b|[/\\]]c)$/i");
        assert_eq!(regex_literal("a\\/b", ""), "/a\\/b/");
        assert_eq!(regex_literal("", "g"), "/(?:)/g");
        assert_eq!(regex_literal("a\nb\\\nc", ""), "/a\\u000ab\\u000ac/");
    }
}
