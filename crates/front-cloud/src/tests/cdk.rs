//! CDK programs: what their text says of functions.

use super::{estate, inline, kinds, place};
use crate::{Base, Code, Event, ProblemKind, Runtime};

const PROGRAM: &str = r#"import { aws_cloudfront as cloudfront } from 'aws-cdk-lib';
import * as path from 'path';

export class Site extends Construct {
  constructor(scope: Construct, id: string, private readonly props: Props) {
    // new cloudfront.Function(this, 'Old', { code: cloudfront.FunctionCode.fromInline('x') });
    const rewrite = new cloudfront.Function(this, 'Rewrite', {
      functionName: 'site-rewrite',
      code: cloudfront.FunctionCode.fromFile({ filePath: path.join(__dirname, '../fn/rewrite.js') }),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
    });
    this.headers = new cloudfront.Function(this, 'Headers', {
      code: cloudfront.FunctionCode.fromInline("function handler(event) {\n\
        return event.response; // \u0041\"\n}"),
    });
    const auth = new Function(this, `Auth`, {
      code: FunctionCode.fromFile({ filePath: 'fn/auth.js' }),
    });
    let text = fs.readFileSync(path.join(`${__dirname}`, '../fn/late.js'), 'utf8').toString();
    text = text.replace(/HOST/g, props.host);
    const late = new cloudfront.Function(this, 'Late', { code: cloudfront.FunctionCode.fromInline(text), keyValueStore: kvs });
    const filled = new cloudfront.Function(this, 'Filled', {
      code: cloudfront.FunctionCode.fromInline(`function handler(event) { return '${props.host}'; }`),
    });
    const open = new cloudfront.Function(this, 'Open', { code: cloudfront.FunctionCode.fromFile({ filePath: props.file }) });
    new cloudfront.Distribution(this, 'Site', {
      defaultBehavior: {
        functionAssociations: [
          { function: rewrite, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST },
          { eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE, function: this.headers },
        ],
      },
    });
  }
}
"#;

#[test]
fn functions_of_a_program_are_found() {
    let (sources, files) = estate(&[("infra/lib/site.ts", PROGRAM)]);
    let [file] = files.as_slice() else { panic!() };
    assert_eq!(kinds(&file.problems), [ProblemKind::NotRead]);
    assert_eq!(file.problems[0].span.start as usize, PROGRAM.find("new cloudfront.Function(this, 'Rewrite'").unwrap());
    let ids: Vec<&str> = file.functions.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["Rewrite", "Headers", "Auth", "Late", "Filled"], "a path that nobody knows defines no function");
    let [rewrite, headers, auth, late, filled] = file.functions.as_slice() else { panic!() };
    assert_eq!(rewrite.name.as_ref().and_then(crate::Text::known).as_deref(), Some("site-rewrite"));
    assert_eq!((rewrite.runtime, rewrite.event), (Runtime::V2, Some(Event::ViewerRequest)));
    assert!(matches!(&rewrite.code, Code::File { path, base: Base::Fixed, .. } if path == "infra/fn/rewrite.js"));
    assert_eq!((headers.runtime, headers.event), (Runtime::V1, Some(Event::ViewerResponse)));
    assert_eq!(inline(&sources, headers), "function handler(event) {\n        return event.response; // A\"\n}");
    assert_eq!(place(&sources, headers, "return").1, "return");
    assert!(matches!(&auth.code, Code::File { base: Base::Run(written), .. } if written == "fn/auth.js"));
    assert_eq!(auth.event, None);
    assert!(matches!(&late.code, Code::File { path, .. } if path == "infra/fn/late.js"));
    assert_eq!((late.runtime, late.key_value_stores.len()), (Runtime::V2, 1));
    assert_eq!(inline(&sources, filled), "function handler(event) { return '__hole0__'; }");
}

#[test]
fn what_is_no_program_and_what_is_broken() {
    let quoted = "// FunctionCode.fromInline('cdk')\nexport const a = 1;\n";
    let (_, files) = estate(&[("a.ts", quoted)]);
    assert!(files.iter().all(|it| it.functions.is_empty() && it.problems.is_empty()));
    let cut = PROGRAM.len() - 1;
    for end in (0..cut).step_by(7) {
        let part = PROGRAM.get(..end).unwrap_or("");
        let (_, files) = estate(&[("a.ts", part)]);
        assert!(files.len() <= 1);
    }
    let (_, files) =
        estate(&[("a.ts", "import 'aws-cdk-lib'; new Function(this, 'x', { code: FunctionCode.fromInline(`a ${ ")]);
    assert!(files[0].functions.is_empty());
}
