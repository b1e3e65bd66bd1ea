//! Siemens S7 communication over ISO-on-TCP: TPKT (RFC 1006), COTP (ISO 8073
//! class 0), then S7comm (0x32) or S7comm-plus (0x72), both by observation.
//!
//! | bytes | becomes |
//! |---|---|
//! | connection request and confirm, first S7 message | `s7.role` of both sides |
//! | called TSAP, two bytes | `s7.rack_slot` about the server, once S7 follows |
//! | calling or called TSAP, text | `s7.tsap` about the client |
//! | answers to SZL reads | see [`szl`] |
//! | S7comm-plus CreateObject answer | `s7.plus`: `1;6ES7 214-1HE30-0XB0 ;V2.2` |
//!
//! Other upper layers on the same transport (MMS, RDP, H.323) are left alone.
//! Variables, blocks and passwords are passed over.

mod szl;

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, Way, printable};
pub use szl::{
    COPYRIGHT, CPU_TYPE, FIRMWARE, HARDWARE, LOCATION, MMC_SERIAL, MODE, MODULE, MODULE_NAME, PLANT,
    PLC_NAME, SERIAL,
};

/// `server`, `client`, `client:pg` or `client:op`.
pub const ROLE: Field = Field::host("s7.role");
/// Rack and slot of the called module, `0/2`.
pub const RACK_SLOT: Field = Field::service("s7.rack_slot");
/// A TSAP that is text, `SIMATIC-ROOT-HMI`.
pub const TSAP: Field = Field::host("s7.tsap");
/// Identity string of an S7comm-plus server.
pub const PLUS: Field = Field::service("s7.plus");

const PORT: u16 = 102;
/// Longest message that is put together from COTP fragments; S7 negotiates at most 960 bytes.
const LONGEST: usize = 2048;
/// Most COTP fragments of one message.
const MOST_FRAGMENTS: usize = 16;

static INFO: Info = Info {
    name: "s7comm",
    title: "Siemens S7 communication",
    spec: "RFC 1006, ISO 8073, S7comm and S7comm-plus by observation",
    over: &[Over::Tcp(&[PORT])],
    first_bytes: &[3],
    fields: &[
        ROLE,
        RACK_SLOT,
        TSAP,
        MODULE,
        HARDWARE,
        FIRMWARE,
        PLC_NAME,
        MODULE_NAME,
        PLANT,
        COPYRIGHT,
        SERIAL,
        CPU_TYPE,
        MMC_SERIAL,
        LOCATION,
        MODE,
        PLUS,
    ],
    budget: 1 << 20,
};

/// A COTP unit in its TPKT envelope.
#[derive(Clone, Copy, Debug)]
struct Tpkt<'a> {
    tpdu: Tpdu<'a>,
    /// Bytes of the envelope, which may exceed what is there.
    size: usize,
    whole: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tpdu<'a> {
    /// CR or CC: the two selectors, empty when not given.
    Connect { confirm: bool, calling: &'a [u8], called: &'a [u8] },
    /// DT: user data, and whether the message ends here.
    Data { end: bool, data: &'a [u8] },
    /// Disconnect, error, expedited …
    Unknown(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotTpkt {
    Short,
    Malformed,
}

impl<'a> Tpkt<'a> {
    /// Version 3, reserved 0, a length of at least 7, and a COTP header inside it.
    fn new(bytes: &'a [u8]) -> Result<Tpkt<'a>, NotTpkt> {
        if bytes.iter().zip([3, 0]).any(|(byte, wanted)| *byte != wanted) {
            return Err(NotTpkt::Malformed);
        }
        let mut reader = Reader::new(bytes);
        let mut header = || {
            reader.skip(2)?;
            Some((usize::from(reader.be16()?), usize::from(reader.u8()?), reader.u8()?))
        };
        let (size, indicator, code) = header().ok_or(NotTpkt::Short)?;
        // The indicator counts the COTP header behind itself, the code among it.
        if size < 7 || indicator < 2 || indicator.saturating_add(5) > size {
            return Err(NotTpkt::Malformed);
        }
        let whole = bytes.len() >= size;
        let body = reader.take_up_to(size.saturating_sub(6));
        let header = indicator.saturating_sub(1);
        let (fixed, data) = body.split_at_checked(header).ok_or(NotTpkt::Short)?;
        let tpdu = match code {
            0xd0..=0xef => {
                let (calling, called) = selectors(fixed).ok_or(NotTpkt::Malformed)?;
                Tpdu::Connect { confirm: code < 0xe0, calling, called }
            }
            0xf0 => Tpdu::Data { end: fixed.first().is_some_and(|number| number & 0x80 != 0), data },
            other => Tpdu::Unknown(other),
        };
        Ok(Tpkt { tpdu, size, whole })
    }
}

/// Calling (0xC1) and called (0xC2) TSAP behind the two references and the class.
/// `None` when the variable part is not a list of parameters, as in RDP's request.
fn selectors(fixed: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(fixed);
    reader.skip(5)?;
    let (mut calling, mut called): (&[u8], &[u8]) = (&[], &[]);
    while let Some(code) = reader.u8() {
        let length = usize::from(reader.u8()?);
        let value = reader.take(length)?;
        match code {
            0xc1 => calling = value,
            0xc2 => called = value,
            // Size, checksum, version, protection and options (ISO 8073, 13.3.4).
            0xc0 | 0xc3..=0xc7 | 0x85..=0x8b | 0xf0 => {}
            _ => return None,
        }
    }
    Some((calling, called))
}

/// A TSAP that is a name.
fn text_tsap(tsap: &[u8]) -> Option<Text> {
    let text = tsap.iter().all(|byte| byte.is_ascii_graphic());
    (tsap.len() >= 2 && text).then(|| printable(tsap))
}

/// Connection type of a two-byte TSAP that leads to a module of a rack:
/// 1 programming device, 2 operator panel, 3 others, 0x10..=0xDE configured.
fn rack_tsap(tsap: &[u8]) -> Option<(u8, u8)> {
    match tsap {
        [kind @ (1..=3 | 0x10..=0xde), place] if text_tsap(tsap).is_none() => Some((*kind, *place)),
        _ => None,
    }
}

/// What one flow remembers, packed into the scratch.
struct State<'a> {
    flags: &'a mut u32,
    /// Called TSAP as two bytes, 0 when it was not such a one.
    called: &'a mut u32,
    /// See [`szl::Rest`].
    rest: &'a mut u32,
}

impl State<'_> {
    /// A connection request or confirm was read.
    const CONNECTED: u32 = 1;
    /// The client's messages go `ToClient`: the flow was taken the wrong way round.
    const REVERSED: u32 = 2;
    const CLIENT_TOLD: u32 = 4;
    const SERVER_TOLD: u32 = 8;
    const PG: u32 = 16;
    const OP: u32 = 32;

    /// True the first time.
    fn first(&mut self, flag: u32) -> bool {
        let first = *self.flags & flag == 0;
        *self.flags |= flag;
        first
    }

    /// Whether messages of this way come from the server, when it is known.
    fn sender_is_server(&self, meta: &Meta) -> Option<bool> {
        if *self.flags & Self::CONNECTED != 0 {
            return Some((meta.way == Way::ToClient) != (*self.flags & Self::REVERSED != 0));
        }
        match (meta.sport == PORT, meta.dport == PORT) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// Keeps what a connection request or confirm says, the first one that is seen.
    fn connect(&mut self, meta: &Meta, confirm: bool, calling: &[u8], called: &[u8], sink: &mut dyn Sink) {
        if *self.flags & Self::CONNECTED != 0 {
            return;
        }
        *self.flags |= Self::CONNECTED;
        if confirm != (meta.way == Way::ToClient) {
            *self.flags |= Self::REVERSED;
        }
        if let Some((kind, place)) = rack_tsap(called) {
            *self.called = u32::from(u16::from_be_bytes([kind, place]));
        }
        let client = if confirm { About::Receiver } else { About::Sender };
        if called.starts_with(b"SIMATIC") {
            for text in [calling, called].into_iter().filter_map(text_tsap) {
                sink.observe(client, &TSAP, &text);
            }
        }
        *self.flags |= match (called, *self.called >> 8) {
            (b"SIMATIC-ROOT-ES", _) | (_, 1) => Self::PG,
            (b"SIMATIC-ROOT-HMI", _) | (_, 2) => Self::OP,
            _ => 0,
        };
    }

    /// Tells both sides' roles, once it is certain that S7 is spoken.
    fn tell_roles(&mut self, from_server: bool, sink: &mut dyn Sink) {
        let (server, client) =
            if from_server { (About::Sender, About::Receiver) } else { (About::Receiver, About::Sender) };
        if self.first(Self::CLIENT_TOLD) {
            let kind = match *self.flags & (Self::PG | Self::OP) {
                Self::PG => "client:pg",
                Self::OP => "client:op",
                _ => "client",
            };
            sink.observe(client, &ROLE, kind);
        }
        // Who was only asked is not yet known to be one.
        let serves = from_server || *self.flags & Self::CONNECTED != 0;
        if !serves || !self.first(Self::SERVER_TOLD) {
            return;
        }
        sink.observe(server, &ROLE, "server");
        if *self.called != 0 {
            let place = *self.called & 0xff;
            let text = Text::of(format_args!("{}/{}", place >> 5, place & 0x1f));
            sink.observe(server, &RACK_SLOT, &text);
        }
    }
}

/// Whether a message looks like S7 and, if its function tells, comes from the server.
fn sender_serves(message: &[u8]) -> Option<bool> {
    match message {
        // Only clients set up a connection, read and write variables.
        [0x32, kind @ (1 | 3), rest @ ..] => {
            let parameters = if *kind == 1 { 8 } else { 10 };
            let function = rest.get(parameters)?;
            matches!(function, 0xf0 | 0x04 | 0x05).then_some(*kind == 3)
        }
        // User data: 4 request, 8 answer, 0 push.
        [0x32, 7, rest @ ..] => match rest.get(13)? >> 4 {
            4 => Some(false),
            8 => Some(true),
            _ => None,
        },
        [0x72, 1 | 2, _, _, opcode, ..] => plus_opcode(*opcode),
        [0x72, 3, _, _, 0x20, rest @ ..] => plus_opcode(*rest.get(0x20)?),
        _ => None,
    }
}

/// S7comm-plus: 0x31 request, 0x32 answer, 0x33 notification.
fn plus_opcode(opcode: u8) -> Option<bool> {
    matches!(opcode, 0x31..=0x33).then_some(opcode != 0x31)
}

/// The identity string in a CreateObject answer (0x04CA): a string item (0x15,
/// length, text) of order number and firmware between semicolons. Its attribute
/// number differs between controllers, its form does not.
fn plus_identity(message: &[u8]) -> Option<Text> {
    let [0x72, 1, _, _, 0x32, _, _, 0x04, 0xca, rest @ ..] = message else {
        return None;
    };
    let starts = rest.iter().enumerate().filter(|(_, byte)| **byte == 0x15).map(|(at, _)| at);
    starts.filter_map(|at| identity_at(rest.get(at.saturating_add(1)..)?)).next()
}

fn identity_at(item: &[u8]) -> Option<Text> {
    let (length, rest) = item.split_first()?;
    let text = rest.get(..usize::from(*length))?;
    let mut parts = text.split(|byte| *byte == b';');
    let (_, order, firmware) = (parts.next()?, parts.next()?, parts.next()?);
    let shown = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
    (shown && order.len() >= 8 && firmware.first() == Some(&b'V')).then(|| printable(text))
}

/// Protocol 0x32 with a known kind of message, or 0x72 with a known version.
fn is_s7(message: &[u8]) -> bool {
    matches!(message, [0x32, 1..=3 | 7, ..] | [0x72, 1..=3 | 0xfe, ..])
}

/// Reads one S7 message; false when it is none.
fn tell_message(meta: &Meta, message: &[u8], state: &mut State<'_>, sink: &mut dyn Sink) -> bool {
    if !is_s7(message) {
        return false;
    }
    let Some(from_server) = state.sender_is_server(meta).or_else(|| sender_serves(message)) else {
        return true;
    };
    state.tell_roles(from_server, sink);
    if from_server {
        if let Some(identity) = plus_identity(message) {
            sink.observe(About::Sender, &PLUS, &identity);
        }
        szl::tell(message, state.rest, sink);
    }
    true
}

/// The message that starts here, put together from its fragments: how many
/// bytes it takes, `None` while one is missing. Overlong ones are cut.
fn gather(bytes: &[u8], into: &mut heapless::Vec<u8, LONGEST>) -> Option<usize> {
    let mut taken = 0_usize;
    for _ in 0..MOST_FRAGMENTS {
        let tpkt = Tpkt::new(bytes.get(taken..)?).ok()?;
        taken = taken.saturating_add(tpkt.size);
        let Tpdu::Data { end, data } = tpkt.tpdu else {
            return Some(taken);
        };
        let room = LONGEST.saturating_sub(into.len());
        let _ = into.extend_from_slice(data.get(..room).unwrap_or(data));
        match (tpkt.whole, end) {
            (false, _) => return None,
            (true, true) => return Some(taken),
            (true, false) => {}
        }
    }
    Some(taken)
}

/// The protocol.
pub struct S7comm;

impl Protocol for S7comm {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        let mut rest = bytes;
        // A connection request may belong to any upper layer: the first data decides.
        for _ in 0..MOST_FRAGMENTS {
            let tpkt = match Tpkt::new(rest) {
                Ok(tpkt) => tpkt,
                Err(NotTpkt::Short) if !meta.cut => return Probe::More,
                Err(_) => return Probe::No,
            };
            match tpkt.tpdu {
                Tpdu::Connect { called, .. } if called.starts_with(b"SIMATIC") => return Probe::Yes,
                Tpdu::Data { data: [first, second, ..], .. } => {
                    let ours = is_s7(&[*first, *second]);
                    return if ours { Probe::Yes } else { Probe::No };
                }
                Tpdu::Connect { .. } | Tpdu::Data { .. } if tpkt.whole => {}
                Tpdu::Connect { .. } | Tpdu::Data { .. } if !meta.cut => return Probe::More,
                _ => return Probe::No,
            }
            rest = rest.get(tpkt.size..).unwrap_or_default();
        }
        Probe::No
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let [flags, called, rest, _] = scratch;
        let mut state = State { flags, called, rest };
        let mut taken = 0_usize;
        loop {
            let here = bytes.get(taken..).unwrap_or_default();
            let wait = if taken > 0 { Outcome::Took(taken) } else { Outcome::More };
            let tpkt = match Tpkt::new(here) {
                Ok(tpkt) if tpkt.whole || meta.cut => tpkt,
                Err(NotTpkt::Malformed) => return Outcome::Malformed,
                _ if meta.cut => return Outcome::Done,
                _ => return wait,
            };
            let mut size = tpkt.size;
            let ours = match tpkt.tpdu {
                Tpdu::Connect { confirm, calling, called } => {
                    state.connect(meta, confirm, calling, called, sink);
                    true
                }
                // An empty one is an acknowledgement of the layer above.
                Tpdu::Data { end: true, data: [] } => true,
                Tpdu::Data { end: true, data } => tell_message(meta, data, &mut state, sink),
                Tpdu::Data { end: false, .. } => {
                    let mut whole = heapless::Vec::new();
                    match gather(here, &mut whole) {
                        Some(all) => size = all,
                        None if meta.cut => size = here.len().max(size),
                        None => return wait,
                    }
                    whole.is_empty() || tell_message(meta, &whole, &mut state, sink)
                }
                Tpdu::Unknown(_) => true,
            };
            if !ours {
                return Outcome::Done;
            }
            taken = taken.saturating_add(size);
            if taken >= bytes.len() {
                return Outcome::Took(taken);
            }
        }
    }
}

#[cfg(test)]
mod tests;
