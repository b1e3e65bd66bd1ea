//! Every disk that a power cut could leave, made of a recording.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::check::copy;
use super::trace::{Trace, What};

/// A write that reached the medium, or its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    entry: usize,
    bytes: u64,
}

/// A moment of a power cut, and what of the unflushed writes it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Requests that the disk had got.
    pub issued: usize,
    /// Requests before this are kept for sure: there was a flush.
    kept: usize,
    /// What else reached the medium, in this order.
    more: Vec<Piece>,
    /// In words, with the seed.
    pub how: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which cut.
    pub cut: Cut,
    /// What is wrong, in words.
    pub what: String,
}

/// A number below `limit`; splitmix64 (Steele, Lea, Flood 2014).
fn below(state: &mut u64, limit: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
}

/// The cuts after each request: with all unflushed writes, with none, and `chances` times with some of them, in
/// another order and the last one torn, as `seed` has it.
pub fn cuts(trace: &Trace, chances: usize, seed: u64) -> Vec<Cut> {
    let mut out = Vec::new();
    let (mut kept, mut open): (usize, Vec<Piece>) = (0, Vec::new());
    for issued in 0..=trace.entries.len() {
        if let Some(before) = issued.checked_sub(1) {
            match trace.entries[before].what {
                What::Write { len, .. } => open.push(Piece { entry: before, bytes: len }),
                What::Flush => {
                    (kept, open) = (issued, Vec::new());
                    continue;
                }
                What::Other => continue,
            }
        }
        let sure = |piece: &Piece| matches!(trace.entries[piece.entry].what, What::Write { fua: true, .. });
        let mut add = |how: String, more: Vec<Piece>| out.push(Cut { issued, kept, more, how });
        add("all that was written".into(), open.clone());
        let (sure, rest): (Vec<Piece>, Vec<Piece>) = open.iter().partition(|piece| sure(piece));
        if rest.is_empty() {
            continue;
        }
        add("nothing unflushed".into(), sure.clone());
        for chance in 0..chances {
            let number = (issued * chances + chance) as u64;
            let mut state = seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d);
            let mut some: Vec<Piece> = rest
                .iter()
                .filter(|_| below(&mut state, 2) == 0)
                .copied()
                .chain(sure.iter().copied())
                .collect();
            for at in (1..some.len()).rev() {
                some.swap(at, below(&mut state, at + 1));
            }
            if let Some(last) = some.last_mut().filter(|last| !sure.contains(last)) {
                let sectors = (last.bytes / trace.sector) as usize;
                last.bytes = (below(&mut state, sectors) as u64 + 1) * trace.sector;
            }
            add(format!("some of it, chance {number} of seed {seed}"), some);
        }
    }
    out
}

/// `count` of the cuts, spread over all of them, the first and the last among them.
pub fn sample(cuts: Vec<Cut>, count: usize) -> Vec<Cut> {
    let all = cuts.len();
    if count >= all || count < 2 {
        return cuts;
    }
    let wanted: std::collections::BTreeSet<usize> =
        (0..count).map(|at| at * (all - 1) / (count - 1)).collect();
    cuts.into_iter().enumerate().filter(|(at, _)| wanted.contains(at)).map(|(_, cut)| cut).collect()
}

/// `count` of the cuts or somewhat more, spread evenly over the stretches between two flushes: one with a thousand
/// writes does not crowd out those with two, where names change. The same order as before.
pub fn stretches(cuts: Vec<Cut>, count: usize) -> Vec<Cut> {
    let mut all: Vec<Vec<Cut>> = Vec::new();
    for cut in cuts {
        match all.last_mut() {
            Some(last) if last[0].kept == cut.kept => last.push(cut),
            _ => all.push(vec![cut]),
        }
    }
    let taken = |most: usize| all.iter().map(|stretch| stretch.len().min(most)).sum::<usize>();
    let longest = all.iter().map(Vec::len).max().unwrap_or(0);
    let most = (2..=longest).find(|most| taken(*most) >= count).unwrap_or(longest);
    all.into_iter().flat_map(|stretch| sample(stretch, most)).collect()
}

/// Makes the disk of each cut from `base`, the disk before the recording, and has it checked. Gives what failed; a
/// disk that failed is kept as `folder/failed-N.img`.
///
/// # Errors
/// A file cannot be read or written.
pub fn drill(
    trace: &Trace,
    base: &Path,
    cuts: &[Cut],
    folder: &Path,
    check: &mut dyn FnMut(&Path, &Cut) -> Result<(), String>,
) -> io::Result<Vec<Failure>> {
    let (sure, now) = (folder.join("sure.img"), folder.join("cut.img"));
    copy(base, &sure)?;
    let sure_file = File::options().write(true).open(&sure)?;
    let (mut done, mut failures) = (0, Vec::new());
    for cut in cuts {
        for entry in done..cut.kept {
            put(trace, &sure_file, entry, u64::MAX)?;
        }
        done = done.max(cut.kept);
        copy(&sure, &now)?;
        let file = File::options().write(true).open(&now)?;
        for piece in &cut.more {
            put(trace, &file, piece.entry, piece.bytes)?;
        }
        drop(file);
        if let Err(what) = check(&now, cut) {
            copy(&now, &folder.join(format!("failed-{}.img", failures.len())))?;
            failures.push(Failure { cut: cut.clone(), what });
        }
    }
    fs::remove_file(&sure)?;
    if now.exists() {
        fs::remove_file(&now)?;
    }
    Ok(failures)
}

/// Does a write, or its first bytes.
fn put(trace: &Trace, to: &File, entry: usize, most: u64) -> io::Result<()> {
    let entry = &trace.entries[entry];
    if let What::Write { at, len, .. } = entry.what {
        let bytes = trace.data(entry)?;
        to.write_all_at(&bytes[..len.min(most) as usize], at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::trace::Recorder;
    use super::*;

    const SECTOR: usize = 512;
    /// Writes of each content.
    const PARTS: usize = 4;

    /// A sector full of one number.
    fn sector(of: u8) -> Vec<u8> {
        vec![of; SECTOR]
    }

    /// Replaces a file as one should, or leaves a flush out: the content goes to a free place, then sector 0, which
    /// says which place counts. Gives the recording and after which request each version was promised.
    fn replaced(path: &Path, flush_content: bool, flush_name: bool, in_order: bool) -> Vec<usize> {
        let mut recorder = Recorder::new(path).unwrap();
        let mut promised = Vec::new();
        let mut requests = 0;
        for version in 1..=3_u8 {
            let place = if version % 2 == 0 { 8 } else { 16 };
            let content = |recorder: &mut Recorder| {
                for part in 0..PARTS {
                    recorder.write(((place + part) * SECTOR) as u64, &sector(version)).unwrap();
                }
            };
            if in_order {
                content(&mut recorder);
            }
            if flush_content {
                recorder.flush().unwrap();
            }
            let mut name = sector(0);
            (name[0], name[1]) = (place as u8, version);
            recorder.write(0, &name).unwrap();
            if !in_order {
                content(&mut recorder);
            }
            if flush_name {
                recorder.flush().unwrap();
            }
            requests += PARTS + 1 + usize::from(flush_content) + usize::from(flush_name);
            promised.push(requests);
        }
        promised
    }

    /// What is wrong on the disk: the version that counts is broken, or older than was promised.
    fn checked(disk: &Path, cut: &Cut, promised: &[usize]) -> Result<(), String> {
        let bytes = fs::read(disk).unwrap();
        let (place, version) = (usize::from(bytes[0]), bytes[1]);
        let content = &bytes[place * SECTOR..(place + PARTS) * SECTOR];
        if version > 0 && content.iter().any(|byte| *byte != version) {
            return Err(format!("version {version} is broken"));
        }
        let owed = promised.iter().filter(|after| **after <= cut.issued).count();
        if usize::from(version) < owed {
            return Err(format!("version {owed} was promised, {version} is there"));
        }
        Ok(())
    }

    fn failures(flush_content: bool, flush_name: bool, in_order: bool) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let (log, base) = (folder.path().join("log"), folder.path().join("base"));
        fs::write(&base, vec![0; 64 * SECTOR]).unwrap();
        let promised = replaced(&log, flush_content, flush_name, in_order);
        let trace = Trace::open(&log).unwrap();
        let all = cuts(&trace, 4, 1);
        let check = &mut |disk: &Path, cut: &Cut| checked(disk, cut, &promised);
        let found = drill(&trace, &base, &all, folder.path(), check).unwrap();
        found.into_iter().map(|failure| failure.what).collect()
    }

    #[test]
    fn a_careful_writer_passes() {
        assert!(failures(true, true, true).is_empty());
    }

    #[test]
    fn a_forgotten_flush_and_a_wrong_order_are_found() {
        assert!(failures(false, true, true).iter().any(|what| what.contains("broken")));
        assert!(failures(true, true, false).iter().any(|what| what.contains("broken")));
        assert!(failures(true, false, true).iter().any(|what| what.contains("promised")));
    }

    #[test]
    fn cuts_are_the_same_for_a_seed_and_can_be_sampled() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        replaced(&log, true, true, true);
        let trace = Trace::open(&log).unwrap();
        let all = cuts(&trace, 3, 9);
        assert_eq!(all, cuts(&trace, 3, 9));
        assert_ne!(all, cuts(&trace, 3, 10));
        let few = sample(all.clone(), 5);
        assert_eq!((few.len(), few.first(), few.last()), (5, all.first(), all.last()));
        // The first stretch has four writes, the next one: both are there.
        let even = stretches(all.clone(), 12);
        let kept = |cuts: &[Cut]| cuts.iter().map(|cut| cut.kept).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(kept(&even), kept(&all));
        assert!((12..all.len()).contains(&even.len()), "{}", even.len());
        // A write that is kept when the disk has answered is in every cut after it.
        let mut trace = trace;
        trace.entries.retain(|entry| entry.what != What::Flush);
        for entry in &mut trace.entries {
            if let What::Write { fua, .. } = &mut entry.what {
                *fua = true;
            }
        }
        assert!(cuts(&trace, 3, 9).iter().all(|cut| cut.more.len() == cut.issued));
    }
}
