//! A small plant and office: two and a half minutes of made traffic of some
//! thirty devices, to try everything without a capture at hand.
//!
//! The office (10.20.0.0/24) is untagged, the plant (10.30.0.0/24) is VLAN 30; a
//! router stands between them, and the mirror sees some packets on both sides of
//! it. Every byte is built here from the specifications; names and public
//! addresses are made up (RFC 2606, RFC 5737), except those of well-known
//! connectivity checks. The same bytes each time.

mod devices;
mod dhcp;
mod discovery;
mod link_layer;
mod office;
mod plant;
mod scene;
mod servers;
mod smb;
mod snmp;

use std::io::{self, Write};

use scene::Scene;

use crate::random::Random;
use crate::{LinkType, PcapWriter};

/// One frame of so many comes twice, as from a switch that mirrors both ends.
const DUPLICATES: u64 = 50;

/// Writes the demonstration as a pcap file; gives the number of frames.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write) -> io::Result<u64> {
    let mut scene = Scene::new();
    office::play(&mut scene);
    servers::play(&mut scene);
    link_layer::play(&mut scene);
    plant::play(&mut scene);

    let mut frames: Vec<_> = scene.craft.frames().collect();
    frames.sort_by_key(|(time, _)| *time);
    let mut random = Random::new(0xd0_0b1e);
    let mut copies = Vec::new();
    for (time, frame) in &frames {
        if random.below(DUPLICATES) == 0 {
            let mut later = *time;
            later.0 += 5_000 + random.below(40_000);
            copies.push((later, *frame));
        }
    }
    frames.extend(copies);
    frames.sort_by_key(|(time, _)| *time);

    let mut writer = PcapWriter::new(out, LinkType::ETHERNET)?;
    for (time, frame) in &frames {
        writer.write(*time, frame, frame.len() as u32)?;
    }
    let written = writer.frames();
    writer.finish()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::START;
    use crate::{End, PcapFile, drain};
    use std::collections::BTreeSet;

    #[test]
    fn is_small_whole_and_the_same_each_time() {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        let frames = write(&mut first).unwrap();
        write(&mut again).unwrap();
        assert!(first == again);
        assert!((50_000..600_000).contains(&first.len()), "{} bytes", first.len());

        let mut file = PcapFile::from_reader("demo", Box::new(io::Cursor::new(first))).unwrap();
        let (mut macs, mut vlans, mut last) = (BTreeSet::new(), 0, START);
        let end = drain(&mut file, |frame| {
            assert!(frame.time >= last);
            last = frame.time;
            macs.insert(frame.data[6..12].to_vec());
            vlans += u64::from(frame.data[12..14] == [0x81, 0]);
        });
        assert_eq!(end.unwrap(), End::Clean);
        assert_eq!(file.frames(), frames);
        assert!(last.since(START) > 140 * 1_000_000_000 && last.since(START) < 160 * 1_000_000_000);
        assert!((28..40).contains(&macs.len()), "{} senders", macs.len());
        assert!(vlans > 100);
    }
}
