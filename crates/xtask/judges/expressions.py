"""Asks a second parser of Cloudflare's rules language about expressions.

    python3 expressions.py [--accepted] [FOLDER | FILE.jsonl]…

A folder stands for the expressions of every `rules/*.json` below it and, where it is there, for `../tmp/expressions.jsonl`, which the
tests of `target` leave behind. Without arguments, JSON lines are read from standard input: {"expression", "position": "filter" |
"value", "valid": bool, "production"}; only the first is needed.

Every expression that is said to be valid must parse there; each that does not is printed, and the exit status is 1. Expressions that
are said to be wrong and parse there all the same are only counted (with --accepted they are printed): we refuse more on purpose.

Needs: pip install octorules-wirefilter==0.7.0
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

from octorules_wirefilter import parse_expression

# Where the second parser knows less than the documentation. Each: a pattern of the expression, a pattern of its error, the reason.
NEWER_FIELDS = (
    "cf.appsec.request.failed_detections",
    "cf.bot_detection.js_check_score",
    "cf.bot_management.signed_agent",
    "cf.bot_management.tags",
    "cf.edge.client_port",
    "cf.metal.id",
    "cf.schema_validation.learned.violated",
    "cf.schema_validation.uploaded.violated",
    "cf.sequence.current_op",
    "cf.sequence.msec_since_op",
    "cf.sequence.previous_ops",
    "cf.tls_client_ciphers_sha1",
    "http.request.jwt.claims",
    "http.request.uri.path.basename",
    "raw.http.request.headers",
)
DIFFERENCES = [
    ("|".join(re.escape(it) for it in NEWER_FIELDS), "unknown identifier|unrecognised input", "fields of the documentation that it does not list"),
    (r"len\(", r"expected value of type Bytes, but got Array", "len() of an array is documented and refused there"),
    (r"url_decode\([^()]*, ", "invalid number of arguments", "options of url_decode() are documented"),
    (r"substring\([^()]*, ", "invalid number of arguments", "the end of substring() is documented as optional"),
    (r"lookup_json_integer\(", "invalid number of arguments", "several keys are documented"),
    (r"is_timed_hmac_valid_v0\(", "expected argument of kind Field, but got Literal", "the key is documented as a literal"),
    (r"to_string\(", "expected value of type Int, but got (Bool|Ip)", "booleans and addresses are documented"),
]


def question(line):
    """The text to ask about: a value is compared with the empty string, which makes it a filter."""
    text = line["expression"]
    return f'{text} eq ""' if line.get("position") == "value" else text


def emitted(folder):
    """Expressions of every ruleset below a folder: conditions, and values wherever they stand in an action."""
    for file in sorted(folder.rglob("rules/*.json")):
        for rule in json.loads(file.read_text()).get("rules", []):
            production = f"{file}: {rule.get('ref')}"
            yield {"expression": rule["expression"], "position": "filter", "production": production}
            pending = [rule.get("action_parameters", {})]
            while pending:
                node = pending.pop()
                if isinstance(node, dict):
                    if isinstance(node.get("expression"), str):
                        yield {"expression": node["expression"], "position": "value", "production": production}
                    pending.extend(node.values())
                elif isinstance(node, list):
                    pending.extend(node)


def json_lines(source):
    return (json.loads(raw) for raw in source if raw.strip())


def questions(arguments):
    if not arguments:
        yield from json_lines(sys.stdin)
    for path in map(Path, arguments):
        if path.is_dir():
            yield from emitted(path)
            path = path.parent / "tmp" / "expressions.jsonl"
            if not path.is_file():
                continue
        with path.open() as source:
            yield from json_lines(source)


def main():
    arguments = [it for it in sys.argv[1:] if it != "--accepted"]
    show_accepted = len(arguments) < len(sys.argv) - 1
    asked, failures, unknown, accepted = 0, [], Counter(), []
    for line in questions(arguments):
        text = line["expression"]
        # Two whole expressions that the bare parser lacks and the product documents.
        if text in ("true", "false"):
            continue
        asked += 1
        error = parse_expression(question(line)).get("error")
        if not text.strip():
            error = "an empty expression"
        if line.get("valid", True):
            if error is None:
                continue
            known = next((why for what, says, why in DIFFERENCES if re.search(what, text) and re.search(says, error)), None)
            if known is not None:
                unknown[known] += 1
            else:
                failures.append((line, error))
        elif error is None:
            accepted.append(line)
    for line, error in failures:
        print(f"{line.get('production', 'expression')}: {line['expression']}\n  {error.strip()}")
    if show_accepted:
        for line in accepted:
            print(f"accepted there, refused here: {line.get('production', 'expression')}: {line['expression']}")
    for name, count in sorted(unknown.items()):
        print(f"known difference, {count} times: {name}", file=sys.stderr)
    print(f"{asked} asked, {len(failures)} refused there, {len(accepted)} wrong ones accepted there", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
