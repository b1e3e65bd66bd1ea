//! Capture files: pcap and pcapng, as they are and packed, whole and in pieces.

use std::io::{Read, Write};

use capture::{
    Compression, End, Error, Fault as Unreadable, Foreign, LinkType, PcapFile, PcapWriter, Progress, Source,
    synthetic,
};
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::case::Case;
use crate::{Fault, Said, Target, hash};

/// Fewest bytes of a file for one frame: a pcap record's header, a pcapng block's ends.
const LEAST_RECORD: usize = 12;

/// `PcapFile` over the bytes of all turns. Carriers: as they are, gzip and zstd
/// around them; the plain ones may be packed bytes themselves, with faults inside.
pub struct Files;

/// What a file gave: all that must not depend on how it was handed over.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    said: Said,
    end: String,
    broken_packing: bool,
}

impl Target for Files {
    fn name(&self) -> &'static str {
        "pcap"
    }

    fn carriers(&self) -> usize {
        3
    }

    fn seeds(&self) -> Vec<Case> {
        let plain = [pcap(), nanoseconds_big_endian(), pcapng(false), pcapng(true)];
        let packed = plain.iter().flat_map(|bytes| [gzip(bytes), zstd(bytes)]);
        plain.iter().cloned().chain(packed).map(Case::of).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let bytes = case.bytes();
        let plain = read(&bytes, 0)?;
        let same = |what: &str, other: Outcome| match other == plain {
            true => Ok(()),
            false => Err(Fault::new(&format!("says something else {what}"), format!("{plain:?}, {other:?}"))),
        };
        // How much of broken packing can be unpacked depends on the pieces.
        if case.step != 0 && !plain.broken_packing {
            same("of pieces", read(&bytes, case.step)?)?;
        }
        // Only one layer of packing is taken off.
        if !matches!(bytes.get(..2), Some([0x1f, 0x8b] | [0x28, 0xb5] | [0x50..=0x5f, 0x2a])) {
            match case.carrier % 3 {
                1 => same("of gzip", read(&gzip(&bytes), case.step)?)?,
                2 => same("of zstd", read(&zstd(&bytes), case.step)?)?,
                _ => {}
            }
        }
        Ok(plain.said)
    }
}

/// Hands out a few bytes at a time; 0: as many as are wanted.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Pieces {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let most = if self.step == 0 { rest.len() } else { self.step };
        let count = rest.len().min(to.len()).min(most);
        to[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

fn read(bytes: &[u8], step: usize) -> Result<Outcome, Fault> {
    let mut said = Said::default();
    let mut file =
        match PcapFile::from_reader("case", Box::new(Pieces { bytes: bytes.to_vec(), at: 0, step })) {
            Ok(file) => file,
            Err(Error::NotACapture { what, .. }) => {
                let broken_packing = what == Foreign::Unpackable;
                // What it is instead is guessed from as many bytes as have come.
                return Ok(Outcome { said, end: "no capture".into(), broken_packing });
            }
            Err(error) => return Err(Fault::new("cannot be read", error.to_string())),
        };
    let mut wrong = None;
    loop {
        let mut links = Vec::new();
        let progress = file.batch(&mut |frames| {
            for frame in frames {
                said.count += 1;
                if frame.number != said.count {
                    wrong = Some(Fault::new(
                        "frames are misnumbered",
                        format!("{} at {}", frame.number, said.count),
                    ));
                }
                if (frame.wire_len as usize) < frame.data.len() {
                    wrong = Some(Fault::new("wire length below what is there", format!("{frame:?}")));
                }
                links.push((frame.interface, frame.link));
                let head = [frame.time.0.to_be_bytes(), u64::from(frame.wire_len).to_be_bytes()].concat();
                said.words = hash(hash(said.words, &head), frame.data);
            }
        });
        let interfaces = file.interfaces();
        if links.iter().any(|(at, link)| interfaces.get(usize::from(*at)).is_none_or(|one| one.link != *link))
        {
            wrong = Some(Fault::new("a frame of no interface", format!("{links:?} of {interfaces:?}")));
        }
        if let Some(fault) = wrong {
            return Err(fault);
        }
        if file.compression() == Compression::None && said.count as usize > bytes.len() / LEAST_RECORD {
            return Err(Fault::new(
                "more frames than bytes allow",
                format!("{} of {}", said.count, bytes.len()),
            ));
        }
        match progress {
            Ok(Progress::End(end)) => {
                let broken_packing = matches!(&end, End::Damaged(damage) if matches!(damage.fault, Unreadable::Compressed { .. }));
                let end = format!("{end:?}");
                // Kinds of damage without their numbers are ways to go.
                let kind: Vec<u8> = end.bytes().filter(|byte| !byte.is_ascii_digit()).collect();
                said.shape =
                    hash(hash(said.shape, &kind), &[interfaces.len().min(3) as u8, said.count.min(3) as u8]);
                return Ok(Outcome { said, end, broken_packing });
            }
            Ok(_) => {}
            Err(error) => return Err(Fault::new("reading fails", error.to_string())),
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = to.write_all(bytes);
    written.and_then(|()| to.finish()).unwrap_or_default()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn pcap() -> Vec<u8> {
    let made = PcapWriter::new(Vec::new(), LinkType::ETHERNET).and_then(|mut writer| {
        writer.copy(&mut synthetic::flows(3, 16, 4))?;
        writer.finish()
    });
    made.unwrap_or_default()
}

/// Two records, of which the second was cut to four bytes.
fn nanoseconds_big_endian() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let head = words(&[0xa1b2_3c4d, 0x0002_0004, 0, 0, 65_535, 101]);
    [head, words(&[1_800_000_000, 7, 8, 8, 1, 2]), words(&[1_800_000_001, 999_999_999, 4, 90, 3])].concat()
}

/// One section with every kind of block that is read.
fn pcapng(big_endian: bool) -> Vec<u8> {
    let word = |word: u32| if big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
    // Two 16-bit values as one word.
    let pair = |a: u16, b: u16| {
        if big_endian {
            word(u32::from(a) << 16 | u32::from(b))
        } else {
            word(u32::from(b) << 16 | u32::from(a))
        }
    };
    let mut out = Vec::new();
    let mut block = |kind: u32, body: &[[u8; 4]]| {
        let length = word(body.len() as u32 * 4 + 12);
        out.extend([&[word(kind), length], body, &[length]].concat().as_flattened());
    };
    let data = [1, 2, 3, 4];
    block(
        0x0a0d_0d0a,
        &[word(0x1a2b_3c4d), pair(1, 0), [0xff; 4], [0xff; 4], pair(4, 3), *b"fuzz", pair(0, 0)],
    );
    block(
        1,
        &[
            pair(1, 0),
            word(262_144),
            pair(2, 4),
            *b"eth1",
            pair(9, 1),
            [9, 0, 0, 0],
            pair(13, 1),
            [4, 0, 0, 0],
            pair(0, 0),
        ],
    );
    block(
        1,
        &[pair(113, 0), word(64), pair(9, 1), [0x8a, 0, 0, 0], pair(14, 8), word(1), word(0), pair(0, 0)],
    );
    for n in 0..3 {
        block(
            6,
            &[
                word(n & 1),
                word(0x0006_0000),
                word(n),
                word(4),
                word(60),
                data,
                pair(2, 4),
                word(0),
                pair(4, 8),
                word(0),
                word(9),
                pair(0, 0),
            ],
        );
    }
    block(3, &[word(4), data]);
    block(2, &[pair(0, 1), word(1), word(9), word(4), word(4), data]);
    block(4, &[pair(1, 8), [10, 0, 0, 1], *b"one\0", pair(0, 0)]);
    block(
        5,
        &[word(0), word(1), word(2), pair(4, 8), word(0), word(9), pair(5, 8), word(0), word(3), pair(0, 0)],
    );
    block(0x0bad, &[word(32_473), data]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_whole() {
        for case in Files.seeds() {
            let read = read(&case.bytes(), 0).unwrap();
            assert!(read.said.count >= 2 && read.end == "Clean", "{read:?}");
        }
    }
}
