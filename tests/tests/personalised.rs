//! An image that sets itself up: what `contract/seed` writes lies in the drives of a machine that nobody touches, and it
//! registers with the real platform. The image stays as it was, byte for byte.
//!
//! VMware's guest RPC cannot be emulated by QEMU; vApp properties come on a disc here, the other transport of the OVA.
//! Skips, saying so, where QEMU is missing, Debian's packages cannot be had, or without root.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::vm::lan::{Lan, NAME, Way};
use e2e::vm::{APPLIANCE, Disk, End, Hardware, Machine, Start, images, missing, overlay, tool};
use platform_core::views::NewSensor;
use seed::Seed;
use settings::{ITEMS, REGISTRATION_CODE};
use sha2::{Digest, Sha256};

/// Longest time until the machine has done something.
const LONGEST: Duration = Duration::from_secs(180);

fn sha256(path: &Path) -> Vec<u8> {
    let (mut file, mut sum, mut piece) = (File::open(path).unwrap(), Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece).unwrap() {
            0 => return sum.finalize().to_vec(),
            more => sum.update(&piece[..more]),
        }
    }
}

/// A disc with the properties of an imported OVA: all are there, only the host's name was filled in. `None`: there is
/// no genisoimage.
fn properties(folder: &Path) -> Option<PathBuf> {
    let value = |id: &str| if id == "network.hostname" { "from-vapp" } else { "" };
    let ids = ITEMS.iter().map(|item| item.id).chain([REGISTRATION_CODE]);
    let lines: String =
        ids.map(|id| format!("<Property oe:key=\"{id}\" oe:value=\"{}\"/>\n", value(id))).collect();
    let space = "http://schemas.dmtf.org/ovf/environment/1";
    let text = format!(
        "<?xml version=\"1.0\"?>\n<Environment xmlns=\"{space}\" xmlns:oe=\"{space}\"><PropertySection>\n{lines}\
         </PropertySection></Environment>\n"
    );
    let (inside, image) = (folder.join("ovf"), folder.join("ovf-env.iso"));
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("ovf-env.xml"), text).unwrap();
    let mut command = Command::new(tool("genisoimage")?);
    command.args(["-quiet", "-volid", "OVF ENV", "-joliet", "-rock", "-output"]).arg(&image).arg(&inside);
    assert!(command.status().unwrap().success());
    Some(image)
}

/// A stick that is put in while the box runs is taken, once, and its file is gone.
fn stick_is_taken(machine: &mut Machine, folder: &Path) {
    let (Some(format), Some(copy), Some(list)) = (tool("mkfs.vfat"), tool("mcopy"), tool("mdir")) else {
        return println!("without a stick: dosfstools or mtools are not installed");
    };
    let (stick, file) = (folder.join("stick.img"), folder.join("stillwatch.toml"));
    File::create(&stick).unwrap().set_len(8 << 20).unwrap();
    fs::write(&file, "network.hostname = \"from-stick\"\n").unwrap();
    assert!(Command::new(format).arg(&stick).output().unwrap().status.success());
    assert!(Command::new(copy).arg("-i").arg(&stick).arg(&file).arg("::").status().unwrap().success());
    machine.add_stick(&stick, 0);
    let end = Instant::now() + LONGEST;
    let words = "1 settings were taken from stillwatch.toml on the USB stick";
    while !said(machine).contains(words) {
        assert!(Instant::now() < end, "the stick is not taken:\n{}", machine.console.tail());
        machine.console.choose("8", &[], LONGEST);
    }
    while Command::new(&list)
        .arg("-i")
        .arg(&stick)
        .arg("::stillwatch.toml")
        .output()
        .unwrap()
        .status
        .success()
    {
        assert!(Instant::now() < end, "the file stays on the stick");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// All that stood on its console. The banner is drawn anew in between: what is looked for may come after the next
/// prompt; and lines are wrapped.
fn said(machine: &Machine) -> String {
    machine.console.transcript().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_machine_registers_by_what_lies_beside_its_image() {
    let found = match missing() {
        Some(why) => Err(why),
        None => images(APPLIANCE, &["virtual-kvm"]),
    };
    let image = match found {
        Ok(mut images) => images.remove(0),
        Err(why) => return println!("skipped: {why}"),
    };
    let lan = match Lan::new(Way::Direct) {
        Ok(lan) => lan,
        Err(why) => return println!("skipped: {why}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let files = [image.file(".img.zst"), image.raw()];
    let before = files.each_ref().map(|file| sha256(file));

    let new = NewSensor { name: "hall 9".into(), ..NewSensor::default() };
    let (sensor, code) = lan.platform().new_sensor(&new, "test").unwrap();
    let address = format!("{NAME}:{}", lan.sensor_port);
    // The disc names the host too: the properties go first.
    let more = [("network.hostname".to_owned(), "from-disc".to_owned())];
    let seed = Seed::new(&address, code.parse().unwrap(), &more).unwrap();
    let disc = folder.path().join("seed.iso");
    fs::write(&disc, seed.iso()).unwrap();

    let (mut hardware, _) = Hardware::of(&image, Start::Firmware, Lan::wire());
    let disk = folder.path().join("disk.qcow2");
    overlay(&image.raw(), "raw", &disk, None);
    let bus = hardware.bus(&image);
    hardware.disks = vec![Disk { file: disk, format: "qcow2", bus, log: None }];
    let properties = properties(folder.path());
    hardware.discs = std::iter::once(disc).chain(properties.clone()).collect();
    let mut machine = lan.start(&hardware);
    let end = Instant::now() + LONGEST;
    while lan.platform().sensor(&sensor.id).unwrap().registered.is_none() {
        assert!(Instant::now() < end, "it does not register:\n{}", machine.console.tail());
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("registered after {} s", (LONGEST - (end - Instant::now())).as_secs());
    machine.console.menu(LONGEST);
    // Of the properties only what was filled in was taken, and it went before the disc's.
    let wanted: &[&str] = match properties {
        Some(_) => &[
            "1 settings were taken from the vApp properties",
            "1 settings were taken from cloud-init's user-data",
        ],
        None => {
            println!("without vApp properties: genisoimage is not installed");
            &["2 settings were taken from cloud-init's user-data"]
        }
    };
    let end = Instant::now() + LONGEST;
    while !wanted.iter().all(|words| said(&machine).contains(words)) {
        assert!(Instant::now() < end, "the log never had {wanted:?}:\n{}", machine.console.transcript());
        machine.console.choose("8", &[], LONGEST);
    }
    stick_is_taken(&mut machine, folder.path());
    machine.power_button();
    assert_eq!(machine.ended(LONGEST), End::Off);
    assert_eq!(files.each_ref().map(|file| sha256(file)), before, "the image is what it was");
}
