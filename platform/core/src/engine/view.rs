//! Entries as queries see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::Mac;
use query::{Column, Row, Value};
use store::SensorNumber;

use super::entry::Entry;

/// Names of sensors: kept apart, since a sensor may be renamed.
pub type Names = BTreeMap<SensorNumber, String>;

/// A sensor's name; one that is not known is called by its number.
pub fn sensor(names: &Names, number: SensorNumber) -> Cow<'_, str> {
    match names.get(&number) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("sensor-{}", number.0)),
    }
}

/// An entry as queries see it.
pub struct View<'a>(pub &'a Entry, pub &'a Names);

/// What is asked of each value.
type Take<'t> = dyn FnMut(Value<'_>) -> bool + 't;

impl Row for View<'_> {
    fn any(&self, column: Column, take: &mut Take<'_>) -> bool {
        let View(entry, names) = *self;
        match column {
            Column::Name => text(take, &entry.name) || texts(take, &entry.hostnames),
            Column::Category => text(take, &entry.category),
            Column::Type => text(take, &entry.kind),
            Column::Maker => text(take, &entry.maker),
            Column::Model => text(take, &entry.model),
            Column::Os => text(take, &entry.os) || text(take, &entry.os_family),
            Column::OsFamily => text(take, &entry.os_family),
            Column::Ip => entry.ips.iter().any(|ip| take(Value::Address(*ip))),
            Column::Mac => entry.macs.iter().any(|(_, mac)| text(take, written(*mac, &mut [0; 17]))),
            Column::MacVendor => texts(take, &entry.mac_vendors),
            Column::Network => text(take, &entry.network),
            Column::Vlan => entry.vlans.iter().any(|vlan| take(Value::Number((*vlan).into()))),
            Column::Switch => text(take, &entry.switch_port),
            Column::Service => {
                let mut service = |(transport, port): &(_, u16)| {
                    text(take, &format!("{transport}/{port}")) || text(take, &port.to_string())
                };
                entry.services.iter().any(&mut service) || texts(take, &entry.protocols)
            }
            Column::Port => entry.services.iter().any(|(_, port)| take(Value::Number((*port).into()))),
            Column::Flag => texts(take, &entry.flags),
            Column::Role => texts(take, &entry.roles),
            Column::Tag => texts(take, &entry.tags),
            Column::Owner => text(take, &entry.owner),
            Column::Criticality => text(take, &entry.criticality),
            Column::SeenBy => entry.sensors.iter().any(|number| text(take, &sensor(names, *number))),
            Column::State => text(take, &entry.state),
            Column::Confidence => take(Value::Number(entry.confidence())),
            Column::FirstSeen => take(Value::Time(entry.first)),
            Column::LastSeen | Column::Age => take(Value::Time(entry.last())),
            Column::Id => text(take, &entry.id.to_string()),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.text())
    }
}

/// A MAC as text, without taking memory for it: a list asks all of them.
fn written(mac: Mac, to: &mut [u8; 17]) -> &str {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).map_or(b'0', |c| c as u8);
    for (byte, part) in mac.0.iter().zip(to.chunks_mut(3)) {
        for (to, from) in part.iter_mut().zip([digit(byte >> 4), digit(byte & 15), b':']) {
            *to = from;
        }
    }
    std::str::from_utf8(to).unwrap_or_default()
}

fn text(take: &mut Take<'_>, text: &str) -> bool {
    take(Value::Text(text))
}

fn texts<T: AsRef<str>>(take: &mut Take<'_>, all: &[T]) -> bool {
    all.iter().any(|text| take(Value::Text(text.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_are_written_as_everywhere() {
        for mac in [Mac([0, 0x1b, 0x2c, 0xff, 9, 0xa0]), Mac([0xff; 6])] {
            assert_eq!(written(mac, &mut [0; 17]), mac.to_string());
        }
    }
}
