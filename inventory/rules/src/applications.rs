//! Applications by host name, protocol, User-Agent and port.

use std::collections::BTreeMap;

use crate::force::in_force;
use crate::set::MOST_ROWS;

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

/// Longest key, in bytes: that of a host name.
const LONGEST_KEY: usize = 253;
/// Longest name of an application, in bytes.
const LONGEST_NAME: usize = 64;

/// Application and family.
type Found<'a> = (&'a str, &'static str);
/// Applications by a text in lower case.
pub(crate) type Named = BTreeMap<&'static str, Found<'static>>;
/// Applications by transport (IP protocol number) and port.
pub(crate) type Numbered = BTreeMap<(u8, u16), Found<'static>>;

/// Reads a table of lines `key TAB application TAB family`, in order of the keys.
///
/// # Errors
/// What is wrong in which line.
pub(crate) fn keyed(text: &str) -> Result<BTreeMap<&str, Found<'_>>, String> {
    rows(text, |[key]| {
        let good = !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.trim() == key
            && !key.chars().any(|c| c.is_control() || c.is_ascii_uppercase());
        if good { Ok(key) } else { Err(format!("{key:?} is no key")) }
    })
}

/// Reads a table of lines `tcp|udp TAB port TAB application TAB family`, in order.
///
/// # Errors
/// What is wrong in which line.
pub(crate) fn numbered(text: &str) -> Result<BTreeMap<(u8, u16), Found<'_>>, String> {
    rows(text, |[transport, port]| {
        let transport = match transport {
            "tcp" => 6,
            "udp" => 17,
            other => return Err(format!("{other:?} is neither tcp nor udp")),
        };
        let number = port.parse().ok().filter(|number: &u16| number.to_string() == port);
        Ok((transport, number.ok_or_else(|| format!("{port:?} is no port"))?))
    })
}

/// Lines of `K` columns that make a key, then application and family; `#` begins a remark.
fn rows<'a, const K: usize, T: Ord>(
    text: &'a str,
    key: impl Fn([&'a str; K]) -> Result<T, String>,
) -> Result<BTreeMap<T, Found<'a>>, String> {
    let mut out = BTreeMap::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    for (at, line) in lines {
        let wrong = |what: String| format!("line {}: {what}", at + 1);
        let columns: Vec<&str> = line.split('\t').collect();
        let parted = columns.split_last_chunk::<2>().and_then(|(key, [application, family])| {
            Some((<[&str; K]>::try_from(key).ok()?, *application, *family))
        });
        let Some((columns_of_key, application, family)) = parted else {
            return Err(wrong(format!("has {} columns, not {}", columns.len(), K + 2)));
        };
        let key = key(columns_of_key).map_err(wrong)?;
        let plain = application.trim() == application && !application.chars().any(char::is_control);
        if application.is_empty() || application.len() > LONGEST_NAME || !plain {
            return Err(wrong(format!("{application:?} is no name of an application")));
        }
        let known = FAMILIES.iter().find(|known| **known == family);
        let family = known.ok_or_else(|| wrong(format!("{family:?} is no family")))?;
        if out.last_key_value().is_some_and(|(before, _)| *before >= key) {
            return Err(wrong("does not come after the one before".into()));
        }
        if out.len() == MOST_ROWS {
            return Err(wrong(format!("at most {MOST_ROWS} rows are taken")));
        }
        out.insert(key, (application, *family));
    }
    Ok(out)
}

fn row(found: Option<&Found<'static>>) -> Option<Row> {
    found.map(|&(application, family)| Row { application, family })
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
    let names = &in_force().names;
    loop {
        if let Some(row) = row(names.get(suffix)) {
            return Some(row);
        }
        suffix = suffix.split_once('.')?.1;
    }
}

/// The application a protocol stands for by itself; `None` for carriers of
/// others (TLS, HTTP, QUIC) and for unknown names.
pub fn by_protocol(protocol: &str) -> Option<Row> {
    row(in_force().protocols.get(protocol))
}

/// The application a User-Agent names at its start.
pub fn by_agent(agent: &str) -> Option<Row> {
    let agent = agent.to_ascii_lowercase();
    let product = agent.split(['/', '(']).next()?.trim();
    row(in_force().agents.get(product))
}

/// The usual application of a server port.
pub fn by_port(transport: u8, port: u16) -> Option<Row> {
    row(in_force().ports.get(&(transport, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
