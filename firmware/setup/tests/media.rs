//! Real media: an ISO as a hypervisor or cloud tool makes it, a FAT stick, each behind a
//! loop device, mounted by the kernel.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use setup::hands_free::{Origin, in_folder, wipe};
use sys::media::mounted;

/// Runs a program; false when it is not there or fails.
fn run(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

/// The kernel knows this file system; here it may have neither.
fn knows(kind: &str) -> bool {
    run("modprobe", &[kind]);
    std::fs::read_to_string("/proc/filesystems").is_ok_and(|all| all.contains(kind))
}

/// A loop device over an image, until it is dropped.
struct Loop(PathBuf);

impl Loop {
    fn over(image: &Path) -> Option<Loop> {
        let made = Command::new("losetup").args(["--find", "--show"]).arg(image).output().ok()?;
        let device = String::from_utf8(made.stdout).ok()?;
        made.status.success().then(|| Loop(PathBuf::from(device.trim())))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        run("losetup", &["--detach", self.0.to_str().unwrap()]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_disc_is_read_and_cannot_be_wiped() {
    if !knows("iso9660") {
        println!("skipped: this kernel has no ISO 9660");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (inside, image) = (folder.path().join("inside"), folder.path().join("seed.iso"));
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("user-data"), "#cloud-config\nstillwatch: {proxy: {host: p}}\n").unwrap();
    std::fs::write(inside.join("meta-data"), "instance-id: 1\n").unwrap();
    let ovf = "<Environment><PropertySection><Property key=\"network.mode\" value=\"dhcp\"/></PropertySection></Environment>";
    std::fs::write(inside.join("ovf-env.xml"), ovf).unwrap();
    // With the long names of Rock Ridge and Joliet, as cloud-init wants them.
    if !run(
        "genisoimage",
        &["-quiet", "-volid", "cidata", "-joliet", "-rock", "-output", text(&image), text(&inside)],
    ) {
        println!("skipped: genisoimage is not installed");
        return;
    }
    let Some(device) = Loop::over(&image) else {
        println!("skipped: no loop devices here");
        return;
    };
    let (found, wrong) = mounted(&device.0, false, in_folder).unwrap();
    assert_eq!(wrong, [] as [&str; 0]);
    assert_eq!(found.iter().map(|one| one.origin).collect::<Vec<_>>(), [Origin::Ovf, Origin::CloudInit]);
    assert_eq!(found[1].changes, [("proxy.host".to_owned(), "p".to_owned())]);
}

/// The disc that `contract/seed` writes, by the kernel's own reading of it.
#[test]
fn a_seed_is_a_disc() {
    if !knows("iso9660") {
        println!("skipped: this kernel has no ISO 9660");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("seed.iso");
    let code = model::PersonalizationCode::new(483_920, 10_293_847);
    let seed = seed::Seed::new("stillwatch.example", code, &[]).unwrap();
    std::fs::write(&image, seed.iso()).unwrap();
    let Some(device) = Loop::over(&image) else {
        println!("skipped: no loop devices here");
        return;
    };
    let names = |at: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(at).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let (names, (found, wrong)) = mounted(&device.0, false, |at| (names(at), in_folder(at))).unwrap();
    assert_eq!(names, ["meta-data", "user-data"]);
    assert_eq!(wrong, [] as [&str; 0]);
    assert_eq!(found.iter().map(|one| one.origin).collect::<Vec<_>>(), [Origin::CloudInit]);
    assert_eq!(found[0].code, Some(wire::local::Secret(code.to_string())));
    assert_eq!(found[0].changes, [("platform.address".to_owned(), "stillwatch.example".to_owned())]);
}

#[test]
fn a_stick_is_read_and_wiped() {
    if !knows("vfat") {
        println!("skipped: this kernel has no FAT");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("stick.img");
    if !run("mkfs.vfat", &["-C", text(&image), "2048"]) {
        println!("skipped: mkfs.vfat is not installed");
        return;
    }
    let Some(device) = Loop::over(&image) else {
        println!("skipped: no loop devices here");
        return;
    };
    let secret = "hush-hush-hush";
    let toml = format!("[proxy]\nkind = 'http'\nhost = 'p'\nuser = 'u'\npassword = '{secret}'\n");
    mounted(&device.0, true, |at| std::fs::write(at.join("stillwatch.toml"), &toml)).unwrap().unwrap();
    let (found, wrong) = mounted(&device.0, false, in_folder).unwrap();
    assert_eq!((found.len(), found[0].origin, wrong.len()), (1, Origin::Usb, 0));
    assert!(mounted(&device.0, false, wipe).unwrap().is_err(), "read-only");
    mounted(&device.0, true, wipe).unwrap().unwrap();
    assert!(mounted(&device.0, false, in_folder).unwrap().0.is_empty());
    drop(device);
    let bytes = std::fs::read(&image).unwrap();
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "the secret is still there");
}
