//! Makes a failing case small while it still fails in the same way.

use crate::case::Case;

/// Most tries for one case.
const TRIES: usize = 4_000;

/// The smallest case found for which `fails` holds; `case` itself fails.
pub fn minimise(case: Case, fails: &dyn Fn(&Case) -> bool) -> Case {
    let (mut best, mut tries) = (case, 0);
    let mut attempt = |best: &mut Case, candidate: Case| {
        tries += 1;
        let better = candidate != *best && fails(&candidate);
        if better {
            *best = candidate;
        }
        (better, tries < TRIES)
    };
    let simpler: [fn(&mut Case); 3] =
        [|case| case.step = 0, |case| case.strange_ports = false, |case| case.reversed = false];
    for simplify in simpler {
        let mut candidate = best.clone();
        simplify(&mut candidate);
        attempt(&mut best, candidate);
    }
    let mut chunk = best.size().next_power_of_two().max(1);
    loop {
        let mut at = 0;
        while at < best.size().max(best.turns.len()) {
            let candidate = without(&best, at, chunk);
            let (better, more) = attempt(&mut best, candidate);
            if !more {
                return best;
            }
            at += if better { 0 } else { chunk };
            if best.size() == 0 {
                break;
            }
        }
        if chunk == 1 {
            break;
        }
        chunk /= 2;
    }
    for at in 0..best.size() {
        let candidate = zeroed(&best, at);
        let (_, more) = attempt(&mut best, candidate);
        if !more {
            break;
        }
    }
    best
}

/// Without `count` bytes from `at`, counted through all turns; empty turns go.
fn without(case: &Case, at: usize, count: usize) -> Case {
    let mut made = case.clone();
    let mut number = 0;
    for turn in &mut made.turns {
        turn.bytes.retain(|_| {
            number += 1;
            !(at..at.saturating_add(count)).contains(&(number - 1))
        });
    }
    made.turns.retain(|turn| !turn.bytes.is_empty());
    made
}

fn zeroed(case: &Case, at: usize) -> Case {
    let mut made = case.clone();
    if let Some(byte) = made.turns.iter_mut().flat_map(|turn| turn.bytes.iter_mut()).nth(at) {
        *byte = 0;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_matters_only() {
        let case = Case { step: 7, ..Case::of((0..200).collect()) };
        let small =
            minimise(case, &|case| case.bytes().windows(2).any(|pair| pair[0] == 77 && pair[1] == 78));
        assert_eq!(small, Case::of(vec![77, 78]));
    }
}
