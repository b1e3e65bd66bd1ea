//! `stillwatch check`: totals that reconcile, and what is wrong with a capture.

use std::io::Write;

use sense::Stats;

use super::{finish, overview};
use crate::args::{FailOn, Input};
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns, count};
use crate::read::{self, Heard};
use crate::style::{FAINT, STRONG};
use crate::verdict::{self, Level, Verdict, percent};

/// Runs the verb.
pub fn run(input: &Input, json: bool, fail_on: Option<FailOn>) -> Result<Exit, Failure> {
    let heard = read::input(input)?;
    let verdict = verdict::judge(&heard.stats, heard.cut(), heard.report.dropped, heard.lost());
    let mut to = out::open(None)?;
    if json {
        serde_json::to_writer_pretty(&mut to, &document(&heard, &verdict)).map_err(std::io::Error::from)?;
        writeln!(to)?;
    } else {
        text(&heard, &verdict, &mut *to)?;
    }
    to.flush()?;
    let failed = match fail_on {
        Some(FailOn::Amber) => verdict.level >= Level::Fair,
        Some(FailOn::Red) => verdict.level >= Level::Poor,
        None => false,
    };
    Ok(match finish(&heard) {
        Exit::Ok if failed => Exit::Partial,
        exit => exit,
    })
}

/// The lines of the sum: each frame is in exactly one of them.
fn totals(stats: &Stats) -> [(&'static str, u64); 5] {
    let unknown: u64 = stats.unknown_links.values().sum();
    let [exact, retagged, routed] = stats.copies;
    [
        ("counted to a conversation", stats.ip),
        ("copies, counted once", exact + retagged + routed),
        ("without IP (ARP, LLDP, spanning tree …)", stats.other - unknown - stats.other_malformed),
        ("headers that do not fit", stats.other_malformed),
        ("of link types not understood", unknown),
    ]
}

fn text(heard: &Heard, verdict: &Verdict, to: &mut dyn Write) -> Result<(), Failure> {
    let stats = &heard.stats;
    writeln!(to, "{}", overview::head(heard))?;
    writeln!(to, "{}", overview::verdict_line(verdict))?;
    for finding in &verdict.findings {
        writeln!(to, "\n  {STRONG}{}{STRONG:#}: {}", finding.name, finding.what)?;
        writeln!(to, "    usually: {}", finding.cause)?;
        writeln!(to, "    to do:   {}", finding.cure)?;
    }
    writeln!(to, "\n{STRONG}Frames{STRONG:#}")?;
    let mut table = Columns::new(&["", ">FRAMES", ">SHARE"], None);
    for (name, frames) in totals(stats) {
        table.row([name.to_owned(), count(frames), format!("{} %", percent(frames, stats.frames))]);
    }
    table.row(["read".to_owned(), count(stats.frames), String::new()]);
    table.write(to)?;
    for (layer, frames) in layers(stats) {
        writeln!(to, " {FAINT}taken off: {layer} from {} frames{FAINT:#}", count(frames))?;
    }
    if heard.jumps + heard.backwards > 0 {
        writeln!(
            to,
            " {FAINT}time: {} jumps of more than an hour, {} frames earlier than one before them{FAINT:#}",
            heard.jumps, heard.backwards
        )?;
    }
    if !stats.tcp_flows.is_empty() {
        writeln!(to, "\n{STRONG}TCP flows by VLAN{STRONG:#}")?;
        let mut table = Columns::new(&["VLAN", ">FLOWS", ">ONE-WAY", ">SHARE"], None);
        for (vlan, [all, one_way]) in &stats.tcp_flows {
            let vlan = if *vlan == 0xffff { "untagged".into() } else { vlan.to_string() };
            table.row([vlan, count(*all), count(*one_way), format!("{} %", percent(*one_way, *all))]);
        }
        table.write(to)?;
    }
    writeln!(to, "\n{STRONG}Files{STRONG:#}")?;
    let mut table = Columns::new(&["FILE", "FORMAT", ">FRAMES", "LINK TYPES", "DAMAGE"], None);
    for file in &heard.files {
        let damage = file.damage.clone().unwrap_or_else(|| "-".into());
        table.row([
            file.name.clone(),
            file.format.clone(),
            count(file.frames),
            file.links.join(", "),
            damage,
        ]);
    }
    table.write(to)?;
    ports(heard, to)?;
    let understood: Vec<&str> = packet::LINK_TYPES.iter().map(|(_, name)| *name).collect();
    writeln!(to, " {FAINT}link types that are understood: {}{FAINT:#}", dedup(understood).join(", "))?;
    Ok(())
}

/// What only live ports have: what was lost, and how near it came to that.
fn ports(heard: &Heard, to: &mut dyn Write) -> Result<(), Failure> {
    let mut ports = heard.files.iter().filter_map(|file| Some((&file.name, file.port.as_ref()?))).peekable();
    if ports.peek().is_none() {
        return Ok(());
    }
    writeln!(to, "\n{STRONG}Ports{STRONG:#}")?;
    let headings =
        ["PORT", ">RECEIVED", ">LOST BY KERNEL", ">LOST BY CARD", ">RING FILL", ">TIMES OFF", "SILENT"];
    let mut table = Columns::new(&headings, None);
    for (name, port) in ports {
        table.row([
            name.clone(),
            count(port.received),
            count(port.dropped_by_kernel),
            count(port.dropped_by_interface),
            port.ring_fill.map_or_else(|| "-".into(), |fill| format!("{fill} %")),
            count(port.downs.into()),
            if port.silent { "yes" } else { "no: in use" }.into(),
        ]);
    }
    table.write(to)?;
    Ok(())
}

fn dedup(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}

fn layers(stats: &Stats) -> impl Iterator<Item = (&'static str, u64)> {
    let named = packet::Stripped::NAMES.iter().map(|(_, name)| *name).zip(stats.stripped);
    named.filter(|(_, frames)| *frames > 0)
}

fn document(heard: &Heard, verdict: &Verdict) -> serde_json::Value {
    let stats = &heard.stats;
    let one_way: Vec<_> = stats
        .tcp_flows
        .iter()
        .map(|(vlan, [all, one_way])| {
            let vlan = (*vlan != 0xffff).then_some(vlan);
            serde_json::json!({"vlan": vlan, "tcp_flows": all, "one_way": one_way})
        })
        .collect();
    serde_json::json!({
        "verdict": verdict,
        "files": heard.files,
        "frames": stats.frames,
        "bytes": stats.bytes,
        "first": heard.span.map(|(first, _)| first.to_string()),
        "last": heard.span.map(|(_, last)| last.to_string()),
        "totals": totals(stats).iter().map(|(name, frames)| (*name, *frames)).collect::<std::collections::BTreeMap<_, _>>(),
        "copies": {"exact": stats.copies[0], "retagged": stats.copies[1], "routed": stats.copies[2]},
        "truncated": stats.truncated,
        "gap_bytes": stats.gap_bytes,
        "layers": layers(stats).collect::<std::collections::BTreeMap<_, _>>(),
        "vlans": stats.vlans,
        "one_way": one_way,
        "unknown_link_types": stats.unknown_links,
        "time_jumps": heard.jumps,
        "earlier_frames": heard.backwards,
        "refused": stats.refused,
        "panics": stats.panics,
        "evicted_flows": stats.evicted,
        "dropped_observations": heard.report.dropped,
    })
}
