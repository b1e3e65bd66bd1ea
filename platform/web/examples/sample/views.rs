//! Sample assets and conversations, hostile names included; the rest is in
//! `fleet`. Shared by the sample server and the tests.

use std::borrow::Cow;
use std::net::IpAddr;

use assets::doc::Stamp;
use assets::{Asset, Config, Input, Inventory};
use model::{Conversation, Hint, HintKind, Interval, KnownBy, NetworkId, Port, Sighting, Time};
use platform_core::views::*;

/// The sample's present.
pub const NOW: u64 = 1_795_701_600;

/// So many seconds before the present.
pub fn ago(seconds: u64) -> Stamp {
    Stamp(Time::new(NOW - seconds, 250_000_000))
}

/// A name that tries everything.
pub const HOSTILE: &str = "\"><script>alert(1)</script>=cmd|' /C calc'!A0\u{202e}\u{7}\u{1b}[31m";

/// A name as long as they come.
pub fn long_name() -> String {
    "a-very-long-name-that-somebody-gave-to-a-device-on-the-third-floor-".repeat(3)
}

struct Device {
    mac: &'static str,
    ip: String,
    seconds: u64,
    heard: Vec<(&'static str, String, Option<u16>)>,
}

fn device(mac: &'static str, ip: &str, seconds: u64, heard: &[(&'static str, &str)]) -> Device {
    let heard = heard
        .iter()
        .map(|(field, value)| {
            let (field, port) = field.split_once(':').map_or((*field, None), |(f, p)| (f, p.parse().ok()));
            (field, (*value).to_owned(), port)
        })
        .collect();
    Device { mac, ip: ip.into(), seconds, heard }
}

fn devices() -> Vec<Device> {
    vec![
        device(
            "00:1b:1b:00:00:01",
            "10.1.4.20",
            900,
            &[
                ("arp.binding", "reply"),
                ("dhcp.hostname", "plc-line-3"),
                ("profinet.name", "plc-line-3"),
                ("s7.order_number", "6ES7 315-2EH14-0AB0"),
                ("s7.module", "CPU 315-2 PN/DP"),
            ],
        ),
        device(
            "3c:d9:2b:10:20:30",
            "10.1.2.14",
            60,
            &[
                ("arp.binding", "reply"),
                ("dhcp.hostname", "NPI102030"),
                ("dhcp.vendor_class", "Hewlett-Packard JetDirect"),
                ("http.server:80", "HP HTTP Server; HP LaserJet M404dn"),
                (
                    "snmp.sysdescr",
                    "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24110019",
                ),
            ],
        ),
        device(
            "00:50:56:aa:bb:01",
            "10.1.1.10",
            4,
            &[
                ("arp.binding", "reply"),
                ("dhcp.hostname", "fileserver01"),
                ("smb.hostname", "FILESERVER01"),
                ("smb.os_version", "10.0.17763"),
                ("smb.domain", "corp.example"),
                ("ssh.banner:22", "SSH-2.0-OpenSSH_for_Windows_8.1"),
                ("dhcp.vendor_class", "MSFT 5.0"),
                ("tls.cert_cn:443", "fileserver01.corp.example"),
            ],
        ),
        device(
            "00:1c:7f:00:00:09",
            "10.1.1.1",
            2,
            &[
                ("arp.binding", "reply"),
                ("lldp.sysname", "core-1"),
                ("lldp.sysdescr", "Cisco IOS Software, C3750E Software, Version 15.2(4)E8"),
            ],
        ),
        device(
            "f2:11:22:33:44:55",
            "10.1.3.77",
            4_000,
            &[("arp.binding", "request"), ("dhcp.hostname", "Annas-iPhone")],
        ),
        device(
            "00:0c:29:66:66:66",
            "10.1.3.66",
            86_000,
            &[("arp.binding", "reply"), ("dhcp.hostname", HOSTILE)],
        ),
        device("00:0c:29:66:66:67", "10.1.3.67", 9_000_000, &[("arp.binding", "reply")]),
    ]
}

/// A few devices, built by the real inventory from observations.
pub fn inventory() -> Inventory {
    let mut intervals = Vec::new();
    let mut push = |device: Device| {
        for (field, value, port) in device.heard {
            intervals.push(Interval {
                sighting: Sighting {
                    network: NetworkId(0),
                    mac: device.mac.parse().ok(),
                    ip: device.ip.parse().ok(),
                },
                field: Cow::Borrowed(field),
                port: port.map(|number| Port { transport: 6, number }),
                value,
                first: Time::new(NOW - 12 * 86_400, 0),
                last: Time::new(NOW - device.seconds, 0),
                count: 48,
                frame: 7,
            });
        }
    };
    let mut all = devices();
    let mut named = device("00:0c:29:77:77:77", "10.1.3.99", 30, &[("arp.binding", "reply")]);
    named.heard.push(("dhcp.hostname", long_name(), None));
    all.push(named);
    all.into_iter().for_each(&mut push);
    let conversations = [
        talk("10.1.3.77", "10.1.1.10", 445, "smb", 48_000_000),
        talk("10.1.1.10", "93.184.216.34", 443, "tls", 1_900_000),
        talk("10.1.3.66", "10.1.2.14", 9100, "", 700),
        talk("0.0.0.0", "10.1.1.10", 445, "smb", 5_000),
    ];
    let zone = |network, ip: IpAddr| {
        if ip.is_unspecified() { assets::Zone::Excluded } else { assets::default_zone(network, ip) }
    };
    let config = Config { zone: &zone, ..Config::default() };
    assets::build(&Input { intervals: &intervals, conversations: &conversations, assertions: &[] }, &config)
}

fn talk(client: &str, server: &str, port: u16, protocol: &'static str, bytes: u64) -> Conversation {
    Conversation {
        network: NetworkId(0),
        client: client.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])),
        server: server.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])),
        port,
        transport: 6,
        flows: 12,
        packets: [bytes / 900 + 1, bytes / 700 + 1],
        bytes: [bytes / 9, bytes],
        copies: [0, 0],
        copy_bytes: [0, 0],
        first: Time::new(NOW - 1_700, 0),
        last: Time::new(NOW - 100, 0),
        frame: 9,
        protocol: Cow::Borrowed(protocol),
        known_by: if protocol.is_empty() { KnownBy::Nothing } else { KnownBy::Payload },
        answered: port != 9100,
        hints: vec![Hint { kind: HintKind::Sni, value: "intranet.example".into() }],
    }
}

/// An asset as lists show it.
pub fn row(asset: &Asset) -> AssetRow {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    AssetRow {
        asset_id: asset.asset_id.clone(),
        name: asset.name.clone(),
        category: asset.category.clone(),
        kind: asset.kind.clone(),
        maker: text(&asset.maker),
        model: text(&asset.model),
        os: asset.os.as_ref().map_or_else(String::new, |os| os.value.clone()),
        os_family: asset.os.as_ref().map_or_else(String::new, |os| os.family.clone()),
        ips: asset
            .interfaces
            .iter()
            .flat_map(|interface| &interface.addresses)
            .map(|address| address.ip)
            .collect(),
        macs: asset.interfaces.iter().filter_map(|interface| interface.mac).collect(),
        hostnames: asset.hostnames.iter().map(|name| name.name.clone()).collect(),
        network: asset.network.clone(),
        flags: asset.flags.iter().map(|flag| flag.name.clone()).collect(),
        sensors: vec!["hq-core-1".into()],
        state: asset.state.clone(),
        confidence: asset.confidence,
        first_seen: asset.first_seen,
        last_seen: asset.last_seen,
        private_mac: asset.name.contains("iPhone"),
        ..AssetRow::default()
    }
}

/// A page of so many assets: the built ones and simple ones.
pub fn asset_page(all: usize) -> AssetPage {
    let mut items: Vec<AssetRow> = inventory().assets.iter().map(row).collect();
    for at in items.len()..all.min(100) {
        let [_, _, high, low] = (at as u32).to_be_bytes();
        items.push(AssetRow {
            asset_id: format!("0190-{at}"),
            name: format!("pc-{at:04}"),
            category: "computer".into(),
            kind: "workstation".into(),
            maker: "Dell".into(),
            model: "OptiPlex 7090".into(),
            os: "Windows 11".into(),
            os_family: "windows".into(),
            ips: vec![IpAddr::from([10, 1, high, low])],
            macs: format!("00:14:22:00:{high:02x}:{low:02x}").parse().into_iter().collect(),
            network: "default".into(),
            tags: if at.is_multiple_of(7) { vec!["finance".into()] } else { Vec::new() },
            state: "unmanaged".into(),
            confidence: 0.81,
            first_seen: ago(86_400 * 9),
            last_seen: ago(at as u64 * 13),
            ..AssetRow::default()
        });
    }
    let facet = |column: &str, label: &str, values: &[(&str, u64)]| Facet {
        column: column.into(),
        label: label.into(),
        values: values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect(),
        more: 3,
    };
    AssetPage {
        items,
        next: (all > 100).then(|| "cursor-1".to_owned()),
        total: all as u64,
        facets: vec![
            facet(
                "category",
                "Category",
                &[("computer", 3_204), ("network", 411), ("printer", 96), ("unknown", 204)],
            ),
            facet(
                "maker",
                "Maker",
                &[("Dell", 2_811), ("Hewlett Packard Enterprise Company", 412), (HOSTILE, 1)],
            ),
            facet("os_family", "System", &[("windows", 3_001), ("linux", 288), ("", 641)]),
            facet("network", "Network", &[("default", 3_911), ("cell 3", 89)]),
        ],
    }
}

/// An asset in detail: the first whose name holds a text.
pub fn detail(name: &str) -> AssetDetail {
    let asset = inventory()
        .assets
        .into_iter()
        .find(|asset| asset.name.contains(name))
        .unwrap_or_else(|| inventory().assets.remove(0));
    let heard_by = asset
        .observations
        .iter()
        .map(|one| HeardBy {
            field: format!("{}.{}", one.proto, one.field),
            value: one.value.clone(),
            sensor: "hq-core-1".into(),
            first_seen: one.first_seen,
            last_seen: one.last_seen,
            count: one.count,
        })
        .collect();
    let mut row = row(&asset);
    row.tags = vec!["critical".into(), HOSTILE.into()];
    let manual = vec![
        ManualValue {
            field: "model".into(),
            value: "ProLiant DL380".into(),
            by: "anna".into(),
            at: ago(7_000),
        },
        ManualValue {
            field: "owner".into(),
            value: "IT, second floor".into(),
            by: "anna".into(),
            at: ago(7_000),
        },
    ];
    let judgement = |act: &str, undone| Judgement {
        id: format!("j-{act}"),
        act: act.into(),
        keys: vec!["mac 00:50:56:aa:bb:01".into(), "hostname fileserver01".into()],
        by: "anna".into(),
        at: ago(90_000),
        undone,
    };
    AssetDetail {
        asset,
        row,
        heard_by,
        manual,
        judgements: vec![judgement("merge", false), judgement("never", true)],
    }
}

/// Conversations.
pub fn talks() -> TalkPage {
    let inventory = inventory();
    let name = |id: &Option<String>| {
        let found = inventory.assets.iter().find(|asset| Some(&asset.asset_id) == id.as_ref());
        found.map_or_else(String::new, |asset| asset.name.clone())
    };
    let items = inventory
        .conversations
        .iter()
        .map(|talk| TalkView {
            start: ago(1_800),
            end: ago(0),
            sensor: "hq-core-1".into(),
            client_name: name(&talk.client_asset),
            server_name: name(&talk.server_asset),
            talk: talk.clone(),
        })
        .collect();
    TalkPage { items, next: Some("cursor-1".into()) }
}
