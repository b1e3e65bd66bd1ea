//! The loop that reads frames. It waits for nothing but frames.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use capture::{BATCH, Frame, Progress, Source};
use model::Time;
use sense::{Input, Sensor};
use wire::{Report, SensorConfig};

use crate::control::Control;
use crate::run::AgentError;
use crate::status::Pulse;

/// A wall clock that differs from the monotonic one by more than this was set, not slewed.
const STEP: i64 = 500_000_000;

/// The monotonic clock with the wall offset of the start, and how far the wall
/// clock was moved since.
struct Clock {
    began: Instant,
    origin: Time,
    moved: i64,
    last: Time,
}

impl Clock {
    fn new() -> Clock {
        let origin = Time(sys::clock::wall());
        Clock { began: Instant::now(), origin, moved: 0, last: origin }
    }

    fn now(&self) -> Time {
        Time(self.origin.0 + self.began.elapsed().as_nanos() as u64)
    }

    /// How far the wall clock was set since the last call, if it was.
    fn step(&mut self) -> Option<i64> {
        let ahead = sys::clock::wall().wrapping_sub(self.now().0) as i64 - self.moved;
        (ahead.abs() > STEP).then(|| {
            self.moved += ahead;
            ahead
        })
    }

    /// A frame's wall time on the sensor's clock, never before an earlier one's
    /// and never ahead of now.
    fn frame(&mut self, time: Time, now: Time) -> Time {
        let time = Time(time.0.wrapping_add_signed(-self.moved)).min(now);
        self.last = self.last.max(time);
        self.last
    }
}

/// The newest configuration, for the loop to take.
pub type NewConfig = Mutex<Option<SensorConfig>>;

/// Reads frames until it is time to stop or the source ends or fails; then gives
/// the rest of what was heard.
///
/// # Errors
/// Of the source.
pub fn sense(
    source: &mut dyn Source,
    sensor: &mut Sensor,
    news: &NewConfig,
    reports: &SyncSender<Report>,
    pulse: &Mutex<Pulse>,
    control: &Control,
) -> Result<(), AgentError> {
    let mut clock = Clock::new();
    let mut held: Option<Report> = None;
    let mut beat = Time(0);
    let mut ended = Ok(());
    while !control.stopped() {
        control.turn();
        let step = source.batch(&mut |frames: &[Frame<'_>]| {
            let now = clock.now();
            let inputs = frames.iter().map(|frame| Input {
                link: frame.link.0,
                data: frame.data,
                wire_len: frame.wire_len,
                time: clock.frame(frame.time, now),
                port: frame.interface,
                number: frame.number,
            });
            let inputs: heapless::Vec<Input<'_>, BATCH> = inputs.collect();
            sensor.frames(&inputs);
        });
        if let Some(moved) = clock.step() {
            sensor.clock_step(moved);
        }
        if let Some(config) = news.lock().unwrap_or_else(PoisonError::into_inner).take() {
            sensor.set_config(&config);
            beat = Time(0);
        }
        let now = clock.now();
        // A report that the keeper has no room for yet is held, and no other is made.
        held = held.or_else(|| sensor.poll(now)).and_then(|report| match reports.try_send(report) {
            Ok(()) => None,
            Err(TrySendError::Full(report) | TrySendError::Disconnected(report)) => Some(report),
        });
        if now.since(beat) >= Time::SECOND {
            beat = now;
            pulse.lock().unwrap_or_else(PoisonError::into_inner).beat(now, sensor, source);
        }
        match step {
            Ok(Progress::More | Progress::Idle) => {}
            Ok(Progress::End(_)) => break,
            Err(error) => {
                ended = Err(error.into());
                break;
            }
        }
    }
    control.rest();
    // Waits for room: there is nothing else left to do.
    for report in held.into_iter().chain(sensor.finish(clock.now())) {
        if reports.send(report).is_err() {
            break;
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::{Error, Interface, Losses, PcapFile, demo};
    use sense::Sizes;
    use std::collections::BTreeSet;
    use std::io::Cursor;
    use std::sync::mpsc::{Sender, channel, sync_channel};

    /// The demonstration, and word when it is at its end.
    struct Told(PcapFile, Sender<()>);

    impl Source for Told {
        fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
            let progress = self.0.batch(each)?;
            if let Progress::End(_) = progress {
                self.1.send(()).unwrap();
            }
            Ok(progress)
        }

        fn losses(&self) -> Losses {
            self.0.losses()
        }

        fn interfaces(&self) -> &[Interface] {
            self.0.interfaces()
        }
    }

    /// Facts told when the keeper takes nothing before the source has ended, or at once.
    fn facts(late: bool) -> BTreeSet<String> {
        let mut bytes = Vec::new();
        demo::write(&mut bytes).unwrap();
        let (tell, ended) = channel();
        let file = PcapFile::from_reader("demo", Box::new(Cursor::new(bytes))).unwrap();
        let (sender, reports) = sync_channel(0);
        let thread = std::thread::spawn(move || {
            let zones = zones::Config { internal: vec![zones::Group::private()], ..Default::default() };
            let config = SensorConfig { zones, ..SensorConfig::default() };
            let sizes = Sizes { values: 1 << 14, sightings: 1 << 10, conversations: 1 << 12 };
            let mut sensor = Sensor::new(&config, sizes, 1 << 10, 64, Time(sys::clock::wall()));
            let (news, pulse, control) = Default::default();
            sense(&mut Told(file, tell), &mut sensor, &news, &sender, &pulse, &control).unwrap();
        });
        if late {
            ended.recv().unwrap();
        }
        let facts = reports.iter().flat_map(|report| report.intervals);
        let facts = facts.map(|one| format!("{:?} {} {}", one.sighting, one.field, one.value)).collect();
        thread.join().unwrap();
        facts
    }

    #[test]
    fn frames_are_read_while_the_keeper_takes_nothing_and_nothing_is_lost() {
        let late = facts(true);
        assert!(late.len() > 100);
        assert_eq!(late, facts(false));
    }

    #[test]
    fn a_wall_clock_that_is_set_is_a_step_and_moves_no_frame_back() {
        let mut clock = Clock::new();
        assert_eq!(clock.step(), None);
        // As if it had been an hour ahead before: now it was set back.
        let hour = 3_600 * Time::SECOND as i64;
        clock.moved = hour;
        let step = clock.step().unwrap();
        assert!((step + hour).abs() < STEP, "{step}");
        assert_eq!(clock.step(), None);
        let now = clock.now();
        assert_eq!(clock.frame(Time(now.0 + Time::SECOND), now), now, "not ahead of now");
        assert_eq!(clock.frame(Time(0), now), now, "not before an earlier one");
    }
}
