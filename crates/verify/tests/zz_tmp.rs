//! tmp
#![allow(clippy::all, clippy::unwrap_used, clippy::print_stderr, missing_docs)]
use rquickjs::{Context, Runtime, Function, Object, Persistent, context::intrinsic};
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/schedstat").unwrap(); s.split(' ').next().unwrap().parse::<f64>().unwrap()/1000.0 }
fn time(name: &str, n: u32, mut f: impl FnMut()) { let a = cpu(); for _ in 0..n { f(); } eprintln!("{name}: {:.1} us", (cpu()-a)/f64::from(n)); }
#[test]
fn breakdown() {
    let rt = Runtime::new().unwrap();
    rt.set_memory_limit(64<<20);
    rt.set_max_stack_size(768<<10);
    let driver = include_str!("../shims/driver.js");
    let globals = include_str!("../shims/globals.js");
    let n = 3000;
    for _ in 0..2 {
    time("full", n, || { drop(Context::full(&rt).unwrap()); });
    time("base", n, || { drop(Context::base(&rt).unwrap()); });
    time("some", n, || { drop(Context::builder().with::<intrinsic::Date>().with::<intrinsic::Eval>().with::<intrinsic::RegExpCompiler>().with::<intrinsic::RegExp>().with::<intrinsic::Json>().with::<intrinsic::Proxy>().with::<intrinsic::MapSet>().with::<intrinsic::TypedArrays>().with::<intrinsic::Promise>().build(&rt).unwrap()); });
    let c = Context::full(&rt).unwrap();
    time("driver eval", n, || { c.with(|ctx| { let _f: Function = ctx.eval(driver).unwrap(); }); });
    time("globals eval", n, || { c.with(|ctx| { let _f: Function = ctx.eval(globals).unwrap(); }); });
    let prog = "(function (__mig) {\n\"use strict\";\n__mig.define(\"index.js\", false, function (__mig_m, require) { return (function () { \"use strict\"; var moved = { '/old': '/new', '/shop': '/store' };\nfunction handler(event) {\n    var request = event.request;\n    var uri = request.uri;\n    if (moved[uri]) {\n        return { statusCode: 301, statusDescription: 'Moved', headers: { location: { value: moved[uri] } } };\n    }\n    if (request.headers.host.value === 'www.example.com') {\n        request.headers['x-site'] = { value: 'www' };\n    }\n    if (uri.endsWith('/')) {\n        request.uri += 'index.html';\n    }\n    return request;\n}return handler;\n})(); });\nreturn \"index.js\";\n})";
    time("program eval", n, || { c.with(|ctx| { let _f: Function = ctx.eval(prog).unwrap(); }); });
    let d = c.with(|ctx| { let f: Function = ctx.eval(driver).unwrap(); Persistent::save(&ctx, f) });
    time("full+globals call+bind", n, || { let c = Context::full(&rt).unwrap(); c.with(|ctx| { let g: Function = ctx.eval(globals).unwrap(); let env = Object::new(ctx.clone()).unwrap(); env.set("runtime", 2).unwrap(); env.set("shims", rquickjs::Array::new(ctx.clone()).unwrap()).unwrap(); let o: Object = g.call((env.clone(),)).unwrap(); let d = d.clone().restore(&ctx).unwrap(); let r: Object = d.call((env, o)).unwrap(); drop(r); }); });
    }
}
