//! `stillwatch assets`: the inventory as a table, JSON, CSV or logs.

use std::io::Write;

use ::assets::Asset;
use query::Query;

use super::{columns, finish, inventory, overview};
use crate::args::{Format, Input, Sort};
use crate::exit::{Exit, Failure};
use crate::out;
use crate::read;

/// Runs the verb.
pub fn run(input: &Input, format: &Format, all: bool, query: &[String], sort: Sort) -> Result<Exit, Failure> {
    // Before the work, so that a query with a fault is told at once.
    let asked = queries(query)?;
    let heard = read::input(input)?;
    let mut inventory = inventory(&heard, &input.space, format.json || format.jsonl || format.zeek.is_some());
    // Ages are counted from the end of the captures.
    let now = inventory.summary.last_seen.unwrap_or_default().0;
    inventory.assets.retain(|asset| asked.iter().all(|one| one.matches(&columns::Queried(asset), now)));
    if let Some(folder) = &format.zeek {
        out::zeek(&inventory, folder)?;
        return Ok(finish(&heard));
    }
    let mut to = out::open(format.output.as_deref())?;
    if format.json {
        serde_json::to_writer_pretty(&mut to, &inventory.assets).map_err(std::io::Error::from)?;
        writeln!(to)?;
    } else if format.jsonl {
        export::write("jsonl", export::Table::Assets, &inventory, &mut *to)?;
    } else if format.csv {
        export::write("csv", export::Table::Assets, &inventory, &mut *to)?;
    } else {
        let mut assets: Vec<&Asset> = inventory.assets.iter().collect();
        columns::sort(&mut assets, sort);
        let whole = all || format.plain || format.output.is_some();
        let shown = if whole { assets.len() } else { assets.len().min(overview::FIRST) };
        let width = if format.plain || format.output.is_some() { None } else { out::width() };
        columns::table(&assets[..shown], width).write(&mut *to)?;
        if shown < assets.len() {
            writeln!(to, " … {} more (--all)", assets.len() - shown)?;
        }
    }
    to.flush()?;
    Ok(finish(&heard))
}

/// Reads queries; of a fault, the place is shown.
fn queries(texts: &[String]) -> Result<Vec<Query>, Failure> {
    let read = |text: &String| {
        Query::parse(text)
            .map_err(|fault| Failure::Usage(format!("--query, {fault}\n{}", fault.pointing(text))))
    };
    texts.iter().map(read).collect()
}
