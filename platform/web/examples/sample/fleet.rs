//! Sample sensors in every state, configuration, events, people.

use assets::doc::Stamp;
use model::{ErrorCode, Time};
use platform_core::views::*;
use wire::{Fact, Hardware, PortStatus, SpoolStatus, State, Status};

use crate::views::{HOSTILE, NOW, ago, inventory, long_name, row};

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
        system: None,
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
    cloned.system = Some(system("fetching"));
    losing.system = Some(unlucky());
    let mut holding = sensor("hq-lab", SensorState::Registered);
    holding.assets = [0, 0, 0];
    let mut waiting = sensor("new-<b>box</b>", SensorState::Unregistered);
    waiting.site.clear();
    let mut first = sensor("hq-core-1", SensorState::Sensing);
    first.system = Some(system("good"));
    vec![
        first,
        offline,
        cloned,
        losing,
        holding,
        waiting,
        sensor("old-lab", SensorState::Paused),
        sensor("gone", SensorState::Deregistered),
    ]
}

/// What an appliance tells of itself: an update that failed, parts that fell over, hostile words.
fn unlucky() -> SystemView {
    let crash = |part: &str, seconds, words: &str| CrashView {
        part: part.into(),
        at: ago(seconds),
        words: words.into(),
    };
    SystemView {
        version: "1.1.0".into(),
        update: UpdateView {
            state: "rolled_back",
            version: "1.2.0".into(),
            words: "the platform was not reached in three tries".into(),
        },
        restart: "the clock's battery was replaced".into(),
        ended: format!("the watchdog ended it: {HOSTILE}"),
        crashes: vec![
            crash("sensor", 4_000, "exit code 101: index out of bounds"),
            crash(HOSTILE, 90_000, &format!("signal 9, {}{HOSTILE}", long_name())),
        ],
        ..system("good")
    }
}

/// An appliance whose last update stands there.
fn system(state: &'static str) -> SystemView {
    let words = if state == "fetching" { "40 %" } else { "" };
    SystemView {
        board: "generic-x86".into(),
        version: if state == "good" { "1.2.0" } else { "1.1.0" }.into(),
        slot: "stillwatch-1.1.0+3.efi".into(),
        update: UpdateView { state, version: "1.2.0".into(), words: words.into() },
        restart: String::new(),
        started: Some(ago(93_784)),
        ended: String::new(),
        crashes: Vec::new(),
        told: ago(120),
    }
}

/// Bundles, and files that are none.
pub fn shelf() -> ShelfView {
    let bundle = |version: &str, board: &str, older| BundleView {
        sha256: format!("{}{board:0>8.8}", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c1"),
        since: (older > 0).then(|| ago(86_400)),
        file: format!("stillwatch-{version}-{board}.bundle"),
        size: 61_204_480,
        board: board.into(),
        version: version.into(),
        older,
    };
    ShelfView {
        bundles: vec![bundle("1.2.0", "generic-x86", 3), bundle("1.1.0", "virtual", 0)],
        others: vec![(HOSTILE.into(), format!("it is no update bundle: it begins with {HOSTILE}"))],
    }
}

/// Tables of rules: the platform's own.
pub fn own_rules() -> RulesView {
    let table = |name: &str, about: &str, rows| RuleTableView {
        name: name.into(),
        about: about.into(),
        rows,
        of_pack: false,
    };
    RulesView {
        tables: vec![
            table("oui.bin", "Who holds which block of MAC addresses", 58_336),
            table("names.tsv", "Applications by host name", 402),
        ],
        ..RulesView::default()
    }
}

/// Tables of which one came in a pack.
pub fn rules() -> RulesView {
    let mut tables = own_rules().tables;
    tables[0].of_pack = true;
    RulesView {
        version: "2026.11.1".into(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        by: HOSTILE.into(),
        since: Some(ago(9_000)),
        before: Some("2026.10.2".into()),
        tables,
        keys: 2,
        ..RulesView::default()
    }
}

/// The same with files that were not taken.
pub fn refused_rules() -> RulesView {
    RulesView {
        before: Some(String::new()),
        passed: vec![format!("keys/{HOSTILE}: is no public key of minisign")],
        refused: vec![(HOSTILE.into(), format!("names.tsv: line 7: {:?} is no family", long_name()))],
        ..rules()
    }
}

/// Images, and files that are not given out.
pub fn images() -> ImagesView {
    let image = |file: &str, about: &str, board: &str| ImageView {
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        file: file.into(),
        size: 93_204_480,
        version: if board.is_empty() { String::new() } else { "1.2.0".into() },
        board: board.into(),
        about: about.into(),
        since: (!board.is_empty()).then(|| ago(86_400)),
    };
    ImagesView {
        images: vec![
            image(
                "virtual-kvm/stillwatch-1.2.0-virtual-kvm.img.zst",
                "a disk: KVM, Proxmox, sticks, real machines",
                "virtual-kvm",
            ),
            image("virtual-kvm/SHA256SUMS", "sums of the files beside it", ""),
            image(HOSTILE, "", ""),
        ],
        others: vec![(HOSTILE.into(), "there is no SHA256SUMS beside it".into())],
    }
}

/// Roll-outs in every state.
pub fn rollouts() -> Vec<RolloutView> {
    let member = |name: &str, stage, good, words: &str| RolloutMember {
        sensor: format!("id-{name}"),
        name: name.into(),
        stage,
        good,
        words: words.into(),
    };
    let rollout = |number, board: &str, stage, state, members: Vec<RolloutMember>| RolloutView {
        number,
        version: "1.2.0".into(),
        board: board.into(),
        bundle: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        by: "anna".into(),
        begun: ago(9_000),
        soak: 30,
        stage,
        state,
        words: String::new(),
        members,
    };
    let stopped = RolloutView {
        words: format!("{HOSTILE} went back to the version before: {}", long_name()),
        by: HOSTILE.into(),
        ..rollout(
            4,
            "generic-x86",
            1,
            RolloutState::Stopped,
            vec![member(HOSTILE, 1, false, &format!("went back to the version before: {}", long_name()))],
        )
    };
    let well = || vec![member("hq-core-1", 1, true, "runs it and is well")];
    let mut going = well();
    going.push(member(&long_name()[..63], 2, false, "fetches it: 40 %"));
    going.push(member("branch-b", 2, false, "runs it, watched for 12 min more"));
    vec![
        rollout(5, "virtual", 2, RolloutState::Running, going),
        stopped,
        rollout(3, "small-arm", 1, RolloutState::Paused, Vec::new()),
        rollout(2, "virtual", 3, RolloutState::Done, well()),
        rollout(1, "virtual", 1, RolloutState::Cancelled, well()),
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
            event(
                4,
                "rollout_stopped",
                Severity::High,
                "",
                &format!(
                    "The roll-out of 1.2.0 to generic-x86 stopped: {HOSTILE} went away after it. Nobody else gets it \
                     unless you resume it under Updates."
                ),
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
