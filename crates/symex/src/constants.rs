//! Built-ins of the language and the host's modules on constants: what they give is computed here and now.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use edge::Why;
use serde_json::Value;

use crate::Eval;
use crate::operators::number_text;
use crate::value::{HIDDEN, ObjId, ObjKind, V, Val};

/// Characters that `encodeURI` leaves alone besides those of `encodeURIComponent`.
const RESERVED: &str = ";/?:@&=+$,#";

impl Eval<'_> {
    /// What a built-in gives for constants; nothing where an argument is none, or where it would throw.
    pub(crate) fn constant_call(&mut self, name: &str, args: &[V]) -> Option<Val> {
        let first = &args.first()?.val;
        let text = |val: &Val| match val {
            Val::Str(text) => Some(text.clone()),
            _ => None,
        };
        let string = |it: String| Some(Val::Str(Arc::from(it)));
        match name {
            "JSON.stringify" if args.len() == 1 => string(self.json_of(first, 0)?.to_string()),
            "JSON.parse" if args.len() == 1 => {
                let value: Value = serde_json::from_str(&text(first)?).ok()?;
                Some(self.value_of(&value))
            }
            "btoa" => {
                let bytes: Option<Vec<u8>> = text(first)?.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect();
                string(STANDARD.encode(bytes?))
            }
            "atob" => string(decoded(&text(first)?)?.into_iter().map(char::from).collect()),
            "Buffer.from" => {
                let text = text(first)?;
                let bytes = match args.get(1).map(|it| &it.val) {
                    None => text.as_bytes().to_vec(),
                    Some(Val::Str(encoding)) => match &**encoding {
                        "utf8" | "utf-8" => text.as_bytes().to_vec(),
                        "base64" | "base64url" => decoded(&text)?,
                        _ => return None,
                    },
                    Some(_) => return None,
                };
                Some(Val::Obj(self.heap.alloc(ObjKind::Bytes(Arc::from(bytes)))))
            }
            "decodeURIComponent" => string(percent_decoded(&text(first)?, "")?),
            "decodeURI" => string(percent_decoded(&text(first)?, RESERVED)?),
            "encodeURI" => {
                let encode = |it: char| {
                    if RESERVED.contains(it) {
                        it.to_string()
                    } else {
                        crate::builtins::encode_component(&it.to_string())
                    }
                };
                string(text(first)?.chars().map(encode).collect())
            }
            "Number.isInteger" => match first {
                Val::Num(value) => Some(Val::Bool(value.is_finite() && value.fract() == 0.0)),
                _ => None,
            },
            _ if name.starts_with("Math.") => self.arithmetic_call(name, args),
            _ => self.module_call(name, args),
        }
    }

    fn arithmetic_call(&self, name: &str, args: &[V]) -> Option<Val> {
        let numbers: Option<Vec<f64>> = args.iter().map(|it| self.to_number(&it.val)).collect();
        let numbers = numbers?;
        let first = *numbers.first()?;
        let value = match name {
            "Math.max" => numbers
                .iter()
                .fold(f64::NEG_INFINITY, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(*b) }),
            "Math.min" => {
                numbers.iter().fold(f64::INFINITY, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(*b) })
            }
            "Math.floor" => first.floor(),
            "Math.ceil" => first.ceil(),
            // Halves go up, also below zero.
            "Math.round" => (first + 0.5).floor(),
            "Math.abs" => first.abs(),
            "Math.trunc" => first.trunc(),
            "Math.sign" if first == 0.0 || first.is_nan() => first,
            "Math.sign" => first.signum(),
            "Math.sqrt" => first.sqrt(),
            "Math.pow" => first.powf(*numbers.get(1)?),
            _ => return None,
        };
        Some(Val::Num(value))
    }

    /// Methods of a `Buffer` whose bytes are known.
    pub(crate) fn bytes_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let text = match (&this.val, method, args.first().map(|it| &it.val)) {
            (Val::Obj(id), "toString", encoding) => match &self.heap.get(*id).kind {
                ObjKind::Bytes(bytes) => match encoding {
                    None => String::from_utf8(bytes.to_vec()).ok(),
                    Some(Val::Str(encoding)) => match &**encoding {
                        "utf8" | "utf-8" => String::from_utf8(bytes.to_vec()).ok(),
                        "base64" => Some(STANDARD.encode(bytes)),
                        "base64url" => Some(URL_SAFE_NO_PAD.encode(bytes)),
                        "hex" => Some(bytes.iter().map(|it| format!("{it:02x}")).collect()),
                        _ => None,
                    },
                    Some(_) => None,
                },
                _ => None,
            },
            _ => None,
        };
        let val = match text {
            Some(text) => Val::Str(Arc::from(text)),
            None => self.unknown_data(format!("{method} of bytes")),
        };
        V { val, why }
    }

    /// A constant as JSON; nothing where a part of it is not constant or is left out by the language.
    fn json_of(&self, val: &Val, depth: u32) -> Option<Value> {
        if depth > 64 {
            return None;
        }
        match val {
            Val::Null => Some(Value::Null),
            Val::Bool(value) => Some(Value::Bool(*value)),
            Val::Str(text) => Some(Value::String(text.to_string())),
            Val::Num(value) => serde_json::from_str(&number_text(*value)).ok(),
            Val::Obj(id) => self.json_object(*id, depth),
            _ => None,
        }
    }

    fn json_object(&self, id: ObjId, depth: u32) -> Option<Value> {
        let object = self.heap.get(id);
        match object.kind {
            ObjKind::Plain => {
                let whole = |name: &str| name.starts_with(|it: char| it.is_ascii_digit()) || name == "toJSON";
                if object.props.keys().any(|it| whole(it) || it.starts_with(HIDDEN)) {
                    return None;
                }
                let row = |(key, it): (&Arc<str>, &V)| Some((key.to_string(), self.json_of(&it.val, depth + 1)?));
                object.props.iter().map(row).collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
            }
            ObjKind::Array => {
                let rows = object.props.iter().filter(|(key, _)| &***key != "length");
                // An array that was not written in order has no order here.
                let in_order = rows.clone().enumerate().all(|(at, (key, _))| **key == at.to_string());
                if !in_order {
                    return None;
                }
                rows.map(|(_, it)| self.json_of(&it.val, depth + 1)).collect::<Option<Vec<_>>>().map(Value::Array)
            }
            _ => None,
        }
    }

    fn value_of(&mut self, value: &Value) -> Val {
        match value {
            Value::Null => Val::Null,
            Value::Bool(value) => Val::Bool(*value),
            Value::Number(number) => Val::Num(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Val::Str(Arc::from(text.as_str())),
            Value::Array(items) => {
                let items = items.iter().map(|it| V { val: self.value_of(it), why: Why::NONE }).collect();
                self.array(items)
            }
            Value::Object(rows) => {
                let id = self.heap.alloc(ObjKind::Plain);
                for (key, it) in rows {
                    let val = self.value_of(it);
                    self.heap.init(id, key, V { val, why: Why::NONE });
                }
                Val::Obj(id)
            }
        }
    }
}

/// Base64 of either alphabet, with or without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|it| *it != '=').collect();
    STANDARD_NO_PAD.decode(&plain).or_else(|_| URL_SAFE_NO_PAD.decode(&plain)).ok()
}

/// The text with its escapes undone, but for those of characters to keep.
pub(crate) fn percent_decoded(text: &str, keep: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            out.push(*first);
            rest = tail;
            continue;
        }
        let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        if keep.contains(char::from(byte)) && byte.is_ascii() {
            out.extend_from_slice(rest.get(..3)?);
        } else {
            out.push(byte);
        }
        rest = tail.get(2..)?;
    }
    String::from_utf8(out).ok()
}
