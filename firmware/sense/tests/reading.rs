//! What is read of streams: first messages however they are cut, nothing beyond a
//! protocol's budget, nothing of a keep-alive.

mod support;

use capture::craft::{ACK, Craft, PSH};
use model::HintKind;
use sense::Worker;
use support::{Notes, Talk, client_hello, feed, hear, path, private};
use zones::Zones;

const NAME: &str = "server.example.org";

/// A connection to port 443 whose client sends these pieces (offset, bytes).
fn pieces<'a>(pieces: impl IntoIterator<Item = (usize, &'a [u8])>) -> Craft {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 443);
    talk.open();
    let start = talk.seq[0];
    for (offset, bytes) in pieces {
        talk.segment(0, start + offset as u32, PSH | ACK, bytes);
    }
    craft
}

#[track_caller]
fn names_the_server(craft: &Craft) {
    let heard = hear(craft);
    assert_eq!((heard.hints(HintKind::Sni), &*heard.only().protocol), (vec![NAME], "tls"));
    assert_eq!(heard.values("tls.ja4").len(), 1);
}

fn cut(message: &[u8], size: usize) -> Vec<(usize, &[u8])> {
    message.chunks(size).enumerate().map(|(n, piece)| (n * size, piece)).collect()
}

#[test]
fn a_hello_cut_anywhere_is_read() {
    let hello = client_hello(NAME, 0);
    for size in [1, 2, 5, 7, 64, hello.len()] {
        names_the_server(&pieces(cut(&hello, size)));
    }
    names_the_server(&pieces(cut(&client_hello(NAME, 9_000), 1_000)));
}

#[test]
fn a_hello_out_of_order_is_read() {
    let hello = client_hello(NAME, 2_000);
    let mut backwards = cut(&hello, 400);
    backwards.reverse();
    names_the_server(&pieces(backwards));
    let mut swapped = cut(&hello, 1_000);
    swapped.swap(0, 1);
    names_the_server(&pieces(swapped));
}

#[test]
fn repeated_and_overlapping_pieces_change_nothing() {
    let hello = client_hello(NAME, 2_000);
    let overlapping = (0..hello.len()).step_by(300).map(|at| (at, &hello[at..hello.len().min(at + 700)]));
    names_the_server(&pieces(overlapping));
}

#[test]
fn a_hello_left_unfinished_at_the_end_is_read_as_far_as_it_goes() {
    // The name stands before the padding.
    let hello = client_hello(NAME, 3_000);
    let heard = hear(&pieces([(0, &hello[..1_500])]));
    assert_eq!((heard.hints(HintKind::Sni), &*heard.only().protocol), (vec![NAME], "tls"));
}

#[test]
fn a_hello_that_lost_its_beginning_gives_no_name() {
    let hello = client_hello(NAME, 0);
    let heard = hear(&pieces([(40, &hello[40..])]));
    assert_eq!(heard.hints(HintKind::Sni), [""; 0]);
    assert_eq!(heard.stats.panics.len(), 0);
}

/// What an HTTP client causes that asks that often in one connection; its sixteen
/// last requests are counted apart.
fn asks(times: usize) -> [usize; 2] {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 80);
    talk.open();
    for n in 0..times {
        let head = format!("GET / HTTP/1.1\r\nHost: h{n}.example.org\r\nX-Filler: {:0>900}\r\n\r\n", 0);
        talk.say(0, head.as_bytes());
    }
    let frames: Vec<_> = craft.frames().collect();
    let zones = Zones::new(&private());
    let (mut worker, mut notes) = (Worker::new(64, 4), Notes::default());
    let mut said = [0; 2];
    let (first, last) = frames.split_at(frames.len() - 16);
    for (part, frames) in [first, last].into_iter().enumerate() {
        for (time, data) in frames {
            worker.frame(&support::input(1, *time, data), &zones, &mut notes);
        }
        said[part] = std::mem::take(&mut notes.0).len();
    }
    said
}

#[test]
fn beyond_its_budget_a_flow_is_only_counted() {
    let [_, last] = asks(32);
    assert!(last >= 16, "within the budget each request is read: {last}");
    let [first, last] = asks(512);
    assert_eq!(last, 0, "{first} before");
    // HTTP's budget is 64 KiB, and a request is nearly one.
    assert!(first <= 3 * 80, "{first}");
}

#[test]
fn a_stream_nobody_knows_is_let_be() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 50_000);
    talk.open();
    for _ in 0..10 {
        talk.say(0, &[0xee; 100]);
        talk.say(1, &[0xdd; 100]);
    }
    talk.say(0, &client_hello(NAME, 0));
    let heard = hear(&craft);
    assert_eq!((heard.hints(HintKind::Sni), &*heard.only().protocol), (vec![], ""));
    assert_eq!(heard.only().packets, [13, 11]);
}

/// A Modbus connection joined midway: keep-alives of the server, then its answer to
/// Read Device Identification (function 43/14) with the vendor's name.
fn behind_keep_alives(count: usize) -> Vec<String> {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 502);
    for _ in 0..count {
        talk.segment(1, talk.seq[1] - 1, ACK, &[0]);
        talk.segment(0, talk.seq[0], ACK, &[]);
    }
    let answer = [&[0, 9, 0, 0, 0, 16, 1, 43, 14, 1, 1, 0, 0, 1, 0, 6][..], b"Vendor"].concat();
    talk.say(1, &answer);
    let (mut worker, mut notes) = (Worker::new(64, 4), Notes::default());
    feed(&mut worker, &craft, &Zones::new(&private()), &mut notes);
    worker.finish(&mut notes);
    notes.0
}

#[test]
fn a_keep_alive_before_a_stream_joined_midway_is_no_beginning() {
    for count in 0..2 {
        assert!(behind_keep_alives(count).contains(&"modbus.vendor Vendor".into()), "{count} keep-alives");
    }
}

#[test]
fn many_keep_alives_before_a_stream_joined_midway_are_no_beginning() {
    assert!(behind_keep_alives(2).contains(&"modbus.vendor Vendor".into()));
}
