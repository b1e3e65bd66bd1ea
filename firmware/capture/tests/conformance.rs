//! One suite over every source: what goes in comes out, whatever the way.
//!
//! The file is a capture in memory; ring and `pnet` hear a cable in a network
//! namespace of their own, at whose far end the test speaks. Where namespaces are
//! refused (no root), the live half skips and says so.

mod cable;

use std::io::Cursor;

use cable::{FAR, NEAR, at_a_cable, at_a_live_cable, frame, small};
use capture::live::{self, Kind};
use capture::ring::Options;
use capture::{Error, LinkType, PcapFile, PcapWriter, PortStatus, Progress, Source};
use lab::{Sender, index, remove, switch, veth, wait_running};
use model::Time;
use sys::link::link;

/// Calls of `batch` without a frame after which nothing more is awaited.
const PATIENCE: u32 = 10;

/// A frame as it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    data: Vec<u8>,
    time: Time,
    number: u64,
    wire_len: u32,
    interface: u16,
}

/// Reads until `wanted` frames have come, the source ends, or it stays silent.
fn hear(source: &mut dyn Source, wanted: usize) -> Vec<Heard> {
    let (mut heard, mut idle) = (Vec::new(), 0);
    while heard.len() < wanted && idle < PATIENCE {
        let step = source.batch(&mut |frames| {
            assert!(!frames.is_empty() && frames.len() <= capture::BATCH);
            heard.extend(frames.iter().map(|frame| {
                assert_eq!(frame.link, LinkType::ETHERNET);
                Heard {
                    data: frame.data.to_vec(),
                    time: frame.time,
                    number: frame.number,
                    wire_len: frame.wire_len,
                    interface: frame.interface,
                }
            }));
        });
        match step.unwrap() {
            Progress::End(_) => break,
            Progress::Idle => idle += 1,
            Progress::More => {}
        }
    }
    heard
}

fn data(heard: &[Heard]) -> Vec<&[u8]> {
    heard.iter().map(|frame| frame.data.as_slice()).collect()
}

fn open(kind: Kind, names: &[&str], options: &Options) -> Result<Box<dyn Source + Send>, Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    live::open(kind, &names, options)
}

/// Runs a check over every source: it gets the source's name and a function that
/// puts frames in at one end and gives the source at the other.
fn over_every_source(check: impl Fn(&str, &dyn Fn(&[Vec<u8>]) -> Box<dyn Source + Send>) + Send + Sync) {
    check("file", &|frames| {
        let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        for frame in frames {
            writer.write(Time(sys::clock::wall()), frame, frame.len() as u32).unwrap();
        }
        let bytes = writer.finish().unwrap();
        Box::new(PcapFile::from_reader("memory", Box::new(Cursor::new(bytes))).unwrap())
    });
    for kind in Kind::ALL {
        at_a_live_cable(|| {
            check(kind.name(), &|frames| {
                let source = open(kind, &[NEAR], &small()).unwrap();
                let sender = Sender::new(FAR).unwrap();
                frames.iter().for_each(|frame| sender.send(frame).unwrap());
                source
            });
        });
    }
}

/// Runs a check over every live source, each at a cable of its own.
fn over_live_sources(check: impl Fn(Kind) + Send + Sync) {
    for kind in Kind::ALL {
        at_a_live_cable(|| check(kind));
    }
}

#[test]
fn the_same_frames_come_out_in_order_with_their_lengths() {
    over_every_source(|name, through| {
        let sent: Vec<Vec<u8>> = (0..200)
            .map(|n| frame(n, [14, 60, 61, 333, 1_000, 1_513, 1_514][usize::from(n) % 7], &[]))
            .collect();
        let before = sys::clock::wall();
        let mut source = through(&sent);
        let heard = hear(&mut *source, sent.len());
        assert_eq!(data(&heard), sent, "{name}");
        for (frame, number) in heard.iter().zip(1..) {
            assert_eq!((frame.number, frame.interface), (number, 0), "{name}");
            assert_eq!(frame.wire_len as usize, frame.data.len(), "{name}");
            assert!((before..=sys::clock::wall()).contains(&frame.time.0), "{name}: {}", frame.time);
        }
        assert!(heard.windows(2).all(|two| two[0].time <= two[1].time), "{name}");
        assert_eq!(source.losses().dropped, 0, "{name}");
        let [interface] = source.interfaces() else { panic!("{name}: {:?}", source.interfaces()) };
        assert_eq!(interface.link, LinkType::ETHERNET);
    });
}

#[test]
fn tags_are_where_they_were_on_the_wire() {
    over_every_source(|name, through| {
        let tags: [&[[u8; 4]]; 6] = [
            &[],
            // 802.1Q: VLAN 10; VLAN 4094 with priority 7 and drop eligible; a priority tag alone.
            &[[0x81, 0, 0, 10]],
            &[[0x81, 0, 0xff, 0xfe]],
            &[[0x81, 0, 0x60, 0]],
            // 802.1ad around 802.1Q, and 802.1Q twice.
            &[[0x88, 0xa8, 0x10, 20], [0x81, 0, 0, 30]],
            &[[0x81, 0, 0, 40], [0x81, 0, 0, 50]],
        ];
        let sent: Vec<Vec<u8>> = (0..).zip(tags).map(|(n, tags)| frame(n, 100, tags)).collect();
        let mut source = through(&sent);
        let heard = hear(&mut *source, sent.len());
        if source.sees_vlans() {
            assert_eq!(data(&heard), sent, "{name}");
            assert!(heard.iter().all(|frame| frame.wire_len == 100), "{name}");
        } else {
            // It says so, and it is so: the outer tag is missing, the rest is there.
            let outer = |(frame, tags): (&Vec<u8>, &&[[u8; 4]])| match tags.len() {
                0 => frame.clone(),
                _ => [&frame[..12], &frame[16..]].concat(),
            };
            let without: Vec<Vec<u8>> = sent.iter().zip(&tags).map(outer).collect();
            assert_eq!(data(&heard), without, "{name}");
        }
    });
}

#[test]
fn kinds_say_beforehand_what_their_sources_say() {
    over_live_sources(|kind| {
        assert_eq!(open(kind, &[NEAR], &small()).unwrap().sees_vlans(), kind.sees_vlans());
    });
}

#[test]
fn cut_frames_keep_their_length_on_the_wire() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &Options { snaplen: 64, ..small() }).unwrap();
        let sender = Sender::new(FAR).unwrap();
        let sent = [frame(1, 600, &[]), frame(2, 600, &[[0x81, 0, 0, 10]]), frame(3, 60, &[])];
        sent.iter().for_each(|frame| sender.send(frame).unwrap());
        let heard = hear(&mut *source, 3);
        assert_eq!(heard.iter().map(|frame| frame.data.len()).collect::<Vec<_>>(), [64, 64, 60]);
        let tag = if kind.sees_vlans() { 0 } else { 4 };
        assert_eq!(heard.iter().map(|frame| frame.wire_len).collect::<Vec<_>>(), [600, 600 - tag, 60]);
        assert_eq!(heard[0].data, sent[0][..64]);
        assert_eq!(source.interfaces()[0].snaplen, 64);
    });
}

#[test]
fn what_is_lost_while_nobody_reads_is_counted() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        let sender = Sender::new(FAR).unwrap();
        let (small, mut tries) = (frame(1, 60, &[]), 0);
        // Full when a whole burst is lost: while one processor closes a block, the kernel
        // drops what comes on another (`__packet_rcv_has_room`), long before that.
        let mut before = source.losses();
        loop {
            tries += sender.burst(&small).unwrap();
            let now = source.losses();
            let lost = now.dropped - before.dropped;
            if lost > 0 && lost == now.received - before.received {
                break;
            }
            before = now;
            assert!(tries < 1_000_000, "{}: nothing is ever lost?", kind.name());
        }
        let heard = hear(&mut *source, usize::MAX);
        let losses = source.losses();
        // What the cable carried: on a busy machine it loses some itself.
        let sent = link(index(FAR).unwrap()).unwrap().counters.tx_packets;
        assert_eq!(losses.received, sent, "{}", kind.name());
        assert_eq!(heard.len() as u64 + losses.dropped, sent, "{}", kind.name());
        assert_eq!(losses.interface_dropped, 0);
        let [port] = &source.ports()[..] else { panic!("one port") };
        assert_eq!(port.losses, losses);
        if kind == Kind::Ring {
            assert_eq!((port.blocks, port.fullest), (8, 8), "it was full to the last block");
            assert!(port.freezes > 0);
        }
        // It goes on as if nothing had been.
        sender.send(&frame(9, 77, &[])).unwrap();
        assert_eq!(data(&hear(&mut *source, 1)), [frame(9, 77, &[])]);
        assert_eq!(source.losses().dropped, losses.dropped);
    });
}

#[test]
fn tagged_frames_of_unknown_vlans_are_no_losses() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        let sender = Sender::new(FAR).unwrap();
        (0..50).for_each(|n| sender.send(&frame(n, 80, &[[0x81, 0, 0, 10]])).unwrap());
        assert_eq!(hear(&mut *source, 50).len(), 50);
        let losses = source.losses();
        assert_eq!((losses.received, losses.dropped, losses.interface_dropped), (50, 0, 0));
    });
}

#[test]
fn a_silent_port_gives_time_for_timers() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        for _ in 0..3 {
            let step = source.batch(&mut |_| panic!("nobody spoke")).unwrap();
            assert_eq!(step, Progress::Idle, "{}", kind.name());
        }
    });
}

#[test]
fn own_frames_are_not_heard() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        Sender::new(NEAR).unwrap().send(&frame(1, 60, &[])).unwrap();
        Sender::new(FAR).unwrap().send(&frame(2, 60, &[])).unwrap();
        assert_eq!(data(&hear(&mut *source, 1)), [frame(2, 60, &[])], "{}", kind.name());
    });
}

#[test]
fn closed_and_opened_again() {
    over_live_sources(|kind| {
        let sender = Sender::new(FAR).unwrap();
        for n in 0..3 {
            let mut source = open(kind, &[NEAR], &small()).unwrap();
            sender.send(&frame(n, 60, &[])).unwrap();
            let heard = hear(&mut *source, 1);
            assert_eq!((data(&heard), heard[0].number), (vec![frame(n, 60, &[]).as_slice()], 1));
            drop(source);
            sender.send(&frame(99, 60, &[])).unwrap();
        }
    });
}

/// The one port's status once `is` holds.
fn wait_for(source: &mut dyn Source, is: impl Fn(&PortStatus) -> bool) -> PortStatus {
    for _ in 0..PATIENCE {
        let port = source.ports().remove(0);
        if is(&port) {
            return port;
        }
        source.batch(&mut |_| {}).unwrap();
    }
    panic!("{:?}", source.ports())
}

#[test]
fn a_port_that_goes_off_and_on_is_no_end() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        let sender = Sender::new(FAR).unwrap();
        for n in 1..=2 {
            switch(NEAR, false).unwrap();
            let port = wait_for(&mut *source, |port| !port.up);
            assert_eq!(port.downs, u32::from(n), "{}", kind.name());
            assert_eq!(source.batch(&mut |_| panic!("it is off")).unwrap(), Progress::Idle);
            switch(NEAR, true).unwrap();
            wait_running(&[NEAR, FAR]);
            sender.send(&frame(n, 60, &[])).unwrap();
            assert_eq!(data(&hear(&mut *source, 1)), [frame(n, 60, &[])], "{}", kind.name());
            assert!(source.ports()[0].up);
        }
        // Also without a frame.
        switch(NEAR, false).unwrap();
        wait_for(&mut *source, |port| !port.up);
        switch(NEAR, true).unwrap();
        wait_for(&mut *source, |port| port.up);
    });
}

#[test]
fn a_port_that_is_off_can_be_opened_already() {
    for kind in Kind::ALL {
        at_a_cable(|| {
            let mut source = open(kind, &[NEAR], &small()).unwrap();
            let port = source.ports().remove(0);
            assert_eq!((port.up, port.downs), (false, 0));
            switch(NEAR, true).unwrap();
            let port = wait_for(&mut *source, |port| port.up);
            assert_eq!(port.downs, 0, "it never went off");
        });
    }
}

#[test]
fn a_port_that_disappears_is_a_clear_end() {
    over_live_sources(|kind| {
        let mut source = open(kind, &[NEAR], &small()).unwrap();
        Sender::new(FAR).unwrap().send(&frame(1, 60, &[])).unwrap();
        remove(NEAR).unwrap();
        let mut heard = 0;
        let end = loop {
            match source.batch(&mut |frames| heard += frames.len()) {
                Ok(Progress::End(end)) => panic!("{end:?}"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(matches!(&end, Error::PortGone { name } if name == NEAR), "{end}");
        assert_eq!(heard, 1, "{}: what came before is handed out", kind.name());
        // The end stays the end.
        assert!(matches!(source.batch(&mut |_| {}), Err(Error::PortGone { .. })));
    });
}

#[test]
fn several_ports_are_one_source() {
    over_live_sources(|kind| {
        veth("near1", "far1").unwrap();
        switch("near1", true).unwrap();
        switch("far1", true).unwrap();
        wait_running(&["near1", "far1"]);
        let mut source = open(kind, &[NEAR, "near1"], &small()).unwrap();
        let senders = [Sender::new(FAR).unwrap(), Sender::new("far1").unwrap()];
        for n in 0..20_u8 {
            senders[usize::from(n % 2)].send(&frame(n, 60, &[])).unwrap();
        }
        let mut heard = hear(&mut *source, 24);
        // The kernel's own IPv6 speaks on the second cable.
        heard.retain(|frame| frame.data[12..14] == [0x88, 0xb5]);
        for interface in 0..2 {
            let of = |frame: &&Heard| u16::from(frame.data[11] % 2) == interface;
            let own: Vec<&Heard> = heard.iter().filter(of).collect();
            assert_eq!(own.len(), 10, "{}", kind.name());
            assert!(own.iter().all(|frame| frame.interface == interface));
        }
        let names: Vec<&str> = source.interfaces().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, [NEAR, "near1"]);
        assert_eq!(source.ports().len(), 2);
        // One of them being off does not stop the other.
        switch("near1", false).unwrap();
        senders[0].send(&frame(77, 60, &[])).unwrap();
        assert!(hear(&mut *source, 1).iter().any(|one| one.data == frame(77, 60, &[])));
    });
}

#[test]
fn a_ring_that_is_read_allocates_nothing() {
    at_a_live_cable(|| {
        let mut source = open(Kind::Ring, &[NEAR], &small()).unwrap();
        let sender = Sender::new(FAR).unwrap();
        let (one, mut heard) = (frame(1, 60, &[[0x81, 0, 0, 10]]), 0);
        (0..20).for_each(|_| assert_eq!(sender.burst(&one).unwrap(), lab::BURST));
        let info = allocation_counter::measure(|| {
            while heard < 20 * lab::BURST {
                source.batch(&mut |frames| heard += frames.len()).unwrap();
            }
        });
        assert_eq!(info.count_total, 0);
    });
}

#[test]
fn errors_teach() {
    at_a_live_cable(|| {
        let error = open(Kind::Ring, &["eth77"], &small()).err().unwrap();
        let text = error.to_string();
        assert!(matches!(error, Error::NoPort { .. }) && text.contains(NEAR) && text.contains(FAR), "{text}");
        // Neither of these may reach the kernel's memory.
        for (ring_bytes, block_bytes) in [(1 << 40, 1 << 20), (1 << 29, 1 << 28), (0, 0), (8_000, 1_000)] {
            let wrong = Options { ring_bytes, block_bytes, ..small() };
            let text = open(Kind::Ring, &[NEAR], &wrong).err().unwrap().to_string();
            assert!(text.contains("make a ring of"), "{text}");
        }
    });
}
