//! DHCP facts of a client: what it said and what it was given.

use crate::score::case::{Case, ip_text, plain};
use crate::score::ours::Asset;
use crate::score::tally::Tally;

/// Name in the expected file → our fields.
const FIELDS: &[(&str, &[&str])] = &[
    ("hostname", &["dhcp.hostname"]),
    ("fqdn", &["dhcp.fqdn"]),
    ("vendor_class", &["dhcp.vendor_class"]),
    ("param_request_list", &["dhcp.prl"]),
    ("requested_ip", &["dhcp.requested_ip"]),
    ("offered_ip", &["dhcp.offered", "dhcp.lease"]),
    ("domain", &["dhcp.domain"]),
    ("router", &["dhcp.router"]),
    ("netmask", &["dhcp.netmask"]),
];

/// Counts every DHCP fact of every client.
pub fn score(case: &Case, tally: &mut Tally) {
    for host in &case.expected.hosts {
        let assets = case.assets_of(host);
        for (name, value) in &host.dhcp {
            let ours = heard(case, &assets, name);
            if ours.iter().any(|one| same(value, one)) {
                tally.hit();
            } else {
                let subject = format!("{} dhcp {name}", host.title());
                tally.miss(&subject, value, &ours.join(" | "), host.dhcp_frame);
            }
        }
    }
}

/// What we have for one of the expected names.
fn heard(case: &Case, assets: &[&Asset], name: &str) -> Vec<String> {
    let of = |field: &str| {
        let heard = assets.iter().flat_map(|asset| &asset.heard);
        heard.filter(|one| one.field == field).map(|one| one.ip.clone()).collect()
    };
    match name {
        // The lease's address is whom the observation is about.
        "ack_ip" => of("dhcp.lease"),
        "server" => {
            let servers = case.ours.assets.iter().flat_map(|asset| &asset.heard);
            servers.filter(|one| one.field == "dhcp.server").map(|one| one.ip.clone()).collect()
        }
        _ => {
            let fields = FIELDS.iter().find(|(one, _)| *one == name).map_or(&[][..], |(_, fields)| fields);
            let mut values: Vec<String> =
                assets.iter().flat_map(|asset| asset.heard(fields)).map(String::from).collect();
            if name == "offered_ip" {
                values.extend(of("dhcp.lease"));
            }
            values
        }
    }
}

/// The same text; of a list of addresses, one of them; names without the dot at the end.
fn same(expected: &str, ours: &str) -> bool {
    let ends = |text: &str| text.trim_end_matches(['.', '\0']).to_lowercase();
    let one_of = || {
        ours.split(',').any(|one| expected.split(',').any(|part| ip_text(one.trim()) == ip_text(part.trim())))
    };
    ends(expected) == ends(ours) || plain(expected) == plain(ours) || (expected.contains('.') && one_of())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_names_and_lists() {
        assert!(same("GHIA.", "ghia") && same("10.0.0.1", "10.0.0.2,10.0.0.1"));
        assert!(!same("1,3,6", "1,3,6,15") && !same("10.0.0.1", "10.0.0.11"));
    }
}
