//! The tables of `data/`, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every family an application may be of.
pub const FAMILIES: &[&str] = &[
    "ai",
    "backup",
    "business",
    "cloud",
    "database",
    "development",
    "directory",
    "discovery",
    "dns",
    "file",
    "gaming",
    "iot",
    "mail",
    "management",
    "medical",
    "messaging",
    "network",
    "ot",
    "other",
    "print",
    "remote-access",
    "security",
    "social",
    "time",
    "unknown",
    "update",
    "voice-video",
    "vpn",
    "web",
];

/// An application and its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name for people (`SSH`).
    pub application: &'static str,
    /// One of [`FAMILIES`].
    pub family: &'static str,
}

type Table = BTreeMap<&'static str, Row>;

static NAMES: LazyLock<Table> = LazyLock::new(|| keyed(include_str!("../data/names.tsv")));
static PROTOCOLS: LazyLock<Table> = LazyLock::new(|| keyed(include_str!("../data/protocols.tsv")));
static AGENTS: LazyLock<Table> = LazyLock::new(|| keyed(include_str!("../data/agents.tsv")));
static PORTS: LazyLock<BTreeMap<(u8, u16), Row>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut columns = line.split('\t');
        let transport = match columns.next()? {
            "tcp" => 6,
            "udp" => 17,
            _ => return None,
        };
        let port = columns.next()?.parse().ok()?;
        Some(((transport, port), Row { application: columns.next()?, family: columns.next()? }))
    };
    lines(include_str!("../data/ports.tsv")).filter_map(row).collect()
});

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn keyed(text: &'static str) -> Table {
    let row = |line: &'static str| {
        let mut columns = line.split('\t');
        Some((columns.next()?, Row { application: columns.next()?, family: columns.next()? }))
    };
    lines(text).filter_map(row).collect()
}

/// The service a host name is of: the longest suffix of whole labels in the
/// table, case ignored, a port behind the name ignored.
pub fn by_name(name: &str) -> Option<Row> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let name = match name.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &name,
    };
    let mut suffix = name.strip_prefix("*.").unwrap_or(name);
    loop {
        if let Some(row) = NAMES.get(suffix) {
            return Some(*row);
        }
        suffix = suffix.split_once('.')?.1;
    }
}

/// The application a protocol stands for by itself; `None` for carriers of
/// others (TLS, HTTP, QUIC) and for unknown names.
pub fn by_protocol(protocol: &str) -> Option<Row> {
    PROTOCOLS.get(protocol).copied()
}

/// The application a User-Agent names at its start.
pub fn by_agent(agent: &str) -> Option<Row> {
    let agent = agent.to_ascii_lowercase();
    let product = agent.split(['/', '(']).next()?.trim();
    AGENTS.get(product).copied()
}

/// The usual application of a server port.
pub fn by_port(transport: u8, port: u16) -> Option<Row> {
    PORTS.get(&(transport, port)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_of_a_known_family() {
        let texts = [
            (include_str!("../data/names.tsv"), NAMES.len()),
            (include_str!("../data/protocols.tsv"), PROTOCOLS.len()),
            (include_str!("../data/agents.tsv"), AGENTS.len()),
            (include_str!("../data/ports.tsv"), PORTS.len()),
        ];
        for (text, read) in texts {
            assert_eq!(lines(text).count(), read);
            assert!(lines(text).is_sorted() || read == PORTS.len(), "keep the table sorted");
            for line in lines(text) {
                let family = line.rsplit('\t').next().unwrap();
                assert!(FAMILIES.contains(&family), "{line}");
            }
        }
    }

    #[test]
    fn suffixes_are_whole_labels_and_the_longest_wins() {
        let app = |name| by_name(name).map(|row| row.application);
        assert_eq!(app("Mail.Google.com."), Some("Gmail"));
        assert_eq!(app("www.google.com:443"), Some("Google"));
        assert_eq!(app("notgoogle.com"), None);
        assert_eq!(app("*.zoom.us"), Some("Zoom"));
        assert_eq!(app(""), None);
    }
}
