//! Who is the client: by the handshake, else by a port known for a service, else
//! whoever is heard first.

mod support;

use capture::craft::{ACK, Craft, Path, SYN};
use support::{Talk, at, hear, ip, path};

/// Client, server and server's port of the only conversation.
fn ends(craft: &Craft) -> (std::net::IpAddr, std::net::IpAddr, u16) {
    let heard = hear(craft);
    let talk = heard.only();
    (talk.client, talk.server, talk.port)
}

#[test]
fn who_sends_the_syn_is_the_client() {
    for (sport, dport) in [(40_000, 22), (443, 40_000), (1_023, 50_000)] {
        let mut craft = Craft::new();
        Talk::new(&mut craft, path(9, 2), sport, dport).next(0, SYN, &[]);
        assert_eq!(ends(&craft), (ip(9), ip(2), dport));
    }
}

#[test]
fn who_sends_the_syn_ack_is_the_server() {
    for (sport, dport) in [(443, 40_000), (40_000, 443)] {
        let mut craft = Craft::new();
        Talk::new(&mut craft, path(9, 2), sport, dport).next(1, SYN | ACK, &[]);
        let heard = hear(&craft);
        let talk = heard.only();
        assert_eq!((talk.client, talk.server, talk.port), (ip(9), ip(2), dport));
        assert_eq!((talk.packets, talk.answered), ([0, 1], true));
    }
}

#[test]
fn of_a_stream_joined_midway_the_known_port_is_the_server() {
    for way in [0, 1] {
        let mut craft = Craft::new();
        Talk::new(&mut craft, path(9, 2), 50_123, 443).say(way, b"later bytes");
        assert_eq!(ends(&craft), (ip(9), ip(2), 443), "the {way} side is heard first");
    }
}

#[test]
fn without_a_known_port_whoever_is_heard_first_is_the_client() {
    let mut craft = Craft::new();
    craft.udp(at(1), &path(3, 4), 50_001, 50_002, b"one");
    craft.udp(at(2), &path(3, 4).back(64), 50_002, 50_001, b"two");
    assert_eq!(ends(&craft), (ip(3), ip(4), 50_002));
    let mut craft = Craft::new();
    Talk::new(&mut craft, path(9, 2), 50_001, 50_002).say(1, b"the server is heard first");
    assert_eq!(ends(&craft), (ip(2), ip(9), 50_001));
}

#[test]
fn two_known_ports_say_nothing() {
    let mut craft = Craft::new();
    craft.udp(at(1), &path(3, 4), 123, 123, b"peers of each other");
    assert_eq!(ends(&craft), (ip(3), ip(4), 123));
}

#[test]
fn a_group_is_never_the_client() {
    let group = |host| Path { dst: [224, 0, 0, 251].into(), ..path(host, 2) };
    let mut craft = Craft::new();
    craft.udp(at(1), &group(3), 123, 40_000, b"from a known port");
    assert_eq!(ends(&craft), (ip(3), [224, 0, 0, 251].into(), 40_000));
    let mut craft = Craft::new();
    let everyone = Path { dst: [255, 255, 255, 255].into(), ..path(3, 2) };
    craft.udp(at(1), &everyone, 53, 40_000, b"from a known port");
    assert_eq!(ends(&craft).0, ip(3));
}

#[test]
fn protocols_without_ports_begin_with_who_is_heard_first() {
    let mut craft = Craft::new();
    craft.icmp(at(1), &path(7, 8), 8, 0, &[0, 1, 0, 1]);
    craft.icmp(at(2), &path(7, 8).back(64), 0, 0, &[0, 1, 0, 1]);
    let heard = hear(&craft);
    let talk = heard.only();
    assert_eq!((talk.client, talk.server, talk.port, talk.transport), (ip(7), ip(8), 0, 1));
    assert_eq!(talk.packets, [1, 1]);
}
