//! Flows end by silence: an unanswered one after ten minutes, an answered one after
//! half an hour, a closed one after half a minute (a tick is 2³⁰ ns).

mod support;

use capture::craft::Craft;
use sense::{Event, Events, Worker};
use support::{Talk, at, feed, hear, path, private};
use zones::Zones;

const MINUTE: u64 = 60_000;

/// Flows counted of two datagrams that far apart, the first answered or not.
fn flows(apart: u64, answered: bool) -> u64 {
    let mut craft = Craft::new();
    craft.udp(at(0), &path(1, 2), 40_000, 50_000, b"first");
    if answered {
        craft.udp(at(1), &path(1, 2).back(64), 50_000, 40_000, b"answer");
    }
    craft.udp(at(apart), &path(1, 2), 40_000, 50_000, b"second");
    let heard = hear(&craft);
    assert_eq!(heard.only().packets[0], 2);
    heard.only().flows
}

#[test]
fn silence_ends_a_flow() {
    assert_eq!([flows(9 * MINUTE, false), flows(12 * MINUTE, false)], [1, 2]);
    assert_eq!([flows(28 * MINUTE, true), flows(35 * MINUTE, true)], [1, 2]);
}

#[test]
fn traffic_keeps_a_flow() {
    let mut craft = Craft::new();
    for n in 0..60 {
        craft.udp(at(n * 5 * MINUTE), &path(1, 2), 40_000, 50_000, b"again");
    }
    assert_eq!((hear(&craft).only().flows, hear(&craft).only().packets), (1, [60, 0]));
}

#[test]
fn a_closed_connection_ends_soon() {
    for (wait, flows) in [(10_000, 1), (2 * MINUTE, 2)] {
        let mut craft = Craft::new();
        let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
        talk.open();
        talk.close();
        talk.now += wait;
        talk.say(0, b"late");
        assert_eq!(hear(&craft).only().flows, flows, "after {wait} ms");
    }
}

/// Counts of packets as flows tell them.
#[derive(Default)]
struct Told(Vec<[u32; 2]>);

impl Events for Told {
    fn take(&mut self, event: Event<'_>) {
        if let Event::Flow(delta) = event {
            self.0.push(delta.packets);
        }
    }
}

#[test]
fn without_frames_a_tick_ends_flows() {
    let zones = Zones::new(&private());
    let (mut worker, mut told) = (Worker::new(64, 1), Told::default());
    let mut craft = Craft::new();
    craft.udp(at(0), &path(1, 2), 40_000, 50_000, b"only");
    feed(&mut worker, &craft, &zones, &mut told);
    assert_eq!(told.0, [[0; 2]; 0]);
    for second in 0..700 {
        worker.tick(at(second * 1_000), &mut told);
    }
    let told_so_far = told.0.clone();
    assert_eq!(told_so_far.iter().map(|packets| packets[0]).sum::<u32>(), 1);
    worker.finish(&mut told);
    assert_eq!(told.0, told_so_far, "it had ended before");
}

#[test]
fn a_long_flow_tells_of_itself_while_it_lasts() {
    let zones = Zones::new(&private());
    let (mut worker, mut told) = (Worker::new(64, 1), Told::default());
    let mut craft = Craft::new();
    for second in 0..600 {
        craft.udp(at(second * 1_000), &path(1, 2), 40_000, 50_000, b"tick");
    }
    feed(&mut worker, &craft, &zones, &mut told);
    assert!(told.0.len() >= 8, "once in about a minute: {:?}", told.0);
    worker.finish(&mut told);
    assert_eq!(told.0.iter().map(|packets| packets[0]).sum::<u32>(), 600);
}
