//! Zones are registrable domains: which zone a host belongs to.

use std::collections::BTreeMap;

use crate::config::Config;

/// The zone of a host (`*.example.com` counts as its domain): as `migrate.toml` says, else the registrable domain.
pub(crate) fn zone_of(host: &str, config: &Config) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let named = config.zone.iter().find(|zone| zone.hosts.iter().any(|it| it.eq_ignore_ascii_case(&host)));
    if let Some(zone) = named {
        return Some(zone.name.clone());
    }
    let domain = host.strip_prefix("*.").unwrap_or(&host);
    let registrable = psl::domain_str(domain)?;
    Some(registrable.to_owned())
}

/// Hosts by zone, each list sorted and without repetition.
pub(crate) fn by_zone(hosts: &[String], config: &Config) -> BTreeMap<String, Vec<String>> {
    let mut zones: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for host in hosts {
        if let Some(zone) = zone_of(host, config) {
            zones.entry(zone).or_default().push(host.to_ascii_lowercase());
        }
    }
    for hosts in zones.values_mut() {
        hosts.sort();
        hosts.dedup();
    }
    zones
}

/// A name for what nothing attaches: `unattached-` and the part of `name` that can stand in a folder's name.
pub(crate) fn unattached(name: &str) -> String {
    let mut out = String::from("unattached-");
    for it in name.chars() {
        let it = it.to_ascii_lowercase();
        if it.is_ascii_alphanumeric() {
            out.push(it);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_registrable_domains_unless_stated() {
        let config = Config::parse("[[zone]]\nname='shop'\nhosts=['shop.example.com']").unwrap_or_default();
        assert_eq!(zone_of("shop.example.com", &config).as_deref(), Some("shop"));
        assert_eq!(zone_of("WWW.example.co.uk", &config).as_deref(), Some("example.co.uk"));
        assert_eq!(zone_of("*.example.com", &config).as_deref(), Some("example.com"));
        assert_eq!(unattached("src/My Fn.js"), "unattached-src-my-fn-js");
    }
}
