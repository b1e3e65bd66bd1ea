//! Time grows with what was heard, not with its square.
//! `cargo test -p stillwatch-assets --release --test size -- --ignored --nocapture`

use std::time::{Duration, Instant};

use assets::{Config, Input, build};
use model::{Interval, Mac, NetworkId, Sighting, Time};

/// `hosts` local hosts with ten observations each, one in ten sharing a name with
/// another, addresses re-used twice; a third as many again behind one router.
fn heard(hosts: u32) -> Vec<Interval> {
    let mut out = Vec::new();
    let mut say = |mac: Option<u32>, ip: Option<u32>, field: &'static str, value: String, at: u64| {
        let mac = mac.map(|n| Mac([0, 0x1b, 0x1b, (n >> 16) as u8, (n >> 8) as u8, n as u8]));
        let ip = ip.map(|n| std::net::Ipv4Addr::from(0x0a00_0000 + n).into());
        let sighting = Sighting { network: NetworkId(0), mac, ip };
        let (first, last) = (Time::new(at, 0), Time::new(at + 500, 0));
        out.push(Interval {
            sighting,
            field: field.into(),
            port: None,
            value,
            first,
            last,
            count: 1,
            frame: at,
        });
    };
    for n in 1..=hosts {
        let (ip, at) = (n / 2, 10_000 + u64::from(n % 2) * 1_000);
        let fields = [
            ("eth.source", "frame".to_owned()),
            ("eth.vlan", "10".to_owned()),
            ("ip.ttl", "64".to_owned()),
            ("arp.binding", "request".to_owned()),
            ("dhcp.hostname", format!("pc-{}", n - u32::from(n % 10 == 0))),
            ("dhcp.vendor_class", "MSFT 5.0".to_owned()),
            ("dhcp.prl", "1,3,6,15,31,33,43,44,46,47,119,121,249,252".to_owned()),
            ("nbns.name", format!("PC-{n}<20>")),
            ("mdns.hostname", format!("pc-{n}.local")),
        ];
        for (field, value) in fields {
            say(Some(n), Some(ip), field, value, at);
        }
        say(None, Some(ip), "dns.ptr", format!("pc-{n}.example.org"), at);
    }
    for n in 0..hosts / 3 {
        say(Some(0xff_ffff), Some(0x10_0000 + n), "ip.ttl", "63".to_owned(), 10_000);
        say(Some(0xff_ffff), Some(0x10_0000 + n), "eth.source", "frame".to_owned(), 10_000);
    }
    out
}

fn measure(intervals: &[Interval]) -> Duration {
    let start = Instant::now();
    let inventory = build(&Input { intervals, ..Input::default() }, &Config::default());
    let took = start.elapsed();
    println!("{} intervals, {} assets: {took:?}", intervals.len(), inventory.assets.len());
    took
}

#[test]
#[ignore = "a measurement"]
fn near_linear() {
    let small = measure(&heard(2_350));
    let large = measure(&heard(9_400));
    assert!(large < small * 8, "four times the input took {large:?} instead of about four times {small:?}");
}

/// Everybody claims one address and bears one name.
fn flood(hosts: u32) -> Vec<Interval> {
    let mut out = heard(hosts);
    for interval in &mut out {
        interval.sighting.ip = interval.sighting.ip.map(|_| std::net::Ipv4Addr::new(10, 0, 0, 1).into());
        if interval.field == "dhcp.hostname" {
            interval.value = "factory".into();
        }
    }
    out
}

#[test]
#[ignore = "a measurement"]
fn near_linear_in_a_flood() {
    let small = measure(&flood(2_350));
    let large = measure(&flood(9_400));
    assert!(large < small * 8, "four times the input took {large:?} instead of about four times {small:?}");
}
