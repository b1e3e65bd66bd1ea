//! Flows, packets and bytes each way, gaps, and one-way traffic.

mod support;

use capture::craft::{ACK, Craft, PSH, RST, SYN};
use support::{Talk, at, hear, path};

#[test]
fn packets_and_bytes_are_counted_each_way() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    talk.say(0, &[1; 100]);
    talk.say(1, &[2; 1_000]);
    talk.say(1, &[3; 500]);
    talk.close();
    let heard = hear(&craft);
    let talk = heard.only();
    // Ethernet, IPv4 and TCP headers are 54 bytes; empty segments are padded to 60.
    assert_eq!((talk.flows, talk.packets), (1, [5, 4]));
    assert_eq!(talk.bytes, [154 + 4 * 60, 1_054 + 554 + 2 * 60]);
    assert_eq!((talk.first, talk.last, talk.frame), (at(1), at(9), 1));
    assert_eq!((talk.copies, talk.answered), ([0, 0], true));
    assert_eq!((heard.stats.ip, heard.stats.gap_bytes), (9, 0));
    assert_eq!(heard.stats.bytes, talk.bytes.iter().sum());
}

#[test]
fn a_new_syn_on_the_same_ports_is_another_flow() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    talk.close();
    talk.seq = [900_000, 12_000_000];
    talk.open();
    let heard = hear(&craft);
    assert_eq!((heard.only().flows, heard.only().packets), (2, [6, 3]));
}

#[test]
fn a_new_syn_after_an_unfinished_connection_is_another_flow() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    talk.seq = [900_000, 12_000_000];
    talk.open();
    assert_eq!(hear(&craft).only().flows, 2);
}

#[test]
fn a_repeated_syn_is_the_same_flow() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    for _ in 0..3 {
        talk.segment(0, 1_000, SYN, &[]);
    }
    talk.open();
    let heard = hear(&craft);
    assert_eq!((heard.only().flows, heard.only().packets), (1, [5, 1]));
}

#[test]
fn a_refused_connection_is_one_unanswered_flow() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.next(0, SYN, &[]);
    talk.next(1, RST | ACK, &[]);
    let heard = hear(&craft);
    assert_eq!((heard.only().flows, heard.only().packets), (1, [1, 1]));
    assert!(!heard.only().answered);
    assert!(heard.stats.tcp_flows.is_empty(), "a closed port tells nothing of the mirror");
}

#[test]
fn retransmissions_count_as_packets_but_not_as_gaps() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    let seq = talk.seq[0];
    talk.say(0, &[1; 100]);
    talk.say(0, &[2; 100]);
    talk.segment(0, seq, PSH | ACK, &[1; 100]);
    talk.say(0, &[3; 100]);
    let heard = hear(&craft);
    assert_eq!((heard.only().packets[0], heard.stats.gap_bytes), (6, 0));
}

#[test]
fn bytes_that_were_never_heard_are_a_gap() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    talk.say(1, &[1; 100]);
    talk.seq[1] += 2_920;
    talk.say(1, &[2; 100]);
    assert_eq!(hear(&craft).stats.gap_bytes, 2_920);
}

#[test]
fn one_way_flows_are_counted_by_vlan() {
    let mut craft = Craft::new();
    let tagged = |vlan| {
        let mut path = path(1, 2);
        path.link.vlan = vlan;
        path
    };
    for (port, vlan, both) in [(1, Some(7), false), (2, Some(7), true), (3, None, false), (4, None, false)] {
        let mut talk = Talk::new(&mut craft, tagged(vlan), 40_000 + port, 50_000);
        talk.next(0, SYN, &[]);
        talk.say(0, b"data");
        if both {
            talk.next(1, ACK, &[]);
        }
    }
    let heard = hear(&craft);
    let counted: Vec<_> = heard.stats.tcp_flows.into_iter().collect();
    assert_eq!(counted, [(7, [2, 1]), (0xffff, [2, 2])]);
}

#[test]
fn syns_alone_are_no_one_way_traffic() {
    let mut craft = Craft::new();
    Talk::new(&mut craft, path(1, 2), 40_000, 50_000).next(0, SYN, &[]);
    assert!(hear(&craft).stats.tcp_flows.is_empty());
}

#[test]
fn a_handshake_out_of_order_is_one_flow() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.segment(1, 7_000_000, SYN | ACK, &[]);
    talk.segment(0, 1_000, SYN, &[]);
    let heard = hear(&craft);
    assert_eq!((heard.only().flows, heard.only().packets), (1, [1, 1]));
}

#[test]
fn segments_out_of_order_are_no_gap() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    let seq = talk.seq[0];
    talk.segment(0, seq + 100, PSH | ACK, &[2; 100]);
    talk.segment(0, seq, PSH | ACK, &[1; 100]);
    assert_eq!(hear(&craft).stats.gap_bytes, 0);
}
