# The edge of the shop: one distribution, five functions.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

locals {
  hosts = ["shop.example.com", "www.shop.example.com"]
}

resource "aws_cloudfront_function" "front" {
  name    = "storefront-front"
  runtime = "cloudfront-js-2.0"
  comment = "host, language and old paths"
  publish = true
  code    = file("${path.module}/edge/front.js")
}

resource "aws_cloudfront_function" "docs_index" {
  name    = "storefront-docs-index"
  runtime = "cloudfront-js-1.0"
  comment = "index.html for the help pages"
  publish = true
  code    = file("${path.module}/edge/docs-index.js")
}

resource "aws_cloudfront_function" "experiment" {
  name    = "storefront-experiment"
  runtime = "cloudfront-js-2.0"
  comment = "A/B of the checkout"
  publish = true
  code    = file("${path.module}/edge/experiment.js")
}

resource "aws_cloudfront_function" "admin_auth" {
  name    = "storefront-admin-auth"
  runtime = "cloudfront-js-1.0"
  comment = "basic auth for the back office"
  publish = true
  code    = file("${path.module}/edge/admin-auth.js")
}

resource "aws_cloudfront_function" "headers" {
  name    = "storefront-headers"
  runtime = "cloudfront-js-2.0"
  comment = "security headers"
  publish = true
  code    = <<-EOT
    function handler(event) {
      const response = event.response;
      const headers = response.headers;
      headers['strict-transport-security'] = { value: 'max-age=31536000; includeSubDomains' };
      headers['x-content-type-options'] = { value: 'nosniff' };
      headers['x-frame-options'] = { value: 'SAMEORIGIN' };
      headers['referrer-policy'] = { value: 'strict-origin-when-cross-origin' };
      delete headers['x-powered-by'];
      return response;
    }
  EOT
}

resource "aws_cloudfront_distribution" "shop" {
  enabled         = true
  is_ipv6_enabled = true
  aliases         = local.hosts

  origin {
    origin_id   = "app"
    domain_name = "app.origin.example.com"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/help/*"
    target_origin_id       = "app"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.docs_index.arn
    }
    function_association {
      event_type   = "viewer-response"
      function_arn = aws_cloudfront_function.headers.arn
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/admin/*"
    target_origin_id       = "app"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.admin_auth.arn
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/checkout/*"
    target_origin_id       = "app"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.experiment.arn
    }
  }

  default_cache_behavior {
    target_origin_id       = "app"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.front.arn
    }
    function_association {
      event_type   = "viewer-response"
      function_arn = aws_cloudfront_function.headers.arn
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
