//! The appliance itself, from its image: every board starts, is set up at its console or its panel, registers with the
//! real platform through a real proxy, senses, survives what goes wrong inside, and never sends where it listens.
//!
//! Skips, saying so, where QEMU is missing or Debian's packages cannot be had; what needs the network also without root.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use e2e::drills::{FAULTS, drilled};
use e2e::line::export;
use e2e::traffic::{announcement, demonstration, lldp};
use e2e::vm::lan::{Lan, NAME, PROXY_PORT, SERVER, Way};
use e2e::vm::{
    APPLIANCE, Card, Disk, End, Fingers, Hardware, Image, Machine, Start, Wire, images, missing, overlay,
};
use lcd_ui::displays::Key::{Down, Enter, Esc};
use platform_core::Platform;
use platform_core::views::{InternalGroup, NetworkMap, NewSensor};

/// Longest time until a machine says something; a quick one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(180);

/// Images of these boards, or why there are none.
fn boards(names: &[&str]) -> Option<Vec<Image>> {
    let found = match missing() {
        Some(why) => Err(why),
        None => images(APPLIANCE, names),
    };
    found.map_err(|why| println!("skipped: {why}")).ok()
}

/// A disk of this machine on top of the image's.
fn disk(hardware: &mut Hardware, image: &Image, base: &Path, format: &str, folder: &Path) {
    let file = folder.join(format!("{}.qcow2", image.board.name));
    overlay(base, format, &file, None);
    let bus = hardware.bus(image);
    hardware.disks = vec![Disk { file, format: "qcow2", bus, log: None }];
}

/// Where pictures of machines' screens are left to be looked at.
fn screens() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/ci/screens");
    fs::create_dir_all(&folder).unwrap();
    fs::canonicalize(folder).unwrap()
}

/// Waits until it is so; the machine's console is shown when it is not.
fn until(machine: &Machine, what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + LONGEST;
    while !so() {
        assert!(Instant::now() < end, "not in time: {what}\n{}", machine.console.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An orderly end by the power button.
fn switched_off(mut machine: Machine) {
    machine.power_button();
    assert_eq!(machine.ended(LONGEST), End::Off);
}

/// A platform that knows the ranges of the demonstration and two networks with equal addresses; gives a new code.
fn prepared(platform: &Platform) -> String {
    platform.new_network("cell-1", "test").unwrap();
    platform.new_network("cell-2", "test").unwrap();
    let new = NewSensor { name: "hall 3".into(), ..NewSensor::default() };
    let (_, code) = platform.new_sensor(&new, "test").unwrap();
    let mut wanted = platform.configuration().unwrap();
    wanted.internal = vec![InternalGroup {
        name: "plant".into(),
        ranges: vec!["10.0.0.0/8".into()],
        inventory: true,
        ..InternalGroup::default()
    }];
    let map = |vlan: u16, network: &str| NetworkMap {
        sensor: "hall 3".into(),
        source: format!("vlan:{vlan}"),
        network: network.into(),
    };
    wanted.network_maps = vec![map(10, "cell-1"), map(20, "cell-2")];
    platform.configure(&wanted, "test").unwrap();
    code
}

/// Firmware, boot loader, menu: the formats of the hypervisors, each from its own kind of disk.
#[test]
fn every_format_starts_to_its_menu() {
    let Some(images) = boards(&["virtual-kvm", "virtual-esxi", "virtual-hyperv"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    for image in &images {
        let (base, format) = match image.board.name.as_str() {
            "virtual-esxi" => (image.vmdk(".ova"), "vmdk"),
            "virtual-hyperv" => (image.file(".vhdx"), "vhdx"),
            _ => (image.raw(), "raw"),
        };
        let (mut hardware, _) = Hardware::of(image, Start::Firmware, Wire::Nowhere);
        disk(&mut hardware, image, &base, format, folder.path());
        // All of them, and not only what the devices here ask for.
        hardware.words = "stillwatch.drill=init:modules:0".into();
        let mut machine = Machine::start(&hardware);
        let said = machine.console.menu(LONGEST);
        println!("{}\n{}", image.board.name, machine.console.timed());
        assert!(said.contains("Stillwatch ") && said.contains("Next step"), "{said}");
        let log = machine.console.choose("8", &[("LINES", "200")], LONGEST);
        let log = log.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(log.contains("every module: ") && log.contains("without a device here, 0 broken"), "{log}");
        let screen = screens().join(format!("{}.png", image.board.name));
        machine.screen(&screen);
        assert!(fs::read(&screen).unwrap().starts_with(b"\x89PNG"));
        switched_off(machine);
    }
}

/// Boards with a panel: it shows the box's own screens, at a serial port and over USB.
#[test]
fn every_panel_shows_the_box() {
    let Some(images) = boards(&["appliance-4g-lcd", "appliance-10g-lcd"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    for image in &images {
        let (mut hardware, fingers) = Hardware::of(image, Start::Kernel(image.kernel()), Wire::Nowhere);
        disk(&mut hardware, image, &image.raw(), "raw", folder.path());
        let mut machine = Machine::start(&hardware);
        let mut fingers = fingers.expect("these boards have a panel");
        fingers.patience = LONGEST;
        machine.console.menu(LONGEST);
        if image.board.panel.as_ref().is_some_and(|panel| panel.kind == "ezio") {
            // A graphic panel's text is its pixels.
            let lit = |fingers: &Fingers| fingers.emulator.text().iter().any(|row| row.trim().len() > 4);
            until(&machine, "something is drawn", || lit(&fingers));
        } else {
            fingers.shows("not registered");
            fingers.press(Enter, "MENU");
        }
        front(&fingers, &image.board.name);
        switched_off(machine);
    }
}

/// A picture of the panel's front.
fn front(fingers: &Fingers, name: &str) {
    let file = fs::File::create(screens().join(format!("panel-{name}.png"))).unwrap();
    fingers.emulator.image().png(file).unwrap();
}

/// A static address and the code by key presses at the panel on the second serial port; what cannot be typed there in
/// reason, the platform's name, at the console.
#[test]
fn a_box_is_set_up_at_its_panel() {
    let Some(images) = boards(&["appliance-1g-lcd"]) else { return };
    let lan = match Lan::new(Way::Direct) {
        Ok(lan) => lan,
        Err(why) => return println!("skipped: {why}"),
    };
    let (image, folder) = (&images[0], tempfile::tempdir().unwrap());
    let code = prepared(lan.platform());
    let (mut hardware, fingers) = Hardware::of(image, Start::Kernel(image.kernel()), Lan::wire());
    disk(&mut hardware, image, &image.raw(), "raw", folder.path());
    let mut machine = lan.start(&hardware);
    let mut fingers = fingers.expect("this board has a panel");
    fingers.patience = LONGEST;
    machine.console.menu(LONGEST);
    machine.console.shows("(DHCP", LONGEST);
    let platform = format!("{NAME}:{}", lan.sensor_port);
    machine.console.choose("3", &[("PLATFORM", &platform), ("Apply", "y"), ("CODE", "q")], LONGEST);

    fingers.shows("not registered");
    fingers.press(Enter, "MENU");
    fingers.press(Down, "SETUP NETWORK");
    fingers.press(Enter, "ADDRESSING");
    fingers.press(Down, "STATIC");
    // What the lease said is offered.
    fingers.press(Enter, "10.9.0.1");
    fingers.press(Enter, "GATEWAY");
    fingers.press(Enter, "DNS 1");
    fingers.press(Enter, "APPLY");
    fingers.press(Enter, "KEEP IT?");
    fingers.press(Enter, "DONE");
    fingers.press(Esc, "SETUP NETWORK");
    fingers.press(Down, "PROXY");
    fingers.press(Down, "REGISTER");
    fingers.press(Enter, "CODE");
    fingers.code(&code);
    fingers.press(Enter, "REGISTERED");
    front(&fingers, &image.board.name);
    machine.console.shows("hall 3", LONGEST);
    machine.cable(1).silent();
    println!("{} key presses", fingers.presses);
    switched_off(machine);
}

/// From a new box to assets: a static address, a proxy and the code at the serial console; tagged and untagged traffic; a
/// port added while it runs; the power button. Nothing ever comes out of a sniffing port.
#[test]
fn a_box_is_set_up_at_its_console_and_senses() {
    let Some(images) = boards(&["virtual-kvm"]) else { return };
    let lan = match Lan::new(Way::Proxy) {
        Ok(lan) => lan,
        Err(why) => return println!("skipped: {why}"),
    };
    let (image, folder) = (&images[0], tempfile::tempdir().unwrap());
    let code = prepared(lan.platform());
    let (mut hardware, _) = Hardware::of(image, Start::Kernel(image.kernel()), Lan::wire());
    disk(&mut hardware, image, &image.raw(), "raw", folder.path());
    let mut machine = lan.start(&hardware);
    machine.console.menu(LONGEST);

    let server = SERVER.to_string();
    let network = [
        ("ADDRESSING", "static"),
        ("IP ADDRESS", "10.9.0.77/24"),
        ("GATEWAY", &server),
        ("DNS 1", &server),
        ("Apply", "y"),
        ("Keep", "y"),
    ];
    let said = machine.console.choose("1", &network, LONGEST);
    assert!(said.contains("the settings are kept"), "{said}");
    let port = PROXY_PORT.to_string();
    let proxy = [("PROXY (", "http"), ("PROXY HOST", &*server), ("PROXY PORT", &port), ("Apply", "y")];
    machine.console.choose("2", &proxy, LONGEST);
    let platform = format!("{NAME}:{}", lan.sensor_port);
    let registration = [("PLATFORM", &*platform), ("Apply", "y"), ("CODE", &code)];
    let said = machine.console.choose("3", &registration, LONGEST);
    assert!(said.contains("registered as hall 3"), "{said}");

    let frames = demonstration();
    let mut sent = None;
    until(&machine, "assets of both networks and the demonstration", || {
        if sent.is_none_or(|at: Instant| at.elapsed() > Duration::from_secs(5)) {
            let cable = machine.cable(1);
            for (host, vlan) in [(1, 10), (2, 20)] {
                cable.send(&announcement(host, [10, 0, 0, 5], Some(vlan))).unwrap();
            }
            cable.send(&announcement(3, [10, 0, 0, 6], None)).unwrap();
            cable.send(&lldp()).unwrap();
            frames.iter().for_each(|frame| cable.send(frame).unwrap());
            sent = Some(Instant::now());
        }
        let rows = export(lan.platform(), "jsonl");
        rows.contains("cell-1")
            && rows.contains("cell-2")
            && rows.contains("10.0.0.6")
            && rows.contains("FILESERVER01")
    });
    let rows = export(lan.platform(), "jsonl");
    let twice: Vec<&str> = rows.lines().filter(|row| row.contains("10.0.0.5\"")).collect();
    assert_eq!(twice.len(), 2, "{twice:?}");

    let new = machine.add_card(Card::Virtio, 0);
    let end = Instant::now() + LONGEST;
    loop {
        let listed = machine.console.choose("4", &[], LONGEST);
        if listed.contains("eth2") {
            break;
        }
        assert!(Instant::now() < end, "the new port is not found:\n{listed}");
    }
    until(&machine, "what the new port hears", || {
        machine.cable(new).send(&announcement(4, [10, 0, 0, 9], None)).unwrap();
        std::thread::sleep(Duration::from_secs(1));
        export(lan.platform(), "jsonl").contains("\"10.0.0.9\"")
    });
    // Besides tables and rings all parts together take at most 32 MiB.
    let memory = machine.console.logged("memory: ", LONGEST);
    let rest = memory.rsplit_once("besides tables and rings ").unwrap().1;
    let kib: u64 = rest.trim_end_matches(" KiB").parse().unwrap();
    println!("memory: {memory}");
    assert!(kib <= 32 << 10, "{memory}");
    for cable in [1, new] {
        machine.cable(cable).silent();
    }
    machine.power_button();
    assert_eq!(machine.ended(LONGEST), End::Off);
}

/// A part that turns in an endless loop is started again, and a kernel that panics is: within a minute, and the box
/// tells of it. All other faults: `cargo xtask drill faults`.
#[test]
fn what_goes_wrong_inside_is_put_right_and_told() {
    let Some(images) = boards(&["virtual-kvm"]) else { return };
    for order in ["sensor:loop:15", "init:panic:25"] {
        let fault = FAULTS.iter().find(|fault| fault.order == order).unwrap();
        let folder = tempfile::tempdir().unwrap();
        match drilled(&images[0], fault, folder.path()) {
            Ok(outcome) => println!("{order}: {outcome:?}"),
            Err(error) => panic!("{order}: {error}"),
        }
    }
}
