//! An update from the platform's shelf into a running appliance and back again: signed bundle, roll-out, mutual TLS,
//! boot loader, trial, blessing, roll-back at the console, and what the platform hears of each.
//!
//! Skips, saying so, where QEMU is missing, Debian's packages cannot be had, or without root.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::vm::lan::{Lan, Way};
use e2e::vm::{APPLIANCE, Disk, End, Hardware, Image, Machine, Start, missing, overlay, versions};
use platform_core::Platform;
use platform_core::views::{NewRollout, SystemView};

/// Longest time until a machine says something.
const LONGEST: Duration = Duration::from_secs(240);

/// What the appliance last said of its system.
fn system(platform: &Platform) -> Option<SystemView> {
    platform.sensors().unwrap().into_iter().find_map(|sensor| sensor.system)
}

/// Waits until its update stands so.
fn until(lan: &Lan, machine: &Machine, version: &str, state: &str) -> SystemView {
    let end = Instant::now() + LONGEST;
    loop {
        let seen = system(lan.platform());
        match seen {
            Some(seen) if seen.version == version && seen.update.state == state => return seen,
            seen => {
                assert!(Instant::now() < end, "never {version} {state}: {seen:?}\n{}", machine.console.tail())
            }
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Offers a bundle to everybody.
fn offer(platform: &Platform, bundle: &Path) {
    let bundle = platform.add_bundle(&mut File::open(bundle).unwrap(), "test").unwrap();
    let new = NewRollout { bundle: bundle.sha256, first: Vec::new(), soak: 1 };
    platform.start_rollout(&new, "test").unwrap();
}

/// The disk of an image, on top of it.
fn machine(lan: &Lan, image: &Image, folder: &Path) -> Machine {
    let (mut hardware, _) = Hardware::of(image, Start::Firmware, Lan::wire());
    let file = folder.join("disk.qcow2");
    overlay(&image.raw(), "raw", &file, None);
    let bus = hardware.bus(image);
    hardware.disks = vec![Disk { file, format: "qcow2", bus, log: None }];
    lan.start(&hardware)
}

#[test]
fn a_box_is_updated_by_the_platform_and_goes_back_at_its_console() {
    if let Some(why) = missing() {
        return println!("skipped: {why}");
    }
    let lan = match Lan::new(Way::Direct) {
        Ok(lan) => lan,
        Err(why) => return println!("skipped: {why}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let images = match versions(APPLIANCE, "virtual-kvm", &["0.1.1", "0.1.2"], folder.path()) {
        Ok(images) => images,
        Err(why) => return println!("skipped: {why}"),
    };
    let mut machine = machine(&lan, &images[0], folder.path());
    machine.console.menu(LONGEST);
    lan.register(&mut machine, "hall 3", LONGEST);
    until(&lan, &machine, "0.1.1", "none");

    offer(lan.platform(), &images[1].file(".update"));
    let seen = until(&lan, &machine, "0.1.2", "good");
    assert_eq!((seen.slot.as_str(), seen.ended.as_str()), ("stillwatch-0.1.2.efi", ""));
    machine.console.shows("stillwatch-0.1.2.efi", LONGEST);

    // Its menu after the restart, which nobody waited for.
    std::thread::sleep(Duration::from_secs(1));
    machine.console.skip();
    machine.console.choose("11", &[("WHAT", "back"), ("Go back", "y")], LONGEST);
    let seen = until(&lan, &machine, "0.1.1", "rolled_back");
    assert_eq!(seen.update.version, "0.1.2");
    assert!(seen.update.words.contains("somebody asked for it at the box"), "{seen:?}");
    let events = lan.platform().events(None, 100).unwrap();
    let told: Vec<String> = events.items.iter().map(|event| event.kind.clone()).collect();
    assert!(told.iter().any(|kind| kind == "update_rolled_back"), "{told:?}");
    std::thread::sleep(Duration::from_secs(1));
    machine.console.skip();
    machine.console.shows("E20", LONGEST);

    machine.cable(1).silent();
    machine.power_button();
    assert_eq!(machine.ended(LONGEST), End::Off);
}
