//! Handlers of real idioms and the hooks that come out of them, in the text form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use edge::{Program, print, verify};
use source::Sources;
use symex::{Function, evaluate};

fn hook(text: &str) -> String {
    let mut sources = Sources::new();
    let file = sources.add("f.js", text);
    let module = match front_js::parse(file, &sources, front_js::Kind::Script) {
        Ok(module) => module,
        Err(wrong) => return format!("{wrong:?}"),
    };
    let mut program = Program::default();
    let function = Function {
        name: Arc::from("f"),
        entry: &module,
        modules: &BTreeMap::new(),
        resolve: &|_, _| None,
        point: None,
        instances: &HashMap::new(),
    };
    let evaluated = evaluate(&mut program, &function);
    program.hooks.push(evaluated.hook);
    assert_eq!(verify(&program), Vec::new());
    print(&program.store, &program.hooks)
}

fn main() {
    for path in std::env::args().skip(1) {
        print!("{}", hook(&std::fs::read_to_string(path).unwrap_or_default()));
    }
}
