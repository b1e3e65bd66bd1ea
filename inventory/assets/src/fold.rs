//! Observations as a set: sorted, each key once.

use model::{Conversation, Interval};

/// Sorts and folds, so that order, batching and repeats leave no trace.
pub fn intervals<'a>(heard: impl IntoIterator<Item = &'a Interval>) -> Vec<Interval> {
    let mut sorted: Vec<&Interval> = heard.into_iter().collect();
    sorted.sort_unstable();
    let mut folded: Vec<Interval> = Vec::with_capacity(sorted.len());
    for interval in sorted {
        match folded.last_mut() {
            Some(last) if last.same_key(interval) => last.fold(interval),
            _ => folded.push(interval.clone()),
        }
    }
    folded
}

/// Sorts conversations; of several records of one that began at one time – a
/// running total told again – the one that counts most packets stands.
pub fn conversations<'a>(heard: impl IntoIterator<Item = &'a Conversation>) -> Vec<&'a Conversation> {
    let key = |c: &Conversation| (c.network, c.client, c.server, c.port, c.transport, c.first);
    let total = |c: &Conversation| (c.packets[0].saturating_add(c.packets[1]), c.last);
    let mut sorted: Vec<&Conversation> = heard.into_iter().collect();
    sorted.sort_unstable_by(|a, b| (key(a), total(b), *a).cmp(&(key(b), total(a), *b)));
    sorted.dedup_by(|later, kept| key(later) == key(kept));
    sorted
}
