//! What pages and API ask of the catalogue and of single assets.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use assets::doc::{Asset, Stamp};
use assets::{Holder, Inventory};
use export::Table;
use identity::ComponentId;
use model::{NetworkId, Sighting, Time};
use query::{Column, Query};
use store::SensorNumber;

use super::Shared;
use super::entry::Entry;
use super::ingest::rows_of;
use super::locks::{lock, read};
use super::order::Order;
use super::rebuild::{Fresh, finish};
use super::search::{Counts, Found, Search};
use super::summary::AssetId;
use crate::error::{Error, Result};
use crate::views::{AssetAnswer, AssetDetail, AssetPage, AssetQuery, AssetRow, HeardBy};

/// Rows of a page when none is asked for, and most of one.
const ROWS: usize = 50;
/// See `ROWS`.
const MOST_ROWS: usize = 1_000;
/// Aliases followed at most: each is a merge.
const MOST_ALIASES: usize = 64;
/// Assets of an export that are in memory at one time.
const EXPORTED: usize = 200;
/// A day.
const DAY: u64 = 24 * 3_600 * Time::SECOND;

/// Counts and lists for the first page.
#[derive(Debug, Default)]
pub struct Home {
    /// Assets: in all, heard in the last 7 days, new in 24 h, of unknown type.
    pub assets: [u64; 4],
    /// Assets by category, largest first, `unknown` always among them.
    pub categories: Vec<(String, u64)>,
    /// By maker, largest first.
    pub makers: Vec<(String, u64)>,
    /// By family of operating system.
    pub os_families: Vec<(String, u64)>,
    /// Newest assets, newest first.
    pub newest: Vec<AssetRow>,
}

impl Shared {
    /// Reads a query's text.
    fn query(&self, text: &str) -> Result<Query> {
        Query::parse(text).map_err(|error| Error::invalid("q", error.to_string()))
    }

    fn find(&self, wanted: &AssetQuery, limit: usize) -> Result<(Order, Found)> {
        let query = self.query(&wanted.q)?;
        let order = Order::parse(&wanted.sort)?;
        let after = wanted.cursor.as_deref().map(|cursor| order.read_cursor(cursor)).transpose()?;
        let now = self.clock.now();
        let search = Search { query: &query, order, after, limit, facets: wanted.facets, now };
        Ok((order, search.run(&self.catalogue, &self.context().sensors)))
    }

    /// See [`crate::Platform::assets`].
    pub fn assets(&self, wanted: &AssetQuery) -> Result<AssetPage> {
        let limit = if wanted.limit == 0 { ROWS } else { wanted.limit.min(MOST_ROWS) };
        let (order, found) = self.find(wanted, limit)?;
        let context = self.context();
        let next = found.rows.last().filter(|_| found.more).map(|(at, _)| order.cursor(at));
        let items = found.rows.iter().map(|(_, entry)| entry.row(&context.sensors)).collect();
        Ok(AssetPage { items, next, total: found.total, facets: found.facets })
    }

    /// An asset as it would be made now, and its component; `None`: it would not
    /// be made.
    pub fn current(&self, id: &str) -> Result<Option<(Fresh, ComponentId)>> {
        let Some(asset) = AssetId::parse(id) else { return Ok(None) };
        let Some(component) = lock(&self.owners).owner.get(&asset).copied() else { return Ok(None) };
        let built = self.build(component)?;
        let fresh = finish(&built, &read(&self.manual), &self.context());
        Ok(fresh.into_iter().find(|one| one.asset.asset_id == id).map(|fresh| (fresh, component)))
    }

    /// An asset's document, up to date, with its row.
    fn document(&self, entry: &Entry) -> Result<Option<(Asset, AssetRow)>> {
        let id = entry.id.to_string();
        let context = self.context();
        let component = lock(&self.owners).owner.get(&entry.id).copied();
        if component.is_some_and(|component| self.queue.holds(component))
            && let Some((fresh, _)) = self.current(&id)?
        {
            let made = Entry::new(entry.id, fresh.summary, &self.words);
            made.heard(entry.last());
            return Ok(Some((fresh.asset, made.row(&context.sensors))));
        }
        let Some(row) = self.store.asset(&id)? else { return Ok(None) };
        let asset = serde_json::from_str(&row.document)
            .map_err(|cause| store::Error::Damaged { table: "asset", cause: format!("row {id}: {cause}") })?;
        Ok(Some((asset, entry.row(&context.sensors))))
    }

    /// See [`crate::Platform::asset`].
    pub fn asset(&self, id: &str) -> Result<AssetAnswer> {
        let entry = AssetId::parse(id).and_then(|id| self.catalogue.get(id));
        if let Some(entry) = entry
            && let Some((asset, row)) = self.document(&entry)?
        {
            let component = lock(&self.owners).owner.get(&entry.id).copied();
            let context = self.context();
            let heard_by = self.heard_by(&asset, component)?;
            let manual = self.manual_of(&asset);
            let named = |name: &str| context.network_named(name);
            let judgements = read(&self.judgements).of(&asset, &named);
            return Ok(AssetAnswer::Found(Box::new(AssetDetail {
                asset,
                row,
                heard_by,
                manual,
                judgements,
            })));
        }
        Ok(match self.alias(id)? {
            Some(now) => AssetAnswer::Moved(now),
            None => AssetAnswer::Missing,
        })
    }

    /// The asset that an id that is no longer used became.
    fn alias(&self, id: &str) -> Result<Option<String>> {
        let mut now = id.to_owned();
        for _ in 0..MOST_ALIASES {
            match self.store.alias(&now)? {
                Some(next) => now = next,
                None => break,
            }
        }
        let there = AssetId::parse(&now).is_some_and(|id| self.catalogue.get(id).is_some());
        Ok((there && now != id).then_some(now))
    }

    /// The id of an asset that is there, by an id it has or had.
    pub fn resolve(&self, id: &str) -> Result<Option<AssetId>> {
        let direct = AssetId::parse(id).filter(|id| self.catalogue.get(*id).is_some());
        Ok(match direct {
            Some(id) => Some(id),
            None => self.alias(id)?.and_then(|now| AssetId::parse(&now)),
        })
    }

    fn manual_of(&self, asset: &Asset) -> Vec<crate::views::ManualValue> {
        let manual = read(&self.manual);
        if manual.is_empty() {
            return Vec::new();
        }
        manual.of(&super::keys::keys(asset, &self.context()))
    }

    /// Which sensors heard what a document shows.
    fn heard_by(&self, asset: &Asset, component: Option<ComponentId>) -> Result<Vec<HeardBy>> {
        let Some(component) = component else { return Ok(Vec::new()) };
        let shown: BTreeSet<_> = asset.observations.iter().map(|one| (one.mac, one.ip)).collect();
        let mut members = read(&self.index).members(component);
        members.retain(|key| shown.contains(&(key.sighting.mac, key.sighting.ip)));
        let values: BTreeSet<_> = asset
            .observations
            .iter()
            .map(|one| (one.mac, one.ip, format!("{}.{}", one.proto, one.field), one.value.as_str()))
            .collect();
        let context = self.context();
        let mut found: Vec<HeardBy> = Vec::new();
        for row in rows_of(&*self.store, &members)?.into_iter().filter_map(|row| row.ok()?) {
            let Sighting { mac, ip, .. } = row.key.sighting;
            let sensor = super::view::sensor(&context.sensors, row.key.sensor).into_owned();
            for interval in row.intervals {
                let key = (mac, ip, interval.field.to_string(), interval.value.as_str());
                if values.contains(&key) {
                    found.push(HeardBy {
                        field: interval.field.into_owned(),
                        value: interval.value,
                        sensor: sensor.clone(),
                        first_seen: Stamp(interval.first),
                        last_seen: Stamp(interval.last),
                        count: interval.count,
                    });
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// See [`crate::Platform::who_had`].
    pub fn who_had(&self, ip: IpAddr, at: Option<Stamp>) -> Result<Vec<Holder>> {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for network in self.networks() {
            ids.extend(self.directory.holds(network, ip).into_iter().map(|hold| hold.asset));
        }
        let mut inventory = Inventory::default();
        for entry in ids.iter().filter_map(|id| self.catalogue.get(AssetId::parse(id)?)) {
            inventory.assets.extend(self.document(&entry)?.map(|(asset, _)| asset));
        }
        Ok(assets::who_had(&inventory, ip, at.map(|at| at.0)))
    }

    /// Networks that have a name.
    pub fn networks(&self) -> BTreeSet<NetworkId> {
        self.context().networks.keys().copied().chain([NetworkId(0)]).collect()
    }

    /// See [`crate::Platform::export`].
    pub fn export(&self, wanted: &AssetQuery, format: &str, out: &mut dyn Write) -> Result<()> {
        if !["csv", "jsonl"].contains(&format) {
            return Err(Error::invalid(
                "format",
                format!("there is no format `{format}`: take csv or jsonl"),
            ));
        }
        // Before the work, so that a query with a fault is told at once.
        self.query(&wanted.q)?;
        self.settle()?;
        let (_, found) = self.find(&AssetQuery { facets: false, ..wanted.clone() }, usize::MAX - 1)?;
        let failed = |cause: std::io::Error| Error::Internal(format!("writing the export: {cause}"));
        let rows: Vec<Arc<Entry>> = found.rows.into_iter().map(|(_, entry)| entry).collect();
        // Once without rows too, for the header.
        for (at, part) in rows.chunks(EXPORTED).chain(rows.is_empty().then_some(&[][..])).enumerate() {
            let mut inventory = Inventory::default();
            for entry in part {
                inventory.assets.extend(self.document(entry)?.map(|(asset, _)| asset));
            }
            let mut text = Vec::new();
            export::write(format, Table::Assets, &inventory, &mut text).map_err(failed)?;
            // Each part has a header of its own, of which the first stands.
            let header = text.iter().position(|byte| *byte == b'\n').filter(|_| format == "csv" && at > 0);
            let body = header.map_or(0, |end| end + 1);
            out.write_all(text.get(body..).unwrap_or_default()).map_err(failed)?;
        }
        out.flush().map_err(failed)
    }

    /// See [`Home`].
    pub fn home(&self) -> Home {
        let now = self.clock.now();
        let context = self.context();
        let mut counts = Counts::new(&[Column::Category, Column::Maker, Column::OsFamily], &context.sensors);
        let mut home = Home::default();
        self.catalogue.each(|entry| {
            let heard = u64::from(now.since(entry.last()) < 7 * DAY);
            let new = u64::from(now.since(entry.first) < DAY);
            let unknown = u64::from(&*entry.kind == "unknown");
            for (sum, one) in home.assets.iter_mut().zip([1, heard, new, unknown]) {
                *sum += one;
            }
            counts.add(entry);
        });
        home.categories = counts.of(Column::Category);
        if !home.categories.iter().any(|(name, _)| name == "unknown") {
            home.categories.push(("unknown".to_owned(), 0));
        }
        home.makers = counts.of(Column::Maker);
        home.makers.truncate(8);
        home.os_families = counts.of(Column::OsFamily);
        let newest = AssetQuery { sort: "-first_seen".into(), ..AssetQuery::default() };
        // A known order and no query: it cannot be refused.
        let found = self.find(&newest, 8).map(|(_, found)| found).unwrap_or_default();
        home.newest = found.rows.iter().map(|(_, entry)| entry.row(&context.sensors)).collect();
        home
    }

    /// Assets of each sensor: in all, heard in 24 h, new in 24 h.
    pub fn by_sensor(&self) -> BTreeMap<SensorNumber, [u64; 3]> {
        let now = self.clock.now();
        let mut out: BTreeMap<SensorNumber, [u64; 3]> = BTreeMap::new();
        self.catalogue.each(|entry| {
            let one = [1, u64::from(now.since(entry.last()) < DAY), u64::from(now.since(entry.first) < DAY)];
            for sensor in &entry.sensors {
                let sums = out.entry(*sensor).or_default();
                sums.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
            }
        });
        out
    }

    /// Assets of each network, by name.
    pub fn by_network(&self) -> BTreeMap<String, u64> {
        let mut out: BTreeMap<String, u64> = BTreeMap::new();
        self.catalogue.each(|entry| match out.get_mut(&*entry.network) {
            Some(count) => *count += 1,
            None => {
                out.insert(entry.network.to_string(), 1);
            }
        });
        out
    }

    /// Assets with an address in each of these ranges, and when one was heard last.
    pub fn in_ranges(&self, ranges: &[zones::Range]) -> Vec<(u64, Option<Time>)> {
        let mut out = vec![(0, None); ranges.len()];
        self.catalogue.each(|entry| {
            for (range, (count, last)) in ranges.iter().zip(&mut out) {
                if entry.ips.iter().any(|ip| range.contains(*ip)) {
                    *count += 1;
                    *last = (*last).max(Some(entry.last()));
                }
            }
        });
        out
    }
}
