//! From an edge program to a placement on Cloudflare.
