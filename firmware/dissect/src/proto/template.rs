//! Template Protocol (name of the specification, number and date).
//!
//! | bytes | becomes |
//! |---|---|
//! | version, name | `template.name` about the sender |

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, printable};

/// Name the sender gives itself.
pub const NAME: Field = Field::host("template.name");

static INFO: Info = Info {
    name: "template",
    title: "Template Protocol",
    spec: "the specification that was followed",
    over: &[Over::Udp(&[65000])],
    first_bytes: &[],
    fields: &[NAME],
    budget: 0,
};

/// First two bytes of every message.
const MAGIC: [u8; 2] = [0x54, 0x50];

/// Kind of a message; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: here I am.
    Hello,
    /// Any other.
    Unknown(u8),
}

/// A message whose lengths have been checked: all fields are there.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What it is.
    pub kind: Kind,
    /// Name, as on the wire.
    pub name: &'a [u8],
}

impl<'a> View<'a> {
    /// `None` for other magic bytes and when the name is not whole.
    pub fn new(bytes: &'a [u8]) -> Option<View<'a>> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != MAGIC {
            return None;
        }
        let kind = match reader.u8()? {
            1 => Kind::Hello,
            other => Kind::Unknown(other),
        };
        let length = usize::from(reader.u8()?);
        Some(View { kind, name: reader.take(length)? })
    }
}

/// The protocol.
pub struct Template;

impl Protocol for Template {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, _: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes) else {
            return Outcome::Malformed;
        };
        if view.kind == Kind::Hello {
            sink.observe(About::Sender, &NAME, &printable(view.name));
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};

    const HELLO: &str = "5450 01 03 706331";

    #[test]
    fn a_hello_names_its_sender() {
        assert_eq!(datagram(&Template, &Meta::default(), &hex(HELLO)), ["sender template.name=pc1"]);
        truncations(&Template, &Meta::default(), &hex(HELLO));
    }

    #[test]
    fn other_kinds_and_other_bytes_say_nothing() {
        assert!(datagram(&Template, &Meta::default(), &hex("5450 02 03 706331")).is_empty());
        assert_eq!(Template.probe(&Meta::default(), &hex("5451 01 00")), Probe::No);
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Template, include_str!("../../vectors/template/recorded.txt"));
    }
}
