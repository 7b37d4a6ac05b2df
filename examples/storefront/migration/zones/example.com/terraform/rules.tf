# Terraform owns every rule of this phase: rules that are not listed here are deleted. An entry point that exists must be
# imported first, and its rules added here.
resource "cloudflare_ruleset" "http_request_dynamic_redirect" {
  zone_id     = var.zone_id
  name        = "default"
  description = "Single Redirects of example.com"
  kind        = "zone"
  phase       = "http_request_dynamic_redirect"
  rules = [
    {
      ref         = "migrate_70a6d458976d"
      description = "edge/front.js:2 storefront-front redirect 301 to a computed address"
      expression  = "http.host in {\"shop.example.com\" \"www.shop.example.com\"} and not starts_with(http.request.uri.path, \"/help/\") and not starts_with(http.request.uri.path, \"/admin/\") and not starts_with(http.request.uri.path, \"/checkout/\") and http.host eq \"www.shop.example.com\""
      action      = "redirect"
      action_parameters = {
        from_value = {
          target_url = {
            expression = "concat(\"https://shop.example.com\", http.request.uri.path)"
          }
          status_code           = 301
          preserve_query_string = false
        }
      }
      enabled = true
    },
  ]
}

# Terraform owns every rule of this phase: rules that are not listed here are deleted. An entry point that exists must be
# imported first, and its rules added here.
resource "cloudflare_ruleset" "http_request_transform" {
  zone_id     = var.zone_id
  name        = "default"
  description = "URL Rewrite Rules of example.com"
  kind        = "zone"
  phase       = "http_request_transform"
  rules = [
    {
      ref         = "migrate_a2614fe88aff"
      description = "edge/docs-index.js:2 storefront-docs-index set path"
      expression  = "http.host in {\"shop.example.com\" \"www.shop.example.com\"} and starts_with(http.request.uri.path, \"/help/\") and ends_with(http.request.uri.path, \"/\")"
      action      = "rewrite"
      action_parameters = {
        uri = {
          path = {
            expression = "concat(http.request.uri.path, \"index.html\")"
          }
        }
      }
      enabled = true
    },
  ]
}

# Terraform owns every rule of this phase: rules that are not listed here are deleted. An entry point that exists must be
# imported first, and its rules added here.
resource "cloudflare_ruleset" "http_response_headers_transform" {
  zone_id     = var.zone_id
  name        = "default"
  description = "Response Header Transform Rules of example.com"
  kind        = "zone"
  phase       = "http_response_headers_transform"
  rules = [
    {
      ref         = "migrate_1ca949d96751"
      description = "main.tf:51 storefront-headers set response header strict-transport-security; main.tf:51 storefront-headers set response header x-content-type-options; main.tf:51 storefront-headers set response header x-frame-options; main.tf:51 storefront-headers set response header referrer-policy; main.tf:51 storefront-headers remove response header x-powered-by"
      expression  = "http.host in {\"shop.example.com\" \"www.shop.example.com\"} and (starts_with(raw.http.request.uri.path, \"/help/\") or not starts_with(raw.http.request.uri.path, \"/help/\") and not starts_with(raw.http.request.uri.path, \"/admin/\") and not starts_with(raw.http.request.uri.path, \"/checkout/\")) and not any(http.response.headers[\"x-migrate-answer\"][*] eq \"1\") and http.response.code lt 400"
      action      = "rewrite"
      action_parameters = {
        headers = {
          "referrer-policy" = {
            operation = "set"
            value     = "strict-origin-when-cross-origin"
          }
          "strict-transport-security" = {
            operation = "set"
            value     = "max-age=31536000; includeSubDomains"
          }
          "x-content-type-options" = {
            operation = "set"
            value     = "nosniff"
          }
          "x-frame-options" = {
            operation = "set"
            value     = "SAMEORIGIN"
          }
          "x-powered-by" = {
            operation = "remove"
          }
        }
      }
      enabled = true
    },
  ]
}
