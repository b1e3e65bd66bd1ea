//! Orders of lists, and cursors: where a page ended, as value and id of its last row.

use std::cmp::Ordering;

use query::Column;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::summary::AssetId;
use crate::error::{Error, Result};

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    column: Column,
    descending: bool,
}

/// A row's place in an order; nothing comes last when ascending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// Texts, in lower case.
    Text(Box<str>),
    /// Numbers, times, addresses.
    Number(u128),
    /// The row has no such value.
    Nothing,
}

/// Place and id: no two rows are at the same.
pub type At = (Place, AssetId);

impl Order {
    /// Reads a column's name, with `-` before it for descending; empty: by name.
    pub fn parse(text: &str) -> Result<Order> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let name = if name.is_empty() { "name" } else { name };
        match Column::named(name) {
            Some(column) => Ok(Order { column, descending }),
            None => {
                let like = Column::like(name).map_or("name", Column::name);
                Err(Error::invalid("sort", format!("there is no column `{name}`: did you mean `{like}`?")))
            }
        }
    }

    /// Where a row stands.
    pub fn place(&self, entry: &Entry) -> Place {
        let text = |text: &str| match text {
            "" => Place::Nothing,
            text => Place::Text(text.to_lowercase().into()),
        };
        let first = |texts: Option<&str>| texts.map_or(Place::Nothing, text);
        let number = |number: Option<u128>| number.map_or(Place::Nothing, Place::Number);
        match self.column {
            Column::Name => match entry.folded_name() {
                "" => Place::Nothing,
                name => Place::Text(name.into()),
            },
            Column::Category => text(&entry.category),
            Column::Type => text(&entry.kind),
            Column::Maker => text(&entry.maker),
            Column::Model => text(&entry.model),
            Column::Os => text(&entry.os),
            Column::OsFamily => text(&entry.os_family),
            Column::Network => text(&entry.network),
            Column::Switch => text(&entry.switch_port),
            Column::Owner => text(&entry.owner),
            Column::Criticality => text(&entry.criticality),
            Column::State => text(&entry.state),
            Column::MacVendor => first(entry.mac_vendors.first().map(AsRef::as_ref)),
            Column::Flag => first(entry.flags.first().map(AsRef::as_ref)),
            Column::Role => first(entry.roles.first().map(AsRef::as_ref)),
            Column::Tag => first(entry.tags.first().map(AsRef::as_ref)),
            // IPv4 before IPv6.
            Column::Ip => number(entry.ips.first().map(|ip| match ip {
                std::net::IpAddr::V4(v4) => u128::from(v4.to_bits()),
                std::net::IpAddr::V6(v6) => v6.to_bits().max(1 << 32),
            })),
            Column::Mac => number(entry.macs.first().map(|(_, mac)| mac.to_u64().into())),
            Column::Vlan => number(entry.vlans.first().map(|vlan| (*vlan).into())),
            Column::Service | Column::Port => number(Some(entry.services.len() as u128)),
            Column::SeenBy => number(entry.sensors.first().map(|sensor| sensor.0.into())),
            Column::Confidence => number(Some((entry.confidence() * 1e4) as u128)),
            Column::FirstSeen => number(Some(entry.first.0.into())),
            Column::LastSeen => number(Some(entry.last().0.into())),
            // The younger the later it was heard.
            Column::Age => number(Some((u64::MAX - entry.last().0).into())),
            Column::Id => number(Some(entry.id.0)),
        }
    }

    /// Which of two comes first.
    pub fn compare(&self, a: &At, b: &At) -> Ordering {
        let by_place = match self.descending {
            false => a.0.cmp(&b.0),
            // What has no value stays last.
            true => match (&a.0, &b.0) {
                (Place::Nothing, _) | (_, Place::Nothing) => a.0.cmp(&b.0),
                (a, b) => b.cmp(a),
            },
        };
        by_place.then(a.1.cmp(&b.1))
    }

    /// Where a page ended, as text.
    pub fn cursor(&self, at: &At) -> String {
        let cursor = (self.column.name(), self.descending, &at.0, at.1.0);
        let bytes = postcard::to_extend(&cursor, Vec::new()).unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a cursor of this order back.
    pub fn read_cursor(&self, text: &str) -> Result<At> {
        let refuse = || Error::invalid("cursor", "take `next` of the page before, with the same order");
        let digits: Option<Vec<u8>> = text.chars().map(|c| Some(c.to_digit(16)? as u8)).collect();
        let digits = digits.ok_or_else(refuse)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(refuse()) };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        let read: std::result::Result<(&str, bool, Place, u128), _> = postcard::from_bytes(&bytes);
        match read {
            Ok((column, descending, place, id))
                if (column, descending) == (self.column.name(), self.descending) =>
            {
                Ok((place, AssetId(id)))
            }
            _ => Err(refuse()),
        }
    }
}
