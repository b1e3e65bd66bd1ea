//! The score as a table for people and as JSON for scripts.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::Outcome;
use super::rows::ROWS;
use super::tally::{Difference, Kind, Tally};

/// Longest value shown in the list of differences.
const MOST: usize = 70;

/// The table, what was left out, what is known to be wrong, and the first
/// `list` differences of each row.
pub fn text(outcome: &Outcome, list: usize) -> String {
    let mut out = String::new();
    let skipped: usize = outcome.left_out.values().sum();
    let _ = writeln!(out, "{} captures compared, {skipped} left out:", outcome.compared);
    for (reason, count) in &outcome.left_out {
        let _ = writeln!(out, "  {count:5} {reason}");
    }
    let _ = writeln!(
        out,
        "\n{:18}{:>9}{:>9}{:>8}{:>8}{:>9}{:>7}{:>9}{:>11}",
        "row", "expected", "matched", "wrong", "extra", "left out", "known", "recall", "precision"
    );
    for (name, tally) in in_order(outcome) {
        let left_out: usize = tally.left_out.values().sum();
        let _ = writeln!(
            out,
            "{name:18}{:>9}{:>9}{:>8}{:>8}{left_out:>9}{:>7}{:>9}{:>11}",
            tally.expected,
            tally.matched,
            tally.wrong,
            tally.extra,
            tally.known_wrong.len(),
            share(tally.recall()),
            share(tally.precision()),
        );
    }
    let _ = writeln!(out, "\nleft out, by reason:");
    for (name, tally) in in_order(outcome) {
        for (reason, (count, which)) in grouped(&tally.left_out) {
            let _ = writeln!(
                out,
                "  {name:18}{count:6} {reason}{}{}",
                if which.is_empty() { "" } else { ": " },
                which.join(", ")
            );
        }
    }
    for (name, tally) in in_order(outcome).filter(|(_, tally)| !tally.known_wrong.is_empty()) {
        let _ = writeln!(out, "\n{name}: {} expectations that are wrong themselves", tally.known_wrong.len());
        for (difference, reason) in &tally.known_wrong {
            let _ = writeln!(out, "  {}\n    {reason}", line(difference));
        }
    }
    for (name, tally) in in_order(outcome).filter(|(_, tally)| list > 0 && !tally.differences.is_empty()) {
        let shown = tally.differences.len().min(list);
        let _ = writeln!(out, "\n{name}: {} differences, {shown} shown", tally.differences.len());
        for difference in tally.differences.iter().take(list) {
            let _ = writeln!(out, "  {}", line(difference));
        }
    }
    for failure in &outcome.failed {
        let _ = writeln!(out, "\nFAILED {failure}");
    }
    out
}

/// Reasons of the form `reason: which` under one head each.
fn grouped(left_out: &BTreeMap<String, usize>) -> BTreeMap<&str, (usize, Vec<String>)> {
    let mut out: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
    for (text, count) in left_out {
        let (reason, which) =
            text.split_once(": ").map_or((text.as_str(), None), |(reason, which)| (reason, Some(which)));
        let group = out.entry(reason).or_default();
        group.0 += count;
        group.1.extend(which.map(|which| format!("{which} {count}")));
    }
    out
}

/// Entries of the list of wrong expectations that nothing needed.
pub fn stale(entries: &[String]) -> String {
    let lines = entries.iter().map(|entry| format!("  {entry}\n"));
    let head =
        if entries.is_empty() { "" } else { "\nwrong expectations that no difference needs any more:\n" };
    head.to_string() + &lines.collect::<String>()
}

/// Everything, for scripts.
pub fn json(outcome: &Outcome) -> Value {
    let rows: serde_json::Map<String, Value> =
        in_order(outcome).map(|(name, tally)| (name.to_string(), row(tally))).collect();
    json!({
        "captures": outcome.compared,
        "left_out": outcome.left_out,
        "failed": outcome.failed,
        "rows": rows,
    })
}

fn row(tally: &Tally) -> Value {
    let difference = |one: &Difference| {
        json!({
            "capture": one.capture,
            "kind": match one.kind { Kind::Missing => "missing", Kind::Wrong => "wrong" },
            "subject": one.subject,
            "expected": one.expected,
            "ours": one.ours,
            "frame": one.frame,
        })
    };
    json!({
        "expected": tally.expected,
        "matched": tally.matched,
        "wrong": tally.wrong,
        "extra": tally.extra,
        "left_out": tally.left_out,
        "recall": tally.recall(),
        "precision": tally.precision(),
        "differences": tally.differences.iter().map(difference).collect::<Vec<_>>(),
        "known_wrong": tally.known_wrong.iter().map(|(one, reason)| {
            let mut value = difference(one);
            value["reason"] = json!(reason);
            value
        }).collect::<Vec<_>>(),
    })
}

fn in_order(outcome: &Outcome) -> impl Iterator<Item = (&'static str, &Tally)> {
    ROWS.iter().filter_map(|row| Some((row.name, outcome.rows.get(row.name)?)))
}

/// Rounded down: 0.9499 is not 0.95.
fn share(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{:.4}", (value * 10_000.0).floor() / 10_000.0))
}

fn line(difference: &Difference) -> String {
    let short = |text: &str| match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    };
    let (capture, subject) = (&difference.capture, &difference.subject);
    let frame = if difference.frame == 0 { String::new() } else { format!(" (frame {})", difference.frame) };
    match difference.kind {
        Kind::Wrong => format!("{capture} {subject}: ours {}", short(&difference.ours)),
        Kind::Missing => {
            let ours = if difference.ours.is_empty() { "nothing".into() } else { short(&difference.ours) };
            format!("{capture} {subject}: expected {}{frame}, ours {ours}", short(&difference.expected))
        }
    }
}
