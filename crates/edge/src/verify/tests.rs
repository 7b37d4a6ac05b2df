//! A program in which all holds, and every way to break it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use crate::HookPoint;
use std::collections::BTreeMap;
use std::sync::Arc;

use source::{FileId, Sources, Span};

use super::*;
use crate::{ConstructId, FieldKind, Fn, InstanceId, Region, RegionId, StrId, Table, TableId, parse};

fn file() -> FileId {
    Sources::new().add("program.edge", "")
}

/// Two exits and three updates, all of one construct.
fn sound() -> Program {
    let text = "client_request f\n  when eq(host, \"a\") => redirect 301 concat(\"https://b\", path)\n  when eq(method, \"PUT\") => respond \
                405 absent response.header(\"allow\") := list.push(list.empty(), \"GET\")\n  path when contains(path, \"x\") := \
                or(table0(path), \"/\")\n  path when ends_with(path, \"/\") := concat(path, \"index.html\")\n  header(\"x-a\") when \
                true := list.push(list.empty(), \"1\")\ntable0\n  \"/x\" => \"/y\"\n";
    let mut program = parse(file(), text).unwrap();
    let construct = program.ledger.construct("statement", Span::new(file(), 0, 1));
    let instance = program.ledger.instance(construct, &Arc::from("f"));
    let why = program.ledger.why.one(instance);
    let hook = &mut program.hooks[0];
    hook.exits.iter_mut().for_each(|it| it.why = why);
    hook.updates.values_mut().flatten().for_each(|it| it.why = why);
    program
}

/// The first fault of a program that was sound before.
fn broken(change: impl FnOnce(&mut Program)) -> String {
    let mut program = sound();
    assert_eq!(verify(&program), Vec::new());
    change(&mut program);
    verify(&program).into_iter().next().map_or_else(|| "none".to_owned(), |it| it.0)
}

fn assert_broken(expected: &str, change: impl FnOnce(&mut Program)) {
    assert_eq!(broken(change), expected);
}

fn list(program: &mut Program) -> ExprId {
    program.store.call(Fn::ListEmpty, &[])
}

/// An arm with the provenance of the others.
fn arm(program: &Program, guard: ExprId, value: ExprId) -> Arm {
    Arm { guard, value, why: program.hooks[0].exits[0].why, span: program.hooks[0].span }
}

fn write(program: &mut Program, slot: impl FnOnce(&mut Store) -> Slot) {
    let slot = slot(&mut program.store);
    let value = match slot.ty() {
        Ty::List => list(program),
        Ty::OptStr => program.store.mk(Node::Absent),
        Ty::Int => program.store.int(1),
        Ty::Bool | Ty::Str => program.store.string("/"),
    };
    let guard = program.store.bool(true);
    let arm = arm(program, guard, value);
    program.hooks[0].updates.insert(slot, vec![arm]);
}

#[test]
fn numbers_are_of_this_program() {
    let forged = |node: fn() -> Node, ty| {
        move |it: &mut Program| {
            it.store.forge(node(), ty);
        }
    };
    let own = "names a text, table or region of another store";
    let next = sound().store.len();
    assert_broken(
        &format!("expression {next} uses 900, which is not in front of it"),
        forged(|| Node::Not(ExprId::forged(900)), Ty::Bool),
    );
    assert_broken(&format!("expression {next} {own}"), forged(|| Node::Str(StrId::forged(900)), Ty::Str));
    assert_broken(&format!("expression {next} {own}"), forged(|| Node::Hole(StrId::forged(900)), Ty::Str));
    let read = || Node::Read(Field { kind: FieldKind::HeaderFirst, name: Some(StrId::forged(900)) });
    assert_broken(&format!("expression {next} {own}"), forged(read, Ty::OptStr));
    let lookup = || Node::Lookup(TableId::forged(900), ExprId::forged(0));
    assert_broken(&format!("expression {next} {own}"), forged(lookup, Ty::OptStr));
    assert_broken(&format!("expression {next} {own}"), forged(|| Node::Code(RegionId::forged(9), Ty::Str, 0), Ty::Str));
    assert_broken("f: expression 900 is of another store", |it| it.hooks[0].exits[0].guard = ExprId::forged(900));
    assert_broken("f: expression 900 is of another store", |it| {
        it.hooks[0].exits[0].kind = ExitKind::Redirect { status: 301, to: ExprId::forged(900) };
    });
    assert_broken("f: expression 900 is of another store", |it| {
        it.hooks[0].updates.get_mut(&Slot::Path).unwrap()[0].value = ExprId::forged(900);
    });
    assert_broken("f: a slot has a name of another store", |it| write(it, |_| Slot::Header(StrId::forged(900))));
    assert_broken("an instance in f has no construct", |it| {
        it.ledger.instance(ConstructId(7), &Arc::from("f"));
    });
}

#[test]
fn expressions_are_typed() {
    let next = sound().store.len();
    let call = |function, arg: fn(&mut Store) -> ExprId| {
        move |it: &mut Program| {
            let arg = arg(&mut it.store);
            it.store.forge(Node::Call(function, Arc::from([arg])), Ty::Bool);
        }
    };
    assert_broken(&format!("`eq` has 1 arguments in expression {next}"), call(Fn::StrEq, |it| it.string("a")));
    let message = format!("an argument of `present` in expression {next} has type Str, not OptStr");
    assert_broken(&message, call(Fn::Present, |it| it.string("a")));
    for (what, node) in [
        ("`not`", (|a, _| Node::Not(a)) as fn(ExprId, ExprId) -> Node),
        ("a condition", |a, b| Node::And(b, a)),
        ("a condition", |a, b| Node::Or(a, b)),
        ("`if`", |a, _| Node::Ite(a, a, a)),
    ] {
        assert_broken(&format!("{what} in expression {next} has type Str, not Bool"), |it| {
            let (text, bool) = (it.store.string("a"), it.store.ids().find(|id| it.store.ty(*id) == Ty::Bool).unwrap());
            it.store.forge(node(text, bool), Ty::Bool);
        });
    }
    assert_broken(&format!("the other side of `if` in expression {next} has type OptStr, not Str"), |it| {
        let (text, absent) = (it.store.string("a"), it.store.mk(Node::Absent));
        let bool = it.store.ids().find(|id| it.store.ty(*id) == Ty::Bool).unwrap();
        it.store.forge(Node::Ite(bool, text, absent), Ty::Str);
    });
    assert_broken(&format!("a key in expression {next} has type OptStr, not Str"), |it| {
        let absent = it.store.mk(Node::Absent);
        let table = it.store.table(Table::default());
        it.store.forge(Node::Lookup(table, absent), Ty::OptStr);
    });
    assert_broken("`header.first` is read without a name", |it| {
        it.store.forge(Node::Read(Field { kind: FieldKind::HeaderFirst, name: None }), Ty::OptStr);
    });
    assert_broken("`path` is read with a name", |it| {
        let name = it.store.text("a");
        it.store.forge(Node::Read(Field { kind: FieldKind::Path, name: Some(name) }), Ty::Str);
    });
    assert_broken(&format!("code without a cause in expression {next}"), |it| {
        let region = it.store.region(Region { cause: Arc::from(""), span: Span::new(file(), 0, 0) });
        it.store.mk(Node::Code(region, Ty::Str, 1));
    });
    assert_broken(&format!("a hole without a name in expression {next}"), |it| {
        let name = it.store.text("");
        it.store.mk(Node::Hole(name));
    });
}

#[test]
fn the_store_is_in_normal_form() {
    let next = sound().store.len();
    assert_broken(&format!("expression {next} is {} in normal form", 0), |it| {
        let first = it.store.node(ExprId::forged(0)).clone();
        let ty = it.store.ty(ExprId::forged(0));
        it.store.forge(first, ty);
    });
    assert!(
        broken(|it| {
            let bool = it.store.ids().find(|id| it.store.ty(*id) == Ty::Bool).unwrap();
            let not = it.store.not(bool);
            it.store.forge(Node::Not(not), Ty::Bool);
        })
        .ends_with("in normal form")
    );
    assert_broken(&format!("type or size of expression {next} is not what was noted"), |it| {
        it.store.forge(Node::Int(77), Ty::Bool);
    });
}

#[test]
fn exits_answer_and_can_be_reached() {
    assert_broken("f: the guard of an exit has type Str, not Bool", |it| {
        it.hooks[0].exits[0].guard = it.store.string("a");
    });
    assert_broken("f: an exit behind one that is always taken", |it| it.hooks[0].exits[0].guard = it.store.bool(true));
    assert_broken("f: an exit that is never taken", |it| it.hooks[0].exits[0].guard = it.store.bool(false));
    assert_broken("f: a redirect with the status 200", |it| {
        let to = it.store.string("/");
        it.hooks[0].exits[0].kind = ExitKind::Redirect { status: 200, to };
    });
    assert_broken("f: the target of a redirect has type OptStr, not Str", |it| {
        let to = it.store.mk(Node::Absent);
        it.hooks[0].exits[0].kind = ExitKind::Redirect { status: 301, to };
    });
    assert_broken("f: the status of an answer has type OptStr, not Int", |it| {
        let absent = it.store.mk(Node::Absent);
        it.hooks[0].exits[1].kind = ExitKind::Respond { status: absent, body: absent };
    });
    assert_broken("f: the body of an answer has type Int, not OptStr", |it| {
        let status = it.store.int(404);
        it.hooks[0].exits[1].kind = ExitKind::Respond { status, body: status };
    });
    assert_broken("f: a failure of the platform carries headers", |it| {
        it.hooks[0].exits[1].kind = ExitKind::PlatformError(Arc::from("it throws"));
    });
    assert_broken("f: a failure of the platform says nothing", |it| {
        it.hooks[0].exits[1].also.clear();
        it.hooks[0].exits[1].kind = ExitKind::PlatformError(Arc::from(""));
    });
    assert_broken("f: `response.header` of an answer has type Str, not List", |it| {
        it.hooks[0].exits[1].also[0].1 = it.store.string("a");
    });
    assert_broken("f: an answer writes `path`", |it| {
        let path = it.store.string("/");
        it.hooks[0].exits[1].also.push((Slot::Path, path));
    });
    assert_broken("f: an answer writes one `response.header` twice", |it| {
        let first = it.hooks[0].exits[1].also[0];
        it.hooks[0].exits[1].also.push(first);
    });
}

#[test]
fn arms_decide() {
    let arms = |it: &mut Program| it.hooks[0].updates.get_mut(&Slot::Path).map(std::mem::take).unwrap();
    let put = |it: &mut Program, arms: Vec<Arm>| drop(it.hooks[0].updates.insert(Slot::Path, arms));
    assert_broken("f: `path` is written by no arm", |it| put(it, Vec::new()));
    assert_broken("f: the guard of `path` has type Str, not Bool", |it| {
        let mut all = arms(it);
        all[1].guard = it.store.string("a");
        put(it, all);
    });
    assert_broken("f: `path` has type OptStr, not Str", |it| {
        let mut all = arms(it);
        all[1].value = it.store.mk(Node::Absent);
        put(it, all);
    });
    assert_broken("f: an arm of `path` behind one that always wins", |it| {
        let mut all = arms(it);
        all[0].guard = it.store.bool(true);
        put(it, all);
    });
    assert_broken("f: an arm of `path` that never wins", |it| {
        let mut all = arms(it);
        all[1].guard = it.store.bool(false);
        put(it, all);
    });
}

#[test]
fn slots_have_one_owner() {
    for (name, message) in [
        ("host", "f: `header` \"host\" is owned by the origin's Host header"),
        ("cookie", "f: `header` \"cookie\" is owned by the cookies"),
    ] {
        assert_broken(message, |it| write(it, |store| Slot::Header(store.text(name))));
    }
    assert_broken("f: `arg` \"a\" is owned by the whole query", |it| {
        write(it, |_| Slot::Query);
        write(it, |store| Slot::Arg(store.text("a")));
    });
    assert_broken("f: a client_request hook writes `body`", |it| write(it, |_| Slot::Body));
    assert_broken("f: a client_response hook writes `path`", |it| {
        it.hooks[0].point = HookPoint::ClientResponse;
        it.hooks[0].updates.retain(|slot, _| *slot == Slot::Path);
    });
    assert_broken("f: `response.header` \"Set-Cookie\" is owned by the response's cookies", |it| {
        it.hooks[0].point = HookPoint::ClientResponse;
        it.hooks[0].updates = BTreeMap::new();
        write(it, |store| Slot::RespHeader(store.text("Set-Cookie")));
    });
}

#[test]
fn behaviors_come_from_somewhere() {
    assert_broken("f: an exit comes from no construct", |it| it.hooks[0].exits[1].why = Why::NONE);
    assert_broken("f: an arm comes from no construct", |it| {
        let unknown = it.ledger.why.one(InstanceId(900));
        it.hooks[0].updates.get_mut(&Slot::Path).unwrap()[0].why = unknown;
    });
    let message = broken(|it| {
        let always = it.store.bool(true);
        let value = it.store.string("/");
        let arm = Arm { why: Why::NONE, ..arm(it, always, value) };
        it.hooks[0].updates.insert(Slot::Path, vec![arm]);
    });
    assert_eq!(message, "f: an arm comes from no construct");
}
