//! Host names, from every protocol that gives one.

use crate::score::case::Case;
use crate::score::expected::Fact;
use crate::score::ours::Asset;
use crate::score::tally::Tally;

/// Facts of the expected file that are names of the host.
const NAMES: &[&str] = &["hostname", "fqdn", "mdns_hostname", "llmnr_hostname", "netbios_name"];

/// First part of the decoder's field → first part of ours.
const GROUPS: &[(&str, &str)] = &[("ntlmssp", "ntlm"), ("dhcp", "dhcp"), ("dhcpv6", "dhcpv6")];

/// Counts the names of every host.
pub fn score(case: &Case, tally: &mut Tally) {
    let mut expected: Vec<(String, Vec<&Asset>)> = Vec::new();
    for host in &case.expected.hosts {
        for fact in host.facts.iter().filter(|fact| NAMES.contains(&fact.name.as_str())) {
            if let Some(reason) = case.outside_scope(host, &fact.source) {
                tally.leave_out(&reason);
                continue;
            }
            let Some(name) = host_name(fact) else {
                tally.leave_out("NetBIOS name that is not the computer's");
                continue;
            };
            let assets = case.assets_of_fact(host, fact);
            if names_a_group(&assets, &name) {
                tally.leave_out("name of a workgroup, not of a host");
                continue;
            }
            let has = |asset: &&Asset| asset.hostnames.iter().any(|(ours, _)| same(&name, ours));
            if assets.iter().any(has) {
                tally.hit();
            } else {
                let ours = of_group(&assets, group(&fact.source));
                tally.miss(
                    &format!("{} {}", host.title(), fact.source),
                    &name,
                    &ours.join(" | "),
                    fact.frame,
                );
            }
            expected.push((name, assets));
        }
    }
    misplaced(case, &expected, tally);
}

/// Names of ours that the expected file gives to other hosts only are wrong;
/// names it does not speak of are extra.
fn misplaced(case: &Case, expected: &[(String, Vec<&Asset>)], tally: &mut Tally) {
    for asset in &case.ours.assets {
        for (name, source) in &asset.hostnames {
            let mut owners = expected.iter().filter(|(theirs, _)| same(theirs, name)).peekable();
            let known = owners.peek().is_some();
            let here = owners.any(|(_, assets)| assets.iter().any(|one| std::ptr::eq(*one, asset)));
            match (known, here) {
                (true, true) => {}
                (true, false) if !looked_up(source) => {
                    tally.wrong(&format!("asset {} by {source}", asset.name), name);
                }
                _ => tally.extra += 1,
            }
        }
    }
}

/// Names that come from a look-up or a certificate are given by others, and
/// several hosts may have the same.
fn looked_up(source: &str) -> bool {
    ["dns.", "tls.", "http."].iter().any(|start| source.starts_with(start))
}

fn group(source: &str) -> &str {
    let first = source.split(['.', ' ']).next().unwrap_or("");
    GROUPS.iter().find(|(theirs, _)| *theirs == first).map_or(first, |(_, ours)| ours)
}

/// Our names of the same protocol: what contradicts when none is the expected one.
fn of_group(assets: &[&Asset], group: &str) -> Vec<String> {
    let names = assets.iter().flat_map(|asset| &asset.hostnames);
    let mut out: Vec<String> = names
        .filter(|(_, source)| source.split('.').next() == Some(group))
        .map(|(name, _)| name.clone())
        .collect();
    out.sort();
    out.dedup();
    out
}

/// The name itself; of NetBIOS names only the computer's (suffix 00 and 20).
fn host_name(fact: &Fact) -> Option<String> {
    if fact.name != "netbios_name" {
        return Some(fact.value.clone());
    }
    let (name, rest) = fact.value.split_once('<')?;
    (rest.starts_with("00") || rest.starts_with("20")).then(|| name.trim().to_string())
}

/// A domain announcement (browser command 0x0c) and a group registration carry
/// the workgroup where a host would have its name; we heard it as such.
fn names_a_group(assets: &[&Asset], name: &str) -> bool {
    let mut groups = assets.iter().flat_map(|asset| asset.heard(&["browser.workgroup", "nbns.group"]));
    groups.any(|group| same(name, group.split('<').next().unwrap_or(group)))
}

/// The same name: case, a dot at the end and `.local` aside; a short name is the
/// first label of a long one; NetBIOS cuts at 15 bytes.
fn same(a: &str, b: &str) -> bool {
    let bare = |name: &str| {
        let name = name.trim().trim_end_matches('.').to_lowercase();
        name.strip_suffix(".local").map_or(name.clone(), String::from)
    };
    let (a, b) = (bare(a), bare(b));
    let short = |name: &str| name.split('.').next().unwrap_or("").to_string();
    let cut = |long: &str, short: &str| short.len() == 15 && long.starts_with(short);
    a == b
        || ((!a.contains('.') || !b.contains('.')) && short(&a) == short(&b))
        || cut(&short(&a), &b)
        || cut(&short(&b), &a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same() {
        assert!(same("DC3", "dc3.lab.example") && same("hmi.local", "HMI."));
        assert!(same("A-VERY-LONG-NAME-OF-A-PC", "a-very-long-nam"));
        assert!(!same("dc3.lab.example", "dc3.other.example") && !same("pc1", "pc10"));
    }

    #[test]
    fn netbios_suffixes() {
        let fact = |value: &str| Fact {
            name: "netbios_name".into(),
            value: value.into(),
            source: "nbns.name".into(),
            raw: None,
            ip: None,
            frame: 0,
        };
        assert_eq!(host_name(&fact("PC<20> (Server)")), Some("PC".into()));
        assert_eq!(host_name(&fact("WG<1e> (Browser)")), None);
    }
}
