//! EtherNet/IP encapsulation (ODVA, The CIP Networks Library volume 2, chapter 2)
//! over TCP and UDP; the CIP messages inside are read by [`cip`].
//!
//! | bytes | becomes |
//! |---|---|
//! | who asks, who answers | `enip.role`, once a flow |
//! | identity item of a ListIdentity answer | `enip.vendor_id` … `enip.name`, `enip.state`, `enip.socket_ip` |
//! | CIP answers in SendRRData and SendUnitData | see [`cip`] |
//!
//! Numbers are least significant byte first; the socket address alone is not.

mod cip;

use core::net::Ipv4Addr;

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// ODVA vendor number, decimal.
pub const VENDOR_ID: Field = Field::service("enip.vendor_id");
/// CIP device profile number, decimal.
pub const DEVICE_TYPE: Field = Field::service("enip.device_type");
/// Vendor's product code, decimal.
pub const PRODUCT_CODE: Field = Field::service("enip.product_code");
/// Firmware revision, `20.11`.
pub const REVISION: Field = Field::service("enip.revision");
/// Serial number, 8 hexadecimal digits.
pub const SERIAL: Field = Field::service("enip.serial");
/// Product name.
pub const NAME: Field = Field::service("enip.name");
/// State of the device, decimal (3 operational, 255 default).
pub const STATE: Field = Field::service("enip.state");
/// Status word, 4 hexadecimal digits.
pub const STATUS: Field = Field::service("enip.status");
/// Address that the identity item names.
pub const SOCKET_IP: Field = Field::service("enip.socket_ip");
/// `target` or `scanner`.
pub const ROLE: Field = Field::host("enip.role");
/// A module behind a port segment, `slot 3: NAME, vendor 1, type 14, …`.
pub const MODULE: Field = Field::service("cip.module");
/// Catalogue text of a PCCC diagnostic status.
pub const PCCC: Field = Field::service("cip.pccc");

const PORT: u16 = 44818;
/// Bytes of the encapsulation header.
const HEADER: usize = 24;
/// Longest message that is read; longer ones carry no identity.
const LONGEST: usize = 8192;

static INFO: Info = Info {
    name: "enip",
    title: "EtherNet/IP and CIP",
    spec: "ODVA, The CIP Networks Library, volumes 1 and 2",
    over: &[Over::Tcp(&[PORT]), Over::Udp(&[PORT])],
    first_bytes: &[],
    fields: &[
        VENDOR_ID,
        DEVICE_TYPE,
        PRODUCT_CODE,
        REVISION,
        SERIAL,
        NAME,
        STATE,
        STATUS,
        SOCKET_IP,
        ROLE,
        MODULE,
        PCCC,
    ],
    budget: 1 << 20,
};

/// What an encapsulation message is for (table 2-3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// 0x0004, 0x0064 and 0x0000: services, interfaces, nothing.
    Other,
    /// 0x0063.
    ListIdentity,
    /// 0x0065.
    RegisterSession,
    /// 0x0066.
    UnregisterSession,
    /// 0x006F: an unconnected message, with the sender's context.
    SendRrData,
    /// 0x0070: a message of a connection.
    SendUnitData,
}

/// An encapsulation message.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What it is for.
    pub command: Command,
    /// Session handle, 0 before there is one.
    pub session: u32,
    /// 0: success.
    pub status: u32,
    /// Sender's context, repeated by the answer.
    pub context: [u8; 8],
    /// What follows the header, as much as is there.
    pub data: &'a [u8],
    /// Bytes of the whole message, which may exceed what is there.
    pub size: usize,
    /// True when all of `size` is there.
    pub whole: bool,
}

/// Why there is no [`View`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEnip {
    /// Less than a header.
    Short,
    /// Command, status, options or length cannot be.
    Malformed,
}

impl<'a> View<'a> {
    /// Reads a header: a known command and status, options 0, and a length that
    /// the command can have.
    pub fn new(bytes: &'a [u8]) -> Result<View<'a>, NotEnip> {
        let mut reader = Reader::new(bytes);
        let code = reader.le16().ok_or(NotEnip::Short)?;
        let command = match code {
            0x0000 | 0x0004 | 0x0064 => Command::Other,
            0x0063 => Command::ListIdentity,
            0x0065 => Command::RegisterSession,
            0x0066 => Command::UnregisterSession,
            0x006f => Command::SendRrData,
            0x0070 => Command::SendUnitData,
            _ => return Err(NotEnip::Malformed),
        };
        let mut header = || {
            let (length, session, status) = (reader.le16()?, reader.le32()?, reader.le32()?);
            Some((usize::from(length), session, status, reader.array::<8>()?, reader.le32()?))
        };
        let (length, session, status, context, options) = header().ok_or(NotEnip::Short)?;
        let fits = match command {
            Command::RegisterSession => length == 4,
            Command::UnregisterSession => length == 0,
            Command::SendRrData | Command::SendUnitData => length >= 8 || status != 0,
            Command::ListIdentity | Command::Other => true,
        };
        let known = matches!(status, 0..=3 | 0x64 | 0x65 | 0x69);
        if options != 0 || !known || !fits {
            return Err(NotEnip::Malformed);
        }
        let whole = reader.len() >= length;
        let data = reader.take_up_to(length);
        Ok(View { command, session, status, context, data, size: HEADER.saturating_add(length), whole })
    }

    /// Data item of a common packet format list (2-6): unconnected messages as
    /// they are; connected ones with their sequence count taken off and returned.
    fn message(&self) -> Option<(Option<u16>, &'a [u8])> {
        let mut reader = Reader::new(self.data);
        // Interface handle 0 is CIP; the time-out says nothing.
        if reader.le32()? != 0 {
            return None;
        }
        reader.skip(2)?;
        items(&mut reader, |kind, mut item| match kind {
            0x00b2 => Some((None, item.rest())),
            0x00b1 => Some((Some(item.le16()?), item.rest())),
            _ => None,
        })
    }
}

/// The first item for which `wanted` has something.
fn items<'a, T>(reader: &mut Reader<'a>, wanted: impl Fn(u16, Reader<'a>) -> Option<T>) -> Option<T> {
    for _ in 0..reader.le16()?.min(8) {
        let (kind, length) = (reader.le16()?, reader.le16()?);
        let item = Reader::new(reader.take(usize::from(length))?);
        if let Some(found) = wanted(kind, item) {
            return Some(found);
        }
    }
    None
}

/// What an identity object holds (volume 1, 5-2), as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity<'a> {
    /// Attribute 1.
    pub vendor: Option<u16>,
    /// Attribute 2.
    pub device_type: Option<u16>,
    /// Attribute 3.
    pub product_code: Option<u16>,
    /// Attribute 4, major and minor.
    pub revision: Option<[u8; 2]>,
    /// Attribute 5.
    pub status: Option<u16>,
    /// Attribute 6.
    pub serial: Option<u32>,
    /// Attribute 7.
    pub name: Option<&'a [u8]>,
    /// Attribute 8.
    pub state: Option<u8>,
}

impl<'a> Identity<'a> {
    /// Reads one attribute; `None` when it is cut or of unknown length.
    fn attribute(&mut self, number: u16, reader: &mut Reader<'a>) -> Option<()> {
        match number {
            1 => self.vendor = Some(reader.le16()?),
            2 => self.device_type = Some(reader.le16()?),
            3 => self.product_code = Some(reader.le16()?),
            4 => self.revision = Some(reader.array()?),
            5 => self.status = Some(reader.le16()?),
            6 => self.serial = Some(reader.le32()?),
            7 => {
                let length = reader.u8()?;
                self.name = Some(reader.take(usize::from(length))?);
            }
            8 => self.state = Some(reader.u8()?),
            _ => return None,
        }
        Some(())
    }

    /// Attributes 1 to 7 in order, as every identity answer has them.
    fn all(reader: &mut Reader<'a>) -> Option<Identity<'a>> {
        let mut identity = Identity::default();
        for number in 1..=7 {
            identity.attribute(number, reader)?;
        }
        Some(identity)
    }

    /// Says it of the sender itself.
    fn tell(&self, sink: &mut dyn Sink) {
        let mut say = |field: &'static Field, text: Option<Text>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                sink.observe(About::Sender, field, &text);
            }
        };
        let decimal = |number: Option<u16>| number.map(|number| Text::of(format_args!("{number}")));
        say(&VENDOR_ID, decimal(self.vendor));
        say(&DEVICE_TYPE, decimal(self.device_type));
        say(&PRODUCT_CODE, decimal(self.product_code));
        say(&REVISION, self.revision.map(|[major, minor]| Text::of(format_args!("{major}.{minor}"))));
        say(&STATUS, self.status.map(|status| Text::of(format_args!("{status:04x}"))));
        say(&SERIAL, self.serial.map(|serial| Text::of(format_args!("{serial:08x}"))));
        say(&NAME, self.name.map(printable));
        say(&STATE, decimal(self.state.map(u16::from)));
    }
}

/// Identity items of a ListIdentity answer (2-4.2.3).
fn tell_list_identity(data: &[u8], sink: &mut dyn Sink) {
    let mut reader = Reader::new(data);
    let found = items(&mut reader, |kind, mut item| {
        if kind != 0x000c {
            return None;
        }
        // Version, then family and port of the socket address, its IP, 8 zeros.
        item.skip(6)?;
        let ip: Ipv4Addr = item.ipv4()?;
        item.skip(8)?;
        let mut identity = Identity::all(&mut item)?;
        identity.state = item.u8();
        Some((ip, identity))
    });
    if let Some((ip, identity)) = found {
        identity.tell(sink);
        if !ip.is_unspecified() {
            sink.observe(About::Sender, &SOCKET_IP, &Text::of(format_args!("{ip}")));
        }
    }
}

/// What an answer is matched by: the sender's context, or a connection's sequence count.
fn key(view: &View<'_>, sequence: Option<u16>) -> u16 {
    let [a, b, c, d, e, f, g, h] = view.context;
    let pairs = [[a, b], [c, d], [e, f], [g, h]].map(u16::from_le_bytes);
    sequence.unwrap_or_else(|| pairs.iter().fold(0x5a5a, |sum, pair| sum.rotate_left(3) ^ pair))
}

fn tell_role(role: &'static str, state: &mut cip::State<'_>, sink: &mut dyn Sink) {
    if state.first_time(role == "target") {
        sink.observe(About::Sender, &ROLE, role);
    }
}

fn tell_view(view: &View<'_>, state: &mut cip::State<'_>, sink: &mut dyn Sink) {
    match view.command {
        Command::ListIdentity if view.data.is_empty() => tell_role("scanner", state, sink),
        Command::ListIdentity => {
            tell_role("target", state, sink);
            tell_list_identity(view.data, sink);
        }
        // A request has no session yet, an answer always has one.
        Command::RegisterSession if view.status == 0 => {
            tell_role(if view.session == 0 { "scanner" } else { "target" }, state, sink);
        }
        Command::SendRrData | Command::SendUnitData => {
            let Some((sequence, message)) = view.message() else {
                return;
            };
            let Some(service) = message.first() else {
                return;
            };
            let key = key(view, sequence);
            if service & 0x80 == 0 {
                tell_role("scanner", state, sink);
                cip::request(message, key, sequence.is_some(), state);
            } else {
                tell_role("target", state, sink);
                let _ = cip::answer(message, key, state, sink);
            }
        }
        Command::RegisterSession | Command::UnregisterSession | Command::Other => {}
    }
}

/// The protocol.
pub struct Enip;

impl Protocol for Enip {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        match View::new(bytes) {
            Ok(view) => {
                // A version of 1 and no options; an item list that starts with a count.
                let plausible = match (view.command, view.data) {
                    (Command::RegisterSession, data) => matches!(data, [1, 0, 0, 0]),
                    (Command::SendRrData | Command::SendUnitData, data) => data.starts_with(&[0; 4]),
                    (Command::ListIdentity | Command::Other, [count, high, ..]) => (*count, *high) == (1, 0),
                    (_, _) => true,
                };
                if plausible { Probe::Yes } else { Probe::No }
            }
            Err(NotEnip::Short) if !meta.cut && meta.transport != 17 => Probe::More,
            Err(_) => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let mut state = cip::State::new(scratch);
        let datagram = meta.transport == 17;
        let mut taken = 0_usize;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let view = match View::new(rest) {
                Ok(view) if view.size > LONGEST => return Outcome::Took(taken.saturating_add(view.size)),
                Ok(view) if view.whole || meta.cut => view,
                Err(NotEnip::Malformed) => return Outcome::Malformed,
                _ if taken > 0 => return Outcome::Took(taken),
                _ if datagram || meta.cut => return Outcome::Malformed,
                _ => return Outcome::More,
            };
            tell_view(&view, &mut state, sink);
            taken = taken.saturating_add(view.size);
            if taken >= bytes.len() {
                return Outcome::Took(taken);
            }
        }
    }
}

#[cfg(test)]
mod tests;
