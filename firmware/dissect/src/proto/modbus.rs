//! Modbus over TCP and UDP (Modbus Application Protocol V1.1b3; Messaging on
//! TCP/IP Implementation Guide V1.0b) and the identity read of Schneider's UMAS
//! (function 90, by observation).
//!
//! | bytes | becomes |
//! |---|---|
//! | a request, an answer | `modbus.role` of either side, once a flow |
//! | unit identifier of an answer | `modbus.unit` |
//! | function 43/14 objects 0..=6 | `modbus.vendor` … `modbus.user_app` |
//! | function 17 (report server id), its text | `modbus.server_id` |
//! | function 90, answer to UMAS 2 (read identity) | `modbus.umas_id` |
//!
//! Registers and coils are process data and are passed over.

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// `server` or `client`.
pub const ROLE: Field = Field::host("modbus.role");
/// Unit identifier that answered, decimal.
pub const UNIT: Field = Field::service("modbus.unit");
/// Object 0, VendorName.
pub const VENDOR: Field = Field::service("modbus.vendor");
/// Object 1, ProductCode.
pub const PRODUCT_CODE: Field = Field::service("modbus.product_code");
/// Object 2, MajorMinorRevision.
pub const REVISION: Field = Field::service("modbus.revision");
/// Object 3, VendorUrl.
pub const URL: Field = Field::service("modbus.url");
/// Object 4, ProductName.
pub const PRODUCT_NAME: Field = Field::service("modbus.product_name");
/// Object 5, ModelName.
pub const MODEL_NAME: Field = Field::service("modbus.model_name");
/// Object 6, UserApplicationName.
pub const USER_APP: Field = Field::service("modbus.user_app");
/// Text in a report of the server id.
pub const SERVER_ID: Field = Field::service("modbus.server_id");
/// Controller named by UMAS, `140 CPU 311 10`.
pub const UMAS_ID: Field = Field::service("modbus.umas_id");

/// Fields of the device identification objects, at their object id.
const OBJECTS: [&Field; 7] = [&VENDOR, &PRODUCT_CODE, &REVISION, &URL, &PRODUCT_NAME, &MODEL_NAME, &USER_APP];

const PORT: u16 = 502;
/// Transaction, protocol and length: what precedes the counted bytes.
const PREFIX: usize = 6;
/// Most counted bytes: the unit and a PDU of 253; UMAS agrees on longer ones.
const LONGEST: usize = 254;
const LONGEST_UMAS: usize = 1024;
/// Shortest run of printable characters that is taken as text.
const SHORTEST_TEXT: usize = 3;

static INFO: Info = Info {
    name: "modbus",
    title: "Modbus/TCP",
    spec: "Modbus Application Protocol V1.1b3, Messaging on TCP/IP V1.0b",
    over: &[Over::Tcp(&[PORT]), Over::Udp(&[PORT])],
    first_bytes: &[],
    fields: &[
        ROLE,
        UNIT,
        VENDOR,
        PRODUCT_CODE,
        REVISION,
        URL,
        PRODUCT_NAME,
        MODEL_NAME,
        USER_APP,
        SERVER_ID,
        UMAS_ID,
    ],
    budget: 1 << 20,
};

/// An application data unit: the header's fields and the PDU from its function code.
#[derive(Clone, Copy, Debug)]
pub struct Adu<'a> {
    /// Repeated by the answer.
    pub transaction: u16,
    /// Serial address behind a gateway, 0 or 255 for the device itself.
    pub unit: u8,
    /// Function code, 0x80 added in an exception.
    pub function: u8,
    /// What follows the function code, as much as is there.
    pub data: &'a [u8],
    /// Bytes of the whole unit, which may exceed what is there.
    pub size: usize,
    /// True when all of `size` is there.
    pub whole: bool,
}

/// Why there is no [`Adu`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdu {
    /// Fewer than eight bytes, none of them wrong so far.
    Short,
    /// Protocol identifier, length or function code is impossible.
    Malformed,
}

impl<'a> Adu<'a> {
    /// Reads an MBAP header: protocol 0, a length that the function may have, and
    /// a function other than 0 and 0x80.
    pub fn new(bytes: &'a [u8]) -> Result<Adu<'a>, NotAdu> {
        if bytes.iter().skip(2).take(3).any(|byte| *byte != 0) {
            return Err(NotAdu::Malformed);
        }
        let mut reader = Reader::new(bytes);
        let mut header = || {
            let (transaction, _, length) = (reader.be16()?, reader.be16()?, reader.be16()?);
            Some((transaction, usize::from(length), reader.u8()?, reader.u8()?))
        };
        let Some((transaction, length, unit, function)) = header() else {
            return Err(NotAdu::Short);
        };
        let longest = if function == 90 { LONGEST_UMAS } else { LONGEST };
        if !(2..=longest).contains(&length) || function & 0x7f == 0 {
            return Err(NotAdu::Malformed);
        }
        let wanted = length.saturating_sub(2);
        let whole = reader.len() >= wanted;
        let data = reader.take_up_to(wanted);
        Ok(Adu { transaction, unit, function, data, size: length.saturating_add(PREFIX), whole })
    }

    /// Which side the PDU's own shape gives it to: true for an answer, `None`
    /// where both look alike (sections 6.1 to 6.21).
    pub fn is_answer(&self) -> Option<bool> {
        let counted = |at: usize| {
            let rest = self.data.len().saturating_sub(at.saturating_add(1));
            self.data.get(at).is_some_and(|count| usize::from(*count) == rest)
        };
        match self.function {
            0x80.. => Some(true),
            // Coils: a request has four bytes, and so has an answer of 17 to 24 coils.
            1 | 2 if self.data.len() == 4 && counted(0) => None,
            // Registers come in pairs of bytes, so four bytes are a request.
            1..=4 if self.data.len() == 4 => Some(false),
            1..=4 if counted(0) => Some(true),
            7 | 11 | 12 | 17 => Some(!self.data.is_empty()),
            15 | 16 if self.data.len() == 4 => Some(true),
            15 | 16 if counted(4) => Some(false),
            43 => match self.data {
                [14, _, _] => Some(false),
                [14, _, _, _, _, _, ..] => Some(true),
                _ => None,
            },
            90 => self.data.get(1).map(|code| matches!(code, 0xfd | 0xfe)),
            _ => None,
        }
    }
}

/// What one flow remembers, packed into the scratch.
struct State<'a> {
    flags: &'a mut u32,
    asked: &'a mut u32,
}

impl State<'_> {
    const CLIENT_TOLD: u32 = 1;
    const SERVER_TOLD: u32 = 2;
    /// `asked` holds the transaction of a UMAS identity read that awaits its answer.
    const UMAS_ASKED: u32 = 4;
    const UNIT_TOLD: u32 = 8;
    const UNIT_SHIFT: u32 = 8;

    /// True the first time.
    fn first(&mut self, flag: u32) -> bool {
        let first = *self.flags & flag == 0;
        *self.flags |= flag;
        first
    }

    /// True when another unit answers than the one before.
    fn new_unit(&mut self, unit: u8) -> bool {
        let before = *self.flags;
        *self.flags = (before & 0xff) | Self::UNIT_TOLD | u32::from(unit) << Self::UNIT_SHIFT;
        *self.flags != before
    }

    fn umas_asked(&mut self, transaction: u16) {
        *self.flags |= Self::UMAS_ASKED;
        *self.asked = u32::from(transaction);
    }

    fn umas_answered(&mut self, transaction: u16) -> bool {
        let matches = *self.flags & Self::UMAS_ASKED != 0 && *self.asked == u32::from(transaction);
        if matches {
            *self.flags &= !Self::UMAS_ASKED;
        }
        matches
    }
}

fn tell(sink: &mut dyn Sink, field: &'static Field, text: &Text) {
    if !text.is_empty() {
        sink.observe(About::Sender, field, text);
    }
}

/// Objects of a device identification answer (6.21): read code, conformity, more
/// follows, next object, count, then id, length and value each. Each answer of a
/// chain ("more follows") holds whole objects, so nothing is carried over.
fn tell_objects(data: &[u8], sink: &mut dyn Sink) {
    let mut reader = Reader::new(data);
    let Some([14, _, _, _, _, count]) = reader.array() else {
        return;
    };
    for _ in 0..count {
        let (Some(id), Some(length)) = (reader.u8(), reader.u8()) else {
            return;
        };
        let Some(value) = reader.take(usize::from(length)) else {
            return;
        };
        if let Some(field) = OBJECTS.get(usize::from(id)) {
            tell(sink, field, &printable(value));
        }
    }
}

/// The printable runs of free-form bytes, joined by a space (6.13: the server id
/// is device specific, one byte of status stands somewhere behind it).
fn text_runs(data: &[u8]) -> Text {
    let mut text = Text::new();
    let runs = data.split(|byte| !matches!(byte, b' '..=b'~')).map(<[u8]>::trim_ascii);
    for run in runs.filter(|run| run.len() >= SHORTEST_TEXT) {
        if !text.is_empty() {
            text.push(' ');
        }
        run.iter().for_each(|byte| text.push(char::from(*byte)));
    }
    text
}

/// Controller's name in the answer to UMAS 2: 22 bytes of numbers behind the
/// status, then length and text.
fn umas_name(data: &[u8]) -> Option<Text> {
    let mut reader = Reader::new(data);
    let [_session, 0xfe] = reader.array()? else {
        return None;
    };
    reader.skip(22)?;
    let length = usize::from(reader.u8()?);
    let name = reader.take(length)?;
    name.iter().all(|byte| matches!(byte, b' '..=b'~')).then(|| printable(name))
}

/// Whether the sender answers: the usual port says so, and the PDU does not say
/// otherwise; between two usual ports the PDU alone.
fn sender_answers(meta: &Meta, adu: &Adu<'_>) -> Option<bool> {
    let by_port = match (meta.sport == PORT, meta.dport == PORT) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    match (by_port, adu.is_answer()) {
        (Some(port), Some(shape)) => (port == shape).then_some(port),
        (port, shape) => port.or(shape),
    }
}

fn tell_adu(meta: &Meta, adu: &Adu<'_>, state: &mut State<'_>, sink: &mut dyn Sink) {
    match sender_answers(meta, adu) {
        Some(false) => {
            if state.first(State::CLIENT_TOLD) {
                sink.observe(About::Sender, &ROLE, "client");
            }
            if let (90, [_session, 2, ..]) = (adu.function, adu.data) {
                state.umas_asked(adu.transaction);
            }
        }
        Some(true) => {
            if state.first(State::SERVER_TOLD) {
                sink.observe(About::Sender, &ROLE, "server");
            }
            // Exceptions 10 and 11 are a gateway's: the unit did not answer it.
            let by_gateway = adu.function >= 0x80 && matches!(adu.data, [10 | 11, ..] | []);
            if !by_gateway && state.new_unit(adu.unit) {
                sink.observe(About::Sender, &UNIT, &Text::of(format_args!("{}", adu.unit)));
            }
            match adu.function {
                17 => {
                    let mut reader = Reader::new(adu.data);
                    let length = usize::from(reader.u8().unwrap_or(0));
                    tell(sink, &SERVER_ID, &text_runs(reader.take(length).unwrap_or(&[])));
                }
                43 => tell_objects(adu.data, sink),
                90 if state.umas_answered(adu.transaction) => {
                    if let Some(name) = umas_name(adu.data) {
                        tell(sink, &UMAS_ID, &name);
                    }
                }
                _ => {}
            }
        }
        None => {}
    }
}

/// The protocol.
pub struct Modbus;

impl Protocol for Modbus {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        match Adu::new(bytes) {
            Ok(_) => Probe::Yes,
            Err(NotAdu::Short) if !meta.cut && meta.transport != 17 => Probe::More,
            Err(_) => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let [flags, asked, ..] = scratch;
        let mut state = State { flags, asked };
        let datagram = meta.transport == 17;
        let mut taken = 0_usize;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let adu = match Adu::new(rest) {
                Ok(adu) if adu.whole || meta.cut => adu,
                Err(NotAdu::Malformed) => return Outcome::Malformed,
                _ if taken > 0 => return Outcome::Took(taken),
                _ if datagram || meta.cut => return Outcome::Malformed,
                _ => return Outcome::More,
            };
            tell_adu(meta, &adu, &mut state, sink);
            taken = taken.saturating_add(adu.size);
            if taken >= bytes.len() {
                return Outcome::Took(taken);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both_ways, datagram, hex, truncations, turns};

    fn meta() -> Meta {
        Meta { sport: 50_000, dport: PORT, transport: 6, ..Meta::default() }
    }

    #[test]
    fn identification_in_two_answers() {
        let asks = "0001 0000 0005 01 2b 0e 01 00  0002 0000 0005 01 2b 0e 01 02";
        let answers = "0001 0000 0013 01 2b 0e 01 81 ff 02 02 00 04 41636d65 01 03 582d31
            0002 0000 000e 01 2b 0e 01 81 00 00 01 02 04 56312e32";
        assert_eq!(
            both_ways(&Modbus, &meta(), &hex(asks), &hex(answers)),
            [
                "sender modbus.role=client",
                "sender modbus.role=server",
                "sender modbus.unit=1",
                "sender modbus.vendor=Acme",
                "sender modbus.product_code=X-1",
                "sender modbus.revision=V1.2",
            ]
        );
        truncations(&Modbus, &meta(), &hex(answers));
        truncations(&Modbus, &meta(), &hex(asks));
    }

    #[test]
    fn a_gateway_that_cannot_reach_a_unit_is_not_that_unit() {
        let back = Meta { sport: PORT, dport: 50_000, ..meta() };
        let seen = datagram(&Modbus, &back, &hex("0001 0000 0003 07 83 0b  0002 0000 0003 08 83 02"));
        assert_eq!(seen, ["sender modbus.role=server", "sender modbus.unit=8"]);
    }

    #[test]
    fn server_id_is_its_text() {
        let answer = hex("0001 0000 000f 05 11 0c 09 ff 5043 4c2d37 00 0000 3132");
        let back = Meta { sport: PORT, dport: 50_000, ..meta() };
        let seen = datagram(&Modbus, &back, &answer);
        assert_eq!(seen.last().unwrap(), "sender modbus.server_id=PCL-7");
    }

    #[test]
    fn umas_names_the_controller_when_asked() {
        let numbers = "10ff 5a010100 0000 7002 0000 2700 0900 08000000 0000";
        let answer = hex(&std::format!("0009 0000 0021 00 5a 00 fe {numbers} 05 4142432d31 010100"));
        let seen = both_ways(&Modbus, &meta(), &hex("0009 0000 0004 00 5a 00 02"), &answer);
        assert_eq!(seen.last().unwrap(), "sender modbus.umas_id=ABC-1");
        let seen = both_ways(&Modbus, &meta(), &hex("0009 0000 0004 00 5a 00 0a"), &answer);
        assert_eq!(seen.last().unwrap(), "sender modbus.unit=0");
    }

    #[test]
    fn both_on_the_usual_port_are_told_apart_by_shape() {
        let same = Meta { sport: PORT, dport: PORT, ..meta() };
        let seen = both_ways(
            &Modbus,
            &same,
            &hex("0001 0000 0006 ff 03 0000 0001"),
            &hex("0001 0000 0005 ff 03 02 1234"),
        );
        assert_eq!(
            seen,
            ["sender modbus.role=client", "sender modbus.role=server", "sender modbus.unit=255"]
        );
        assert!(datagram(&Modbus, &same, &hex("0001 0000 0006 ff 01 03 000001")).is_empty());
    }

    #[test]
    fn other_bytes_are_refused() {
        for bad in
            ["0001 0001 0006 ff 03 0000 0001", "0001 0000 0001 ff 03", "0001 0000 00ff 01 03", "4745 54"]
        {
            assert_eq!(Modbus.probe(&meta(), &hex(bad)), Probe::No, "{bad}");
        }
        assert_eq!(Modbus.probe(&meta(), &hex("0001 0000 0006")), Probe::More);
    }

    #[test]
    fn what_pymodbus_says() {
        turns(&Modbus, include_str!("../../vectors/modbus/pymodbus.txt"));
    }
}
