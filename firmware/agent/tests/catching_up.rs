//! How long a sensor needs to catch up after a day without its platform: one report
//! a second, 100 ms to the platform and back. In simulated time.

#[path = "../../uplink/tests/common/mod.rs"]
mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::keep::Joiner;
use common::platform::Platform;
use common::world::Simulated;
use model::{Interval, NetworkId, Sighting, Time};
use spool::memory::Memory;
use spool::{Limits, Spool};
use uplink::{Address, Clock, Identity, Line, Parts, Rolling, Uplink, UplinkError, Vault, World};
use wire::{Content, Report, decode, encode};
use zeroize::Zeroizing;

const ROUND_TRIP: u64 = Time::SECOND / 10;
const DAY: u64 = 86_400;

/// A platform that is far away.
struct Distant {
    platform: Arc<Mutex<Platform>>,
    world: Arc<Simulated>,
    connected: bool,
}

impl Line for Distant {
    fn open(&mut self) -> Result<bool, UplinkError> {
        Ok(!std::mem::replace(&mut self.connected, true))
    }

    fn post(&mut self, path: &str, body: &[u8], _: Duration) -> Result<Option<Vec<u8>>, UplinkError> {
        self.world.pass(ROUND_TRIP);
        let (status, answer) = self.platform.lock().unwrap().handle(path, body, true);
        assert_eq!(status, 200);
        Ok(Some(answer))
    }

    fn close(&mut self) {
        self.connected = false;
    }
}

/// Ten facts that no other report has.
fn report(number: u64) -> Report {
    let interval = |at: u64| Interval {
        sighting: Sighting {
            network: NetworkId(0),
            mac: None,
            ip: Some(std::net::Ipv4Addr::from_bits(10 << 24 | (number * 10 + at) as u32).into()),
        },
        field: "dhcp.hostname".into(),
        port: None,
        value: format!("host-{number}-{at}"),
        first: Time::new(number, 0),
        last: Time::new(number, 0),
        count: 1,
        frame: 0,
    };
    let made = Time::new(number, 0);
    Report { run: Time(1), made, intervals: (0..10).map(interval).collect(), ..Report::default() }
}

/// A day's reports into a spool, joined or each for itself.
fn day(joined: bool) -> Spool<Memory> {
    let mut spool = Spool::open(Memory::default(), Limits::default(), [7; 16]).unwrap().0;
    let mut joiner = Joiner::default();
    let write = |spool: &mut Spool<Memory>, report: Report| {
        spool.append(&encode(&Content::Report(report)), Time(0)).unwrap();
    };
    for second in 0..DAY {
        if !joined {
            write(&mut spool, report(second));
            continue;
        }
        let now = second * Time::SECOND;
        let refused = joiner.take(report(second), now);
        refused.into_iter().for_each(|report| write(&mut spool, report));
        let due = joiner.due(spool.status().batches, now);
        due.into_iter().for_each(|report| write(&mut spool, report));
    }
    joiner.rest().into_iter().for_each(|report| write(&mut spool, report));
    spool
}

/// Seconds until the platform has it all, and in how many batches.
fn catch_up(spool: Spool<Memory>) -> (u64, usize) {
    let world = Arc::new(Simulated::new(1));
    let mut platform = Platform::new();
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let (certificate, key) = platform.authority.server((2025, 12), (2026, 12));
    let identity = Identity {
        platform: Address { host: "platform".into(), port: 443 },
        sensor: "s-1".into(),
        name: "hall 3".into(),
        key: Zeroizing::new(key),
        certificate,
        authorities: vec![platform.authority.der.clone()],
    };
    vault.keep_rolling(&Rolling { nonce: platform.first_nonce(), good: Time(0) }).unwrap();
    let platform = Arc::new(Mutex::new(platform));
    let line = Distant { platform: Arc::clone(&platform), world: Arc::clone(&world), connected: false };
    let spool = Arc::new(Mutex::new(spool));
    let times: Arc<dyn World> = Arc::<Simulated>::clone(&world);
    let mut uplink = Uplink::new(Parts {
        line,
        spool: Arc::clone(&spool),
        vault,
        credentials: Arc::new(Mutex::new(Arc::new(identity))),
        clock: Clock::new(Arc::clone(&times), Time(0)),
        world: times,
        version: "stillwatch test".into(),
        on_status: Box::new(|_| None),
    })
    .unwrap();
    while spool.lock().unwrap().status().batches > 0 {
        let wait = uplink.step();
        world.pass(wait);
        assert_eq!(uplink.condition().lock().unwrap().error, None);
    }
    let platform = platform.lock().unwrap();
    let taken = &platform.lines.values().next().unwrap().taken;
    // Every fact came once, in order.
    let mut next = 0;
    for (_, _, content) in taken {
        let Ok(Content::Report(report)) = decode(content) else { panic!("not a report") };
        for interval in report.intervals {
            assert_eq!(interval.value, format!("host-{}-{}", next / 10, next % 10));
            next += 1;
        }
    }
    assert_eq!(next, DAY * 10);
    (world.elapsed() / Time::SECOND, taken.len())
}

#[test]
fn a_day_is_caught_up_with_in_minutes() {
    let (seconds, batches) = catch_up(day(true));
    println!("joined: {batches} batches, {seconds} s");
    assert!(seconds < 200 && batches < 1_600, "{batches} batches, {seconds} s");
    let (seconds, batches) = catch_up(day(false));
    println!("each for itself: {batches} batches, {seconds} s");
    assert_eq!(batches as u64, DAY);
    assert!(seconds > 8_000, "{seconds} s");
}
