//! A coarse timer wheel: one-second slots, singly linked through the flows.
//!
//! A flow stays in the list of the second it was filed under, however often it
//! is touched; when that second comes, its real deadline is looked at and it is
//! filed again if it lives on. So a packet never moves a timer.

/// Seconds the wheel spans; later deadlines are filed at its far end.
pub const SPAN: u32 = 64;

/// No flow.
pub const NONE: u32 = u32::MAX;

/// Heads of the lists; the links live in the flows.
#[derive(Clone, Debug)]
pub struct Wheel {
    heads: [u32; SPAN as usize],
    /// The second that is being worked on.
    now: u32,
    /// What is left of its list.
    pending: u32,
}

impl Wheel {
    /// An empty wheel at second 0.
    pub const fn new() -> Wheel {
        Wheel { heads: [NONE; SPAN as usize], now: 0, pending: NONE }
    }

    /// Files `flow` under `deadline` (seconds); returns the link the flow must keep.
    pub fn file(&mut self, flow: u32, deadline: u32) -> u32 {
        let ahead = deadline.saturating_sub(self.now).clamp(1, SPAN - 1);
        let slot = self.now.wrapping_add(ahead) % SPAN;
        core::mem::replace(&mut self.heads[slot as usize], flow)
    }

    /// The flow that [`Wheel::due`] gives next, while there is one in the list it works on.
    pub fn next(&self) -> Option<u32> {
        (self.pending != NONE).then_some(self.pending)
    }

    /// The next flow whose second has come, given the way to read a flow's link;
    /// `None` when there is nothing due at `now` (seconds).
    pub fn due(&mut self, now: u32, link: impl Fn(u32) -> u32) -> Option<u32> {
        // After a long silence one revolution visits every list.
        if now.saturating_sub(self.now) > SPAN {
            self.now = now - SPAN;
        }
        while self.pending == NONE {
            if self.now >= now {
                return None;
            }
            self.now += 1;
            let slot = (self.now % SPAN) as usize;
            self.pending = core::mem::replace(&mut self.heads[slot], NONE);
        }
        let flow = self.pending;
        self.pending = link(flow);
        Some(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_come_up_once_and_not_early() {
        let mut wheel = Wheel::new();
        let mut links = [NONE; 3];
        for (flow, deadline) in [(0, 2), (1, 2), (2, 500)] {
            links[flow as usize] = wheel.file(flow, deadline);
        }
        assert_eq!(wheel.due(1, |f| links[f as usize]), None);
        let mut seen = Vec::new();
        while let Some(flow) = wheel.due(2, |f| links[f as usize]) {
            seen.push(flow);
        }
        assert_eq!(seen, [1, 0]);
        assert_eq!(wheel.due(1_000_000, |f| links[f as usize]), Some(2));
        assert_eq!(wheel.due(1_000_000, |f| links[f as usize]), None);
    }
}
