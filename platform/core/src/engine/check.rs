//! What a sensor sends is checked before anything of it is kept.

use std::collections::{BTreeMap, BTreeSet};

use model::{Conversation, Interval, MAX_HINTS, MAX_VALUE, NetworkId, Sighting, Time};
use store::{LONGEST_PERIOD, SensorNumber, TalkRow};
use wire::Report;

/// How far ahead of the platform's clock a sensor's may be.
const AHEAD: u64 = 24 * 3_600 * Time::SECOND;
/// Longest name of a field or protocol, in bytes.
const MOST_NAME: usize = 64;

/// A report in order.
#[derive(Debug, Default)]
pub struct Checked {
    /// Intervals by sighting.
    pub heard: BTreeMap<Sighting, Vec<Interval>>,
    /// Records.
    pub talks: Vec<TalkRow>,
    /// Intervals and records that cannot be, and were left out.
    pub odd: u64,
    /// Those with a time in the future, which was set to the farthest allowed.
    pub clamped: u64,
}

/// Checks a report of a sensor that may speak for `allowed` networks; `name_of`
/// gives the names of networks.
///
/// # Errors
/// The words of a refusal: nothing of the report may be kept.
pub fn check(
    sensor: SensorNumber,
    allowed: &BTreeSet<NetworkId>,
    report: &Report,
    now: Time,
    name_of: impl Fn(NetworkId) -> String,
) -> Result<Checked, String> {
    let networks = report.intervals.iter().map(|interval| interval.sighting.network);
    let mut networks = networks.chain(report.records.iter().map(|record| record.conversation.network));
    if let Some(foreign) = networks.find(|network| !allowed.contains(network)) {
        return Err(format!(
            "it may not speak for network {} ({}): assign it to the sensor, or look at who sends this",
            foreign.0,
            name_of(foreign)
        ));
    }
    let limit = Time(now.0.saturating_add(AHEAD));
    let mut out = Checked::default();
    for interval in &report.intervals {
        if !is_sane(interval) {
            out.odd += 1;
            continue;
        }
        let mut interval = interval.clone();
        if interval.last > limit {
            out.clamped += 1;
            interval.first = interval.first.min(limit);
            interval.last = limit;
        }
        out.heard.entry(interval.sighting).or_default().push(interval);
    }
    for record in &report.records {
        let period = record.end.since(record.start);
        let within = period > 0 && period <= LONGEST_PERIOD && record.start <= limit;
        if !within || !is_sane_talk(&record.conversation) {
            out.odd += 1;
            continue;
        }
        let conversation = Conversation { frame: 0, ..record.conversation.clone() };
        let (start, end) = (record.start, record.end);
        out.talks.push(TalkRow { sensor, run: report.run, start, end, conversation });
    }
    Ok(out)
}

fn is_sane(interval: &Interval) -> bool {
    let Sighting { network, mac, ip } = interval.sighting;
    Sighting::new(network, mac, ip) == Some(interval.sighting)
        && is_name(&interval.field)
        && interval.field.contains('.')
        && interval.field != super::fold::SERVED
        && interval.value.len() <= MAX_VALUE
        && interval.value != super::fold::OTHERS
        && interval.first <= interval.last
}

fn is_sane_talk(talk: &Conversation) -> bool {
    talk.client.is_ipv4() == talk.server.is_ipv4()
        && (talk.protocol.is_empty() || is_name(&talk.protocol))
        && talk.first <= talk.last
        && talk.hints.len() <= MAX_HINTS
        && talk.hints.iter().all(|hint| hint.value.len() <= MAX_VALUE)
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '/');
    !text.is_empty() && text.len() <= MOST_NAME && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{heard, record};

    const NOW: Time = Time::new(1_800_000_000, 0);

    fn read(report: &Report) -> Result<Checked, String> {
        check(SensorNumber(1), &BTreeSet::from([NetworkId(0)]), report, NOW, |network| {
            format!("network-{}", network.0)
        })
    }

    #[test]
    fn foreign_networks_refuse_the_whole_report() {
        let mut report = Report { intervals: vec![heard(1, "dhcp.hostname", "a", 5)], ..Report::default() };
        assert_eq!(read(&report).unwrap().heard.len(), 1);
        report.intervals.push(heard(2, "dhcp.hostname", "b", 5));
        report.intervals[1].sighting.network = NetworkId(9);
        assert!(read(&report).unwrap_err().contains("network 9 (network-9)"));
        let mut records = Report { records: vec![record(1, 2, 443, 1)], ..Report::default() };
        records.records[0].conversation.network = NetworkId(8);
        assert!(read(&records).unwrap_err().contains("network 8 (network-8)"));
    }

    #[test]
    fn what_cannot_be_is_left_out_and_counted() {
        let good = heard(1, "dhcp.hostname", "a", 5);
        let long = Interval { value: "x".repeat(MAX_VALUE + 1), ..good.clone() };
        let backwards = Interval { first: Time(9), last: Time(3), ..good.clone() };
        let nobody = Interval {
            sighting: Sighting { mac: None, ip: Some([255; 4].into()), ..good.sighting },
            ..good.clone()
        };
        let fields = ["", "nodot", "Upper.case", "a.b\n", "platform.served"];
        let mut intervals: Vec<Interval> =
            fields.iter().map(|field| Interval { field: (*field).into(), ..good.clone() }).collect();
        intervals.extend([long, backwards, nobody, good]);
        let mut records = vec![record(1, 2, 443, 1), record(1, 2, 443, 2), record(1, 2, 443, 3)];
        records[1].end = Time(records[1].start.0 + LONGEST_PERIOD + 1);
        records[2].conversation.client = "::1".parse().unwrap();
        let checked = read(&Report { intervals, records, ..Report::default() }).unwrap();
        assert_eq!((checked.odd, checked.heard.len(), checked.talks.len()), (10, 1, 1));
    }

    #[test]
    fn the_far_future_is_cut() {
        let mut ahead = heard(1, "dhcp.hostname", "a", 5);
        ahead.last = Time(u64::MAX);
        let mut report = Report { intervals: vec![ahead], ..Report::default() };
        report.records = vec![record(1, 2, 443, 1)];
        report.records[0].start = Time(u64::MAX - 5);
        report.records[0].end = Time(u64::MAX);
        let checked = read(&report).unwrap();
        assert_eq!((checked.clamped, checked.odd), (1, 1));
        let interval = &checked.heard.values().next().unwrap()[0];
        assert!(interval.first < NOW && interval.last.since(NOW) == AHEAD);
    }
}
