//! `stillwatch who`: who had an address then.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;

use ::assets::doc::Stamp;

use super::{finish, inventory};
use crate::args::Space;
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns};
use crate::read;

/// Runs the verb.
pub fn run(file: PathBuf, question: &str, space: &Space) -> Result<Exit, Failure> {
    let (address, time) = match question.split_once('@') {
        Some((address, time)) => (address, Some(time)),
        None => (question, None),
    };
    let ip: IpAddr = address.parse().map_err(|_| {
        Failure::Usage(format!("'{address}' is not an IP address (want 10.1.2.3 or 10.1.2.3@TIME)"))
    })?;
    let time = match time {
        None => None,
        Some(text) => Some(Stamp::parse(text).ok_or_else(|| {
            Failure::Usage(format!(
                "'{text}' is not a time (want RFC 3339 in UTC, as in 2026-11-17T14:05:00Z)"
            ))
        })?),
    };
    let heard = read::captures(&[file], space)?;
    let inventory = inventory(&heard, space, false);
    let mut rows = Vec::new();
    for asset in &inventory.assets {
        for interface in &asset.interfaces {
            for address in interface.addresses.iter().filter(|address| address.ip == ip) {
                rows.push((address.first_seen, address.last_seen, asset, interface.mac, address));
            }
        }
    }
    rows.sort_by_key(|(first, last, asset, ..)| (*first, *last, asset.asset_id.clone()));
    if let Some(time) = time {
        // Stamps are shown in whole milliseconds, so both ends are widened to them.
        let millis = |stamp: Stamp| stamp.0.0 / 1_000_000;
        rows.retain(|(first, last, ..)| millis(*first) <= millis(time) && millis(time) <= millis(*last));
    }
    let mut to = out::open(None)?;
    if rows.is_empty() {
        let why = match heard.zones.place(ip).zone {
            zones::Zone::External => "; it is outside (--internal changes what is)",
            zones::Zone::Excluded => "; it is excluded",
            _ => "",
        };
        let then = if time.is_some() { " then" } else { "" };
        writeln!(to, "Nobody was heard with {ip}{then}{why}.")?;
    } else {
        let mut table = Columns::new(&["FROM", "TO", "ASSET", "MAC", "KIND", "PROOF", "ID"], out::width());
        for (first, last, asset, mac, address) in rows {
            table.row([
                first.0.to_string(),
                last.0.to_string(),
                asset.name.clone(),
                mac.map_or_else(|| "-".into(), |mac| mac.to_string()),
                address.kind.name().into(),
                address.proof.clone(),
                asset.asset_id.clone(),
            ]);
        }
        table.write(&mut *to)?;
    }
    to.flush()?;
    Ok(finish(&heard))
}
