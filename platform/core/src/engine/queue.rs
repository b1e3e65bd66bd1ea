//! Components whose assets are not up to date, and when they are to be made anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use identity::ComponentId;
use model::Time;

use super::locks::lock;

/// A component of which only times and counts grew is made anew this often.
pub const CALM: u64 = 60 * Time::SECOND;

/// Why and since when a component waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    /// Not before; zero: at once.
    due: Time,
    /// Number of the touch, so that a later one is told from this.
    ticket: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<ComponentId, Waiting>,
    /// Those at once, in the order of their touch.
    urgent: BTreeMap<u64, ComponentId>,
    calm: BTreeSet<(Time, ComponentId)>,
    /// Taken, and not written yet.
    making: HashSet<ComponentId>,
    /// When components were made last; forgotten when long ago.
    made: HashMap<ComponentId, Time>,
    tickets: u64,
    closed: bool,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    bell: Condvar,
}

/// A component taken from the queue, with the ticket of its last touch.
pub type Taken = (ComponentId, u64);

impl Queue {
    /// These are to be made anew at once.
    pub fn urgent(&self, components: impl IntoIterator<Item = ComponentId>) {
        let mut state = lock(&self.state);
        for component in components {
            state.tickets += 1;
            let ticket = state.tickets;
            let before = state.waiting.insert(component, Waiting { due: Time(0), ticket });
            if let Some(before) = before {
                state.forget(component, before);
            }
            state.urgent.insert(ticket, component);
        }
        drop(state);
        self.bell.notify_all();
    }

    /// These only grew: a minute after they were made last.
    pub fn calm(&self, components: impl IntoIterator<Item = ComponentId>, now: Time) {
        let mut state = lock(&self.state);
        for component in components {
            state.tickets += 1;
            let ticket = state.tickets;
            if let Some(waiting) = state.waiting.get_mut(&component) {
                // It keeps its turn.
                let before = std::mem::replace(&mut waiting.ticket, ticket);
                if state.urgent.remove(&before).is_some() {
                    state.urgent.insert(ticket, component);
                }
                continue;
            }
            let due = state.made.get(&component).map_or(now, |made| Time(made.0.saturating_add(CALM)));
            state.waiting.insert(component, Waiting { due, ticket });
            state.calm.insert((due, component));
        }
        drop(state);
        self.bell.notify_all();
    }

    /// Takes up to `most` urgent ones.
    pub fn take_urgent(&self, most: usize) -> Vec<Taken> {
        let mut state = lock(&self.state);
        let taken: Vec<Taken> =
            state.urgent.iter().take(most).map(|(ticket, component)| (*component, *ticket)).collect();
        for (component, ticket) in &taken {
            state.urgent.remove(ticket);
            state.waiting.remove(component);
        }
        state.making.extend(taken.iter().map(|(component, _)| *component));
        taken
    }

    /// Takes up to `most` calm ones that are due; with `all` those too that are not.
    pub fn take_calm(&self, most: usize, now: Time, all: bool) -> Vec<Taken> {
        let mut state = lock(&self.state);
        let due: Vec<(Time, ComponentId)> =
            state.calm.iter().take_while(|(due, _)| all || *due <= now).take(most).copied().collect();
        let mut taken = Vec::with_capacity(due.len());
        for one in due {
            state.calm.remove(&one);
            taken.extend(state.waiting.remove(&one.1).map(|waiting| (one.1, waiting.ticket)));
        }
        state.making.extend(taken.iter().map(|(component, _)| *component));
        taken
    }

    /// Takes these, urgent or not, as far as they wait.
    pub fn take_these(&self, components: &BTreeSet<ComponentId>) -> Vec<Taken> {
        let mut state = lock(&self.state);
        let mut taken = Vec::new();
        for component in components {
            if let Some(waiting) = state.waiting.remove(component) {
                state.forget(*component, waiting);
                taken.push((*component, waiting.ticket));
            }
        }
        state.making.extend(taken.iter().map(|(component, _)| *component));
        taken
    }

    /// What was taken could not be written: it waits again.
    pub fn give_back(&self, taken: &[Taken]) {
        self.urgent(taken.iter().map(|(component, _)| *component));
        self.finished(taken);
    }

    /// What was taken is written, and in memory.
    pub fn finished(&self, taken: &[Taken]) {
        let mut state = lock(&self.state);
        taken.iter().for_each(|(component, _)| {
            state.making.remove(component);
        });
    }

    /// Those of the taken ones that were not touched again; notes when they were made.
    pub fn done(&self, taken: &[Taken], now: Time) -> BTreeSet<ComponentId> {
        let mut state = lock(&self.state);
        if state.made.len() > 100_000 {
            state.made.retain(|_, made| now.since(*made) < CALM);
        }
        for (component, _) in taken {
            state.made.insert(*component, now);
        }
        let waiting = &state.waiting;
        let still = |(component, _): &&Taken| !waiting.contains_key(component);
        taken.iter().filter(still).map(|(component, _)| *component).collect()
    }

    /// True when a component's assets are not up to date.
    pub fn holds(&self, component: ComponentId) -> bool {
        let state = lock(&self.state);
        state.waiting.contains_key(&component) || state.making.contains(&component)
    }

    /// How many wait: at once, and in all.
    pub fn lengths(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.urgent.len(), state.waiting.len())
    }

    /// Waits until something may be to do, at most so long; `false`: closed.
    pub fn wait(&self, most: Duration) -> bool {
        let state = lock(&self.state);
        let idle = |state: &mut State| !state.closed && state.urgent.is_empty();
        let waited = self.bell.wait_timeout_while(state, most, idle);
        !waited.map_or_else(|poison| poison.into_inner().0.closed, |(state, _)| state.closed)
    }

    /// Waits so long, or until the queue is closed.
    pub fn pause(&self, time: Duration) {
        let open = |state: &mut State| !state.closed;
        let _ = self.bell.wait_timeout_while(lock(&self.state), time, open);
    }

    /// Ends [`Queue::wait`] for good.
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.bell.notify_all();
    }

    /// True after [`Queue::close`].
    pub fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }
}

impl State {
    fn forget(&mut self, component: ComponentId, waiting: Waiting) {
        self.urgent.remove(&waiting.ticket);
        self.calm.remove(&(waiting.due, component));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(taken: &[Taken]) -> Vec<u64> {
        taken.iter().map(|(component, _)| component.0).collect()
    }

    #[test]
    fn urgent_ones_go_first_and_calm_ones_once_a_minute() {
        let (queue, c) = (Queue::default(), ComponentId);
        let at = |seconds: u64| Time::new(1_000 + seconds, 0);
        queue.calm([c(1), c(2)], at(0));
        queue.urgent([c(3), c(2)]);
        assert_eq!(ids(&queue.take_urgent(9)), [3, 2]);
        let taken = queue.take_calm(9, at(0), false);
        assert_eq!(ids(&taken), [1]);
        assert_eq!(queue.done(&taken, at(0)).len(), 1);
        queue.calm([c(1)], at(5));
        queue.calm([c(1)], at(6));
        assert!(queue.take_calm(9, at(59), false).is_empty());
        assert_eq!(ids(&queue.take_calm(9, at(59), true)), [1]);
        queue.calm([c(1)], at(59));
        assert_eq!(ids(&queue.take_calm(9, at(60), false)), [1]);
        assert_eq!(queue.lengths(), (0, 0));
    }

    #[test]
    fn a_touch_while_it_is_made_counts() {
        let (queue, c) = (Queue::default(), ComponentId);
        queue.urgent([c(1), c(2)]);
        let taken = queue.take_urgent(9);
        queue.calm([c(2)], Time(5));
        assert_eq!(queue.done(&taken, Time(5)), BTreeSet::from([c(1)]));
        // A calm touch does not take an urgent one's turn away.
        queue.urgent([c(3), c(4)]);
        queue.calm([c(3)], Time(5));
        assert_eq!(ids(&queue.take_urgent(9)), [4, 3]);
        queue.close();
        assert!(!queue.wait(Duration::from_secs(60)));
    }
}
