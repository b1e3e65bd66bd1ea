//! The banner above the menu: how everything stands, on as few lines as it takes.

use wire::State;
use wire::local::{Overview, Sniffing, Standing};

use crate::text::{age, bytes, clock, day, duration, grouped, rate, speed};

/// Columns of a line's name.
pub const INDENT: usize = 12;

/// The banner's lines; each is wrapped and set in by [`INDENT`].
pub fn lines(o: &Overview) -> Vec<String> {
    let mut out = vec![head(o)];
    management(o, &mut out);
    platform(o, &mut out);
    sensing(o, &mut out);
    for port in &o.ports {
        out.extend(sniffing(port, o));
    }
    // Findings of a port stand beside it.
    let others = o.findings.iter().filter(|fact| !o.ports.iter().any(|port| names(&fact.words, &port.port.name)));
    for fact in others.take(3) {
        out.push(named("Look at", &fact_words(fact)));
    }
    for (of, fingerprint) in &o.fingerprints {
        out.push(named("Fingerprint", &format!("{of}, SHA-256\n{}", halves(fingerprint))));
    }
    if let Some(left) = o.trying {
        out.push(named("Trying", &format!("changed settings are undone in {left} s; item 1 keeps or undoes them")));
    }
    let next = if o.next.is_empty() { "nothing" } else { &o.next };
    out.push(named("Next step", next));
    out.iter().flat_map(|line| line.split('\n')).map(String::from).collect()
}

fn named(name: &str, words: &str) -> String {
    let words = words.replace('\n', &format!("\n{:INDENT$}", ""));
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
    parts.push(match (o.name.as_str(), o.hostname.as_str()) {
        ("", host) => host.into(),
        (name, host) if name == host => host.into(),
        (name, host) => format!("{name} ({host})"),
    });
    parts.push(format!("up {}", duration(o.uptime)));
    parts.push(clock(o.time));
    parts.join("  ")
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
    if !m.mac.is_empty() {
        ways.push(format!("MAC {}", m.mac));
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
    let address = if p.address.is_empty() { "not set" } else { &p.address };
    let way = if p.proxy.is_empty() { String::new() } else { format!(" by proxy {}", p.proxy) };
    let heard = match p.heard.0 {
        0 => String::new(),
        _ => format!(", heard {} ago", age(now.since(p.heard) / 1_000_000_000)),
    };
    let state = match p.standing {
        // A box without an identity is not offline: nobody expects it.
        Standing::Unregistered => "not registered".into(),
        standing => format!("{}{heard}", standing.words()),
    };
    out.push(named("Platform", &format!("{address}{way}  {state}")));
    let registration = match p.standing {
        Standing::Unregistered => "none: item 3 registers this sensor".into(),
        Standing::Deregistered => "removed by the platform: item 3 registers it again".into(),
        Standing::Quarantined => "quarantined: a copy of this sensor reports too".into(),
        Standing::Online | Standing::Offline if o.name.is_empty() => "registered".into(),
        Standing::Online | Standing::Offline => format!("registered as {}", o.name),
    };
    let until = match p.certificate_ends.0 {
        0 => String::new(),
        _ => format!(", certificate until {}", day(p.certificate_ends, o.time.1)),
    };
    out.push(named("Registered", &format!("{registration}{until}")));
    if let Some(fault) = &p.fault {
        out.push(named("", &fault.to_string()));
    }
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
        words.push(format!("{} of {} hosts inventoried, {} new in 24 h", grouped(inventoried), grouped(known), o.new));
    }
    if o.spool.batches > 0 {
        words.push(format!("{} reports wait ({})", grouped(o.spool.batches), bytes(o.spool.bytes[0])));
    }
    out.push(named("Sensing", &words.join(", ")));
}

/// A port's lines: link, speed, rate, label, neighbour; its verdict.
fn sniffing(port: &Sniffing, o: &Overview) -> Vec<String> {
    let p = &port.port;
    let mut words = vec![if p.link { up(p.speed) } else { "NO LINK".into() }];
    if p.link {
        words.push(format!("{}, {} packets/s", rate(p.bits), grouped(p.packets)));
    }
    if !port.label.is_empty() {
        words.push(port.label.clone());
    }
    if !port.neighbour.is_empty() {
        words.push(format!("at {}", port.neighbour));
    }
    // A name longer than its column pushes what follows, it is not cut.
    vec![format!("{:<11} {}", p.name, words.join("  ")), named("", &verdict(port, o))]
}

/// The worst finding that names the port; or what its own counters say.
pub fn verdict(port: &Sniffing, o: &Overview) -> String {
    let p = &port.port;
    if let Some(fact) = o.findings.iter().find(|fact| names(&fact.words, &p.name)) {
        return fact_words(fact);
    }
    match () {
        () if !p.link => model::ErrorCode::NoLink.to_string(),
        () if o.sensing.is_none() => "not looked at: sensing does not run".into(),
        () if p.frames == 0 => model::ErrorCode::NoTraffic.to_string(),
        () => "mirror ok".into(),
    }
}

fn fact_words(fact: &wire::Fact) -> String {
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

/// A fingerprint of 32 pairs in two rows of 16: one does not fit 80 columns.
fn halves(fingerprint: &str) -> String {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    let rows: Vec<String> = pairs.chunks(16).map(|row| row.join(":")).collect();
    rows.join(":\n")
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
    fn fingerprints_stand_in_full() {
        let whole = vec!["ab"; 32].join(":");
        assert_eq!(halves(&whole).replace('\n', ""), whole);
        assert!(halves(&whole).lines().all(|row| row.len() + INDENT <= crate::text::WIDTH));
    }
}
