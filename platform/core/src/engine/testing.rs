//! A platform's engine over a folder that goes away, for tests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{Conversation, Interval, KnownBy, Mac, NetworkId, Sighting, Time};
use store::{SensorNumber, Sqlite};
use tempfile::TempDir;
use wire::{Record, Report};

use super::{Context, Counts, Engine, Ingested, Limits};
use crate::clock::{Clock, NoRandomness};

/// A clock that stands until it is told to go on, and bytes that never repeat.
#[derive(Debug)]
pub struct StillClock(pub AtomicU64, AtomicU64);

impl StillClock {
    /// At so many seconds since 1970.
    pub fn at(seconds: u64) -> StillClock {
        StillClock(AtomicU64::new(Time::new(seconds, 0).0), AtomicU64::new(0))
    }

    /// Goes on.
    pub fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds * Time::SECOND, Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let drawn = self.1.fetch_add(1, Ordering::Relaxed);
        bytes.iter_mut().zip(drawn.to_be_bytes().iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// When tests happen.
pub const NOW: u64 = 1_800_000_000;

/// An engine and where it lives.
pub struct Bench {
    pub folder: TempDir,
    pub clock: Arc<StillClock>,
    pub engine: Engine,
}

impl Bench {
    /// A new one.
    pub fn new() -> Bench {
        Bench::with(Context::default(), 10_000)
    }

    /// With a context and a cap on new sightings.
    pub fn with(context: Context, new_sightings_per_hour: u32) -> Bench {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(StillClock::at(NOW));
        let engine = open(&folder, &clock, context, new_sightings_per_hour);
        Bench { folder, clock, engine }
    }

    /// Closes it and opens it again.
    pub fn reopen(self) -> Bench {
        let Bench { folder, clock, engine } = self;
        drop(engine);
        let engine = open(&folder, &clock, Context::default(), 10_000);
        Bench { folder, clock, engine }
    }

    /// Reports of sensor 1, which speaks for networks 0 and 1.
    pub fn hear(&self, intervals: &[Interval]) -> Counts {
        self.report(1, &Report { intervals: intervals.to_vec(), ..Report::default() })
    }

    /// A whole report of a sensor.
    pub fn report(&self, sensor: u32, report: &Report) -> Counts {
        let allowed = BTreeSet::from([NetworkId(0), NetworkId(1)]);
        match self.engine.ingest(SensorNumber(sensor), &allowed, report, None).unwrap() {
            Ingested::Taken(counts) => counts,
            Ingested::Rejected(words) => panic!("{words}"),
        }
    }

    /// All assets as an export writes them, up to date.
    pub fn export(&self) -> String {
        let mut out = Vec::new();
        let query = crate::views::AssetQuery { sort: "id".into(), ..Default::default() };
        self.engine.export(&query, "jsonl", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Names of the assets that a query finds, by name.
    pub fn names(&self, q: &str) -> Vec<String> {
        self.engine.settle().unwrap();
        let query = crate::views::AssetQuery { q: q.into(), limit: 1_000, ..Default::default() };
        self.engine.assets(&query).unwrap().items.into_iter().map(|row| row.name).collect()
    }

    /// The id of the asset of a name.
    pub fn id(&self, name: &str) -> String {
        self.engine.settle().unwrap();
        let query =
            crate::views::AssetQuery { q: query::exactly(query::Column::Name, name), ..Default::default() };
        self.engine.assets(&query).unwrap().items.remove(0).asset_id
    }
}

fn open(folder: &TempDir, clock: &Arc<StillClock>, context: Context, cap: u32) -> Engine {
    let store = Arc::new(Sqlite::open(&folder.path().join("platform.db")).unwrap());
    let limits = Limits { new_sightings_per_hour: cap, keep_days: 30 };
    Engine::open(store, clock.clone(), limits, context).unwrap()
}

/// Something heard of host `n` (MAC and 10.0.x.y), from an hour ago, `count` times.
pub fn heard(n: u16, field: &'static str, value: &str, count: u64) -> Interval {
    let [high, low] = n.to_be_bytes();
    let sighting = Sighting {
        network: NetworkId(0),
        mac: Some(Mac([0, 0x1b, 0x1b, 0, high, low])),
        ip: Some([10, 0, high, low].into()),
    };
    Interval {
        sighting,
        field: field.into(),
        port: None,
        value: value.into(),
        first: Time::new(NOW - 3_600, 0),
        last: Time::new(NOW - 3_600 + count, 0),
        count,
        frame: 0,
    }
}

/// A record of hosts `client` and `server` in period `period`.
pub fn record(client: u16, server: u16, port: u16, period: u64) -> Record {
    let ip = |n: u16| {
        let [high, low] = n.to_be_bytes();
        std::net::IpAddr::from([10, 0, high, low])
    };
    let start = NOW - 7_200 + period * 300;
    Record {
        start: Time::new(start, 0),
        end: Time::new(start + 300, 0),
        conversation: Conversation {
            network: NetworkId(0),
            client: ip(client),
            server: ip(server),
            port,
            transport: 6,
            flows: 1,
            packets: [3, 2],
            bytes: [300, 200],
            copies: [0, 0],
            copy_bytes: [0, 0],
            first: Time::new(start + 1, 0),
            last: Time::new(start + 9, 0),
            frame: 0,
            protocol: "tls".into(),
            known_by: KnownBy::Payload,
            answered: true,
            hints: Vec::new(),
        },
    }
}
