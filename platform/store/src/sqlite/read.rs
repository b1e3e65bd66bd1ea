//! Reading everything but conversations.

use model::Time;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::{Epoch, Mark, Nonce};

use super::commit::number;
use super::{blob, key, open};
use crate::{
    AssetRow, AssetSummary, Document, Error, EventRow, Kind, Line, Page, Result, SensorNumber, SightingKey,
    SightingRow,
};

const STALE: &str = "EXISTS (SELECT 1 FROM stale WHERE sighting = sighting.id)";

/// Rows of these sightings, in this order.
pub fn sightings(db: &Connection, keys: &[SightingKey]) -> Result<Vec<Option<SightingRow>>> {
    let failed = open::failed("reading sightings");
    let sql = format!("SELECT key, intervals, {STALE} FROM sighting WHERE key = ?1");
    let mut find = db.prepare_cached(&sql).map_err(&failed)?;
    let mut out = Vec::with_capacity(keys.len());
    for of in keys {
        let mut rows = find.query([key::sighting(of)]).map_err(&failed)?;
        let found = rows.next().map_err(&failed)?;
        out.push(found.map(sighting).transpose()?);
    }
    Ok(out)
}

/// Every sighting.
pub fn every_sighting(
    db: &Connection,
    each: &mut dyn FnMut(Result<SightingRow>) -> Result<()>,
) -> Result<()> {
    let failed = open::failed("reading all sightings");
    let sql = format!("SELECT key, intervals, {STALE} FROM sighting");
    let mut all = db.prepare(&sql).map_err(&failed)?;
    let mut rows = all.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        each(sighting(row))?;
    }
    Ok(())
}

fn sighting(row: &Row<'_>) -> Result<SightingRow> {
    let failed = open::failed("reading a sighting");
    let bytes = row.get_ref(0).and_then(|of| Ok(of.as_blob()?)).map_err(&failed)?;
    let damaged = |cause: String| Error::Damaged {
        table: "sighting",
        cause: format!("row {}: {cause}", key::hex(bytes)),
    };
    let key = key::read_sighting(bytes).ok_or_else(|| damaged("its key is damaged".into()))?;
    let body = row.get_ref(1).and_then(|of| Ok(of.as_blob()?)).map_err(&failed)?;
    let intervals = blob::read_intervals(body, key.sighting).map_err(damaged)?;
    Ok(SightingRow { key, intervals, stale: row.get(2).map_err(&failed)? })
}

/// Every asset's summary.
pub fn every_asset(db: &Connection, each: &mut dyn FnMut(AssetSummary) -> Result<()>) -> Result<()> {
    let failed = open::failed("reading all assets");
    let mut all = db.prepare("SELECT id, summary FROM summary").map_err(&failed)?;
    let mut rows = all.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let found = row.get(0).and_then(|id| Ok(AssetSummary { id, summary: row.get(1)? }));
        each(found.map_err(&failed)?)?;
    }
    Ok(())
}

/// One asset.
pub fn asset(db: &Connection, id: &str) -> Result<Option<AssetRow>> {
    let failed = open::failed("reading an asset");
    let sql = "SELECT summary, json FROM summary JOIN document_of_asset USING (id) WHERE id = ?1";
    let row = |row: &Row<'_>| Ok(AssetRow { id: id.to_owned(), summary: row.get(0)?, document: row.get(1)? });
    db.prepare_cached(sql).and_then(|mut find| find.query_row([id], row).optional()).map_err(failed)
}

/// What an id became.
pub fn alias(db: &Connection, id: &str) -> Result<Option<String>> {
    db.prepare_cached("SELECT now FROM alias WHERE id = ?1")
        .and_then(|mut find| find.query_row([id], |row| row.get(0)).optional())
        .map_err(open::failed("reading an alias"))
}

/// A page of events; the cursor is last time and number of the page's last row.
pub fn events(db: &Connection, cursor: Option<&str>, limit: usize) -> Result<Page<EventRow>> {
    let before = cursor.map(|text| {
        let parts =
            text.split_once('-').and_then(|(last, number)| Some((last.parse().ok()?, number.parse().ok()?)));
        parts.ok_or_else(|| Error::Cursor(text.to_owned()))
    });
    let (last, number): (i64, i64) = before.transpose()?.unwrap_or((i64::MAX, i64::MAX));
    let most = if limit == 0 { i64::MAX } else { i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1 };
    let row = |row: &Row<'_>| {
        Ok(EventRow {
            number: row.get::<_, i64>(0)? as u64,
            key: row.get(1)?,
            last: Time(row.get::<_, i64>(2)? as u64),
            document: row.get(3)?,
        })
    };
    let sql = "SELECT number, key, last, document FROM event WHERE (last, number) < (?1, ?2)
               ORDER BY last DESC, number DESC LIMIT ?3";
    let mut items: Vec<EventRow> = db
        .prepare_cached(sql)
        .and_then(|mut find| find.query_map(params![last, number, most], row)?.collect())
        .map_err(open::failed("reading events"))?;
    let more = limit != 0 && items.len() > limit;
    if more {
        items.truncate(limit);
    }
    let next = items.last().filter(|_| more).map(|one| format!("{}-{}", one.last.0, one.number));
    Ok(Page { items, next })
}

/// Documents of a kind.
pub fn documents(db: &Connection, kind: Kind) -> Result<Vec<Document>> {
    let row = |row: &Row<'_>| Ok(Document { kind, id: row.get(0)?, json: row.get(1)? });
    db.prepare_cached("SELECT id, json FROM document WHERE kind = ?1 ORDER BY id")
        .and_then(|mut find| find.query_map([number(kind)], row)?.collect())
        .map_err(open::failed("reading documents"))
}

/// All lines.
pub fn lines(db: &Connection) -> Result<Vec<Line>> {
    let row = |row: &Row<'_>| {
        Ok(Line {
            sensor: SensorNumber(row.get(0)?),
            epoch: Epoch(row.get(1)?),
            next: row.get::<_, i64>(2)? as u64,
            nonce: Nonce(row.get(3)?),
            offered: row.get::<_, Option<[u8; 16]>>(4)?.map(Nonce),
            since: Time(row.get::<_, i64>(5)? as u64),
            quarantined: row.get(6)?,
            mark: Mark(row.get(7)?),
        })
    };
    db.prepare_cached("SELECT * FROM line ORDER BY sensor, epoch")
        .and_then(|mut find| find.query_map([], row)?.collect())
        .map_err(open::failed("reading lines"))
}
