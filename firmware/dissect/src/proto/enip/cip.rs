//! CIP messages (ODVA, The CIP Networks Library volume 1: services 3-4, paths
//! C-1, Identity object 5-2, Connection Manager 3-5) and PCCC in CIP (Rockwell
//! 1770-6.5.16, "DF1 protocol and command set").
//!
//! An answer does not say what it answers, so the few requests that ask for an
//! identity are remembered until it comes. What was asked of a slot behind a
//! port segment is said of that slot, not of the host.

use super::{Identity, MODULE, PCCC};
use crate::{About, Reader, Scratch, Sink, Text, printable};

const GET_ATTRIBUTES_ALL: u8 = 0x01;
const GET_ATTRIBUTE_LIST: u8 = 0x03;
const GET_ATTRIBUTE_SINGLE: u8 = 0x0e;
const EXECUTE_PCCC: u8 = 0x4b;
const UNCONNECTED_SEND: u8 = 0x52;
const FORWARD_OPEN: u8 = 0x54;
const LARGE_FORWARD_OPEN: u8 = 0x5b;

const IDENTITY: u16 = 0x01;
const CONNECTION_MANAGER: u16 = 0x06;
const PCCC_OBJECT: u16 = 0x67;

/// Most segments of a path that are read.
const MOST_SEGMENTS: usize = 16;

/// Where a message goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Route {
    /// To the host itself.
    #[default]
    Direct,
    /// Over the backplane to a slot.
    Slot(u8),
    /// Further, or through a port that is no backplane: not known whom it names.
    Far,
}

/// A path: object and route.
#[derive(Clone, Copy, Debug, Default)]
struct Path {
    class: u16,
    instance: u16,
    attribute: u16,
    route: Route,
}

impl Path {
    /// Reads the segments; `None` for a kind of unknown length.
    fn new(bytes: &[u8]) -> Option<Path> {
        let (mut path, mut reader) = (Path::default(), Reader::new(bytes));
        for _ in 0..MOST_SEGMENTS {
            let Some(kind) = reader.u8() else {
                return Some(path);
            };
            match kind {
                0x00..=0x1f => path.route = port_segment(kind, path.route, &mut reader)?,
                0x20 => path.class = u16::from(reader.u8()?),
                0x24 => path.instance = u16::from(reader.u8()?),
                0x30 => path.attribute = u16::from(reader.u8()?),
                0x21 => path.class = wide(&mut reader)?,
                0x25 => path.instance = wide(&mut reader)?,
                0x31 => path.attribute = wide(&mut reader)?,
                // Member and connection point.
                0x28 | 0x2c => reader.skip(1)?,
                0x29 | 0x2d => reader.skip(3)?,
                // Electronic key: format, then eight bytes of what is expected there.
                0x34 => reader.skip(9)?,
                _ => return None,
            }
        }
        None
    }
}

/// A 16-bit logical value stands behind a pad byte.
fn wide(reader: &mut Reader<'_>) -> Option<u16> {
    reader.skip(1)?;
    reader.le16()
}

/// Port and link address; port 1 with a one-byte address is the backplane.
fn port_segment(kind: u8, before: Route, reader: &mut Reader<'_>) -> Option<Route> {
    let (port, long) = (kind & 0xf, kind & 0x10 != 0);
    let length = if long { reader.u8()? } else { 1 };
    if port == 0xf {
        reader.skip(2)?;
    }
    let address = reader.take(usize::from(length))?;
    if long && length % 2 == 1 {
        reader.skip(1)?;
    }
    Some(match (before, port, address) {
        (Route::Direct, 1, [slot]) => Route::Slot(*slot),
        _ => Route::Far,
    })
}

/// A request that awaits its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    key: u16,
    service: u8,
    /// Identity attribute of a single read, else 0.
    attribute: u8,
    route: Route,
}

/// Services that are remembered, at the place that the scratch stores; the first stands for none.
const SERVICES: [u8; 7] = [
    0,
    GET_ATTRIBUTES_ALL,
    GET_ATTRIBUTE_LIST,
    GET_ATTRIBUTE_SINGLE,
    EXECUTE_PCCC,
    FORWARD_OPEN,
    LARGE_FORWARD_OPEN,
];

/// Route as two bits and a slot.
fn pack_route(route: Route) -> (u8, u8) {
    match route {
        Route::Direct => (1, 0),
        Route::Slot(slot) => (2, slot),
        Route::Far => (3, 0),
    }
}

fn unpack_route(bits: u8, slot: u8) -> Option<Route> {
    match bits & 3 {
        1 => Some(Route::Direct),
        2 => Some(Route::Slot(slot)),
        3 => Some(Route::Far),
        _ => None,
    }
}

impl Asked {
    /// Key, slot, then three bits each of service and attribute and two of route.
    fn pack(self) -> u32 {
        let service = SERVICES.iter().position(|service| *service == self.service).unwrap_or(0);
        let (route, slot) = pack_route(self.route);
        let low = (service as u8) << 5 | (self.attribute & 7) << 2 | route;
        let [a, b] = self.key.to_be_bytes();
        u32::from_be_bytes([a, b, slot, low])
    }

    fn unpack(word: u32) -> Option<Asked> {
        let [a, b, slot, low] = word.to_be_bytes();
        let service = *SERVICES.get(usize::from(low >> 5)).filter(|service| **service != 0)?;
        let route = unpack_route(low, slot)?;
        Some(Asked { key: u16::from_be_bytes([a, b]), service, attribute: low >> 2 & 7, route })
    }
}

/// What one flow remembers, packed into the scratch: flags, and up to three
/// requests in the order they were sent.
pub struct State<'a> {
    /// Byte 0: who was told; byte 1: the ring's oldest place; bytes 2 and 3:
    /// where connected messages go, 0 while it is not known.
    flags: &'a mut u32,
    ring: &'a mut [u32; 3],
}

impl<'a> State<'a> {
    /// Over a flow's scratch.
    pub fn new(scratch: &'a mut Scratch) -> State<'a> {
        let [flags, ring @ ..] = scratch;
        State { flags, ring }
    }

    fn edit(&mut self, change: impl FnOnce(&mut [u8; 4])) {
        let mut bytes = self.flags.to_le_bytes();
        change(&mut bytes);
        *self.flags = u32::from_le_bytes(bytes);
    }

    /// True the first time for each role.
    pub fn first_time(&mut self, target: bool) -> bool {
        let bit = if target { 2 } else { 1 };
        let first = *self.flags & bit == 0;
        *self.flags |= bit;
        first
    }

    /// Remembers a request in place of the oldest.
    fn ask(&mut self, asked: Asked) {
        let [_, oldest, ..] = self.flags.to_le_bytes();
        if let Some(place) = self.ring.get_mut(usize::from(oldest)) {
            *place = asked.pack();
        }
        self.edit(|[_, oldest, ..]| *oldest = (*oldest % 3).wrapping_add(1) % 3);
    }

    /// The oldest request with this key that such a service answers, forgotten now.
    fn take(&mut self, key: u16, service: u8) -> Option<Asked> {
        let [_, oldest, ..] = self.flags.to_le_bytes();
        for step in 0..3 {
            let place = self.ring.get_mut(usize::from(oldest.wrapping_add(step) % 3))?;
            let Some(asked) = Asked::unpack(*place) else {
                continue;
            };
            // A router that could not pass a message on answers in its own name.
            if asked.key == key && (asked.service == service || service == UNCONNECTED_SEND) {
                *place = 0;
                return Some(asked);
            }
        }
        None
    }

    /// Where the flow's connections lead, if all lead to one place.
    fn connected(&self) -> Option<Route> {
        let [_, _, route, slot] = self.flags.to_le_bytes();
        unpack_route(route, slot)
    }

    fn connect(&mut self, route: Route) {
        let route = match self.connected() {
            Some(before) if before != route => Route::Far,
            _ => route,
        };
        let (bits, slot) = pack_route(route);
        self.edit(|[_, _, at, behind]| (*at, *behind) = (bits, slot));
    }
}

/// Service, path and data of a request.
fn split(message: &[u8]) -> Option<(u8, Path, &[u8])> {
    let mut reader = Reader::new(message);
    let (service, words) = (reader.u8()?, reader.u8()?);
    let path = Path::new(reader.take(usize::from(words).saturating_mul(2))?)?;
    Some((service, path, reader.rest()))
}

/// Remembers a request if its answer is worth reading.
pub fn request(message: &[u8], key: u16, connected: bool, state: &mut State<'_>) {
    let Some((service, path, data)) = split(message) else {
        return;
    };
    let found = match (service, path.class) {
        (UNCONNECTED_SEND, CONNECTION_MANAGER) => unconnected(data, key),
        (FORWARD_OPEN | LARGE_FORWARD_OPEN, CONNECTION_MANAGER) => {
            opened(service == LARGE_FORWARD_OPEN, data).map(|route| Asked {
                key,
                service,
                attribute: 0,
                route,
            })
        }
        _ => wanted(service, &path, data, key),
    };
    let Some(mut asked) = found else {
        return;
    };
    if connected && asked.route == Route::Direct {
        // Over a connection whose opening was not seen nobody knows whom it reaches.
        asked.route = state.connected().unwrap_or(Route::Far);
    }
    // A connection that leads too far has to be known all the same.
    if asked.route != Route::Far || matches!(asked.service, FORWARD_OPEN | LARGE_FORWARD_OPEN) {
        state.ask(asked);
    }
}

/// A read of the identity object, or of PCCC's diagnostic status.
fn wanted(service: u8, path: &Path, data: &[u8], key: u16) -> Option<Asked> {
    let attribute = match (service, path.class, path.instance) {
        (GET_ATTRIBUTES_ALL | GET_ATTRIBUTE_LIST, IDENTITY, 1) => 0,
        (GET_ATTRIBUTE_SINGLE, IDENTITY, 1) if (1..=7).contains(&path.attribute) => path.attribute as u8,
        (EXECUTE_PCCC, PCCC_OBJECT, _) => {
            let mut reader = Reader::new(data);
            skip_requestor(&mut reader)?;
            // Command 06, status, transaction, function 03.
            matches!(reader.array()?, [6, _, _, _, 3]).then_some(0)?
        }
        _ => return None,
    };
    Some(Asked { key, service, attribute, route: path.route })
}

/// Requestor id of Execute PCCC: its length, which counts itself, vendor and serial.
fn skip_requestor(reader: &mut Reader<'_>) -> Option<()> {
    let length = reader.u8()?;
    reader.skip(usize::from(length).checked_sub(1)?)
}

/// The request inside an Unconnected Send (3-5.5.4): two bytes of time-out, its
/// length, the request padded to even, then the route.
fn unconnected(data: &[u8], key: u16) -> Option<Asked> {
    let mut reader = Reader::new(data);
    reader.skip(2)?;
    let length = reader.le16()?;
    let message = reader.take(usize::from(length))?;
    if length % 2 == 1 {
        reader.skip(1)?;
    }
    let words = reader.u8()?;
    reader.skip(1)?;
    let route = Path::new(reader.take(usize::from(words).saturating_mul(2))?)?.route;
    let (service, path, inner) = split(message)?;
    Some(Asked { route, ..wanted(service, &path, inner, key)? })
}

/// Route of a connection that is being opened (3-5.5.2); the large form has two
/// wider parameters.
fn opened(large: bool, data: &[u8]) -> Option<Route> {
    let mut reader = Reader::new(data);
    reader.skip(if large { 39 } else { 35 })?;
    let words = reader.u8()?;
    Some(Path::new(reader.take(usize::from(words).saturating_mul(2))?)?.route)
}

/// Reads an answer to a request that is remembered; `None` for all others.
pub fn answer(message: &[u8], key: u16, state: &mut State<'_>, sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(message);
    let (service, _, status, more) = (reader.u8()? & 0x7f, reader.u8()?, reader.u8()?, reader.u8()?);
    let asked = state.take(key, service)?;
    if status != 0 || service != asked.service {
        return None;
    }
    reader.skip(usize::from(more).saturating_mul(2))?;
    match service {
        FORWARD_OPEN | LARGE_FORWARD_OPEN => state.connect(asked.route),
        EXECUTE_PCCC => {
            let text = diagnostic_status(&mut reader)?;
            if asked.route == Route::Direct && !text.is_empty() {
                sink.observe(About::Sender, &PCCC, &text);
            }
        }
        GET_ATTRIBUTES_ALL => tell(&Identity::all(&mut reader)?, asked.route, sink),
        GET_ATTRIBUTE_SINGLE => {
            let mut identity = Identity::default();
            identity.attribute(u16::from(asked.attribute), &mut reader)?;
            tell(&identity, asked.route, sink);
        }
        GET_ATTRIBUTE_LIST => tell(&listed(&mut reader)?, asked.route, sink),
        _ => {}
    }
    Some(())
}

/// Attributes of a list answer: count, then number, status and value each; ends
/// at the first one of unknown length.
fn listed<'a>(reader: &mut Reader<'a>) -> Option<Identity<'a>> {
    let mut identity = Identity::default();
    for _ in 0..reader.le16()? {
        let (Some(number), Some(status)) = (reader.le16(), reader.le16()) else {
            break;
        };
        if status == 0 && identity.attribute(number, reader).is_none() {
            break;
        }
    }
    Some(identity)
}

/// Says an identity of whom it belongs to; a module behind the host needs a name.
fn tell(identity: &Identity<'_>, route: Route, sink: &mut dyn Sink) {
    let slot = match route {
        Route::Direct => return identity.tell(sink),
        Route::Slot(slot) => slot,
        Route::Far => return,
    };
    let name = printable(identity.name.unwrap_or_default());
    if name.is_empty() {
        return;
    }
    let mut text = Text::of(format_args!("slot {slot}: {}", &*name));
    let mut add = |args: core::fmt::Arguments<'_>| {
        let _ = core::fmt::Write::write_fmt(&mut text, args);
    };
    if let Some(vendor) = identity.vendor {
        add(format_args!(", vendor {vendor}"));
    }
    if let Some(kind) = identity.device_type {
        add(format_args!(", type {kind}"));
    }
    if let Some(code) = identity.product_code {
        add(format_args!(", code {code}"));
    }
    if let Some([major, minor]) = identity.revision {
        add(format_args!(", revision {major}.{minor}"));
    }
    if let Some(serial) = identity.serial {
        add(format_args!(", serial {serial:08x}"));
    }
    sink.observe(About::Sender, &MODULE, &text);
}

/// Catalogue text of the answer to PCCC's diagnostic status (command 06, function
/// 03): requestor id, command with 0x40, status, transaction, then five bytes of
/// mode and types and eleven characters. Other answers have no such text.
fn diagnostic_status(reader: &mut Reader<'_>) -> Option<Text> {
    skip_requestor(reader)?;
    let [0x46, 0, _, _] = reader.array()? else {
        return None;
    };
    reader.skip(5)?;
    let text = reader.take(11)?;
    text.iter().all(|byte| matches!(byte, b' '..=b'~' | 0)).then(|| printable(text))
}
