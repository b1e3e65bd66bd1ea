//! Whole images of boards that have every format among them, built twice in different surroundings: the same bytes. PID 1 is a file that only looks
//! like a program: `cargo xtask drill twice` does the same with the real one, and `tests/tests/appliance.rs` boots it.
//!
//! Skips, saying so, where Debian's packages can neither be fetched nor are kept.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use bundle::date;
use common::{program, text};
use image_build::signing;
use image_build::verify::{self, Against};
use update::read_keys;

/// Boards that are built.
const BOARDS: [&str; 3] = ["virtual-esxi", "virtual-hyperv", "appliance-1g-lcd"];

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
    command.args(BOARDS.iter().flat_map(|board| ["--board", board]));
    command.args(["--init", text(init), "--keys", text(keys), "--out", text(out), "--cache", text(&cache)]);
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

/// A program as far as the builder looks: for 64 bits, and without a loader.
fn pretended() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01".to_vec();
    elf.resize(64, 0);
    (elf[32], elf[54]) = (64, 56);
    elf
}

#[test]
fn the_same_bytes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("a longer name/two"));
    fs::create_dir_all(&two).unwrap();
    let keys = folder.path().join("keys");
    let init = folder.path().join("init");
    fs::write(&init, pretended()).unwrap();
    let [_, secret] = signing::make_keys(&keys, false).unwrap();
    if !build(&init, &keys, &one, "022", "Pacific/Auckland", root()) {
        return;
    }
    assert!(build(&init, &keys, &two, "077", "America/Caracas", &two));
    for board in BOARDS {
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
    let (public, key) = (read_keys(&keys).0, signing::secret_key(&secret).unwrap());
    for board in BOARDS {
        let (signed, other) = (two.join(board), one.join(board));
        signing::sign(&signed, &key, expires).unwrap();
        for against in [other.clone(), other.join("SHA256SUMS")] {
            let against = Against::read(&against).unwrap();
            let found = verify::folder(&signed, Some(&public), Some(&against)).unwrap();
            assert!(found.wrong.is_empty(), "{board}: {found:?}");
        }
    }
}
