//! The harness of machines itself, with the PID 1 that only tests boot: every way of starting one, its console, its
//! ports, and the recording of what it writes.

use std::path::Path;
use std::time::Duration;

use e2e::blocks::{self, Trace};
use e2e::vm::{Bus, Card, Disk, End, Hardware, Image, Machine, Start, Wire, images, missing, overlay};

/// Longest time until a machine says something; a quick one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(150);

/// Why nothing can be tested here.
fn skipped() -> bool {
    let why = missing();
    if let Some(why) = &why {
        println!("skipped: {why}");
    }
    why.is_some()
}

fn image(board: &str) -> Option<Image> {
    match images("stillwatch-test-init/test-init", &[board]) {
        Ok(mut images) => images.pop(),
        Err(why) => {
            println!("skipped: {why}");
            None
        }
    }
}

/// The kernel straight away, a recorded disk, a silent port; all disks that a power cut could leave are sound.
#[test]
fn a_quick_start_is_recorded_and_silent() {
    if skipped() {
        return;
    }
    let Some(image) = image("virtual-kvm") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (disk, log) = (folder.path().join("disk"), folder.path().join("log"));
    overlay(&image.raw(), "raw", &disk, None);
    let mut hardware = Hardware::new(Start::Kernel(image.kernel()));
    hardware.disks = vec![Disk { file: disk, format: "qcow2", bus: Bus::VirtioBlk, log: Some(log.clone()) }];
    hardware.cards = vec![(Card::Virtio, Wire::Nowhere), (Card::E1000e, Wire::Cable)];
    let mut machine = Machine::start(&hardware);
    machine.console.expect("test-init: ports:", LONGEST);
    let ports = machine.console.rest(LONGEST);
    assert!(ports.contains("=virtio_net") && ports.contains("=e1000e"), "{ports}");
    machine.console.expect("test-init: state: kept", LONGEST);
    let written = blocks::count(&log).unwrap();
    assert_eq!(machine.ended(LONGEST), End::Off);
    machine.cable(1).silent();
    println!("{}", machine.console.timed());

    let trace = Trace::open(&log).unwrap();
    println!("{} requests, {} flushes", trace.entries.len(), trace.flushes());
    assert!(written > 0 && written <= trace.entries.len() && trace.flushes() > 0);
    let cuts = blocks::sample(blocks::cuts(&trace, 2, 1), 60);
    let mut kept = 0;
    let check = &mut |disk: &Path, cut: &blocks::Cut| {
        let state = folder.path().join("state");
        blocks::extract(disk, "stillwatch-state", &state)?;
        blocks::ext4(&state)?;
        let files = blocks::files_of_ext4(&state)?;
        let there = files.get("kept").is_some_and(|bytes| bytes == b"kept");
        kept += usize::from(there);
        // It said so when the file system was off: nothing may be missing then.
        if cut.issued >= written && !there { Err(format!("not kept: {:?}", files.keys())) } else { Ok(()) }
    };
    let failures = blocks::drill(&trace, &image.raw(), &cuts, folder.path(), check).unwrap();
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(kept > 0 && kept < cuts.len(), "{kept} of {}", cuts.len());
}

/// Firmware, boot loader, the OVA's disk and VMware's cards; the screen can be looked at.
#[test]
fn firmware_starts_and_the_screen_can_be_seen() {
    if skipped() {
        return;
    }
    let Some(image) = image("virtual-esxi") else { return };
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    overlay(&image.vmdk(".ova"), "vmdk", &disk, None);
    let mut hardware = Hardware::new(Start::Firmware);
    hardware.disks = vec![Disk { file: disk, format: "qcow2", bus: Bus::Ahci, log: None }];
    hardware.cards = vec![(Card::Vmxnet3, Wire::Nowhere), (Card::Vmxnet3, Wire::Cable)];
    let mut machine = Machine::start(&hardware);
    machine.console.expect("test-init: kernel", LONGEST);
    machine.cable(1).forget();
    let screen = folder.path().join("screen.png");
    machine.screen(&screen);
    assert!(std::fs::read(&screen).unwrap().starts_with(b"\x89PNG"));
    machine.console.expect("test-init: ports:", LONGEST);
    let ports = machine.console.rest(LONGEST);
    assert_eq!(ports.matches("=vmxnet3").count(), 2, "{ports}");
    machine.console.expect("test-init: state: kept", LONGEST);
    assert_eq!(machine.ended(LONGEST), End::Off);
    machine.cable(1).silent();
}

/// A board's own machine: its cards, its panel's line, its disk.
#[test]
fn a_board_gets_the_parts_its_file_names() {
    if skipped() {
        return;
    }
    let Some(image) = image("appliance-4g-lcd") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut hardware, fingers) = Hardware::of(&image, Start::Kernel(image.kernel()), Wire::Nowhere);
    assert!(fingers.is_some());
    let file = folder.path().join("disk");
    overlay(&image.raw(), "raw", &file, None);
    hardware.disks = vec![Disk { file, format: "qcow2", bus: hardware.bus(&image), log: None }];
    let mut machine = Machine::start(&hardware);
    machine.console.expect("test-init: ports:", LONGEST);
    let ports = machine.console.rest(LONGEST);
    assert_eq!(ports.matches("=igb").count(), 2, "{ports}");
    machine.console.expect("test-init: state: kept", LONGEST);
    assert_eq!(machine.ended(LONGEST), End::Off);
    machine.cable(1).silent();
}
