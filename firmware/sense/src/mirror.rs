//! What is wrong with a mirror or a capture, in sentences: cause and cure.
//!
//! The thresholds are shares of what was counted; wording and thresholds are the
//! same for a file and for a live port.

use model::ErrorCode;
use serde::Serialize;
use wire::Fact;

use crate::stats::Stats;

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
    /// Its code, when it has one.
    #[serde(skip)]
    pub code: Option<ErrorCode>,
    /// What, with figures.
    pub what: String,
    /// Why, usually.
    pub cause: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// A share in percent, with one decimal.
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1_000.0 / whole as f64).round() / 10.0 }
}

/// Percent from which on something is fair, and poor.
type Limits = [f64; 2];

/// TCP flows heard in one direction only.
const ONE_WAY: Limits = [10.0, 40.0];
/// Fewer TCP flows than this say nothing about direction.
const ENOUGH_FLOWS: u64 = 10;
/// Copies; they are counted once, so they never make results doubtful.
const COPIES: Limits = [20.0, f64::INFINITY];
/// Fewer copies are not worth a word.
const COPIES_SAID: f64 = 0.1;
/// Frames cut short.
const CUT: Limits = [5.0, f64::INFINITY];
/// Bytes of TCP that were never heard.
const GAPS: Limits = [1.0, 5.0];
/// Frames lost in the sensor.
const LOST: Limits = [0.1, 1.0];
/// Headers that do not fit.
const MALFORMED: Limits = [5.0, f64::INFINITY];
/// Frames to groups: above this there is hardly any traffic between others.
const GROUP: Limits = [80.0, 98.0];
/// Fewer frames than this say nothing about that.
const ENOUGH_FRAMES: u64 = 500;
/// Flows that ended early, of packets.
const EVICTED: f64 = 20.0;

fn level(share: f64, [fair, poor]: Limits) -> Level {
    match share {
        _ if share >= poor => Level::Poor,
        _ if share >= fair => Level::Fair,
        _ => Level::Good,
    }
}

/// Where the frames come from: the same finding has another cause and another cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A file.
    Capture,
    /// Sniffing ports.
    Ports,
}

/// What is known of a sniffing port beside [`Stats::ports`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port<'a> {
    /// Its name, and its number in [`crate::Input::port`].
    pub name: &'a str,
    /// See `name`.
    pub number: u16,
    /// Carrier.
    pub link: bool,
    /// Frames lost in the interface and in the kernel's ring, in the same time.
    pub lost: [u64; 2],
}

/// What is wrong with the mirror on these ports, by what was counted between two
/// moments (a minute apart, for a verdict that holds), worst first, in whole sentences.
pub fn facts(before: &Stats, after: &Stats, ports: &[Port<'_>], dropped: u64) -> Vec<Fact> {
    let stats = after.since(before);
    let mut found: Vec<Finding> = ports.iter().filter_map(|port| port_finding(&stats, port)).collect();
    found.extend(ports.iter().filter_map(|port| loss(&stats, port)));
    found.extend(findings(&stats, dropped, From::Ports));
    // What is counted and harmless is no reason to call a sensor degraded.
    found.retain(|finding| finding.level > Level::Good);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let words = |Finding { code, what, cause, cure, .. }| Fact {
        code,
        words: format!("{}. Usually {cause}. To do: {cure}.", capital(&what)),
    };
    found.into_iter().map(words).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The worst that is wrong with what comes in on a port.
fn port_finding(stats: &Stats, port: &Port<'_>) -> Option<Finding> {
    let Port { name: at, number, link, .. } = *port;
    let count = stats.ports.get(usize::from(number)).copied().unwrap_or_default();
    if !link {
        return Some(Finding {
            level: Level::Poor,
            name: "no-link",
            code: Some(ErrorCode::NoLink),
            what: format!("no link on {at}"),
            cause: "the cable is out, or the switch port is shut down",
            cure: "check the cable and the switch port",
        });
    }
    if count.frames == 0 {
        return Some(Finding {
            level: Level::Poor,
            name: "silent",
            code: Some(ErrorCode::NoTraffic),
            what: format!("{at} has link but is silent"),
            cause: "the mirror's destination is not configured, or the session is shut down",
            cure: "check the mirror session and its destination port on the switch",
        });
    }
    let share = percent(count.group, count.frames);
    let level = level(share, GROUP);
    (count.frames > ENOUGH_FRAMES && level > Level::Good).then(|| Finding {
        level,
        name: "broadcast-only",
        code: Some(ErrorCode::NoTraffic),
        what: format!("{share} % of the frames on {at} are broadcast and multicast"),
        cause: "this is an ordinary access port, not the destination of a mirror",
        cure: "make it the destination of a mirror session",
    })
}

/// Frames lost between the cable and the worker.
fn loss(stats: &Stats, port: &Port<'_>) -> Option<Finding> {
    let [interface, ring] = port.lost;
    let count = stats.ports.get(usize::from(port.number)).copied().unwrap_or_default();
    let share = percent(interface + ring, count.frames + interface + ring);
    let (place, cause, cure) = if interface > ring {
        ("interface", "the interface has too few receive buffers for the bursts", "enlarge its receive ring")
    } else {
        (
            "kernel's ring",
            "the sensor is too slow for this traffic",
            "mirror less, or move to a larger sensor",
        )
    };
    (interface + ring > 0).then(|| Finding {
        level: level(share, LOST),
        name: "loss",
        code: Some(ErrorCode::Loss),
        what: format!("{share} % of the frames on {} are lost here, in the {place}", port.name),
        cause,
        cure,
    })
}

/// What the counters say, always in the same order.
pub fn findings(stats: &Stats, dropped: u64, from: From) -> Vec<Finding> {
    let found = [
        copies(stats),
        cut_frames(stats, from),
        gaps(stats, from),
        link_types(stats),
        malformed(stats),
        full_tables(stats, dropped, from),
        our_bug(stats),
    ];
    one_way(stats).chain(found.into_iter().flatten()).collect()
}

fn one_way(stats: &Stats) -> impl Iterator<Item = Finding> {
    stats.tcp_flows.iter().filter_map(|(vlan, [all, one_way])| {
        let share = percent(*one_way, *all);
        let level = level(share, ONE_WAY);
        let place = if *vlan == 0xffff { String::new() } else { format!(" on VLAN {vlan}") };
        (*all >= ENOUGH_FLOWS && level > Level::Good).then(|| Finding {
            level,
            name: "one-way",
            code: Some(ErrorCode::OneWay),
            what: format!("one-way{place} ({share} % of {all} TCP flows seen in one direction only)"),
            cause: "the mirror carries one direction of a link, or routing is asymmetric",
            cure: "mirror both directions (rx and tx), or both legs of the asymmetric path",
        })
    })
}

fn copies(stats: &Stats) -> Option<Finding> {
    let share = percent(stats.copied(), stats.frames);
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
    (stats.copied() > 0 && share >= COPIES_SAID).then(|| Finding {
        level: level(share, COPIES),
        name: "copies",
        code: None,
        what: format!(
            "{share} % duplicates, counted once ({exact} exact, {retagged} re-tagged, {routed} routed)"
        ),
        cause,
        cure,
    })
}

fn cut_frames(stats: &Stats, from: From) -> Option<Finding> {
    let share = percent(stats.truncated, stats.frames);
    let (cause, cure) = match from {
        From::Capture => {
            ("the capture was made with a short snap length", "capture whole frames (tcpdump -s 0)")
        }
        From::Ports => {
            ("a packet broker slices them, or frames are larger than the port takes", "turn slicing off")
        }
    };
    (stats.truncated > 0).then(|| Finding {
        level: level(share, CUT),
        name: "cut-frames",
        code: None,
        what: format!("{share} % of the frames are cut short"),
        cause,
        cure,
    })
}

fn gaps(stats: &Stats, from: From) -> Option<Finding> {
    let share = percent(stats.gap_bytes, stats.bytes);
    let cause = match from {
        From::Capture => {
            "packets were lost on the way to the capture: an overloaded mirror port or capture host"
        }
        From::Ports => "packets were lost before they came here: more is mirrored than the port carries",
    };
    (stats.gap_bytes > 0).then(|| Finding {
        level: level(share, GAPS),
        name: "gaps",
        code: (from == From::Ports && share >= GAPS[0]).then_some(ErrorCode::Loss),
        what: format!(
            "{} bytes of TCP were never heard though later ones were ({share} % of all)",
            stats.gap_bytes
        ),
        cause,
        cure: "mirror less, or into a faster port",
    })
}

fn link_types(stats: &Stats) -> Option<Finding> {
    let unknown: u64 = stats.unknown_links.values().sum();
    let kinds: Vec<String> = stats.unknown_links.keys().map(u16::to_string).collect();
    (unknown > 0).then(|| Finding {
        level: if unknown == stats.frames { Level::Poor } else { Level::Fair },
        name: "link-type",
        code: None,
        what: format!(
            "{unknown} frames of link types that are not understood (LINKTYPE {})",
            kinds.join(", ")
        ),
        cause: "the capture was made on a medium such as 802.11 monitor mode or a field bus",
        cure: "capture on Ethernet; see `stillwatch check` for the link types that are read",
    })
}

fn malformed(stats: &Stats) -> Option<Finding> {
    let share = percent(stats.malformed, stats.frames);
    (stats.malformed > 0).then(|| Finding {
        level: level(share, MALFORMED),
        name: "malformed",
        code: None,
        what: format!("{} frames have headers that do not fit ({share} %)", stats.malformed),
        cause: "damaged, hostile or fuzzed traffic",
        cure: "look at them in a packet analyser",
    })
}

fn full_tables(stats: &Stats, dropped: u64, from: From) -> Option<Finding> {
    let early = stats.evicted > 0 && percent(stats.evicted, stats.ip) >= EVICTED;
    (dropped > 0 || early).then(|| Finding {
        level: Level::Fair,
        name: "full-tables",
        code: None,
        what: format!("{dropped} observations found no room, {} flows ended early", stats.evicted),
        cause: "more hosts or flows than the tables hold, often a scan",
        cure: match from {
            From::Capture => "split the capture, or leave the scanner out with --exclude",
            From::Ports => "exclude the scanner, or move to a larger sensor",
        },
    })
}

fn our_bug(stats: &Stats) -> Option<Finding> {
    let names: Vec<&str> = stats.panics.keys().copied().collect();
    (!names.is_empty()).then(|| Finding {
        level: Level::Fair,
        name: "our-bug",
        code: None,
        what: format!("a dissector failed on this input ({}); those flows were let go", names.join(", ")),
        cause: "a bug of ours",
        cure: "please report it, with the frame if you can share it",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::PortCount;

    fn port(number: u16, link: bool, lost: [u64; 2]) -> Port<'static> {
        Port { name: if number == 0 { "eth1" } else { "eth2" }, number, link, lost }
    }

    /// Frames on two ports, so many of them to groups.
    fn heard(frames: [u64; 2], group: u64) -> Stats {
        let ports = frames.map(|frames| PortCount { frames, group, ..PortCount::default() });
        Stats { frames: frames.iter().sum(), bytes: 1_000_000, ports: ports.into(), ..Stats::default() }
    }

    /// What is found by ports, as code and beginning of the sentence.
    fn said(before: &Stats, after: &Stats, ports: &[Port<'_>]) -> Vec<(Option<ErrorCode>, String)> {
        let facts = facts(before, after, ports, 0);
        facts.into_iter().map(|fact| (fact.code, fact.words)).collect()
    }

    #[test]
    fn a_good_mirror_has_no_findings() {
        let ports = [port(0, true, [0; 2]), port(1, true, [0; 2])];
        assert_eq!(said(&Stats::default(), &heard([1_000, 900], 100), &ports), []);
    }

    #[test]
    fn only_what_came_since_counts() {
        let (before, ports) = (heard([1_000, 1_000], 0), [port(0, true, [0; 2]), port(1, true, [0; 2])]);
        let found = said(&before, &heard([2_000, 1_000], 0), &ports);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, Some(ErrorCode::NoTraffic));
        assert!(found[0].1.starts_with("Eth2 has link but is silent. Usually "), "{}", found[0].1);
    }

    #[test]
    fn findings_of_ports_have_codes_and_come_worst_first() {
        let mut stats = heard([1_000, 1_000], 900);
        stats.ports[1].group = 990;
        stats.tcp_flows.insert(20, [100, 15]);
        let found = said(&Stats::default(), &stats, &[port(0, false, [0; 2]), port(1, true, [1, 30])]);
        let codes: Vec<_> = found.iter().map(|(code, _)| *code).collect();
        let wanted = [ErrorCode::NoLink, ErrorCode::NoTraffic, ErrorCode::Loss, ErrorCode::OneWay].map(Some);
        assert_eq!(codes, wanted, "{found:#?}");
        assert!(found[2].1.contains("kernel's ring") && found[3].1.contains("VLAN 20"), "{found:#?}");
    }

    #[test]
    fn where_frames_are_lost_decides_what_to_do() {
        let found = said(&Stats::default(), &heard([1_000, 1_000], 0), &[port(0, true, [5, 0])]);
        assert!(found[0].1.contains("in the interface") && found[0].1.contains("receive ring"), "{found:?}");
        let mut stats = heard([1_000, 1_000], 0);
        stats.gap_bytes = 60_000;
        let found = said(&Stats::default(), &stats, &[port(0, true, [0; 2])]);
        assert!(found[0].0 == Some(ErrorCode::Loss) && found[0].1.contains("before they came here"));
    }
}
