//! A sensor that runs for months: memory stays as it was taken, what is silent for
//! longest makes room, and what is new is still told at once.

mod support;

use std::collections::BTreeMap;
use std::net::IpAddr;

use allocation_counter::measure;
use capture::craft::{Craft, Link, Path};
use model::{Mac, Time};
use sense::{INTERVALS, RECORDS, Sensor, Sizes};
use support::{at, configured, input, path, private};
use wire::SensorConfig;

/// Small, so that months fill them: what an hour brings is a tenth.
const SIZES: Sizes = Sizes { values: 1 << 12, sightings: 1 << 10, conversations: 1 << 9 };

const HOUR: u64 = 3_600_000;

struct Months {
    sensor: Sensor,
    now: u64,
    reports: u64,
    intervals: u64,
    records: u64,
    /// When asked for: addresses, and when a report spoke of each first.
    told: Option<BTreeMap<IpAddr, Time>>,
}

impl Months {
    fn new(config: &SensorConfig) -> Months {
        let sensor = Sensor::new(config, SIZES, 1 << 9, 16, at(0));
        Months { sensor, now: 0, reports: 0, intervals: 0, records: 0, told: None }
    }

    fn until(&mut self, time: u64) {
        while self.now < time {
            self.now = (self.now + 10_000).min(time);
            let Some(report) = self.sensor.poll(at(self.now)) else { continue };
            assert!(report.intervals.len() <= INTERVALS && report.records.len() <= RECORDS + 1);
            self.reports += 1;
            self.intervals += report.intervals.len() as u64;
            self.records += report.records.len() as u64;
            let Some(told) = &mut self.told else { continue };
            for ip in report.intervals.iter().filter_map(|one| one.sighting.ip) {
                told.entry(ip).or_insert(report.made);
            }
        }
    }

    /// Addresses told of in so many milliseconds from now on.
    fn told_in(&mut self, time: u64) -> BTreeMap<IpAddr, Time> {
        self.told = Some(BTreeMap::new());
        self.until(self.now + time);
        self.told.take().unwrap_or_default()
    }

    /// A guest that was never here before comes, says who it is, talks, and goes.
    fn guest(&mut self, number: u32) -> IpAddr {
        let [_, a, b, c] = number.to_be_bytes();
        let (mac, ip) = (Mac([2, 0, 9, a, b, c]), [10, a + 1, b, c]);
        let mut craft = Craft::new();
        let link = Link { src: mac, dst: Mac([0xff; 6]), vlan: None };
        craft.arp(at(self.now), &link, 1, (mac, ip.into()), (Mac([0; 6]), [10, 0, 0, 1].into()));
        let path = Path { link: Link { src: mac, ..path(1, 2).link }, src: ip.into(), ..path(1, 2) };
        craft.udp(at(self.now), &path, 40_000, 50_000, b"a question");
        craft.udp(at(self.now), &path.back(64), 50_000, 40_000, b"an answer");
        self.feed(&craft);
        ip.into()
    }

    /// Two that are always there.
    fn residents(&mut self) {
        let mut craft = Craft::new();
        craft.udp(at(self.now), &path(1, 2), 41_000, 50_001, b"always");
        craft.udp(at(self.now), &path(1, 2).back(64), 50_001, 41_000, b"here");
        self.feed(&craft);
    }

    fn feed(&mut self, craft: &Craft) {
        craft.frames().for_each(|(time, data)| self.sensor.frames(&[input(1, time, data)]));
    }

    fn hours(&mut self, from: u64, to: u64) {
        for hour in from..to {
            for minute in 0..60 {
                self.until(hour * HOUR + minute * 60_000);
                self.residents();
                if minute % 2 == 0 {
                    self.guest((hour * 30 + minute / 2) as u32);
                }
            }
        }
        self.until(to * HOUR);
    }
}

#[test]
fn sixty_days_of_guests_take_no_memory_and_lose_nothing() {
    let mut months = Months::new(&configured(private()));
    months.hours(0, 48);
    let grown = measure(|| months.hours(48, 60 * 24)).bytes_current;
    assert_eq!(grown, 0, "bytes");
    let counts = months.sensor.counts();
    assert!(counts.let_go > 100_000, "{counts:?}");
    assert_eq!((counts.dropped, counts.others), Default::default(), "{counts:?}");
    assert!(counts.sightings[0] < 1_024 && counts.conversations < 512, "{counts:?}");
    // Every guest talked once, and the residents were told of in each half hour.
    let (guests, halves) = (60 * 24 * 30, 60 * 24 * 2);
    assert!(
        months.records >= guests + halves - 60 && months.records <= guests + halves + 60,
        "{}",
        months.records
    );
    // What is new is told at once, as on the first day.
    let (now, ip) = (at(months.now), months.guest(1 << 20));
    assert!(months.told_in(30_000)[&ip].since(now) <= 20 * Time::SECOND);
    // Those that are always there were never forgotten: they change each half hour.
    months.residents();
    let told = months.told_in(20_000);
    assert!(!told.contains_key(&support::ip(1)), "it is known");
    assert!(months.told_in(HOUR).contains_key(&support::ip(1)));
}

#[test]
fn while_holding_the_newest_are_held() {
    let mut months = Months::new(&SensorConfig::default());
    months.hours(0, 48);
    let grown = measure(|| months.hours(48, 20 * 24)).bytes_current;
    assert_eq!((grown, months.reports), (0, 0));
    let counts = months.sensor.counts();
    assert!(counts.let_go > 10_000 && counts.dropped == 0, "{counts:?}");
    let [_, a, b, c] = (20_u32 * 24 * 30 - 1).to_be_bytes();
    let newest: IpAddr = [10, a + 1, b, c].into();
    months.sensor.set_config(&configured(private()));
    let told = months.told_in(60_000);
    assert!(!told.contains_key(&IpAddr::from([10, 1, 0, 1])), "the first was let go");
    assert!(told.contains_key(&newest), "the last is held");
    assert!(months.intervals > 500 && months.records > 0, "{} {}", months.intervals, months.records);
    assert!(months.sensor.counts().sightings[1] > 100);
}

#[test]
fn after_a_flood_all_is_as_before() {
    let mut months = Months::new(&configured(private()));
    months.hours(0, 2);
    let grown = measure(|| {
        for number in 0..60_000 {
            months.guest(0x10_0000 + number);
            if number % 100 == 0 {
                months.until(months.now + 1_000);
            }
        }
    });
    assert_eq!(grown.bytes_current, 0);
    let counts = months.sensor.counts();
    assert!(counts.dropped > 10_000, "more than there is room for: {counts:?}");
    let hour = months.now / HOUR + 1;
    months.hours(hour, hour + 4);
    let dropped = months.sensor.counts().dropped;
    months.hours(hour + 4, hour + 8);
    assert_eq!(months.sensor.counts().dropped, dropped, "there is room again");
    let (now, ip) = (at(months.now), months.guest(5));
    assert!(months.told_in(30_000)[&ip].since(now) <= 20 * Time::SECOND);
}
