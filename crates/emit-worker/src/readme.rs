//! The project's README: what it is, where everything came from, how to put it into service.

use crate::names::Unit;
use crate::spec::{KvBinding, WorkerSpec};

/// `README.md`.
pub(crate) fn readme(spec: &WorkerSpec, units: &[Unit<'_>]) -> String {
    let mut text = format!(
        "# {}\n\nThe edge logic of `{}` that Cloudflare rules cannot say, as one Worker. The functions are the ones that ran in\nCloudFront: their source is kept, and a small runtime gives them the event model they were written for.\n\n",
        spec.name, spec.zone
    );
    text.push_str("| Function | Source | Here |\n|---|---|---|\n");
    for unit in units {
        let file = match unit.function.printed {
            Some(_) => format!("{}.ts", crate::PRINTED),
            None => crate::adapt::entry_path(unit.function),
        };
        let path = format!("src/functions/{}/{file}", unit.folder);
        text.push_str(&format!(
            "| {} | {} | [{path}]({path}) |\n",
            cell(&unit.function.id),
            cell(&unit.function.source)
        ));
    }
    if units.iter().any(|it| it.function.printed.is_some()) {
        text.push_str("\nA `printed.ts` is written from what is understood of a function, in its own words: conditions on what the visitor sent, and\nwhat changes. Comments name the lines of the source. It is code to keep and to change.\n");
    }
    text.push_str("\nLine N of a carried-over function here is line N of its source: what the project needs stands before the text of the first line and\nbelow that of the last. `src/index.ts` says which function runs on which requests, `src/runtime/` is the event model.\n\n");
    if spec.hosts.is_empty() {
        text.push_str(
            "No host is known for these functions, so production has no routes: add them to `wrangler.jsonc`.\n\n",
        );
    } else {
        text.push_str(&format!(
            "Hosts: {}. ",
            spec.hosts.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
        ));
        text.push_str("Routes may be wider than what the functions are for; the rest passes through unchanged.\n\n");
    }
    text.push_str("## Into service\n\n```sh\nnpm install\nnpm run check && npm test      # types, and the witnesses in test/witnesses.json\n");
    text.push_str("npm run deploy:staging         # an address of its own, no routes\nnpm run deploy:production      # the routes in wrangler.jsonc\n```\n\nThe workflow in `.github/` checks the same, once this folder is a repository of its own.\n\n");
    if !spec.kv.is_empty() {
        text.push_str(&key_value_stores(&spec.kv));
    }
    text.push_str(NOTES);
    text
}

fn key_value_stores(stores: &[KvBinding]) -> String {
    let mut text = String::from(
        "## Key value stores\n\nEach CloudFront KeyValueStore is a KV namespace. Deploying creates a namespace for a binding that has no `id`; to use one\nthat is filled already, write its `id` into `wrangler.jsonc`.\n\n| Store | Binding |\n|---|---|\n",
    );
    for KvBinding { binding, name } in stores {
        text.push_str(&format!("| {} | `{binding}` |\n", cell(name)));
    }
    text.push_str(
        "\n```sh\nnpx wrangler kv namespace create NAME\nnpx wrangler kv bulk put data.json --namespace-id ID\n```\n\n",
    );
    text
}

/// Text in a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

const NOTES: &str = "## What to know

- The source is yours and is copied as it is. Passwords, tokens and keys that stand in it stand here too: move them into
  secrets (`npx wrangler secret put NAME`) before this folder goes anywhere they should not be.
- A function that throws answers 503, one that returns something CloudFront would refuse answers 502, and the origin is not
  asked. The cause is in the Worker's log.
- Each run evaluates the function's file anew, so nothing at its top level passes from one visitor to another.
- Repeated header lines reach a Worker joined with `, `: `value` holds the joined text and there is no `multiValue`.
- The device headers (`cloudfront-is-mobile-viewer` and its relatives) have no counterpart and are absent.
";
