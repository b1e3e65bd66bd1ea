//! Pages of the catalogue: one pass filters, keeps the rows of the page and counts.

use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use model::Time;
use query::{Column, Query};
use store::SensorNumber;

use super::catalogue::Catalogue;
use super::entry::Entry;
use super::order::{At, Order};
use super::view::{Names, View, sensor};
use super::words::Word;
use crate::views::Facet;

/// Columns that are counted.
const FACETS: &[Column] = &[
    Column::Network,
    Column::State,
    Column::Category,
    Column::Type,
    Column::Maker,
    Column::OsFamily,
    Column::Vlan,
    Column::SeenBy,
    Column::Role,
    Column::Flag,
    Column::Tag,
    Column::Criticality,
    Column::Switch,
];

/// Values of a facet that are shown.
const FACET_VALUES: usize = 12;

/// What is looked for.
pub struct Search<'a> {
    /// Which.
    pub query: &'a Query,
    /// In which order.
    pub order: Order,
    /// Only rows behind this one.
    pub after: Option<At>,
    /// Most rows.
    pub limit: usize,
    /// Count the facets.
    pub facets: bool,
    /// What ages are counted from.
    pub now: Time,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Rows of the page, in order, each with its place.
    pub rows: Vec<(At, Arc<Entry>)>,
    /// There are rows behind these.
    pub more: bool,
    /// Rows that match, before and behind the page too.
    pub total: u64,
    /// Counts by column.
    pub facets: Vec<Facet>,
}

/// A row that may be of the page; the heap's largest is the last of the order.
struct Candidate {
    order: Order,
    at: At,
    entry: Arc<Entry>,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> std::cmp::Ordering {
        self.order.compare(&self.at, &other.at)
    }
}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Candidate {}

impl Search<'_> {
    /// Looks through the catalogue.
    pub fn run(&self, catalogue: &Catalogue, names: &Names) -> Found {
        let mut found = Found::default();
        let mut heap: BinaryHeap<Candidate> = BinaryHeap::new();
        let mut counts = Counts::new(if self.facets { FACETS } else { &[] }, names);
        catalogue.each(|entry| {
            if !self.query.matches(&View(entry, names), self.now) {
                return;
            }
            found.total += 1;
            counts.add(entry);
            let at = (self.order.place(entry), entry.id);
            if self.after.as_ref().is_some_and(|after| self.order.compare(&at, after).is_le()) {
                return;
            }
            let full = heap.len() > self.limit;
            if full && heap.peek().is_some_and(|last| self.order.compare(&at, &last.at).is_ge()) {
                return;
            }
            heap.push(Candidate { order: self.order, at, entry: entry.clone() });
            if full {
                heap.pop();
            }
        });
        found.rows = heap.into_sorted_vec().into_iter().map(|one| (one.at, one.entry)).collect();
        found.more = found.rows.len() > self.limit;
        found.rows.truncate(self.limit);
        found.facets = counts.facets();
        found
    }
}

/// Counts of the values of some columns. Texts are shared, so a value is told by
/// its address: hashing every text of every row is what a page would wait for.
pub struct Counts<'a> {
    columns: Vec<(Column, Values)>,
    names: &'a Names,
}

/// Values by address or number, with how often each is there.
type Values = HashMap<u64, (Counted, u64), BuildHasherDefault<Spread>>;

/// A value that is counted.
#[derive(Clone)]
enum Counted {
    Text(Word),
    Number(u16),
    Sensor(SensorNumber),
}

/// Spreads addresses and small numbers over a table (multiplication by the golden ratio).
#[derive(Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte) ^ self.0));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

impl<'a> Counts<'a> {
    /// Nothing yet.
    pub fn new(columns: &[Column], names: &'a Names) -> Counts<'a> {
        Counts { columns: columns.iter().map(|column| (*column, Values::default())).collect(), names }
    }

    /// Counts a row's values; an empty one is none.
    pub fn add(&mut self, entry: &Entry) {
        for (column, counts) in &mut self.columns {
            let mut count = |key: u64, value: &dyn Fn() -> Counted| {
                counts.entry(key).or_insert_with(|| (value(), 0)).1 += 1;
            };
            let mut text = |word: &Word| {
                if !word.is_empty() {
                    count(word.as_ptr() as u64, &|| Counted::Text(word.clone()));
                }
            };
            match column {
                Column::Network => text(&entry.network),
                Column::State => text(&entry.state),
                Column::Category => text(&entry.category),
                Column::Type => text(&entry.kind),
                Column::Maker => text(&entry.maker),
                Column::OsFamily => text(&entry.os_family),
                Column::Criticality => text(&entry.criticality),
                Column::Switch => text(&entry.switch_port),
                Column::Role => entry.roles.iter().for_each(text),
                Column::Flag => entry.flags.iter().for_each(text),
                Column::Tag => entry.tags.iter().for_each(text),
                Column::Vlan => {
                    entry.vlans.iter().for_each(|vlan| count((*vlan).into(), &|| Counted::Number(*vlan)));
                }
                Column::SeenBy => entry
                    .sensors
                    .iter()
                    .for_each(|number| count(number.0.into(), &|| Counted::Sensor(*number))),
                // Not counted: too many values, or none that repeat.
                _ => {}
            }
        }
    }

    /// The counts of a column, largest first.
    pub fn of(&self, column: Column) -> Vec<(String, u64)> {
        let counts = self.columns.iter().find(|(of, _)| *of == column).map(|(_, counts)| counts);
        let text = |value: &Counted| match value {
            Counted::Text(text) => text.to_string(),
            Counted::Number(number) => number.to_string(),
            Counted::Sensor(number) => sensor(self.names, *number).into_owned(),
        };
        let all = counts.into_iter().flat_map(HashMap::values);
        let mut all: Vec<(String, u64)> = all.map(|(value, count)| (text(value), *count)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }

    /// All of them, for a page; columns without values are left out.
    pub fn facets(&self) -> Vec<Facet> {
        let facet = |(column, _): &(Column, _)| {
            let mut values = self.of(*column);
            let more = values.len().saturating_sub(FACET_VALUES) as u64;
            values.truncate(FACET_VALUES);
            Facet { column: column.name().to_owned(), label: column.label().to_owned(), values, more }
        };
        self.columns.iter().map(facet).filter(|facet| !facet.values.is_empty()).collect()
    }
}
