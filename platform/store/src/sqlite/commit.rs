//! Writing: one transaction a commit.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{blob, key, open, talks, tallies};
use crate::{Changes, Kind, Result};

type Done = rusqlite::Result<()>;

/// What becomes of a sighting that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Stale,
    Fresh,
    Gone,
}

/// Writes everything or nothing. The transaction rolls back when it is dropped.
pub fn commit(connection: &mut Connection, changes: &Changes) -> Result<()> {
    let failed = open::failed("writing");
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    sightings(&transaction, changes).map_err(&failed)?;
    assets(&transaction, changes).map_err(&failed)?;
    tallies::add(&transaction, &changes.talks)?;
    if let Some(before) = changes.forget_talks_before {
        talks::forget(&transaction, before).map_err(&failed)?;
    }
    lines(&transaction, changes).map_err(&failed)?;
    events(&transaction, changes).map_err(&failed)?;
    documents(&transaction, changes).map_err(&failed)?;
    transaction.commit().map_err(open::failed("making the disk keep what was written"))
}

fn sightings(db: &Transaction<'_>, changes: &Changes) -> Done {
    let mut put = db.prepare_cached(
        "INSERT INTO sighting (key, intervals) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET intervals = excluded.intervals RETURNING id",
    )?;
    let mut mark = db.prepare_cached("INSERT OR IGNORE INTO stale VALUES (?1)")?;
    let mut clear = db.prepare_cached("DELETE FROM stale WHERE sighting = ?1")?;
    let mut find = db.prepare_cached("SELECT id FROM sighting WHERE key = ?1")?;
    let mut delete = db.prepare_cached("DELETE FROM sighting WHERE id = ?1")?;
    for row in &changes.sightings {
        let found = params![key::sighting(&row.key), blob::intervals(&row.intervals)];
        let id: i64 = put.query_row(found, |row| row.get(0))?;
        if row.stale {
            mark.execute([id])?
        } else {
            clear.execute([id])?
        };
    }
    let stale = changes.stale.iter().map(|key| (key, Mark::Stale));
    let fresh = changes.fresh.iter().map(|key| (key, Mark::Fresh));
    let gone = changes.forget_sightings.iter().map(|key| (key, Mark::Gone));
    for (of, what) in stale.chain(fresh).chain(gone) {
        let id: Option<i64> = find.query_row([key::sighting(of)], |row| row.get(0)).optional()?;
        let Some(id) = id else { continue };
        if what == Mark::Stale {
            mark.execute([id])?;
            continue;
        }
        clear.execute([id])?;
        if what == Mark::Gone {
            delete.execute([id])?;
        }
    }
    Ok(())
}

fn assets(db: &Transaction<'_>, changes: &Changes) -> Done {
    let mut summary = db.prepare_cached(
        "INSERT INTO summary VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET summary = excluded.summary",
    )?;
    let mut document = db.prepare_cached(
        "INSERT INTO document_of_asset VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
    )?;
    for asset in &changes.assets {
        summary.execute(params![asset.id, asset.summary])?;
        document.execute(params![asset.id, asset.document])?;
    }
    for id in &changes.gone_assets {
        db.prepare_cached("DELETE FROM summary WHERE id = ?1")?.execute([id])?;
        db.prepare_cached("DELETE FROM document_of_asset WHERE id = ?1")?.execute([id])?;
    }
    let mut alias = db.prepare_cached(
        "INSERT INTO alias VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET now = excluded.now",
    )?;
    for one in &changes.aliases {
        alias.execute([&one.id, &one.now])?;
    }
    // An id that is used again is itself.
    for asset in &changes.assets {
        db.prepare_cached("DELETE FROM alias WHERE id = ?1")?.execute([&asset.id])?;
    }
    Ok(())
}

fn lines(db: &Transaction<'_>, changes: &Changes) -> Done {
    for line in &changes.lines {
        db.prepare_cached("INSERT OR REPLACE INTO line VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
            params![
                line.sensor.0,
                line.epoch.0,
                line.next as i64,
                line.nonce.0,
                line.offered.map(|nonce| nonce.0),
                line.since.0 as i64,
                line.quarantined,
                line.mark.0
            ],
        )?;
    }
    for (sensor, epoch) in &changes.gone_lines {
        db.prepare_cached("DELETE FROM line WHERE sensor = ?1 AND epoch = ?2")?
            .execute(params![sensor.0, epoch.0])?;
    }
    Ok(())
}

fn events(db: &Transaction<'_>, changes: &Changes) -> Done {
    let mut put = db.prepare_cached(
        "INSERT INTO event (number, key, last, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (key) DO UPDATE SET last = excluded.last, document = excluded.document",
    )?;
    for event in &changes.events {
        put.execute(params![event.number as i64, event.key, event.last.0 as i64, event.document])?;
    }
    for number in &changes.gone_events {
        db.prepare_cached("DELETE FROM event WHERE number = ?1")?.execute([*number as i64])?;
    }
    Ok(())
}

fn documents(db: &Transaction<'_>, changes: &Changes) -> Done {
    for document in &changes.documents {
        db.prepare_cached("INSERT OR REPLACE INTO document VALUES (?1, ?2, ?3)")?.execute(params![
            number(document.kind),
            document.id,
            document.json
        ])?;
    }
    for (kind, id) in &changes.gone_documents {
        db.prepare_cached("DELETE FROM document WHERE kind = ?1 AND id = ?2")?
            .execute(params![number(*kind), id])?;
    }
    Ok(())
}

/// Numbers of kinds in rows: none is used again for another.
pub fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Sensor => 1,
        Kind::Code => 2,
        Kind::Network => 3,
        Kind::Configuration => 4,
        Kind::Assertion => 5,
        Kind::Manual => 6,
        Kind::User => 7,
        Kind::Session => 8,
        Kind::ApiKey => 9,
        Kind::Setting => 10,
        Kind::System => 11,
        Kind::Rollout => 12,
        Kind::Rules => 13,
    }
}
