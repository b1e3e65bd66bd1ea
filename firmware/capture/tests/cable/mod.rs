//! What the live tests share: a cable in a namespace, and frames.
#![allow(dead_code, reason = "each test program uses a part")]

use std::fs;

use capture::ring::Options;

/// The sensor's end of the cable, and the end where the test speaks and listens.
pub const NEAR: &str = "near0";
pub const FAR: &str = "far0";

/// Runs a test at a cable in a namespace of its own; skips it, saying why, where
/// namespaces are refused.
pub fn at_a_cable(inside: impl FnOnce() + Send) {
    let done = lab::in_namespace(|| {
        lab::veth(NEAR, FAR).unwrap();
        // The far end keeps silent by itself: only the test speaks there.
        no_ipv6(FAR);
        lab::switch(FAR, true).unwrap();
        inside();
    });
    if let Err(why) = done {
        println!("skipped: {why}");
    }
}

/// As [`at_a_cable`], with the near end on and as silent.
pub fn at_a_live_cable(inside: impl FnOnce() + Send) {
    at_a_cable(|| {
        no_ipv6(NEAR);
        lab::switch(NEAR, true).unwrap();
        lab::wait_running(&[NEAR, FAR]);
        inside();
    });
}

fn no_ipv6(name: &str) {
    let path = format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6");
    // A kernel without IPv6 has no such file.
    let _ = fs::write(path, "1");
}

/// A ring of few, small blocks.
pub fn small() -> Options {
    Options { ring_bytes: 8 << 16, block_bytes: 1 << 16, retire_millis: 20, snaplen: 0 }
}

/// An Ethernet frame of this length with a tag stack, to a MAC that nobody here has.
pub fn frame(number: u8, len: usize, tags: &[[u8; 4]]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 9, 9, 2, 0, 0, 0, 7, number];
    frame.extend(tags.as_flattened());
    // An EtherType for experiments (IEEE 802): no protocol of the kernel answers.
    frame.extend([0x88, 0xb5]);
    frame.resize(len, number);
    frame
}
