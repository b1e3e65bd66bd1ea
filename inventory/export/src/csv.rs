//! Comma-separated values (RFC 4180) with a header line, for spreadsheets and scripts.
//!
//! Names and versions are text that strangers put on the wire. A spreadsheet runs
//! a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as a
//! formula, so such a cell gets a leading apostrophe (`'=SUM(…)`), which
//! spreadsheets hide. Several values in a cell are parted by `; `. Unknown is an
//! empty cell.

use std::io::{self, Write};

use assets::{Asset, Inventory, Talk};

use crate::{Format, Part, Table};

/// Comma-separated values.
pub struct Csv;

const ASSETS: &[&str] = &[
    "asset_id",
    "name",
    "name_source",
    "category",
    "type",
    "confidence",
    "maker",
    "model",
    "os",
    "os_family",
    "serial",
    "firmware",
    "network",
    "ips",
    "macs",
    "mac_vendors",
    "vlans",
    "hostnames",
    "services",
    "applications",
    "roles",
    "flags",
    "joined_by",
    "state",
    "tags",
    "first_seen",
    "last_seen",
];

const CONVERSATIONS: &[&str] = &[
    "first_seen",
    "last_seen",
    "network",
    "client",
    "server",
    "transport",
    "port",
    "protocol",
    "known_by",
    "application",
    "family",
    "confidence",
    "answered",
    "flows",
    "packets_to_server",
    "packets_to_client",
    "bytes_to_server",
    "bytes_to_client",
    "copies",
    "client_asset",
    "server_asset",
    "client_zone",
    "server_zone",
    "frame",
];

const PARTS: &[Part] = &[
    Part { file: "assets.csv", table: Table::Assets, columns: ASSETS },
    Part { file: "conversations.csv", table: Table::Conversations, columns: CONVERSATIONS },
];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn help(&self) -> &'static str {
        "Comma-separated values with a header, safe to open in a spreadsheet."
    }

    fn parts(&self) -> &'static [Part] {
        PARTS
    }

    fn write(&self, part: usize, inventory: &Inventory, to: &mut dyn Write) -> io::Result<()> {
        let Some(columns) = PARTS.get(part).map(|part| part.columns) else {
            return Ok(());
        };
        let mut out = ::csv::Writer::from_writer(to);
        out.write_record(columns)?;
        match part {
            0 => inventory.assets.iter().try_for_each(|asset| out.write_record(asset_row(asset)))?,
            _ => inventory.conversations.iter().try_for_each(|talk| out.write_record(talk_row(talk)))?,
        }
        out.flush()
    }
}

/// A cell that no spreadsheet runs.
pub fn safe(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn list<T: ToString>(values: impl Iterator<Item = T>) -> String {
    let mut all: Vec<String> = Vec::new();
    for value in values.map(|value| value.to_string()) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    safe(&all.join("; "))
}

fn option(text: &Option<String>) -> String {
    safe(text.as_deref().unwrap_or_default())
}

fn asset_row(asset: &Asset) -> Vec<String> {
    let interfaces = || asset.interfaces.iter();
    let addresses = interfaces().flat_map(|interface| interface.addresses.iter());
    let services = asset.services.iter().map(|service| {
        let what = [Some(&service.protocol), service.product.as_ref(), service.version.as_ref()];
        let words: Vec<&str> =
            what.into_iter().flatten().map(String::as_str).filter(|word| !word.is_empty()).collect();
        format!("{}/{} {}", service.transport, service.port, words.join(" ")).trim_end().to_owned()
    });
    vec![
        asset.asset_id.clone(),
        safe(&asset.name),
        asset.name_source.clone(),
        asset.category.clone(),
        asset.kind.clone(),
        asset.confidence.to_string(),
        option(&asset.maker),
        option(&asset.model),
        safe(asset.os.as_ref().map_or("", |os| &os.value)),
        asset.os.as_ref().map_or(String::new(), |os| os.family.clone()),
        option(&asset.serial),
        option(&asset.firmware),
        safe(&asset.network),
        list(addresses.map(|address| address.ip)),
        list(interfaces().filter_map(|interface| interface.mac)),
        list(interfaces().filter_map(|interface| interface.vendor.as_ref())),
        list(interfaces().flat_map(|interface| interface.vlan.iter())),
        list(asset.hostnames.iter().map(|hostname| &hostname.name)),
        list(services),
        list(asset.applications.iter().map(|application| &application.name)),
        list(asset.roles.iter().map(|role| &role.name)),
        list(asset.flags.iter().map(|flag| &flag.name)),
        list(asset.identity.joined_by.iter()),
        asset.state.clone(),
        list(asset.tags.iter()),
        asset.first_seen.0.to_string(),
        asset.last_seen.0.to_string(),
    ]
}

fn talk_row(talk: &Talk) -> Vec<String> {
    vec![
        talk.first_seen.0.to_string(),
        talk.last_seen.0.to_string(),
        safe(&talk.network),
        talk.client.to_string(),
        talk.server.to_string(),
        talk.transport.clone(),
        talk.port.to_string(),
        safe(&talk.protocol),
        talk.known_by.clone(),
        safe(&talk.application),
        talk.family.clone(),
        talk.confidence.to_string(),
        talk.answered.to_string(),
        talk.flows.to_string(),
        talk.packets[0].to_string(),
        talk.packets[1].to_string(),
        talk.bytes[0].to_string(),
        talk.bytes[1].to_string(),
        talk.copies[0].saturating_add(talk.copies[1]).to_string(),
        option(&talk.client_asset),
        option(&talk.server_asset),
        talk.client_zone.name().to_owned(),
        talk.server_zone.name().to_owned(),
        talk.frame.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::text;

    #[test]
    fn rows_have_the_columns_of_the_header() {
        for part in PARTS {
            let text = text(&Csv, part.file);
            let mut reader = ::csv::Reader::from_reader(text.as_bytes());
            assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), part.columns);
            assert!(reader.records().all(|record| record.is_ok()));
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_none_is_torn() {
        let text = text(&Csv, "assets.csv");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        for cell in rows.iter().flat_map(|row| row.iter()) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
        assert!(text.contains("'=HYPERLINK(\"\"http://x\"\"),\t2"));
    }
}
