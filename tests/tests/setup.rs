//! The appliance's programs together: the set-up service, the sensor that follows its
//! orders, and a platform; and a management network that is cut off by its own change.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e::faces::{Program, changes, service};
use e2e::line::{export, start, until};
use e2e::program;
use e2e::traffic::{announcement, lldp};
use lab::{Namespace, Sender, in_namespace, switch, veth, wait_running};
use model::Time;
use netcfg::arp::reaches;
use platform_core::views::{InternalGroup, NetworkMap, NewSensor};
use wire::State;
use wire::local::{Ask, Say, Secret, Standing, frame};

/// From nothing to two assets in two networks, by the service alone: the platform's
/// address and the code are entered at a face, the sensor follows, equal addresses in
/// two VLANs are two assets on the platform.
#[test]
fn a_box_is_set_up_registered_and_senses_two_vlans_as_two_networks() {
    program();
    let done = in_namespace(|| {
        switch("lo", true).unwrap();
        veth("near0", "far0").unwrap();
        switch("near0", true).unwrap();
        switch("far0", true).unwrap();
        wait_running(&["near0", "far0"]);
        let folder = tempfile::tempdir().unwrap();
        let running = start(&folder.path().join("platform"), 0);
        let platform = &running.platform;
        platform.new_network("cell-1", "test").unwrap();
        platform.new_network("cell-2", "test").unwrap();
        let new = NewSensor { name: "hall 3".into(), ..NewSensor::default() };
        let (_, code) = platform.new_sensor(&new, "test").unwrap();

        let (_service, face) = service(folder.path(), &[]);
        let state = folder.path().join("state");
        let socket = face.0.to_str().unwrap().to_owned();
        let follows = ["run", "--setup", &socket, "--state", state.to_str().unwrap()];
        let _sensor = Program::start(&follows);
        assert_eq!(face.overview().platform.standing, Standing::Unregistered);
        let address = running.sensor_address.to_string();
        assert!(matches!(face.set(&[("platform.address", &address)]), Say::Done(_)));
        let registered = face.end(Ask::Register { code: Secret(code.clone()), anew: false });
        assert_eq!(registered, Say::Done("registered as hall 3".into()));
        let again = face.end(Ask::Register { code: Secret(code), anew: true });
        assert!(matches!(again, Say::Failed(failed) if failed.code == Some(model::ErrorCode::CodeUsed)));
        assert!(face.overview().next.contains("role sniffing"), "{}", face.overview().next);
        let roles = face.set(&[("ports.roles", "lo=management, near0=sniffing")]);
        assert!(matches!(roles, Say::Done(_)), "{roles:?}");
        until("it holds what it hears", || face.overview().sensing == Some(State::Holding));
        assert!(face.overview().next.contains("internal ranges"), "{}", face.overview().next);

        let mut wanted = platform.configuration().unwrap();
        wanted.internal = vec![InternalGroup {
            name: "plant".into(),
            ranges: vec!["10.0.0.0/8".into()],
            inventory: true,
            ..InternalGroup::default()
        }];
        let map = |vlan: u16, network: &str| NetworkMap {
            sensor: "hall 3".into(),
            source: format!("vlan:{vlan}"),
            network: network.into(),
        };
        wanted.network_maps = vec![map(10, "cell-1"), map(20, "cell-2")];
        platform.configure(&wanted, "test").unwrap();
        until("it senses", || face.overview().sensing == Some(State::Sensing));

        let sender = Sender::new("far0").unwrap();
        let mut sent = Instant::now() - Duration::from_secs(9);
        until("two assets", || {
            if sent.elapsed() > Duration::from_secs(1) {
                sent = Instant::now();
                sender.send(&announcement(1, [10, 0, 0, 5], Some(10))).unwrap();
                sender.send(&announcement(2, [10, 0, 0, 5], Some(20))).unwrap();
                sender.send(&lldp()).unwrap();
            }
            let rows = export(platform, "jsonl");
            rows.contains("cell-1") && rows.contains("cell-2")
        });
        let rows = export(platform, "jsonl");
        let rows: Vec<&str> = rows.lines().filter(|row| row.contains("10.0.0.5")).collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
        let mac =
            |network: &str, mac: &str| rows.iter().any(|row| row.contains(network) && row.contains(mac));
        assert!(mac("cell-1", "02:00:00:00:01:01") && mac("cell-2", "02:00:00:00:01:02"), "{rows:?}");
        until("the neighbour is named", || {
            face.overview().ports.iter().any(|port| port.neighbour == "core1 Gi1/0/7")
        });
        until("the platform answers", || face.overview().platform.standing == Standing::Online);
        until("an upload is noted", || face.overview().platform.heard > Time(0));
        running.stop();
    });
    if let Err(why) = done {
        println!("skipped: {why}");
    }
}

/// A DHCP server at the far end of the management cable.
struct Dnsmasq(Child, #[expect(dead_code, reason = "its folder goes with it")] tempfile::TempDir);

impl Dnsmasq {
    fn start() -> Option<Dnsmasq> {
        let folder = tempfile::tempdir().unwrap();
        let leases = format!("--dhcp-leasefile={}", folder.path().join("leases").display());
        let pid = format!("--pid-file={}", folder.path().join("pid").display());
        let arguments = [
            "--no-daemon",
            "--conf-file=/dev/null",
            "--port=0",
            "--interface=lan0",
            "--bind-interfaces",
            "--user=root",
            "--dhcp-range=10.9.0.100,10.9.0.150,1h",
            "--dhcp-authoritative",
            &leases,
            &pid,
        ];
        let started =
            Command::new("dnsmasq").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        Some(Dnsmasq(started.ok()?, folder))
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody at the far end answers ARP for the address.
fn answers(ip: &str) -> bool {
    let asked = reaches("lan0", [10, 9, 0, 1].into(), ip.parse().unwrap(), Duration::from_millis(500));
    asked.unwrap().is_some()
}

/// An operator who comes over the management network sets an address that cuts himself
/// off: the old one answers again by itself.
#[test]
fn a_change_that_cuts_the_operator_off_comes_back_by_itself() {
    program();
    let (Ok(lan), Ok(appliance)) = (Namespace::new(), Namespace::new()) else {
        println!("skipped: no network namespaces here");
        return;
    };
    appliance.cable("mg0", &lan, "lan0").unwrap();
    let server = lan.run(|| {
        switch("lo", true).unwrap();
        switch("lan0", true).unwrap();
        lab::add_address("lan0", [10, 9, 0, 1], 24).unwrap();
        Dnsmasq::start()
    });
    let Some(_server) = server else {
        println!("skipped: dnsmasq is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let resolv = folder.path().join("resolv.conf");
    let more = ["--manage", "mg0", "--resolv-conf", resolv.to_str().unwrap(), "--confirm-within", "12"];
    let (_service, face) = appliance.run(|| service(folder.path(), &more));
    let held = || {
        let found = face.overview().management.addresses;
        found.into_iter().find(|(_, how)| how.starts_with("DHCP")).map(|(address, _)| address)
    };
    until("a lease", || held().is_some());
    let leased = held().unwrap();
    let ip = leased.split_once('/').unwrap().0.to_owned();
    until("it answers", || lan.run(|| answers(&ip)));

    // The operator's own line is gone in the middle of it.
    let mut operator = UnixStream::connect(&face.0).unwrap();
    let elsewhere =
        [("network.mode", "static"), ("network.address", "192.168.77.5/24"), ("network.gateway", "")];
    operator.write_all(&frame(&Ask::Apply(changes(&elsewhere)))).unwrap();
    until("he is cut off", || !lan.run(|| answers(&ip)));
    drop(operator);
    let began = Instant::now();
    until("it comes back", || lan.run(|| answers(&ip)));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(held(), Some(leased));

    // With a confirmation it stays.
    let good =
        [("network.mode", "static"), ("network.address", "10.9.0.77/24"), ("network.gateway", "10.9.0.1")];
    let said = face.ask(Ask::Apply(changes(&good)));
    assert!(matches!(said.last(), Some(Say::Confirm(_))), "{said:?}");
    assert!(matches!(face.end(Ask::Confirm), Say::Done(_)));
    std::thread::sleep(Duration::from_secs(14));
    assert!(lan.run(|| answers("10.9.0.77")));

    // One that another host has is refused with its code, and the one before stays.
    let taken = face.ask(Ask::Apply(changes(&[("network.address", "10.9.0.1/24"), ("network.gateway", "")])));
    assert!(
        matches!(taken.last(), Some(Say::Failed(failed)) if failed.code == Some(model::ErrorCode::AddressInUse)),
        "{taken:?}"
    );
    until("the one before answers", || lan.run(|| answers("10.9.0.77")));
}
