//! What is wrong with a capture, in sentences: cause and cure.
//!
//! The thresholds are shares of what was counted.

use sense::Stats;
use serde::Serialize;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing to say.
    Good,
    /// Usable; some of it deserves a look.
    Fair,
    /// Results are doubtful.
    Poor,
}

impl Level {
    /// As shown.
    pub fn word(self) -> &'static str {
        match self {
            Level::Good => "GOOD",
            Level::Fair => "FAIR",
            Level::Poor => "POOR",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// Stable name.
    pub name: &'static str,
    /// What, with figures.
    pub what: String,
    /// Why, usually.
    pub cause: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The worst level of the findings.
    pub level: Level,
    /// Worst first.
    pub findings: Vec<Finding>,
}

/// A share in percent, with one decimal.
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1_000.0 / whole as f64).round() / 10.0 }
}

/// Fewer TCP flows than this say nothing about direction.
const ENOUGH_FLOWS: u64 = 10;

/// Looks at the counters: those of the sensor, whether a file is damaged, observations
/// that found no room, frames that were lost before they reached us.
pub fn judge(stats: &Stats, damaged: bool, dropped: u64, lost: u64) -> Verdict {
    let mut findings = Vec::new();
    let mut add = |level, name, what, cause, cure| findings.push(Finding { level, name, what, cause, cure });
    for (vlan, [all, one_way]) in &stats.tcp_flows {
        let share = percent(*one_way, *all);
        if *all >= ENOUGH_FLOWS && share >= 20.0 {
            let place = if *vlan == 0xffff { String::new() } else { format!(" on VLAN {vlan}") };
            let level = if share >= 60.0 { Level::Poor } else { Level::Fair };
            add(
                level,
                "one-way",
                format!("one-way{place} ({share} % of {all} TCP flows seen in one direction only)"),
                "the mirror carries one direction of a link, or routing is asymmetric",
                "mirror both directions (rx and tx), or both legs of the asymmetric path",
            );
        }
    }
    if lost > 0 {
        let share = percent(lost, lost + stats.frames);
        let level = if share >= 1.0 { Level::Poor } else { Level::Fair };
        add(
            level,
            "capture-loss",
            format!("{lost} frames were lost before they reached us ({share} % of all)"),
            "more arrives than the capturing machine takes: it is busy, or its buffers are small",
            "mirror less, or capture on a faster machine",
        );
    }
    let copies = stats.copied();
    let share = percent(copies, stats.frames);
    if copies > 0 && share >= 0.1 {
        let [exact, retagged, routed] = stats.copies;
        let most = exact.max(retagged).max(routed);
        let (cause, cure) = if most == exact {
            (
                "the mirror takes a frame on its way in and on its way out",
                "mirror ports one way only, or VLANs instead of both ends of a link",
            )
        } else if most == retagged {
            ("the same frame is mirrored in two VLANs", "mirror the trunk or the access ports, not both")
        } else {
            (
                "packets are mirrored on both sides of a router",
                "mirror one side, or give the two sides networks of their own",
            )
        };
        let level = if share >= 20.0 { Level::Fair } else { Level::Good };
        add(
            level,
            "copies",
            format!(
                "{share} % duplicates, counted once ({exact} exact, {retagged} re-tagged, {routed} routed)"
            ),
            cause,
            cure,
        );
    }
    let share = percent(stats.truncated, stats.frames);
    if stats.truncated > 0 {
        let level = if share >= 10.0 { Level::Fair } else { Level::Good };
        add(
            level,
            "cut-frames",
            format!("{share} % of the frames are cut short"),
            "the capture was made with a short snap length",
            "capture whole frames (tcpdump -s 0)",
        );
    }
    if stats.gap_bytes > 0 {
        let share = percent(stats.gap_bytes, stats.bytes);
        let level = match share {
            5.0.. => Level::Poor,
            0.5.. => Level::Fair,
            _ => Level::Good,
        };
        add(
            level,
            "gaps",
            format!(
                "{} bytes of TCP were never heard though later ones were ({share} % of all)",
                stats.gap_bytes
            ),
            "packets were lost on the way to the capture: an overloaded mirror port or capture host",
            "mirror less, or into a faster port",
        );
    }
    let unknown: u64 = stats.unknown_links.values().sum();
    if unknown > 0 {
        let level = if unknown == stats.frames { Level::Poor } else { Level::Fair };
        let kinds: Vec<String> = stats.unknown_links.keys().map(u16::to_string).collect();
        add(
            level,
            "link-type",
            format!("{unknown} frames of link types that are not understood (LINKTYPE {})", kinds.join(", ")),
            "the capture was made on a medium such as 802.11 monitor mode or a field bus",
            "capture on Ethernet; see `stillwatch check` for the link types that are read",
        );
    }
    let share = percent(stats.malformed, stats.frames);
    if stats.malformed > 0 {
        let level = if share >= 5.0 { Level::Fair } else { Level::Good };
        add(
            level,
            "malformed",
            format!("{} frames have headers that do not fit ({share} %)", stats.malformed),
            "damaged, hostile or fuzzed traffic",
            "look at them in a packet analyser",
        );
    }
    if dropped > 0 || stats.evicted > 0 && percent(stats.evicted, stats.ip) >= 20.0 {
        add(
            Level::Fair,
            "full-tables",
            format!("{dropped} observations found no room, {} flows ended early", stats.evicted),
            "more hosts or flows than the tables hold, often a scan",
            "split the capture, or leave the scanner out with --exclude",
        );
    }
    if !stats.panics.is_empty() {
        let names: Vec<&str> = stats.panics.keys().copied().collect();
        add(
            Level::Fair,
            "our-bug",
            format!("a dissector failed on this input ({}); those flows were let go", names.join(", ")),
            "a bug of ours",
            "please report it, with the frame if you can share it",
        );
    }
    if damaged {
        add(
            Level::Fair,
            "damaged-file",
            "the file is damaged; everything before the damage was read".into(),
            "the capture was cut off while it was written or copied",
            "copy it again, or go on with what there is",
        );
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    Verdict { level: findings.first().map_or(Level::Good, |finding| finding.level), findings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_capture_is_good_and_a_half_one_is_not() {
        let mut stats = Stats { frames: 1_000, bytes: 1_000_000, ..Stats::default() };
        assert_eq!(judge(&stats, false, 0, 0).level, Level::Good);
        stats.tcp_flows.insert(30, [100, 71]);
        let verdict = judge(&stats, false, 0, 0);
        assert_eq!(verdict.level, Level::Poor);
        assert!(verdict.findings[0].what.contains("VLAN 30 (71 %"), "{}", verdict.findings[0].what);
        stats.tcp_flows.insert(30, [9, 9]);
        assert_eq!(judge(&stats, false, 0, 0).level, Level::Good, "nine flows say nothing");
        assert_eq!(judge(&stats, true, 0, 0).level, Level::Fair);
    }

    #[test]
    fn losses_are_judged_by_their_share() {
        let stats = Stats { frames: 1_000, ..Stats::default() };
        let level = |lost| judge(&stats, false, 0, lost).level;
        assert_eq!([0, 1, 100].map(level), [Level::Good, Level::Fair, Level::Poor]);
    }

    #[test]
    fn copies_name_the_mirror_setting() {
        let stats = Stats { frames: 1_000, copies: [1, 2, 300], ..Stats::default() };
        let verdict = judge(&stats, false, 0, 0);
        assert!(verdict.findings[0].cause.contains("router"));
    }
}
