//! The promise of a sniffing port, heard from the other end of the cable: nothing
//! is ever sent. And that a port comes back as it was.

mod cable;

use std::fs;
use std::net::{IpAddr, UdpSocket};

use cable::{FAR, NEAR, at_a_cable, at_a_live_cable, small};
use capture::live::{self, Kind};
use capture::port::{self, prepare};
use capture::{Error, Progress, Source};
use lab::{Sender, add_address, add_default_route, index, shout, switch, wait_running};
use sys::{link, qdisc};

fn ipv6() -> String {
    format!("/proc/sys/net/ipv6/conf/{NEAR}/disable_ipv6")
}

fn listen(name: &str) -> Box<dyn Source + Send> {
    live::open(Kind::Ring, &[name.to_owned()], &small()).unwrap()
}

/// Frames that are heard until it is silent for a while.
fn heard(source: &mut dyn Source) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for _ in 0..3 {
        while source.batch(&mut |frames| all.extend(frames.iter().map(|frame| frame.data.to_vec()))).unwrap()
            != Progress::Idle
        {}
    }
    all
}

/// A router solicitation (RFC 4861 §4.1) as it would leave a host.
fn router_solicitation() -> Vec<u8> {
    let mut frame = vec![0x33, 0x33, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0x77, 0x86, 0xdd];
    frame.extend([0x60, 0, 0, 0, 0, 8, 58, 255]);
    frame.extend([&[0xfe, 0x80][..], &[0; 13], &[1], &[0xff, 0x02], &[0; 13], &[2]].concat());
    frame.extend([133, 0, 0x7d, 0x37, 0, 0, 0, 0]);
    frame
}

/// Everything on this machine that may want to speak does so: a program that shouts, one
/// that asks a neighbour (somebody gave the port an address), one with a raw
/// socket, and IPv6 of the kernel, which somebody switched on.
fn provoke() {
    let _ = fs::write(ipv6(), "0");
    add_address(NEAR, [10, 9, 9, 1], 24).unwrap();
    shout(NEAR).unwrap();
    UdpSocket::bind("10.9.9.1:0").unwrap().send_to(b"hello", "10.9.9.2:9").unwrap();
    // Who has a raw socket is told that his frame was dropped, or not.
    let _ = Sender::new(NEAR).unwrap().send(&router_solicitation());
}

fn has_ipv6() -> bool {
    fs::metadata(ipv6()).is_ok()
}

#[test]
fn the_far_end_hears_a_port_that_is_not_prepared() {
    // Without this, silence in the next test would prove nothing.
    at_a_live_cable(|| {
        let mut far = listen(FAR);
        provoke();
        let frames = heard(&mut *far);
        let any = |what: &dyn Fn(&[u8]) -> bool| frames.iter().any(|frame| what(frame));
        assert!(any(&|frame| frame[12..14] == [8, 0] && frame[23] == 17), "the shout: {frames:x?}");
        assert!(any(&|frame| frame[12..14] == [8, 6]), "ARP for the neighbour: {frames:x?}");
        assert!(any(&|frame| frame == router_solicitation()), "the raw socket: {frames:x?}");
        if has_ipv6() {
            let by_kernel = |frame: &[u8]| frame[12..14] == [0x86, 0xdd] && frame != router_solicitation();
            assert!(any(&by_kernel), "IPv6 of the kernel: {frames:x?}");
        }
    });
}

#[test]
fn nothing_gets_out_of_a_sniffing_port() {
    for kind in Kind::ALL {
        at_a_cable(|| {
            let (near, far_index) = (index(NEAR).unwrap(), index(FAR).unwrap());
            let mut far = listen(FAR);
            let prepared = prepare(NEAR, false).unwrap();
            assert!(prepared.silent && prepared.warnings.is_empty(), "{prepared:?}");
            let mut source = live::open(kind, &[NEAR.to_owned()], &small()).unwrap();
            wait_running(&[NEAR, FAR]);
            source.batch(&mut |_| {}).unwrap();
            if has_ipv6() {
                assert_eq!(fs::read_to_string(ipv6()).unwrap().trim(), "1");
            }
            let own = |addresses: Vec<(u32, IpAddr)>| addresses.iter().any(|(index, _)| *index == near);
            assert!(!own(link::addresses().unwrap()), "not even a link-local address");

            provoke();
            // The link goes off and on, with all that IPv6 says then.
            switch(NEAR, false).unwrap();
            source.batch(&mut |_| {}).unwrap();
            switch(NEAR, true).unwrap();
            wait_running(&[NEAR, FAR]);
            shout(NEAR).unwrap();
            let tries = || qdisc::root(near).unwrap().map_or(0, |root| root.drops);
            // Two shouts, the question to the neighbour and the raw frame; IPv6 speaks later.
            let wanted = if has_ipv6() { 6 } else { 4 };
            for _ in 0..50 {
                if tries() >= wanted {
                    break;
                }
                source.batch(&mut |_| {}).unwrap();
            }
            assert_eq!(link::link(far_index).unwrap().counters.rx_packets, 0, "heard at the far end");
            assert!(tries() >= wanted, "{} tries: they were not made, so nothing is proven", tries());

            drop(source);
            drop(prepared);
            assert_eq!(heard(&mut *far), Vec::<Vec<u8>>::new(), "{}", kind.name());
            // What the two ends themselves counted, over the life of the cable.
            assert_eq!(link::link(far_index).unwrap().counters.rx_packets, 0);
            assert_eq!(link::link(near).unwrap().counters.tx_packets, 0);
        });
    }
}

#[test]
fn a_port_that_was_off_comes_back_as_it_was() {
    at_a_cable(|| {
        let before = port::find(NEAR).unwrap();
        let flags = || link::link(before.index).unwrap().flags;
        let was = (flags(), sys::ethtool::gro(NEAR).unwrap(), fs::read_to_string(ipv6()).ok());
        let prepared = prepare(NEAR, false).unwrap();
        let changes = prepared.changes();
        for change in ["egress drop", "ARP off", "switched on"] {
            assert!(changes.contains(&change), "{change}: {changes:?}");
        }
        assert_eq!(changes.contains(&"IPv6 off"), has_ipv6());
        assert!(!sys::ethtool::gro(NEAR).unwrap());
        let now = port::find(NEAR).unwrap();
        assert!(now.silent && now.up);
        // Preparing what is prepared changes nothing, and takes nothing back.
        let again = prepare(NEAR, false).unwrap();
        assert!(again.silent && again.changes().is_empty(), "{again:?}");
        drop(again);
        assert_eq!(port::find(NEAR).unwrap(), now);
        drop(prepared);
        assert_eq!((flags(), sys::ethtool::gro(NEAR).unwrap(), fs::read_to_string(ipv6()).ok()), was);
        assert!(!port::find(NEAR).unwrap().silent);
    });
}

#[test]
fn a_port_that_was_on_speaks_again_afterwards() {
    at_a_live_cable(|| {
        let mut far = listen(FAR);
        let prepared = prepare(NEAR, false).unwrap();
        let sender = Sender::new(NEAR).unwrap();
        let _ = sender.send(&router_solicitation());
        assert!(heard(&mut *far).is_empty());
        drop(prepared);
        assert!(port::find(NEAR).unwrap().up);
        sender.send(&router_solicitation()).unwrap();
        assert_eq!(heard(&mut *far), [router_solicitation()]);
    });
}

#[test]
fn kept_changes_stay() {
    at_a_cable(|| {
        prepare(NEAR, false).unwrap().keep();
        let port = port::find(NEAR).unwrap();
        assert!(port.silent && port.up);
        port::release(NEAR).unwrap();
        assert!(!port::find(NEAR).unwrap().silent);
        assert!(prepare(NEAR, false).unwrap().changes().contains(&"ARP off"));
    });
}

#[test]
fn a_port_with_an_address_is_left_as_it_is() {
    at_a_live_cable(|| {
        add_address(NEAR, [10, 9, 9, 1], 24).unwrap();
        let before = port::find(NEAR).unwrap();
        assert_eq!(before.addresses, ["10.9.9.1".parse::<IpAddr>().unwrap()]);
        let prepared = prepare(NEAR, false).unwrap();
        assert!(!prepared.silent && prepared.changes().is_empty());
        assert!(prepared.warnings[0].contains("10.9.9.1"), "{:?}", prepared.warnings);
        assert_eq!(port::find(NEAR).unwrap(), before);
    });
}

#[test]
fn the_management_port_is_refused() {
    at_a_live_cable(|| {
        add_default_route(NEAR).unwrap();
        let error = prepare(NEAR, false).unwrap_err();
        assert!(
            matches!(error, Error::PortInUse { .. }) && error.to_string().contains("--even-so"),
            "{error}"
        );
        let prepared = prepare(NEAR, true).unwrap();
        assert!(!prepared.silent && prepared.changes().is_empty() && prepared.warnings.len() == 1);
        drop(prepared);
        // Switched on and able to send, as before.
        let mut far = listen(FAR);
        Sender::new(NEAR).unwrap().send(&router_solicitation()).unwrap();
        assert_eq!(heard(&mut *far), [router_solicitation()]);
    });
}

#[test]
fn the_list_tells_what_a_port_is() {
    at_a_live_cable(|| {
        let list = port::list().unwrap();
        let names: Vec<&str> = list.iter().map(|port| port.name.as_str()).collect();
        assert!(names.contains(&NEAR) && names.contains(&FAR) && !names.contains(&"lo"), "{names:?}");
        let near = port::find(NEAR).unwrap();
        assert!(near.up && near.carrier && near.is_virtual && !near.in_use());
        assert_eq!((near.driver.as_str(), near.speed, near.mtu), ("veth", Some(10_000), 1_500));
        assert!(near.mac.is_some());
        switch(FAR, false).unwrap();
        assert!(!port::find(NEAR).unwrap().carrier);
    });
}
