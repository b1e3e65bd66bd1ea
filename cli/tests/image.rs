//! `stillwatch image personalise`: what it writes, with which rights, what it refuses, and that an image is only read.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use model::PersonalizationCode;
use sha2::{Digest, Sha256};

/// Runs the verb with a code on standard input and files in `out` of a folder.
fn personalise(folder: &Path, input: &str, more: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stillwatch"))
        .args(["image", "personalise", "--code-file", "-", "--out", "out"])
        .args(more)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A refusal may come before the code is read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn code() -> String {
    PersonalizationCode::new(483_920, 10_293_847).to_string()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const PLATFORM: [&str; 2] = ["--platform", "stillwatch.example:8443"];

#[test]
fn it_writes_every_form_and_secrets_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let done = personalise(folder.path(), &format!("{}\n", code()), &PLATFORM);
    assert!(done.status.success(), "{}", said(&done.stderr));
    assert!(!said(&done.stdout).contains(&code()), "the code is not shown");
    let out = folder.path().join("out");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let wanted =
        ["README.txt", "govc.json", "meta-data", "ovftool.args", "seed.iso", "stillwatch.toml", "user-data"];
    assert_eq!(names, wanted);
    for name in names {
        let (path, bytes) = (out.join(&name), fs::read(out.join(&name)).unwrap());
        let holds = bytes.windows(code().len()).any(|part| part == code().as_bytes());
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if holds { 0o600 } else { 0o644 }, "{name}");
        assert!(said(&done.stdout).contains(&name), "{name}");
    }
    assert!(fs::read_to_string(out.join("stillwatch.toml")).unwrap().contains("stillwatch.example:8443"));
}

#[test]
fn nothing_is_written_over_unless_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    assert!(personalise(folder.path(), &code(), &PLATFORM).status.success());
    let file = folder.path().join("out/stillwatch.toml");
    let (before, other) = (fs::read(&file).unwrap(), PersonalizationCode::new(1, 2).to_string());
    let again = personalise(folder.path(), &other, &PLATFORM);
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again.stderr).contains("--force"), "{}", said(&again.stderr));
    assert_eq!(fs::read(&file).unwrap(), before);
    let forced = personalise(folder.path(), &other, &[&PLATFORM[..], &["--force"]].concat());
    assert!(forced.status.success(), "{}", said(&forced.stderr));
    assert!(fs::read_to_string(&file).unwrap().contains(&other));
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("more.toml"),
        "[proxy]\nkind = 'http'\nhost = 'p'\nuser = 'u'\npassword = 'hush'\n",
    )
    .unwrap();
    fs::write(folder.path().join("bad.toml"), "a = \n").unwrap();
    let mut swapped = code().into_bytes();
    swapped.swap(0, 1);
    let (good, swapped) = (code(), said(&swapped));
    for (code, words, more) in [
        (&*swapped, "two are swapped", &[&PLATFORM[..]].concat()),
        ("1234", "a code has 16 digits, this has 4", &PLATFORM.to_vec()),
        (&good, "platform.address: bad address", &vec!["--platform", "ftp://x/y"]),
        (&good, "no such setting", &[&PLATFORM[..], &["--set", "network.mdoe=dhcp"]].concat()),
        (&good, "want ID=VALUE", &[&PLATFORM[..], &["--set", "network.mode"]].concat()),
        (&good, "--settings FILE", &[&PLATFORM[..], &["--set", "proxy.password=hush"]].concat()),
        (&good, "line 1 is no TOML", &[&PLATFORM[..], &["--settings", "bad.toml"]].concat()),
        (&good, "network.address", &[&PLATFORM[..], &["--set", "network.mode=static"]].concat()),
    ] {
        let done = personalise(folder.path(), code, more);
        assert_eq!(done.status.code(), Some(2), "{more:?}: {}", said(&done.stderr));
        assert!(said(&done.stderr).contains(words), "{more:?}: {}", said(&done.stderr));
        assert!(!said(&done.stderr).contains(&good), "the code is not repeated: {}", said(&done.stderr));
        assert!(!folder.path().join("out").exists(), "{more:?}");
    }
    let done = personalise(folder.path(), &good, &[&PLATFORM[..], &["--settings", "more.toml"]].concat());
    assert!(done.status.success(), "{}", said(&done.stderr));
    assert!(
        fs::read_to_string(folder.path().join("out/user-data")).unwrap().contains("proxy.password: \"hush\"")
    );
}

#[test]
fn an_image_is_only_read_and_held_against_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    fs::create_dir(&image).unwrap();
    let (efi, disk) = (vec![1; 3_000_000], b"disk".to_vec());
    fs::write(image.join("a.efi"), &efi).unwrap();
    fs::write(image.join("a.img.zst"), &disk).unwrap();
    let list = format!("{}  a.efi\n{}  a.img.zst\n", sha256(&efi), sha256(&disk));
    fs::write(image.join("SHA256SUMS"), &list).unwrap();
    let run =
        |more: &[&str]| personalise(folder.path(), &code(), &[&PLATFORM[..], &["--force"], more].concat());
    for given in ["image", "image/a.efi"] {
        let done = run(&["--image", given]);
        assert!(done.status.success(), "{}", said(&done.stderr));
        assert!(
            said(&done.stdout).contains(&format!("{}  a.efi  as in SHA256SUMS", sha256(&efi))),
            "{given}"
        );
    }
    let left = [fs::read(image.join("a.efi")).unwrap(), fs::read(image.join("a.img.zst")).unwrap()];
    assert_eq!(left, [efi, disk]);
    assert_eq!(fs::read_dir(&image).unwrap().count(), 3);
    fs::write(image.join("a.efi"), "other").unwrap();
    let done = run(&["--image", "image"]);
    assert_eq!(done.status.code(), Some(3));
    assert!(said(&done.stderr).contains("is not what SHA256SUMS says"), "{}", said(&done.stderr));
    fs::write(image.join("SHA256SUMS"), format!("{list}{}  ../a.efi\n", sha256(b""))).unwrap();
    let done = run(&["--image", "image"]);
    assert_eq!(done.status.code(), Some(3));
    assert!(
        said(&done.stderr).contains("SHA256SUMS: line 3 is no line of sha256sum"),
        "{}",
        said(&done.stderr)
    );
    let done = run(&["--image", "out"]);
    assert!(said(&done.stderr).contains("holds no SHA256SUMS"), "{}", said(&done.stderr));
}

/// The words of the help, so that nobody changes them by chance.
#[test]
fn the_help_names_every_flag_and_both_spellings() {
    let help = |words: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_stillwatch")).args(words).output().unwrap();
        assert!(done.status.success());
        said(&done.stdout)
    };
    let image = help(&["image", "--help"]);
    assert!(image.contains("  personalise  ") && image.contains("personalize]"), "{image}");
    let text = help(&["image", "personalize", "--help"]);
    for flag in [
        "--platform <HOST:PORT>",
        "--code-file <FILE>",
        "--set <ID=VALUE>",
        "--settings <FILE>",
        "--image <PATH>",
        "--out <DIR>",
        "--force",
    ] {
        assert!(text.contains(flag), "{flag}\n{text}");
    }
}
