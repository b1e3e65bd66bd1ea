//! What a device is: family of its operating system, maker, model.
//!
//! The expected file has them only where one banner spells them out; ours come
//! from many signs. So silence there is not a contradiction: it is extra.

use crate::score::case::{Case, plain};
use crate::score::expected::{Fact, Host};
use crate::score::ours::Asset;
use crate::score::scope;
use crate::score::tally::Tally;

/// Words by which a family shows, most telling first, and what it is a kind of.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("android", "android", "linux"),
    ("ubuntu", "ubuntu", "linux"),
    ("debian", "debian", "linux"),
    ("centos", "centos", "linux"),
    ("red hat", "redhat", "linux"),
    ("fedora", "fedora", "linux"),
    ("cisco", "cisco ios", ""),
    ("ios (tm)", "cisco ios", ""),
    ("ios xe", "cisco ios", ""),
    ("ios-xe", "cisco ios", ""),
    ("windows", "windows", ""),
    ("macos", "macos", "unix"),
    ("mac os", "macos", "unix"),
    ("os x", "macos", "unix"),
    ("ipados", "ios", ""),
    ("iphone", "ios", ""),
    ("ios", "ios", ""),
    ("freebsd", "freebsd", "unix"),
    ("openbsd", "openbsd", "unix"),
    ("netbsd", "netbsd", "unix"),
    ("solaris", "solaris", "unix"),
    ("linux", "linux", "unix"),
    ("unix", "unix", ""),
];

/// Family of an operating system and its parents, narrowest first; empty when
/// the text names none.
fn family(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let mut out = Vec::new();
    let Some(&(_, family, mut parent)) = FAMILIES.iter().find(|(word, ..)| text.contains(word)) else {
        return out;
    };
    out.push(family);
    while !parent.is_empty() {
        out.push(parent);
        parent = FAMILIES.iter().find(|(_, family, _)| *family == parent).map_or("", |(.., parent)| parent);
    }
    out
}

/// One is the other, or a kind of the other.
fn related(a: &[&str], b: &[&str]) -> bool {
    a.first().is_some_and(|first| b.contains(first)) || b.first().is_some_and(|first| a.contains(first))
}

fn assets<'a>(case: &'a Case, host: &Host) -> Vec<&'a Asset> {
    let mut out = case.assets_of(host);
    out.extend(case.ours.assets.iter().filter(|asset| host.ips.iter().any(|ip| asset.has_ip(ip))));
    out
}

/// Family of the operating system.
pub fn os(case: &Case, tally: &mut Tally) {
    let mut judged: Vec<*const Asset> = Vec::new();
    for host in &case.expected.hosts {
        let mut told = Vec::new();
        for (value, source, frame) in &host.os {
            match family(value) {
                _ if case.outside_scope(host, source).is_some() => {
                    tally.leave_out("protocol outside the issue")
                }
                names if names.is_empty() => tally.leave_out("text that names no operating system"),
                names => told.push((names, value, *frame)),
            }
        }
        let Some((_, value, frame)) = told.first() else { continue };
        let assets = assets(case, host);
        judged.extend(assets.iter().map(|asset| std::ptr::from_ref(*asset)));
        let ours: Vec<&str> =
            assets.iter().map(|asset| asset.os.as_str()).filter(|os| !os.is_empty()).collect();
        if ours.iter().any(|os| told.iter().any(|(names, ..)| related(names, &family(os)))) {
            tally.hit();
        } else {
            tally.miss(&host.title(), value, ours.first().unwrap_or(&""), *frame);
        }
    }
    let silent = |asset: &&Asset| !asset.os.is_empty() && !judged.contains(&std::ptr::from_ref(*asset));
    tally.extra += case.ours.assets.iter().filter(silent).count();
}

/// Manufacturer.
pub fn maker(case: &Case, tally: &mut Tally) {
    texts(
        case,
        tally,
        "vendor",
        |asset| &asset.maker,
        |fact, asset| {
            // The decoder keeps the number beside the word, where it has one.
            let raw = fact.raw.as_ref().unwrap_or(&fact.value);
            let number = raw.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok());
            number.is_some_and(|number| asset.heard(&["enip.vendor_id"]).any(|id| id == number.to_string()))
        },
    );
}

/// Model.
pub fn model(case: &Case, tally: &mut Tally) {
    texts(case, tally, "model", |asset| &asset.model, |_, _| false);
}

/// Compares a text attribute: one spelling must contain the other, or its first word.
fn texts(
    case: &Case,
    tally: &mut Tally,
    name: &str,
    of: fn(&Asset) -> &String,
    heard: fn(&Fact, &Asset) -> bool,
) {
    let mut judged: Vec<*const Asset> = Vec::new();
    for host in &case.expected.hosts {
        for fact in host.facts.iter().filter(|fact| fact.name == name) {
            if !scope::source_in_scope(&fact.source) {
                tally.leave_out("protocol outside the issue");
                continue;
            }
            let assets = case.assets_of_fact(host, fact);
            judged.extend(assets.iter().map(|asset| std::ptr::from_ref(*asset)));
            let same = |asset: &&Asset| {
                let (theirs, mine) = (plain(&fact.value), plain(of(asset)));
                let first = plain(of(asset).split(' ').next().unwrap_or(""));
                mine.len() > 1
                    && (theirs.contains(&mine)
                        || mine.contains(&theirs)
                        || (first.len() > 3 && theirs.contains(&first)))
            };
            if assets.iter().any(|asset| same(asset) || heard(fact, asset)) {
                tally.hit();
            } else {
                let ours =
                    assets.iter().map(|asset| of(asset).as_str()).find(|text| !text.is_empty()).unwrap_or("");
                tally.miss(&host.title(), &fact.value, ours, fact.frame);
            }
        }
    }
    let silent = |asset: &&Asset| !of(asset).is_empty() && !judged.contains(&std::ptr::from_ref(*asset));
    tally.extra += case.ours.assets.iter().filter(silent).count();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        assert_eq!(family("Windows 10/Server 2016+ build 19041"), ["windows"]);
        assert_eq!(family("Cisco IOS Software, C2600"), ["cisco ios"]);
        assert!(
            related(&family("Linux"), &family("Android 11")) && related(&family("Unix"), &family("Ubuntu"))
        );
        assert!(
            !related(&family("Android"), &family("Ubuntu"))
                && !related(&family("iOS 18"), &family("IOS XE 17.9"))
        );
        assert!(family("Summit300-48").is_empty());
    }
}
