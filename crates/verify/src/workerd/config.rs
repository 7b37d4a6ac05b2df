//! The configuration of workerd as Cap'n Proto text: one service, one socket and one way out for each Worker.

use serde_json::json;

use super::{CF_HEADER, PROTO_HEADER, WorkerBundle};

const INPUTS: &str = include_str!("../../shims/workerd_inputs.js");

/// A text literal.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The configuration for Workers with the ports of their origins.
pub(super) fn text(services: &[(&WorkerBundle, u16)]) -> String {
    let options = format!("(cfBlobHeader = \"{CF_HEADER}\", forwardedProtoHeader = \"{PROTO_HEADER}\")");
    let (mut names, mut sockets, mut workers) = (String::new(), String::new(), String::new());
    for (at, (bundle, port)) in services.iter().enumerate() {
        names.push_str(&format!(
            "    (name = \"main{at}\", worker = .w{at}),\n    (name = \"origin{at}\", external = (address = \"127.0.0.1:{port}\", http = {options})),\n"
        ));
        sockets.push_str(&format!(
            "    (name = \"http{at}\", address = \"127.0.0.1:0\", http = {options}, service = \"main{at}\"),\n"
        ));
        workers.push_str(&worker(at, bundle));
    }
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [\n{names}  ],\n  sockets = [\n{sockets}  ],\n);\n{workers}"
    )
}

fn worker(at: usize, bundle: &WorkerBundle) -> String {
    let WorkerBundle { modules, main, compatibility_date, compatibility_flags, kv_bindings, routes: _ } = bundle;
    let main = json!(format!("./{main}"));
    let entry = format!(
        "import {{ begin, end }} from \"./exchange-inputs.js\";\nimport worker from {main};\nexport * from {main};\nconst bindings = {};\nexport default {{ fetch: async (request, env, context) => end(await worker.fetch(request, begin(request, env, bindings), context)) }};\n",
        json!(kv_bindings),
    );
    let mut list = format!(
        "    (name = \"exchange-main.js\", esModule = {}),\n    (name = \"exchange-inputs.js\", esModule = {}),\n",
        literal(&entry),
        literal(INPUTS)
    );
    for (name, text) in modules {
        let kind = if name.ends_with(".json") { "json" } else { "esModule" };
        list.push_str(&format!("    (name = {}, {kind} = {}),\n", literal(name), literal(text)));
    }
    let flags: Vec<String> = compatibility_flags.iter().map(|it| literal(it)).collect();
    format!(
        "const w{at} :Workerd.Worker = (\n  modules = [\n{list}  ],\n  compatibilityDate = {},\n  compatibilityFlags = [{}],\n  globalOutbound = \"origin{at}\",\n);\n",
        literal(compatibility_date),
        flags.join(", "),
    )
}
