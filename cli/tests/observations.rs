//! Holds three things together: `docs/observations.md`, the dissectors, and the
//! rules. No field that is emitted but not listed, none that is listed or read
//! by a rule but emitted by nobody.

use std::collections::BTreeSet;

/// Fields the worker and tracker observe themselves.
const OWN: [&str; 5] = ["eth.source", "eth.vlan", "eth.tunnel", "ip.ttl", "ip.forwarded"];
/// Made by the inventory from conversations, for the rules.
const DERIVED: [&str; 1] = ["service.port"];

fn emitted() -> BTreeSet<&'static str> {
    let read = dissect::PROTOCOLS.iter().flat_map(|protocol| protocol.info().fields).map(|field| field.key);
    read.chain(OWN).collect()
}

/// Every `a.b` in back quotes in the first cell of the page's table.
fn listed() -> BTreeSet<String> {
    let page = include_str!("../../docs/observations.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('|').nth(1).unwrap_or("").split('`').skip(1).step_by(2))
        .filter(|name| name.contains('.'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_page_lists_what_is_emitted() {
    let (emitted, listed) = (emitted(), listed());
    let missing: Vec<_> = emitted.iter().filter(|field| !listed.contains(**field)).collect();
    assert!(missing.is_empty(), "emitted but not in docs/observations.md: {missing:?}");
    let stale: Vec<_> = listed.iter().filter(|field| !emitted.contains(field.as_str())).collect();
    assert!(stale.is_empty(), "in docs/observations.md but emitted by nobody: {stale:?}");
}

#[test]
fn rules_read_what_somebody_emits() {
    let emitted = emitted();
    for source in fingerprint::SOURCES {
        for field in source.fields() {
            assert!(emitted.contains(field) || DERIVED.contains(field), "{} reads {field}", source.name());
        }
    }
}

#[test]
fn field_ids_do_not_collide() {
    let mut ids = std::collections::BTreeMap::new();
    for field in dissect::PROTOCOLS.iter().flat_map(|protocol| protocol.info().fields) {
        let before = ids.insert(field.id, field.key);
        assert!(before.is_none_or(|key| key == field.key), "{before:?} and {} share an id", field.key);
    }
}
