//! What is learned from conditions, and what follows from it.

use super::*;

fn on(store: &mut Store, shape: Shape, of: ExprId, text: &str) -> ExprId {
    let text = store.string(text);
    store.call(shape.function(), &[of, text])
}

#[test]
fn a_path_that_ends_with_a_slash_and_is_not_one_has_two_characters() {
    let mut store = Store::new();
    let path = store.read(FieldKind::Path, None);
    let (ends, root) = (on(&mut store, Shape::Ends, path, "/"), on(&mut store, Shape::Eq, path, "/"));
    let mut facts = Facts::default();
    facts.learn(&mut store, ends, true);
    assert_eq!(facts.length(&store, path), 1);
    facts.learn(&mut store, root, false);
    assert_eq!(facts.length(&store, path), 2);
    let (zero, last) = (store.int(0), store.int(-1));
    let cut = store.call(Fn::JsSlice, &[path, zero, last]);
    assert_eq!((facts.length(&store, cut), facts.prefix(&store, cut)), (1, "/".to_owned()));
}

#[test]
fn what_is_said_of_a_text_decides_other_questions() {
    let mut store = Store::new();
    let path = store.read(FieldKind::Path, None);
    let starts = on(&mut store, Shape::Starts, path, "/shop/");
    let mut facts = Facts::default();
    facts.learn(&mut store, starts, true);
    let ask = |shape, text: &str| facts.text(&store, path, shape, text);
    assert_eq!(ask(Shape::Starts, "/sh"), Some(true));
    assert_eq!(ask(Shape::Starts, "/shop/a"), None);
    assert_eq!(ask(Shape::Starts, "/blog"), Some(false));
    assert_eq!(ask(Shape::Eq, "/shop"), Some(false));
    assert_eq!(ask(Shape::Eq, "/shop/a"), None);
    assert_eq!(ask(Shape::Contains, "hop"), Some(true));
    assert!(!facts.used_domain());
    let other = Facts::default();
    assert_eq!(other.text(&store, path, Shape::Eq, "shop"), Some(false));
    assert!(other.used_domain());
}

#[test]
fn a_header_that_is_not_its_default_is_there() {
    let mut store = Store::new();
    let (read, none) = (store.read(FieldKind::HeaderFirst, Some("x")), store.string(""));
    let text = store.call(Fn::Or, &[read, none]);
    let (equal, present) = (on(&mut store, Shape::Eq, text, "a"), store.call(Fn::Present, &[read]));
    let mut facts = Facts::default();
    facts.learn(&mut store, equal, true);
    assert_eq!(facts.decide(&store, present), Some(true));
    let mut not = Facts::default();
    not.learn(&mut store, equal, false);
    assert_eq!(not.decide(&store, present), None);
}
