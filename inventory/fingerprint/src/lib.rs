//! Rules and tables: intervals to attribute candidates with evidence.
//!
//! The sensor says what it heard; this crate says what it may mean. A *source*
//! (one file of `sources/`) reads intervals of some fields and proposes
//! *candidates*, each with the rule that said it and a weight. [`decide`] weighs
//! the candidates of one asset. Nothing here knows files, sockets or clocks;
//! tables from registries are those of the crate `rules`.
//!
//! ```
//! # use model::{Interval, NetworkId, Port, Sighting, Time};
//! let heard = Interval {
//!     sighting: Sighting::new(NetworkId(0), None, "192.0.2.7".parse().ok()).unwrap(),
//!     field: "ssh.banner".into(),
//!     port: Some(Port { transport: 6, number: 22 }),
//!     value: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".into(),
//!     first: Time(0), last: Time(0), count: 1, frame: 1,
//! };
//! let candidates = fingerprint::candidates(&heard);
//! let all: Vec<_> = candidates.into_iter().map(|candidate| fingerprint::Heard { candidate, interval: 0 }).collect();
//! let os = fingerprint::decide(fingerprint::Attribute::Os, &all).unwrap();
//! assert_eq!(os.value.as_deref(), Some("Linux (Debian 12)"));
//! ```
#![forbid(unsafe_code)]

mod agent;
mod apple;
mod attribute;
mod candidate;
mod decide;
mod describe;
mod linux;
mod maker;
mod os;
mod relate;
mod sources;
mod tables;
#[cfg(test)]
mod testing;
mod windows;

pub use attribute::{Attribute, CATEGORIES, Many, category_of};
pub use candidate::{Candidate, Heard, PerMille, Rule, Source};
pub use decide::{
    CEILING, DRAW, Evidence, KNOWN_FLOOR, Lost, MAX_VALUES, SPECIFIC_FLOOR, Verdict, decide, decide_all,
};
pub use maker::{maker, short};
pub use os::os_family;
pub use rules::{company, port_service, vendor};
pub use sources::SOURCES;

use model::Interval;

/// Everything all sources conclude from one interval; sorted.
pub fn candidates(interval: &Interval) -> Vec<Candidate> {
    let mut out = Vec::new();
    for source in SOURCES {
        if source.fields().contains(&interval.field.as_ref()) {
            source.read(interval, &mut out);
        }
    }
    out.sort();
    out.dedup();
    out
}

/// The rule with this id, with or without its version, and its source.
pub fn rule(id: &str) -> Option<(&'static dyn Source, &'static Rule)> {
    let wanted = |rule: &&Rule| rule.id == id || rule.id.split('@').next() == Some(id);
    SOURCES.iter().find_map(|source| Some((*source, source.rules().iter().find(wanted)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_explained_and_their_ids_unique() {
        let mut ids = std::collections::BTreeSet::new();
        for source in SOURCES {
            for rule in source.rules() {
                let (name, version) = rule.id.split_once('@').expect(rule.id);
                assert!(name.starts_with(source.name()), "{}", rule.id);
                assert!(version.parse::<u16>().is_ok(), "{}", rule.id);
                assert!(ids.insert(name), "{} twice", rule.id);
                assert!(rule.says.len() > 20, "{} is not explained", rule.id);
                assert!((1..=1000).contains(&rule.weight), "{}", rule.id);
                for field in rule.reads.split(", ") {
                    assert!(source.fields().contains(&field), "{} reads {field}", rule.id);
                }
            }
            for field in source.fields() {
                let read =
                    source.rules().iter().any(|rule| rule.reads.split(", ").any(|read| read == *field));
                assert!(read, "{}: no rule reads {field}", source.name());
            }
        }
    }

    #[test]
    fn rules_are_found_by_id() {
        assert_eq!(
            rule("smb-0005").map(|(source, rule)| (source.name(), rule.id)),
            Some(("smb", "smb-0005@1"))
        );
        assert!(rule("smb-0005@1").is_some());
        assert!(rule("smb-9999").is_none());
    }

    #[test]
    fn every_field_read_is_an_observation() {
        let page = include_str!("../../../docs/observations.md");
        for field in SOURCES.iter().flat_map(|source| source.fields()) {
            assert!(page.contains(&format!("`{field}`")) || *field == "service.port", "{field}");
        }
    }

    /// Text of the kinds of characters that values have, words that rules look for among them.
    fn values() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let words = prop::sample::select(vec![
            "SSH-2.0-",
            "OpenSSH_",
            "Windows ",
            "(",
            ")",
            ";",
            ",",
            " ",
            "/",
            "=",
            ":",
            ".",
            "-",
            "Ubuntu",
            "deb",
            "Android",
            "Mac OS X",
            "OS ",
            "Version ",
            "Software (",
            "Cisco IOS Software",
            "Siemens, ",
            "HP ",
            "revision ",
            "slot 1: ",
            ", vendor ",
            "_ipp._tcp ",
            "ty=",
            "Mfg=",
            "Mod=",
            "Darwin/",
            "[iPhone OS,",
            "FRITZ!Box ",
            "é",
            "\u{fffd}",
            "1.3.6.1.2.1.47.1.1.1.1.",
            "6ES7 21",
            "Build",
            "<20>",
            ".local",
        ]);
        let part = prop_oneof![words.prop_map(str::to_owned), "\\PC{0,4}", "[0-9.]{1,6}"];
        prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
    }

    proptest::proptest! {
        #[test]
        fn no_value_makes_a_source_panic(value in values()) {
            for field in SOURCES.iter().flat_map(|source| source.fields()) {
                for candidate in candidates(&testing::interval(&format!("{field}:1"), &value)) {
                    proptest::prop_assert!(!candidate.value.is_empty());
                    let _ = os_family(&candidate.value);
                }
            }
        }
    }
}
