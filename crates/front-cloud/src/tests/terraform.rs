//! Terraform: resources, locals, the community module, files and templates.

use super::{estate, inline, kinds, kinds_of, local, one, place};
use crate::{
    Base, Class, Code, Event, FunctionKind, FunctionRef, ProblemKind, Rendering, Runtime, Text, Touches, check_targets,
    render,
};
use source::Sources;

const SITE: &str = r#"# the shop
resource "aws_cloudfront_function" "rewrite" {
  name    = "rewrite"
  runtime = "cloudfront-js-2.0"
  comment = "index documents"
  publish = true
  code    = <<-EOT
    function handler(event) {
      var request = event.request;

      request.uri += 'index.html';
      return request;
    }
  EOT
  key_value_store_associations = [aws_cloudfront_key_value_store.kv.arn]
}

resource "aws_cloudfront_key_value_store" "kv" { name = "kv" }

resource "aws_cloudfront_distribution" "site" {
  enabled         = true
  is_ipv6_enabled = true
  aliases         = ["shop.example", "www.${var.domain}", local.extra]
  price_class     = "PriceClass_100"

  origin {
    domain_name = aws_s3_bucket.b.bucket_regional_domain_name
    origin_id   = "s3"
    custom_header {
      name  = "x"
      value = "y"
    }
  }

  default_cache_behavior {
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    target_origin_id       = "s3"
    viewer_protocol_policy = "redirect-to-https"
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.rewrite.arn
    }
    forwarded_values {
      query_string = false
      cookies { forward = "none" }
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*"
    target_origin_id       = "s3"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET"]
    cached_methods         = ["GET"]
    lambda_function_association {
      event_type = "origin-request"
      lambda_arn = aws_lambda_function.edge.qualified_arn
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/b/*"
    target_origin_id       = "s3"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET"]
    cached_methods         = ["GET"]
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }

  tags = { Team = "web", "cost-center" = 7 }
}

locals {
  extra = "extra.example"
}

variable "domain" {
  default = "shop.example"
}
"#;

#[test]
fn a_site_is_read_whole() {
    let (sources, file) = one("infra/cdn/main.tf", SITE);
    assert_eq!(file.problems, []);
    assert_eq!(file.scope, "infra/cdn");
    let f = &file.functions[0];
    assert_eq!(
        (f.id.as_str(), f.runtime, f.auto_publish),
        ("aws_cloudfront_function.rewrite", Runtime::V2, Some(true))
    );
    assert!(
        inline(&sources, f).starts_with("function handler(event) {\n  var request = event.request;\n\n  request.uri")
    );
    assert_eq!(place(&sources, f, "request.uri += 'index.html'"), (11, "request.uri += 'index.html'"));
    let site = &file.distributions[0];
    let aliases: Vec<String> = site.aliases.iter().map(Text::display).collect();
    assert_eq!(aliases, ["shop.example", "www.${var.domain}", "extra.example"]);
    assert_eq!(site.aliases[1].with_defaults().as_deref(), Some("www.shop.example"));
    let patterns: Vec<Option<String>> =
        site.behaviors.iter().map(|it| it.path_pattern.as_ref().and_then(Text::known)).collect();
    assert_eq!(patterns, [Some("/api/*".to_owned()), Some("/b/*".to_owned()), None]);
    assert_eq!(site.behaviors[2].functions[0].target, local("aws_cloudfront_function.rewrite"));
    let edge = &site.behaviors[0].functions[0];
    assert_eq!((edge.kind, edge.event), (FunctionKind::Lambda, Some(Event::OriginRequest)));
    assert!(
        matches!(&edge.target, FunctionRef::Arn(arn) if arn.display() == "${aws_lambda_function.edge.qualified_arn}")
    );
    assert_eq!(site.origins[0].id.as_ref().unwrap().known().as_deref(), Some("s3"));
    assert_eq!(
        kinds_of(&file, |it| matches!(it, Class::NoEffect { .. })),
        ["distribution.price_class", "distribution.tags", "function.auto_publish", "function.comment"]
    );
}

fn function(code: &str) -> String {
    format!(
        "resource \"aws_cloudfront_function\" \"f\" {{\n  name = \"f\"\n  runtime = \"cloudfront-js-1.0\"\n  code = {code}\n}}\n"
    )
}

#[test]
fn heredocs_keep_or_lose_indentation() {
    let (sources, file) = one("a.tf", &function("<<EOT\n  a\n\tb\nEOT"));
    assert_eq!(inline(&sources, &file.functions[0]), "  a\n\tb\n");
    let (sources, file) = one("a.tf", &function("<<-EOT\n      a\n\n        b ${var.x}\n       $${c}\n    EOT"));
    assert_eq!(inline(&sources, &file.functions[0]), "a\n\n  b __hole0__\n ${c}\n");
    assert_eq!(place(&sources, &file.functions[0], "${c}").1, "${c}");
}

#[test]
fn quoted_code_with_escapes() {
    let (sources, file) = one("a.tf", &function(r#""a(\"x\");\n\tb('\u00e4', \"$${y}\") // ${var.z}""#));
    assert_eq!(inline(&sources, &file.functions[0]), "a(\"x\");\n\tb('ä', \"${y}\") // __hole0__");
    assert_eq!(place(&sources, &file.functions[0], "b('").1, "b('");
}

#[test]
fn files_are_found_from_the_folder_of_the_module() {
    let path = |code: &str| match one("infra/cdn/a.tf", &function(code)).1.functions.remove(0).code {
        Code::File { path, rendering: Rendering::Verbatim, .. } => path,
        other => panic!("{other:?}"),
    };
    assert_eq!(path("file(\"${path.module}/functions/a.js\")"), "infra/cdn/functions/a.js");
    assert_eq!(path("file(\"functions/a.js\")"), "infra/cdn/functions/a.js");
    assert_eq!(path("trimspace(file(\"${path.module}/../../edge/a.js\"))"), "edge/a.js");
    assert_eq!(path("file(format(\"%s/%s.js\", path.module, \"a\"))"), "infra/cdn/a.js");
    assert_eq!(path("file(join(\"/\", [path.module, \"a.js\"]))"), "infra/cdn/a.js");
    assert_eq!(path("\"${file(\"a.js\")}\""), "infra/cdn/a.js");
}

#[test]
fn files_outside_of_the_repository_are_refused() {
    for code in ["file(\"../../../etc/passwd\")", "file(\"/etc/passwd\")", "file(\"~/x.js\")"] {
        let (_, file) = one("infra/a.tf", &function(code));
        assert_eq!(kinds(&file.problems), [ProblemKind::OutsideRepository], "{code}");
        assert!(matches!(file.functions[0].code, Code::Unresolved { .. }));
    }
}

#[test]
fn missing_files_are_said() {
    let (_, mut files) = estate(&[("a.tf", &function("file(\"f.js\")"))]);
    check_targets(&mut files, |path| path != "f.js", None);
    assert_eq!(kinds(&files[0].problems), [ProblemKind::MissingFile]);
}

#[test]
fn the_folder_terraform_runs_in_is_looked_for_above_the_module() {
    let settled = |code: &str, there: &[&str], runs_in: Option<&str>| {
        let (_, mut files) = estate(&[("infra/live/cdn/a.tf", &function(code))]);
        check_targets(&mut files, |path| there.contains(&path), runs_in);
        let Code::File { path, base, .. } = files[0].functions[0].code.clone() else { panic!() };
        (path, base, kinds(&files[0].problems))
    };
    let assumed = |folder: &str| Base::Assumed(folder.to_owned());
    for code in ["file(\"${path.cwd}/fn/a.js\")", "file(\"${path.root}/fn/a.js\")", "file(\"fn/a.js\")"] {
        let (path, base, problems) = settled(code, &["infra/fn/a.js"], None);
        assert_eq!((path.as_str(), base), ("infra/fn/a.js", assumed("infra")), "{code}");
        assert_eq!(problems, [ProblemKind::AssumedFolder]);
    }
    let cwd = "file(\"${path.cwd}/fn/a.js\")";
    let (path, base, _) = settled(cwd, &["fn/a.js"], None);
    assert_eq!((path.as_str(), base), ("fn/a.js", assumed("")));
    let (path, base, problems) = settled(cwd, &["infra/live/cdn/fn/a.js", "fn/a.js"], None);
    assert_eq!((path.as_str(), base), ("infra/live/cdn/fn/a.js", Base::Run("./fn/a.js".to_owned())));
    assert_eq!(problems, []);
    let (_, _, problems) = settled(cwd, &["infra/fn/a.js", "fn/a.js"], None);
    assert_eq!(problems, [ProblemKind::MissingFile], "two files could be meant");
    let (path, base, problems) = settled(cwd, &["infra/fn/a.js", "fn/a.js"], Some("infra"));
    assert_eq!((path.as_str(), base, problems), ("infra/fn/a.js", Base::Fixed, Vec::new()));
    let (_, _, problems) = settled("file(\"${path.module}/fn/a.js\")", &["infra/fn/a.js"], None);
    assert_eq!(problems, [ProblemKind::MissingFile], "`path.module` is the folder of the file");
}

#[test]
fn a_template_file_is_rendered() {
    let code = "templatefile(\"${path.module}/f.js.tpl\", {\n    host = \"a.example\"\n    key  = var.key\n  })";
    let (mut sources, file) = one("a.tf", &function(code));
    let Code::File { path, rendering, .. } = &file.functions[0].code else { panic!() };
    assert_eq!(path, "f.js.tpl");
    let template = sources.add("f.js.tpl", "go('https://${host}/', '${key}', `$${x}`, ${n});\n");
    let Code::Inline { file, holes } = render(&mut sources, template, rendering) else { panic!() };
    assert_eq!(&**sources.file(file).text(), "go('https://a.example/', '__hole0__', `${x}`, __hole1__);\n");
    assert_eq!(holes.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["var.key", "n"]);
}

#[test]
fn replacements_are_rendered_in_order() {
    let code = "replace(replace(file(\"f.js\"), \"__HOST__\", \"a.example\"), \"__KEY__\", var.key)";
    let (mut sources, file) = one("a.tf", &function(code));
    let Code::File { rendering, .. } = &file.functions[0].code else { panic!() };
    let js = sources.add("f.js", "go('__HOST__', '__KEY__', '__HOST__')");
    let Code::Inline { file, holes } = render(&mut sources, js, rendering) else { panic!() };
    assert_eq!(&**sources.file(file).text(), "go('a.example', '__hole0__', 'a.example')");
    assert_eq!(holes.len(), 1);
}

#[test]
fn a_template_directive_is_not_guessed() {
    let mut sources = Sources::new();
    let file = sources.add("f.tpl", "%{ if debug }log();%{ endif }\n");
    assert!(matches!(render(&mut sources, file, &Rendering::Template(Vec::new())), Code::Unresolved { .. }));
    let (_, file) = one("a.tf", &function("<<EOT\n%{ if var.debug }\nlog();\n%{ endif }\nEOT"));
    assert!(matches!(file.functions[0].code, Code::Unresolved { .. }));
}

#[test]
fn locals_are_followed_through_the_files_of_a_folder() {
    let main = "resource \"aws_cloudfront_function\" \"f\" {\n  name = local.names.fn\n  runtime = \"cloudfront-js-2.0\"\n  code = local.code\n}\n";
    let locals = "locals {\n  names = { fn = \"f-${var.env}\" }\n  code = file(\"${path.module}/f.js\")\n}\nvariable \"env\" { default = \"prod\" }\n";
    let (_, files) =
        estate(&[("m/main.tf", main), ("m/locals.tf", locals), ("other/locals.tf", "locals { code = 1 }\n")]);
    let [file] = files.as_slice() else { panic!() };
    let f = &file.functions[0];
    assert_eq!(f.name.as_ref().unwrap().display(), "f-${var.env}");
    assert!(matches!(&f.code, Code::File { path, .. } if path == "m/f.js"));
    assert_eq!(file.problems, []);
}

#[test]
fn functions_and_distributions_in_different_files() {
    let site = "resource \"aws_cloudfront_distribution\" \"d\" {\n  default_cache_behavior {\n    function_association {\n      event_type = \"viewer-request\"\n      function_arn = aws_cloudfront_function.f.arn\n    }\n    function_association {\n      event_type = \"viewer-response\"\n      function_arn = one(aws_cloudfront_function.f[*].arn)\n    }\n  }\n}\n";
    let (_, files) = estate(&[("m/cdn.tf", site), ("m/functions.tf", &function("\"x\""))]);
    let functions = &files[0].distributions[0].behaviors[0].functions;
    assert_eq!(functions[0].target, local("aws_cloudfront_function.f"));
    assert_eq!(functions[1].target, local("aws_cloudfront_function.f"));
    let (_, file) = one("m/cdn.tf", site);
    assert!(kinds(&file.problems).contains(&ProblemKind::UnknownReference));
}

#[test]
fn the_community_module_with_functions_keyed_by_event() {
    let text = r#"module "cdn" {
  source  = "terraform-aws-modules/cloudfront/aws"
  version = "~> 6.0"
  aliases = ["cdn.example"]
  cloudfront_functions = {
    auth = {
      code    = file("${path.module}/auth.js")
      publish = true
    }
  }
  origin = {
    s3 = { domain_name = "b.s3.amazonaws.com" }
    app = {
      domain_name = "app.example"
      origin_id   = "backend"
    }
  }
  default_cache_behavior = {
    target_origin_id       = "s3"
    viewer_protocol_policy = "https-only"
    function_association = {
      viewer-request  = { function_key = "auth" }
      viewer-response = { function_arn = aws_cloudfront_function.headers.arn }
    }
  }
  ordered_cache_behavior = [
    {
      path_pattern     = "/api/*"
      target_origin_id = "backend"
      lambda_function_association = {
        origin-request = { lambda_arn = module.edge.lambda_function_qualified_arn }
      }
    },
  ]
}

resource "aws_cloudfront_function" "headers" {
  name = "headers"
  runtime = "cloudfront-js-1.0"
  code = "x"
}
"#;
    let (_, file) = one("m/main.tf", text);
    assert_eq!(file.problems, []);
    let auth = "module.cdn.cloudfront_functions[\"auth\"]";
    assert_eq!((file.functions[0].id.as_str(), file.functions[0].runtime), (auth, Runtime::V2));
    let site = &file.distributions[0];
    let origins: Vec<Option<String>> = site.origins.iter().map(|it| it.id.as_ref().and_then(Text::known)).collect();
    assert_eq!(origins, [Some("s3".to_owned()), Some("backend".to_owned())]);
    let default = &site.behaviors[1];
    assert_eq!(default.functions[0].target, local(auth));
    assert_eq!(default.functions[0].event, Some(Event::ViewerRequest));
    assert_eq!(default.functions[1].target, local("aws_cloudfront_function.headers"));
    assert_eq!(site.behaviors[0].functions[0].kind, FunctionKind::Lambda);
    assert_eq!(site.behaviors[0].functions[0].event, Some(Event::OriginRequest));
    assert!(file.constructs.iter().all(|it| it.kind != crate::UNKNOWN_ATTRIBUTE), "{:#?}", file.constructs);
}

#[test]
fn the_community_module_with_entries_of_one_shape() {
    let text = "module \"cdn\" {\n  source = \"terraform-aws-modules/cloudfront/aws\"\n  default_cache_behavior = {\n    function_association = [{ event_type = \"viewer-request\", function_arn = var.arn }]\n  }\n}\n";
    let (_, file) = one("main.tf", text);
    let association = &file.distributions[0].behaviors[0].functions[0];
    assert_eq!(association.event, Some(Event::ViewerRequest));
    assert!(matches!(&association.target, FunctionRef::Arn(arn) if arn.display() == "${var.arn}"));
}

#[test]
fn a_local_module_with_the_arguments_of_the_community_module() {
    let text = r#"module "cdn" {
  source  = "../../"
  aliases = ["cdn.example"]
  cloudfront_functions = {
    headers = { code = file("./headers.js") }
  }
  default_cache_behavior = {
    target_origin_id = "s3"
  }
  ordered_cache_behavior = [{
    path_pattern = "/static/*"
    function_association = {
      viewer-request  = { function_arn = aws_cloudfront_function.f.arn }
      viewer-response = { function_key = "headers" }
    }
  }]
}

module "other" {
  source   = "../other"
  behavior = { function_association = aws_cloudfront_function.f.arn }
}
"#;
    let text = format!("{text}{}", function("\"x\""));
    let (_, file) = one("examples/complete/main.tf", &text);
    assert_eq!(file.problems, []);
    let [site] = file.distributions.as_slice() else { panic!() };
    let events: Vec<_> = site.behaviors[0].functions.iter().map(|it| (it.event, it.target.clone())).collect();
    let headers = local("module.cdn.cloudfront_functions[\"headers\"]");
    assert_eq!(
        events,
        [(Some(Event::ViewerRequest), local("aws_cloudfront_function.f")), (Some(Event::ViewerResponse), headers)]
    );
    let refused = kinds_of(&file, |it| matches!(it, Class::Refused { touches: Touches::Everything, .. }));
    assert_eq!(refused, ["distribution.local_module"]);
    let (_, alone) = one("a.tf", text.split("resource").next().unwrap());
    assert_eq!(alone.distributions.len(), 1, "nothing but the arguments says what it is");
}

#[test]
fn what_only_a_run_attaches_is_named() {
    let text = "resource \"aws_cloudfront_distribution\" \"d\" {\n  default_cache_behavior {\n    dynamic \"function_association\" {\n      for_each = var.on ? [1] : []\n      content {\n        event_type = \"viewer-request\"\n        function_arn = aws_cloudfront_function.f[0].arn\n      }\n    }\n  }\n}\n";
    let handed = |text: &str| {
        let (_, file) = one("a.tf", &format!("{text}{}", function("\"x\"")));
        file.functions[0].handed.clone().map(|it| it.makes)
    };
    assert_eq!(handed(text).as_deref(), Some("dynamic \"function_association\""));
    assert_eq!(handed(&text.replace("aws_cloudfront_function.f[", "aws_cloudfront_function.f2[")), None);
    let module = "module \"cdn\" {\n  source = \"./cdn\"\n  fn = aws_cloudfront_function.f.arn\n}\n";
    assert_eq!(handed(module).as_deref(), Some("module.cdn"));
}

#[test]
fn dynamic_blocks_are_open() {
    let text = "resource \"aws_cloudfront_distribution\" \"d\" {\n  aliases = var.aliases\n  dynamic \"ordered_cache_behavior\" {\n    for_each = var.paths\n    content {\n      path_pattern = ordered_cache_behavior.value\n    }\n  }\n  default_cache_behavior {\n    target_origin_id = \"o\"\n    dynamic \"function_association\" {\n      for_each = var.auth ? [1] : []\n      content {\n        event_type = \"viewer-request\"\n        function_arn = var.arn\n      }\n    }\n  }\n}\n";
    let (_, file) = one("main.tf", text);
    let site = &file.distributions[0];
    assert_eq!(
        site.open_blocks.iter().map(|it| it.makes.as_str()).collect::<Vec<_>>(),
        ["ordered_cache_behavior", "function_association"]
    );
    assert_eq!(kinds(&file.problems), [ProblemKind::OpenBlock; 2]);
    assert_eq!(site.aliases[0].display(), "${var.aliases}");
    assert_eq!(file.constructs.iter().filter(|it| it.kind == "open block").count(), 9);
}

#[test]
fn repeated_functions_are_read_once_and_said() {
    let text = "resource \"aws_cloudfront_function\" \"f\" {\n  for_each = toset([\"a\", \"b\"])\n  name = each.key\n  runtime = \"cloudfront-js-2.0\"\n  code = file(\"${path.module}/${each.key}.js\")\n}\n";
    let (_, file) = one("main.tf", text);
    assert_eq!(kinds(&file.problems), [ProblemKind::Repeated]);
    let f = &file.functions[0];
    assert!(f.repeated.is_some());
    assert!(matches!(&f.code, Code::Unresolved { why, .. } if why.contains("each.key")), "{:?}", f.code);
}

#[test]
fn lists_are_joined_where_their_items_are_written() {
    let text = "locals {\n  more = [\"b.example\"]\n}\nresource \"aws_cloudfront_distribution\" \"d\" {\n  aliases = concat([\"a.example\"], local.more)\n}\n";
    let (_, file) = one("main.tf", text);
    let aliases: Vec<String> = file.distributions[0].aliases.iter().map(Text::display).collect();
    assert_eq!(aliases, ["a.example", "b.example"]);
}

#[test]
fn fallbacks_are_known_only_by_their_first_value() {
    let text = "resource \"aws_cloudfront_distribution\" \"d\" {\n  aliases = [coalesce(\"a.example\", \"b\"), coalesce(\"\", \"b\"), try(var.a, \"c\")]\n}\n";
    let (_, file) = one("main.tf", text);
    let aliases: Vec<String> = file.distributions[0].aliases.iter().map(Text::display).collect();
    assert_eq!(aliases, ["a.example", "${coalesce(\"\", \"b\")}", "${try(var.a, \"c\")}"]);
}

#[test]
fn data_sources_that_read_a_file() {
    let text = format!(
        "data \"local_file\" \"js\" {{\n  filename = \"${{path.module}}/f.js\"\n}}\n{}",
        function("data.local_file.js.content")
    );
    let (_, file) = one("m/a.tf", &text);
    assert!(matches!(&file.functions[0].code, Code::File { path, .. } if path == "m/f.js"));
    let text = format!(
        "data \"template_file\" \"js\" {{\n  template = file(\"f.js\")\n  vars = {{ a = \"b\" }}\n}}\n{}",
        function("data.template_file.js.rendered")
    );
    let (_, file) = one("m/a.tf", &text);
    assert!(
        matches!(&file.functions[0].code, Code::File { rendering: Rendering::Template(given), .. } if given.len() == 1)
    );
}

#[test]
fn policies_and_data_sources_are_constructs_of_their_kind() {
    let text = "data \"aws_cloudfront_cache_policy\" \"p\" {\n  name = \"Managed-CachingOptimized\"\n}\nresource \"aws_cloudfront_origin_access_control\" \"o\" {\n  name = \"o\"\n  signing_behavior = \"always\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"x\"\n}\n";
    let (_, file) = one("main.tf", text);
    let found: Vec<&str> = file.constructs.iter().map(|it| it.kind).collect();
    assert_eq!(
        found,
        ["cache_policy", "cache_policy", "origin_access_control", "origin_access_control", "origin_access_control"]
    );
}

#[test]
fn what_is_deployed_from_elsewhere_is_no_function_of_ours() {
    let text = "data \"aws_cloudfront_function\" \"f\" {\n  name = \"f\"\n  stage = \"LIVE\"\n}\n";
    let (_, file) = one("main.tf", text);
    assert!(file.functions.is_empty());
    assert_eq!(kinds_of(&file, |it| matches!(it, Class::Refused { .. })), ["deployed"]);
    assert_eq!(file.constructs.len(), 3);
}

#[test]
fn broken_hcl_has_a_place_and_spares_its_neighbors() {
    let (_, files) = estate(&[
        ("m/a.tf", &function("\"x\"")),
        ("m/b.tf", "resource \"aws_cloudfront_function\" \"g\" {\n  name = \n}\n"),
    ]);
    assert_eq!(files[0].functions.len(), 1);
    assert_eq!(kinds(&files[1].problems), [ProblemKind::Syntax]);
    assert!(files[1].problems[0].span.start > 40);
}

#[test]
fn a_broken_companion_is_said() {
    let (_, files) = estate(&[("m/a.tf", &function("local.x")), ("m/locals.tf", "locals {\n")]);
    assert_eq!(files.len(), 2);
    assert_eq!(kinds(&files[1].problems), [ProblemKind::Syntax]);
}

#[test]
fn terraform_in_json_is_named_and_not_read() {
    let (_, file) = one("main.tf.json", "{\"resource\": {\"aws_cloudfront_function\": {}}}");
    assert_eq!(kinds(&file.problems), [ProblemKind::NotRead]);
}

#[test]
fn references_in_a_circle_end() {
    let text = format!("locals {{\n  a = local.b\n  b = \"${{local.a}}\"\n}}\n{}", function("local.a"));
    let (_, file) = one("a.tf", &text);
    assert!(!matches!(file.functions[0].code, Code::File { .. }));
}
