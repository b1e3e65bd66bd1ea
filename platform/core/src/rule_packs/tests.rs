//! Rule packs through the whole core: taken, refused, kept, taken back; and what assets say meanwhile.
//!
//! The tables in force are the process's, so what depends on them is one test, and the others look at
//! refusals alone.

use std::fs;

use bundle::testing::{Signer, sign, signed, signed_rules, whole};
use bundle::{Manifest, Payload, Version, tar};
use model::{Interval, Mac, NetworkId, Sighting, Time};
use rules::TABLES;

use super::*;
use crate::testing::{Bench, Sensor};
use crate::views::{AssetAnswer, AssetQuery, Configuration, InternalGroup};

const FOREVER: &str = "expires:2099-01-01T00:00:00Z";
/// In no block of the registry.
const STRANGE: Mac = Mac([0x0c, 0x0f, 0x0f, 0x0f, 0x0f, 0x01]);

/// `oui.bin` with one block of 24 bits.
fn makers(block: [u8; 3], name: &str) -> Vec<u8> {
    let mut out = vec![4];
    for (key, count) in [(3, 1_u32), (4, 0), (5, 0), (3, 0)] {
        out.push(key);
        out.extend(count.to_le_bytes());
    }
    out.extend(block);
    out.extend([0, 0, 0, name.len() as u8]);
    out.extend(name.as_bytes());
    out
}

fn pack(signer: &Signer, version: &str, maker: &str) -> Vec<u8> {
    let tables = tar::archive(&[("oui.bin", &makers([0x0c, 0x0f, 0x0f], maker))]);
    signed_rules(signer, FOREVER, version, &tables)
}

fn trusting(signers: &[&Signer]) -> Bench {
    let bench = Bench::new();
    for (at, signer) in signers.iter().enumerate() {
        fs::write(bench.keys.path().join(format!("keys/{at}.pub")), signer.public_text()).unwrap();
    }
    bench
}

fn install(bench: &Bench, bytes: &[u8]) -> Result<RulesView> {
    bench.platform.install_rules(&mut &bytes[..], "ada")
}

fn kinds(bench: &Bench) -> Vec<(String, u64)> {
    bench.events().into_iter().filter(|(kind, _)| kind.starts_with("rules_")).collect()
}

/// A sensor hears a MAC.
fn hear(bench: &Bench) -> Sensor {
    let office = InternalGroup {
        name: "a".into(),
        ranges: vec!["10.0.0.0/8".into()],
        inventory: true,
        ..Default::default()
    };
    let now = bench.platform.configuration().unwrap();
    bench.platform.configure(&Configuration { internal: vec![office], ..now }, "x").unwrap();
    let mut sensor = bench.registered("one", &[]);
    sensor.hello(&bench.platform);
    let sighting =
        Sighting { network: NetworkId(0), mac: Some(STRANGE), ip: Some("10.0.0.5".parse().unwrap()) };
    let at = Time::new(1_790_000_000, 0);
    let of = |field: &'static str| Interval {
        sighting,
        field: field.into(),
        port: None,
        value: "request".into(),
        first: at,
        last: at,
        count: 1,
        frame: 0,
    };
    let intervals = vec![of("eth.source"), of("arp.binding")];
    sensor.send(&bench.platform, &wire::Content::Report(wire::Report { intervals, ..Default::default() }));
    sensor
}

/// Maker of the one interface, and version of the rules in the document.
fn says(bench: &Bench) -> (Option<String>, String) {
    bench.platform.inventory().settle().unwrap();
    let page = bench.platform.assets(&AssetQuery::default()).unwrap();
    assert_eq!(page.items.len(), 1);
    let AssetAnswer::Found(detail) = bench.platform.asset(&page.items[0].asset_id).unwrap() else { panic!() };
    (detail.asset.interfaces[0].vendor.clone(), detail.asset.rules)
}

#[test]
fn a_pack_changes_what_was_heard_means_at_once_stays_and_goes() {
    let [old, new] = [Signer::new(), Signer::new()];
    let mut bench = trusting(&[&old, &new]);
    let _sensor = hear(&bench);
    assert_eq!(says(&bench), (None, String::new()));
    let own = bench.platform.rules();
    assert!(
        own.version.is_empty() && own.before.is_none() && own.keys == 2 && own.tables.len() == TABLES.len()
    );

    let view = install(&bench, &pack(&old, "1.0.0", "Lamp Works")).unwrap();
    assert_eq!((view.version.as_str(), view.by.as_str(), view.before.as_deref()), ("1.0.0", "ada", Some("")));
    let rows = |view: &RulesView, name: &str| {
        view.tables.iter().find(|table| table.name == name).map(|table| (table.rows, table.of_pack)).unwrap()
    };
    assert_eq!(rows(&view, "oui.bin"), (1, true));
    assert_eq!(rows(&view, "names.tsv"), rows(&own, "names.tsv"), "what is not brought stays");
    assert_eq!(says(&bench), (Some("Lamp Works".into()), "1.0.0".into()));
    // By the other key, and by a file.
    let folder = bench.keys.path().join("rules");
    fs::write(folder.join(".half"), b"not looked at").unwrap();
    fs::write(folder.join("newer"), pack(&new, "1.1.0", "Lamp Works Ltd")).unwrap();
    bench.platform.tick().unwrap();
    assert!(!folder.join("newer").exists(), "what was taken in is kept elsewhere");
    assert_eq!(says(&bench), (Some("Lamp Works Ltd".into()), "1.1.0".into()));
    let view = bench.platform.rules();
    assert_eq!((view.by.as_str(), view.before.as_deref()), ("the file newer", Some("1.0.0")));

    rules::put(rules::built_in());
    bench.restart();
    assert_eq!(bench.platform.rules(), view, "a restart changes nothing");
    assert_eq!(says(&bench), (Some("Lamp Works Ltd".into()), "1.1.0".into()));

    let view = bench.platform.take_rules_back("bob").unwrap();
    assert_eq!((view.version.as_str(), view.before.as_deref()), ("1.0.0", Some("")));
    assert_eq!(says(&bench), (Some("Lamp Works".into()), "1.0.0".into()));
    // Going back does not forbid to go forward again.
    install(&bench, &pack(&old, "1.1.0", "Lamp Works AG")).unwrap();
    assert_eq!(says(&bench).0.as_deref(), Some("Lamp Works AG"));
    bench.platform.take_rules_back("bob").unwrap();
    let view = bench.platform.take_rules_back("bob").unwrap();
    assert_eq!((view.tables.clone(), view.before.clone()), (own.tables, None));
    assert_eq!(says(&bench), (None, String::new()));
    assert_eq!(fs::read_dir(folder.join("kept")).unwrap().count(), 0, "nothing is left behind");
    assert!(bench.platform.take_rules_back("bob").unwrap_err().to_string().contains("no pack to take back"));
    let told: Vec<(String, u64)> = [("installed", 1), ("installed", 2), ("taken_back", 2), ("taken_back", 1)]
        .map(|(kind, count)| (format!("rules_{kind}"), count))
        .into();
    assert_eq!(kinds(&bench), told);

    // A pack whose file is damaged while the platform is away is said, and the one before is in force.
    install(&bench, &pack(&old, "2.0.0", "Good Works")).unwrap();
    let sha256 = install(&bench, &pack(&old, "2.1.0", "Bad Works")).unwrap().sha256;
    // Made before it ends: while both are open, the old one would still write.
    assert_eq!(says(&bench).0.as_deref(), Some("Bad Works"));
    fs::write(folder.join(format!("kept/{sha256}.rules")), b"gone").unwrap();
    bench.restart();
    assert_eq!(says(&bench), (Some("Good Works".into()), "2.0.0".into()));
    let words = &bench.platform.events(None, 1).unwrap().items[0].words;
    assert!(words.contains("The rule pack 2.1.0 is lost: its file is not what it was"), "{words}");
}

#[test]
fn what_is_not_taken_says_why_and_changes_nothing() {
    let [signer, foreign] = [Signer::new(), Signer::new()];
    let bench = trusting(&[&signer]);
    let tables = |members: &[(&str, &[u8])]| tar::archive(members);
    let rules = |tables: &[u8]| signed_rules(&signer, FOREVER, "1.0.0", tables);
    let good = makers([0x0c, 0x0f, 0x0f], "Lamp Works");
    let mut unsorted = good.clone();
    unsorted[2..6].copy_from_slice(&2_u32.to_le_bytes());
    unsorted.splice(21..21, [0x0c, 0x0f, 0x0f, 0, 0, 0]);
    let of_rules = Manifest::of_rules(Version::new(1, 0, 0), b"");
    let strange = Manifest { kind: "strange".into(), ..of_rules.clone() };
    let by_hand = |manifest: &Manifest, payload: Payload, bytes: &[u8]| {
        whole(manifest, payload, vec![sign(&signer, manifest.to_text().as_bytes(), FOREVER)], bytes)
    };
    let mut changed = pack(&signer, "1.0.0", "Lamp Works");
    let at = changed.len() - 2_000;
    changed[at] ^= 1;
    let late = format!("expires:{}", bundle::date::write(crate::clock::Clock::now(&*bench.clock)));
    let oui = tables(&[("oui.bin", &good)]);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"hello".to_vec(), "no update bundle"),
        (vec![1; 4_000], "does not begin with manifest.toml"),
        (pack(&signer, "1.0.0", "Lamp Works")[..3_000].to_vec(), "it ends too early"),
        (pack(&foreign, "1.0.0", "Lamp Works"), "a key that is not among keys/*.pub"),
        (whole(&of_rules, Payload::Rules, Vec::new(), b""), "it is not signed"),
        (changed, "not the one that was signed"),
        (signed_rules(&signer, &late, "1.0.0", &oui), "its signature held until 2026-09-21"),
        (signed_rules(&signer, "timestamp:1", "1.0.0", &oui), "does not state how long it holds"),
        (signed(&signer, FOREVER, "virtual", "1.0.0", b"efi"), "a bundle of a system"),
        (by_hand(&strange, Payload::Rules, b""), "its kind is \"strange\""),
        (by_hand(&of_rules, Payload::System, b""), "it is of rules, and holds system.efi"),
        (rules(b""), "what follows its beginning"),
        (rules(&tables(&[])), "no table in it"),
        (rules(&tables(&[("other.bin", &good)])), "what follows its beginning"),
        (rules(&oui[..oui.len() - 1]), "what follows oui.bin"),
        (rules(&tables(&[("oui.bin", &good[..30])])), "oui.bin: "),
        (rules(&tables(&[("oui.bin", &unsorted)])), "record 1: does not come after the one before"),
        (rules(&tables(&[("names.tsv", b"a.example\tA\tnews\n")])), "line 1: \"news\" is no family"),
        (vec![0; proof::MOST_FILE as usize + 1], "which no pack has"),
    ];
    for (bytes, words) in cases {
        let error = install(&bench, &bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} lacks {words:?}");
        assert!(bench.platform.rules().version.is_empty());
    }
    assert_eq!(kinds(&bench), [("rules_refused".to_owned(), 19)]);
    // A file is refused once, with its reason, and again when it is another.
    let folder = bench.keys.path().join("rules");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("bad"), b"hello").unwrap();
    bench.platform.tick().unwrap();
    bench.platform.tick().unwrap();
    assert_eq!(bench.platform.rules().refused[0].0, "bad");
    assert_eq!(kinds(&bench).len(), 2);
    fs::remove_file(folder.join("bad")).unwrap();
    bench.platform.tick().unwrap();
    assert!(bench.platform.rules().refused.is_empty());
    // Nothing was kept of any of them.
    assert!(!folder.join("kept").exists());
}

#[test]
fn without_keys_nothing_is_taken_and_that_is_said() {
    let bench = Bench::new();
    fs::write(bench.keys.path().join("keys/bad.pub"), b"no key").unwrap();
    let error = install(&bench, &pack(&Signer::new(), "1.0.0", "Lamp Works")).unwrap_err().to_string();
    assert!(error.contains("there is no key here") && error.contains("as NAME.pub"), "{error}");
    let view = bench.platform.rules();
    assert_eq!((view.keys, view.passed.len()), (0, 1));
    assert!(view.passed[0].starts_with("keys/bad.pub: is no public key"), "{:?}", view.passed);
}

#[test]
fn a_pack_goes_forward_alone_and_only_when_it_is_written() {
    let signer = Signer::new();
    let bench = trusting(&[&signer]);
    let pack = |version: &str| pack(&signer, version, "Lamp Works");
    bench.store.full.store(true, std::sync::atomic::Ordering::SeqCst);
    install(&bench, &pack("1.0.0")).unwrap_err();
    assert!(rules::in_force().version().is_empty() && bench.platform.rules().version.is_empty());
    bench.store.full.store(false, std::sync::atomic::Ordering::SeqCst);
    install(&bench, &pack("1.0.0")).unwrap();
    for (version, words) in
        [("1.0.0", "is the one in force"), ("0.9.0", "is older than 1.0.0"), ("1.0.0~rc1", "older")]
    {
        let error = install(&bench, &pack(version)).unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} lacks {words:?}");
    }
    for minor in 1..=KEPT as u32 + 2 {
        install(&bench, &pack(&format!("1.{minor}.0"))).unwrap();
    }
    let kept = fs::read_dir(bench.keys.path().join("rules/kept")).unwrap().count();
    assert_eq!(kept, KEPT, "the oldest make room");
}

/// The `minisign` command as the signer. Skips, saying so, where it is not installed (ci/10-install).
#[test]
fn what_minisign_signs_is_taken() {
    let run = |folder: &std::path::Path, args: &[&str]| {
        std::process::Command::new("minisign").args(args).current_dir(folder).output()
    };
    let bench = Bench::new();
    let keys = bench.keys.path().join("keys");
    let Ok(made) = run(&keys, &["-G", "-W", "-p", "a.pub", "-s", "secret"]) else {
        eprintln!("skipped: minisign is not installed (ci/10-install does)");
        return;
    };
    assert!(made.status.success());
    let tables = tar::archive(&[("oui.bin", &makers([0x0c, 0x0f, 0x0f], "Lamp Works"))]);
    let manifest = Manifest::of_rules(Version::new(1, 0, 0), &tables);
    fs::write(keys.join("manifest.toml"), manifest.to_text()).unwrap();
    let signed = run(&keys, &["-S", "-s", "secret", "-m", "manifest.toml", "-t", FOREVER]).unwrap();
    assert!(signed.status.success());
    let signature = fs::read(keys.join("manifest.toml.minisig")).unwrap();
    let pack = whole(&manifest, Payload::Rules, vec![signature], &tables);
    assert_eq!(install(&bench, &pack).unwrap().version, "1.0.0");
}
