//! Once everything has been heard, a packet costs no allocation: a counting
//! allocator says so, frame by frame.

mod support;

use allocation_counter::measure;
use capture::{PcapFile, Source, drain, synthetic};
use model::Time;
use sense::{Sensor, Sizes, Tracker, Worker};
use support::{input, private};
use wire::SensorConfig;
use zones::{Config, Zones};

/// Time between two passes over the same frames: every flow has ended by then.
const PAUSE: u64 = 3 * 3_600 * Time::SECOND;

/// Frames with their times.
fn frames(source: &mut dyn Source) -> Vec<(Time, Vec<u8>)> {
    let mut all = Vec::new();
    drain(source, |frame| all.push((frame.time, frame.data.to_vec()))).unwrap();
    all
}

/// Allocations while frames are taken in that were all heard once before, and the
/// numbers of the first frames that caused one.
fn allocations(frames: &[(Time, Vec<u8>)], config: &Config) -> (u64, Vec<u64>) {
    let zones = Zones::new(config);
    let sizes = Sizes { values: 1 << 18, sightings: 1 << 16, conversations: 1 << 16 };
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(1 << 14, 256));
    let (mut total, mut where_first) = (0, Vec::new());
    for pass in 0..2 {
        for (number, (time, data)) in (1..).zip(frames) {
            let input = input(number, Time(time.0 + pass * PAUSE), data);
            let made = measure(|| worker.frame(&input, &zones, &mut tracker)).count_total;
            if pass == 1 && made != 0 {
                total += made;
                where_first.push(number);
            }
        }
    }
    where_first.truncate(10);
    (total, where_first)
}

fn demo() -> PcapFile {
    let mut bytes = Vec::new();
    capture::demo::write(&mut bytes).unwrap();
    PcapFile::from_reader("demo", Box::new(std::io::Cursor::new(bytes))).unwrap()
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 9]))).count_total, 1);
}

#[test]
fn none_a_packet_of_the_demonstration() {
    assert_eq!(allocations(&frames(&mut demo()), &private()), (0, vec![]));
}

#[test]
fn none_a_packet_of_whole_connections() {
    assert_eq!(allocations(&frames(&mut synthetic::flows(5, 40_000, 2_000)), &private()), (0, vec![]));
}

#[test]
fn none_a_packet_of_the_worst_case() {
    assert_eq!(allocations(&frames(&mut synthetic::worst(5, 40_000)), &private()), (0, vec![]));
}

#[test]
fn none_a_packet_while_something_is_excluded() {
    let excluded = Config { excluded: vec!["10.20.0.10".parse().unwrap()], ..private() };
    assert_eq!(allocations(&frames(&mut demo()), &excluded), (0, vec![]));
}

/// Making a report may allocate; frames never do, whatever is due between them.
#[test]
fn none_a_packet_of_a_sensor_that_runs_on() {
    let sizes = Sizes { values: 1 << 16, sightings: 1 << 14, conversations: 1 << 14 };
    for config in [SensorConfig::default(), support::configured(private())] {
        let frames = frames(&mut demo());
        let mut sensor = Sensor::new(&config, sizes, 1 << 14, 256, frames[0].0);
        for pass in 0..3 {
            for (number, (time, data)) in (1..).zip(&frames) {
                let time = Time(time.0 + pass * PAUSE);
                let made = measure(|| sensor.frames(&[input(number, time, data)])).count_total;
                assert!(pass == 0 || made == 0, "frame {number} made {made}");
                sensor.poll(time);
            }
        }
    }
}

/// Not even the first time, but for counters by name and VLAN, of which there are few.
#[test]
fn hardly_any_while_all_is_new() {
    let zones = Zones::new(&private());
    let sizes = Sizes { values: 1 << 18, sightings: 1 << 16, conversations: 1 << 16 };
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(1 << 14, 256));
    let mut total = 0;
    for (number, (time, data)) in (1..).zip(&frames(&mut demo())) {
        total += measure(|| worker.frame(&input(number, *time, data), &zones, &mut tracker)).count_total;
    }
    assert!(total <= 8, "{total} allocations");
}
