//! Functions made of `n` equal steps.

use std::fmt::Write;

/// What a step is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `if (…) headers[…] = …` over a slot of its own.
    Ifs,
    /// `if (…) return …`.
    EarlyReturns,
    /// `if (…) uri += …`, each on what the one before it left.
    UriSteps,
    /// A row of a table of redirects.
    TableRows,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Shape; 4] = [Shape::Ifs, Shape::EarlyReturns, Shape::UriSteps, Shape::TableRows];

    /// The name in the printed table.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Shape::Ifs => "ifs",
            Shape::EarlyReturns => "early returns",
            Shape::UriSteps => "uri += steps",
            Shape::TableRows => "table rows",
        }
    }

    /// The sizes that are measured.
    #[must_use]
    pub fn sizes(self) -> &'static [usize] {
        match self {
            Shape::Ifs | Shape::EarlyReturns | Shape::UriSteps => &[64, 256, 1_024, 4_096],
            Shape::TableRows => &[1_000, 10_000, 100_000],
        }
    }

    /// The source of a handler with `steps` steps.
    #[must_use]
    pub fn source(self, steps: usize) -> String {
        let mut text = String::new();
        if self == Shape::TableRows {
            text.push_str("var rows = {\n");
            for at in 0..steps {
                let _ = writeln!(text, "  '/{at}': 'https://a.example/{at}',");
            }
            text.push_str("};\n");
        }
        text.push_str("function handler(event) {\n  var r = event.request;\n");
        for at in 0..steps {
            let _ = match self {
                Shape::Ifs => writeln!(text, "  if (r.headers['h{at}']) r.headers['x{at}'] = {{ value: 'v{at}' }};"),
                Shape::EarlyReturns => writeln!(
                    text,
                    "  if (r.uri === '/p{at}') return {{ statusCode: 301, headers: {{ location: {{ value: '/n{at}' }} }} }};"
                ),
                Shape::UriSteps => writeln!(text, "  if (r.headers['h{at}']) r.uri += '/{at}';"),
                Shape::TableRows => Ok(()),
            };
        }
        if self == Shape::TableRows {
            text.push_str(
                "  var to = rows[r.uri];\n  if (to) return { statusCode: 301, headers: { location: { value: to } } };\n",
            );
        }
        text.push_str("  return r;\n}\n");
        text
    }
}
