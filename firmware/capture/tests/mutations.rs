//! Files with bytes changed at random: every one of them must come to an end,
//! without a panic, and with no more frames than there are bytes.

use std::io::{Cursor, Write};

use capture::{LinkType, PcapFile, PcapWriter, Source, demo, drain, synthetic};

/// Numbers that only have to be the same each time (Marsaglia's xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Reads what can be read; most mutants are damaged somewhere or no captures at all.
fn survives(bytes: Vec<u8>) {
    let length = bytes.len() as u64;
    let Ok(mut file) = PcapFile::from_reader("mutant", Box::new(Cursor::new(bytes))) else { return };
    drain(&mut file, |frame| assert!(frame.wire_len as usize >= frame.data.len())).unwrap();
    assert!(file.interfaces().len() as u64 <= length);
}

fn mutate(whole: &[u8], rounds: usize, first: usize) {
    let mut random = Random(whole.len() as u64 | 1);
    for _ in 0..rounds {
        let mut mutant = whole.to_vec();
        for _ in 0..1 + random.below(4) {
            // Headers at the start weigh more than what follows.
            let end = if random.below(2) == 0 { first.min(mutant.len()) } else { mutant.len() };
            let at = random.below(end);
            mutant[at] = match random.below(4) {
                0 => 0,
                1 => 0xff,
                _ => random.below(256) as u8,
            };
        }
        survives(mutant);
    }
}

fn small_pcap() -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    writer.copy(&mut synthetic::flows(3, 60, 10)).unwrap();
    writer.finish().unwrap()
}

/// One section, two interfaces, every kind of block that is read.
fn small_pcapng() -> Vec<u8> {
    let mut out = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = (body.len() + 12) as u32;
        out.extend([kind, length].map(u32::to_le_bytes).as_flattened());
        out.extend(body);
        out.extend(length.to_le_bytes());
    };
    block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    block(
        1,
        &[1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 4, 0, b'e', b't', b'h', b'1', 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0],
    );
    block(1, &[101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0x8a, 0, 0, 0, 14, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    for n in 0..20 {
        block(
            6,
            &[
                n & 1,
                0,
                0,
                0,
                1,
                0,
                0,
                0,
                9,
                9,
                9,
                n,
                4,
                0,
                0,
                0,
                4,
                0,
                0,
                0,
                1,
                2,
                3,
                4,
                4,
                0,
                8,
                0,
                1,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ],
        );
        block(3, &[4, 0, 0, 0, 1, 2, 3, n]);
        block(2, &[0, 0, 1, 0, 1, 0, 0, 0, 9, 9, 9, n, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);
        block(5, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 8, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
    }
    out
}

#[test]
fn pcap() {
    mutate(&small_pcap(), 3_000, 64);
}

#[test]
fn pcapng() {
    mutate(&small_pcapng(), 3_000, 160);
}

#[test]
fn gzip() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&small_pcap()).unwrap();
    mutate(&gzip.finish().unwrap(), 2_000, 40);
}

#[test]
fn zstd() {
    let mut demo = Vec::new();
    demo::write(&mut demo).unwrap();
    for whole in [small_pcap(), demo[..150_000].to_vec()] {
        let zstd =
            ruzstd::encoding::compress_to_vec(whole.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        mutate(&zstd, 400, 300);
    }
}
