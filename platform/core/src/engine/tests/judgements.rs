//! What people say: it holds, it can be undone, it survives.

use crate::engine::testing::{Bench, heard};
use crate::error::Error;
use crate::views::{AssetAnswer, AssetDetail};

fn two() -> Bench {
    let bench = Bench::new();
    for n in [1, 2] {
        let name = format!("host-{n}");
        bench.hear(&[heard(n, "arp.binding", "request", 1), heard(n, "dhcp.hostname", &name, 1)]);
    }
    bench
}

fn detail(bench: &Bench, id: &str) -> AssetDetail {
    match bench.engine.asset(id).unwrap() {
        AssetAnswer::Found(detail) => *detail,
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn merge_moves_the_id_and_undo_gives_it_back() {
    let bench = two();
    let before = bench.export();
    let (one, two) = (bench.id("host-1"), bench.id("host-2"));
    let said = bench.engine.merge(&one, &two, "ann").unwrap();
    assert_eq!(bench.names("").len(), 1);
    let (kept, gone) = match bench.engine.asset(&one).unwrap() {
        AssetAnswer::Found(_) => (&one, &two),
        _ => (&two, &one),
    };
    assert_eq!(bench.engine.asset(gone).unwrap(), AssetAnswer::Moved(kept.clone()));
    let judged = &detail(&bench, kept).judgements;
    assert_eq!((judged[0].act.as_str(), judged[0].by.as_str(), judged[0].undone), ("merge", "ann", false));
    assert_eq!(judged[0].keys.len(), 2);
    let bench = bench.reopen();
    assert_eq!(bench.names("").len(), 1);
    bench.engine.undo(&said, "bob").unwrap();
    assert_eq!(bench.export(), before);
    assert!(detail(&bench, gone).judgements[0].undone);
    assert!(matches!(bench.engine.undo(&said, "bob"), Err(Error::Missing { .. })));
    assert!(matches!(bench.engine.undo("nothing", "bob"), Err(Error::Missing { .. })));
}

#[test]
fn never_holds_against_a_shared_name() {
    let bench = two();
    let (one, two) = (bench.id("host-1"), bench.id("host-2"));
    bench.engine.never_merge(&one, &two, "ann").unwrap();
    bench.hear(&[heard(1, "dhcp.hostname", "shared", 1), heard(2, "dhcp.hostname", "shared", 1)]);
    assert_eq!(bench.names("").len(), 2);
    let undone = detail(&bench, &one).judgements[0].id.clone();
    bench.engine.undo(&undone, "ann").unwrap();
    assert_eq!(bench.names("").len(), 1);
}

#[test]
fn split_takes_keys_out() {
    let bench = two();
    bench.hear(&[heard(1, "dhcp.hostname", "shared", 1), heard(2, "dhcp.hostname", "shared", 1)]);
    assert_eq!(bench.names("").len(), 1);
    bench.engine.settle().unwrap();
    let id = bench.engine.assets(&Default::default()).unwrap().items.remove(0).asset_id;
    let keys = ["mac 00:1b:1b:00:00:02".to_owned()];
    bench.engine.split(&id, &keys, "ann").unwrap();
    assert_eq!(bench.names("").len(), 2);
    let refused = |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        bench.engine.split(&id, &keys, "ann").unwrap_err().to_string()
    };
    assert!(refused(&["mac 00:1b:1b:00:00:09"]).contains("keys[0]: `mac 00:1b:1b:00:00:09` is no key"));
    assert!(refused(&[]).contains("at least one"));
    let all = detail(&bench, &id).asset.identity.keys;
    let all: Vec<String> = all.iter().map(|key| format!("{} {}", key.kind, key.value)).collect();
    assert!(refused(&all.iter().map(String::as_str).collect::<Vec<_>>()).contains("all its keys"));
}

#[test]
fn what_cannot_be_said() {
    let bench = two();
    let one = bench.id("host-1");
    assert!(matches!(bench.engine.merge(&one, &one, "ann"), Err(Error::Invalid { .. })));
    assert!(matches!(bench.engine.merge(&one, "nobody", "ann"), Err(Error::Missing { .. })));
}

#[test]
fn manual_values_win_and_survive() {
    let bench = two();
    let id = bench.id("host-1");
    for (field, value) in [
        ("name", "Front door"),
        ("type", "camera"),
        ("owner", "Facilities"),
        ("criticality", "high"),
        ("tags", "b; a;;b"),
        ("notes", "line 1\nline 2"),
    ] {
        bench.engine.set_value(&id, field, value, "ann").unwrap();
    }
    bench.hear(&[heard(1, "dhcp.hostname", "another", 1)]);
    as_set(&bench, &id);
    let bench = bench.reopen();
    as_set(&bench, &id);
    bench.engine.clear_value(&id, "name", "ann").unwrap();
    assert_ne!(detail(&bench, &id).asset.name, "Front door");
    assert!(matches!(bench.engine.clear_value(&id, "name", "ann"), Err(Error::Missing { .. })));
    let refused = |field: &str, value: &str| {
        let refused = bench.engine.set_value(&id, field, value, "ann").unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. }), "{refused}");
        refused.to_string()
    };
    assert!(refused("colour", "red").contains("take one of name, type"));
    assert!(refused("name", "  ").contains("a value was expected"));
    assert!(refused("name", &"x".repeat(257)).contains("257 bytes, 256 are allowed"));
    assert!(refused("name", "a\nb").contains("control"));
}

fn as_set(bench: &Bench, id: &str) {
    assert_eq!(bench.names("owner:facil criticality:high tag:a tag:b type:camera"), ["Front door"]);
    let detail = detail(bench, id);
    assert_eq!((detail.asset.name.as_str(), detail.asset.name_source.as_str()), ("Front door", "you"));
    assert_eq!(
        (detail.row.category.as_str(), detail.asset.confidence),
        (fingerprint::category_of("camera"), 1.0)
    );
    let set = detail.asset.attributes.iter().find(|one| one.name == "type").unwrap();
    assert!(set.locked && set.set_by == "you");
    assert_eq!(detail.manual.len(), 6);
    assert!(detail.manual.iter().any(|one| one.field == "notes" && one.value == "line 1\nline 2"));
}

#[test]
fn a_value_follows_its_asset_through_a_merge() {
    let bench = two();
    let (one, two) = (bench.id("host-1"), bench.id("host-2"));
    bench.engine.set_value(&two, "owner", "IT", "ann").unwrap();
    let said = bench.engine.merge(&one, &two, "ann").unwrap();
    assert_eq!(bench.names("owner:it").len(), 1);
    bench.engine.undo(&said, "ann").unwrap();
    assert_eq!(bench.names("owner:it"), ["host-2"]);
}
