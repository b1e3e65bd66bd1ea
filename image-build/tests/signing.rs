//! The verbs `keys`, `sign` and `verify`, as they are called; `minisign` and `tar` as the other end,
//! skipped where they are not installed.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{program, run, text};
use image_build::bundles;
use image_build::seed::hex;
use sha2::{Digest, Sha256};

const NAME: &str = "stillwatch-1.2.3-virtual-kvm";

/// Calls the program; what it said, and whether it is content.
fn image(args: &[&str]) -> (bool, String) {
    let program = env!("CARGO_BIN_EXE_stillwatch-image-build");
    let Output { status, stdout, stderr } = Command::new(program).args(args).output().unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

fn good(args: &[&str]) -> String {
    let (good, said) = image(args);
    assert!(good, "{args:?}: {said}");
    said
}

fn bad(args: &[&str], words: &str) {
    let (good, said) = image(args);
    assert!(!good && said.contains(words), "{args:?}: {words}: {said}");
}

/// A folder as a build makes it, but smaller.
fn built(folder: &Path, system: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    let bundle = bundles::write("virtual-kvm", "1.2.3", system).unwrap();
    let files = [(".efi", system.to_vec()), (".img.zst", vec![9; 3_000]), (bundles::END, bundle)];
    let mut sums = String::new();
    for (end, bytes) in files {
        let name = format!("{NAME}{end}");
        sums += &format!("{}  {name}\n", hex(&Sha256::digest(&bytes)));
        fs::write(folder.join(name), bytes).unwrap();
    }
    fs::write(folder.join("SHA256SUMS"), sums).unwrap();
}

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let out = Scene { folder: tempfile::tempdir().unwrap() };
        let system = vec![7; 70_000];
        for place in ["mine", "theirs/virtual-kvm"] {
            built(&out.path(place), &system);
        }
        good(&["keys", "--out", &out.text("keys")]);
        out
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        text(&self.path(name)).to_owned()
    }

    /// The one file of a folder whose name ends so.
    fn file(&self, folder: &str, end: &str) -> String {
        let mut items = fs::read_dir(self.path(folder)).unwrap().map(|item| item.unwrap().path());
        text(&items.find(|path| text(path).ends_with(end)).unwrap()).to_owned()
    }
}

#[test]
fn signed_by_one_built_by_another_and_the_same() {
    let scene = Scene::new();
    let (mine, theirs, keys) = (scene.text("mine"), scene.text("theirs/virtual-kvm"), scene.text("keys"));
    let unsigned = fs::read(scene.file("mine", ".update")).unwrap();
    bad(&["verify", &theirs, "--keys", &keys], "is not signed");
    bad(&["verify", &theirs, "--keys", &keys], "there is no SHA256SUMS.minisig");
    let secret = scene.file("keys", ".key");
    // By the folder of boards.
    let said = good(&["sign", "--key", &secret, "--expires", "2099-01-01", &scene.text("theirs")]);
    assert_eq!(said.lines().count(), 3, "{said}");
    let said = good(&["verify", &theirs, "--keys", &keys]);
    let statement = "signed: expires:2099-01-01T00:00:00Z file:stillwatch-1.2.3-virtual-kvm.update";
    assert!(said.contains(&format!("system 1.2.3 for virtual-kvm, {statement}")), "{said}");
    assert!(said.contains("3 files are those of SHA256SUMS"), "{said}");
    let signed = fs::read(scene.file("theirs/virtual-kvm", ".update")).unwrap();
    assert!(signed != unsigned && bundles::strip(&signed).unwrap() == unsigned);
    if let Some(sha256sum) = program("sha256sum") {
        let done =
            Command::new(sha256sum).args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&theirs).status();
        assert!(done.unwrap().success(), "the list is of what lies there");
    }
    // Either way round, by folder and by list; twice signed as well.
    good(&["keys", "--out", &keys]);
    for key in fs::read_dir(&keys).unwrap().map(|item| item.unwrap().path()) {
        if text(&key).ends_with(".key") {
            good(&["sign", "--key", text(&key), "--expires", "2099-01-01T12:00:00Z", &theirs]);
        }
    }
    let list = scene.text("theirs/virtual-kvm/SHA256SUMS");
    for [one, two] in [[&mine, &theirs], [&theirs, &mine], [&mine, &list]] {
        assert!(good(&["verify", one, "--against", two]).contains("all are the same there"));
    }
    let by_list = scene.text("mine/SHA256SUMS");
    assert!(good(&["verify", &theirs, "--against", &by_list, "--keys", &keys]).contains("all are the same"));
}

#[test]
fn every_difference_is_named() {
    let scene = Scene::new();
    let (mine, theirs) = (scene.text("mine"), scene.text("theirs/virtual-kvm"));
    built(&scene.path("other"), &[8; 70_000]);
    let other = scene.text("other");
    bad(&["verify", &mine, "--against", &other], &format!("{NAME}.efi: differs from byte 0 on"));
    bad(&["verify", &mine, "--against", &other], &format!("{NAME}.update: differs from byte"));
    bad(&["verify", &mine, "--against", &scene.text("other/SHA256SUMS")], &format!("{NAME}.efi: differs: "));
    bad(
        &["verify", &mine, "--against", &scene.text("other/SHA256SUMS")],
        &format!("{NAME}.update: differs: "),
    );

    let image = scene.path("mine").join(format!("{NAME}.img.zst"));
    fs::write(&image, vec![9; 2_999]).unwrap();
    bad(&["verify", &mine], ".img.zst: is not the listed one");
    bad(&["verify", &mine, "--against", &theirs], "differs from byte 2999 on (2999 bytes here, 3000 there)");
    fs::remove_file(&image).unwrap();
    bad(&["verify", &mine], ".img.zst: is listed and not there");
    bad(&["verify", &mine, "--against", &theirs], ".img.zst: is only there");
    bad(&["verify", &theirs, "--against", &mine], ".img.zst: is only here");
    fs::write(scene.path("theirs/virtual-kvm/more"), "").unwrap();
    bad(&["verify", &theirs], "more: is not listed");

    // A bundle of another system, listed as if it were right.
    let theirs = scene.path("theirs/virtual-kvm");
    let name = format!("{NAME}.update");
    let swapped = bundles::write("virtual-kvm", "1.2.3", b"another").unwrap();
    let sums = fs::read_to_string(theirs.join("SHA256SUMS")).unwrap();
    let old = hex(&Sha256::digest(fs::read(theirs.join(&name)).unwrap()));
    fs::write(theirs.join("SHA256SUMS"), sums.replace(&old, &hex(&Sha256::digest(&swapped)))).unwrap();
    fs::write(theirs.join(&name), &swapped).unwrap();
    bad(&["verify", text(&theirs)], "holds another system than the .efi beside it");
    bad(&["verify", text(&theirs), "--against", &scene.text("mine/SHA256SUMS")], ".update: differs: ");
    fs::write(theirs.join(&name), &swapped[..1_700]).unwrap();
    bad(&["verify", text(&theirs)], ".update: the bundle is cut");
}

#[test]
fn what_cannot_be_signed_says_why() {
    let scene = Scene::new();
    let (mine, secret, public) = (scene.text("mine"), scene.file("keys", ".key"), scene.file("keys", ".pub"));
    bad(&["sign", "--key", &secret, &mine], "--expires DATE");
    bad(&["sign", "--expires", "2099-01-01", &mine], "--key FILE");
    bad(&["sign", "--key", &secret, "--expires", "2020-01-01", &mine], "is over");
    bad(&["sign", "--key", &secret, "--expires", "2099-01-01"], "name what to sign");
    bad(&["sign", "--key", &public, "--expires", "2099-01-01", &mine], "is no secret key");
    bad(
        &["sign", "--key", &secret, "--expires", "2099-01-01", &scene.text("keys")],
        "there is no SHA256SUMS",
    );
    bad(&["sign", "--key", &secret, "--expires", "2099-01-01", &public], "this is no update bundle");
    let image = scene.text(&format!("mine/{NAME}.img.zst"));
    bad(&["sign", "--key", &secret, "--expires", "2099-01-01", &image], "is no update bundle");
    bad(&["verify", &mine, "--keys", &mine], "there is no *.pub");
    bad(&["verify", &mine, "--keys"], "--keys needs a value");
    bad(&["--board", "virtual-kvm", "--version", "1.2.4-rc1"], "1.2.4~rc1");
}

#[test]
fn by_hand_with_tar_and_minisign() {
    let (Some(tar), Some(minisign)) = (program("tar"), program("minisign")) else { return };
    let scene = Scene::new();
    let (mine, secret, public) = (scene.text("mine"), scene.file("keys", ".key"), scene.file("keys", ".pub"));
    good(&["sign", "--key", &secret, "--expires", "2099-01-01", &mine]);
    let said = run(&minisign, &["-V", "-p", &public, "-m", &scene.text("mine/SHA256SUMS")]);
    assert!(said.contains("Trusted comment: file:SHA256SUMS"), "{said}");
    run(&tar, &["-xf", &scene.file("mine", ".update"), "-C", text(scene.folder.path())]);
    let said = run(&minisign, &["-V", "-p", &public, "-m", &scene.text("manifest.toml")]);
    assert!(said.contains("expires:2099-01-01T00:00:00Z"), "{said}");
    // A key that minisign made, on another machine: what it signed is put on.
    let (key, known) = (scene.text("keys/m.key"), scene.text("keys/m.pub"));
    run(&minisign, &["-G", "-W", "-p", &known, "-s", &key]);
    bad(&["sign", "--key", &key, "--expires", "2099-01-01", &mine], "put it on with --signature");
    let manifest = scene.text("manifest.toml");
    let until = "expires:2098-01-01T00:00:00Z";
    run(&minisign, &["-S", "-s", &key, "-m", &manifest, "-t", until]);
    let by_hand = format!("{manifest}.minisig");
    let said = good(&["sign", "--signature", &by_hand, &scene.file("mine", ".update")]);
    assert!(said.lines().count() == 2 && said.contains("SHA256SUMS"), "{said}");
    bad(&["sign", "--signature", &manifest, &scene.file("mine", ".update")], "is no signature");
    run(&minisign, &["-S", "-s", &key, "-m", &scene.text("mine/SHA256SUMS")]);
    assert!(good(&["verify", &mine, "--keys", &scene.text("keys")]).contains(until));
}
