//! `stillwatch flows`: who talked to whom, and sums of it.

use std::collections::BTreeMap;
use std::io::Write;

use ::assets::{Inventory, Talk};

use super::{finish, inventory, overview};
use crate::args::{Format, Input, Top};
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns, bytes, count};
use crate::read::{self, Heard};

/// Runs the verb.
pub fn run(input: &Input, format: &Format, top: Option<Top>, all: bool) -> Result<Exit, Failure> {
    let heard = read::input(input)?;
    let inventory = inventory(&heard, &input.space, format.zeek.is_some());
    if let Some(folder) = &format.zeek {
        out::zeek(&inventory, folder)?;
        return Ok(finish(&heard));
    }
    let mut to = out::open(format.output.as_deref())?;
    if format.json {
        serde_json::to_writer_pretty(&mut to, &inventory.conversations).map_err(std::io::Error::from)?;
        writeln!(to)?;
    } else if format.jsonl {
        export::write("jsonl", export::Table::Conversations, &inventory, &mut *to)?;
    } else if format.csv {
        export::write("csv", export::Table::Conversations, &inventory, &mut *to)?;
    } else {
        let width = if format.plain || format.output.is_some() { None } else { out::width() };
        let hiding = heard.zones.excludes_any();
        let limit = if all || format.plain || format.output.is_some() { usize::MAX } else { overview::FIRST };
        match top {
            Some(by) => sums(&inventory, hiding, by, limit, width, &mut *to)?,
            None => table(&inventory, hiding, limit, width, &mut *to)?,
        }
        totals(&heard, &inventory, &mut *to)?;
    }
    to.flush()?;
    Ok(finish(&heard))
}

/// Names of assets by id.
fn names(inventory: &Inventory) -> BTreeMap<&str, &str> {
    inventory.assets.iter().map(|asset| (asset.asset_id.as_str(), asset.name.as_str())).collect()
}

/// An address, with its asset's name if it has another one.
fn who(ip: std::net::IpAddr, asset: Option<&str>, names: &BTreeMap<&str, &str>, hiding: bool) -> String {
    // The sensor leaves an excluded end without address.
    let ip = if ip.is_unspecified() && hiding { "Excluded".into() } else { ip.to_string() };
    match asset.and_then(|id| names.get(id)) {
        Some(name) if *name != ip => format!("{name} ({ip})"),
        _ => ip,
    }
}

fn service(talk: &Talk) -> String {
    if talk.port == 0 { talk.transport.clone() } else { format!("{}/{}", talk.transport, talk.port) }
}

fn table(
    inventory: &Inventory,
    hiding: bool,
    limit: usize,
    width: Option<u16>,
    to: &mut dyn Write,
) -> Result<(), Failure> {
    let names = names(inventory);
    let mut talks: Vec<&Talk> = inventory.conversations.iter().collect();
    talks.sort_by_key(|talk| {
        (std::cmp::Reverse(talk.bytes.iter().sum::<u64>()), talk.client, talk.server, talk.port)
    });
    let mut table = Columns::new(
        &["CLIENT", "SERVER", "SERVICE", "APPLICATION", "BY", ">FLOWS", ">PACKETS ↑", ">↓", ">BYTES ↑", ">↓"],
        width,
    );
    for talk in talks.iter().take(limit) {
        table.row([
            who(talk.client, talk.client_asset.as_deref(), &names, hiding),
            who(talk.server, talk.server_asset.as_deref(), &names, hiding),
            service(talk),
            if talk.application.is_empty() { talk.protocol.clone() } else { talk.application.clone() },
            talk.known_by.clone(),
            count(talk.flows),
            count(talk.packets[0]),
            count(talk.packets[1]),
            bytes(talk.bytes[0]),
            bytes(talk.bytes[1]),
        ]);
    }
    table.write(to)?;
    if talks.len() > limit {
        writeln!(to, " … {} more (--all)", talks.len() - limit)?;
    }
    Ok(())
}

#[derive(Default)]
struct Sum {
    flows: u64,
    sent: u64,
    received: u64,
    peers: std::collections::BTreeSet<std::net::IpAddr>,
}

fn sums(
    inventory: &Inventory,
    hiding: bool,
    by: Top,
    limit: usize,
    width: Option<u16>,
    to: &mut dyn Write,
) -> Result<(), Failure> {
    let names = names(inventory);
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut add = |key: String, talk: &Talk, sent: u64, received: u64, peer| {
        let sum = sums.entry(key).or_default();
        sum.flows += talk.flows;
        sum.sent += sent;
        sum.received += received;
        sum.peers.insert(peer);
    };
    for talk in &inventory.conversations {
        let [up, down] = talk.bytes;
        match by {
            Top::Talkers => {
                add(
                    who(talk.client, talk.client_asset.as_deref(), &names, hiding),
                    talk,
                    up,
                    down,
                    talk.server,
                );
                add(
                    who(talk.server, talk.server_asset.as_deref(), &names, hiding),
                    talk,
                    down,
                    up,
                    talk.client,
                );
            }
            Top::Ports => add(service(talk), talk, up, down, talk.client),
            Top::Apps => {
                let name = [&talk.application, &talk.protocol, &talk.transport]
                    .into_iter()
                    .find(|text| !text.is_empty());
                add(name.cloned().unwrap_or_default(), talk, up, down, talk.client);
            }
        }
    }
    let mut rows: Vec<(String, Sum)> = sums.into_iter().collect();
    rows.sort_by_key(|(key, sum)| (std::cmp::Reverse(sum.sent + sum.received), key.clone()));
    let headings = match by {
        Top::Talkers => ["HOST", ">FLOWS", ">SENT", ">RECEIVED", ">PEERS"],
        Top::Ports => ["SERVICE", ">FLOWS", ">TO SERVER", ">TO CLIENT", ">CLIENTS"],
        Top::Apps => ["APPLICATION", ">FLOWS", ">TO SERVER", ">TO CLIENT", ">CLIENTS"],
    };
    let mut table = Columns::new(&headings, width);
    for (key, sum) in rows.iter().take(limit) {
        table.row([
            key.clone(),
            count(sum.flows),
            bytes(sum.sent),
            bytes(sum.received),
            count(sum.peers.len() as u64),
        ]);
    }
    table.write(to)?;
    if rows.len() > limit {
        writeln!(to, " … {} more (--all)", rows.len() - limit)?;
    }
    Ok(())
}

fn totals(heard: &Heard, inventory: &Inventory, to: &mut dyn Write) -> Result<(), Failure> {
    let summary = &inventory.summary;
    writeln!(
        to,
        "{} conversations: {} flows, {} packets, {}; {} copies not counted.",
        count(summary.conversations),
        count(summary.flows),
        count(summary.packets),
        bytes(summary.bytes),
        count(summary.copies),
    )?;
    let others = heard.report.others;
    if others.conversations > 0 {
        writeln!(
            to,
            "{} more made room in the tables: {} flows, {} packets, {}.",
            count(others.conversations),
            count(others.flows),
            count(others.packets),
            bytes(others.bytes)
        )?;
    }
    Ok(())
}
