//! Conversation records: pages, newest first, and what is too old.

use model::Time;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params_from_iter};

use super::{blob, key, open};
use crate::{Error, LONGEST_PERIOD, Page, Result, TalkFilter, TalkRow};

/// Key and record, since the key is the order.
type Keyed = (Vec<u8>, TalkRow);

/// A page of records.
pub fn page(db: &Connection, filter: &TalkFilter) -> Result<Page<TalkRow>> {
    let limit = if filter.limit == 0 { usize::MAX } else { filter.limit };
    let mut found: Vec<Keyed> = Vec::new();
    if filter.ends.is_empty() {
        select(db, filter, None, limit, &mut found)?;
    }
    for (network, ip) in &filter.ends {
        let end = key::end(*network, *ip);
        for column in ["client", "server"] {
            select(db, filter, Some((column, &end)), limit, &mut found)?;
        }
    }
    // One of which both ends were asked for was found twice.
    found.sort_by(|a, b| b.0.cmp(&a.0));
    found.dedup_by(|a, b| a.0 == b.0);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(key, _)| key::hex(key));
    Ok(Page { items: found.into_iter().map(|(_, row)| row).collect(), next })
}

/// One more than `limit`, to know whether there is more.
fn select(
    db: &Connection,
    filter: &TalkFilter,
    end: Option<(&str, &Vec<u8>)>,
    limit: usize,
    found: &mut Vec<Keyed>,
) -> Result<()> {
    let failed = open::failed("reading conversations");
    let mut sql = String::from("SELECT key, ended, body FROM talk WHERE 1");
    let mut values: Vec<Value> = Vec::new();
    let mut and = |words: &str, value: Value| {
        sql.push_str(" AND ");
        sql.push_str(words);
        values.push(value);
    };
    if let Some((column, end)) = end {
        and(&format!("{column} = ?"), Value::Blob(end.clone()));
    }
    if let Some(sensor) = filter.sensor {
        and("sensor = ?", i64::from(sensor.0).into());
    }
    if let Some(network) = filter.network {
        and("network = ?", i64::from(network.0).into());
    }
    if let Some(port) = filter.port {
        and("port = ?", i64::from(port).into());
    }
    if let Some(after) = filter.after {
        and("ended > ?", (after.0 as i64).into());
        and("key >= ?", key::start(Time(after.0.saturating_sub(LONGEST_PERIOD))).into());
    }
    if let Some(before) = filter.before {
        and("key < ?", key::start(before).into());
    }
    if let Some(cursor) = &filter.cursor {
        let bytes = key::read_hex(cursor).ok_or_else(|| Error::Cursor(cursor.clone()))?;
        and("key < ?", bytes.into());
    }
    sql.push_str(" ORDER BY key DESC");
    if limit != usize::MAX {
        sql.push_str(&format!(" LIMIT {}", limit.saturating_add(1).min(i64::MAX as usize)));
    }
    let mut find = db.prepare_cached(&sql).map_err(&failed)?;
    let mut rows = find.query(params_from_iter(values)).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        found.push(record(row)?);
    }
    Ok(())
}

fn record(row: &Row<'_>) -> Result<Keyed> {
    let failed = open::failed("reading a conversation");
    let key: Vec<u8> = row.get(0).map_err(&failed)?;
    let damaged =
        |cause: String| Error::Damaged { table: "talk", cause: format!("row {}: {cause}", key::hex(&key)) };
    let ended: i64 = row.get(1).map_err(&failed)?;
    let body = row.get_ref(2).and_then(|of| Ok(of.as_blob()?)).map_err(&failed)?;
    let (start, sensor, run) =
        key::read_talk(&key).ok_or_else(|| damaged("its key is too short".to_owned()))?;
    let conversation = blob::read_conversation(body).map_err(damaged)?;
    let end = Time(ended as u64);
    Ok((key, TalkRow { sensor, run, start, end, conversation }))
}

/// Deletes what ended before, and tallies not heard since.
pub fn forget(db: &Transaction<'_>, before: Time) -> rusqlite::Result<()> {
    let ended = before.0 as i64;
    db.prepare_cached("DELETE FROM talk WHERE key < ?1 AND ended < ?2")?
        .execute(rusqlite::params![key::start(before), ended])?;
    db.prepare_cached("DELETE FROM tally WHERE last < ?1")?.execute([ended])?;
    Ok(())
}
