//! Files made by an independent writer (the `pcap-file` crate) or by hand, read
//! whole, cut at every byte, packed, and one byte at a time.

use std::borrow::Cow;
use std::io::{Cursor, Read, Write};
use std::time::Duration;

use capture::{
    Compression, Damage, End, Error, Fault, Foreign, Format, LinkType, PcapFile, Progress, Source, drain,
};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::SectionHeaderBlock;
use pcap_file::pcapng::blocks::simple_packet::SimplePacketBlock;
use pcap_file::{DataLink, Endianness, TsResolution};

/// A frame as read: time, interface, link type, wire length, first byte, kept length.
type Row = (u64, u16, u16, u32, Option<u8>, usize);

fn open(bytes: &[u8]) -> Result<PcapFile, Error> {
    PcapFile::from_reader("test", Box::new(Cursor::new(bytes.to_vec())))
}

fn rows(mut file: PcapFile) -> (Vec<Row>, End) {
    let mut rows = Vec::new();
    let end = drain(&mut file, |frame| {
        assert_eq!(frame.number, rows.len() as u64 + 1);
        rows.push((
            frame.time.0,
            frame.interface,
            frame.link.0,
            frame.wire_len,
            frame.data.first().copied(),
            frame.data.len(),
        ));
    })
    .unwrap();
    assert_eq!(file.frames(), rows.len() as u64);
    // The end stays the end.
    assert_eq!(file.batch(&mut |_| panic!("frames behind the end")).unwrap(), Progress::End(end.clone()));
    (rows, end)
}

fn pcap(endianness: Endianness, ts_resolution: TsResolution, sizes: &[usize]) -> Vec<u8> {
    let header =
        PcapHeader { endianness, ts_resolution, datalink: DataLink::ETHERNET, ..PcapHeader::default() };
    let mut writer = PcapWriter::with_header(Vec::new(), header).unwrap();
    for (n, size) in sizes.iter().enumerate() {
        let data = vec![n as u8; *size];
        let time = Duration::new(1_000 + n as u64, 2_000);
        writer.write_packet(&PcapPacket::new(time, 2_000, &data)).unwrap();
    }
    writer.into_writer()
}

/// Two sections, the first with two interfaces of different link types and clocks.
fn pcapng(endianness: Endianness) -> Vec<u8> {
    let section = SectionHeaderBlock { endianness, ..SectionHeaderBlock::default() };
    let mut writer = PcapNgWriter::with_section_header(Vec::new(), section).unwrap();
    let ethernet = InterfaceDescriptionBlock {
        linktype: DataLink::ETHERNET,
        snaplen: 40,
        options: vec![InterfaceDescriptionOption::IfName(Cow::Borrowed("eth7"))],
    };
    let raw = InterfaceDescriptionBlock {
        linktype: DataLink::RAW,
        snaplen: 0,
        options: vec![InterfaceDescriptionOption::IfTsResol(9), InterfaceDescriptionOption::IfTsOffset(100)],
    };
    writer.write_pcapng_block(ethernet.clone()).unwrap();
    writer.write_pcapng_block(raw).unwrap();
    let enhanced = |interface_id, timestamp, data: &'static [u8]| EnhancedPacketBlock {
        interface_id,
        timestamp,
        original_len: 50,
        data: Cow::Borrowed(data),
        options: Vec::new(),
    };
    writer.write_pcapng_block(enhanced(0, Duration::from_nanos(3_000_000_000), &[1, 2, 3])).unwrap();
    writer.write_pcapng_block(enhanced(1, Duration::from_nanos(5_000), &[4, 5])).unwrap();
    let simple = SimplePacketBlock { original_len: 60, data: Cow::Borrowed(&[6; 40]) };
    writer.write_pcapng_block(simple).unwrap();
    let second = SectionHeaderBlock { endianness: Endianness::Little, ..SectionHeaderBlock::default() };
    let mut out = writer.into_inner();
    let mut writer = PcapNgWriter::with_section_header(Vec::new(), second).unwrap();
    writer.write_pcapng_block(ethernet).unwrap();
    writer.write_pcapng_block(enhanced(0, Duration::from_nanos(9_000_000_000), &[7])).unwrap();
    out.extend(writer.into_inner());
    out
}

#[test]
fn pcap_in_both_byte_orders_and_resolutions() {
    for (endianness, resolution) in [
        (Endianness::Big, TsResolution::MicroSecond),
        (Endianness::Big, TsResolution::NanoSecond),
        (Endianness::Little, TsResolution::MicroSecond),
        (Endianness::Little, TsResolution::NanoSecond),
    ] {
        let file = open(&pcap(endianness, resolution, &[3, 0, 1_500])).unwrap();
        assert_eq!((file.format(), file.compression()), (Format::Pcap, Compression::None));
        let (rows, end) = rows(file);
        assert_eq!(end, End::Clean);
        assert_eq!(
            rows,
            [
                (1_000_000_002_000, 0, 1, 2_000, Some(0), 3),
                (1_001_000_002_000, 0, 1, 2_000, None, 0),
                (1_002_000_002_000, 0, 1, 2_000, Some(2), 1_500),
            ]
        );
    }
}

#[test]
fn pcapng_in_both_byte_orders() {
    for endianness in [Endianness::Big, Endianness::Little] {
        let mut file = open(&pcapng(endianness)).unwrap();
        assert_eq!(file.format(), Format::Pcapng);
        drain(&mut file, |_| {}).unwrap();
        let [first, second] = file.interfaces() else { panic!("{:?}", file.interfaces()) };
        assert_eq!((first.name.as_str(), first.link, first.snaplen), ("eth7", LinkType::ETHERNET, 40));
        assert_eq!(second.link, LinkType::RAW);

        let (rows, end) = rows(open(&pcapng(endianness)).unwrap());
        assert_eq!(end, End::Clean);
        // pcap-file writes every time stamp in nanoseconds, whatever the interface's clock.
        let micro = |written: u64| written * 1_000;
        assert_eq!(rows[0], (micro(3_000_000_000), 0, 1, 50, Some(1), 3));
        assert_eq!(rows[1], (100_000_005_000, 1, 101, 50, Some(4), 2));
        assert_eq!(rows[2], (rows[1].0, 0, 1, 60, Some(6), 40));
        // The same interface in the next section is the same interface.
        assert_eq!(rows[3], (micro(9_000_000_000), 0, 1, 50, Some(7), 1));
    }
}

#[test]
fn every_truncation_delivers_what_is_whole() {
    for whole in [
        pcap(Endianness::Little, TsResolution::MicroSecond, &[5, 0, 9]),
        pcap(Endianness::Big, TsResolution::NanoSecond, &[5, 0, 9]),
        pcapng(Endianness::Big),
        pcapng(Endianness::Little),
    ] {
        let (all, _) = rows(open(&whole).unwrap());
        let mut before = 0;
        for len in 0..whole.len() {
            let file = match open(&whole[..len]) {
                Ok(file) => file,
                Err(Error::NotACapture { what, .. }) if len < 4 => {
                    assert!(matches!(what, Foreign::Empty | Foreign::Unknown | Foreign::Text), "{what:?}");
                    continue;
                }
                Err(error) => panic!("cut to {len}: {error}"),
            };
            let (some, end) = rows(file);
            assert_eq!(some, all[..some.len()], "cut to {len}");
            assert!(some.len() >= before);
            before = some.len();
            match end {
                End::Clean => {}
                End::Damaged(Damage { offset, frame, fault: Fault::Cut { needs, has } }) => {
                    assert_eq!(frame, some.len() as u64 + 1);
                    assert_eq!(offset + has, len as u64, "cut to {len}");
                    assert!(needs > has);
                }
                other => panic!("cut to {len}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_header_alone_is_a_capture_without_frames() {
    let header = pcap(Endianness::Little, TsResolution::MicroSecond, &[]);
    assert_eq!(rows(open(&header).unwrap()), (Vec::new(), End::Clean));
}

#[test]
fn packed_files_are_read_and_cuts_in_them_told() {
    let plain = pcap(Endianness::Little, TsResolution::MicroSecond, &[100; 2_000]);
    let (expected, _) = rows(open(&plain).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd =
        ruzstd::encoding::compress_to_vec(plain.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    for (packed, kind) in [(gzip, Compression::Gzip), (zstd, Compression::Zstd)] {
        let file = open(&packed).unwrap();
        assert_eq!(file.compression(), kind);
        assert_eq!(rows(file), (expected.clone(), End::Clean));

        // All but the last Zstandard block (128 KiB) comes out.
        let (some, end) = rows(open(&packed[..packed.len() - 3]).unwrap());
        assert_eq!(some, expected[..some.len()]);
        assert!(some.len() > 1_000);
        let End::Damaged(Damage { fault: Fault::Compressed { .. }, .. }) = end else { panic!("{end:?}") };

        let cut = open(&packed[..8]).err().unwrap();
        assert!(matches!(cut, Error::NotACapture { what: Foreign::Unpackable, .. }), "{cut}");
    }
}

/// Gives one byte a call, as a slow pipe may.
struct Dripping(Cursor<Vec<u8>>);

impl Read for Dripping {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let one = into.len().min(1);
        self.0.read(&mut into[..one])
    }
}

#[test]
fn a_slow_pipe_gives_the_same() {
    for whole in [pcapng(Endianness::Big), pcap(Endianness::Little, TsResolution::MicroSecond, &[70; 20])] {
        let dripping = Dripping(Cursor::new(whole.clone()));
        let slow = PcapFile::from_reader("pipe", Box::new(dripping)).unwrap();
        assert_eq!(rows(slow), rows(open(&whole).unwrap()));
    }
}

#[test]
fn a_pipe_that_stays_open_hands_out_what_has_come() {
    let (read, mut write) = std::io::pipe().unwrap();
    write.write_all(&pcap(Endianness::Little, TsResolution::MicroSecond, &[9, 9])).unwrap();
    let mut file = PcapFile::from_reader("pipe", Box::new(read)).unwrap();
    let (mut write, mut seen) = (Some(write), 0);
    let end = drain(&mut file, |_| {
        seen += 1;
        // Only now does the pipe close: had the reader waited for more, it would wait for ever.
        write = None;
    });
    assert_eq!((seen, end.unwrap()), (2, End::Clean));
}

#[test]
fn a_failing_read_is_an_error() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(std::io::Error::other("cable pulled")),
                n => Ok(n),
            }
        }
    }
    let bytes = pcap(Endianness::Little, TsResolution::MicroSecond, &[9, 9]);
    let mut file = PcapFile::from_reader("disk", Box::new(Failing(Cursor::new(bytes)))).unwrap();
    let mut seen = 0;
    let error = drain(&mut file, |_| seen += 1).unwrap_err();
    assert_eq!(error.to_string(), "cannot read disk behind byte 74: cable pulled");
    assert_eq!(seen, 2);
}

#[test]
fn what_is_no_capture_is_named_with_its_cure() {
    let told = |bytes: &[u8]| open(bytes).err().unwrap().to_string();
    assert_eq!(
        told(b"GMBU\0\x02\x01\0"),
        "test is a Microsoft Network Monitor file. Convert it: editcap -F pcapng test test.pcapng"
    );
    assert!(told(b"").starts_with("test is empty."));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"#fields\tts\tuid\n").unwrap();
    assert!(told(&gzip.finish().unwrap()).starts_with("test is a Zeek log."));
    let directory = PcapFile::open(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).err().unwrap();
    assert!(matches!(directory, Error::NotACapture { what: Foreign::Directory, .. }));
    let missing = PcapFile::open(std::path::Path::new("no/such/file")).err().unwrap();
    assert!(matches!(missing, Error::Open { .. }));
}

#[test]
fn large_frames_up_to_the_limit() {
    let mut file = pcap(Endianness::Little, TsResolution::MicroSecond, &[]);
    file[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let size = 3_u32 << 20;
    for _ in 0..2 {
        file.extend([1, 0, size, size].map(u32::to_le_bytes).concat());
        file.extend(vec![9; size as usize]);
    }
    let (big, end) = rows(open(&file).unwrap());
    assert_eq!((big.len(), big[1].5, end), (2, size as usize, End::Clean));
    let at = file.len() as u64;
    file.extend([1, 0, u32::MAX, u32::MAX].map(u32::to_le_bytes).concat());
    let (_, end) = rows(open(&file).unwrap());
    let End::Damaged(damage) = end else { panic!("{end:?}") };
    assert_eq!((damage.offset, damage.frame), (at, 3));
    assert!(matches!(damage.fault, Fault::TooLong { .. }));
}
