//! Link-local multicast name resolution (RFC 4795).
//!
//! | bytes | becomes |
//! |---|---|
//! | owner of the A and AAAA records of a response, target of its PTR records | `llmnr.hostname` about the sender |
//!
//! What a question asks for is somebody else's name, or nobody's.

use model::Field;

use crate::dns_wire::{CLASS_IN, Message, Name, Section, kind};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink};

/// The name the sender answered for.
pub const HOSTNAME: Field = Field::host("llmnr.hostname");

static INFO: Info = Info {
    name: "llmnr",
    title: "Link-Local Multicast Name Resolution",
    spec: "RFC 4795",
    over: &[Over::Udp(&[PORT]), Over::Tcp(&[PORT])],
    first_bytes: &[],
    fields: &[HOSTNAME],
    budget: 0,
};

const PORT: u16 = 5355;
const TCP: u8 = 6;

/// T: the responder does not yet know whether the name is its own.
const TENTATIVE: u16 = 0x0100;
const RESERVED: u16 = 0x00f0;

/// The protocol.
pub struct Llmnr;

impl Protocol for Llmnr {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        let (message, whole) = match framed(meta, bytes) {
            Some((body, length)) => (body, body.len() == length),
            None if meta.cut => return Probe::No,
            None => return Probe::More,
        };
        match (is_mine(meta, message), whole || meta.cut) {
            (true, _) => Probe::Yes,
            (false, true) => Probe::No,
            (false, false) => Probe::More,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some((body, length)) = framed(meta, bytes) else {
            return if meta.cut { Outcome::Done } else { Outcome::More };
        };
        if body.len() < length && !meta.cut {
            return Outcome::More;
        }
        // A message that is all there is held to the rule, whatever follows it.
        let cut = meta.cut && (meta.transport != TCP || body.len() < length);
        if !is_mine(&Meta { cut, ..*meta }, body) {
            return Outcome::Malformed;
        }
        read(meta, body, sink);
        let prefix = if meta.transport == TCP { 2 } else { 0 };
        Outcome::Took(length.saturating_add(prefix))
    }
}

/// What there is of the first message, and its whole length; over TCP a length
/// of two octets stands before it.
fn framed<'a>(meta: &Meta, bytes: &'a [u8]) -> Option<(&'a [u8], usize)> {
    if meta.transport != TCP {
        return Some((bytes, bytes.len()));
    }
    let mut reader = Reader::new(bytes);
    let length = usize::from(reader.be16()?);
    Some((reader.take_up_to(length), length))
}

/// One question of class IN, opcode 0, reserved bits zero (section 2.1.1).
fn is_mine(meta: &Meta, bytes: &[u8]) -> bool {
    Message::new(bytes).is_some_and(|message| {
        let [questions, answers, authority, _] = message.counts;
        let counts = questions == 1 && (message.is_response() || answers == 0 && authority == 0);
        counts
            && message.opcode() == 0
            && message.flags & RESERVED == 0
            && message.question().is_some_and(|question| question.class == CLASS_IN)
            && (meta.cut || message.is_whole())
    })
}

fn read(meta: &Meta, bytes: &[u8], sink: &mut dyn Sink) {
    let answered = |message: &Message<'_>| {
        message.is_response() && message.rcode() == 0 && message.flags & TENTATIVE == 0 && meta.sport == PORT
    };
    let Some(message) = Message::new(bytes).filter(answered) else {
        return;
    };
    let mut last: Option<Name<'_>> = None;
    for entry in message.entries().filter(|entry| entry.section == Section::Answer) {
        let name = match entry.kind {
            kind::PTR => entry.target(0),
            _ => entry.address().map(|_| entry.name),
        };
        // All addresses of a host stand under one name: it is said once.
        if let Some(name) = name.filter(|name| !name.is_root() && last.is_none_or(|last| !last.is(name))) {
            sink.observe(About::Sender, &HOSTNAME, &name.text());
            last = Some(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build::{message, name, question, record};
    use crate::testing::{both_ways, datagram, truncations};
    use std::vec::Vec;

    fn meta() -> Meta {
        Meta { src: "10.0.0.9".parse().ok(), sport: PORT, dport: 50_000, transport: 17, ..Meta::default() }
    }

    fn answer() -> Vec<u8> {
        let records = [record("PC9", kind::A, 1, &[10, 0, 0, 9]), record("PC9", kind::A, 1, &[10, 0, 1, 9])];
        message(0x8000, [&[question("PC9", 1, 1)], &records, &[], &[]])
    }

    #[test]
    fn a_response_names_its_sender() {
        assert_eq!(Llmnr.probe(&meta(), &answer()), Probe::Yes);
        assert_eq!(datagram(&Llmnr, &meta(), &answer()), ["sender llmnr.hostname=PC9"]);
        let reverse = "9.0.0.10.in-addr.arpa";
        let pointer = record(reverse, kind::PTR, 1, &name("PC9"));
        let bytes = message(0x8000, [&[question(reverse, 12, 1)], &[pointer], &[], &[]]);
        assert_eq!(datagram(&Llmnr, &meta(), &bytes), ["sender llmnr.hostname=PC9"]);
        truncations(&Llmnr, &meta(), &answer());
    }

    #[test]
    fn questions_and_doubtful_answers_name_nobody() {
        let asked = message(0, [&[question("PC9", 255, 1)], &[], &[], &[]]);
        assert_eq!(Llmnr.probe(&meta(), &asked), Probe::Yes);
        assert!(datagram(&Llmnr, &meta(), &asked).is_empty());
        for (at, value) in [(2, 0x81), (3, 0x03)] {
            let mut doubtful = answer();
            doubtful[at] = value;
            assert!(datagram(&Llmnr, &meta(), &doubtful).is_empty());
        }
        assert!(datagram(&Llmnr, &Meta { sport: 1, ..meta() }, &answer()).is_empty());
    }

    #[test]
    fn streams_carry_messages_behind_their_length() {
        let meta = Meta { transport: TCP, ..meta() };
        let bytes = [&(answer().len() as u16).to_be_bytes()[..], &answer()].concat();
        let client = Meta { dport: PORT, sport: 50_000, ..meta };
        assert_eq!(both_ways(&Llmnr, &client, &[], &bytes), ["sender llmnr.hostname=PC9"]);
        truncations(&Llmnr, &meta, &bytes);
    }

    #[test]
    fn others_are_refused() {
        let dns = message(0x8180, [&[question("a.test", 1, 1)], &[], &[], &[]]);
        let multicast = message(0x8400, [&[], &[record("a.local", 1, 0x8001, &[1, 2, 3, 4])], &[], &[]]);
        for bytes in [&dns[..], &multicast, b"M-SEARCH * HTTP/1.1\r\n", &[0; 20], &[]] {
            assert_eq!(Llmnr.probe(&meta(), bytes), Probe::No);
        }
    }
}
