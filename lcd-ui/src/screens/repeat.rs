//! A held key repeats, and faster the longer it is held.

use std::time::Duration;

use crate::displays::{Key, KeyEvent};

/// How long a key is held before it repeats.
const FIRST: Duration = Duration::from_millis(500);
/// Between two of the first repeats.
const SLOW: Duration = Duration::from_millis(150);
/// Between two of the later ones.
const FAST: Duration = Duration::from_millis(90);
/// So many slow repeats come before the fast ones.
const SLOWLY: u32 = 6;
/// Longest hold: a release may have been lost with its cable.
const LONGEST: Duration = Duration::from_secs(20);
/// Most strokes of one tick, should ticks have been late.
const MOST: usize = 4;

/// One stroke of a key: a press, or a repeat of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// Which key.
    pub key: Key,
    /// It has been held for long: numbers go by tens.
    pub fast: bool,
}

/// Which key is held, and when it repeats next.
#[derive(Clone, Debug, Default)]
pub struct Repeat {
    held: Option<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    key: Key,
    since: Duration,
    next: Duration,
    repeats: u32,
}

impl Repeat {
    /// A key went down or up; a press is a stroke at once.
    pub fn event(&mut self, event: KeyEvent, now: Duration) -> Option<Stroke> {
        if event.pressed {
            let repeats = matches!(event.key, Key::Up | Key::Down | Key::Left | Key::Right);
            self.held = repeats.then_some(Held { key: event.key, since: now, next: now + FIRST, repeats: 0 });
            return Some(Stroke { key: event.key, fast: false });
        }
        if self.held.as_ref().is_some_and(|held| held.key == event.key) {
            self.held = None;
        }
        None
    }

    /// Forgets the held key: what it does has changed under the finger.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    /// The repeats that are due.
    pub fn due(&mut self, now: Duration) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        let Some(held) = &mut self.held else { return strokes };
        while held.next <= now && strokes.len() < MOST {
            held.repeats += 1;
            let fast = held.repeats > SLOWLY;
            held.next += if fast { FAST } else { SLOW };
            strokes.push(Stroke { key: held.key, fast });
        }
        // Late ticks are not caught up with: the finger has seen nothing of them.
        held.next = held.next.max(now);
        if now.saturating_sub(held.since) > LONGEST {
            self.held = None;
        }
        strokes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_repeats_slowly_then_fast_until_it_is_let_go() {
        let mut repeat = Repeat::default();
        let ms = Duration::from_millis;
        assert!(repeat.event(KeyEvent::press(Key::Up), ms(0)).is_some());
        let mut strokes = Vec::new();
        for at in (0..2_000).step_by(10) {
            strokes.extend(repeat.due(ms(at)).into_iter().map(|stroke| (at, stroke.fast)));
        }
        let slow: Vec<u64> = strokes.iter().filter(|(_, fast)| !fast).map(|(at, _)| *at).collect();
        assert_eq!(slow, [500, 650, 800, 950, 1_100, 1_250]);
        assert_eq!(strokes[6], (1_400, true));
        assert_eq!(strokes[7], (1_490, true));
        repeat.event(KeyEvent::release(Key::Up), ms(2_000));
        assert_eq!(repeat.due(ms(9_000)), []);
    }

    #[test]
    fn a_lost_release_and_late_ticks_do_no_harm() {
        let mut repeat = Repeat::default();
        repeat.event(KeyEvent::press(Key::Down), Duration::ZERO);
        assert_eq!(repeat.due(Duration::from_secs(5)).len(), MOST);
        assert!(repeat.due(Duration::from_secs(30)).len() <= MOST);
        assert_eq!(repeat.due(Duration::from_secs(40)), []);
        repeat.event(KeyEvent::press(Key::Enter), Duration::from_secs(50));
        assert_eq!(repeat.due(Duration::from_secs(60)), [], "Enter never repeats");
    }
}
