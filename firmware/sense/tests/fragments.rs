//! Fragments belong to the flow of their datagram (RFC 791 §3.2): later ones carry
//! no ports, those of the first are theirs.

mod support;

use capture::craft::{Craft, Path};
use support::{Heard, at, hear, path};

/// Bytes of Ethernet and IPv4 header.
const ETHERNET: usize = 14;
const HEADERS: usize = 34;

/// A UDP datagram cut into fragments of `size` bytes (a multiple of eight).
fn fragments(path: &Path, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut whole = Craft::new();
    whole.udp(at(0), path, 40_000, 50_000, payload);
    let frame = whole.frames().next().map(|(_, frame)| frame.to_vec()).unwrap();
    let (head, body) = (&frame[..HEADERS], &frame[HEADERS..HEADERS + 8 + payload.len()]);
    let pieces = body.len().div_ceil(size);
    let cut = |(n, piece): (usize, &[u8])| {
        let mut head = head.to_vec();
        let more = u16::from(n + 1 < pieces) << 13;
        head[ETHERNET + 2..][..2].copy_from_slice(&(piece.len() as u16 + 20).to_be_bytes());
        head[ETHERNET + 6..][..2].copy_from_slice(&(more | (n * size / 8) as u16).to_be_bytes());
        [&head, piece].concat()
    };
    body.chunks(size).enumerate().map(cut).collect()
}

fn hear_frames(frames: &[Vec<u8>]) -> Heard {
    let mut craft = Craft::new();
    for (n, frame) in frames.iter().enumerate() {
        craft.raw(at(n as u64 + 1), frame);
    }
    hear(&craft)
}

fn counting(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n / 8) as u8).collect()
}

#[test]
fn later_fragments_have_the_ports_of_the_first() {
    let heard = hear_frames(&fragments(&path(1, 2), &counting(3_000), 1_024));
    let talk = heard.only();
    assert_eq!((talk.port, talk.transport, talk.flows, talk.packets), (50_000, 17, 1, [3, 0]));
    assert_eq!(talk.bytes, [3_008 + 3 * HEADERS as u64, 0]);
}

#[test]
fn two_datagrams_at_once_are_told_apart() {
    let a = fragments(&path(1, 2), &counting(2_000), 1_024);
    let b = fragments(&path(3, 2), &counting(2_000), 1_024);
    let heard = hear_frames(&[a[0].clone(), b[0].clone(), b[1].clone(), a[1].clone()]);
    let packets: Vec<_> = heard.report.conversations.iter().map(|talk| (talk.port, talk.packets)).collect();
    assert_eq!(packets, [(50_000, [2, 0]); 2]);
}

#[test]
fn a_fragment_whose_first_was_not_heard_is_counted_without_ports() {
    let heard = hear_frames(&fragments(&path(1, 2), &counting(2_000), 1_024)[1..]);
    assert_eq!((heard.only().port, heard.only().packets), (0, [1, 0]));
}

#[test]
fn fragments_that_carry_the_same_bytes_are_no_copies() {
    let heard = hear_frames(&fragments(&path(1, 2), &[0; 8_000], 1_024));
    assert_eq!((heard.only().packets, heard.stats.copied()), ([8, 0], 0));
}
