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

/// Reads frames until it is time to stop or the source ends.
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
    let mut beat = clock.now();
    while !control.stopped() {
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
        })?;
        if let Some(step) = clock.step() {
            sensor.clock_step(step);
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
        if let Progress::End(_) = step {
            break;
        }
    }
    for report in held.into_iter().chain(sensor.finish(clock.now())) {
        if reports.send(report).is_err() {
            break;
        }
    }
    Ok(())
}
