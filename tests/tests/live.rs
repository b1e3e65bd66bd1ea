//! The program at a live port: VLANs, losses, how it ends, and what it refuses.
//! Each scenario has a cable in a network namespace of its own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use capture::port;
use e2e::program;
use lab::{Sender, in_namespace, switch, veth, wait_running};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

const NEAR: &str = "near0";
const FAR: &str = "far0";

/// Runs a scenario at a cable whose near end is off, as on a fresh sensor.
fn at_a_cable(inside: impl FnOnce() + Send) {
    // Built before: the build may want the network of the machine.
    program();
    let done = in_namespace(|| {
        veth(NEAR, FAR).unwrap();
        let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{FAR}/disable_ipv6"), "1");
        switch(FAR, true).unwrap();
        inside();
    });
    if let Err(why) = done {
        println!("skipped: {why}");
    }
}

/// The program while it listens.
struct Listening {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Listening {
    /// Starts it, and waits until it says that it listens.
    fn start(arguments: &[&str]) -> Listening {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let mut all = String::new();
        while !line.starts_with("Listening to ") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended: {all}");
            all += &line;
        }
        wait_running(&[NEAR, FAR]);
        Listening { child, stderr }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Exit code, standard output, rest of standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        let output = self.child.wait_with_output().unwrap();
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), stderr)
    }
}

fn run(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// An ARP announcement (RFC 5227) of an address, in a VLAN or in none.
fn announcement(host: u8, ip: [u8; 4], vlan: Option<u16>) -> Vec<u8> {
    let mac = [2, 0, 0, 0, 1, host];
    let mut frame = [&[0xff; 6][..], &mac].concat();
    if let Some(vlan) = vlan {
        frame.extend([0x81, 0]);
        frame.extend(vlan.to_be_bytes());
    }
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend([&mac[..], &ip, &[0; 6], &ip].concat());
    frame.resize(60, 0);
    frame
}

#[test]
fn equal_addresses_in_two_vlans_are_two_assets() {
    at_a_cable(|| {
        let networks = ["--network", "vlan:10=cell-1", "--network", "vlan:20=cell-2"];
        let assets = ["assets", "-i", NEAR, "--json", "--count", "4"];
        let listening = Listening::start(&[&assets[..], &networks[..]].concat());
        let sender = Sender::new(FAR).unwrap();
        for (host, vlan) in [(1, 10), (2, 20), (1, 10), (2, 20)] {
            sender.send(&announcement(host, [10, 0, 0, 5], Some(vlan))).unwrap();
        }
        let (code, stdout, stderr) = listening.end();
        assert_eq!(code, Some(0), "{stderr}");
        let assets: Vec<Value> = serde_json::from_str(&stdout).unwrap();
        let mut found: Vec<[String; 3]> = assets
            .iter()
            .map(|asset| {
                let interface = &asset["interfaces"][0];
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                [text(&asset["network"]), text(&interface["mac"]), text(&interface["addresses"][0]["ip"])]
            })
            .collect();
        found.sort();
        let wanted =
            [["cell-1", "02:00:00:00:01:01", "10.0.0.5"], ["cell-2", "02:00:00:00:01:02", "10.0.0.5"]];
        assert_eq!(found, wanted, "{stdout}");
    });
}

#[test]
fn pnet_is_refused_where_vlans_tell_networks_apart() {
    at_a_cable(|| {
        let arguments = ["assets", "-i", NEAR, "--source", "pnet", "--network", "vlan:10=cell-1"];
        let (code, stderr) = run(Command::new(program()).args(arguments));
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains("does not see VLANs") && stderr.contains("--source ring"), "{stderr}");
        assert!(!port::find(NEAR).unwrap().up, "the port was not touched");

        // Where ports tell them apart, it serves.
        let arguments = ["assets", "-i", NEAR, "--source", "pnet", "--network", "port:0=lab", "--json"];
        let listening = Listening::start(&[&arguments[..], &["--count", "1"]].concat());
        Sender::new(FAR).unwrap().send(&announcement(7, [10, 0, 0, 7], None)).unwrap();
        let (code, stdout, stderr) = listening.end();
        assert_eq!(code, Some(0), "{stderr}");
        let assets: Vec<Value> = serde_json::from_str(&stdout).unwrap();
        assert_eq!(assets.iter().map(|asset| &asset["network"]).collect::<Vec<_>>(), ["lab"], "{stdout}");
    });
}

#[test]
fn signals_end_it_in_order_and_the_port_comes_back() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        at_a_cable(|| {
            let before = port::find(NEAR).unwrap();
            let listening = Listening::start(&["flows", "-i", NEAR, "--jsonl"]);
            let now = port::find(NEAR).unwrap();
            assert!(now.silent && now.up, "{now:?}");
            listening.signal(signal);
            let (code, _, stderr) = listening.end();
            assert_eq!(code, Some(130), "{signal}: {stderr}");
            assert_eq!(port::find(NEAR).unwrap(), before, "{signal}");
        });
    }
}

#[test]
fn time_ends_it() {
    at_a_cable(|| {
        let listening = Listening::start(&["check", "-i", NEAR, "--json", "--duration", "0.2"]);
        let (code, stdout, stderr) = listening.end();
        assert_eq!(code, Some(0), "{stderr}");
        let document: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(document["files"][0]["format"], "live, ring");
    });
}

#[test]
fn losses_in_the_kernel_are_told_by_check() {
    at_a_cable(|| {
        let listening = Listening::start(&["check", "-i", NEAR, "--json"]);
        let sender = Sender::new(FAR).unwrap();
        // While the program cannot read, far more comes than its ring of 64 MiB holds.
        listening.signal(Signal::SIGSTOP);
        let (frame, mut tries) = (announcement(1, [10, 0, 0, 5], None).repeat(20), 0);
        while tries < 80_000 {
            tries += sender.burst(&frame).unwrap();
        }
        // What the cable carried: on a busy machine it loses some itself.
        let sent = sys::link::link(lab::index(FAR).unwrap()).unwrap().counters.tx_packets;
        listening.signal(Signal::SIGINT);
        listening.signal(Signal::SIGCONT);
        let (_, stdout, _) = listening.end();
        let document: Value = serde_json::from_str(&stdout).unwrap();
        let port = &document["files"][0]["port"];
        let dropped = port["dropped_by_kernel"].as_u64().unwrap();
        assert!(dropped > 0 && port["received"] == sent, "{port}");
        assert_eq!(document["files"][0]["dropped"], dropped);
        assert_eq!(port["silent"], true);
        let findings = document["verdict"]["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["name"] == "capture-loss"), "{findings:?}");
    });
}

#[test]
fn a_port_that_disappears_ends_with_what_is_known() {
    at_a_cable(|| {
        let listening = Listening::start(&["assets", "-i", NEAR, "--json"]);
        Sender::new(FAR).unwrap().send(&announcement(3, [10, 0, 0, 3], None)).unwrap();
        lab::remove(NEAR).unwrap();
        let (code, stdout, stderr) = listening.end();
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains("has disappeared"), "{stderr}");
        assert!(stdout.contains("10.0.0.3"), "{stdout}");
    });
}

#[test]
fn refusals_say_what_to_do() {
    at_a_cable(|| {
        let stillwatch = || Command::new(program());
        let (code, stderr) = run(stillwatch().args(["assets", "-i", "eth77"]));
        assert!(code == Some(2) && stderr.contains("no port eth77") && stderr.contains(NEAR), "{stderr}");

        // Somebody without rights, who can read the program.
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("stillwatch");
        std::fs::copy(program(), &copy).unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let (code, stderr) = run(Command::new(&copy).args(["assets", "-i", NEAR]).uid(65_534).gid(65_534));
        assert_eq!(code, Some(4), "{stderr}");
        assert!(stderr.contains("sudo setcap cap_net_raw,cap_net_admin=eip"), "{stderr}");

        lab::add_address(NEAR, [10, 9, 9, 1], 24).unwrap();
        switch(NEAR, true).unwrap();
        lab::add_default_route(NEAR).unwrap();
        let (code, stderr) = run(stillwatch().args(["assets", "-i", NEAR]));
        assert!(code == Some(2) && stderr.contains("--even-so"), "{stderr}");
        let listening = Listening::start(&["assets", "-i", NEAR, "--even-so", "--count", "1"]);
        assert!(!port::find(NEAR).unwrap().silent, "who uses it is not cut off");
        Sender::new(FAR).unwrap().send(&announcement(1, [10, 0, 0, 5], None)).unwrap();
        assert_eq!(listening.end().0, Some(0));
    });
}

#[test]
fn ports_are_listed_and_released() {
    at_a_cable(|| {
        let list = || {
            let output = Command::new(program()).args(["ports", "--json"]).output().unwrap();
            let ports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
            ports.into_iter().find(|port| port["name"] == NEAR).unwrap()
        };
        assert_eq!((&list()["silent"], &list()["up"]), (&Value::Bool(false), &Value::Bool(false)));
        // A program that is killed cannot put the port back; then there is a way to.
        let listening = Listening::start(&["assets", "-i", NEAR]);
        listening.signal(Signal::SIGKILL);
        listening.end();
        assert_eq!((&list()["silent"], &list()["role"]), (&Value::Bool(true), &Value::from("sniffing")));
        let (code, stderr) = run(Command::new(program()).args(["ports", "--release", NEAR]));
        assert_eq!(code, Some(0), "{stderr}");
        assert_eq!(list()["silent"], false);
    });
}
