//! The pure, total functions of expressions. A new function is a row here and a meaning in `interp`; never a node kind.

use crate::Ty;

/// Signature of a function.
#[derive(Copy, Clone, Debug)]
pub struct FnRow {
    /// The name in the text form.
    pub name: &'static str,
    /// Types of the arguments.
    pub args: &'static [Ty],
    /// Type of the result.
    pub ret: Ty,
}

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal ($($arg:ident),*) -> $ret:ident;)*) => {
        /// A function; the name says the exact meaning.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Fn { $($(#[$doc])* $variant,)* }
        impl Fn {
            /// All functions.
            pub const ALL: &'static [Fn] = &[$(Fn::$variant,)*];
            /// The function of that name in the text form.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Fn> {
                match name { $($name => Some(Fn::$variant),)* _ => None }
            }
            /// The signature.
            #[must_use]
            pub fn row(self) -> FnRow {
                match self { $(Fn::$variant => FnRow { name: $name, args: &[$(Ty::$arg),*], ret: Ty::$ret },)* }
            }
        }
    };
}

functions! {
    /// Equal strings, code unit by code unit.
    StrEq = "eq" (Str, Str) -> Bool;
    /// Equal integers.
    IntEq = "int.eq" (Int, Int) -> Bool;
    /// Less.
    IntLt = "int.lt" (Int, Int) -> Bool;
    /// Less or equal.
    IntLe = "int.le" (Int, Int) -> Bool;
    /// Whether an optional string is there.
    Present = "present" (OptStr) -> Bool;
    /// An optional string that is there.
    Some = "some" (Str) -> OptStr;
    /// The string, or the second where it is missing.
    Or = "or" (OptStr, Str) -> Str;
    /// Both texts in order.
    Concat = "concat" (Str, Str) -> Str;
    /// The second is a prefix of the first.
    StartsWith = "starts_with" (Str, Str) -> Bool;
    /// The second is a suffix of the first.
    EndsWith = "ends_with" (Str, Str) -> Bool;
    /// The second occurs in the first.
    Contains = "contains" (Str, Str) -> Bool;
    /// JavaScript `RegExp.test` of the first against a pattern (second) with flags (third), both constant.
    JsMatches = "js.matches" (Str, Str, Str) -> Bool;
    /// JavaScript `toLowerCase`.
    JsLower = "js.lower" (Str) -> Str;
    /// JavaScript `toUpperCase`.
    JsUpper = "js.upper" (Str) -> Str;
    /// JavaScript `trim`.
    JsTrim = "js.trim" (Str) -> Str;
    /// UTF-16 length.
    JsLength = "js.length" (Str) -> Int;
    /// JavaScript `slice(start)`, start constant or not.
    JsSliceFrom = "js.slice_from" (Str, Int) -> Str;
    /// JavaScript `slice(start, end)`.
    JsSlice = "js.slice" (Str, Int, Int) -> Str;
    /// The part before the first occurrence of the second, the whole if it does not occur.
    Before = "before" (Str, Str) -> Str;
    /// The part after the last occurrence of the second, the whole if it does not occur.
    AfterLast = "after_last" (Str, Str) -> Str;
    /// JavaScript `split(separator)[n]`.
    JsSplitAt = "js.split_at" (Str, Str, Int) -> OptStr;
    /// JavaScript `split(separator).length`.
    JsSplitCount = "js.split_count" (Str, Str) -> Int;
    /// A query written anew, arguments in the order in which their names first occur, each as `name=value`, with every value.
    QueryEvery = "query.every" (Str) -> Str;
    /// The same with the first value of each name alone.
    QueryFirst = "query.first" (Str) -> Str;
    /// First occurrence replaced, literally.
    ReplaceFirst = "replace_first" (Str, Str, Str) -> Str;
    /// Every occurrence replaced, literally.
    ReplaceAll = "replace_all" (Str, Str, Str) -> Str;
    /// JavaScript `replace` with a pattern, flags and a replacement template, the last three constant.
    JsReplace = "js.replace" (Str, Str, Str, Str) -> Str;
    /// JavaScript `encodeURIComponent` on text without lone surrogates.
    JsEncodeComponent = "js.encode_uri_component" (Str) -> Str;
    /// Decimal text.
    IntText = "int.text" (Int) -> Str;
    /// Sum.
    IntAdd = "int.add" (Int, Int) -> Int;
    /// The empty list.
    ListEmpty = "list.empty" () -> List;
    /// One value after a list.
    ListPush = "list.push" (List, Str) -> List;
    /// The first value replaced; the empty list gives one value.
    ListSetFirst = "list.set_first" (List, Str) -> List;
}
