//! Who was heard at all, when frames belong to no flow: a small cache that
//! gathers repeats before the tracker is told.

use model::{Sighting, Time};

use crate::event::{Event, Events, Link};
use crate::key;

const SLOTS: usize = 4_096;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    sighting: Sighting,
    link: Link,
    count: u32,
    first: Time,
    last: Time,
    frame: u64,
}

/// Sightings gathered by hash; a collision tells the tracker of the older one.
#[derive(Debug)]
pub struct Presence {
    slots: Box<[Slot]>,
}

impl Default for Presence {
    fn default() -> Presence {
        Presence { slots: vec![Slot::default(); SLOTS].into() }
    }
}

impl Presence {
    /// A frame of `sighting`.
    pub fn note(&mut self, sighting: Sighting, link: Link, time: Time, frame: u64, events: &mut impl Events) {
        let hash =
            key::sighting(&sighting) ^ u64::from(link.vlan.unwrap_or(0xffff)) ^ u64::from(link.ttl) << 20;
        let slot = &mut self.slots[(hash >> 40) as usize % SLOTS];
        if slot.frame != 0 && slot.sighting == sighting && slot.link == link {
            slot.count = slot.count.saturating_add(1);
            slot.last = time;
            return;
        }
        tell(slot, events);
        // Told at once, so that a new host is known from its first frame.
        *slot = Slot { sighting, link, count: 1, first: time, last: time, frame };
        tell(slot, events);
    }

    /// Tells the tracker of everything gathered.
    pub fn flush(&mut self, events: &mut impl Events) {
        self.slots.iter_mut().for_each(|slot| tell(slot, events));
    }
}

fn tell(slot: &mut Slot, events: &mut impl Events) {
    if slot.count != 0 {
        let Slot { sighting, link, count, first, last, frame } = *slot;
        events.take(Event::Seen { sighting, link, count, first, last, frame });
        slot.count = 0;
        slot.first = last;
    }
}
