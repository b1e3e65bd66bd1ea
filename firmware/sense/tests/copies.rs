//! Packets that a mirror sees twice are counted once, and beside.

mod support;

use capture::craft::{Craft, Link, Path};
use model::Mac;
use support::{at, hear, ip, mac, path};

/// One datagram, and its frame again as `change` leaves it, some time later.
fn twice(later: u64, change: impl Fn(&mut Vec<u8>)) -> Craft {
    let mut craft = Craft::new();
    craft.udp(at(1), &path(1, 2), 40_000, 50_000, &[7; 100]);
    let mut frame = craft.frames().next().map(|(_, frame)| frame.to_vec()).unwrap();
    change(&mut frame);
    craft.raw(at(1 + later), &frame);
    craft
}

/// Puts an 802.1Q tag behind the MACs.
fn tag(frame: &mut Vec<u8>, vlan: u8) {
    frame.splice(12..12, [0x81, 0, 0, vlan]);
}

#[test]
fn an_exact_copy_is_counted_beside() {
    let heard = hear(&twice(3, |_| {}));
    let talk = heard.only();
    assert_eq!((talk.flows, talk.packets, talk.bytes), (1, [1, 0], [142, 0]));
    assert_eq!((talk.copies, talk.copy_bytes), ([1, 0], [142, 0]));
    assert_eq!((heard.stats.copies, heard.stats.ip), ([1, 0, 0], 1));
}

#[test]
fn a_retagged_copy_is_counted_beside() {
    let heard = hear(&twice(3, |frame| tag(frame, 20)));
    assert_eq!(heard.only().packets, [1, 0]);
    assert_eq!((heard.only().copies, heard.only().copy_bytes), ([1, 0], [146, 0]));
    assert_eq!(heard.stats.copies, [0, 1, 0]);
    assert!(heard.values("ip.forwarded").is_empty());
}

#[test]
fn a_routed_copy_is_counted_beside_and_shows_the_router() {
    let router = Mac([0, 0x1b, 0x1b, 0, 0, 0xfe]);
    let heard = hear(&twice(3, |frame| {
        frame[..6].copy_from_slice(&mac(2).0);
        frame[6..12].copy_from_slice(&router.0);
        frame[22] -= 1;
    }));
    assert_eq!((heard.only().packets, heard.only().copies), ([1, 0], [1, 0]));
    assert_eq!(heard.stats.copies, [0, 0, 1]);
    let routers: Vec<_> =
        heard.report.intervals.iter().filter(|interval| interval.field == "ip.forwarded").collect();
    assert_eq!(routers.len(), 1);
    assert_eq!((routers[0].sighting.mac, routers[0].sighting.ip), (Some(router), None));
    assert!(
        !heard
            .report
            .intervals
            .iter()
            .any(|one| one.sighting.mac == Some(router) && one.sighting.ip.is_some())
    );
}

#[test]
fn a_copy_of_an_answer_belongs_to_the_server() {
    let mut craft = Craft::new();
    craft.udp(at(1), &path(1, 2), 40_000, 50_000, b"question");
    craft.udp(at(2), &path(1, 2).back(64), 50_000, 40_000, b"answer");
    let answer = craft.frames().nth(1).map(|(_, frame)| frame.to_vec()).unwrap();
    craft.raw(at(3), &answer);
    assert_eq!(hear(&craft).only().copies, [0, 1]);
}

#[test]
fn the_same_bytes_much_later_are_no_copy() {
    let heard = hear(&twice(1_000, |_| {}));
    assert_eq!((heard.only().packets, heard.stats.copied()), ([2, 0], 0));
}

#[test]
fn repeated_datagrams_with_identifications_of_their_own_are_no_copies() {
    let mut craft = Craft::new();
    for n in 0..50 {
        craft.udp(at(n), &path(1, 2), 40_000, 50_000, &[7; 100]);
    }
    assert_eq!(hear(&craft).only().packets, [50, 0]);
}

#[test]
fn frames_without_ip_are_never_copies() {
    let mut craft = Craft::new();
    let link = Link { src: mac(1), dst: Mac([0xff; 6]), vlan: None };
    let own = (mac(1), [10, 0, 0, 1].into());
    for n in 0..3 {
        craft.arp(at(n), &link, 1, own, (Mac([0; 6]), [10, 0, 0, 2].into()));
    }
    let heard = hear(&craft);
    assert_eq!((heard.stats.other, heard.stats.copied()), (3, 0));
    let counts = heard.report.intervals.iter().filter(|one| one.field == "eth.source").map(|one| one.count);
    assert_eq!(counts.sum::<u64>(), 3);
}

#[test]
fn repeated_segments_are_no_copies_of_each_other() {
    let mut craft = Craft::new();
    let path = Path { src: ip(1), ..path(1, 2) };
    let mut talk = support::Talk::new(&mut craft, path, 40_000, 50_000);
    talk.open();
    let seq = talk.seq[0];
    for _ in 0..4 {
        talk.segment(0, seq, 0x18, b"sent again");
    }
    let heard = hear(&craft);
    assert_eq!((heard.only().packets, heard.stats.copied()), ([6, 1], 0));
}
