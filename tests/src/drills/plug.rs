//! The plug really pulled: a registered sensor hears a new host every moment, its machine is killed again and again, and
//! in the end the platform has each host at most once, and lacks those alone that were heard just before a kill. After
//! each kill the state's file system is checked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use store::{Sqlite, Store};

use super::{Drill, LONGEST, Options, words};
use crate::blocks::{copy, ext4, extract};
use crate::line::export;
use crate::traffic::one_of_many;
use crate::vm::lan::{Lan, Way};
use crate::vm::{Disk, Hardware, Start};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "plug", about: "plug: each host told once, whenever the plug is pulled", run };

/// Between two hosts.
const EVERY: Duration = Duration::from_millis(200);
/// Least time from the menu to the kill; chance adds as much again.
const RUNS: Duration = Duration::from_secs(20);

/// Longest time until a host of the last start is on the platform.
const ARRIVES: Duration = Duration::from_secs(90);

/// A host, and whether it was heard so shortly before a kill that it may be lost.
type Hosts = Vec<([u8; 4], Instant)>;

fn run(options: &Options) -> Result<(), String> {
    let image = options.image()?;
    let mut lan = Lan::new(Way::Direct)?;
    let folder = tempfile::tempdir().map_err(words)?;
    let (mut hardware, _panel) = Hardware::of(&image, Start::Kernel(image.kernel()), Lan::wire());
    let (file, state) = (folder.path().join("disk"), folder.path().join("state"));
    copy(&image.raw(), &file).map_err(words)?;
    let bus = hardware.bus(&image);
    hardware.disks = vec![Disk { file: file.clone(), format: "raw", bus, log: None }];

    let (mut sent, mut kills): (Hosts, Vec<Instant>) = (Vec::new(), Vec::new());
    println!("| start | menu after | hosts announced | then |\n|---|---|---|---|");
    for start in 0..=options.boots {
        let mut machine = lan.start(&hardware);
        machine.console.menu(LONGEST);
        let menu = machine.console.when("Next step").unwrap_or_default();
        if start == 0 {
            lan.register(&mut machine, "drill", LONGEST);
        }
        let last = start == options.boots;
        let chance = (options.seed.wrapping_mul(2 * start as u64 + 1) % 8) as u32;
        let (begun, first) = (Instant::now(), sent.len());
        let mut arrived = false;
        while begun.elapsed() < RUNS + RUNS * chance / 8 || (last && !arrived && begun.elapsed() < ARRIVES) {
            let (frame, ip) = one_of_many(sent.len() as u16 + 1);
            machine.cable(1).send(&frame).map_err(words)?;
            sent.push((ip, Instant::now()));
            std::thread::sleep(EVERY);
            if last && sent.len().is_multiple_of(16) {
                let text = |ip: &[u8; 4]| format!("\"{}.{}.{}.{}\"", ip[0], ip[1], ip[2], ip[3]);
                let rows = export(lan.platform(), "jsonl");
                // The first ones come before the sensor listens.
                arrived = sent[first..].iter().any(|(ip, _)| rows.contains(&text(ip)));
            }
        }
        machine.cable(1).silent();
        if last && !arrived {
            let banner = machine.console.choose("", &[], LONGEST);
            return Err(format!("no host of the last start arrived:\n{banner}"));
        }
        let number = sent.len() - first;
        let then = if last { "power button" } else { "plug pulled" };
        println!("| {start} | {:.1} s | {number} | {then} |", menu.as_secs_f64());
        kills.push(Instant::now());
        if last {
            machine.power_button();
            machine.ended(LONGEST);
        } else {
            machine.cut();
            // In a copy: the next start finds what the cut left.
            extract(&file, "stillwatch-state", &state)?;
            ext4(&state)?;
        }
    }
    lan.platform().inventory().settle().map_err(|error| error.to_string())?;
    lan.stop();
    judged(&lan, &sent, &kills, options)
}

/// How often each host was told, and which are missing: those that came before the sensor listened, those of the last
/// moments before a pull, and none in between.
fn judged(lan: &Lan, sent: &Hosts, kills: &[Instant], options: &Options) -> Result<(), String> {
    let store = Sqlite::open(&lan.data().join("platform.db")).map_err(|error| error.to_string())?;
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    let each = &mut |row: store::Result<store::SightingRow>| -> store::Result<()> {
        let row = row?;
        let most = row.intervals.iter().map(|interval| interval.count).max().unwrap_or(0);
        *told.entry(format!("{:?}", row.key)).or_default() += most;
        Ok(())
    };
    store.every_sighting(each).map_err(|error| error.to_string())?;
    let of = |ip: &[u8; 4]| {
        let text = format!("{}.{}.{}.{}", ip[0], ip[1], ip[2], ip[3]);
        let found = told.iter().filter(|(key, _)| {
            key.match_indices(&text)
                .any(|(at, _)| !key[at + text.len()..].starts_with(|c: char| c.is_ascii_digit()))
        });
        found.map(|(_, count)| *count).max().unwrap_or(0)
    };
    let (mut once, mut twice, mut early, mut late, mut holes) = (0, 0, 0, 0, 0);
    let (mut oldest, mut from) = (Duration::ZERO, 0);
    for kill in kills {
        let run = &sent[from..];
        let run = &run[..run.partition_point(|(_, at)| at <= kill)];
        from += run.len();
        let told: Vec<u64> = run.iter().map(|(ip, _)| of(ip)).collect();
        once += told.iter().filter(|told| **told == 1).count();
        twice += told.iter().filter(|told| **told > 1).count();
        let first = told.iter().position(|told| *told > 0).unwrap_or(0);
        let last = told.iter().rposition(|told| *told > 0).map_or(0, |at| at + 1);
        early += first;
        late += told.len() - last;
        holes += told[first..last.max(first)].iter().filter(|told| **told == 0).count();
        oldest = oldest.max(run.get(last).map_or(Duration::ZERO, |(_, at)| kill.duration_since(*at)));
    }
    println!(
        "\n| hosts announced | told once | twice | before the sensor listened | just before a pull, at most | lost in between |\n|---|---|---|---|---|---|"
    );
    println!(
        "| {} | {once} | {twice} | {early} | {late}, {:.1} s | {holes} |",
        sent.len(),
        oldest.as_secs_f64()
    );
    if holes > 0 {
        return Err(format!("{holes} hosts are missing between others that were told"));
    }
    if twice > 0 {
        return Err(format!("{twice} hosts were told twice"));
    }
    if once < sent.len() / 4 {
        return Err(format!("only {once} of {} hosts arrived with {} kills", sent.len(), options.boots));
    }
    Ok(())
}
