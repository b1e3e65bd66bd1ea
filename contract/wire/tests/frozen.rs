//! The bytes of every message, frozen: what a sensor of today writes, a platform of
//! years from now reads, and what lies in a spool outlives an update.
//!
//! **If this test fails, do not change the test, nor the files under `frozen`.** A
//! released shape stays: a new one is a new `VERSION` or a new kind (`lib.rs`), and
//! gets files of its own beside these.
//!
//! A file per kind; in it a block of hex digits per value, an empty line between two.
//! Values that are enums come once in each form.

use std::fmt::{Debug, Write};
use std::fs;
use std::path::{Path, PathBuf};

use model::{
    Conversation, ErrorCode, Hint, HintKind, Interval, KnownBy, Mac, NetworkId, Port, Sighting, Time,
};
use wire::{
    Batch, BatchReply, Bundle, Confirm, ConfirmReply, Content, Crash, Epoch, Fact, Gap, Grant, Hardware,
    HeardRange, Hello, HelloReply, Kind, Mark, Message, Nonce, Offer, PortStatus, Record, Refusal,
    RegistrationRequest, RenewReply, RenewRequest, Report, Sealed, SensorConfig, SpoolStatus, Standing,
    Start, StartReply, State, Status, StatusReply, System, SystemReply, Timing, UpdateState, WaitConfig,
    decode, encode,
};
use zones::{Config, Group, InventoryMode, Network, NetworkRule, NetworkSource};

/// Each kind with its values. A kind that is missing here does not compile, one that
/// has no file fails.
macro_rules! frozen {
    ($($kind:ident: $values:expr;)*) => {
        const fn name(kind: Kind) -> &'static str {
            match kind {
                $(Kind::$kind => stringify!($kind),)*
                // Both ends are of one build.
                Kind::LocalAsk | Kind::LocalSay => "not frozen",
            }
        }

        #[test]
        fn every_message_has_the_bytes_it_had() {
            let mut wrong = String::new();
            $(check(Kind::$kind, &$values[..], &mut wrong);)*
            assert!(wrong.is_empty(), "a released message has changed: see the head of this test\n{wrong}");
        }

        #[test]
        fn every_file_is_of_a_kind() {
            let mut names: Vec<PathBuf> = [$(Kind::$kind),*].map(file).to_vec();
            let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
            names.sort();
            files.sort();
            assert_eq!(files, names);
        }
    };
}

frozen! {
    Start: [Start { id: 483_920, element: vec![1, 2, 255] }];
    StartReply: [StartReply { exchange: [7; 16], element: vec![3, 4] }];
    Confirm: [Confirm { exchange: [7; 16], proof: [8; 32] }];
    ConfirmReply: [ConfirmReply { proof: [9; 32], sealed: vec![5, 6] }];
    Sealed: [Sealed { exchange: [7; 16], bytes: vec![0, 128] }];
    Offer: [Offer { endpoint_keys: vec![[1; 32], [2; 32]], time: TIME, sensor: "s-1".into(), name: "hall 3".into() }];
    RegistrationRequest: [RegistrationRequest { csr: vec![48, 1, 0], hardware: hardware() }];
    Grant: [Grant { certificate: vec![48, 0], authorities: vec![vec![48, 1, 1], vec![]], nonce: Nonce([3; 16]), config: config() }];
    Refusal: ErrorCode::ALL.map(|code| Refusal { code, words: "on 3 May".into() });
    Hello: [Hello { epoch: Epoch([4; 16]), next: 300, nonce: Nonce([5; 16]), version: "stillwatch 1.0".into(), speaks: [1, 2] }];
    HelloReply: [
        Standing::Continue { next: 70_000, mark: Mark([6; 32]) },
        Standing::NewEpoch,
        Standing::Quarantined,
        Standing::Deregistered,
    ].map(|standing| HelloReply { standing, nonce: Nonce([5; 16]), time: TIME, authorities: vec![vec![48]] });
    Batch: [Batch { epoch: Epoch([4; 16]), first: 1, last: 200, content: vec![1, 2, 3] }];
    BatchReply: [
        BatchReply::Taken { next: 201 },
        BatchReply::Want { next: 1 },
        BatchReply::Rejected { next: 2, words: "of a foreign network".into() },
        BatchReply::Greet,
    ];
    WaitConfig: [WaitConfig { have: 300, wait: 50 }];
    SensorConfig: [SensorConfig::default(), config()];
    Status: [State::Holding, State::Sensing, State::Paused, State::Failed].map(status);
    StatusReply: [StatusReply { time: TIME, again: 5 }];
    RenewRequest: [RenewRequest { csr: vec![48, 2] }];
    RenewReply: [RenewReply { certificate: vec![48, 3], authorities: vec![vec![48, 4]] }];
    Content: [Content::Report(Report::default()), Content::Report(report()), Content::Gap(gap())];
    System: [System::default()].into_iter().chain(updates().map(system)).collect::<Vec<_>>();
    SystemReply: [SystemReply::default(), SystemReply { offer: Some(Bundle { sha256: [9; 32], size: 1 << 24, version: "1.2.4".into() }) }];
}

fn updates() -> [UpdateState; 7] {
    let version = "1.2.4".to_owned();
    [
        UpdateState::None,
        UpdateState::Fetching { version: version.clone(), done: 70_000, size: 1 << 24 },
        UpdateState::Installed { version: version.clone() },
        UpdateState::Trial { version: version.clone() },
        UpdateState::Good { version: version.clone() },
        UpdateState::Refused {
            version: version.clone(),
            code: ErrorCode::UpdateFailed,
            words: "expired".into(),
        },
        UpdateState::RolledBack { version, words: "it did not start".into() },
    ]
}

fn system(update: UpdateState) -> System {
    System {
        board: "virtual-kvm".into(),
        version: "1.2.3".into(),
        slot: "stillwatch-1.2.3.efi".into(),
        update,
        restart: "an update waits".into(),
        started: TIME,
        ended: "the watchdog".into(),
        crashes: vec![Crash { part: "sensor".into(), at: TIME, words: "signal 11".into() }],
    }
}

const TIME: Time = Time::new(1_767_225_600, 123_456_789);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen")
}

fn file(kind: Kind) -> PathBuf {
    folder().join(format!("{}.hex", name(kind)))
}

/// Encoding gives the bytes of the file, and decoding them the value.
fn check<M: Message + PartialEq + Debug>(kind: Kind, values: &[M], wrong: &mut String) {
    assert_eq!(M::KIND, kind);
    let text = fs::read_to_string(file(kind)).unwrap_or_default();
    let blocks: Vec<String> = text.split("\n\n").map(|block| block.split_whitespace().collect()).collect();
    for at in 0..values.len().max(blocks.len()) {
        let fresh = values.get(at).map(|value| hex(&encode(value)));
        let frozen = blocks.get(at).filter(|block| !block.is_empty());
        let back = frozen.and_then(|block| decode::<M>(&bytes(block)).ok());
        if fresh.as_ref() != frozen || back.as_ref() != values.get(at) {
            writeln!(wrong, "{}, value {at}: {fresh:?} is not {frozen:?}", name(kind)).unwrap();
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn hardware() -> Hardware {
    Hardware {
        version: "stillwatch 1.0".into(),
        board: "generic".into(),
        product: "Vendor Box".into(),
        serial: "S/1".into(),
        uuid: "00000000-0000-0000-0000-000000000001".into(),
        cores: 300,
        memory_mib: 70_000,
    }
}

fn config() -> SensorConfig {
    let network = |id, name: &str| Network { id: NetworkId(id), name: name.into() };
    let rule = |source, id| NetworkRule { source, network: network(id, "plant") };
    SensorConfig {
        version: 300,
        name: "hall 3".into(),
        zones: Config {
            excluded: vec!["10.0.0.1-10.0.0.9".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            excluded_macs: vec![Mac([2, 0, 0, 0, 0, 1])],
            internal: vec![Group::new("office", &["10.0.0.0/8", "fc00::/7"], InventoryMode::Inventoried)],
            monitored_external: vec![Group::new("guests", &["192.0.2.0/24"], InventoryMode::FlowsOnly)],
            networks: vec![
                rule(NetworkSource::Port(1), 1),
                rule(NetworkSource::Vlan(300), 2),
                rule(NetworkSource::Tunnel(70_000), 3),
            ],
            home: network(0, "default"),
            learning: true,
        },
        paused: true,
        external_names: true,
        timing: Timing { news: 2, new: 600, known: 1_200, status: 10 },
        rate_limit: 1_000_000,
    }
}

fn report() -> Report {
    let both = Sighting {
        network: NetworkId(2),
        mac: Some(Mac([2, 0, 0, 0, 0, 1])),
        ip: Some("10.0.0.5".parse().unwrap()),
    };
    let neither = Sighting { network: NetworkId(0), mac: None, ip: None };
    let interval = |sighting, port| Interval {
        sighting,
        field: "dhcp.hostname".into(),
        port,
        value: "drücker-7".into(),
        first: TIME,
        last: Time(TIME.0 + 1),
        count: 300,
        frame: 70_000,
    };
    let kinds = [
        HintKind::Sni,
        HintKind::HttpHost,
        HintKind::DnsName,
        HintKind::Alpn,
        HintKind::Ja4,
        HintKind::Certificate,
        HintKind::UserAgent,
    ];
    let record = |known_by, server: &str| Record {
        start: TIME,
        end: Time(TIME.0 + 300 * Time::SECOND),
        conversation: Conversation {
            network: NetworkId(2),
            client: "10.0.0.5".parse().unwrap(),
            server: server.parse().unwrap(),
            port: 443,
            transport: 6,
            flows: 1,
            packets: [2, 300],
            bytes: [4, 70_000],
            copies: [6, 7],
            copy_bytes: [8, 9],
            first: TIME,
            last: Time(TIME.0 + 1),
            frame: 10,
            protocol: "tls".into(),
            known_by,
            answered: true,
            hints: kinds.map(|kind| Hint { kind, value: "example.com".into() }).to_vec(),
        },
    };
    Report {
        run: TIME,
        made: Time(TIME.0 + 2),
        clock_step: -300,
        intervals: vec![interval(both, Some(Port { transport: 6, number: 443 })), interval(neither, None)],
        records: vec![
            record(KnownBy::Nothing, "192.0.2.1"),
            record(KnownBy::Port, "2001:db8::1"),
            record(KnownBy::Payload, "192.0.2.1"),
        ],
        dropped: 5,
    }
}

fn gap() -> Gap {
    Gap {
        since: TIME,
        until: Time(TIME.0 + 3),
        bytes: 70_000,
        reason: "there was no more room on the sensor's disk".into(),
    }
}

fn status(state: State) -> Status {
    Status {
        time: TIME,
        version: "stillwatch 1.0".into(),
        uptime: 300,
        state,
        config: 2,
        ports: vec![
            PortStatus::default(),
            PortStatus {
                name: "eth1".into(),
                mac: Some(Mac([2, 0, 0, 0, 0, 1])),
                link: true,
                speed: 10_000,
                rated: 1_000,
                bits: 1,
                packets: 2,
                frames: 3,
                bytes: 4,
                last: TIME,
                lost: [5, 6],
                driver: "vmxnet3".into(),
                blind_to_vlans: true,
            },
        ],
        cores: vec![0, 1_000],
        memory_kib: [1, 70_000],
        sightings: [3, 2],
        conversations: 4,
        dropped: 5,
        spool: SpoolStatus { batches: 1, bytes: [2, 3], oldest: TIME, dropped: 4 },
        heard: vec![HeardRange {
            network: NetworkId(1),
            range: "10.0.0.0/24".parse().unwrap(),
            vlans: vec![30, 300],
            hosts: 7,
            first: TIME,
            last: Time(TIME.0 + 1),
        }],
        findings: vec![
            Fact { code: None, words: "one".into() },
            Fact { code: Some(ErrorCode::Loss), words: "two".into() },
        ],
    }
}
