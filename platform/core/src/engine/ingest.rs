//! What sensors report, into the store and the index.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use identity::ComponentId;
use model::{Interval, NetworkId, Sighting, Time};
use store::{Changes, Line, SensorNumber, SightingKey, SightingRow, Store};
use wire::Report;

use super::Shared;
use super::check::{Checked, check};
use super::context::Context;
use super::fold::{Changed, SERVED, fold};
use super::locks::{lock, read, write};
use crate::error::Result;

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingested {
    /// It is on disk.
    Taken(Counts),
    /// Nothing of it was taken, for this reason; the line was not written either.
    Rejected(String),
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sightings that were not known before.
    pub new: u64,
    /// New sightings left out: the sensor brought too many in an hour.
    pub beyond_cap: u64,
    /// Intervals and records that cannot be, left out.
    pub odd: u64,
    /// Times in the far future, cut.
    pub clamped: u64,
    /// Rows left out because the one in the store is damaged.
    pub damaged: u64,
}

/// What the one writer keeps beside the index.
#[derive(Debug, Default)]
pub struct Writer {
    /// New sightings of each sensor, by hour.
    brought: HashMap<SensorNumber, (u64, u32)>,
    /// Rows read or written lately.
    rows: Rows,
}

/// Rows kept in memory, so that what is heard again need not be read again.
#[derive(Debug, Default)]
struct Rows {
    rows: HashMap<SightingKey, Vec<Interval>>,
    /// Intervals in them.
    size: usize,
}

/// Intervals kept in memory: about 200 bytes each.
const MOST_KEPT: usize = 300_000;

impl Rows {
    fn take(&mut self, key: &SightingKey) -> Option<Vec<Interval>> {
        let row = self.rows.remove(key)?;
        self.size -= row.len();
        Some(row)
    }

    fn put(&mut self, key: SightingKey, row: Vec<Interval>) {
        // Any other goes: what is heard often is soon here again.
        while self.size + row.len() > MOST_KEPT {
            let Some(any) = self.rows.keys().next().copied() else { break };
            self.take(&any);
        }
        self.size += row.len();
        self.rows.insert(key, row);
    }
}

/// A row as it will be, and what changed in it.
struct Touched {
    row: SightingRow,
    changed: Changed,
    /// What the index is told.
    news: Vec<Interval>,
}

impl Shared {
    /// Takes a report: checks it, folds it, writes it together with the line, and
    /// touches the components it is of.
    ///
    /// # Errors
    /// When the store fails; nothing was taken then.
    pub fn ingest(
        &self,
        sensor: SensorNumber,
        allowed: &BTreeSet<NetworkId>,
        report: &Report,
        line: Option<Line>,
    ) -> Result<Ingested> {
        let now = self.clock.now();
        let context = self.context();
        let config = context.config();
        let checked = match check(sensor, allowed, report, now, |network| config.network_name(network)) {
            Ok(checked) => checked,
            Err(words) => return Ok(Ingested::Rejected(words)),
        };
        let mut writer = lock(&self.writer);
        let mut counts = Counts { odd: checked.odd, clamped: checked.clamped, ..Counts::default() };
        let touched = self.fold(sensor, checked_rows(&checked, &context), &mut writer, &mut counts, now)?;
        let mut ends: BTreeSet<(NetworkId, IpAddr)> = BTreeSet::new();
        for talk in &checked.talks {
            let c = &talk.conversation;
            ends.extend([(c.network, c.client), (c.network, c.server)]);
        }
        let changes = Changes {
            sightings: touched.iter().map(|one| one.row.clone()).collect(),
            stale: self.marks(&ends),
            talks: checked.talks,
            lines: line.into_iter().collect(),
            ..Changes::default()
        };
        if let Err(error) = self.store.commit(&changes) {
            // What is in memory is ahead of the disk: read it again.
            writer.rows = Rows::default();
            return Err(error.into());
        }
        writer.count(sensor, now, u32::try_from(counts.new).unwrap_or(u32::MAX));
        self.note(touched, &ends, &context, now, &mut writer);
        Ok(Ingested::Taken(counts))
    }

    /// One sighting of each component that conversations bear on: marked on disk,
    /// it stands for its component should this process end before that is made anew.
    fn marks(&self, ends: &BTreeSet<(NetworkId, IpAddr)>) -> Vec<SightingKey> {
        let index = read(&self.index);
        let components: BTreeSet<ComponentId> =
            ends.iter().filter_map(|(network, ip)| index.live.component_at(*network, *ip)).collect();
        components.into_iter().filter_map(|component| index.members(component).first().copied()).collect()
    }

    /// Folds what was heard into the rows of its sightings; those that do not
    /// change are left out.
    fn fold(
        &self,
        sensor: SensorNumber,
        heard: BTreeMap<Sighting, Vec<Interval>>,
        writer: &mut Writer,
        counts: &mut Counts,
        now: Time,
    ) -> Result<Vec<Touched>> {
        let mut room = self.limits.new_sightings_per_hour.saturating_sub(writer.brought(sensor, now));
        let mut known = Vec::with_capacity(heard.len());
        {
            let index = read(&self.index);
            for (sighting, intervals) in heard {
                let key = SightingKey { sensor, sighting };
                let is_known = index.number(&key).is_some();
                if !is_known && room == 0 {
                    counts.beyond_cap += 1;
                    continue;
                }
                if !is_known {
                    room -= 1;
                    counts.new += 1;
                }
                known.push((key, is_known, intervals));
            }
        }
        let mut held: HashMap<SightingKey, Vec<Interval>> = HashMap::new();
        let mut missing = Vec::new();
        for (key, is_known, _) in &known {
            match writer.rows.take(key) {
                Some(row) => {
                    held.insert(*key, row);
                }
                None if *is_known => missing.push(*key),
                None => {}
            }
        }
        for (key, row) in missing.iter().zip(rows_of(&*self.store, &missing)?) {
            match row {
                Ok(Some(row)) => {
                    held.insert(*key, row.intervals);
                }
                Ok(None) => {}
                // Written anew from what is heard from now on.
                Err(error) => {
                    tracing::error!(%error, "a sighting's row is damaged; it begins anew");
                    counts.damaged += 1;
                }
            }
        }
        let mut out = Vec::new();
        for (key, is_known, intervals) in known {
            let mut row = held.remove(&key).unwrap_or_default();
            let mut changed = if is_known { Changed::Nothing } else { Changed::New };
            let mut news = Vec::new();
            for interval in intervals {
                let one = fold(&mut row, &interval);
                if one > Changed::Nothing {
                    news.push(interval);
                }
                changed = changed.max(one);
            }
            if changed == Changed::Nothing {
                writer.rows.put(key, row);
            } else {
                out.push(Touched { row: SightingRow { key, intervals: row, stale: true }, changed, news });
            }
        }
        Ok(out)
    }

    /// Tells the index, and the queue which components are to be made anew: those
    /// with something new at once, those that only grew later.
    fn note(
        &self,
        touched: Vec<Touched>,
        ends: &BTreeSet<(NetworkId, IpAddr)>,
        context: &Context,
        now: Time,
        writer: &mut Writer,
    ) {
        let config = context.config();
        let mut index = write(&self.index);
        let (new, grown): (Vec<Touched>, Vec<Touched>) =
            touched.into_iter().partition(|one| one.changed == Changed::New);
        for one in &grown {
            index.note(one.row.key, &one.news, &config);
        }
        for (network, ip) in ends {
            if let Some(component) = index.live.component_at(*network, *ip) {
                index.live.touch_component(component);
            }
        }
        let calm = index.live.touched();
        for one in &new {
            index.note(one.row.key, &one.news, &config);
        }
        let urgent = index.live.touched();
        drop(index);
        self.queue.calm(calm, now);
        self.queue.urgent(urgent);
        for one in grown.into_iter().chain(new) {
            let last = one.news.iter().map(|interval| interval.last).max();
            let entry = self.directory.current(one.row.key.sighting).and_then(|id| self.catalogue.get(id));
            if let (Some(entry), Some(last)) = (entry, last) {
                entry.heard(last);
            }
            writer.rows.put(one.row.key, one.row.intervals);
        }
    }
}

/// Rows of sightings; a damaged one stands as its error between the good ones.
pub fn rows_of(store: &dyn Store, keys: &[SightingKey]) -> Result<Vec<store::Result<Option<SightingRow>>>> {
    match store.sightings(keys) {
        Ok(rows) => Ok(rows.into_iter().map(Ok).collect()),
        Err(store::Error::Damaged { .. }) => {
            let one = |key| store.sightings(std::slice::from_ref(key)).map(|mut rows| rows.pop().flatten());
            Ok(keys.iter().map(one).collect())
        }
        Err(error) => Err(error.into()),
    }
}

/// What was heard, and a mark for each server that answered: it is somebody even
/// when nothing else is heard of it. Only where it may become an asset.
fn checked_rows(checked: &Checked, context: &Context) -> BTreeMap<Sighting, Vec<Interval>> {
    let mut heard = checked.heard.clone();
    for talk in &checked.talks {
        let c = &talk.conversation;
        if !c.answered || c.port == 0 || (context.zone)(c.network, c.server) != assets::Zone::Inventoried {
            continue;
        }
        let Some(sighting) = Sighting::new(c.network, None, Some(c.server)) else { continue };
        let mark = Interval {
            sighting,
            field: SERVED.into(),
            port: None,
            value: String::new(),
            first: c.first,
            last: c.last,
            count: 1,
            frame: 0,
        };
        heard.entry(sighting).or_default().push(mark);
    }
    heard
}

impl Writer {
    fn brought(&self, sensor: SensorNumber, now: Time) -> u32 {
        let hour = now.seconds() / 3_600;
        self.brought.get(&sensor).filter(|(of, _)| *of == hour).map_or(0, |(_, count)| *count)
    }

    fn count(&mut self, sensor: SensorNumber, now: Time, new: u32) {
        let count = self.brought(sensor, now).saturating_add(new);
        self.brought.insert(sensor, (now.seconds() / 3_600, count));
    }
}
