//! The real systemd-boot, under QEMU's own processor: it starts what `update::slots` says it does,
//! counts as it says, and does not look at what it says it passes over.
//!
//! Skips, saying so, where Debian's packages can neither be fetched nor are kept, or QEMU or mtools
//! is not installed.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::{program, run, text};
use image_build::build::Parts;
use image_build::disk::BOOT;
use image_build::fat::Volume;
use image_build::gpt::{self, ALIGN, ESP, Partition};
use image_build::initramfs::os_release;
use image_build::packages::{Apt, Lock, sources};
use image_build::seed::Seed;
use image_build::sparse::Sparse;
use image_build::uki;
use update::slots::Entry;

/// Longest time a machine may take; a slow one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(300);

const CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const VARS: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

#[test]
fn the_loader_starts_what_we_think_it_does() {
    let (Some(qemu), Some(mdir)) = (program("qemu-system-x86_64"), program("mdir")) else { return };
    if !Path::new(CODE).exists() {
        eprintln!("skipped: no firmware to boot with (ovmf)");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let lock = fs::read_to_string(root.join("image-build/packages.lock.toml")).unwrap();
    let lock = Lock::read(&lock).unwrap();
    let source = sources(Path::new("/etc"), &lock.suite).unwrap_or_default();
    let parts = match Parts::fetch(&mut Apt::new(&root.join("target/image/debian"), source), &lock) {
        Ok(parts) => parts,
        Err(error) => {
            eprintln!("skipped: Debian's packages cannot be had: {error:#}");
            return;
        }
    };
    // Names on the disk; those that are not programs are written so.
    let scenes: [&[&str]; 3] = [
        // An update. Before it: an early version of it, one that was given up, halves of a new one.
        &[
            "stillwatch-1.2.3.efi",
            "stillwatch-1.2.4~rc1.efi",
            "stillwatch-1.2.4+3.efi",
            "stillwatch-1.10.0+0-3.efi",
            "empty stillwatch-1.11.0+3.efi",
            "NEW0.TMP",
        ],
        // A roll-back from 1.11.0.
        &["stillwatch-1.9.0.efi", "stillwatch-1.10.0.efi", "stillwatch-1.11.0+0.efi"],
        // A rename that was cut, and the copy that mends it.
        &["stillwatch-1.2.4.efi", "stillwatch-1.2.4+2-1.efi", "stillwatch-1.2.4+3-1025.efi"],
    ];
    let folder = tempfile::tempdir().unwrap();
    for names in scenes {
        let path = folder.path().join("disk.img");
        disk(&parts, names).write_to(&mut fs::File::create(&path).unwrap()).unwrap();
        let mut entries: Vec<Entry> = names.iter().filter_map(|name| Entry::parse(name)).collect();
        entries.sort_by(Entry::order);
        let first = &entries[0];
        assert_eq!(started(&qemu, &path), first.to_string(), "{names:?}");
        let listed = run(&mdir, &["-i", &format!("{}@@{ALIGN}", text(&path)), "-b", "::/EFI/Linux"]);
        let mut after: Vec<String> =
            listed.lines().map(|line| line.rsplit('/').next().unwrap().to_owned()).collect();
        let counted = match first.tries {
            Some(tries) => {
                let left = format!("stillwatch-{}+{}-{}.efi", first.version, tries.left - 1, tries.done + 1);
                assert!(Entry::parse(&left).is_some());
                left
            }
            None => first.to_string(),
        };
        let name = |name: &&str| name.strip_prefix("empty ").unwrap_or(name).to_owned();
        let mut wanted: Vec<String> =
            names.iter().map(name).filter(|name| *name != first.to_string()).collect();
        wanted.push(counted);
        after.sort();
        wanted.sort();
        assert_eq!(after, wanted, "{names:?}");
    }
}

/// A disk with these systems; the kernel of each is told its name.
fn disk(parts: &Parts, names: &[&str]) -> Sparse {
    let seed = Seed::new("loader", "1");
    let mut disk = Sparse::new(BOOT + 4 * ALIGN);
    let part = Partition { kind: ESP, id: seed.guid("boot"), name: "boot", at: ALIGN, size: BOOT };
    gpt::write(&mut disk, seed.guid("disk"), &[part]);
    let mut volume = Volume::new("TEST", seed.number("boot"));
    volume.file("EFI/BOOT/BOOTX64.EFI", parts.loader.clone());
    volume.file("loader/loader.conf", "timeout 0\neditor no\nauto-entries no\nauto-firmware no\n");
    for name in names {
        let version = Entry::parse(name).map_or("9.9.9".into(), |entry| entry.version.to_string());
        let system = || {
            let (command_line, release) =
                (format!("console=ttyS0 started={name}"), os_release(&version, "Test"));
            let sections: [(&str, &[u8]); 3] = [
                (".osrel", release.as_bytes()),
                (".cmdline", command_line.as_bytes()),
                (".linux", &parts.kernel),
            ];
            uki::build(&parts.stub, &sections).unwrap()
        };
        match name.strip_prefix("empty ") {
            Some(name) => volume.file(&format!("EFI/Linux/{name}"), ""),
            None => volume.file(&format!("EFI/Linux/{name}"), system()),
        };
    }
    volume.write(&mut disk, ALIGN, BOOT).unwrap();
    disk
}

/// A machine that ends with the test.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Name of what the loader starts from the disk.
fn started(qemu: &str, disk: &Path) -> String {
    let vars = disk.with_extension("vars");
    fs::copy(VARS, &vars).unwrap();
    let words = format!(
        "-machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -display none -monitor none -serial stdio -no-reboot \
         -drive if=pflash,format=raw,readonly=on,file={CODE} -drive if=pflash,format=raw,file={} \
         -drive if=none,id=disk,format=raw,file={} -device virtio-blk-pci,drive=disk,bootindex=0 -nic none",
        text(&vars),
        text(disk)
    );
    let mut command = Command::new(qemu);
    command.args(words.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut machine = Machine(command.spawn().unwrap());
    let serial = BufReader::new(machine.0.stdout.take().unwrap());
    let (send, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in serial.split(b'\n').map_while(Result::ok) {
            if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    let mut said = Vec::new();
    let name = loop {
        let line = lines.recv_timeout(LONGEST);
        let line = line.unwrap_or_else(|_| panic!("no kernel was started: {said:#?}"));
        if let Some((_, name)) = line.split_once("started=") {
            break name.split_whitespace().next().unwrap_or_default().to_owned();
        }
        said.push(line);
    };
    drop((machine, lines));
    reader.join().unwrap();
    name
}
