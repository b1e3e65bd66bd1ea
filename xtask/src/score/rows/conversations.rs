//! Conversations: who, how many flows, packets and bytes each way.
//!
//! Both readers' flows are put under one key (client, server, port, transport).
//! What must not count as a difference:
//! - a flow whose opening was not captured may be turned round;
//! - IP fragments without ports are flows of their own to the decoder (`ip-17`,
//!   `ip-?`): such a pair of hosts is compared as a whole;
//! - an idle time, or a port that is used again, may part a flow in two;
//! - the outside of a tunnel is listed apart by the decoder (`tunnel_flows`).

use std::collections::{BTreeMap, BTreeSet};

use crate::score::case::Case;
use crate::score::expected::Flow;
use crate::score::scope;
use crate::score::tally::Tally;

/// Client, server, server's port, transport.
type Key = (String, String, u16, String);

/// Sums over the flows of one key.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sums {
    flows: u64,
    packets: [u64; 2],
    bytes: [u64; 2],
    frame: u64,
}

impl Sums {
    fn add(&mut self, flows: u64, packets: [u64; 2], bytes: [u64; 2], turned: bool) {
        let way = |way: usize| if turned { 1 - way } else { way };
        self.flows += flows;
        for to in 0..2 {
            self.packets[to] += packets[way(to)];
            self.bytes[to] += bytes[way(to)];
        }
    }
}

/// Both sides under the same keys.
struct Table {
    expected: BTreeMap<Key, Sums>,
    ours: BTreeMap<Key, Sums>,
    /// Keys that stand for a whole pair of hosts: their flows are not comparable.
    pairs: BTreeSet<Key>,
}

fn table(case: &Case) -> Table {
    let flows = || case.expected.flows.iter().filter(|flow| !scope::hidden(flow) && !scope::outside(flow));
    let fragmented: BTreeSet<Key> = flows()
        .filter(|flow| is_fragment(&flow.transport))
        .map(|flow| pair(&flow.client, &flow.server))
        .collect();
    let mut ours: BTreeMap<Key, Sums> = BTreeMap::new();
    for talk in &case.ours.talks {
        let whole = pair(&talk.client, &talk.server);
        let (key, turned) = if fragmented.contains(&whole) {
            (whole.clone(), whole.0 != talk.client)
        } else {
            ((talk.client.clone(), talk.server.clone(), talk.port, talk.transport.clone()), false)
        };
        ours.entry(key).or_default().add(talk.flows, talk.packets, talk.bytes, turned);
    }
    let mut expected: BTreeMap<Key, Sums> = BTreeMap::new();
    for flow in flows() {
        let (key, turned) = key_of(flow, &fragmented, &ours);
        let sums = expected.entry(key).or_default();
        if sums.frame == 0 {
            sums.frame = flow.frame;
        }
        sums.add(1, flow.packets, flow.bytes, turned);
    }
    Table { expected, ours, pairs: fragmented }
}

/// Where a flow of the decoder belongs, and whether it is turned round for that.
fn key_of(flow: &Flow, fragmented: &BTreeSet<Key>, ours: &BTreeMap<Key, Sums>) -> (Key, bool) {
    let whole = pair(&flow.client, &flow.server);
    if fragmented.contains(&whole) {
        let turned = whole.0 != flow.client;
        return (whole, turned);
    }
    let key = (flow.client.clone(), flow.server.clone(), flow.port, flow.transport.clone());
    let back = (flow.server.clone(), flow.client.clone(), flow.cport, flow.transport.clone());
    let opening_seen = ["syn", "syn-ack"].contains(&flow.direction.as_str());
    if !opening_seen && !ours.contains_key(&key) && ours.contains_key(&back) {
        return (back, true);
    }
    (key, false)
}

/// Two hosts, in order, all protocols together.
fn pair(a: &str, b: &str) -> Key {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    (first.into(), second.into(), 0, "all".into())
}

/// The decoder's name for packets whose upper header it did not see.
fn is_fragment(transport: &str) -> bool {
    ["ip-1", "ip-6", "ip-17", "ip-58", "ip-?"].contains(&transport)
}

/// Is the conversation there?
pub fn present(case: &Case, tally: &mut Tally) {
    let table = table(case);
    for (key, sums) in &table.expected {
        if table.ours.contains_key(key) {
            tally.hit();
        } else {
            tally.miss(&title(key), &words(sums), "", sums.frame);
        }
    }
    for flow in case.expected.flows.iter().filter(|flow| scope::hidden(flow)) {
        tally.leave_out(&format!("inside a tunnel outside the issue: {}", flow.encap.join("+")));
    }
    let outside = case.expected.flows.iter().filter(|flow| scope::outside(flow));
    let outsides = outside.inspect(|_| tally.leave_out("outside of a tunnel, listed as a flow")).count();
    let outer: BTreeSet<&str> = case.expected.tunnel_ends.iter().map(|(ip, _)| ip.as_str()).collect();
    let inside: BTreeSet<(&str, &str)> = case
        .expected
        .flows
        .iter()
        .filter(|flow| scope::hidden(flow) || scope::outside(flow))
        .flat_map(|flow| {
            [(flow.client.as_str(), flow.server.as_str()), (flow.server.as_str(), flow.client.as_str())]
        })
        .collect();
    for (key, sums) in table.ours.iter().filter(|(key, _)| !table.expected.contains_key(*key)) {
        let tunnel = outer.contains(key.0.as_str()) && outer.contains(key.1.as_str());
        let in_tunnel = inside.contains(&(key.0.as_str(), key.1.as_str())) || (outsides > 0 && key.2 == 0);
        if !case.expected.all_flows || tunnel || in_tunnel {
            tally.extra += 1;
        } else {
            tally.wrong(&title(key), &words(sums));
        }
    }
}

/// Number of flows.
pub fn flows(case: &Case, tally: &mut Tally) {
    compare(case, tally, true, |sums| sums.flows.to_string());
}

/// Packets each way.
pub fn packets(case: &Case, tally: &mut Tally) {
    compare(case, tally, false, |sums| format!("{} > {} <", sums.packets[0], sums.packets[1]));
}

/// Bytes each way.
pub fn bytes(case: &Case, tally: &mut Tally) {
    compare(case, tally, false, |sums| format!("{} > {} <", sums.bytes[0], sums.bytes[1]));
}

fn compare(case: &Case, tally: &mut Tally, single: bool, show: impl Fn(&Sums) -> String) {
    let table = table(case);
    for (key, sums) in &table.expected {
        if single && table.pairs.contains(key) {
            tally.leave_out("fragments, whose flows are not comparable");
            continue;
        }
        if !case.expected.all_flows {
            tally.leave_out("the list of flows was cut, so that sums are not whole");
            continue;
        }
        let want = show(sums);
        let parted =
            |ours: &Sums| (ours.packets, ours.bytes) == (sums.packets, sums.bytes) && ours.flows > sums.flows;
        if single && table.ours.get(key).is_some_and(parted) {
            tally.leave_out("parted by an idle time or a port used again");
            continue;
        }
        match table.ours.get(key).map(&show) {
            Some(have) if have == want => tally.hit(),
            Some(have) => tally.miss(&title(key), &want, &have, sums.frame),
            None => tally.lost(),
        }
    }
}

fn title(key: &Key) -> String {
    format!("{} {} > {} {}", key.3, key.0, key.1, key.2)
}

fn words(sums: &Sums) -> String {
    let [there, back] = sums.packets;
    format!("{} flows, {there} packets > {back} <", sums.flows)
}
