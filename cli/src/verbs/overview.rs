//! `stillwatch FILE`: what was read, how good it is, the first assets, what next.

use std::io::Write;

use ::assets::{Asset, Inventory};

use super::{columns, finish, inventory};
use crate::args::{Input, Sort};
use crate::exit::{Exit, Failure};
use crate::out::{self, bytes, count};
use crate::read::{self, Heard};
use crate::style::{BAD, FAINT, GOOD, STRONG, WARN};
use crate::verdict::{self, Level, Verdict};

/// Assets in the table unless all are asked for.
pub const FIRST: usize = 20;

/// Runs the verb.
pub fn run(input: &Input, all: bool) -> Result<Exit, Failure> {
    let heard = read::input(input)?;
    let name = input.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    // What was heard live is gone: there is no file to ask further.
    let quiet = input.space.quiet || name.is_empty();
    print(&heard, &inventory(&heard, &input.space, false), &name, all, quiet)?;
    Ok(finish(&heard))
}

/// Prints the overview; `name` is the capture's, for the hints on what to do next.
pub fn print(
    heard: &Heard,
    inventory: &Inventory,
    name: &str,
    all: bool,
    quiet: bool,
) -> Result<(), Failure> {
    let mut to = out::open(None)?;
    writeln!(to, "{}", head(heard))?;
    let verdict = verdict::judge(&heard.stats, heard.cut(), heard.report.dropped, heard.lost());
    writeln!(to, "{}", verdict_line(&verdict))?;
    writeln!(to)?;
    if inventory.assets.is_empty() {
        writeln!(to, "{}", nothing(heard))?;
    } else {
        let mut assets: Vec<&Asset> = inventory.assets.iter().collect();
        columns::sort(&mut assets, Sort::Kind);
        let shown = if all { assets.len() } else { assets.len().min(FIRST) };
        columns::table(&assets[..shown], out::width()).write(&mut *to)?;
        if shown < assets.len() {
            writeln!(to, " {FAINT}… {} more (--all){FAINT:#}", assets.len() - shown)?;
        }
        writeln!(to, "{}", sums(inventory))?;
        if let (Some(first), false) = (assets.first(), quiet) {
            writeln!(to)?;
            writeln!(to, "Next:  stillwatch show {} {} --why", quoted(name), quoted(&first.name))?;
            writeln!(to, "       stillwatch flows {0} --top talkers", quoted(name))?;
            writeln!(to, "       stillwatch assets {} --csv > assets.csv", quoted(name))?;
            writeln!(
                to,
                "       stillwatch check {}          what is wrong with this capture",
                quoted(name)
            )?;
        }
    }
    to.flush()?;
    Ok(())
}

/// `Read 1,204,551 packets …`
pub fn head(heard: &Heard) -> String {
    let stats = &heard.stats;
    let span = heard.span.map_or_else(String::new, |(first, last)| {
        let seconds = last.since(first) / model::Time::SECOND;
        let text = first.to_string();
        let start =
            text.get(..19).map_or_else(|| text.clone(), |text| format!("{}Z", text.replace('T', " ")));
        let days = match seconds / 86_400 {
            0 => String::new(),
            days => format!("{days}d "),
        };
        format!(", {start} +{days}{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
    });
    let mut links: Vec<String> = heard.files.iter().flat_map(|file| file.links.clone()).collect();
    links.sort();
    links.dedup();
    for ((_, layer), frames) in packet::Stripped::NAMES.iter().zip(stats.stripped) {
        if frames == 0 {
            continue;
        }
        if *layer == "802.1Q" {
            let ids: Vec<String> = stats.vlans.keys().take(8).map(u16::to_string).collect();
            let more = if stats.vlans.len() > 8 { " …" } else { "" };
            links.push(format!("802.1Q (VLANs {}{more})", ids.join(",")));
        } else {
            links.push((*layer).to_owned());
        }
    }
    format!(
        "Read {} packets, {}{span} ({:.1} s)   {}",
        count(stats.frames),
        bytes(stats.bytes),
        heard.seconds,
        links.join(", ")
    )
}

/// `Capture: FAIR  one-way on VLAN 30 …`
pub fn verdict_line(verdict: &Verdict) -> String {
    let style = match verdict.level {
        Level::Good => GOOD,
        Level::Fair => WARN,
        Level::Poor => BAD,
    };
    let findings: Vec<&str> = verdict.findings.iter().map(|finding| finding.what.as_str()).collect();
    let text = if findings.is_empty() { "nothing to complain of".into() } else { findings.join("; ") };
    format!("Capture: {style}{}{style:#}  {text}", verdict.level.word())
}

/// `117 assets: 61 computers, …`
fn sums(inventory: &Inventory) -> String {
    let summary = &inventory.summary;
    let mut kinds: Vec<(&str, u64)> =
        summary.by_category.iter().map(|(category, count)| (category.as_str(), *count)).collect();
    kinds.sort_by_key(|(category, count)| (*category == "unknown", std::cmp::Reverse(*count), *category));
    let kinds: Vec<String> =
        kinds.iter().map(|(category, number)| format!("{} {category}", count(*number))).collect();
    let mut text = format!("{STRONG}{} assets{STRONG:#}: {}.", count(summary.assets), kinds.join(", "));
    let mut add = |number: u64, one: &str, many: &str| {
        if number > 0 {
            text.push_str(&format!(" {number} {}", if number == 1 { one } else { many }));
            text.push('.');
        }
    };
    add(summary.routers, "router", "routers");
    add(summary.nat_suspects, "NAT suspect", "NAT suspects");
    add(summary.review, "for review", "for review");
    let outside: u64 = summary.not_assets.values().sum();
    if outside > 0 {
        text.push_str(&format!(
            " {} outside hosts are not assets (--internal changes what is).",
            count(outside)
        ));
    }
    text
}

/// Why there is no asset.
fn nothing(heard: &Heard) -> String {
    let unknown: u64 = heard.stats.unknown_links.values().sum();
    if heard.stats.frames == 0 {
        "No assets: the capture holds no frames.".into()
    } else if unknown == heard.stats.frames {
        "No assets: no frame is of a link type that is understood (see `stillwatch check`).".into()
    } else {
        "No assets: no frame named an internal host. If the hosts have public addresses, say which are \
         yours: --internal RANGE"
            .into()
    }
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._-/:@".contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
