//! The banner above the menu: how everything stands, on as few lines as it takes.

use wire::local::{Overview, Sniffing, Standing};
use wire::{Fact, State};

use crate::text::{age, bytes, clock, day, duration, grouped, rate, speed};

/// Columns of a line's name.
pub const INDENT: usize = 12;

/// The banner's lines; each is wrapped and set in by [`INDENT`]. A box with two ports
/// and the menu below fit a terminal of 24 lines.
pub fn lines(o: &Overview) -> Vec<String> {
    let mut out = vec![head(o)];
    management(o, &mut out);
    platform(o, &mut out);
    sensing(o, &mut out);
    out.extend(o.ports.iter().map(|port| sniffing(port, o)));
    // Findings of a port stand beside it.
    let others =
        o.findings.iter().filter(|fact| !o.ports.iter().any(|port| names(&fact.words, &port.port.name)));
    out.extend(others.take(3).map(|fact| named("Look at", &first_sentence(&fact_words(fact)))));
    for (of, fingerprint) in &o.fingerprints {
        out.push(named("SHA-256 of", of));
        out.push(format!("    {}", grouped_hex(fingerprint)));
    }
    if let Some(left) = o.trying {
        out.push(named(
            "Trying",
            &format!("changed settings are undone in {left} s; item 1 keeps or undoes them"),
        ));
    }
    out.push(named("Next step", if o.next.is_empty() { "nothing" } else { &o.next }));
    out
}

fn named(name: &str, words: &str) -> String {
    format!("{name:<INDENT$}{words}")
}

/// Product, version, slot, name, uptime, time.
fn head(o: &Overview) -> String {
    let mut version = o.version.clone();
    if let Some(first) = version.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut parts = vec![version];
    if !o.slot.is_empty() {
        parts.push(format!("slot {}", o.slot));
    }
    parts.push(called(o).into());
    parts.push(format!("up {}", duration(o.uptime)));
    parts.push(clock(o.time));
    parts.join("  ")
}

/// The platform's name for the sensor; before there is one, its host name.
pub fn called(o: &Overview) -> &str {
    if o.name.is_empty() { &o.hostname } else { &o.name }
}

fn management(o: &Overview, out: &mut Vec<String>) {
    let m = &o.management;
    let link = if m.link { up(m.speed) } else { "NO LINK".into() };
    let port = if m.port.is_empty() { "no port".into() } else { format!("{} {link}", m.port) };
    let mut addresses = m.addresses.iter().map(|(address, how)| format!("{address} ({how})"));
    let first = addresses.next().unwrap_or_else(|| "no address".into());
    out.push(named("Management", &format!("{port}  {first}")));
    out.extend(addresses.map(|address| named("", &address)));
    let mut ways = Vec::new();
    if !m.gateways.is_empty() {
        ways.push(format!("gateway {}", m.gateways.join(", ")));
    }
    if !m.dns.is_empty() {
        ways.push(format!("DNS {}", m.dns.join(", ")));
    }
    if !ways.is_empty() {
        out.push(named("", &ways.join("  ")));
    }
    if let Some(fault) = &m.fault {
        out.push(named("", &fault.to_string()));
    }
}

fn platform(o: &Overview, out: &mut Vec<String>) {
    let p = &o.platform;
    let now = o.time.0;
    let mut words = vec![if p.address.is_empty() { "not set".into() } else { p.address.clone() }];
    words.push(match p.heard.0 {
        // A box without an identity is not offline: nobody expects it.
        _ if p.standing == Standing::Unregistered => p.standing.words().into(),
        0 => format!("{}, never heard", p.standing.words()),
        _ => format!("{}, heard {} ago", p.standing.words(), age(now.since(p.heard) / 1_000_000_000)),
    });
    if !p.proxy.is_empty() {
        words.push(format!("proxy {}", p.proxy));
    }
    out.push(named("Platform", &words.join("  ")));
    if let Some(fault) = &p.fault {
        out.push(named("", &fault.to_string()));
    }
    let registration = match p.standing {
        Standing::Unregistered => "no: item 3 registers this sensor".into(),
        Standing::Deregistered => "no longer, the platform removed it: item 3 registers it again".into(),
        Standing::Quarantined => "quarantined: a copy of this sensor reports too".into(),
        Standing::Online | Standing::Offline if o.name.is_empty() => "yes".into(),
        Standing::Online | Standing::Offline => format!("as {}", o.name),
    };
    let until = match p.certificate_ends.0 {
        0 => String::new(),
        _ => format!(", certificate until {}", day(p.certificate_ends, o.time.1)),
    };
    out.push(named("Registered", &format!("{registration}{until}")));
}

fn sensing(o: &Overview, out: &mut Vec<String>) {
    let state = match o.sensing {
        None => "does not run",
        Some(State::Holding) => "holding: no internal range is configured on the platform",
        Some(State::Sensing) => "sensing",
        Some(State::Paused) => "paused by the platform",
        Some(State::Failed) => "FAILED: no port can be read",
    };
    let [known, inventoried] = o.sightings;
    let mut words = vec![state.to_string()];
    if o.sensing.is_some() {
        words.push(format!(
            "{} of {} hosts inventoried, {} new in 24 h",
            grouped(inventoried),
            grouped(known),
            o.new
        ));
    }
    if o.spool.batches > 0 {
        words.push(format!("{} reports wait ({})", grouped(o.spool.batches), bytes(o.spool.bytes[0])));
    }
    out.push(named("Sensing", &words.join(", ")));
}

/// A port: link, speed, rate, verdict, label, neighbour.
fn sniffing(port: &Sniffing, o: &Overview) -> String {
    let p = &port.port;
    let mut words = Vec::new();
    if p.link {
        words.extend([up(p.speed), rate(p.bits)]);
    }
    words.push(match worst(port, o) {
        Some(Fact { code: Some(code), .. }) => code.to_string(),
        Some(fact) => first_sentence(&fact.words),
        None => verdict(port, o),
    });
    if !port.label.is_empty() {
        words.push(port.label.clone());
    }
    if !port.neighbour.is_empty() {
        words.push(format!("at {}", port.neighbour));
    }
    // A name longer than its column pushes what follows, it is not cut.
    format!("{:<11} {}", p.name, words.join("  "))
}

/// The worst finding that names the port.
fn worst<'o>(port: &Sniffing, o: &'o Overview) -> Option<&'o Fact> {
    o.findings.iter().find(|fact| names(&fact.words, &port.port.name))
}

/// The worst finding that names the port, in full; or what its own counters say.
pub fn verdict(port: &Sniffing, o: &Overview) -> String {
    let p = &port.port;
    if let Some(fact) = worst(port, o) {
        return fact_words(fact);
    }
    match () {
        () if !p.link => model::ErrorCode::NoLink.to_string(),
        () if o.sensing.is_none() => "not looked at: sensing does not run".into(),
        () if p.frames == 0 => model::ErrorCode::NoTraffic.to_string(),
        () => "mirror ok".into(),
    }
}

/// What is seen; cause and cure stand behind it, and are shown by item 4.
fn first_sentence(words: &str) -> String {
    words.split(". ").next().unwrap_or_default().into()
}

fn fact_words(fact: &Fact) -> String {
    match fact.code {
        Some(code) => format!("{code}: {}", fact.words),
        None => fact.words.clone(),
    }
}

fn up(megabits: u32) -> String {
    format!("up {}", speed(megabits)).trim_end().into()
}

/// The text holds the port's name as a word of its own.
fn names(text: &str, port: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-' | '@'))
        .any(|word| word.trim_end_matches('.') == port)
}

/// All 64 digits of a fingerprint in groups of 8: with a colon after each pair they
/// do not fit a line.
fn grouped_hex(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.chars().filter(|c| *c != ':').collect();
    let groups: Vec<String> = digits.chunks(8).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_named_by_a_whole_word() {
        assert!(names("Nothing arrives on eth1. Usually ...", "eth1"));
        assert!(names("eth1: silent", "eth1"));
        assert!(!names("Nothing arrives on eth10", "eth1"));
        assert!(!names("eth1.5 is silent", "eth1"));
    }

    #[test]
    fn fingerprints_stand_in_full_on_a_line() {
        let whole = vec!["ab"; 32].join(":");
        let shown = grouped_hex(&whole);
        assert_eq!(shown.replace(' ', ""), whole.replace(':', ""));
        assert!(shown.len() + 4 <= crate::text::WIDTH);
    }
}
