//! Helpers for the tests of sources.

use model::{Interval, NetworkId, Port, Sighting, Time};

use crate::candidate::{Candidate, Source};

/// An interval of a field with a value, heard of one host; fields named
/// `ssh.banner:22` carry that TCP port.
pub fn interval(field: &str, value: &str) -> Interval {
    let (field, port) = match field.split_once(':') {
        Some((field, port)) => (field, Some(Port { transport: 6, number: port.parse().unwrap() })),
        None => (field, None),
    };
    Interval {
        sighting: Sighting::new(NetworkId(0), "00:00:5e:00:53:01".parse().ok(), "192.0.2.1".parse().ok())
            .unwrap(),
        field: field.to_owned().into(),
        port,
        value: value.to_owned(),
        first: Time(0),
        last: Time(0),
        count: 1,
        frame: 1,
    }
}

/// What a source says of one value, as `attribute=value` in order, categories
/// that a type brings along left out.
pub fn said(source: &dyn Source, field: &str, value: &str) -> Vec<String> {
    let of = interval(field, value);
    let mut out = Vec::new();
    source.read(&of, &mut out);
    texts(&out)
}

fn texts(out: &[Candidate]) -> Vec<String> {
    let brought = |at: usize| {
        let next = out.get(at + 1);
        out[at].attribute.id() == "category"
            && next.is_some_and(|next| next.attribute.id() == "type" && next.rule == out[at].rule)
    };
    (0..out.len())
        .filter(|&at| !brought(at))
        .map(|at| format!("{}={}", out[at].attribute, out[at].value))
        .collect()
}

/// Checks a table of (field, value, what is said) and that together the cases
/// use every rule of the source and that one of them says nothing.
pub fn check(source: &dyn Source, cases: &[(&str, &str, &[&str])]) {
    let mut used = std::collections::BTreeSet::new();
    for (field, value, want) in cases {
        let name = field.split(':').next().unwrap_or(field);
        assert!(source.fields().contains(&name), "{name} is not a field of {}", source.name());
        assert_eq!(said(source, field, value), *want, "{field} {value}");
        let mut out = Vec::new();
        source.read(&interval(field, value), &mut out);
        used.extend(out.iter().map(|candidate| candidate.rule));
    }
    let unused: Vec<_> =
        source.rules().iter().filter(|rule| !used.contains(rule.id)).map(|rule| rule.id).collect();
    assert!(unused.is_empty(), "no case for {unused:?}");
    let silent = cases.iter().any(|(.., want)| want.is_empty());
    assert!(silent, "{} has no case that says nothing", source.name());
}
