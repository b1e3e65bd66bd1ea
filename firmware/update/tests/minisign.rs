//! The `minisign` and `tar` commands as the other end: what they sign is taken, what is signed here
//! they verify. Skips, saying so, where they are not installed (ci/10-install).

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bundle::testing::{Signer, sign, signed};
use bundle::{Front, MANIFEST, Manifest, Payload, SIGNATURES, Version};
use model::Time;
use update::policy::{Here, MINIMUM};
use update::read_keys;

const STATEMENT: &str = "expires:2099-01-01T00:00:00Z";

fn there(programs: &[&str]) -> bool {
    let folders = ["/usr/bin", "/usr/local/bin", "/bin"];
    let missing = |name: &&&str| !folders.iter().any(|folder| Path::new(folder).join(name).exists());
    if let Some(name) = programs.iter().find(missing) {
        eprintln!("skipped: {name} is not installed (ci/10-install does)");
        return false;
    }
    true
}

fn run(folder: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let Output { status, stdout, stderr } =
        Command::new(program).args(args).current_dir(folder).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() { Ok(said) } else { Err(said) }
}

#[test]
fn what_minisign_signs_is_taken() {
    if !there(&["minisign"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("keys")).unwrap();
    run(folder, "minisign", &["-G", "-W", "-p", "keys/a.pub", "-s", "secret"]).unwrap();
    let manifest = Manifest::of_system("here", Version::new(9, 0, 0), b"system").to_text();
    fs::write(folder.join(MANIFEST), &manifest).unwrap();
    run(folder, "minisign", &["-S", "-s", "secret", "-m", MANIFEST, "-t", STATEMENT]).unwrap();
    let signature = fs::read(folder.join(SIGNATURES[0])).unwrap();
    let (keys, passed) = read_keys(&folder.join("keys"));
    assert!(passed.is_empty(), "{passed:?}");
    let running = Version::new(1, 0, 0);
    let here =
        Here { keys: &keys, board: "here", running: &running, minimum: &MINIMUM, floor: Time::default() };
    let front = Front {
        manifest: manifest.into_bytes(),
        signatures: vec![signature],
        payload: Payload::System,
        size: 6,
    };
    assert_eq!(here.accept(&front).unwrap().version, Version::new(9, 0, 0));
    // Its old form, over the bytes and not over their hash, is not.
    run(folder, "minisign", &["-S", "-l", "-s", "secret", "-m", MANIFEST, "-t", STATEMENT]).unwrap();
    let old = fs::read(folder.join(SIGNATURES[0])).unwrap();
    assert!(here.accept(&Front { signatures: vec![old], ..front }).is_err());
}

#[test]
fn tar_unpacks_a_bundle_and_minisign_verifies_it() {
    if !there(&["minisign", "tar"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let signer = Signer::new();
    fs::write(folder.join("a.pub"), signer.public_text()).unwrap();
    fs::write(folder.join("a.update"), signed(&signer, STATEMENT, "here", "1.2.4", b"the system")).unwrap();
    let listed = run(folder, "tar", &["--numeric-owner", "-tvf", "a.update"]).unwrap();
    assert!(listed.lines().all(|line| line.starts_with("-rw-r--r-- 0/0 ")), "{listed}");
    assert_eq!(run(folder, "tar", &["-xf", "a.update"]).unwrap(), "");
    let said = run(folder, "minisign", &["-V", "-p", "a.pub", "-m", MANIFEST]).unwrap();
    assert!(said.contains(STATEMENT), "{said}");
    let said = run(folder, "sha256sum", &["system.efi"]).unwrap();
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap();
    assert!(manifest.contains(said.split(' ').next().unwrap()), "{manifest}");
    // Another's signature is none.
    fs::write(folder.join(SIGNATURES[0]), sign(&Signer::new(), manifest.as_bytes(), STATEMENT)).unwrap();
    run(folder, "minisign", &["-V", "-p", "a.pub", "-m", MANIFEST]).unwrap_err();
}
