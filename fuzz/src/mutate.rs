//! Changes to a case that tend to hurt: lengths, bounds, borders and order.

use crate::case::{Case, Turn};
use crate::rng::Rng;

/// Values at which sizes, signs and loops turn.
const BYTES: [u8; 10] = [0, 1, 2, 0x0a, 0x20, 0x3f, 0x7f, 0x80, 0xc0, 0xff];

/// Texts that number parsers, line readers and escapers stumble over.
const TEXTS: [&[u8]; 8] =
    [b"\r\n", b"\r\n\r\n", b"99999999999999999999", b"-1", b"\x1b[2J", b"\xff\xfe\xc3", b"%00\0", b"\"';<>"];

/// Largest case that is made.
const LONGEST: usize = 20_000;

/// A changed copy of `base`; `other` lends bytes to splice in.
pub fn mutate(base: &Case, other: &Case, carriers: usize, rng: &mut Rng) -> Case {
    let mut case = base.clone();
    handing_over(&mut case, carriers, rng);
    for _ in 0..=rng.below(6) {
        if case.turns.is_empty() {
            case.turns.push(Turn::default());
        }
        if rng.one_in(8) {
            turns(&mut case, other, rng);
            continue;
        }
        let at = rng.below(case.turns.len());
        let lent = rng.pick(&other.turns).cloned().unwrap_or_default();
        if let Some(turn) = case.turns.get_mut(at) {
            bytes(&mut turn.bytes, &lent.bytes, rng);
        }
    }
    while case.size() > LONGEST {
        case.turns.pop();
    }
    case
}

/// How the bytes arrive.
fn handing_over(case: &mut Case, carriers: usize, rng: &mut Rng) {
    case.carrier = rng.below(carriers.max(1));
    case.cut = rng.one_in(2);
    case.strange_ports = rng.one_in(8);
    case.reversed = rng.one_in(8);
    case.step = match rng.below(4) {
        // Long streams one byte at a time cost the square of their length.
        0 if case.size() < 1024 => 1,
        0 | 1 => 1 + case.size() / 512 + rng.below(64),
        _ => 0,
    };
}

/// Order and direction of turns.
fn turns(case: &mut Case, other: &Case, rng: &mut Rng) {
    let at = rng.below(case.turns.len());
    match rng.below(5) {
        0 => drop(case.turns.remove(at)),
        1 => {
            let again = case.turns[at].clone();
            case.turns.insert(at, again);
        }
        2 => case.turns[at].back ^= true,
        3 => case.turns.extend(rng.pick(&other.turns).cloned()),
        _ => {
            let to = rng.below(case.turns.len());
            case.turns.swap(at, to);
        }
    }
}

/// One change of the bytes of a turn.
fn bytes(data: &mut Vec<u8>, lent: &[u8], rng: &mut Rng) {
    let length = data.len();
    let at = rng.below(length);
    match rng.below(14) {
        0 if length > 0 => data[at] ^= 1 << rng.below(8),
        1 if length > 0 => data[at] = rng.pick(&BYTES).copied().unwrap_or(0),
        2 if length > 0 => data[at] = rng.word() as u8,
        3 if length > 0 => data[at] = data[at].wrapping_add(rng.below(9) as u8).wrapping_sub(4),
        4..=6 => length_field(data, at, rng),
        7 => data.truncate(at),
        8 if length > 0 => {
            let from = data[at..(at + 1 + rng.below(32)).min(length)].to_vec();
            let times = if rng.one_in(8) { 200 } else { 1 + rng.below(4) };
            (0..times).for_each(|_| insert(data, at, &from));
        }
        9 if length > 0 => drop(data.drain(at..(at + 1 + rng.below(16)).min(length))),
        10 => {
            // Head of this one, tail of the other.
            data.truncate(at);
            data.extend_from_slice(lent.get(rng.below(lent.len())..).unwrap_or_default());
        }
        11 => insert(data, at, rng.pick(&TEXTS).copied().unwrap_or_default()),
        12 => {
            let random: Vec<u8> = (0..1 + rng.below(24)).map(|_| rng.word() as u8).collect();
            insert(data, at, &random);
        }
        _ => {
            let value = rng.pick(&BYTES).copied().unwrap_or(0);
            data.iter_mut().skip(at).take(1 + rng.below(16)).for_each(|byte| *byte = value);
        }
    }
}

fn insert(data: &mut Vec<u8>, at: usize, what: &[u8]) {
    data.splice(at..at, what.iter().copied());
}

/// Makes two or four bytes say something about the bytes that follow, or nearly so.
fn length_field(data: &mut [u8], at: usize, rng: &mut Rng) {
    let rest = data.len().saturating_sub(at) as u32;
    let width = if rng.one_in(3) { 4 } else { 2 };
    let value = match rng.below(6) {
        0 => rest,
        1 => rest.wrapping_add(rng.below(9) as u32).wrapping_sub(4),
        2 => u32::MAX,
        3 => 1 << rng.below(32),
        4 => rng.below(64) as u32,
        _ => rng.word() as u32,
    };
    let narrow = value as u16;
    let bytes = match (width, rng.one_in(2)) {
        (2, true) => [narrow.to_be_bytes(), [0; 2]].concat(),
        (2, false) => [narrow.to_le_bytes(), [0; 2]].concat(),
        (_, true) => value.to_be_bytes().to_vec(),
        (_, false) => value.to_le_bytes().to_vec(),
    };
    data.iter_mut().skip(at).zip(bytes).take(width).for_each(|(byte, new)| *byte = new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_bounds_and_repeats() {
        let base = Case::of(b"\x00\x04abcd".to_vec());
        let made = |seed| {
            let mut rng = Rng::new(seed);
            let mut case = base.clone();
            for _ in 0..2_000 {
                case = mutate(&case, &base, 2, &mut rng);
                assert!(case.size() <= LONGEST);
            }
            case
        };
        assert_eq!(made(1), made(1));
        mutate(&Case::default(), &Case::default(), 0, &mut Rng::new(3));
    }
}
