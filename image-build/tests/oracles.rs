//! What we write, read by programs that other people wrote. Each test skips, saying so, where
//! its program is not installed.

mod common;

use std::fs::{self, File};
use std::path::Path;

use common::{program, run, system, text};
use image_build::cpio::Archive;
use image_build::disk::{self, System};
use image_build::fat::Volume;
use image_build::formats::{FORMATS, Product, format};
use image_build::seed::Seed;
use image_build::sparse::Sparse;
use image_build::{uki, vhdx, vmdk};

fn save(disk: &Sparse, path: &Path) {
    disk.write_to(&mut File::create(path).unwrap()).unwrap();
}

#[test]
fn fsck_and_mtools_like_the_file_system() {
    let (Some(fsck), Some(mdir), Some(mtype)) = (program("fsck.fat"), program("mdir"), program("mtype"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut volume = Volume::new("TEST", 0x1234_abcd);
    volume.file("EFI/BOOT/BOOTX64.EFI", vec![7; 123_456]);
    volume.file("EFI/empty", "");
    volume.file("EFI/exactly one cluster.bin", vec![1; 2_048]);
    volume.file("a rather long name, with Ümlaut.text", "long");
    volume.file("a rather long name, again.text", "long again");
    // More than one cluster of entries.
    for number in 0..200 {
        volume.file(&format!("many/file number {number:03}.toml"), format!("{number}"));
    }
    for mib in [130, 256, 300] {
        let path = folder.path().join(format!("{mib}.img"));
        let mut disk = Sparse::new(mib << 20);
        volume.write(&mut disk, 0, mib << 20).unwrap();
        save(&disk, &path);
        let said = run(&fsck, &["-n", "-v", text(&path)]);
        // 205 files, three folders and the root.
        assert!(said.contains(": 209 files, "), "{said}");
        assert!(!said.contains("differences") && !said.contains("Free cluster summary wrong"), "{said}");
        let listed = run(&mdir, &["-i", text(&path), "-/", "-b", "::"]);
        for name in
            ["::/EFI/BOOT/BOOTX64.EFI", "::/a rather long name, again.text", "::/many/file number 199.toml"]
        {
            assert!(listed.lines().any(|line| line == name), "{name}\n{listed}");
        }
        assert_eq!(run(&mtype, &["-i", text(&path), "::/many/file number 123.toml"]), "123");
        assert_eq!(
            run(&mtype, &["-i", text(&path), "::/EFI/exactly one cluster.bin"]),
            "\u{1}".repeat(2_048)
        );
    }
}

#[test]
fn sgdisk_likes_the_partitions() {
    let (Some(sgdisk), Some(fsck)) = (program("sgdisk"), program("fsck.fat")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let disk = disk::build(&system(3_000_000), &Seed::new("b", "1"), disk::LEAST).unwrap();
    save(&disk, &path);
    let said = run(&sgdisk, &["-v", text(&path)]);
    assert!(said.contains("No problems found"), "{said}");
    let said = run(&sgdisk, &["-p", "-i", "1", text(&path)]);
    assert!(said.contains(disk::SYSTEM) && said.contains("EFI system partition"), "{said}");
    let boot = folder.path().join("boot.img");
    let all = fs::read(&path).unwrap();
    fs::write(&boot, &all[1 << 20..][..disk::BOOT as usize]).unwrap();
    run(&fsck, &["-n", text(&boot)]);
}

#[test]
fn e2fsck_likes_the_state_and_it_grows() {
    let (Some(e2fsck), Some(resize), Some(debugfs)) =
        (program("e2fsck"), program("resize2fs"), program("debugfs"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.img");
    save(&disk::empty_state(&Seed::new("b", "1")), &path);
    let said = run(&e2fsck, &["-fn", text(&path)]);
    assert!(said.contains("11/8192 files"), "{said}");
    let said = run(&debugfs, &["-R", "stats", text(&path)]);
    for words in ["stillwatch-state", "has_journal", "meta_bg", "Filesystem state:         clean"] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    // Off line here; on line the kernel does the same.
    for size in ["300M", "9G"] {
        run(&resize, &[text(&path), size]);
        run(&e2fsck, &["-fn", text(&path)]);
    }
}

#[test]
fn qemu_img_reads_the_virtual_disks() {
    let Some(qemu_img) = program("qemu-img") else { return };
    let folder = tempfile::tempdir().unwrap();
    let seed = Seed::new("b", "1");
    let disk = disk::build(&system(5_000_000), &seed, 3 << 30).unwrap();
    let raw = folder.path().join("disk.img");
    save(&disk, &raw);
    let about = vmdk::About { name: "disk.vmdk", hardware: 11, adapter: "lsilogic" };
    let vmdk = folder.path().join("disk.vmdk");
    fs::write(&vmdk, vmdk::write(&disk, about).unwrap()).unwrap();
    let vhdx = folder.path().join("disk.vhdx");
    vhdx::write(&disk, &seed, &mut File::create(&vhdx).unwrap()).unwrap();
    for (kind, path) in [("vmdk", &vmdk), ("vhdx", &vhdx)] {
        run(&qemu_img, &["check", "-f", kind, text(path)]);
        let said = run(&qemu_img, &["compare", "-f", "raw", "-F", kind, text(&raw), text(path)]);
        assert!(said.contains("Images are identical"), "{said}");
        let said = run(&qemu_img, &["info", "-f", kind, text(path)]);
        assert!(said.contains("3 GiB (3221225472 bytes)"), "{said}");
    }
}

#[test]
fn objdump_sees_the_sections() {
    let Some(objdump) = program("objdump") else { return };
    let folder = tempfile::tempdir().unwrap();
    let stub = Path::new("/usr/lib/systemd/boot/efi/linuxx64.efi.stub");
    if !stub.exists() {
        eprintln!("skipped: systemd's boot stub is not installed (systemd-boot-efi)");
        return;
    }
    let linux = vec![9; 300_000];
    let sections: [(&str, &[u8]); 4] =
        [(".osrel", b"ID=x\n"), (".cmdline", b"quiet"), (".initrd", &[1; 5_000]), (".linux", &linux)];
    let image = uki::build(&fs::read(stub).unwrap(), &sections).unwrap();
    let path = folder.path().join("image.efi");
    fs::write(&path, &image).unwrap();
    let said = run(&objdump, &["-h", text(&path)]);
    let (mut end, mut seen) = (0, 0);
    for line in said.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [number, name, size, at, ..] = words[..] else { continue };
        if number.parse::<u32>().is_err() {
            continue;
        }
        let [size, at] = [size, at].map(|word| u64::from_str_radix(word, 16).unwrap());
        assert!(at >= end, "{name} overlaps\n{said}");
        end = at + size;
        if let Some((_, bytes)) = sections.iter().find(|(known, _)| *known == name) {
            assert_eq!(size, bytes.len() as u64, "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 4, "{said}");
    let said = run(&objdump, &["-p", text(&path)]);
    assert!(said.lines().any(|line| line.starts_with("Time/Date") && line.contains("1970")), "{said}");
}

#[test]
fn cpio_unpacks_the_archive() {
    let Some(cpio) = program("cpio") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut archive = Archive::default();
    archive.file("init", 0o755, *b"#!/bin/true\n");
    archive.file("etc/stillwatch/board.toml", 0o644, vec![5; 1_001]);
    archive.link("lib64", "usr/lib64");
    let path = folder.path().join("a.cpio");
    fs::write(&path, archive.to_bytes()).unwrap();
    run(&cpio, &["-idm", "--quiet", "-D", text(folder.path()), "-F", text(&path)]);
    assert_eq!(fs::read(folder.path().join("etc/stillwatch/board.toml")).unwrap(), [5; 1_001]);
    assert_eq!(fs::read_link(folder.path().join("lib64")).unwrap(), Path::new("usr/lib64"));
}

#[test]
fn every_format_is_the_same_twice_and_an_ova_unpacks() {
    let seed = Seed::new("b", "0.1.0");
    let system: System = system(2_000_000);
    for (name, output) in [
        ("virtual-esxi", "ova"),
        ("virtual-esxi", "ova-esxi60"),
        ("virtual-hyperv", "vhdx"),
        ("appliance-1g", "raw"),
    ] {
        let board = board::boards().board(name).unwrap();
        let product = Product { board: &board, version: "0.1.0", seed: &seed, system: &system };
        let write = || {
            let mut out = Vec::new();
            format(output).unwrap().write(&product, &mut out).unwrap();
            out
        };
        let bytes = write();
        assert!(bytes == write(), "{output}");
        if output.starts_with("ova") {
            unpack(&bytes, output);
        }
    }
    assert_eq!(FORMATS.len(), 4, "add the new format to this test");
}

fn unpack(ova: &[u8], output: &str) {
    let (Some(tar), Some(qemu_img)) = (program("tar"), program("qemu-img")) else { return };
    let sum = program(if output == "ova" { "sha256sum" } else { "sha1sum" }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ova");
    fs::write(&path, ova).unwrap();
    let listed = run(&tar, &["--numeric-owner", "-tvf", text(&path)]);
    assert!(listed.lines().all(|line| line.contains("0/0") && line.contains("1970-01-01")), "{listed}");
    run(&tar, &["-xf", text(&path), "-C", text(folder.path())]);
    let manifest = fs::read_to_string(
        fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|end| end == "mf"))
            .unwrap(),
    )
    .unwrap();
    assert_eq!(manifest.lines().count(), 2);
    for line in manifest.lines() {
        let (_, rest) = line.split_once('(').unwrap();
        let (name, wanted) = rest.split_once(")= ").unwrap();
        let file = folder.path().join(name);
        assert!(run(&sum, &[text(&file)]).starts_with(wanted), "{line}");
        if name.ends_with(".vmdk") {
            run(&qemu_img, &["check", "-f", "vmdk", text(&file)]);
        }
    }
}
