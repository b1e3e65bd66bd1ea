//! Boundaries of time in a worker: every flow tells what it counted before one for
//! itself. A flow that goes on tells with its next packet; the others are visited
//! little by little, so that no boundary stalls the frames.

use dissect::Dispatch;
use flow::{Hot, Table};
use model::Time;

use crate::event::{Event, Events};
use crate::flow_state::FlowState;
use crate::presence::Presence;

/// Places of the flow table looked at with each frame while a sweep lasts.
pub const FRAME_STEPS: usize = 2;

/// Places looked at with each tick.
pub const TICK_STEPS: usize = 4_096;

/// Where a worker stands among the boundaries.
#[derive(Debug, Default)]
pub struct Sweep {
    /// The boundary that was passed last, in nanoseconds; 0: none.
    passed: u64,
    /// When there is something to do: the next boundary, or now.
    due: u64,
    /// The next boundary.
    next: u64,
    /// The next place to look at while a sweep lasts.
    place: Option<usize>,
}

impl Sweep {
    /// True when [`Sweep::step`] has something to do.
    #[inline]
    pub fn is_due(&self, now: Time) -> bool {
        now.0 >= self.due
    }

    /// True for a flow that counted something before the last boundary and nothing since.
    #[inline]
    pub fn is_before(&self, hot: &Hot) -> bool {
        let last = hot.last[0].max(hot.last[1]);
        last != 0 && last < self.passed
    }

    /// Asks anew for the next boundary: the wall clock may have been moved.
    pub fn look_again(&mut self, now: Time, events: &impl Events) {
        if now.0 < self.due {
            let [_, next] = events.boundaries(now);
            (self.next, self.due) = (next.0, next.0);
        }
    }

    /// Passes a boundary, and looks at up to `steps` places of the table.
    pub fn step(
        &mut self,
        now: Time,
        steps: usize,
        flows: &mut Table<FlowState>,
        dispatch: &Dispatch,
        presence: &mut Presence,
        events: &mut impl Events,
    ) {
        if now.0 >= self.next {
            let [passed, next] = events.boundaries(now);
            (self.passed, self.next) = (passed.0, next.0);
            self.place = (passed.0 != 0).then_some(0);
        }
        if let Some(place) = self.place {
            let end = place + steps;
            flows.visit(place..end, |hot, state| {
                if hot.last[0].max(hot.last[1]) < self.passed {
                    state.tell(hot, dispatch, events);
                }
                false
            });
            self.place = Some(end);
            if end >= flows.places() {
                presence.flush(events);
                events.take(Event::Boundary(Time(self.passed)));
                self.place = None;
            }
        }
        self.due = if self.place.is_some() { 0 } else { self.next };
    }
}
