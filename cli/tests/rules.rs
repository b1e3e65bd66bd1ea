//! A rule pack tried on a capture: what is judged with it, and what is refused, by the program itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bundle::tar;
use bundle::testing::{Signer, signed, signed_rules};

const FOREVER: &str = "expires:2099-01-01T00:00:00Z";

fn stillwatch(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stillwatch"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a capture, keys of two signers and packs of the first.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    assert!(stillwatch(folder.path(), &["demo", "--keep", "demo.pcap"]).status.success());
    let (ours, theirs) = (Signer::new(), Signer::new());
    put("ours.pub", ours.public_text().as_bytes());
    put("theirs.pub", theirs.public_text().as_bytes());
    let tables = tar::archive(&[("protocols.tsv", b"dns\tNames of the test\tdns\n")]);
    let pack = signed_rules(&ours, FOREVER, "2026.11.1", &tables);
    put("good.update", &pack);
    put("cut.update", &pack[..pack.len() - 1_100]);
    put("over.update", &signed_rules(&ours, "expires:2020-01-01T00:00:00Z", "2026.11.1", &tables));
    put("system.update", &signed(&ours, FOREVER, "virtual-kvm", "1.2.3", b"system"));
    let bad = tar::archive(&[("protocols.tsv", b"dns\tNames\tnews\n")]);
    put("bad.update", &signed_rules(&ours, FOREVER, "2026.11.1", &bad));
    folder
}

#[test]
fn a_capture_is_judged_with_the_tables_of_a_pack() {
    let scene = scene();
    let run = |args: &[&str]| {
        let done = stillwatch(scene.path(), args);
        assert!(done.status.success(), "{args:?}: {}", said(&done.stderr));
        said(&done.stdout)
    };
    // One of two keys is enough, as at a platform.
    let with = ["--rules", "good.update", "--rules-key", "theirs.pub", "--rules-key", "ours.pub"];
    let own = run(&["flows", "demo.pcap", "--json"]);
    let packs = run(&[&["flows", "demo.pcap", "--json"], &with[..]].concat());
    assert!(packs.contains("Names of the test") && !own.contains("Names of the test"));
    let rules = "\"rules\": \"2026.11.1\"";
    assert!(!run(&["assets", "demo.pcap", "--json"]).contains(rules));
    assert!(run(&[&["assets", "demo.pcap", "--json"], &with[..]].concat()).contains(rules));
    assert!(
        run(&[&["demo.pcap"], &with[..]].concat()).contains("Capture: "),
        "a bare file name takes it too"
    );
}

#[test]
fn what_a_platform_would_refuse_is_refused_and_nothing_is_judged() {
    let scene = scene();
    let ours = ["--rules-key", "ours.pub"];
    for (code, rules, keys, words) in [
        (2, "good.update", &[][..], "--rules-key"),
        (2, "good.update", &[&ours[..], &ours, &ours].concat(), "at most 2 keys"),
        (3, "good.update", &["--rules-key", "theirs.pub"], "a key that is not among theirs.pub"),
        (3, "good.update", &["--rules-key", "none.pub"], "none.pub: it cannot be read"),
        (3, "good.update", &["--rules-key", "demo.pcap"], "demo.pcap: "),
        (3, "none.update", &ours, "--rules none.update: it cannot be read"),
        (3, "demo.pcap", &ours, "this is no update bundle"),
        (3, "cut.update", &ours, "the bundle is cut"),
        (3, "over.update", &ours, "its signature held until 2020-01-01"),
        (3, "system.update", &ours, "a bundle of a system, not of rules"),
        (3, "bad.update", &ours, "protocols.tsv: line 1: \"news\" is no family"),
    ] {
        let done = stillwatch(scene.path(), &[&["assets", "demo.pcap", "--rules", rules][..], keys].concat());
        assert_eq!(done.status.code(), Some(code), "{rules} {keys:?}: {}", said(&done.stderr));
        assert!(said(&done.stderr).contains(words), "{rules} {keys:?}: {}", said(&done.stderr));
        assert!(done.stdout.is_empty(), "{rules} {keys:?}");
    }
}
