//! The promises of the command line, kept by the program itself: exit codes,
//! byte-identical output, pipes, damage, help on errors.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

fn stillwatch(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stillwatch")).args(args).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The demo capture, made once a process.
fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (path, unfinished) =
            (folder.join("demo.pcap"), folder.join(format!("demo-{}.pcap", std::process::id())));
        let output = stillwatch(&["demo", "--keep", unfinished.to_str().unwrap()]);
        assert!(output.status.success(), "{}", stderr(&output));
        // Tests may run in processes of their own: no other may read a half-written file.
        std::fs::rename(unfinished, &path).unwrap();
        path
    })
}

fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_bare_file_name_shows_verdict_assets_and_what_next() {
    let text = stdout(&stillwatch(&[demo().to_str().unwrap()]));
    for part in ["Read ", "Capture: ", "NAME ", " assets: ", "Next:  stillwatch show"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let verdict = text.find("Capture: ").unwrap();
    assert!(verdict < text.find("NAME ").unwrap(), "the verdict comes before the table");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let file = demo().to_str().unwrap();
    for args in [
        ["assets", file, "--json"],
        ["assets", file, "--csv"],
        ["flows", file, "--jsonl"],
        ["flows", file, "--csv"],
    ] {
        let (one, two) = (stillwatch(&args), stillwatch(&args));
        assert!(one.status.success() && !one.stdout.is_empty(), "{args:?}: {}", stderr(&one));
        assert_eq!(one.stdout, two.stdout, "{args:?}");
    }
}

#[test]
fn standard_input_and_compression_by_content() {
    let file = demo().to_str().unwrap();
    let wanted = stillwatch(&["assets", file, "--jsonl"]).stdout;
    let bytes = std::fs::read(file).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stillwatch"))
        .args(["assets", "-", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    assert_eq!(output.stdout, wanted);
}

#[test]
fn a_cut_capture_is_read_as_far_as_it_goes_and_said() {
    let bytes = std::fs::read(demo()).unwrap();
    let cut = scratch("cut.pcap", &bytes[..bytes.len() - 7]);
    let output = stillwatch(&["assets", cut.to_str().unwrap(), "--jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stdout.is_empty());
    assert!(stderr(&output).contains("at byte"), "{}", stderr(&output));
}

#[test]
fn what_is_no_capture_is_named_with_the_cure() {
    let file = scratch("notes.pcap", b"dear diary, today I captured nothing");
    let output = stillwatch(&["assets", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).starts_with("stillwatch: "), "{}", stderr(&output));
    assert_eq!(stillwatch(&["assets", "/nonexistent/x.pcap"]).status.code(), Some(3));
}

#[test]
fn wrong_usage_is_2_and_teaches() {
    let file = demo().to_str().unwrap();
    let typo = stillwatch(&["asets", file]);
    assert_eq!(typo.status.code(), Some(2));
    assert!(stderr(&typo).contains("assets"), "{}", stderr(&typo));
    for (args, word) in [
        (vec!["assets", file, "--network", "10=cell"], "vlan:10=cell-1"),
        (vec!["assets", file, "--exclude", "banana"], "10.0.0.0/8"),
        (vec!["who", file, "banana"], "is not an IP address"),
        (vec!["who", file, "10.0.0.1@noon"], "RFC 3339"),
        (vec!["show", file, "nobody-has-this-name"], "stillwatch assets"),
        (vec!["rules", "explain", "nonsense-1"], "stillwatch rules list"),
    ] {
        let output = stillwatch(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn totals_reconcile() {
    let output = stillwatch(&["check", demo().to_str().unwrap(), "--json"]);
    let check: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let sum: u64 = check["totals"].as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum();
    assert_eq!(Some(sum), check["frames"].as_u64());
    let flows = stillwatch(&["flows", demo().to_str().unwrap(), "--json"]);
    let flows: serde_json::Value = serde_json::from_slice(&flows.stdout).unwrap();
    let packets: u64 = flows
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|talk| talk["packets"].as_array().unwrap())
        .map(|v| v.as_u64().unwrap())
        .sum();
    assert_eq!(Some(packets), check["totals"]["counted to a conversation"].as_u64());
}

#[test]
fn excluded_addresses_appear_nowhere() {
    let file = demo().to_str().unwrap();
    let all: serde_json::Value =
        serde_json::from_slice(&stillwatch(&["assets", file, "--json"]).stdout).unwrap();
    let ip = all
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|asset| asset["interfaces"].as_array().unwrap())
        .flat_map(|interface| interface["addresses"].as_array().unwrap())
        .find_map(|address| address["ip"].as_str().filter(|ip| ip.contains('.')))
        .unwrap()
        .to_owned();
    let output = stillwatch(&["assets", file, "--json", "--exclude", &ip]);
    let text = stdout(&output);
    let quoted = [format!("\"{ip}\""), format!("//{ip}/"), format!("//{ip}:")];
    assert!(quoted.iter().all(|form| !text.contains(form.as_str())), "{ip} is still there");
}

#[test]
fn no_colour_in_a_pipe() {
    let output = stillwatch(&[demo().to_str().unwrap()]);
    assert!(!stdout(&output).contains('\x1b'));
}

#[test]
fn schemas_and_completions_are_written() {
    for what in ["assets", "flows"] {
        let schema: serde_json::Value =
            serde_json::from_slice(&stillwatch(&["schema", what]).stdout).unwrap();
        assert!(schema["properties"].is_object());
    }
    assert!(stdout(&stillwatch(&["schema", "observations"])).contains("dhcp.hostname"));
    assert!(stdout(&stillwatch(&["completions", "bash"])).contains("stillwatch"));
}
