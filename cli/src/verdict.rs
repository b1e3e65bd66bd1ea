//! The verdict on a capture: what `sense::mirror` finds, and what is wrong with the file.

use sense::Stats;
use sense::mirror::{self, From};
pub use sense::mirror::{Finding, Level, percent};
use serde::Serialize;

/// The verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The worst level of the findings.
    pub level: Level,
    /// Worst first.
    pub findings: Vec<Finding>,
}

/// Looks at the counters: those of the sensor, whether a file is damaged, observations
/// that found no room, frames that were lost before they reached us.
pub fn judge(stats: &Stats, damaged: bool, dropped: u64, lost: u64) -> Verdict {
    let mut findings = mirror::findings(stats, dropped, From::Capture);
    if lost > 0 {
        let share = percent(lost, lost + stats.frames);
        findings.push(Finding {
            level: if share >= 1.0 { Level::Poor } else { Level::Fair },
            name: "capture-loss",
            code: None,
            what: format!("{lost} frames were lost before they reached us ({share} % of all)"),
            cause: "more arrives than the capturing machine takes: it is busy, or its buffers are small",
            cure: "mirror less, or capture on a faster machine",
        });
    }
    if damaged {
        findings.push(Finding {
            level: Level::Fair,
            name: "damaged-file",
            code: None,
            what: "the file is damaged; everything before the damage was read".into(),
            cause: "the capture was cut off while it was written or copied",
            cure: "copy it again, or go on with what there is",
        });
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
