//! Whole scenarios: a few lines of what was heard, and which devices that is.

use std::collections::BTreeSet;

use model::Interval;

use crate::testing::{all, key, say};
use crate::{Act, Assertion, Config, Flag, Group, Key, Knowledge, resolve_all};

/// Short names of MACs in the scenarios: universal A, B, R; private P, Q.
const MACS: &[(&str, &str)] = &[
    ("A ", "00:1b:1b:00:00:0a "),
    ("B ", "00:1b:1b:00:00:0b "),
    ("R ", "00:1b:1b:00:00:ff "),
    ("P ", "02:00:00:00:00:0a "),
    ("Q ", "02:00:00:00:00:0b "),
];

fn lines(text: &str) -> Vec<Interval> {
    let text: Vec<String> = text
        .lines()
        .map(str::trim)
        .map(|line| {
            let short = MACS.iter().find(|(short, _)| line.starts_with(short));
            short.map_or(line.to_owned(), |(short, long)| line.replacen(short, long, 1))
        })
        .collect();
    all(&text.join("\n"))
}

fn mobile(heard: &[&Interval]) -> bool {
    heard.iter().any(|interval| interval.value.contains("android-dhcp"))
}

fn groups(text: &str, assertions: &[Assertion], config: &Config) -> Vec<Group> {
    let knowledge = Knowledge { mobile: &mobile, ..Knowledge::default() };
    resolve_all(&lines(text), assertions, &knowledge, config)
}

/// Each device as its keys.
fn devices(text: &str) -> Vec<String> {
    said(&groups(text, &[], &Config::default()))
}

fn said(groups: &[Group]) -> Vec<String> {
    let mut out: Vec<String> = groups
        .iter()
        .map(|group| {
            let keys: Vec<String> = group.keys.iter().map(Key::to_string).collect();
            let mut text = keys.join(" ");
            for (short, long) in MACS {
                text = text.replace(long.trim_end(), short.trim_end());
            }
            if group.contested { format!("contested {text}") } else { text }
        })
        .collect();
    out.sort();
    out
}

fn flags(groups: &[Group]) -> BTreeSet<&str> {
    groups.iter().flat_map(|group| group.flags.iter().map(|flag| flag.name)).collect()
}

#[test]
fn a_host_with_both_families_is_one() {
    let heard = "A 10.0.0.5 arp.binding=request\nA fe80::5 ndp.binding=ns\nA 2001:db8::5 ndp.binding=ns\n- 2001:db8::5 dns.name=pc.example";
    assert_eq!(devices(heard), ["A 10.0.0.5 2001:db8::5 fe80::5"]);
}

#[test]
fn what_a_router_forwards_is_not_the_router() {
    let heard = "R 10.0.0.1 arp.binding=reply\nR 10.9.0.7 ip.ttl=63\nR 10.9.0.8 ip.ttl=127\nR 10.9.0.7 ssh.banner=SSH-2.0-x\nR 192.0.2.1 eth.source=frame";
    assert_eq!(devices(heard), ["10.9.0.7", "10.9.0.8", "192.0.2.1", "R 10.0.0.1"]);
    assert!(flags(&groups(heard, &[], &Config::default())).contains(Flag::ROUTER));
}

#[test]
fn a_router_that_only_relays_is_still_there() {
    let heard = "R 10.9.0.7 ip.ttl=63\nR 10.9.0.8 ip.ttl=127";
    assert_eq!(devices(heard), ["10.9.0.7", "10.9.0.8", "R"]);
}

#[test]
fn routed_copies_go_to_the_proven_owner() {
    let heard = "A 10.0.0.5 arp.binding=request\nR 10.0.0.5 ip.ttl=63\nR 10.0.0.5 ssh.banner=SSH-2.0-x";
    let made = groups(heard, &[], &Config::default());
    assert_eq!(said(&made), ["A 10.0.0.5", "R"]);
    assert_eq!(made[0].pieces.len(), 3);
}

#[test]
fn a_reused_address_leaves_its_facts_behind() {
    let heard = "A 10.0.0.5 dhcp.lease=3600 @1000\nB 10.0.0.5 dhcp.lease=3600 @90000\n- 10.0.0.5 dns.ptr=old.example @2000\n- 10.0.0.5 dns.ptr=new.example @91000\n- 10.0.0.5 dns.ptr=gap.example @50000";
    let made = groups(heard, &[], &Config::default());
    assert_eq!(said(&made), ["10.0.0.5", "A 10.0.0.5", "B 10.0.0.5"]);
    let intervals = lines(heard);
    let values = |at: usize| -> Vec<&str> {
        made[at].pieces.iter().map(|p| intervals[p.interval].value.as_str()).collect()
    };
    assert_eq!(values(0), ["3600", "old.example"]);
    assert_eq!(values(1), ["3600", "new.example"]);
    assert_eq!(values(2), ["gap.example"]);
}

#[test]
fn an_interval_across_a_change_of_owner_is_parted() {
    let heard = "A 10.0.0.5 arp.binding=request @100-200\nB 10.0.0.5 arp.binding=request @300-400\n- 10.0.0.5 dns.ptr=same.example @150-350 x10";
    let made = groups(heard, &[], &Config::default());
    assert_eq!(said(&made), ["A 10.0.0.5", "B 10.0.0.5"]);
    let counts: Vec<u64> =
        made.iter().map(|group| group.pieces.iter().find(|p| p.interval == 2).unwrap().count).collect();
    assert_eq!(counts, [1, 9]);
}

#[test]
fn two_owners_at_once_are_told_and_neither_gets_the_fact() {
    let heard = "A 10.0.0.5 arp.binding=request @100-300\nB 10.0.0.5 arp.binding=request @200-400\n- 10.0.0.5 dns.ptr=whose.example @250";
    let made = groups(heard, &[], &Config::default());
    assert_eq!(said(&made), ["A 10.0.0.5", "B 10.0.0.5", "contested 10.0.0.5"]);
    assert!(flags(&made).contains(Flag::DUPLICATE_IP));
}

#[test]
fn networks_keep_equal_addresses_apart() {
    let heard = "N1 - 10.0.0.5 dns.ptr=a.example\nN2 - 10.0.0.5 dns.ptr=b.example\nN1 02:00:00:00:00:01 10.0.0.6 arp.binding=request\nN2 02:00:00:00:00:01 10.0.0.6 arp.binding=request";
    assert_eq!(devices(heard).len(), 4);
}

#[test]
fn names_join_unless_excluded_or_mobile() {
    let two = |name: &str| format!("A - dhcp.hostname={name}\nB - nbns.name={name}<00>");
    assert_eq!(devices(&two("Office")), ["A B office"]);
    assert_eq!(devices(&two("raspberrypi")), ["A", "B"]);
    let phones = format!("{}\nA - dhcp.vendor_class=android-dhcp-14", two("Pixel-7"));
    assert_eq!(devices(&phones), ["A", "B pixel-7"]);
    let mut config = Config::default();
    config.excluded_hostnames.insert("office".into());
    assert_eq!(said(&groups(&two("Office"), &[], &config)), ["A", "B"]);
}

#[test]
fn a_shared_dock_stops_joining_by_name() {
    let dock = "A - dhcp.hostname=one\nA - dhcp.hostname=two\nA - dhcp.hostname=three\nB - dhcp.hostname=one";
    assert_eq!(devices(dock), ["A", "B one"]);
    assert!(flags(&groups(dock, &[], &Config::default())).contains(Flag::SHARED));
    let months = "A - dhcp.hostname=one @1\nA - dhcp.hostname=two @3000000\nA - dhcp.hostname=three @6000000\nB - dhcp.hostname=one";
    assert_eq!(devices(months), ["A B one three two"]);
}

#[test]
fn a_rotating_private_mac_is_known_by_its_client_id() {
    let phone = "P - dhcp.client_id=duid:0004aa @100-200\nQ - dhcp.client_id=duid:0004aa @300-400";
    assert_eq!(devices(phone), ["duid:0004aa P Q"]);
    let clones = "P - dhcp.client_id=duid:0004aa @100-300\nQ - dhcp.client_id=duid:0004aa @200-400";
    assert_eq!(devices(clones), ["P", "Q"]);
    assert!(flags(&groups(phone, &[], &Config::default())).contains(Flag::PRIVATE_ADDRESS));
}

#[test]
fn a_name_status_tells_the_mac_behind_a_router() {
    let heard = "A 10.0.0.5 arp.binding=request\nR 10.0.0.5 ip.ttl=63\nR 10.9.0.7 ip.ttl=127\nR 10.9.0.7 nbns.mac=00:1b:1b:00:00:0b";
    assert_eq!(devices(heard), ["A 10.0.0.5", "B 10.9.0.7", "R"]);
}

#[test]
fn too_many_keys_are_cut_at_the_name() {
    let one = |n: usize| format!("00:1b:1b:00:{:02x}:{:02x} - dhcp.hostname=factory", n >> 8, n & 255);
    let heard: Vec<String> = (0..1_001).map(one).collect();
    let made = groups(&heard.join("\n"), &[], &Config::default());
    assert_eq!(made.len(), 1_001);
    assert!(made.iter().all(|group| group.flags.iter().any(|flag| flag.name == Flag::REVIEW)));
    assert_eq!(groups(&heard[..999].join("\n"), &[], &Config::default()).len(), 1);
}

#[test]
fn a_merge_undone_leaves_no_trace() {
    let heard = "A 10.0.0.5 arp.binding=request\nB 10.0.0.6 arp.binding=request\nB - dhcp.hostname=pc";
    let before = groups(heard, &[], &Config::default());
    let merge = say(1, "m", Act::Merge { a: key("10.0.0.5"), b: key("pc") });
    let merged = groups(heard, std::slice::from_ref(&merge), &Config::default());
    assert_eq!(said(&merged), ["A B 10.0.0.5 10.0.0.6 pc"]);
    let undone = [say(2, "u", Act::Undo { of: "m".into() }), merge];
    assert_eq!(groups(heard, &undone, &Config::default()), before);
}

#[test]
fn splits_and_nevers_part_names_and_addresses() {
    let heard = "A 10.0.0.5 arp.binding=request\nA 10.0.0.6 arp.binding=announce\nA - dhcp.hostname=pc\nB - dhcp.hostname=pc";
    let split = |text: &str| say(1, "s", Act::Split { keys: BTreeSet::from([key(text)]) });
    assert_eq!(devices(heard), ["A B 10.0.0.5 10.0.0.6 pc"]);
    let taken = groups(heard, &[split("10.0.0.6")], &Config::default());
    assert_eq!(said(&taken), ["10.0.0.6", "A B 10.0.0.5 pc"]);
    let parted = groups(heard, &[split("00:1b:1b:00:00:0b")], &Config::default());
    assert_eq!(said(&parted), ["A 10.0.0.5 10.0.0.6 pc", "B"]);
    let never = say(1, "n", Act::Never { a: key("00:1b:1b:00:00:0a"), b: key("00:1b:1b:00:00:0b") });
    let kept = groups(heard, &[never], &Config::default());
    assert_eq!(said(&kept), ["A 10.0.0.5 10.0.0.6 pc", "B"]);
    assert_eq!(kept[1].never.len(), 1);
}

#[test]
fn joins_are_explained() {
    let heard = "A 10.0.0.5 arp.binding=request\nA - dhcp.hostname=pc\nB - dhcp.hostname=pc";
    let made = groups(heard, &[], &Config::default());
    let joins: Vec<String> = made[0]
        .joins
        .iter()
        .map(|join| format!("{} {} {:?}", join.rule.id(), join.b, join.evidence))
        .collect();
    assert_eq!(joins, ["R3 pc [1]", "R3 pc [2]", "R6 10.0.0.5 [0]"]);
}
