//! Whole images: built twice in different surroundings, the same bytes; and booted, from every kind of disk,
//! under QEMU's own processor (no KVM). PID 1 is `stillwatch-test-init`.
//!
//! Skips, saying so, where Debian's packages can neither be fetched nor are kept, or QEMU is not
//! installed.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::{program, run, text};
use image_build::signing;
use image_build::verify::{self, Against};
use update::{Keys, date};

/// Boards whose images are built here, and the disk that each is booted from.
const BOARDS: [(&str, &str); 3] =
    [("virtual-kvm", "raw"), ("virtual-hyperv", "vhdx"), ("virtual-esxi", "vmdk")];

/// Longest time a machine may take to boot; a slow one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(300);

const CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const VARS: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Builds the boards' images into `out`, in surroundings of its own; false when the packages cannot
/// be had.
fn build(init: &Path, keys: &Path, out: &Path, umask: &str, zone: &str, from: &Path) -> bool {
    let cache = root().join("target/image/debian");
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("umask {umask}; exec \"$@\""),
        "sh",
        env!("CARGO_BIN_EXE_stillwatch-image-build"),
    ]);
    for (board, _) in BOARDS {
        command.args(["--board", board]);
    }
    command.args([
        "--program",
        "stillwatch-test-init/test-init",
        "--init",
        text(init),
        "--keys",
        text(keys),
        "--out",
        text(out),
        "--cache",
        text(&cache),
    ]);
    let done = command.current_dir(from).env("TZ", zone).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    let no_packages =
        ["apt-get update failed", "no longer in", "nowhere to fetch", "running apt-", "which Debian it is"];
    if !done.status.success() && no_packages.iter().any(|words| said.contains(words)) {
        eprintln!("skipped: Debian's packages cannot be had: {said}");
        return false;
    }
    assert!(done.status.success(), "{said}");
    true
}

#[test]
fn the_same_bytes_twice_and_every_disk_boots() {
    let target = root().join("target/image/test-init");
    let init = image_build::userland::build(root(), &target, "stillwatch-test-init", "test-init").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("a longer name/two"));
    fs::create_dir_all(&two).unwrap();
    let keys = folder.path().join("keys");
    let [_, secret] = signing::make_keys(&keys, false).unwrap();
    if !build(&init, &keys, &one, "022", "Pacific/Auckland", root()) {
        return;
    }
    assert!(build(&init, &keys, &two, "077", "America/Caracas", &two));
    for (board, _) in BOARDS {
        let sums = fs::read_to_string(one.join(board).join("SHA256SUMS")).unwrap();
        assert_eq!(sums, fs::read_to_string(two.join(board).join("SHA256SUMS")).unwrap(), "{board}");
        assert!(sums.lines().count() >= 4, "{sums}");
        if let Some(sha256sum) = program("sha256sum") {
            let done = Command::new(sha256sum)
                .args(["-c", "--quiet", "SHA256SUMS"])
                .current_dir(two.join(board))
                .status();
            assert!(done.unwrap().success());
        }
    }
    // Signed by one, it is still what the other built.
    let expires = date::read("2099-01-01T00:00:00Z").unwrap();
    let (public, key) = (Keys::read(&keys).0, signing::secret_key(&secret).unwrap());
    for (board, _) in BOARDS {
        let (signed, other) = (two.join(board), one.join(board));
        signing::sign(&signed, &key, expires).unwrap();
        for against in [other.clone(), other.join("SHA256SUMS")] {
            let against = Against::read(&against).unwrap();
            let found = verify::folder(&signed, Some(&public), Some(&against)).unwrap();
            assert!(found.wrong.is_empty(), "{board}: {found:?}");
        }
    }
    for (board, kind) in BOARDS {
        if let Some(disk) = disk(&one.join(board), kind) {
            boot(board, kind, &disk);
        }
    }
}

/// The disk of a board's folder, ready for QEMU.
fn disk(folder: &Path, kind: &str) -> Option<PathBuf> {
    let file = |end: &str| {
        let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.find(|path| text(path).ends_with(end)).unwrap()
    };
    match kind {
        "raw" => {
            let to = folder.join("disk.img");
            let mut out = fs::File::create(&to).unwrap();
            let packed = fs::File::open(file(".img.zst")).unwrap();
            std::io::copy(&mut zstd::Decoder::new(packed).unwrap(), &mut out).unwrap();
            out.flush().unwrap();
            Some(to)
        }
        "vmdk" => {
            run(&program("tar")?, &["-xf", text(&file("virtual-esxi.ova")), "-C", text(folder)]);
            Some(file("-disk1.vmdk"))
        }
        other => Some(file(&format!(".{other}"))),
    }
}

/// A machine that ends with the test.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn boot(board: &str, kind: &str, disk: &Path) {
    let Some(qemu) = program("qemu-system-x86_64").filter(|_| Path::new(CODE).exists()) else {
        eprintln!("skipped: no machine to boot in (qemu-system-x86, ovmf)");
        return;
    };
    let vars = disk.with_extension("vars");
    fs::copy(VARS, &vars).unwrap();
    // The disk as the board's hypervisor has it, as far as this firmware can boot from it.
    let device =
        if board == "virtual-kvm" { "virtio-blk-pci,drive=disk" } else { "ide-hd,drive=disk,bus=ide.0" };
    let words = format!(
        "-machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -display none -monitor none -serial stdio -no-reboot \
         -drive if=pflash,format=raw,readonly=on,file={CODE} -drive if=pflash,format=raw,file={} \
         -drive if=none,id=disk,snapshot=on,format={kind},file={} -device {device},bootindex=0 \
         -nic none -device vmxnet3,romfile= -device e1000e,romfile= -device i6300esb",
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
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let mut said = Vec::new();
    let mut told = |what: &str| -> String {
        loop {
            let line = lines
                .recv_timeout(LONGEST)
                .unwrap_or_else(|_| panic!("{board}, {kind}: no {what}: {said:#?}"));
            said.push(line.clone());
            // Firmware may have left the cursor in front of it.
            if let Some((_, rest)) = line.split_once(&format!("test-init: {what}:")) {
                return rest.trim().to_owned();
            }
        }
    };
    let modules = told("modules");
    let count: usize = modules.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= 40, "{board}: {modules}");
    assert_eq!(told("broken modules"), "", "{board}");
    let ports = told("ports");
    assert!(ports.contains("=e1000e"), "{board}: {ports}");
    assert_eq!(ports.contains("=vmxnet3"), board != "virtual-hyperv", "{board}: {ports}");
    assert_eq!(told("boot partition"), format!("stillwatch-{}.efi", env!("CARGO_PKG_VERSION")));
    assert_eq!(told("state"), "kept", "{board}");
    assert!(told("watchdogs").contains("watchdog0"), "{board}");
    assert_eq!(told("board"), format!("name = \"{board}\""));
    let line = told("command line");
    let wanted = board::boards().board(board).unwrap().command_line();
    assert_eq!(line, wanted);
    // It switches itself off.
    assert!(machine.0.wait().unwrap().success());
    reader.join().unwrap();
}
