//! New intervals into the row of their sighting, bounded.

use std::cmp::Reverse;

use model::{Interval, Time};

/// Values of one field of one sighting that are kept; more come from faults and
/// from those who want to fill the disk.
pub const MOST_VALUES: usize = 64;

/// Value of the interval that stands for all that were heard of a field when
/// they were too many. Neither rules nor identity see it.
pub const OTHERS: &str = "(others, there were too many)";

/// Field of the mark that a sighting is known from conversations: as a server.
pub const SERVED: &str = "platform.served";

/// What folding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Times and counts.
    Grew,
    /// There is a value that was not there before.
    New,
}

/// True for what was heard; false for what the platform notes itself.
pub fn is_heard(interval: &Interval) -> bool {
    interval.value != OTHERS && interval.field != SERVED
}

/// Folds an interval into the row of its sighting, which is sorted. The values
/// heard last stay, of those heard at the same time the smaller ones; so order,
/// batching and repeats of running totals change nothing.
pub fn fold(row: &mut Vec<Interval>, new: &Interval) -> Changed {
    let from = row.partition_point(|held| held.field < new.field);
    let until = from + row.iter().skip(from).take_while(|held| held.field == new.field).count();
    let wanted = (new.port, new.value.as_str());
    let range = row.get(from..until).unwrap_or_default();
    let found = range.binary_search_by(|held| (held.port, held.value.as_str()).cmp(&wanted));
    let at = match found {
        Ok(at) => {
            let Some(held) = row.get_mut(from + at) else { return Changed::Nothing };
            let before = (held.first, held.last, held.count, held.frame);
            held.fold(new);
            let changed = before != (held.first, held.last, held.count, held.frame);
            others(row, from, until, new);
            return if changed { Changed::Grew } else { Changed::Nothing };
        }
        Err(at) => at,
    };
    row.insert(from + at, new.clone());
    if until - from < MOST_VALUES {
        return Changed::New;
    }
    bound(row, from, until + 1, new)
}

/// Too many by one, or one of them stands for the others already.
fn bound(row: &mut Vec<Interval>, from: usize, until: usize, new: &Interval) -> Changed {
    let Some(range) = row.get(from..until) else { return Changed::New };
    let heard = range.iter().filter(|held| held.value != OTHERS);
    if heard.clone().count() <= MOST_VALUES {
        others(row, from, until, new);
        return Changed::New;
    }
    let oldest = (from..until)
        .filter(|at| row.get(*at).is_some_and(|held| held.value != OTHERS))
        .min_by_key(|at| row.get(*at).map(|held| (held.last, Reverse((held.port, held.value.as_str())))));
    let Some(oldest) = oldest else { return Changed::New };
    if !range.iter().any(|held| held.value == OTHERS) {
        let mut all = Interval { value: OTHERS.to_owned(), port: None, frame: 0, ..new.clone() };
        for held in range {
            take(&mut all, held.first, held.last, held.count);
        }
        let gone = row.remove(oldest);
        let at = row.partition_point(|held| {
            (&held.field, held.port, held.value.as_str()) < (&all.field, None, OTHERS)
        });
        row.insert(at, all);
        return if same(&gone, new) { Changed::Grew } else { Changed::New };
    }
    let gone = row.remove(oldest);
    let grew = others(row, from, until - 1, new);
    match (same(&gone, new), grew) {
        (false, _) => Changed::New,
        (true, true) => Changed::Grew,
        (true, false) => Changed::Nothing,
    }
}

fn same(a: &Interval, b: &Interval) -> bool {
    (a.port, &a.value) == (b.port, &b.value)
}

/// The one that stands for all takes in a time; says whether it changed.
fn others(row: &mut [Interval], from: usize, until: usize, new: &Interval) -> bool {
    let range = row.get_mut(from..until).unwrap_or_default();
    match range.iter_mut().find(|held| held.value == OTHERS) {
        Some(all) => take(all, new.first, new.last, new.count),
        None => false,
    }
}

fn take(all: &mut Interval, first: Time, last: Time, count: u64) -> bool {
    let before = (all.first, all.last, all.count);
    all.first = all.first.min(first);
    all.last = all.last.max(last);
    all.count = all.count.max(count);
    before != (all.first, all.last, all.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{NetworkId, Sighting};
    use proptest::prelude::*;

    fn interval(field: &'static str, value: u16, last: u64, count: u64) -> Interval {
        Interval {
            sighting: Sighting { network: NetworkId(0), mac: None, ip: Some([10, 0, 0, 1].into()) },
            field: field.into(),
            port: None,
            value: format!("v{value}"),
            first: Time(1),
            last: Time(last),
            count,
            frame: 0,
        }
    }

    fn folded(all: &[Interval]) -> Vec<Interval> {
        let mut row = Vec::new();
        all.iter().for_each(|one| {
            fold(&mut row, one);
        });
        row
    }

    #[test]
    fn says_what_changed() {
        let mut row = Vec::new();
        assert_eq!(fold(&mut row, &interval("a.b", 1, 5, 1)), Changed::New);
        assert_eq!(fold(&mut row, &interval("a.b", 1, 5, 1)), Changed::Nothing);
        assert_eq!(fold(&mut row, &interval("a.b", 1, 6, 2)), Changed::Grew);
        assert_eq!(fold(&mut row, &interval("a.a", 1, 6, 2)), Changed::New);
        assert!(row.is_sorted());
    }

    #[test]
    fn the_newest_stay_and_the_rest_is_told() {
        let all: Vec<Interval> = (0..100).map(|n| interval("a.b", n, 1_000 + u64::from(n), 1)).collect();
        let row = folded(&all);
        assert_eq!(row.len(), MOST_VALUES + 1);
        assert!(row.iter().any(|held| held.value == "v99") && !row.iter().any(|held| held.value == "v35"));
        let others = row.iter().find(|held| held.value == OTHERS).unwrap();
        assert_eq!((others.first, others.last), (Time(1), Time(1_099)));
        // One that comes again and is too old still changes nothing.
        let mut again = row.clone();
        assert_eq!(fold(&mut again, &all[3]), Changed::Nothing);
        assert_eq!(again, row);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn order_and_repeats_change_nothing(
            heard in proptest::collection::vec((0..2usize, 0..90u16, 1..40u64), 0..300),
            seed in any::<u64>(),
        ) {
            // Running totals: a later one of a value has counted more.
            let fields = ["a.b", "c.d"];
            let all: Vec<Interval> =
                heard.iter().map(|(field, value, last)| interval(fields[*field], *value, *last, *last)).collect();
            let once = folded(&all);
            let mut again: Vec<Interval> = all.iter().chain(&all).cloned().collect();
            let mut state = seed | 1;
            for at in (1..again.len()).rev() {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                again.swap(at, (state % (at as u64 + 1)) as usize);
            }
            prop_assert!(once.is_sorted());
            prop_assert_eq!(folded(&again), once);
        }
    }
}
