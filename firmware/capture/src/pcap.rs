//! Classic pcap files (draft-ietf-opsawg-pcap): both byte orders, micro- and
//! nanoseconds, and the modified form with longer record headers (magic 0xa1b2cd34).

use model::Time;

use crate::records::{Order, Records, Step, longest_frame};
use crate::{Fault, Interface, LinkType, Losses};

/// Bytes of the file header.
pub(crate) const HEADER: usize = 24;

/// A file's properties, from its header.
pub(crate) struct Pcap {
    order: Order,
    /// Nanoseconds in one unit of the second time field.
    unit: u32,
    /// Bytes of a record header: 16, modified files 24.
    header: usize,
    /// Files older than version 2.3 give the two lengths in the other order.
    swapped: Swapped,
    longest: u32,
    interface: [Interface; 1],
}

/// Whether a file's captured and original lengths have changed places (libpcap's sf-pcap history).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Swapped {
    No,
    Yes,
    /// Where they cannot be right otherwise (version 2.3).
    Maybe,
}

impl Pcap {
    /// True when a file starts with one of the magic numbers.
    pub(crate) fn starts(head: &[u8]) -> bool {
        magic(head).is_some()
    }

    /// Reads the file header; `None` for other files and less than [`HEADER`] bytes.
    pub(crate) fn new(head: &[u8]) -> Option<Pcap> {
        let (order, unit, header) = magic(head)?;
        let head = head.get(..HEADER)?;
        let swapped = match (order.u16(head, 4), order.u16(head, 6)) {
            (2, ..3) => Swapped::Yes,
            (2, 3) | (543, _) => Swapped::Maybe,
            _ => Swapped::No,
        };
        let snaplen = order.u32(head, 16);
        let link = order.u32(head, 20);
        // Bits 28 to 31 are the FCS length in 16-bit words, valid when bit 26 is set.
        let fcs_len = if link & 0x0400_0000 == 0 { 0 } else { (link >> 28) as u8 * 2 };
        let interface = Interface { link: LinkType(link as u16), snaplen, fcs_len, ..Interface::default() };
        let longest = longest_frame(snaplen);
        Some(Pcap { order, unit, header, swapped, longest, interface: [interface] })
    }
}

/// Byte order, unit of the fraction in nanoseconds, length of a record header.
fn magic(head: &[u8]) -> Option<(Order, u32, usize)> {
    let big = Order { big: true };
    let little = Order { big: false };
    Some(match head.first_chunk()? {
        [0xa1, 0xb2, 0xc3, 0xd4] => (big, 1_000, 16),
        [0xd4, 0xc3, 0xb2, 0xa1] => (little, 1_000, 16),
        [0xa1, 0xb2, 0x3c, 0x4d] => (big, 1, 16),
        [0x4d, 0x3c, 0xb2, 0xa1] => (little, 1, 16),
        [0xa1, 0xb2, 0xcd, 0x34] => (big, 1_000, 24),
        [0x34, 0xcd, 0xb2, 0xa1] => (little, 1_000, 24),
        _ => return None,
    })
}

impl Records for Pcap {
    #[inline]
    fn step<'a>(&mut self, window: &'a [u8]) -> Step<'a> {
        let Some((head, rest)) = window.split_at_checked(self.header) else {
            return Step::Needs(self.header);
        };
        let order = self.order;
        let (mut captured, mut wire) = (order.u32(head, 8), order.u32(head, 12));
        match self.swapped {
            Swapped::No => {}
            Swapped::Maybe if captured <= wire => {}
            Swapped::Yes | Swapped::Maybe => (captured, wire) = (wire, captured),
        }
        if captured > self.longest {
            return Step::Broken(Fault::TooLong { claims: captured.into(), limit: self.longest.into() });
        }
        let used = self.header + captured as usize;
        let Some(data) = rest.get(..captured as usize) else {
            return Step::Needs(used);
        };
        // As recorded: a fraction beyond the second is carried over, not refused.
        let fraction = u64::from(order.u32(head, 4)) * u64::from(self.unit);
        let time = Time(u64::from(order.u32(head, 0)) * Time::SECOND + fraction);
        let [interface] = &self.interface;
        Step::Frame { time, interface: 0, link: interface.link, wire_len: wire.max(captured), data, used }
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interface
    }

    fn losses(&self) -> Losses {
        Losses::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(magic: [u8; 4], big: bool, version: [u16; 2], link: u32) -> Vec<u8> {
        let u16 = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let u32 = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut out = magic.to_vec();
        out.extend(version.map(u16).concat());
        out.extend([0, 0, 96, link].map(u32).concat());
        out
    }

    fn frame(step: Step<'_>) -> (u64, u32, usize, usize) {
        match step {
            Step::Frame { time, wire_len, data, used, .. } => (time.0, wire_len, data.len(), used),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_magic() {
        for (magic, big, nanos, length) in [
            ([0xa1, 0xb2, 0xc3, 0xd4], true, 7_000, 16),
            ([0xd4, 0xc3, 0xb2, 0xa1], false, 7_000, 16),
            ([0xa1, 0xb2, 0x3c, 0x4d], true, 7, 16),
            ([0x4d, 0x3c, 0xb2, 0xa1], false, 7, 16),
            ([0xa1, 0xb2, 0xcd, 0x34], true, 7_000, 24),
            ([0x34, 0xcd, 0xb2, 0xa1], false, 7_000, 24),
        ] {
            let mut pcap = Pcap::new(&header(magic, big, [2, 4], 113)).unwrap();
            let mut record =
                [2_u32, 7, 3, 60].map(|n| if big { n.to_be_bytes() } else { n.to_le_bytes() }).concat();
            record.resize(length + 3, 0);
            assert_eq!(frame(pcap.step(&record)), (2_000_000_000 + nanos, 60, 3, length + 3));
            assert_eq!(pcap.step(&record[..length - 1]), Step::Needs(length));
            assert_eq!(pcap.step(&record[..length]), Step::Needs(length + 3));
            assert_eq!(pcap.interfaces()[0].link, LinkType::LINUX_SLL);
        }
    }

    #[test]
    fn old_files_swap_the_lengths() {
        let record = [0_u32, 0, 60, 3].map(u32::to_le_bytes).concat();
        let record = [record.as_slice(), &[0; 60]].concat();
        for (version, expected) in [([2, 2], 3), ([2, 3], 3), ([2, 4], 60)] {
            let mut pcap = Pcap::new(&header([0xd4, 0xc3, 0xb2, 0xa1], false, version, 1)).unwrap();
            let (_, wire, data, _) = frame(pcap.step(&record));
            assert_eq!((wire, data), (60, expected), "{version:?}");
        }
    }

    #[test]
    fn impossible_lengths_are_damage() {
        let mut pcap = Pcap::new(&header([0xd4, 0xc3, 0xb2, 0xa1], false, [2, 4], 1)).unwrap();
        let record = [0_u32, 0, 300_000, 300_000].map(u32::to_le_bytes).concat();
        assert_eq!(pcap.step(&record), Step::Broken(Fault::TooLong { claims: 300_000, limit: 262_144 }));
    }

    #[test]
    fn the_fcs_length_stands_above_the_link_type() {
        let pcap = Pcap::new(&header([0xd4, 0xc3, 0xb2, 0xa1], false, [2, 4], 0x2400_0001)).unwrap();
        assert_eq!((pcap.interfaces()[0].fcs_len, pcap.interfaces()[0].link), (4, LinkType::ETHERNET));
    }
}
