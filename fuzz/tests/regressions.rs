//! What once failed is run again, every target gets a few cases, and the hunt is
//! shown to find what it looks for.

use std::path::Path;

use fuzz::case::Case;
use fuzz::hunt::{self, Limit};
use fuzz::{Fault, Said, Target, seeds, targets};

#[test]
fn what_once_failed_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let list = targets();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a regression can be read");
        let (name, case) = hunt::read(&text).expect("a regression is a case");
        let target = list.iter().find(|target| target.name() == name).expect("a regression names a target");
        assert_eq!(hunt::run(target.as_ref(), &case).err(), None, "{}", path.display());
    }
}

#[test]
fn every_target_survives_its_seeds_and_a_few_changes() {
    let seeds = seeds::load();
    for target in targets() {
        let cases = (target.seeds().len() + seeds.len()) as u64 + 300;
        let report = hunt::hunt(target.as_ref(), &seeds, 1, Limit::Cases(cases));
        assert!(report.faults.is_empty(), "{}: {:?}", target.name(), report.faults);
    }
}

/// Fails on a byte pair that no seed has.
struct Brittle;

impl Target for Brittle {
    fn name(&self) -> &'static str {
        "brittle"
    }

    fn likes(&self, _: &Case) -> bool {
        true
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let bytes = case.bytes();
        match bytes.iter().position(|byte| *byte == 0x7f) {
            Some(at) if bytes.len() > at + 3 => Err(Fault::new("brittle", format!("at {at}"))),
            Some(_) => panic!("short behind 7f"),
            None => Ok(Said::default()),
        }
    }
}

#[test]
fn a_fault_and_a_panic_are_found_and_made_small() {
    let seeds = [Case::of(b"abcdefghijklmnopqrstuvwxyz".to_vec())];
    let report = hunt::hunt(&Brittle, &seeds, 7, Limit::Cases(3_000));
    let mut sizes: Vec<usize> = report.faults.iter().map(|(_, case)| case.size()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 4]);
    for (fault, case) in &report.faults {
        let folder = std::env::temp_dir().join("stillwatch-fuzz-test");
        let path = hunt::keep(&folder, "brittle", fault, case);
        let text = std::fs::read_to_string(path).expect("was written");
        assert_eq!(hunt::read(&text), Some(("brittle", case.clone())));
    }
}

#[test]
fn every_target_is_made_to_speak() {
    let seeds = seeds::load();
    for target in targets() {
        let report = hunt::hunt(
            target.as_ref(),
            &seeds,
            1,
            Limit::Cases((target.seeds().len() + seeds.len()) as u64 * 4),
        );
        assert!(report.said > 0, "{}: no seed makes it say anything: add one to fuzz/seeds", target.name());
    }
}
