//! The host's modules on constants: `querystring`, `crypto` and `Date`, computed here and now.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use edge::Why;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

use crate::Eval;
use crate::value::{ObjId, ObjKind, V, Val};

/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// Names of `Date` methods that read one field of a moment in UTC.
const UTC_FIELDS: [&str; 7] = [
    "getUTCFullYear",
    "getUTCMonth",
    "getUTCDate",
    "getUTCHours",
    "getUTCMinutes",
    "getUTCSeconds",
    "getUTCMilliseconds",
];

impl Eval<'_> {
    /// What a function of a host module gives for constants; nothing where an argument is none.
    pub(crate) fn module_call(&mut self, name: &str, args: &[V]) -> Option<Val> {
        let text = |at: usize| match args.get(at).map(|it| &it.val) {
            Some(Val::Str(text)) => Some(text.clone()),
            _ => None,
        };
        match name {
            "querystring.escape" if args.len() == 1 => {
                Some(Val::Str(Arc::from(crate::builtins::encode_component(&text(0)?))))
            }
            "querystring.unescape" if args.len() == 1 => {
                Some(Val::Str(Arc::from(crate::constants::percent_decoded(&text(0)?, "")?)))
            }
            "querystring.parse" | "querystring.decode" if args.len() == 1 => self.parsed_query(&text(0)?),
            "querystring.stringify" | "querystring.encode" if args.len() == 1 => self.query_of(args.first()?),
            "crypto.createHash" if args.len() == 1 => {
                let kind = ObjKind::Hash(text(0)?, None, Arc::from([]));
                Some(Val::Obj(self.heap.alloc(kind)))
            }
            "crypto.createHmac" if args.len() == 2 => {
                let kind = ObjKind::Hash(text(0)?, Some(Arc::from(text(1)?.as_bytes())), Arc::from([]));
                Some(Val::Obj(self.heap.alloc(kind)))
            }
            "Date.parse" if args.len() == 1 => Some(Val::Num(moment(&text(0)?)?)),
            "Date.UTC" => {
                let fields: Option<Vec<f64>> = args.iter().map(|it| self.to_number(&it.val)).collect();
                Some(Val::Num(from_fields(&fields?)?))
            }
            _ => None,
        }
    }

    /// `new Date(…)` of a number or of a text in the form of ISO 8601.
    pub(crate) fn new_date(&mut self, args: &[V]) -> Option<Val> {
        let at = match (args.first().map(|it| &it.val)?, args.len()) {
            (Val::Num(at), 1) => at.trunc(),
            (Val::Str(text), 1) => moment(text)?,
            _ => return None,
        };
        Some(Val::Obj(self.heap.alloc(ObjKind::Date(at))))
    }

    pub(crate) fn date_method(&mut self, method: &str, at: f64, why: Why) -> V {
        let [year, month, day, hour, minute, second, millisecond] = fields(at);
        let val = match method {
            "getTime" | "valueOf" => Val::Num(at),
            "getUTCDay" => Val::Num(((at / DAY).floor() + 4.0).rem_euclid(7.0)),
            "toISOString" | "toJSON" if (0.0..=9999.0).contains(&year) => Val::Str(Arc::from(format!(
                "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z",
                month + 1.0
            ))),
            _ => match UTC_FIELDS.iter().position(|it| *it == method) {
                Some(at) => fields_value([year, month, day, hour, minute, second, millisecond], at),
                None => self.unknown_data(format!("the date method {method}")),
            },
        };
        V { val, why }
    }

    /// `update` and `digest` of a hash whose data are known.
    pub(crate) fn hash_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        if let Val::Obj(id) = this.val
            && let Some(val) = self.hashed(id, method, args)
        {
            return V { val, why };
        }
        self.havoc(this);
        let unknown = self.unknown_data(format!("{method} of a hash"));
        self.may_throw(&unknown);
        V { val: unknown, why }
    }

    fn hashed(&mut self, id: ObjId, method: &str, args: &[V]) -> Option<Val> {
        let ObjKind::Hash(algorithm, key, data) = self.heap.get(id).kind.clone() else { return None };
        let live = self.live();
        match (method, args.first().map(|it| &it.val)) {
            // A hash that is fed on one of two ways is not known.
            ("update", Some(Val::Str(text))) if args.len() == 1 && self.program.store.is(live, true) => {
                let data: Vec<u8> = data.iter().copied().chain(text.bytes()).collect();
                self.heap.set_kind(id, ObjKind::Hash(algorithm.clone(), key, Arc::from(data)));
                Some(Val::Obj(id))
            }
            ("digest", Some(Val::Str(encoding))) => {
                let digest = match key {
                    None => digest(&algorithm, &data)?,
                    Some(key) => keyed_digest(&algorithm, &key, &data)?,
                };
                let text = match &**encoding {
                    "hex" => digest.iter().map(|it| format!("{it:02x}")).collect(),
                    "base64" => STANDARD.encode(digest),
                    "base64url" => URL_SAFE_NO_PAD.encode(digest),
                    _ => return None,
                };
                Some(Val::Str(Arc::from(text)))
            }
            _ => None,
        }
    }

    fn parsed_query(&mut self, text: &str) -> Option<Val> {
        let id = self.heap.alloc(ObjKind::Plain);
        for piece in text.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let decode = |it: &str| crate::constants::percent_decoded(&it.replace('+', " "), "");
            let (name, value) = (decode(name)?, decode(value)?);
            // A repeated name makes a list.
            if self.heap.get(id).props.contains_key(&*name) {
                return None;
            }
            self.heap.init(id, &name, V { val: Val::Str(Arc::from(value)), why: Why::NONE });
        }
        Some(Val::Obj(id))
    }

    fn query_of(&mut self, object: &V) -> Option<Val> {
        let mut pieces = Vec::new();
        for key in self.key_values(object)? {
            let value = self.get(object, &key);
            let values = match &value.val {
                Val::Str(_) | Val::Num(_) | Val::Bool(_) => vec![value],
                _ => self.elements(&value)?,
            };
            let Val::Str(name) = &key.val else { return None };
            let name = crate::builtins::encode_component(name);
            for value in values {
                let Val::Str(value) = self.text_of(&value).val else { return None };
                pieces.push(format!("{name}={}", crate::builtins::encode_component(&value)));
            }
        }
        Some(Val::Str(Arc::from(pieces.join("&"))))
    }
}

fn digest(algorithm: &str, data: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        "md5" => Some(Md5::digest(data).to_vec()),
        "sha1" => Some(Sha1::digest(data).to_vec()),
        "sha256" => Some(Sha256::digest(data).to_vec()),
        _ => None,
    }
}

fn keyed_digest(algorithm: &str, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    fn run<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
        mac.update(data);
        Some(mac.finalize().into_bytes().to_vec())
    }
    match algorithm {
        "md5" => run::<Hmac<Md5>>(key, data),
        "sha1" => run::<Hmac<Sha1>>(key, data),
        "sha256" => run::<Hmac<Sha256>>(key, data),
        _ => None,
    }
}

fn fields_value(fields: [f64; 7], at: usize) -> Val {
    fields.get(at).map_or(Val::Undef, |it| Val::Num(*it))
}

/// Year, month from 0, day, hour, minute, second and millisecond of a moment in UTC, by the civil calendar.
fn fields(at: f64) -> [f64; 7] {
    let days = (at / DAY).floor();
    let rest = at - days * DAY;
    // Years are counted from March, so that the day that comes and goes is the last one.
    let shifted = days + 719_468.0;
    let era = (shifted / 146_097.0).floor();
    let of_era = shifted - era * 146_097.0;
    let year_of_era =
        ((of_era - (of_era / 1460.0).floor() + (of_era / 36_524.0).floor() - (of_era / 146_096.0).floor()) / 365.0)
            .floor();
    let of_year = of_era - (365.0 * year_of_era + (year_of_era / 4.0).floor() - (year_of_era / 100.0).floor());
    let month_from_march = ((5.0 * of_year + 2.0) / 153.0).floor();
    let day = of_year - ((153.0 * month_from_march + 2.0) / 5.0).floor() + 1.0;
    let month = if month_from_march < 10.0 { month_from_march + 2.0 } else { month_from_march - 10.0 };
    let year = year_of_era + era * 400.0 + f64::from(u8::from(month < 2.0));
    let part = |unit: f64, of: f64| ((rest / unit).floor()).rem_euclid(of);
    [year, month, day, part(3_600_000.0, 24.0), part(60_000.0, 60.0), part(1000.0, 60.0), part(1.0, 1000.0)]
}

/// The moment of year, month from 0, and what follows; years before 100 and months beyond the year are left to the engine.
fn from_fields(given: &[f64]) -> Option<f64> {
    let field = |at: usize, default: f64| given.get(at).copied().unwrap_or(default);
    let (year, month) = (field(0, f64::NAN), field(1, 0.0));
    if !given.iter().all(|it| it.is_finite() && it.fract() == 0.0)
        || !(100.0..=9999.0).contains(&year)
        || !(0.0..=11.0).contains(&month)
    {
        return None;
    }
    let year_from_march = if month < 2.0 { year - 1.0 } else { year };
    let era = (year_from_march / 400.0).floor();
    let of_era = year_from_march - era * 400.0;
    let month_from_march = if month < 2.0 { month + 10.0 } else { month - 2.0 };
    let of_year = ((153.0 * month_from_march + 2.0) / 5.0).floor() + field(2, 1.0) - 1.0;
    let days =
        era * 146_097.0 + of_era * 365.0 + (of_era / 4.0).floor() - (of_era / 100.0).floor() + of_year - 719_468.0;
    Some(days * DAY + field(3, 0.0) * 3_600_000.0 + field(4, 0.0) * 60_000.0 + field(5, 0.0) * 1000.0 + field(6, 0.0))
}

/// The moment that a text of the form `2024-05-06` or `2024-05-06T07:08:09.123Z` names; others depend on the engine's zone.
fn moment(text: &str) -> Option<f64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.strip_suffix('Z')?),
        None => (text, ""),
    };
    let mut given = Vec::new();
    let mut digits = |part: &str, width: usize| {
        (part.len() == width && part.bytes().all(|it| it.is_ascii_digit()))
            .then(|| part.parse::<f64>().ok())?
            .map(|it| given.push(it))
    };
    let mut parts = date.split('-');
    digits(parts.next()?, 4)?;
    digits(parts.next()?, 2)?;
    digits(parts.next()?, 2)?;
    if parts.next().is_some() {
        return None;
    }
    if !time.is_empty() {
        let (clock, fraction) = time.split_once('.').unwrap_or((time, "000"));
        let mut parts = clock.split(':');
        digits(parts.next()?, 2)?;
        digits(parts.next()?, 2)?;
        digits(parts.next().unwrap_or("00"), 2)?;
        if parts.next().is_some() {
            return None;
        }
        digits(fraction, 3)?;
    }
    let ranges = [(0.0, 9999.0), (1.0, 12.0), (1.0, 28.0), (0.0, 23.0), (0.0, 59.0), (0.0, 59.0), (0.0, 999.0)];
    // The last days of months are left to the engine, which rejects some.
    if !given.iter().zip(ranges).all(|(it, (from, to))| (from..=to).contains(it)) {
        return None;
    }
    if let Some(month) = given.get_mut(1) {
        *month -= 1.0;
    }
    from_fields(&given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_civil_calendar() {
        for (text, wanted) in [
            ("1970-01-01", 0.0),
            ("2024-02-28", 1_709_078_400_000.0),
            ("2000-03-01T00:00:00Z", 951_868_800_000.0),
            ("2026-11-23T23:10:00.250Z", 1_795_475_400_250.0),
            ("1900-01-01", -2_208_988_800_000.0),
        ] {
            assert_eq!(moment(text), Some(wanted), "{text}");
            let of = fields(wanted);
            assert_eq!(from_fields(&of), Some(wanted), "{text}");
        }
        for text in ["2024-13-01", "2024-1-1", "06/05/2024", "2024-05-06T07:08", "2024-05-06T07:08:09+02:00"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
