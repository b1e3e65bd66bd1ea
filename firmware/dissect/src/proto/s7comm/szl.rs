//! System status lists (SZL) of S7 controllers: the answers to "read SZL" of
//! S7comm's user data (Siemens, "System Software for S7-300/400: System and
//! Standard Functions", chapter on SZL; the framing by observation).
//!
//! | list (low byte of the id) | index | becomes |
//! |---|---|---|
//! | 0x11 module identification | 1, 6, 7 | `s7.module`, `s7.hardware`, `s7.firmware` |
//! | 0x1C component identification | 1, 2, 3, 4, 5, 7, 8, 0xB | `s7.plc_name` … `s7.location` |
//! | 0x24 operating mode | – | `s7.mode` |
//!
//! The high byte of an id says which part of the list was asked for (all, one
//! index); the records are the same.

use model::Field;

use crate::{About, Reader, Sink, Text, printable};

/// Order number of the module, with its version when one is coded.
pub const MODULE: Field = Field::service("s7.module");
/// Order number and state of the hardware, `6ES7 315-2EH14-0AB0 3`.
pub const HARDWARE: Field = Field::service("s7.hardware");
/// Version of the firmware, `V3.2.7`, after the order number where there is one.
pub const FIRMWARE: Field = Field::service("s7.firmware");
/// Name of the automation system.
pub const PLC_NAME: Field = Field::service("s7.plc_name");
/// Name of the module.
pub const MODULE_NAME: Field = Field::service("s7.module_name");
/// Plant designation.
pub const PLANT: Field = Field::service("s7.plant");
/// Copyright entry.
pub const COPYRIGHT: Field = Field::service("s7.copyright");
/// Serial number of the module.
pub const SERIAL: Field = Field::service("s7.serial");
/// Module type name, `CPU 315-2 PN/DP`.
pub const CPU_TYPE: Field = Field::service("s7.cpu_type");
/// Serial number of the memory card.
pub const MMC_SERIAL: Field = Field::service("s7.mmc_serial");
/// Location designation.
pub const LOCATION: Field = Field::service("s7.location");
/// Operating mode: `run`, `stop`, `startup`, `hold` …
pub const MODE: Field = Field::service("s7.mode");

const MODULES: u8 = 0x11;
const COMPONENTS: u8 = 0x1c;
const MODES: u8 = 0x24;

/// Bytes of a record, its index among them; `None` for lists of no interest.
fn record_size(list: u8) -> Option<usize> {
    match list {
        MODULES => Some(28),
        COMPONENTS => Some(34),
        MODES => Some(20),
        _ => None,
    }
}

/// An answer longer than one message goes on in the next without any header, in
/// the middle of a record. What is remembered of it fits one word: the list, the
/// reference of the answer, how much of the record was there and its index.
/// Zero: nothing awaited. A record whose text itself is parted is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    list: u8,
    reference: u8,
    have: u8,
    index: u8,
}

impl Rest {
    fn load(word: u32) -> Rest {
        let [list, reference, have, index] = word.to_be_bytes();
        Rest { list, reference, have, index }
    }

    fn store(self) -> u32 {
        u32::from_be_bytes([self.list, self.reference, self.have, self.index])
    }
}

/// Reads a message if it is an SZL answer; `rest` is kept between messages.
pub fn tell(message: &[u8], rest: &mut u32, sink: &mut dyn Sink) {
    let _ = read(message, rest, sink);
}

/// `None` as soon as it is something else or cut.
fn read(message: &[u8], rest: &mut u32, sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(message);
    // Protocol, user data, reserved, reference, lengths of parameters and data.
    let [0x32, 7, _, _, _, _, 0, 12, data_high, data_low] = reader.array()? else {
        return None;
    };
    // Answer (8) of the CPU functions (4), read SZL (1), without error.
    let [0, 1, 0x12, 8, _, 0x84, 1, _, reference, more, 0, 0] = reader.array()? else {
        return None;
    };
    // Data that was cut by the capture is read as far as it goes.
    let mut data = Reader::new(reader.take_up_to(usize::from(u16::from_be_bytes([data_high, data_low]))));
    let [0xff, 9, _, _] = data.array()? else {
        return None;
    };
    let before = Rest::load(*rest);
    *rest = 0;
    let list = if reference != 0 && before.list != 0 && before.reference == reference {
        if before.have > 0 {
            let missing = record_size(before.list)?.saturating_sub(usize::from(before.have));
            let tail = data.take(missing)?;
            if before.have == 2 {
                tell_record(before.list, u16::from(before.index), tail, sink);
            }
        }
        before.list
    } else {
        let [_, list, _, _, length_high, length_low, _, _] = data.array()?;
        let length = u16::from_be_bytes([length_high, length_low]);
        if record_size(list) != Some(usize::from(length)) {
            return None;
        }
        list
    };
    tell_records(list, &mut data, sink)?;
    if more != 0 && reference != 0 {
        let have = u8::try_from(data.len()).ok()?;
        // An index beyond a byte (redundant systems) names no record that is read.
        let index = match data.array() {
            Some([0, index]) => index,
            _ => 0xff,
        };
        *rest = Rest { list, reference, have, index }.store();
    }
    Some(())
}

/// All whole records; the reader stands at the incomplete one afterwards.
fn tell_records(list: u8, data: &mut Reader<'_>, sink: &mut dyn Sink) -> Option<()> {
    let size = record_size(list)?;
    while let Some(record) = data.take(size) {
        let mut reader = Reader::new(record);
        if list == MODES {
            tell_mode(record, sink);
        } else {
            tell_record(list, reader.be16()?, reader.rest(), sink);
        }
    }
    Some(())
}

/// One record behind its index.
fn tell_record(list: u8, index: u16, value: &[u8], sink: &mut dyn Sink) {
    let (field, text) = match (list, index) {
        (MODULES, 1) => (&MODULE, order(value, false)),
        (MODULES, 6) => (&HARDWARE, order(value, true)),
        (MODULES, 7) => (&FIRMWARE, order(value, false)),
        (COMPONENTS, 1) => (&PLC_NAME, name(value, 24)),
        (COMPONENTS, 2) => (&MODULE_NAME, name(value, 24)),
        (COMPONENTS, 3) => (&PLANT, name(value, 32)),
        (COMPONENTS, 4) => (&COPYRIGHT, name(value, 26)),
        (COMPONENTS, 5) => (&SERIAL, name(value, 24)),
        (COMPONENTS, 7) => (&CPU_TYPE, name(value, 32)),
        (COMPONENTS, 8) => (&MMC_SERIAL, name(value, 32)),
        (COMPONENTS, 0xb) => (&LOCATION, name(value, 32)),
        _ => return,
    };
    if !text.is_empty() {
        sink.observe(About::Sender, field, &text);
    }
}

/// The text that starts a value: up to the first NUL, at most `longest` bytes.
fn name(value: &[u8], longest: usize) -> Text {
    let text = value.get(..longest).unwrap_or(value);
    printable(text.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// Order number (20 bytes), module type (2), then two words of version: the
/// letter V and three numbers, or the state of the hardware and a file's version.
fn order(value: &[u8], with_state: bool) -> Text {
    let mut reader = Reader::new(value);
    let mut text = printable(reader.take_up_to(20));
    let version = reader.skip(2).and_then(|()| reader.array());
    let space = if text.is_empty() { "" } else { " " };
    let mut add = |args: core::fmt::Arguments<'_>| {
        let _ = core::fmt::Write::write_fmt(&mut text, args);
    };
    match version {
        Some([b'V', major, minor, patch]) => add(format_args!("{space}V{major}.{minor}.{patch}")),
        Some([high, low, _, _]) if with_state && !space.is_empty() && (high, low) != (0, 0) => {
            add(format_args!("{space}{}", u16::from_be_bytes([high, low])));
        }
        _ => {}
    }
    text
}

/// Mode after the transition that the record tells of: low half of byte 3.
fn tell_mode(record: &[u8], sink: &mut dyn Sink) {
    let [_, _, _, transition, ..] = record else {
        return;
    };
    let mode = match transition & 0xf {
        1..=4 => "stop",
        5..=7 => "startup",
        8 => "run",
        9 => "run-redundant",
        0xa => "hold",
        0xb => "link-up",
        0xc => "update",
        0xd => "defect",
        0xe => "self-test",
        0xf => "no-power",
        _ => return,
    };
    sink.observe(About::Sender, &MODE, mode);
}
