//! Tab-separated logs in the form of Zeek's ASCII writer, which `zeek-cut` and the
//! tools around it read (Zeek documentation, "Log Formats and Inspection").
//!
//! `known_hosts.log`, `known_services.log` and `software.log` have Zeek's own
//! columns and meaning. Where we know something else than Zeek, the log has a name
//! of its own: a conversation is many flows, so `conversations.log` is not `conn.log`
//! (no client port, no connection state), `dhcp_leases.log` lists leases and not
//! messages, `tls_servers.log` servers and not sessions. DNS queries are browsing
//! history and are not written. There is no `#open` line: the same input gives the
//! same bytes.

use std::io::{self, Write};

use assets::{Asset, Inventory, Talk, doc::AddressKind, doc::Stamp};

use crate::{Format, Part, Table};

/// Zeek-style logs.
pub struct Zeek;

/// Columns with their Zeek types, by log.
type Columns = &'static [(&'static str, &'static str)];

const CONVERSATIONS: Columns = &[
    ("ts", "time"),
    ("last_ts", "time"),
    ("network", "string"),
    ("id.orig_h", "addr"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "string"),
    ("service", "string"),
    ("application", "string"),
    ("family", "string"),
    ("answered", "bool"),
    ("flows", "count"),
    ("orig_pkts", "count"),
    ("resp_pkts", "count"),
    ("orig_frame_bytes", "count"),
    ("resp_frame_bytes", "count"),
    ("orig_asset", "string"),
    ("resp_asset", "string"),
];
const KNOWN_HOSTS: Columns = &[("ts", "time"), ("host", "addr")];
const KNOWN_SERVICES: Columns = &[
    ("ts", "time"),
    ("host", "addr"),
    ("port_num", "port"),
    ("port_proto", "enum"),
    ("service", "set[string]"),
];
const SOFTWARE: Columns = &[
    ("ts", "time"),
    ("host", "addr"),
    ("host_p", "port"),
    ("software_type", "enum"),
    ("name", "string"),
    ("version.major", "count"),
    ("version.minor", "count"),
    ("version.minor2", "count"),
    ("version.minor3", "count"),
    ("version.addl", "string"),
    ("unparsed_version", "string"),
];
const LEASES: Columns = &[
    ("ts", "time"),
    ("mac", "string"),
    ("assigned_addr", "addr"),
    ("host_name", "string"),
    ("lease_until", "time"),
    ("network", "string"),
];
const TLS_SERVERS: Columns =
    &[("ts", "time"), ("host", "addr"), ("port_num", "port"), ("field", "string"), ("value", "string")];

const LOGS: &[(&str, Columns)] = &[
    ("conversations", CONVERSATIONS),
    ("known_hosts", KNOWN_HOSTS),
    ("known_services", KNOWN_SERVICES),
    ("software", SOFTWARE),
    ("dhcp_leases", LEASES),
    ("tls_servers", TLS_SERVERS),
];

const PARTS: &[Part] = &[
    Part { file: "conversations.log", table: Table::Conversations, columns: &[] },
    Part { file: "known_hosts.log", table: Table::Assets, columns: &[] },
    Part { file: "known_services.log", table: Table::Assets, columns: &[] },
    Part { file: "software.log", table: Table::Assets, columns: &[] },
    Part { file: "dhcp_leases.log", table: Table::Assets, columns: &[] },
    Part { file: "tls_servers.log", table: Table::Assets, columns: &[] },
];

impl Format for Zeek {
    fn name(&self) -> &'static str {
        "zeek"
    }

    fn help(&self) -> &'static str {
        "A directory of tab-separated logs in Zeek's form, readable by zeek-cut."
    }

    fn parts(&self) -> &'static [Part] {
        PARTS
    }

    fn write(&self, part: usize, inventory: &Inventory, to: &mut dyn Write) -> io::Result<()> {
        let Some((path, columns)) = LOGS.get(part) else {
            return Ok(());
        };
        header(path, columns, to)?;
        let mut rows: Vec<Row> = match *path {
            "conversations" => inventory.conversations.iter().map(conversation).collect(),
            "known_hosts" => inventory.assets.iter().flat_map(hosts).collect(),
            "known_services" => inventory.assets.iter().flat_map(services).collect(),
            "software" => inventory.assets.iter().flat_map(software).collect(),
            "dhcp_leases" => inventory.assets.iter().flat_map(leases).collect(),
            _ => inventory.assets.iter().flat_map(tls).collect(),
        };
        rows.sort();
        for (_, cells) in rows {
            writeln!(to, "{}", cells.join("\t"))?;
        }
        Ok(())
    }
}

/// Time of a row, for the order, and its cells.
type Row = (Stamp, Vec<String>);

fn header(path: &str, columns: Columns, to: &mut dyn Write) -> io::Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let types: Vec<&str> = columns.iter().map(|(_, kind)| *kind).collect();
    write!(to, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n")?;
    write!(to, "#path\t{path}\n#fields\t{}\n#types\t{}\n", names.join("\t"), types.join("\t"))
}

/// Seconds with microseconds.
fn time(stamp: Stamp) -> String {
    format!("{}.{:06}", stamp.0.seconds(), stamp.0.0 % 1_000_000_000 / 1_000)
}

/// Text as the ASCII writer has it: control characters and the backslash as
/// `\xNN`, what reads as unset or empty told apart from text that looks so.
fn text(value: &str) -> String {
    match value {
        "" => return "(empty)".to_owned(),
        "-" => return "\\x2d".to_owned(),
        "(empty)" => return "\\x28empty)".to_owned(),
        _ => {}
    }
    let escape = |c: char| match c {
        '\\' => "\\x5c".to_owned(),
        c if (c as u32) < 0x20 || c as u32 == 0x7f => format!("\\x{:02x}", c as u32),
        c => c.to_string(),
    };
    let escaped: String = value.chars().map(escape).collect();
    // A line that begins with # is a comment.
    match escaped.strip_prefix('#') {
        Some(rest) => format!("\\x23{rest}"),
        None => escaped,
    }
}

/// Text, or unset.
fn maybe(value: &str) -> String {
    if value.is_empty() { "-".to_owned() } else { text(value) }
}

/// One member of a set: its separator is escaped too.
fn member(value: &str) -> String {
    maybe(value).replace(',', "\\x2c")
}

fn conversation(talk: &Talk) -> Row {
    let cells = vec![
        time(talk.first_seen),
        time(talk.last_seen),
        text(&talk.network),
        talk.client.to_string(),
        talk.server.to_string(),
        talk.port.to_string(),
        text(&talk.transport),
        maybe(&talk.protocol),
        text(&talk.application),
        text(&talk.family),
        if talk.answered { "T" } else { "F" }.to_owned(),
        talk.flows.to_string(),
        talk.packets[0].to_string(),
        talk.packets[1].to_string(),
        talk.bytes[0].to_string(),
        talk.bytes[1].to_string(),
        maybe(talk.client_asset.as_deref().unwrap_or_default()),
        maybe(talk.server_asset.as_deref().unwrap_or_default()),
    ];
    (talk.first_seen, cells)
}

fn hosts(asset: &Asset) -> Vec<Row> {
    let addresses = asset.interfaces.iter().flat_map(|interface| &interface.addresses);
    addresses
        .map(|address| (address.first_seen, vec![time(address.first_seen), address.ip.to_string()]))
        .collect()
}

fn services(asset: &Asset) -> Vec<Row> {
    let row = |service: &assets::doc::Service| {
        let cells = vec![
            time(service.first_seen),
            service.ip.to_string(),
            service.port.to_string(),
            text(&service.transport),
            member(&service.protocol),
        ];
        (service.first_seen, cells)
    };
    asset.services.iter().map(row).collect()
}

fn software(asset: &Asset) -> Vec<Row> {
    let row = |service: &assets::doc::Service| {
        let product = service.product.as_ref()?;
        let version = service.version.as_deref().unwrap_or_default();
        let (numbers, rest) = numbers(version);
        let number = |at: usize| numbers.get(at).map_or("-".to_owned(), u64::to_string);
        let cells = vec![
            time(service.first_seen),
            service.ip.to_string(),
            service.port.to_string(),
            "SERVER".to_owned(),
            text(product),
            number(0),
            number(1),
            number(2),
            number(3),
            maybe(rest),
            text(format!("{product} {version}").trim_end()),
        ];
        Some((service.first_seen, cells))
    };
    asset.services.iter().filter_map(row).collect()
}

/// Up to four leading numbers of a version, and what follows them.
fn numbers(version: &str) -> (Vec<u64>, &str) {
    let mut found = Vec::new();
    let mut rest = version;
    while found.len() < 4 {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(number) = rest[..digits].parse() else {
            break;
        };
        found.push(number);
        rest = &rest[digits..];
        match rest.strip_prefix('.') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    (found, rest.trim_start_matches(['.', '-', ' ']))
}

fn leases(asset: &Asset) -> Vec<Row> {
    let name = asset.hostnames.iter().find(|hostname| hostname.source.starts_with("dhcp"));
    let mut rows = Vec::new();
    for interface in &asset.interfaces {
        for address in interface.addresses.iter().filter(|address| address.kind == AddressKind::Dhcp) {
            let cells = vec![
                time(address.first_seen),
                interface.mac.map_or("-".to_owned(), |mac| mac.to_string()),
                address.ip.to_string(),
                maybe(name.map_or("", |hostname| &hostname.name)),
                address.lease_until.map_or("-".to_owned(), time),
                text(&interface.network),
            ];
            rows.push((address.first_seen, cells));
        }
    }
    rows
}

fn tls(asset: &Asset) -> Vec<Row> {
    let row = |heard: &assets::doc::Observation| {
        let port = heard.port.filter(|_| heard.proto == "tls" && heard.field != "sni")?;
        let cells = vec![
            time(heard.first_seen),
            heard.ip?.to_string(),
            port.to_string(),
            text(&heard.field),
            text(&heard.value),
        ];
        Some((heard.first_seen, cells))
    };
    asset.observations.iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::text as written;

    /// What `zeek-cut COLUMN…` prints.
    fn cut(log: &str, wanted: &[&str]) -> Vec<String> {
        let fields: Vec<&str> =
            log.lines().find_map(|line| line.strip_prefix("#fields\t")).unwrap().split('\t').collect();
        let types = log.lines().find_map(|line| line.strip_prefix("#types\t")).unwrap();
        assert_eq!(types.split('\t').count(), fields.len());
        let rows = log.lines().filter(|line| !line.starts_with('#'));
        rows.map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), fields.len(), "{line}");
            let at = |name: &&str| cells[fields.iter().position(|field| field == name).unwrap()];
            wanted.iter().map(at).collect::<Vec<_>>().join(" ")
        })
        .collect()
    }

    #[test]
    fn logs_can_be_cut() {
        assert_eq!(PARTS.len(), LOGS.len());
        for (part, (path, columns)) in PARTS.iter().zip(LOGS) {
            assert_eq!(part.file, format!("{path}.log"));
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            assert!(!cut(&written(&Zeek, part.file), &names).is_empty() || *path == "software", "{path}");
        }
        let talks = cut(
            &written(&Zeek, "conversations.log"),
            &["ts", "id.resp_h", "id.resp_p", "service", "answered"],
        );
        assert_eq!(talks, ["1795183084.000000 10.0.0.1 443 tls T"]);
        let leases = cut(&written(&Zeek, "dhcp_leases.log"), &["mac", "assigned_addr", "lease_until"]);
        assert_eq!(leases, ["00:1b:1b:00:00:01 10.0.0.1 1795186690.000000"]);
    }

    #[test]
    fn text_cannot_break_a_line() {
        assert_eq!(text("a\tb\\\n"), "a\\x09b\\x5c\\x0a");
        assert_eq!(
            [text(""), text("-"), text("(empty)"), text("#x")],
            ["(empty)", "\\x2d", "\\x28empty)", "\\x23x"]
        );
        assert_eq!(member("a,b"), "a\\x2cb");
    }

    #[test]
    fn versions_are_taken_apart() {
        assert_eq!(numbers("9.2p1"), (vec![9, 2], "p1"));
        assert_eq!(numbers("2.4.57-1"), (vec![2, 4, 57], "1"));
        assert_eq!(numbers("v3"), (vec![], "v3"));
    }
}
