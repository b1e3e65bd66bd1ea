//! A capture played in its own time, as if it came from a live port.
//!
//! For demonstrations and tests: frames come when they are due by the wall
//! clock and carry its time. The capture is held in memory.

use std::time::{Duration, Instant};

use model::Time;

use crate::{BATCH, End, Error, Frame, Interface, LinkType, Losses, Progress, Source, drain};

/// Longest a call waits for the next frame.
const PATIENCE: Duration = Duration::from_millis(50);

/// Between the last frame and the first of the next round, in nanoseconds.
const PAUSE: u64 = Time::SECOND;

/// One frame of the capture.
struct Held {
    /// Nanoseconds after the first.
    after: u64,
    data: Vec<u8>,
    wire_len: u32,
    interface: u16,
    link: LinkType,
}

/// Plays a capture.
pub struct Replay {
    frames: Vec<Held>,
    interfaces: Vec<Interface>,
    /// How many times as fast.
    speed: u64,
    rounds: u64,
    began: Instant,
    origin: Time,
    /// Next frame, counted over all rounds.
    at: u64,
}

impl Replay {
    /// Reads `source` to its end and plays it from now on, `speed` times as fast
    /// as it was, `rounds` times (0: for ever). `now` is the wall clock.
    ///
    /// # Errors
    /// As [`Source::batch`]; what lies behind damage is not played.
    pub fn new(source: &mut dyn Source, speed: u64, rounds: u64, now: Time) -> Result<Replay, Error> {
        let mut first = None;
        let mut frames = Vec::new();
        drain(source, |frame| {
            let first: Time = *first.get_or_insert(frame.time);
            frames.push(Held {
                after: frame.time.since(first),
                data: frame.data.to_vec(),
                wire_len: frame.wire_len,
                interface: frame.interface,
                link: frame.link,
            });
        })?;
        let interfaces = source.interfaces().to_vec();
        let speed = speed.max(1);
        Ok(Replay { frames, interfaces, speed, rounds, began: Instant::now(), origin: now, at: 0 })
    }

    /// When a frame is due, in nanoseconds after the beginning.
    fn due(&self, at: u64) -> Option<(u64, &Held)> {
        let count = self.frames.len() as u64;
        let round = at.checked_div(count)?;
        if self.rounds != 0 && round >= self.rounds {
            return None;
        }
        let held = self.frames.get((at % count) as usize)?;
        let span = self.frames.last()?.after + PAUSE;
        Some(((round * span + held.after) / self.speed, held))
    }
}

impl Source for Replay {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
        let Some((next, _)) = self.due(self.at) else { return Ok(Progress::End(End::Clean)) };
        let now = self.began.elapsed();
        let wait = Duration::from_nanos(next).saturating_sub(now);
        if !wait.is_zero() {
            std::thread::sleep(wait.min(PATIENCE));
        }
        let now = self.began.elapsed().as_nanos() as u64;
        let mut batch = [Frame::EMPTY; BATCH];
        let mut at = self.at;
        let mut count = 0;
        for place in &mut batch {
            let Some((due, held)) = self.due(at).filter(|(due, _)| *due <= now) else { break };
            *place = Frame {
                time: Time(self.origin.0 + due),
                data: &held.data,
                number: at + 1,
                wire_len: held.wire_len,
                interface: held.interface,
                link: held.link,
            };
            at += 1;
            count += 1;
        }
        let due = batch.get(..count).unwrap_or_default();
        if due.is_empty() {
            return Ok(Progress::Idle);
        }
        each(due);
        self.at = at;
        Ok(Progress::More)
    }

    fn losses(&self) -> Losses {
        Losses::default()
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PcapFile, PcapWriter};

    fn capture() -> PcapFile {
        let mut bytes = Vec::new();
        let mut writer = PcapWriter::new(&mut bytes, LinkType::ETHERNET).unwrap();
        for n in 0..50u8 {
            writer.write(Time(u64::from(n) * 1_000_000), &[n; 60], 60).unwrap();
        }
        writer.finish().unwrap();
        PcapFile::from_reader("made", Box::new(std::io::Cursor::new(bytes))).unwrap()
    }

    #[test]
    fn every_frame_comes_in_order_in_every_round_with_times_of_now() {
        let start = Time::new(1_800_000_000, 0);
        let mut replay = Replay::new(&mut capture(), 1_000, 2, start).unwrap();
        let mut heard = Vec::new();
        let end = drain(&mut replay, |frame| heard.push((frame.time, frame.data[0]))).unwrap();
        assert_eq!(end, End::Clean);
        let bytes: Vec<u8> = heard.iter().map(|(_, byte)| *byte).collect();
        assert_eq!(bytes, (0..50).chain(0..50).collect::<Vec<u8>>());
        assert!(heard.is_sorted_by_key(|(time, _)| *time) && heard[0].0 == start);
        assert!(heard[50].0.since(heard[49].0) >= PAUSE / 1_000);
    }

    #[test]
    fn what_is_not_due_is_waited_for() {
        let mut replay = Replay::new(&mut capture(), 1, 1, Time(0)).unwrap();
        let began = Instant::now();
        drain(&mut replay, |_| {}).unwrap();
        assert!(began.elapsed() >= Duration::from_millis(49), "49 ms of frames take at least as long");
    }

    #[test]
    fn an_empty_capture_ends() {
        let mut bytes = Vec::new();
        PcapWriter::new(&mut bytes, LinkType::ETHERNET).unwrap().finish().unwrap();
        let mut empty = PcapFile::from_reader("made", Box::new(std::io::Cursor::new(bytes))).unwrap();
        let mut replay = Replay::new(&mut empty, 1, 0, Time(0)).unwrap();
        assert_eq!(replay.batch(&mut |_| {}).unwrap(), Progress::End(End::Clean));
    }
}
