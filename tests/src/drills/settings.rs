//! Power cuts during the first start and while settings are kept: everything written is recorded, and every disk that a
//! cut could leave holds the settings before or after, whole, and none that was acknowledged is lost.

use std::path::{Path, PathBuf};

use super::{Drill, LONGEST, Options, disk, words};
use crate::blocks::{Cut, Trace, copy, count, cuts, drill, ext4, extract, files_of_ext4, sample};
use crate::vm::{Bus, Disk, End, Hardware, Image, Machine, Start, Wire, overlay};

/// The drill.
pub const DRILL: Drill = Drill {
    name: "settings",
    about: "settings: power cuts during the first start and while they are kept",
    run,
};

/// Changes that are made.
const CHANGES: usize = 8;

/// Size of the medium in bytes.
const MEDIUM: u64 = 2 << 30;

/// The zone of each change; before the first it is UTC.
fn zone(change: usize) -> String {
    format!("+{change:02}:00")
}

fn run(options: &Options) -> Result<(), String> {
    let image = options.image()?;
    let folder = tempfile::tempdir().map_err(words)?;
    let log = folder.path().join("log");
    let (mut hardware, _panel) = Hardware::of(&image, Start::Kernel(image.kernel()), Wire::Nowhere);
    disk(&mut hardware, &image, &folder.path().join("disk"), Some(log.clone()));
    let base = larger(&image, folder.path()).map_err(words)?;
    overlay(&base, "raw", &hardware.disks[0].file, None);
    let mut machine = Machine::start(&hardware);
    machine.console.menu(LONGEST);
    let mut promised = Vec::new();
    for change in 1..=CHANGES {
        let zone = zone(change);
        let said = machine.console.choose("2", &[("TIME ZONE", &zone), ("Apply", "y")], LONGEST);
        if !said.contains("the settings are kept") {
            return Err(format!("{zone} was not applied:\n{said}"));
        }
        promised.push(count(&log).map_err(words)?);
    }
    machine.power_button();
    if machine.ended(LONGEST) != End::Off {
        return Err("the power button started it again".into());
    }
    let trace = Trace::open(&log).map_err(words)?;
    let all = cuts(&trace, 4, options.seed);
    let (every, some) = (all.len(), sample(all, options.cuts));
    let mut seen = vec![0_usize; CHANGES + 1];
    let check = &mut |disk: &Path, cut: &Cut| {
        let state = folder.path().join("state");
        extract(disk, "stillwatch-state", &state)?;
        ext4(&state)?;
        let change = newest(&state)?;
        seen[change] += 1;
        let owed = promised.iter().filter(|after| **after <= cut.issued).count();
        if change < owed { Err(format!("change {owed} was acknowledged, {change} is there")) } else { Ok(()) }
    };
    let failures = drill(&trace, &base, &some, folder.path(), check).map_err(words)?;
    println!("| | |\n|---|---|");
    println!("| requests, flushes recorded | {}, {} |", trace.entries.len(), trace.flushes());
    println!("| disks possible with seed {}, checked | {every}, {} |", options.seed, some.len());
    println!("| of them with change 0 to {CHANGES} | {seen:?} |");
    println!("| broken or too old | {} |", failures.len());
    if let Some(first) = failures.first() {
        let kept = options.kept("settings-failed.img")?;
        let _ = std::fs::copy(folder.path().join("failed-0.img"), &kept);
        return Err(format!(
            "{} of {} cuts fail; the first: {first:?}; {}",
            failures.len(),
            some.len(),
            kept.display()
        ));
    }
    let started = started(options, &image, &trace, &some, &base)?;
    println!("| started from such a disk, to the menu | {started} |");
    Ok(())
}

/// The raw disk on a medium that is larger: the first start moves the second partition table and grows the state.
fn larger(image: &Image, folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("larger.img");
    copy(&image.raw(), &path)?;
    std::fs::File::options().write(true).open(&path)?.set_len(MEDIUM)?;
    Ok(path)
}

/// The change that the settings on a state partition hold.
fn newest(state: &Path) -> Result<usize, String> {
    let files = files_of_ext4(state)?;
    let copies = files.iter().filter(|(path, _)| {
        path.rsplit('/').next().is_some_and(|name| name == "settings.0" || name == "settings.1")
    });
    let mut best: Option<(u64, usize)> = None;
    for (_, bytes) in copies {
        let Some((generation, kept, odd)) = setup::parse(bytes) else { continue };
        if !odd.is_empty() {
            return Err(format!("a copy holds {odd:?}"));
        }
        let zone_of = settings::item("time.zone").map_or("", |item| kept.settings.get(item));
        let change = (1..=CHANGES).find(|change| zone(*change) == zone_of).unwrap_or(0);
        best = best.max(Some((generation, change)));
    }
    Ok(best.map_or(0, |(_, change)| change))
}

/// Starts machines from some of these disks.
fn started(
    options: &Options,
    image: &Image,
    trace: &Trace,
    all: &[Cut],
    base: &Path,
) -> Result<usize, String> {
    let (some, folder) = (sample(all.to_vec(), options.boots), tempfile::tempdir().map_err(words)?);
    let mut count = 0;
    let boot = &mut |disk: &Path, _: &Cut| {
        let (mut hardware, _panel) = Hardware::of(image, Start::Kernel(image.kernel()), Wire::Nowhere);
        hardware.disks = vec![Disk { file: disk.into(), format: "raw", bus: Bus::VirtioBlk, log: None }];
        let mut machine = Machine::start(&hardware);
        machine.console.menu(LONGEST);
        machine.power_button();
        machine.ended(LONGEST);
        count += 1;
        Ok(())
    };
    drill(trace, base, &some, folder.path(), boot).map_err(words)?;
    Ok(count)
}
