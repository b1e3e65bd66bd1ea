//! Simple Network Management Protocol v1, v2c and v3 (RFC 1157, RFC 3416,
//! RFC 3412, RFC 3414; engine ids RFC 3411 section 5).
//!
//! | bytes | becomes |
//! |---|---|
//! | an agent's message: version | `snmp.version` |
//! | varbinds of responses, traps, informs and reports: system group | `snmp.sysdescr`, `snmp.sysobjectid`, `snmp.sysname`, `snmp.syslocation` |
//! | … `hrDeviceDescr`, `prtGeneralSerialNumber`, `entPhysical…` | `snmp.object` |
//! | … `ifPhysAddress` | `snmp.if_mac` |
//! | … `sysUpTime`, time stamp of a v1 trap; v3 engine time | `snmp.uptime`: when the agent started, rounded down to the minute |
//! | v3 authoritative engine id, encrypted or not | `snmp.engine_id`, `snmp.engine_enterprise`, `snmp.engine_mac` |
//!
//! Communities, v3 user names and context names are stepped over; `sysContact`,
//! which names a person, is not among the objects. Values of requests are what
//! a manager wants to be true and are not read.
//!
//! About whom: the agent is who sends a response or a trap; a v1 trap names the
//! agent itself. A v3 engine id is the authoritative side's, which is the sender
//! of what wants no answer (reportable flag clear) and the receiver of the rest
//! (RFC 3412 section 6.4, RFC 3414 section 3.1). A manager's answer to an inform
//! repeats the agent's values and is not read.

use core::net::IpAddr;

use model::{Field, Mac, Time};

use super::lldp::one_line;
use crate::ber::{self, Ber, Oid, Tlv};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// sysDescr, on one line.
pub const SYSDESCR: Field = Field::host("snmp.sysdescr");
/// sysObjectID in dotted numbers.
pub const SYSOBJECTID: Field = Field::host("snmp.sysobjectid");
/// sysName.
pub const SYSNAME: Field = Field::host("snmp.sysname");
/// sysLocation.
pub const SYSLOCATION: Field = Field::host("snmp.syslocation");
/// When the agent started, RFC 3339, rounded down to the minute.
pub const UPTIME: Field = Field::host("snmp.uptime");
/// An identity object: `OID=value`.
pub const OBJECT: Field = Field::host("snmp.object");
/// MAC of an interface of the agent.
pub const IF_MAC: Field = Field::host("snmp.if_mac");
/// Engine id, hexadecimal.
pub const ENGINE_ID: Field = Field::host("snmp.engine_id");
/// IANA enterprise number in the engine id, decimal.
pub const ENGINE_ENTERPRISE: Field = Field::host("snmp.engine_enterprise");
/// MAC in an engine id of format 3.
pub const ENGINE_MAC: Field = Field::host("snmp.engine_mac");
/// Version of an agent's message: `1`, `2c`, `3`.
pub const VERSION: Field = Field::host("snmp.version");

static INFO: Info = Info {
    name: "snmp",
    title: "Simple Network Management Protocol",
    spec: "RFC 1157, RFC 3411 to 3418",
    over: &[Over::Udp(&[161, 162])],
    first_bytes: &[ber::SEQUENCE],
    fields: &[
        SYSDESCR,
        SYSOBJECTID,
        SYSNAME,
        SYSLOCATION,
        UPTIME,
        OBJECT,
        IF_MAC,
        ENGINE_ID,
        ENGINE_ENTERPRISE,
        ENGINE_MAC,
        VERSION,
    ],
    budget: 1 << 20,
};

/// What a message does, from the tag of its PDU (RFC 3416 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// Get, GetNext, GetBulk, Set: a manager's.
    Request,
    /// Response, Report: an agent's answer.
    Answer,
    /// The v1 trap, which has a head of its own.
    TrapV1,
    /// The v2 trap and inform.
    Notification,
}

impl Pdu {
    const fn of(tag: u8) -> Option<Pdu> {
        Some(match tag {
            0xa0 | 0xa1 | 0xa3 | 0xa5 => Pdu::Request,
            0xa2 | 0xa8 => Pdu::Answer,
            0xa4 => Pdu::TrapV1,
            0xa6 | 0xa7 => Pdu::Notification,
            _ => return None,
        })
    }
}

/// The engine of a v3 message (RFC 3414 section 2.4, `UsmSecurityParameters`).
#[derive(Clone, Copy, Debug)]
pub struct Engine<'a> {
    /// `snmpEngineID`, 5 to 32 bytes; empty in a discovery.
    pub id: &'a [u8],
    /// How often it started; 0 before the time is known.
    pub boots: u64,
    /// Seconds since it started last.
    pub seconds: u64,
    /// It is the receiver's: an answer is wanted.
    pub of_receiver: bool,
}

/// A message without its community, user or context.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// `1`, `2c` or `3`.
    pub version: &'static str,
    /// v3 only, with the user-based security model only.
    pub engine: Option<Engine<'a>>,
    /// What it does and the walk inside it; `None` when encrypted or cut away.
    pub pdu: Option<(Pdu, Ber<'a>)>,
}

impl<'a> View<'a> {
    /// From the first byte. `None` for what is not SNMP; with `cut`, the end may
    /// be missing.
    pub fn new(bytes: &'a [u8], cut: bool) -> Option<View<'a>> {
        let walk = |bytes| if cut { Ber::cut(bytes) } else { Ber::new(bytes) };
        let mut message = walk(bytes).enter(ber::SEQUENCE)?;
        let version = match message.uint()? {
            0 => "1",
            1 => "2c",
            3 => return View::v3(message, cut),
            _ => return None,
        };
        message.expect(ber::OCTET_STRING)?;
        let tag = message.peek()?;
        let pdu = (Pdu::of(tag)?, message.enter(tag)?);
        Some(View { version, engine: None, pdu: Some(pdu) })
    }

    /// The rest of a v3 message (RFC 3412 section 6).
    fn v3(mut message: Ber<'a>, cut: bool) -> Option<View<'a>> {
        let mut head = message.enter(ber::SEQUENCE)?;
        head.uint()?;
        head.uint()?;
        let [flags] = head.expect(ber::OCTET_STRING)? else { return None };
        let user_based = head.uint()? == 3;
        let security = message.expect(ber::OCTET_STRING);
        if security.is_none() && !cut {
            return None;
        }
        let mut engine = None;
        if user_based && let Some(security) = security {
            let mut fields = Ber::new(security).enter(ber::SEQUENCE)?;
            let id = fields.expect(ber::OCTET_STRING)?;
            let (boots, seconds) = (fields.uint()?, fields.uint()?);
            engine = Some(Engine { id, boots, seconds, of_receiver: flags & 0x04 != 0 });
        }
        let mut pdu = None;
        if flags & 0x02 == 0
            && let Some(mut scoped) = message.enter(ber::SEQUENCE)
            && scoped.expect(ber::OCTET_STRING).is_some()
            && scoped.expect(ber::OCTET_STRING).is_some()
            && let Some(tag) = scoped.peek()
            && let Some(inside) = scoped.enter(tag)
        {
            pdu = Some((Pdu::of(tag)?, inside));
        }
        Some(View { version: "3", engine, pdu })
    }

    /// True when this is an agent's message, as far as can be told. From the
    /// notification port comes only a manager's answer to an inform.
    fn is_of_agent(&self, meta: &Meta) -> bool {
        match (self.pdu, self.engine) {
            _ if meta.sport == NOTIFICATION_PORT => false,
            (Some((pdu, _)), _) => pdu != Pdu::Request,
            (None, Some(engine)) => !engine.of_receiver,
            (None, None) => false,
        }
    }
}

/// Where managers listen for traps and informs.
const NOTIFICATION_PORT: u16 = 162;

/// `1.3.6.1.2.1`, encoded.
const MIB_2: [u8; 5] = [0x2b, 6, 1, 2, 1];

/// Columns under `mib-2` that name what a device is, encoded without the index:
/// hrDeviceDescr (RFC 2790), prtGeneralSerialNumber (RFC 3805), and of
/// entPhysicalEntry (RFC 6933) name, hardware, firmware and software revision,
/// serial number, manufacturer and model.
const IDENTITY: [&[u8]; 9] = [
    &[25, 3, 2, 1, 3],
    &[43, 5, 1, 1, 17],
    &[47, 1, 1, 1, 1, 7],
    &[47, 1, 1, 1, 1, 8],
    &[47, 1, 1, 1, 1, 9],
    &[47, 1, 1, 1, 1, 10],
    &[47, 1, 1, 1, 1, 11],
    &[47, 1, 1, 1, 1, 12],
    &[47, 1, 1, 1, 1, 13],
];

/// ifPhysAddress (RFC 2863) under `mib-2`.
const IF_PHYS_ADDRESS: [u8; 4] = [2, 2, 1, 6];

/// Application tags of RFC 2578.
const IP_ADDRESS: u8 = 0x40;
const TIME_TICKS: u8 = 0x43;

/// Where what is read goes to, and whom it is about.
struct Teller<'s> {
    sink: &'s mut dyn Sink,
    about: About,
    time: Time,
}

impl Teller<'_> {
    fn tell(&mut self, field: &'static Field, text: &str) {
        if !text.is_empty() {
            self.sink.observe(self.about, field, text);
        }
    }

    /// When an agent that has run for so long started, rounded down to the
    /// minute so that repeats say the same.
    fn started(&mut self, ago: Option<u64>) {
        let Some(start) = ago.and_then(|ago| self.time.0.checked_sub(ago)) else {
            return;
        };
        const MINUTE: u64 = 60 * Time::SECOND;
        let start = Time(start - start % MINUTE);
        self.tell(&UPTIME, &Text::of(format_args!("{start}")));
    }

    /// Hundredths of a second.
    fn ticks(&mut self, value: &[u8]) {
        self.started(ber::unsigned(value).and_then(|ticks| ticks.checked_mul(10_000_000)));
    }

    fn varbind(&mut self, name: Oid<'_>, value: Tlv<'_>) {
        let Some(Oid(object)) = name.below(&MIB_2) else { return };
        match (object, value.tag) {
            ([1, 1, 0], ber::OCTET_STRING) => self.tell(&SYSDESCR, &one_line(value.value)),
            ([1, 2, 0], ber::OID) => {
                self.tell(&SYSOBJECTID, &Text::of(format_args!("{}", Oid(value.value))));
            }
            ([1, 3, 0], TIME_TICKS) => self.ticks(value.value),
            ([1, 5, 0], ber::OCTET_STRING) => self.tell(&SYSNAME, &printable(value.value)),
            ([1, 6, 0], ber::OCTET_STRING) => self.tell(&SYSLOCATION, &printable(value.value)),
            (_, ber::OCTET_STRING) => self.column(name, object, value.value),
            _ => {}
        }
    }

    fn column(&mut self, name: Oid<'_>, object: &[u8], value: &[u8]) {
        if object.starts_with(&IF_PHYS_ADDRESS) {
            if let (6, Some(mac)) = (value.len(), Mac::from_slice(value))
                && mac.is_host()
            {
                self.tell(&IF_MAC, &Text::of(format_args!("{mac}")));
            }
        } else if IDENTITY.iter().any(|column| object.starts_with(column)) {
            let value = one_line(value);
            if !value.is_empty() {
                self.tell(&OBJECT, &Text::of(format_args!("{name}={}", value.as_str())));
            }
        }
    }

    /// A list of (name, value).
    fn varbinds(&mut self, pdu: &mut Ber<'_>) {
        let Some(mut list) = pdu.enter(ber::SEQUENCE) else { return };
        while let Some(mut varbind) = list.enter(ber::SEQUENCE) {
            if let Some(name) = varbind.expect(ber::OID)
                && let Some(value) = varbind.next()
            {
                self.varbind(Oid(name), value);
            }
        }
    }

    fn engine(&mut self, engine: &Engine<'_>) {
        if !(5..=32).contains(&engine.id.len()) {
            return;
        }
        let mut id = Text::new();
        id.push_hex(engine.id);
        self.tell(&ENGINE_ID, &id);
        let mut reader = Reader::new(engine.id);
        let Some(first) = reader.be32() else { return };
        let enterprise = first & 0x7fff_ffff;
        self.tell(&ENGINE_ENTERPRISE, &Text::of(format_args!("{enterprise}")));
        // Cisco IOS puts an octet of zero before the address.
        let address = match reader.rest() {
            [3, 0, address @ ..] if address.len() == 6 => address,
            [3, address @ ..] => address,
            _ => return,
        };
        if first != enterprise
            && let Ok(mac) = address.try_into().map(Mac)
            && mac.is_host()
        {
            self.tell(&ENGINE_MAC, &Text::of(format_args!("{mac}")));
        }
    }
}

/// The agent of a v1 trap as it names itself, unless it cannot be a host's
/// address (RFC 1157 section 4.1.6).
fn trap_agent(address: &[u8]) -> Option<IpAddr> {
    let ip = IpAddr::from(<[u8; 4]>::try_from(address).ok()?);
    Some(ip).filter(|ip| model::is_host_ip(*ip) && !ip.is_loopback())
}

fn read_pdu(kind: Pdu, mut pdu: Ber<'_>, meta: &Meta, teller: &mut Teller<'_>) -> Option<()> {
    match kind {
        Pdu::Request => return None,
        Pdu::Answer | Pdu::Notification => {
            pdu.next()?;
            // Variables of an error echo the request.
            if pdu.uint()? != 0 {
                return None;
            }
            pdu.next()?;
        }
        Pdu::TrapV1 => {
            pdu.expect(ber::OID)?;
            let agent = trap_agent(pdu.expect(IP_ADDRESS)?);
            if agent.is_some() && agent != meta.src {
                teller.about = About::Host { mac: None, ip: agent };
            }
            pdu.next()?;
            pdu.next()?;
            teller.ticks(pdu.expect(TIME_TICKS)?);
        }
    }
    teller.varbinds(&mut pdu);
    Some(())
}

/// The protocol.
pub struct Snmp;

impl Protocol for Snmp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes, meta.cut).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes, meta.cut) else {
            return Outcome::Malformed;
        };
        let mut teller = Teller { sink, about: About::Sender, time: meta.time };
        let from_agent = view.is_of_agent(meta);
        if from_agent {
            teller.tell(&VERSION, view.version);
        }
        if let Some(engine) = view.engine {
            if engine.of_receiver {
                teller.about = About::Receiver;
            }
            teller.engine(&engine);
            if !engine.of_receiver && engine.boots != 0 {
                teller.started(engine.seconds.checked_mul(Time::SECOND));
            }
            teller.about = About::Sender;
        }
        if from_agent && let Some((kind, pdu)) = view.pdu {
            let _ = read_pdu(kind, pdu, meta, &mut teller);
        }
        Outcome::Took(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, truncations, vectors};
    use std::vec;
    use std::vec::Vec;

    /// An element with a short length.
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        let mut bytes = vec![tag, 0x82];
        bytes.extend((value.len() as u16).to_be_bytes());
        bytes.extend(value);
        bytes
    }

    fn varbind(below_mib_2: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        tlv(0x30, &[&tlv(6, &[&MIB_2, below_mib_2]), &tlv(tag, &[value])])
    }

    fn numbers() -> Vec<u8> {
        vec![2, 1, 7, 2, 1, 0, 2, 1, 0]
    }

    fn message(version: u8, pdu: &[u8]) -> Vec<u8> {
        tlv(0x30, &[&[2, 1, version], &tlv(4, &[b"secret"]), pdu])
    }

    fn response(varbinds: &[Vec<u8>]) -> Vec<u8> {
        message(1, &tlv(0xa2, &[&numbers(), &tlv(0x30, &[&varbinds.concat()])]))
    }

    fn meta() -> Meta {
        let time = Time::new(1_795_183_083, 0);
        Meta { time, sport: 161, dport: 40_000, ..Meta::default() }
    }

    fn system() -> Vec<u8> {
        response(&[
            varbind(&[1, 1, 0], 4, b"Box OS\r\n1.2"),
            varbind(&[1, 2, 0], 6, &[0x2b, 6, 1, 4, 1, 9, 1, 0x83, 0x06]),
            varbind(&[1, 3, 0], 0x43, &[0x17, 0x70]),
            varbind(&[1, 4, 0], 4, b"joe@example.org"),
            varbind(&[1, 5, 0], 4, b"sw1"),
            varbind(&[1, 6, 0], 4, b"lab"),
            varbind(&[2, 2, 1, 6, 1], 4, &[2, 0, 0, 0, 0, 0xaa]),
            varbind(&[2, 2, 1, 6, 2], 4, &[]),
            varbind(&[47, 1, 1, 1, 1, 11, 1], 4, b"SN123"),
            varbind(&[47, 1, 1, 1, 1, 2, 1], 4, b"chassis"),
            varbind(&[1, 5, 0], 0x80, &[]),
        ])
    }

    #[test]
    fn an_agent_answers() {
        let lines = [
            "sender snmp.version=2c",
            "sender snmp.sysdescr=Box OS 1.2",
            "sender snmp.sysobjectid=1.3.6.1.4.1.9.1.390",
            "sender snmp.uptime=2026-11-20T13:57:00.000Z",
            "sender snmp.sysname=sw1",
            "sender snmp.syslocation=lab",
            "sender snmp.if_mac=02:00:00:00:00:aa",
            "sender snmp.object=1.3.6.1.2.1.47.1.1.1.1.11.1=SN123",
        ];
        assert_eq!(datagram(&Snmp, &meta(), &system()), lines);
        truncations(&Snmp, &meta(), &system());
        let cut = Meta { cut: true, ..meta() };
        assert_eq!(datagram(&Snmp, &cut, &system()[..70]), lines[..2]);
    }

    #[test]
    fn a_manager_and_an_error_say_nothing_of_an_agent() {
        let echo = Meta { sport: 162, ..meta() };
        assert!(datagram(&Snmp, &echo, &system()).is_empty());
        let sysname = tlv(0x30, &[&varbind(&[1, 5, 0], 4, b"wish")]);
        let set = message(0, &tlv(0xa3, &[&numbers(), &sysname]));
        assert!(datagram(&Snmp, &meta(), &set).is_empty());
        let failed = message(0, &tlv(0xa2, &[&[2, 1, 7, 2, 1, 2, 2, 1, 1], &sysname]));
        assert_eq!(datagram(&Snmp, &meta(), &failed), ["sender snmp.version=1"]);
    }

    #[test]
    fn a_v1_trap_names_its_agent() {
        let trap = |agent: &[u8]| {
            let head = [tlv(6, &[&[0x2b, 6, 1, 4, 1, 9]]), tlv(0x40, &[agent])].concat();
            let tail = [2, 1, 0, 2, 1, 0, 0x43, 1, 100];
            let list = tlv(0x30, &[&varbind(&[1, 5, 0], 4, b"sw1")]);
            message(0, &tlv(0xa4, &[&head, &tail, &list]))
        };
        let lines = [
            "sender snmp.version=1",
            "host(- 10.0.0.9) snmp.uptime=2026-11-20T13:58:00.000Z",
            "host(- 10.0.0.9) snmp.sysname=sw1",
        ];
        assert_eq!(datagram(&Snmp, &meta(), &trap(&[10, 0, 0, 9])), lines);
        assert_eq!(datagram(&Snmp, &meta(), &trap(&[0; 4]))[2], "sender snmp.sysname=sw1");
        truncations(&Snmp, &meta(), &trap(&[10, 0, 0, 9]));
    }

    fn v3(flags: u8, engine: &[u8], data: &[u8]) -> Vec<u8> {
        let head = [vec![2, 1, 7, 2, 2, 4, 0], vec![4, 1, flags], vec![2, 1, 3]].concat();
        let (times, user) = ([2, 1, 3, 2, 1, 60], tlv(4, &[b"joe"]));
        let fields = [&tlv(4, &[engine]), &times[..], &user, &[4, 0, 4, 0]].concat();
        let security = tlv(4, &[&tlv(0x30, &[&fields])]);
        tlv(0x30, &[&[2, 1, 3], &tlv(0x30, &[&head]), &security, data])
    }

    #[test]
    fn an_engine_is_the_authoritative_sides() {
        let engine = [0x80, 0, 0, 9, 3, 2, 0, 0, 0, 0, 0xaa];
        let encrypted = tlv(4, &[&[0; 40]]);
        let lines = [
            "sender snmp.version=3",
            "sender snmp.engine_id=8000000903020000 0000aa",
            "sender snmp.engine_enterprise=9",
            "sender snmp.engine_mac=02:00:00:00:00:aa",
            "sender snmp.uptime=2026-11-20T13:57:00.000Z",
        ]
        .map(|line| line.replace(' ', "").replace("sender", "sender "));
        let answer = v3(0x03, &engine, &encrypted);
        assert_eq!(datagram(&Snmp, &meta(), &answer), lines);
        truncations(&Snmp, &meta(), &answer);
        let cisco = [0x80, 0, 0, 9, 3, 0, 2, 0, 0, 0, 0, 0xaa];
        assert_eq!(datagram(&Snmp, &meta(), &v3(0x03, &cisco, &encrypted))[3], lines[3]);
        let ask = datagram(&Snmp, &meta(), &v3(0x07, &engine, &encrypted));
        assert_eq!(ask.len(), 3);
        assert!(ask[0].starts_with("receiver snmp.engine_id="));
        assert!(datagram(&Snmp, &meta(), &v3(0x04, &[], &encrypted)).is_empty());
    }

    #[test]
    fn a_plain_scoped_message_is_read() {
        let list = tlv(0x30, &[&varbind(&[1, 5, 0], 4, b"sw1")]);
        let pdu = tlv(0xa2, &[&numbers(), &list]);
        let scoped = tlv(0x30, &[&tlv(4, &[b"engine"]), &tlv(4, &[b"joes context"]), &pdu]);
        let lines = datagram(&Snmp, &meta(), &v3(0x01, &[0, 0, 0, 9, 1, 1, 1, 1, 1, 1, 1, 1], &scoped));
        assert_eq!(lines.last().unwrap(), "sender snmp.sysname=sw1");
    }

    #[test]
    fn other_sequences_are_refused() {
        // LDAP bind request; a certificate's start; a version nobody has.
        for other in ["300c020101600702010304008000", "3082010a0282010100", "300a020102040170a0020500"] {
            let bytes = crate::testing::hex(other);
            assert_eq!(Snmp.probe(&Meta::default(), &bytes), Probe::No, "{other}");
        }
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Snmp, include_str!("../../vectors/snmp/net_snmp.txt"));
    }
}
