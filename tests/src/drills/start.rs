//! How long a start takes, and of what it consists: every board, from every format, through firmware and boot loader,
//! and once more from its kernel alone.

use std::time::{Duration, Instant};

use super::faults::{SENSES, lines};
use super::{BOARD, Drill, LONGEST, Options, disk};
use crate::vm::lan::{Lan, Way};
use crate::vm::{APPLIANCE, Disk, End, Hardware, Image, MENU, Machine, Start, Wire, images, overlay};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "start", about: "start: every board from every format, in seconds", run };

/// What the appliance logs of its own start.
const TOLD: &str = "start: kernel ";

/// Neither firmware nor loader: the kernel as QEMU starts it, with the raw disk.
const KERNEL: &str = "-kernel";

fn run(options: &Options) -> Result<(), String> {
    let boards = board::boards();
    let all: Vec<&str> = boards.names().collect();
    let names = options.board.as_deref().map_or(all, |name| vec![name]);
    println!(
        "| board | disk | firmware, loader | kernel | modules | ours | menu | in all |\n|---|---|---|---|---|---|---|---|"
    );
    for image in images(APPLIANCE, &names)? {
        for format in image.board.outputs.iter().map(String::as_str).chain([KERNEL]) {
            println!("{}", row(options, &image, format)?);
        }
        if image.board.name == BOARD {
            println!(
                "\n| registered {BOARD}, raw: from power-on to sensing | {} |\n|---|---|\n",
                sensing(&image)?
            );
        }
    }
    Ok(())
}

/// A box that is registered starts again: from power-on to frames that are read. From PID 1's first line on by the
/// box's own clock.
fn sensing(image: &Image) -> Result<String, String> {
    let lan = Lan::new(Way::Direct)?;
    let folder = tempfile::tempdir().map_err(super::words)?;
    let (mut hardware, _panel) = Hardware::of(image, Start::Firmware, Lan::wire());
    disk(&mut hardware, image, &folder.path().join("disk"), None);
    let mut machine = lan.start(&hardware);
    machine.console.menu(LONGEST);
    lan.register(&mut machine, "drill", LONGEST);
    machine.power_button();
    machine.ended(LONGEST);
    let mut machine = lan.start(&hardware);
    machine.console.menu(LONGEST);
    let first = machine.console.when("init: Stillwatch ").ok_or("its log does not go to the serial line")?;
    let end = Instant::now() + LONGEST;
    while Instant::now() < end {
        let log = machine.console.choose("8", &[("LINES", "200")], LONGEST);
        let lines = lines(&log);
        let at = |any: &[&str]| lines.iter().find(|line| any.iter().any(|words| line.text.contains(words)));
        if let (Some(begun), Some(senses)) = (at(&["init: Stillwatch "]), at(SENSES)) {
            let all = first + senses.at.saturating_sub(begun.at);
            return Ok(format!("{:.1} s", all.as_secs_f64()));
        }
    }
    Err("it does not sense".into())
}

fn row(options: &Options, image: &Image, format: &str) -> Result<String, String> {
    let (base, kind) = match format {
        "raw" | KERNEL => (image.raw(), "raw"),
        "ova" => (image.vmdk(".ova"), "vmdk"),
        "ova-esxi60" => (image.vmdk("-esxi60.ova"), "vmdk"),
        "vhdx" => (image.file(".vhdx"), "vhdx"),
        other => return Err(format!("no machine here takes {other}")),
    };
    let folder = tempfile::tempdir().map_err(super::words)?;
    let file = folder.path().join("disk");
    overlay(&base, kind, &file, None);
    let start = if format == KERNEL { Start::Kernel(image.kernel()) } else { Start::Firmware };
    let (mut hardware, _panel) = Hardware::of(image, start, Wire::Nowhere);
    let bus = hardware.bus(image);
    hardware.disks = vec![Disk { file, format: "qcow2", bus, log: None }];
    let mut machine = Machine::start(&hardware);
    machine.console.menu(LONGEST);
    let whole = machine.console.when(MENU).unwrap_or_default();
    // Where the log goes to the serial line too, the moment of the first line tells firmware from kernel.
    let first = machine.console.when("init: Stillwatch ");
    let log = machine.console.choose("8", &[("LINES", "200")], LONGEST);
    let name = format!("start-{}-{format}.txt", image.board.name);
    std::fs::write(options.kept(&name)?, machine.console.timed()).map_err(super::words)?;
    machine.power_button();
    if machine.ended(LONGEST) != End::Off {
        return Err(format!("{}: the power button started it again", image.board.name));
    }
    let [kernel, modules, ours] =
        split(&log).ok_or_else(|| format!("the log tells nothing of the start:\n{log}"))?;
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let (firmware, menu) = match first.and_then(|at| at.checked_sub(kernel)) {
        Some(firmware) => {
            (seconds(firmware), seconds(whole.saturating_sub(firmware + kernel + modules + ours)))
        }
        None => ("–".into(), "–".into()),
    };
    Ok(format!(
        "| {} | {format} | {firmware} | {} | {} | {} | {menu} | {} |",
        image.board.name,
        seconds(kernel),
        seconds(modules),
        seconds(ours),
        seconds(whole)
    ))
}

/// Kernel, modules and the rest, out of the log's newest line about a start.
fn split(log: &str) -> Option<[Duration; 3]> {
    // The console folds long lines.
    let log = log.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = log.rsplit_once(TOLD)?;
    let mut numbers = rest.split([' ', ',']).filter_map(|word| word.parse().ok()).map(Duration::from_millis);
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_however_it_is_folded() {
        let log = "2026 init: start: kernel 2100 ms, modules\n    900 ms, the rest 30 ms\nmore 5";
        assert_eq!(split(log), Some([2100, 900, 30].map(Duration::from_millis)));
        assert_eq!(split("nothing"), None);
    }
}
