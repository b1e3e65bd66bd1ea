//! pcapng files (draft-ietf-opsawg-pcapng): several sections, byte orders and interfaces.
//!
//! Read are Section Header, Interface Description, Enhanced, Simple and the
//! obsolete Packet Block, and the counters of Interface Statistics; every other
//! block of sane length is passed over. Section lengths are not needed and not believed.

use model::Time;

use crate::records::{Order, Records, Step, longest_frame};
use crate::{Fault, Interface, LinkType, Losses, MAX_INTERFACES, MAX_RECORD};

const SECTION: u32 = 0x0a0d_0d0a;
const DESCRIPTION: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const STATISTICS: u32 = 5;
const ENHANCED: u32 = 6;

/// Type, length, length again.
const FRAME: usize = 12;

/// Longest name or description that is kept, in bytes.
const MAX_NAME: usize = 256;

/// Most options read of one block.
const MAX_OPTIONS: usize = 64;

/// State of reading: the current section, and what all sections described.
pub(crate) struct Pcapng {
    order: Order,
    /// The section's interfaces by their id there.
    section: Vec<Described>,
    /// Every interface of the file. One that a later section describes again
    /// under the same id (files joined with `cat`) stays one.
    interfaces: Vec<Interface>,
    /// The id within its section of each of `interfaces`.
    ids: Vec<u16>,
    /// Latest statistics of each of `interfaces`: received, dropped by the system, by the interface.
    statistics: Vec<[u64; 3]>,
    /// Drops that packets themselves tell.
    dropped: u64,
    last: Time,
}

/// An interface within its section.
#[derive(Clone, Copy)]
struct Described {
    /// Index into `interfaces`.
    index: u16,
    link: LinkType,
    snaplen: u32,
    clock: Clock,
}

/// How to turn a time stamp into nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    unit: Unit,
    /// Seconds to add.
    offset: i64,
}

/// `if_tsresol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Nanos(u64),
    /// So many in a nanosecond.
    Fraction(u64),
    /// Two to the minus so many seconds.
    Binary(u8),
}

impl Clock {
    fn new(resolution: u8, offset: i64) -> Clock {
        let exponent = resolution & 0x7f;
        let unit = match exponent {
            _ if resolution & 0x80 != 0 => Unit::Binary(exponent),
            ..=9 => Unit::Nanos(10_u64.pow(u32::from(9 - exponent))),
            10.. => Unit::Fraction(10_u64.saturating_pow(u32::from(exponent - 9))),
        };
        Clock { unit, offset }
    }

    #[inline]
    fn time(self, high: u32, low: u32) -> Time {
        let stamp = u64::from(high) << 32 | u64::from(low);
        let nanos = match self.unit {
            Unit::Nanos(nanos) => stamp.saturating_mul(nanos),
            Unit::Fraction(parts) => stamp / parts,
            Unit::Binary(exponent) => {
                // At most 2^64 · 10^9 < 2^94: no overflow.
                let nanos = (u128::from(stamp) * u128::from(Time::SECOND)) >> exponent;
                u64::try_from(nanos).unwrap_or(u64::MAX)
            }
        };
        let offset = self.offset.unsigned_abs().saturating_mul(Time::SECOND);
        Time(if self.offset < 0 { nanos.saturating_sub(offset) } else { nanos.saturating_add(offset) })
    }
}

impl Pcapng {
    /// True when a file starts as pcapng.
    pub(crate) fn starts(head: &[u8]) -> bool {
        head.starts_with(&SECTION.to_be_bytes())
    }

    /// Before the first section header.
    pub(crate) fn new() -> Pcapng {
        Pcapng {
            order: Order { big: false },
            section: Vec::new(),
            interfaces: Vec::new(),
            ids: Vec::new(),
            statistics: Vec::new(),
            dropped: 0,
            last: Time(0),
        }
    }

    fn section_header(&mut self, body: &[u8]) -> Result<(), Fault> {
        match self.order.u16(body, 4) {
            1 => self.section.clear(),
            major => return Err(Fault::Version(major)),
        }
        Ok(())
    }

    fn describe(&mut self, body: &[u8]) -> Result<(), Fault> {
        let (order, id) = (self.order, self.section.len());
        if id >= MAX_INTERFACES {
            return Err(Fault::TooManyInterfaces);
        }
        let link = LinkType(order.u16(body, 0));
        let snaplen = order.u32(body, 4);
        let mut interface = Interface { link, snaplen, ..Interface::default() };
        let (mut resolution, mut offset) = (6, 0);
        for (code, value) in options(order, body.get(8..).unwrap_or_default()) {
            match (code, value) {
                (2, name) => interface.name = text(name),
                (3, description) => interface.description = text(description),
                (9, [value, ..]) => resolution = *value,
                (13, [value, ..]) => interface.fcs_len = *value,
                (14, value) if value.len() >= 8 => offset = order.u64(value, 0) as i64,
                _ => {}
            }
        }
        let index = self.index_of(interface, id as u16)?;
        self.section.push(Described { index, link, snaplen, clock: Clock::new(resolution, offset) });
        Ok(())
    }

    /// The file-wide index of an interface of the current section.
    fn index_of(&mut self, interface: Interface, id: u16) -> Result<u16, Fault> {
        let known = self.interfaces.iter().zip(&self.ids).position(|(i, n)| *n == id && *i == interface);
        if let Some(index) = known {
            return Ok(index as u16);
        }
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(Fault::TooManyInterfaces);
        }
        self.interfaces.push(interface);
        self.ids.push(id);
        self.statistics.push([0; 3]);
        Ok((self.interfaces.len() - 1) as u16)
    }

    /// Interface Statistics Block: the counters are totals, so the latest counts.
    fn count(&mut self, body: &[u8]) {
        let order = self.order;
        let Some(described) = self.section.get(order.u32(body, 0) as usize) else { return };
        let Some(counters) = self.statistics.get_mut(usize::from(described.index)) else { return };
        let [received, system, interface] = counters;
        for (code, value) in options(order, body.get(12..).unwrap_or_default()) {
            let counter = match (code, value.len()) {
                (4, 8) => &mut *received,
                (5, 8) => &mut *interface,
                (7, 8) => &mut *system,
                _ => continue,
            };
            *counter = order.u64(value, 0).max(*counter);
        }
    }

    /// A packet of an interface: `captured` bytes of `data` which is the rest of the block.
    #[inline]
    fn packet<'a>(&mut self, id: u32, head: [u32; 4], data: &'a [u8], block: Block) -> Step<'a> {
        let [high, low, captured, wire] = head;
        let Some(described) = self.section.get(id as usize) else {
            return Step::Broken(Fault::Interface(id));
        };
        let limit = longest_frame(described.snaplen);
        if captured > limit {
            return Step::Broken(Fault::TooLong { claims: captured.into(), limit: limit.into() });
        }
        let Some((data, rest)) = data.split_at_checked(captured as usize) else {
            return Step::Broken(block.fault());
        };
        let time = described.clock.time(high, low);
        self.last = time;
        let (interface, link) = (described.index, described.link);
        if block.kind == ENHANCED && rest.len() >= FRAME {
            self.drop_count(captured, rest);
        }
        Step::Frame { time, interface, link, wire_len: wire.max(captured), data, used: block.used() }
    }

    /// `epb_dropcount`: frames lost between this and the one before.
    fn drop_count(&mut self, captured: u32, rest: &[u8]) {
        let padding = (captured as usize).wrapping_neg() & 3;
        for (code, value) in options(self.order, rest.get(padding..).unwrap_or_default()) {
            if code == 4 && value.len() == 8 {
                self.dropped = self.dropped.saturating_add(self.order.u64(value, 0));
            }
        }
    }

    fn simple<'a>(&mut self, body: &'a [u8], block: Block) -> Step<'a> {
        let Some(described) = self.section.first() else {
            return Step::Broken(Fault::Interface(0));
        };
        let wire = self.order.u32(body, 0);
        let limit = if described.snaplen == 0 { u32::MAX } else { described.snaplen };
        let data = body.get(4..).unwrap_or_default();
        // The length of what was captured is not written: the smallest bound holds.
        let captured = wire.min(limit) as usize;
        if captured > data.len() {
            return Step::Broken(block.fault());
        }
        let data = data.get(..captured).unwrap_or_default();
        let (interface, link) = (described.index, described.link);
        Step::Frame { time: self.last, interface, link, wire_len: wire, data, used: block.used() }
    }

    #[inline]
    fn block<'a>(&mut self, body: &'a [u8], block: Block) -> Step<'a> {
        let least = match block.kind {
            SECTION => 16,
            DESCRIPTION => 8,
            OLD_PACKET | ENHANCED => 20,
            SIMPLE => 4,
            STATISTICS => 12,
            _ => 0,
        };
        if body.len() < least {
            return Step::Broken(block.fault());
        }
        let order = self.order;
        let head = || [4, 8, 12, 16].map(|at| order.u32(body, at));
        let data = body.get(20..).unwrap_or_default();
        let read = match block.kind {
            ENHANCED => return self.packet(order.u32(body, 0), head(), data, block),
            SIMPLE => return self.simple(body, block),
            OLD_PACKET => {
                // 0xffff: not known how many were dropped.
                let drops = u64::from(order.u16(body, 2)) % 0xffff;
                self.dropped = self.dropped.saturating_add(drops);
                return self.packet(order.u16(body, 0).into(), head(), data, block);
            }
            SECTION => self.section_header(body),
            DESCRIPTION => self.describe(body),
            STATISTICS => {
                self.count(body);
                Ok(())
            }
            _ => Ok(()),
        };
        match read {
            Ok(()) => Step::Other { used: block.used() },
            Err(fault) => Step::Broken(fault),
        }
    }
}

/// A block's outer fields.
#[derive(Clone, Copy)]
struct Block {
    kind: u32,
    length: u32,
}

impl Block {
    fn used(self) -> usize {
        self.length as usize
    }

    fn fault(self) -> Fault {
        Fault::BlockLength { kind: self.kind, length: self.length }
    }
}

impl Records for Pcapng {
    #[inline]
    fn step<'a>(&mut self, window: &'a [u8]) -> Step<'a> {
        if window.len() < FRAME {
            return Step::Needs(FRAME);
        }
        let mut kind = self.order.u32(window, 0);
        if kind == SECTION {
            // The type reads the same both ways; the byte order stands behind the length.
            match window.get(8..12) {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => self.order = Order { big: true },
                Some([0x4d, 0x3c, 0x2b, 0x1a]) => self.order = Order { big: false },
                _ => return Step::Broken(Fault::ByteOrder(Order { big: true }.u32(window, 8))),
            }
            kind = SECTION;
        }
        let order = self.order;
        let block = Block { kind, length: order.u32(window, 4) };
        let length = block.used();
        if length < FRAME {
            return Step::Broken(block.fault());
        }
        if length > MAX_RECORD {
            return Step::Broken(Fault::TooLong { claims: length as u64, limit: MAX_RECORD as u64 });
        }
        let Some(whole) = window.get(..length) else {
            return Step::Needs(length);
        };
        let end = order.u32(whole, length - 4);
        if end != block.length {
            return Step::Broken(Fault::LengthsDiffer { start: block.length, end });
        }
        self.block(whole.get(8..length - 4).unwrap_or_default(), block)
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn losses(&self) -> Losses {
        let sum = |pick: fn(&[u64; 3]) -> u64| self.statistics.iter().map(pick).fold(0, u64::saturating_add);
        Losses {
            received: sum(|[received, _, _]| *received),
            // The total of the statistics includes what packets told, where both are written.
            dropped: sum(|[_, system, _]| *system).max(self.dropped),
            interface_dropped: sum(|[_, _, interface]| *interface),
        }
    }
}

/// A block's options: code and value, up to `opt_endofopt` or the first that does not fit.
fn options(order: Order, mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let next = move || {
        let (code, length) = (order.u16(bytes, 0), usize::from(order.u16(bytes, 2)));
        let value = bytes.get(4..4 + length)?;
        bytes = bytes.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    };
    std::iter::from_fn(next).take(MAX_OPTIONS)
}

/// An option's text, cut to [`MAX_NAME`] bytes, without control characters.
fn text(value: &[u8]) -> String {
    let value = value.get(..MAX_NAME).unwrap_or(value);
    String::from_utf8_lossy(value).chars().filter(|char| !char.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        let time = |resolution, offset, stamp: u64| {
            Clock::new(resolution, offset).time((stamp >> 32) as u32, stamp as u32).0
        };
        assert_eq!(time(6, 0, 1_500_000_000_000_001), 1_500_000_000_000_001_000);
        assert_eq!(time(9, 0, 7), 7);
        assert_eq!(time(0, 1, 7), 8_000_000_000);
        assert_eq!(time(12, 0, 7_999), 7);
        assert_eq!(time(127, 0, u64::MAX - 1), 0);
        assert_eq!(time(0x80 | 1, 0, 3), 1_500_000_000);
        assert_eq!(time(0x80 | 32, -1, 5 << 31), 1_500_000_000);
        assert_eq!(time(0x80, 0, u64::MAX), u64::MAX);
        assert_eq!(time(0xff, i64::MIN, u64::MAX), 0);
    }

    #[test]
    fn options_end_where_they_do_not_fit() {
        let order = Order { big: false };
        let bytes = [2, 0, 3, 0, b'e', b't', b'h', 0, 9, 0, 1, 0, 9, 0, 0, 0, 3, 0, 99, 0, 1];
        let read: Vec<_> = options(order, &bytes).collect();
        assert_eq!(read, [(2, b"eth".as_slice()), (9, &[9])]);
        assert_eq!(text(b"a\nb\xff"), "ab\u{fffd}");
    }
}
