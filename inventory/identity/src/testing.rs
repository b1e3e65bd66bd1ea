//! Short notation for the tests: intervals and keys from a line of text.
#![allow(clippy::unwrap_used)]

use model::{Interval, Mac, NetworkId, Sighting, Time};

use crate::{Act, Assertion, Key};

/// `[N1] MAC|- IP|- field=value [@first[-last]] [xCOUNT]`, times in seconds.
///
/// # Panics
/// On a line of another form.
pub fn heard(line: &str) -> Interval {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let mut network = NetworkId(0);
    if let Some(number) = words[0].strip_prefix('N') {
        network = NetworkId(number.parse().unwrap());
        words.remove(0);
    }
    let (mut first, mut last, mut count) = (1, 1, 1);
    if let Some(times) = words.last().and_then(|word| word.strip_prefix('x')).and_then(|n| n.parse().ok()) {
        count = times;
        words.pop();
    }
    if let Some(times) = words.last().and_then(|word| word.strip_prefix('@')) {
        let (from, to) = times.split_once('-').unwrap_or((times, times));
        (first, last) = (from.parse().unwrap(), to.parse().unwrap());
        words.pop();
    }
    let (field, value) =
        words[2..].join(" ").split_once('=').map(|(f, v)| (f.to_owned(), v.to_owned())).unwrap();
    let mac = (words[0] != "-").then(|| words[0].parse().unwrap());
    let ip = (words[1] != "-").then(|| words[1].parse().unwrap());
    Interval {
        sighting: Sighting { network, mac, ip },
        field: field.into(),
        port: None,
        value,
        first: Time::new(first, 0),
        last: Time::new(last, 0),
        count,
        frame: first,
    }
}

/// One interval a line; empty lines are skipped.
pub fn all(lines: &str) -> Vec<Interval> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(heard).collect()
}

/// The key of a MAC, an address or a name, whichever the text is, in network 0.
pub fn key(text: &str) -> Key {
    if let Ok(mac) = text.parse::<Mac>() {
        return Key::of_mac(NetworkId(0), mac).unwrap();
    }
    match text.parse() {
        Ok(ip) => Key::of_ip(NetworkId(0), ip),
        Err(_) => Key::Hostname { name: text.into() },
    }
}

/// An assertion at a time.
pub fn say(time: u64, id: &str, act: Act) -> Assertion {
    Assertion { time: Time(time), id: id.into(), act }
}
