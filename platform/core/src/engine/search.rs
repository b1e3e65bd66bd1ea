//! Pages of the catalogue: one pass filters, keeps the rows of the page and counts.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use model::Time;
use query::{Column, Query, Row, Value};

use super::catalogue::Catalogue;
use super::entry::Entry;
use super::order::{At, Order};
use super::view::{Names, View};
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
        let mut counts = Counts::new(if self.facets { FACETS } else { &[] });
        catalogue.each(|entry| {
            let row = View(entry, names);
            if !self.query.matches(&row, self.now) {
                return;
            }
            found.total += 1;
            counts.add(&row);
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

/// Counts of the values of some columns.
pub struct Counts(Vec<(Column, HashMap<Box<str>, u64>)>);

impl Counts {
    /// Nothing yet.
    pub fn new(columns: &[Column]) -> Counts {
        Counts(columns.iter().map(|column| (*column, HashMap::new())).collect())
    }

    /// Counts a row's values; an empty one is none.
    pub fn add(&mut self, row: &dyn Row) {
        for (column, counts) in &mut self.0 {
            row.any(*column, &mut |value| {
                let mut count = |text: &str| match counts.get_mut(text) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(text.into(), 1);
                    }
                };
                match value {
                    Value::Text("") | Value::Address(_) | Value::Time(_) => {}
                    Value::Text(text) => count(text),
                    Value::Number(number) => count(&number.to_string()),
                }
                false
            });
        }
    }

    /// The counts of a column, largest first.
    pub fn of(&self, column: Column) -> Vec<(String, u64)> {
        let counts = self.0.iter().find(|(of, _)| *of == column).map(|(_, counts)| counts);
        let mut all: Vec<(String, u64)> =
            counts.into_iter().flatten().map(|(value, count)| (value.to_string(), *count)).collect();
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
        self.0.iter().map(facet).filter(|facet| !facet.values.is_empty()).collect()
    }
}
