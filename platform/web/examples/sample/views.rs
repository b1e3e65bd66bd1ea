//! Sample answers of the platform: every state a page can be in, hostile names
//! included. Shared by the sample server and the tests.

use std::borrow::Cow;
use std::net::IpAddr;

use assets::doc::Stamp;
use assets::{Asset, Config, Input, Inventory};
use model::{Conversation, ErrorCode, Hint, HintKind, Interval, KnownBy, NetworkId, Port, Sighting, Time};
use platform_core::views::*;
use wire::{Fact, Hardware, PortStatus, SpoolStatus, State, Status};

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

fn port(name: &str, link: bool, bits: u64, lost: [u64; 2]) -> PortStatus {
    PortStatus {
        name: name.into(),
        mac: "00:1b:21:01:02:03".parse().ok(),
        link,
        speed: if link { 10_000 } else { 0 },
        rated: 10_000,
        bits,
        packets: bits / 6_000,
        frames: if link { 91_204_551 } else { 0 },
        bytes: if link { 71_204_551_000 } else { 0 },
        last: if link { ago(1).0 } else { Time(0) },
        lost,
        driver: "ixgbe".into(),
        blind_to_vlans: false,
    }
}

fn sensor(name: &str, state: SensorState) -> SensorView {
    let registered = !matches!(state, SensorState::Unregistered);
    let status = Status {
        time: ago(2).0,
        version: "stillwatch 0.1.0".into(),
        uptime: 93_784,
        state: State::Sensing,
        config: 7,
        ports: vec![port("cap1", true, 412_400_000, [0, 0])],
        cores: vec![310, 970, 220, 105],
        memory_kib: [3_145_728, 8_388_608],
        sightings: [4_812, 3_990],
        conversations: 51_200,
        dropped: 0,
        spool: SpoolStatus { batches: 0, bytes: [0, 4_000_000_000], oldest: Time(0), dropped: 0 },
        heard: Vec::new(),
        findings: Vec::new(),
    };
    SensorView {
        id: format!("id-{name}"),
        name: name.into(),
        site: "Headquarters, room 2.04".into(),
        state,
        offline: false,
        networks: vec!["default".into(), "cell 3".into()],
        hardware: registered.then(|| Hardware {
            version: "0.1.0".into(),
            board: "generic".into(),
            product: "Supermicro SYS-E300".into(),
            serial: "S-4711".into(),
            uuid: String::new(),
            cores: 4,
            memory_mib: 8_192,
        }),
        status: registered.then_some(status),
        last_contact: registered.then(|| ago(2)),
        registered: registered.then(|| ago(90_000)),
        certificate_until: registered.then(|| Stamp(Time::new(NOW + 300 * 86_400, 0))),
        config: 7,
        assets: if registered { [4_000, 3_812, 12] } else { [0, 0, 0] },
        codes: vec![CodeView {
            id: "483920".into(),
            state: if registered { CodeState::Used } else { CodeState::Issued },
            made: ago(93_000),
            until: Stamp(Time::new(NOW + 13 * 86_400, 0)),
            tries: 1,
            replaces: false,
        }],
        lines: if registered { vec![line("9f01c2aa", false, 0)] } else { Vec::new() },
        history: if registered { history() } else { Vec::new() },
    }
}

fn line(epoch: &str, quarantined: bool, gaps: u64) -> LineView {
    LineView { epoch: epoch.into(), since: ago(86_000), batches: 4_711, quarantined, gaps }
}

fn history() -> Vec<Point> {
    (0..60u64)
        .map(|at| {
            let bits = 300_000_000 + (at * 37 % 23) * 9_000_000;
            Point { at: ago(3_600 - at * 60), bits, packets: bits / 6_000, lost: u64::from(at == 40) * 12 }
        })
        .collect()
}

/// Sensors in every state.
pub fn sensors() -> Vec<SensorView> {
    let mut offline = sensor("branch-b", SensorState::Sensing);
    (offline.offline, offline.last_contact) = (true, Some(ago(4_000)));
    let mut cloned = sensor("hq-dmz-2", SensorState::Sensing);
    cloned.lines = vec![line("07aa11bc", true, 0), line("9f01c2aa", false, 4)];
    let mut losing = sensor(&long_name()[..63], SensorState::Sensing);
    if let Some(status) = &mut losing.status {
        status.ports =
            vec![port("cap1", true, 9_400_000_000, [1_200_000, 81_000]), port("cap2", false, 0, [0, 0])];
        status.findings = vec![Fact { code: Some(ErrorCode::NoLink), words: "on cap2".into() }];
        status.spool =
            SpoolStatus { batches: 812, bytes: [91_000_000, 4_000_000_000], oldest: ago(700).0, dropped: 3 };
        status.config = 6;
    }
    let mut holding = sensor("hq-lab", SensorState::Registered);
    holding.assets = [0, 0, 0];
    let mut waiting = sensor("new-<b>box</b>", SensorState::Unregistered);
    waiting.site.clear();
    vec![
        sensor("hq-core-1", SensorState::Sensing),
        offline,
        cloned,
        losing,
        holding,
        waiting,
        sensor("old-lab", SensorState::Paused),
        sensor("gone", SensorState::Deregistered),
    ]
}

/// Ranges heard: configured, not configured, excluded.
pub fn heard() -> Vec<Heard> {
    let range = |range: &str, hosts, group: Option<&str>, excluded| Heard {
        range: range.into(),
        sensor: "hq-core-1".into(),
        network: "default".into(),
        vlans: vec![10, 20],
        hosts,
        last: ago(3),
        group: group.map(str::to_owned),
        excluded,
    };
    vec![
        range("10.1.2.0/24", 204, Some("Office"), false),
        range("172.20.4.0/24", 31, None, false),
        range("10.9.0.0/24", 4, None, true),
        range("fd00:1:2:3::/64", 18, None, false),
    ]
}

/// Networks.
pub fn networks() -> Vec<NetworkView> {
    let network = |id, name: &str, assets| NetworkView {
        id,
        name: name.into(),
        assets,
        sensors: vec!["hq-core-1".into()],
    };
    vec![network(0, "default", 3_911), network(1, "cell 3", 89), network(2, "cell <4>", 0)]
}

/// A configuration with something everywhere.
pub fn configuration() -> Configuration {
    let group = |name: &str, ranges: &[&str], inventory, dhcp| InternalGroup {
        name: name.into(),
        ranges: ranges.iter().map(|range| (*range).to_owned()).collect(),
        inventory,
        dhcp,
        sensors: Vec::new(),
    };
    Configuration {
        version: 7,
        internal: vec![
            group("Office", &["10.1.0.0/16", "fd00:1::/32"], true, true),
            group("Guests", &["192.168.100.0/22"], false, true),
        ],
        excluded: vec!["10.9.0.0/16".into(), "3c:d9:2b:00:00:01".into()],
        monitored_external: vec![("Partner".into(), vec!["198.51.100.0/24".into()])],
        domains: vec!["corp.example".into()],
        excluded_hostnames: vec!["localhost".into(), "plc".into()],
        ip_inactivity_hours: 24,
        network_maps: vec![NetworkMap {
            sensor: "hq-core-1".into(),
            source: "vlan:30".into(),
            network: "cell 3".into(),
        }],
        external_names: false,
    }
}

/// Versions of it.
pub fn versions() -> Vec<ConfigurationVersion> {
    let version = |version, by: &str, words: &str| ConfigurationVersion {
        version,
        by: by.into(),
        at: ago(90_000 - version * 3_000),
        words: words.into(),
    };
    vec![version(7, "anna", "group Guests: 192.168.100.0/22 added"), version(6, "admin", "first ranges")]
}

/// Events of every severity.
pub fn events() -> EventPage {
    let event = |number, kind: &str, severity, sensor: &str, words: &str| Event {
        number,
        kind: kind.into(),
        severity,
        sensor: sensor.into(),
        asset: if kind == "new_asset" { "a-1".into() } else { String::new() },
        words: words.into(),
        count: number,
        first: ago(90_000),
        last: ago(number * 700),
    };
    EventPage {
        items: vec![
            event(
                1,
                "sensor_offline",
                Severity::High,
                "branch-b",
                "branch-b was heard of last 1 h ago: check its power and its way to the platform.",
            ),
            event(
                2,
                "restored_or_cloned",
                Severity::High,
                "hq-dmz-2",
                "Two copies of hq-dmz-2 report side by side: choose which goes on.",
            ),
            event(3, "capture_loss", Severity::Medium, "hq-core-1", "1.4 % of frames were lost on cap1."),
            event(9, "new_asset", Severity::Info, "hq-core-1", &format!("New: {HOSTILE} at 10.1.3.66")),
        ],
        next: Some("9".into()),
    }
}

/// The first page of a platform that runs.
pub fn home() -> Home {
    let pair = |name: &str, count| (name.to_owned(), count);
    let coverage =
        |range: &str, assets, last| Coverage { range: range.into(), group: "Office".into(), assets, last };
    Home {
        sensors: [6, 3],
        problems: vec![
            pair_text("branch-b", "it was heard of last 1 h ago"),
            pair_text("hq-dmz-2", "two copies of it report side by side"),
        ],
        assets: [4_000, 3_871, 12, 204],
        categories: vec![
            pair("computer", 3_204),
            pair("network", 411),
            pair("unknown", 204),
            pair("printer", 96),
            pair("ot", 85),
        ],
        makers: vec![pair("Dell", 2_811), pair("Hewlett Packard Enterprise Company", 412), pair("", 301)],
        os_families: vec![pair("windows", 3_001), pair("unknown", 711), pair("linux", 288)],
        newest: inventory().assets.iter().map(row).take(8).collect(),
        events: events().items,
        coverage: vec![coverage("10.4.0.0/16", 0, None), coverage("10.1.0.0/16", 3_911, Some(ago(4)))],
        checklist: Checklist { sensor: true, registered: true, mirror: true, ranges: true, assets: true },
    }
}

fn pair_text(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

/// The first page on the first day.
pub fn first_day() -> Home {
    Home { checklist: Checklist { sensor: true, ..Checklist::default() }, ..Home::default() }
}

/// Users.
pub fn users() -> Vec<User> {
    let user = |name: &str, role, must_change| User {
        name: name.into(),
        role,
        made: ago(900_000),
        last: Some(ago(50)),
        must_change,
    };
    vec![
        user("admin", Role::Admin, false),
        user("anna", Role::Operator, false),
        user(&long_name()[..60], Role::Viewer, true),
    ]
}

/// API keys.
pub fn keys() -> Vec<ApiKey> {
    vec![ApiKey {
        prefix: "swk_4f1a".into(),
        name: "netbox sync".into(),
        role: Role::Viewer,
        made: ago(9_000),
        until: Some(ago(0)),
        last: None,
    }]
}
