//! Requests from the raw tokens of the legacy source, and their near misses.
//!
//! Nothing here knows what the compiler understood: names and literals come from a tokenizer, and a third of the requests
//! ignore the program. The same sources, hosts, count and seed give the same exchanges; no two are equal; every one keeps
//! to the domain facts of the profile (normalized ASCII path, token names, printable ASCII header text).

mod regex_examples;
mod requests;
mod stored;
pub(crate) mod tokens;
mod vocabulary;

use std::collections::HashSet;

use interp::exchange::Exchange;

use crate::random::Random;
pub use stored::{Asked, Stock};

use requests::Generator;
use vocabulary::Vocabulary;

/// Mines up to `count` distinct exchanges. `hosts` are those of the site; when it is empty, hosts are taken from the text.
/// Fewer come back only where the vocabulary cannot give that many.
#[must_use]
pub fn mine(sources: &[&str], hosts: &[String], count: usize, seed: u64) -> Vec<Exchange> {
    let mut random = Random::new(seed);
    let vocabulary = Vocabulary::read(sources, hosts, &mut random);
    let mut generator = Generator::new(&vocabulary, random);
    let mut seen: HashSet<Exchange> = HashSet::with_capacity(count);
    let mut mined = Vec::with_capacity(count);
    let mut add = |it: Exchange, mined: &mut Vec<Exchange>| {
        if mined.len() < count && seen.insert(it.clone()) {
            mined.push(it);
        }
    };
    // A third asks for each word by itself, or for words close to each other; a third ignores the program; the rest combines words.
    for (list, share) in [(generator.close_pairs(), count / 6), (generator.one_at_a_time(), count / 6)] {
        // Near pairs come exact first, so they are cut; single words come mixed.
        for it in list.into_iter().take(share.max(1)) {
            add(it, &mut mined);
        }
    }
    let mut foreign = 0;
    for attempt in 0..count.saturating_mul(8) {
        if mined.len() >= count {
            break;
        }
        let before = mined.len();
        if foreign * 3 < count && attempt % 2 == 0 {
            add(generator.foreign(), &mut mined);
            foreign += mined.len() - before;
        } else {
            add(generator.combined(), &mut mined);
        }
    }
    mined
}

/// Whole numbers of the sources that a length may be compared with, ascending.
#[must_use]
pub fn lengths(sources: &[&str]) -> Vec<usize> {
    let numbers = sources.iter().flat_map(|it| tokens::tokens(it)).filter_map(|it| match it {
        tokens::Token::Number(text) => text.parse::<usize>().ok(),
        tokens::Token::Name(_) | tokens::Token::Text(_) | tokens::Token::Regex(..) | tokens::Token::Mark(_) => None,
    });
    let mut all: Vec<usize> = numbers.filter(|it| (2..4_000).contains(it)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        function handler(event) {
            var request = event.request, headers = request.headers;
            if (/^\/blog\/(\d{4})\/[a-z-]+$/.test(request.uri) && headers['x-beta']?.value === 'on') request.uri = '/b/' + request.uri;
            if (request.cookies.session && request.querystring.lang.value == 'de') return { statusCode: 302, headers: { location: { value: '/de/' } } };
            if (headers["cloudfront-viewer-country"].value === "CH") return { statusCode: 403 };
            return request;
        }"#;

    fn mined() -> Vec<Exchange> {
        mine(&[SOURCE], &["www.example.com".to_owned()], 600, 7)
    }

    #[test]
    fn requests_are_distinct_and_repeatable() {
        let first = mined();
        assert_eq!(first, mined());
        assert_eq!(first.len(), 600);
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 600);
        assert_ne!(first, mine(&[SOURCE], &["www.example.com".to_owned()], 600, 8));
    }

    #[test]
    fn requests_keep_to_the_domain() {
        for it in mined() {
            let request = &it.request;
            assert!(
                request.path.starts_with('/')
                    && request.path.chars().all(|it| it.is_ascii_graphic() && !"?#".contains(it)),
                "{}",
                request.path
            );
            assert!(
                !request.path.contains("//") && !request.path.contains("/./") && !request.path.contains("/../"),
                "{}",
                request.path
            );
            assert!(request.method.chars().all(|it| it.is_ascii_uppercase()), "{}", request.method);
            for (name, value) in &request.headers.0 {
                assert!(
                    name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "-_".contains(it)),
                    "{name}"
                );
                assert!(value.chars().all(|it| it.is_ascii_graphic() || it == ' '), "{name}: {value:?}");
                assert_eq!(value.trim(), value);
            }
        }
    }

    #[test]
    fn words_of_the_source_and_their_near_misses_are_met() {
        let all = mined();
        let any = |test: &dyn Fn(&Exchange) -> bool| all.iter().filter(|it| test(it)).count();
        let blog = regex_lite(&all);
        assert!(blog >= 3, "{blog} paths match the expression");
        assert!(any(&|it| it.request.headers.first("x-beta") == Some("on")) >= 3);
        assert!(any(&|it| it.request.headers.first("x-beta") == Some("ON")) >= 1, "other case");
        assert!(any(&|it| it.request.headers.first("x-beta") == Some("")) >= 1, "empty");
        assert!(any(&|it| it.request.headers.all("x-beta").count() > 1) >= 1, "repeated");
        assert!(any(&|it| it.request.headers.first("cookie").is_some_and(|it| it.contains("session="))) >= 3);
        assert!(any(&|it| it.request.query.as_deref() == Some("lang=de")) >= 1);
        assert!(any(&|it| it.request.query.as_deref() == Some("")) >= 1, "a bare question mark");
        assert!(any(&|it| it.request.visitor.get("country").is_some_and(|it| it == "CH")) >= 3);
        assert!(any(&|it| !it.request.visitor.contains_key("country")) >= 3);
        assert!(any(&|it| it.origin.status >= 400) >= 20);
        assert!(any(&|it| it.request.method != "GET") >= 50);
    }

    fn regex_lite(all: &[Exchange]) -> usize {
        all.iter()
            .filter(|it| {
                let parts: Vec<&str> = it.request.path.split('/').collect();
                matches!(parts.as_slice(), ["", "blog", year, slug] if year.len() == 4 && year.chars().all(|it| it.is_ascii_digit())
                    && !slug.is_empty() && slug.chars().all(|it| it.is_ascii_lowercase() || it == '-'))
            })
            .count()
    }
}
