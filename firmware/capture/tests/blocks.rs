//! pcapng blocks made by hand: what no usual writer writes.

use std::io::Cursor;

use capture::{End, Fault, MAX_INTERFACES, PcapFile, Source, drain};

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len().next_multiple_of(4) + 12) as u32;
    let mut out = [kind, length].map(u32::to_le_bytes).concat();
    out.extend(body);
    out.resize(length as usize - 4, 0);
    out.extend(length.to_le_bytes());
    out
}

fn section() -> Vec<u8> {
    block(0x0a0d_0d0a, &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat())
}

fn interface() -> Vec<u8> {
    block(1, &[1, 0, 0, 0, 0, 0, 0, 0])
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn enhanced(interface: u32, captured: u32, data: &[u8]) -> Vec<u8> {
    block(6, &[words(&[interface, 0, 7, captured, captured]), data.to_vec()].concat())
}

fn read(parts: &[Vec<u8>]) -> (PcapFile, u64, End) {
    let mut file = PcapFile::from_reader("test", Box::new(Cursor::new(parts.concat()))).unwrap();
    let mut frames = 0;
    let end = drain(&mut file, |_| frames += 1).unwrap();
    (file, frames, end)
}

fn fault(parts: &[Vec<u8>]) -> Fault {
    match read(parts).2 {
        End::Damaged(damage) => damage.fault,
        End::Clean => panic!("no damage"),
    }
}

#[test]
fn unknown_blocks_are_passed_over() {
    let parts = [
        section(),
        block(0x0bad_cafe, &[1; 30]),
        interface(),
        block(4, &[0; 8]),
        enhanced(0, 3, &[1, 2, 3]),
        block(0x8000_0001, &[]),
        enhanced(0, 1, &[9]),
    ];
    let (_, frames, end) = read(&parts);
    assert_eq!((frames, end), (2, End::Clean));
}

#[test]
fn losses_are_read() {
    let option = |code: u16, value: u64| {
        [&code.to_le_bytes()[..], &8_u16.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let statistics = |received, interface, system| {
        let options = [option(4, received), option(5, interface), option(7, system)].concat();
        block(5, &[words(&[0, 0, 9]), options].concat())
    };
    let dropped = block(6, &[words(&[0, 0, 7, 1, 1]), vec![9, 0, 0, 0], option(4, 6)].concat());
    // Interface 0, five drops before it, a frame of one byte.
    let old = block(2, &[words(&[5 << 16, 0, 7, 1, 1]), vec![9]].concat());
    let (file, frames, end) =
        read(&[section(), interface(), dropped, old, statistics(70, 3, 4), statistics(90, 3, 20)]);
    assert_eq!((frames, end), (2, End::Clean));
    let losses = file.losses();
    assert_eq!((losses.received, losses.dropped, losses.interface_dropped), (90, 20, 3));
}

#[test]
fn damage_is_told_apart() {
    let start = || vec![section(), interface()];
    let with = |part: Vec<u8>| {
        let mut parts = start();
        parts.push(part);
        fault(&parts)
    };
    assert_eq!(with(enhanced(1, 0, &[])), Fault::Interface(1));
    assert_eq!(with(enhanced(0, 9, &[1, 2])), Fault::BlockLength { kind: 6, length: 36 });
    assert_eq!(with(block(6, &[0; 8])), Fault::BlockLength { kind: 6, length: 20 });
    assert_eq!(with(words(&[6, 8, 8])), Fault::BlockLength { kind: 6, length: 8 });
    assert_eq!(with(words(&[0, 0, 0])), Fault::BlockLength { kind: 0, length: 0 });
    assert_eq!(with(words(&[99, 12, 16])), Fault::LengthsDiffer { start: 12, end: 16 });
    assert!(matches!(with(words(&[99, 1 << 30, 0])), Fault::TooLong { .. }));
    assert!(matches!(with(enhanced(0, 1 << 20, &[])), Fault::TooLong { .. }));
    assert_eq!(with(words(&[0x0a0d_0d0a, 28, 0x1234_5678])), Fault::ByteOrder(0x7856_3412));
    let version = block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(with(version), Fault::Version(2));
    assert_eq!(fault(&[section(), block(3, &[0; 4])]), Fault::Interface(0));
}

#[test]
fn interfaces_are_bounded() {
    let mut parts = vec![section()];
    parts.extend(std::iter::repeat_with(interface).take(MAX_INTERFACES));
    let (file, _, end) = read(&parts);
    assert_eq!((file.interfaces().len(), end), (MAX_INTERFACES, End::Clean));
    parts.push(interface());
    assert_eq!(fault(&parts), Fault::TooManyInterfaces);
}

#[test]
fn a_length_that_is_no_multiple_of_four_is_taken_as_written() {
    let odd = [words(&[99, 13]), vec![0], words(&[13])].concat();
    let (_, frames, end) = read(&[section(), interface(), odd, enhanced(0, 1, &[1])]);
    assert_eq!((frames, end), (1, End::Clean));
}
