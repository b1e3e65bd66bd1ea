//! Traffic made from a seed, without end if need be: shapes to measure with.
//!
//! Nothing is stored but what is live; the same seed gives the same frames.

mod flows;
mod worst;

use model::Time;

use crate::craft::Craft;
use crate::{BATCH, End, Error, Frame, Interface, LinkType, Losses, Progress, Source};

/// When made traffic begins: 2026-01-05T08:00:00Z, a Monday.
pub const START: Time = Time::new(1_767_600_000, 0);

/// Frames made ahead of being handed out.
const AHEAD: usize = 4 * BATCH;

/// A source of made frames: Ethernet, one interface, time never goes back.
pub struct Synthetic<G> {
    make: G,
    craft: Craft,
    left: u64,
    frames: u64,
    interface: [Interface; 1],
}

/// Makes frames, a few a call and in the order of time.
pub trait Generate {
    /// Adds at least one frame; `left` frames are still wanted.
    fn step(&mut self, left: u64, craft: &mut Craft);
}

/// The worst case for tables: a port scan, outbound connection attempts, name
/// look-ups and tiny datagrams; two flows of three are never heard of again.
pub fn worst(seed: u64, packets: u64) -> Synthetic<impl Generate> {
    Synthetic::new(worst::Worst::new(seed), packets)
}

/// Complete TCP connections of eight packets with the first bytes of TLS, HTTP or
/// SSH, and name look-ups; up to `live` connections are open at once.
pub fn flows(seed: u64, packets: u64, live: usize) -> Synthetic<impl Generate> {
    Synthetic::new(flows::Flows::new(seed, live), packets)
}

impl<G: Generate> Synthetic<G> {
    fn new(make: G, packets: u64) -> Synthetic<G> {
        let interface =
            Interface { name: String::from("made"), link: LinkType::ETHERNET, ..Interface::default() };
        Synthetic { make, craft: Craft::new(), left: packets, frames: 0, interface: [interface] }
    }
}

impl<G: Generate> Source for Synthetic<G> {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
        self.craft.clear();
        while self.craft.len() < AHEAD && (self.craft.len() as u64) < self.left {
            self.make.step(self.left - self.craft.len() as u64, &mut self.craft);
        }
        let mut made = self.craft.frames().take(self.left.min(usize::MAX as u64) as usize);
        let mut frames = [Frame::EMPTY; BATCH];
        loop {
            let mut count = 0;
            for (place, (time, data)) in frames.iter_mut().zip(&mut made) {
                self.frames += 1;
                self.left -= 1;
                count += 1;
                let (number, wire_len) = (self.frames, data.len() as u32);
                *place = Frame { time, data, number, wire_len, interface: 0, link: LinkType::ETHERNET };
            }
            match frames.get(..count) {
                Some(frames @ [_, ..]) => each(frames),
                _ => break,
            }
        }
        Ok(if self.left == 0 { Progress::End(End::Clean) } else { Progress::More })
    }

    fn losses(&self) -> Losses {
        Losses::default()
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interface
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drain;

    fn shape(source: &mut dyn Source) -> (u64, u64, u64) {
        let (mut frames, mut bytes, mut hash, mut last) = (0, 0, 0_u64, Time(0));
        let end = drain(source, |frame| {
            frames += 1;
            assert_eq!(frame.number, frames);
            assert!(frame.time >= last);
            last = frame.time;
            bytes += u64::from(frame.wire_len);
            for byte in frame.data {
                hash = hash.wrapping_mul(31).wrapping_add(u64::from(*byte));
            }
        });
        assert_eq!(end.unwrap(), End::Clean);
        (frames, bytes, hash)
    }

    #[test]
    fn as_many_as_wanted_and_the_same_again() {
        for packets in [0, 1, 7, 1_001, 50_000] {
            let first = shape(&mut worst(1, packets));
            assert_eq!(first.0, packets);
            assert_eq!(first, shape(&mut worst(1, packets)));
            let first = shape(&mut flows(1, packets, 500));
            assert_eq!(first.0, packets);
            assert_eq!(first, shape(&mut flows(1, packets, 500)));
        }
        assert_ne!(shape(&mut worst(1, 100)).2, shape(&mut worst(2, 100)).2);
    }

    #[test]
    fn the_size_of_frames_is_as_measured_before() {
        let (frames, bytes, _) = shape(&mut worst(3, 100_000));
        assert!((65..85).contains(&(bytes / frames)), "{}", bytes / frames);
        let (frames, bytes, _) = shape(&mut flows(3, 100_000, 1_000));
        assert!((95..140).contains(&(bytes / frames)), "{}", bytes / frames);
    }
}
