//! Packets of Crystalfontz' serial panels: `type, length, data, CRC-16`.
//!
//! Source, as far as they are quoted elsewhere (the whole sheets were not at hand): "Host
//! Communications" and "Sample Algorithms To Calculate The CRC" of the data sheets of CFA533-TMI-KU/KL (release 2016-12-16, by way of PyPI's `crystalfontz` 3.0.1 and
//! a transcript) and CFA635 (May 2007); the same in LCDproc's `CFontz633io.c`. The upper two
//! bits of the type are: 00 command, 01 answer, 10 report, 11 error; the lower six are the
//! command. The CRC is over type, length and data, polynomial 0x1021 bit-reversed (0x8408),
//! start 0xFFFF, complemented, low byte first. The sheet's own example: `80 01 05` has `55 84`.

/// Most bytes of data: what the larger of the panels takes.
pub const MOST_DATA: usize = 22;

/// Bytes around the data: type, length, CRC.
const AROUND: usize = 4;

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Two bits of type, six of command.
    pub kind: u8,
    /// At most [`MOST_DATA`] bytes.
    pub data: Vec<u8>,
}

/// The check sum of a packet's type, length and data.
pub fn crc(bytes: &[u8]) -> u16 {
    let crc = bytes.iter().fold(0xFFFF_u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0x8408 } else { crc >> 1 })
    });
    !crc
}

/// A packet's bytes. Data beyond [`MOST_DATA`] is left out.
pub fn encode(kind: u8, data: &[u8]) -> Vec<u8> {
    let data = &data[..data.len().min(MOST_DATA)];
    let mut bytes = vec![kind, data.len() as u8];
    bytes.extend_from_slice(data);
    bytes.extend(crc(&bytes).to_le_bytes());
    bytes
}

/// Finds packets in what a panel sends, whatever else is between them.
///
/// Holds at most one packet's bytes. Where bytes make no packet, the first is left
/// out and the rest looked at again, so a damaged packet hides none behind it.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    held: Vec<u8>,
    garbage: u64,
}

impl Reader {
    /// Takes a byte; gives a packet when one is whole. One that lay behind a damaged
    /// head may have to wait for the next call, of this or of [`Reader::quiet`].
    pub fn push(&mut self, byte: u8) -> Option<Packet> {
        self.held.push(byte);
        self.next()
    }

    /// No byte came for a while: what is held will not become a packet, but a
    /// whole one may lie inside it, behind a damaged head.
    pub fn quiet(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = self.next() {
                return Some(packet);
            }
            if self.held.is_empty() {
                return None;
            }
            self.skip();
        }
    }

    /// Bytes that belonged to no packet, so far.
    pub fn garbage(&self) -> u64 {
        self.garbage
    }

    fn skip(&mut self) {
        self.held.remove(0);
        self.garbage += 1;
    }

    /// The packet at the front, when whole. Each turn of the loop takes a byte away.
    fn next(&mut self) -> Option<Packet> {
        loop {
            let (&kind, rest) = self.held.split_first()?;
            // A panel never sends commands.
            if kind < 0x40 {
                self.skip();
                continue;
            }
            let length = usize::from(*rest.first()?);
            if length > MOST_DATA {
                self.skip();
                continue;
            }
            if self.held.len() < length + AROUND {
                return None;
            }
            let (body, sum) = self.held.split_at(length + 2);
            if crc(body).to_le_bytes() == sum[..2] {
                let data = body[2..].to_vec();
                self.held.drain(..length + AROUND);
                return Some(Packet { kind, data });
            }
            self.skip();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(reader: &mut Reader, bytes: &[u8]) -> Vec<Packet> {
        bytes.iter().filter_map(|&byte| reader.push(byte)).collect()
    }

    #[test]
    fn the_data_sheets_example() {
        assert_eq!(encode(0x80, &[5]), [0x80, 1, 5, 0x55, 0x84]);
        // The check value of CRC-16/X-25, which this is.
        assert_eq!(crc(b"123456789"), 0x906E);
    }

    #[test]
    fn packets_behind_garbage_and_damage_are_found() {
        let mut reader = Reader::default();
        let mut bytes = b"\x00\xff\x47boot".to_vec();
        let mut damaged = encode(0x41, b"CFA533:h1.4,u1v2");
        damaged[5] ^= 1;
        bytes.extend(damaged);
        bytes.extend(encode(0x80, &[5]));
        bytes.extend(encode(0x5F, &[]));
        let mut found = read(&mut reader, &bytes);
        found.extend(std::iter::from_fn(|| reader.quiet()));
        let kinds: Vec<u8> = found.iter().map(|packet| packet.kind).collect();
        assert_eq!(kinds, [0x80, 0x5F]);
    }

    #[test]
    fn a_head_that_promises_too_much_hides_a_packet_only_until_it_is_quiet() {
        let mut reader = Reader::default();
        let mut bytes = vec![0x80, 20];
        bytes.extend(encode(0x80, &[5]));
        assert_eq!(read(&mut reader, &bytes), []);
        assert_eq!(reader.quiet(), Some(Packet { kind: 0x80, data: vec![5] }));
        assert_eq!((reader.quiet(), reader.garbage()), (None, 2));
    }

    proptest! {
        #[test]
        fn anything_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = Reader::default();
            for byte in bytes {
                let _ = reader.push(byte);
                prop_assert!(reader.held.len() < MOST_DATA + AROUND);
            }
            while reader.quiet().is_some() {}
            prop_assert!(reader.held.is_empty());
        }

        #[test]
        fn one_changed_bit_is_noticed(data in proptest::collection::vec(any::<u8>(), 0..=MOST_DATA), at in 0_usize..208) {
            let mut bytes = encode(0x41, &data);
            let bit = at % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut reader = Reader::default();
            let mut found = read(&mut reader, &bytes);
            found.extend(reader.quiet());
            let whole = Packet { kind: 0x41, data };
            prop_assert!(!found.contains(&whole));
        }
    }
}
