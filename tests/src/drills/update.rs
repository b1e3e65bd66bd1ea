//! Power cuts during an update: a registered box gets a signed bundle from its platform, installs it, restarts into it,
//! keeps it, and goes back at its console; everything written meanwhile is recorded, what firmware and boot loader write
//! too. On every disk that a cut could leave one whole version must start, state and settings be there, and the record
//! of the update say what is so.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use platform_core::views::NewRollout;

use super::whole::{Seen, Systems, look};
use super::{BOARD, Drill, LONGEST, Options, disk, words};
use crate::blocks::{Cut, Trace, count, cuts, drill, stretches};
use crate::vm::lan::{Lan, Way};
use crate::vm::{APPLIANCE, Bus, Disk, End, Hardware, Image, Machine, Start, Wire, versions};

/// The drill.
pub const DRILL: Drill = Drill {
    name: "update",
    about: "update: power cuts while one is installed, tried, kept and taken back",
    run,
};

/// The versions: what runs at first, and what comes.
const VERSIONS: [&str; 2] = ["0.1.1", "0.1.2"];

/// The recording's moments, in requests.
#[derive(Clone, Copy, Debug)]
struct Story {
    /// The update was offered.
    offered: usize,
    /// The platform was told that the new version is kept.
    kept: usize,
    /// Just before somebody asked to go back.
    asked: usize,
    /// The platform was told that it was taken back.
    back: usize,
}

/// A kind of disks: how many there were, and the first one's cut.
type Kinds = BTreeMap<String, (usize, bool, usize, String)>;

fn run(options: &Options) -> Result<(), String> {
    let board = options.board.as_deref().unwrap_or(BOARD);
    // In memory, where there is such a place: each cut is a disk of its own.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).map_err(words)?;
    let images = versions(APPLIANCE, board, &VERSIONS, folder.path())?;
    let log = options.kept("update.log")?;
    let story = recorded(&images, folder.path(), &log)?;
    let read = |image: &Image| std::fs::read(image.file(".efi")).map_err(words);
    let systems = Systems {
        old: (VERSIONS[0].into(), read(&images[0])?),
        new: (VERSIONS[1].into(), read(&images[1])?),
    };
    let (trace, base) = (Trace::open(&log).map_err(words)?, images[0].raw());
    let all = cuts(&trace, 4, options.seed);
    let all: Vec<Cut> = all.into_iter().filter(|cut| cut.issued >= story.offered).collect();
    let (every, some) = (all.len(), stretches(all, options.cuts));
    let mut kinds = Kinds::new();
    let mut number = 0;
    let check = &mut |disk: &Path, cut: &Cut| {
        number += 1;
        let seen = look(disk, folder.path(), &systems)?;
        promised(&seen, cut, &story)?;
        let Seen { kind, tidy, starts, .. } = seen;
        kinds.entry(kind).or_insert((0, tidy, number - 1, starts)).0 += 1;
        Ok(())
    };
    let failures = drill(&trace, &base, &some, folder.path(), check).map_err(words)?;
    println!("| on the boot partition; the record; what `fsck.fat` finds | disks |\n|---|---|");
    for (kind, (disks, ..)) in &kinds {
        println!("| {kind} | {disks} |");
    }
    println!("\n| | |\n|---|---|");
    println!("| requests, flushes recorded | {}, {} |", trace.entries.len(), trace.flushes());
    println!("| disks possible with seed {}, checked | {every}, {} |", options.seed, some.len());
    println!(
        "| without a whole version, older than promised, or with a record that lies | {} |",
        failures.len()
    );
    if let Some(first) = failures.first() {
        let kept = options.kept("update-failed.img")?;
        let _ = std::fs::copy(folder.path().join("failed-0.img"), &kept);
        let (cut, what) = (&first.cut, &first.what);
        let whats: BTreeMap<&str, usize> = failures.iter().fold(BTreeMap::new(), |mut sum, failure| {
            *sum.entry(failure.what.as_str()).or_default() += 1;
            sum
        });
        let disk = kept.display();
        return Err(format!("request {}, {}: {what}; {disk}; all: {whats:#?}", cut.issued, cut.how));
    }
    let started = started(options, &images[0], &trace, &some, &kinds, &systems, &base)?;
    println!("| started from such a disk to the menu, in order afterwards | {started} |");
    Ok(())
}

/// The whole story, recorded.
fn recorded(images: &[Image], folder: &Path, log: &Path) -> Result<Story, String> {
    let lan = Lan::new(Way::Direct)?;
    let (mut hardware, _panel) = Hardware::of(&images[0], Start::Firmware, Lan::wire());
    disk(&mut hardware, &images[0], &folder.join("disk"), Some(log.into()));
    let mut machine = lan.start(&hardware);
    machine.console.menu(LONGEST);
    lan.register(&mut machine, "drill", LONGEST);
    until(&lan, &machine, VERSIONS[0], "none")?;
    let now = || count(log).map_err(words);
    let offered = now()?;
    let platform = lan.platform();
    let mut bundle = File::open(images[1].file(".update")).map_err(words)?;
    let bundle = platform.add_bundle(&mut bundle, "test").map_err(|error| error.to_string())?;
    let new = NewRollout { bundle: bundle.sha256, first: Vec::new(), soak: 1 };
    platform.start_rollout(&new, "test").map_err(|error| error.to_string())?;
    until(&lan, &machine, VERSIONS[1], "good")?;
    let kept = now()?;
    // The menu of the new start, which nobody waited for.
    machine.console.shows(&format!("stillwatch-{}.efi", VERSIONS[1]), LONGEST);
    std::thread::sleep(Duration::from_secs(1));
    machine.console.skip();
    let asked = now()?;
    machine.console.choose("11", &[("WHAT", "back"), ("Go back", "y")], LONGEST);
    until(&lan, &machine, VERSIONS[0], "rolled_back")?;
    let back = now()?;
    machine.power_button();
    match machine.ended(LONGEST) {
        End::Off => Ok(Story { offered, kept, asked, back }),
        other => Err(format!("the power button did not switch it off: {other:?}")),
    }
}

/// Waits until the platform has heard that the update stands so.
fn until(lan: &Lan, machine: &Machine, version: &str, state: &str) -> Result<(), String> {
    let end = Instant::now() + LONGEST;
    loop {
        let sensors = lan.platform().sensors().map_err(|error| error.to_string())?;
        let seen = sensors.into_iter().find_map(|sensor| sensor.system);
        if seen.as_ref().is_some_and(|seen| seen.version == version && seen.update.state == state) {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(format!("never {version} {state}, but {seen:?}\n{}", machine.console.tail()));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the platform was told is so still.
fn promised(seen: &Seen, cut: &Cut, story: &Story) -> Result<(), String> {
    let new = seen.starts == VERSIONS[1];
    if (story.kept..=story.asked).contains(&cut.issued) && !(new && seen.good) {
        return Err(format!("the new version was kept, and this is there: {}", seen.kind));
    }
    if cut.issued >= story.back && new {
        return Err(format!("the new version was taken back, and this is there: {}", seen.kind));
    }
    Ok(())
}

/// Starts machines from disks of different kinds, those first where the most is to be put in order; firmware and loader
/// included. Afterwards all must be in order.
fn started(
    options: &Options,
    image: &Image,
    trace: &Trace,
    all: &[Cut],
    kinds: &Kinds,
    systems: &Systems,
    base: &Path,
) -> Result<usize, String> {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).map_err(words)?;
    let mut chosen: Vec<_> = kinds.values().collect();
    chosen.sort_by_key(|(disks, tidy, number, _)| (*tidy, *disks, *number));
    chosen.truncate(options.boots);
    chosen.sort_by_key(|(_, _, number, _)| *number);
    let some: Vec<Cut> = chosen.iter().map(|(_, _, number, _)| all[*number].clone()).collect();
    let mut wanted = chosen.iter().map(|(_, _, _, starts)| starts);
    let mut count = 0;
    let boot = &mut |disk: &Path, _: &Cut| {
        let starts = wanted.next().ok_or("there is one start too many")?;
        let (mut hardware, _panel) = Hardware::of(image, Start::Firmware, Wire::Nowhere);
        hardware.disks = vec![Disk { file: disk.into(), format: "raw", bus: Bus::VirtioBlk, log: None }];
        let mut machine = Machine::start(&hardware);
        machine.console.menu(LONGEST);
        // It names its file when all is in order.
        machine.console.shows(&format!("stillwatch-{starts}"), LONGEST);
        machine.power_button();
        machine.ended(LONGEST);
        count += 1;
        match look(disk, folder.path(), systems)? {
            seen if seen.tidy && seen.starts == *starts => Ok(()),
            seen => {
                let kept = options.kept("update-started.img")?;
                std::fs::copy(disk, &kept).map_err(words)?;
                Err(format!("not in order after a start: {}; {}", seen.kind, kept.display()))
            }
        }
    };
    let failures = drill(trace, base, &some, folder.path(), boot).map_err(words)?;
    match failures.first() {
        None => Ok(count),
        Some(first) => Err(format!("{} of {count} starts: {first:?}", failures.len())),
    }
}
