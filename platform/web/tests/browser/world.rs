//! A platform with assets in it: what sensors would have reported.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{Conversation, Interval, KnownBy, Mac, NetworkId, Sighting, Time};
use platform_core::views::{Configuration, InternalGroup};
use platform_core::{Clock, Platform, SystemClock};
use wire::{Record, Report};

/// Names that try to be something else.
pub const HOSTILE: [&str; 4] =
    ["=SUM(A1:A9)", "<script>alert(1)</script>", "\u{202e}gnp.exe\u{7}", "\"><img src=x onerror=alert(1)>"];

/// So many computers, each with a name of its own; the first have hostile ones.
pub fn fill(platform: &Platform, computers: u16) {
    let office = InternalGroup {
        name: "Office".into(),
        ranges: vec!["10.0.0.0/8".into()],
        inventory: true,
        ..Default::default()
    };
    let now = platform.configuration().unwrap();
    platform.configure(&Configuration { internal: vec![office], ..now }, "test").unwrap();
    let second = |ago: u64| Time::new(SystemClock::default().now().seconds() - ago, 0);
    let mut report = Report::default();
    for n in 0..computers {
        let [high, low] = n.to_be_bytes();
        let sighting = Sighting {
            network: NetworkId(0),
            mac: Some(Mac([0, 0x1b, 0x1b, 0, high, low])),
            ip: Some([10, 0, high, low].into()),
        };
        let name =
            HOSTILE.get(usize::from(n)).map_or_else(|| format!("pc-{n:04}"), |name| (*name).to_owned());
        let vendor = if n.is_multiple_of(3) { "MSFT 5.0" } else { "udhcp 1.30.1" };
        for (field, value) in
            [("dhcp.hostname", name.as_str()), ("dhcp.vendor_class", vendor), ("arp.binding", "reply")]
        {
            report.intervals.push(Interval {
                sighting,
                field: Cow::Borrowed(field),
                port: None,
                value: value.to_owned(),
                first: second(7_200),
                last: second(u64::from(n)),
                count: 3,
                frame: 0,
            });
        }
    }
    let start = Time::new(second(7_200).seconds() / 300 * 300, 0);
    let end = Time::new(start.seconds() + 300, 0);
    for n in 1..computers.min(120) {
        let [high, low] = n.to_be_bytes();
        let conversation = Conversation {
            network: NetworkId(0),
            client: [10, 0, high, low].into(),
            server: [10, 0, 0, 0].into(),
            port: 445,
            transport: 6,
            flows: 2,
            packets: [10, 12],
            bytes: [1_000, 9_000],
            copies: [0, 0],
            copy_bytes: [0, 0],
            first: start,
            last: start,
            frame: 0,
            protocol: Cow::Borrowed("smb"),
            known_by: KnownBy::Payload,
            answered: true,
            hints: Vec::new(),
        };
        report.records.push(Record { start, end, conversation });
    }
    let allowed = BTreeSet::from([NetworkId(0)]);
    platform.inventory().ingest(store::SensorNumber(1), &allowed, &report, None).unwrap();
    platform.inventory().settle().unwrap();
}
