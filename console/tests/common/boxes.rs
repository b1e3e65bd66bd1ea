//! Overviews of boxes in their main states.

use model::{ErrorCode, Mac, Time};
use wire::local::{Failed, Management, Overview, Platform, Sniffing, Standing};
use wire::{Fact, PortStatus, SpoolStatus, State};

const NOW: Time = Time::new(1_795_727_765, 0);

fn fingerprint(seed: u8) -> String {
    let pairs: Vec<String> =
        (0..32u8).map(|at| format!("{:02x}", at.wrapping_mul(37).wrapping_add(seed))).collect();
    pairs.join(":")
}

fn ago(seconds: u64) -> Time {
    Time::new(NOW.seconds() - seconds, 0)
}

/// Just unpacked: DHCP gave an address, nothing is registered.
pub fn fresh() -> Overview {
    Overview {
        version: "stillwatch 0.1.0".into(),
        slot: "A".into(),
        serial: "SW-0042".into(),
        hostname: "stillwatch".into(),
        uptime: 187,
        time: (NOW, 0),
        management: Management {
            port: "eth0".into(),
            mac: "02:00:5e:10:00:01".into(),
            link: true,
            speed: 1_000,
            addresses: vec![
                ("192.168.1.50/24".into(), "DHCP until 2026-11-27 09:12".into()),
                ("2001:db8::5eff:fe10:1/64".into(), "SLAAC".into()),
            ],
            gateways: vec!["192.168.1.1".into(), "fe80::1".into()],
            dns: vec!["192.168.1.1".into(), "9.9.9.9".into()],
            fault: None,
        },
        platform: Platform::default(),
        sensing: None,
        ports: vec![Sniffing {
            port: PortStatus {
                name: "eth1".into(),
                mac: Some(Mac([2, 0, 0x5e, 0x10, 0, 2])),
                driver: "igb".into(),
                ..PortStatus::default()
            },
            ..Sniffing::default()
        }],
        fingerprints: vec![("console certificate request key".into(), fingerprint(7))],
        next: "Personalize this sensor (item 3): make a code on the platform under Sensors.".into(),
        ..Overview::default()
    }
}

/// Registered, sensing at two ports, one mirror is one-way.
pub fn online() -> Overview {
    let port = |name: &str, last: u8, bits: u64| PortStatus {
        name: name.into(),
        mac: Some(Mac([2, 0, 0x5e, 0x10, 0, last])),
        link: true,
        speed: 10_000,
        bits,
        packets: bits / 6_000,
        frames: bits * 3,
        bytes: bits * 700,
        last: ago(1),
        driver: "ixgbe".into(),
        ..PortStatus::default()
    };
    Overview {
        name: "edge-7".into(),
        hostname: "sw-edge-7".into(),
        uptime: 273_127,
        time: (NOW, 60),
        platform: Platform {
            address: "stillwatch.example:443".into(),
            proxy: "http 10.0.0.8:3128".into(),
            standing: Standing::Online,
            heard: ago(12),
            certificate_ends: Time::new(1_824_000_000, 0),
            ..Platform::default()
        },
        sensing: Some(State::Sensing),
        ports: vec![
            Sniffing {
                port: port("eth1", 2, 412_345_678),
                label: "core uplink".into(),
                neighbour: "sw-core-1 Gi1/0/7".into(),
            },
            Sniffing {
                port: PortStatus { lost: [0, 17], ..port("eth2", 3, 9_876_543_210) },
                label: String::new(),
                neighbour: "sw-core-2 Te2/1/1".into(),
            },
        ],
        findings: vec![Fact {
            code: Some(ErrorCode::OneWay),
            words: "Only one direction of conversations arrives on eth2. Usually the mirror session has rx only. \
                    To do: mirror both directions."
                .into(),
        }],
        sightings: [1_412, 1_240],
        new: 4,
        fingerprints: vec![
            ("platform CA".into(), fingerprint(1)),
            ("sensor certificate".into(), fingerprint(99)),
        ],
        next: "Mirror both directions to eth2 (item 4 tells more).".into(),
        ..fresh()
    }
}

/// No lease, no platform, the sensing process is down, reports wait.
pub fn broken() -> Overview {
    let base = online();
    Overview {
        management: Management {
            link: true,
            speed: 100,
            addresses: vec![],
            gateways: vec![],
            dns: vec![],
            fault: Some(Failed::coded(ErrorCode::NoLease, "no DHCP server answered within 30 s")),
            ..base.management.clone()
        },
        platform: Platform {
            standing: Standing::Offline,
            heard: ago(90_000),
            fault: Some(Failed::coded(ErrorCode::DnsFailed, "stillwatch.example: no DNS server is known")),
            ..base.platform.clone()
        },
        sensing: Some(State::Failed),
        ports: vec![Sniffing {
            port: PortStatus { name: "eth1".into(), ..PortStatus::default() },
            // What an attacker's switch might say of itself.
            neighbour: "sw\u{1b}[2J\u{1b}]0;owned\u{7}\r\nNext step  log in at http://evil".into(),
            ..Sniffing::default()
        }],
        findings: vec![Fact {
            code: Some(ErrorCode::Disk),
            words: "The disk of the state is full to 98 %.".into(),
        }],
        spool: SpoolStatus { batches: 1_234, bytes: [4_300_000, 1 << 30], ..SpoolStatus::default() },
        trying: Some(87),
        next: "Check the DHCP server, or set a static address (item 1).".into(),
        ..base
    }
}

/// Eight sniffing ports: more than a screen.
pub fn large() -> Overview {
    let base = online();
    let ports = (1..=8).map(|at| {
        let mut sniffing = base.ports[0].clone();
        sniffing.port.name = format!("eth{at}");
        sniffing.neighbour = format!("sw-core-{at} Te1/0/{at}");
        sniffing
    });
    Overview { ports: ports.collect(), findings: vec![], ..base.clone() }
}

/// Every state, by name.
pub fn all() -> [(&'static str, Overview); 4] {
    [("fresh", fresh()), ("online", online()), ("broken", broken()), ("large", large())]
}
