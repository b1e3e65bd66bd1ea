//! Conversations added up over their records, by client, server, port and sensor.

use std::net::IpAddr;

use model::NetworkId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{blob, key, open};
use crate::{Error, Result, SensorNumber, TalkRow, Tally};

/// Writes records that are not there yet and adds each to its tally.
pub fn add(db: &Transaction<'_>, talks: &[TalkRow]) -> Result<()> {
    let failed = open::failed("writing conversations");
    let mut put = db
        .prepare_cached("INSERT INTO talk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING")
        .map_err(&failed)?;
    for talk in talks {
        let c = &talk.conversation;
        let (client, server) = (key::end(c.network, c.client), key::end(c.network, c.server));
        let new = put
            .execute(params![
                key::talk(talk),
                client,
                server,
                talk.sensor.0,
                c.network.0,
                c.port,
                talk.end.0 as i64,
                blob::conversation(c)
            ])
            .map_err(&failed)?;
        if new > 0 {
            tally(db, talk, &client, &server)?;
        }
    }
    Ok(())
}

fn tally(db: &Transaction<'_>, talk: &TalkRow, client: &[u8], server: &[u8]) -> Result<()> {
    let failed = open::failed("adding up conversations");
    let c = &talk.conversation;
    let held: Option<(i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT id, body FROM tally
             WHERE client = ?1 AND port = ?2 AND transport = ?3 AND server = ?4 AND sensor = ?5",
        )
        .and_then(|mut find| {
            let of = params![client, c.port, c.transport, server, talk.sensor.0];
            find.query_row(of, |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(&failed)?;
    let written = match held {
        Some((id, body)) => {
            // One that is damaged begins again: no batch may be refused for ever because of it.
            let sum = blob::read_conversation(&body).map_or_else(
                |_| c.clone(),
                |mut sum| {
                    sum.add(c);
                    sum
                },
            );
            db.prepare_cached("UPDATE tally SET last = ?2, body = ?3 WHERE id = ?1")
                .and_then(|mut put| put.execute(params![id, sum.last.0 as i64, blob::conversation(&sum)]))
        }
        None => db
            .prepare_cached(
                "INSERT INTO tally (client, server, port, transport, sensor, last, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .and_then(|mut put| {
                let body = blob::conversation(c);
                put.execute(params![
                    client,
                    server,
                    c.port,
                    c.transport,
                    talk.sensor.0,
                    c.last.0 as i64,
                    body
                ])
            }),
    };
    written.map(|_| ()).map_err(failed)
}

fn damaged(id: i64, cause: String) -> Error {
    Error::Damaged { table: "tally", cause: format!("row {id}: {cause}") }
}

/// Tallies of these addresses: port by port, so that a busy one leaves room for the others.
pub fn of(
    db: &Connection,
    ends: &[(NetworkId, IpAddr)],
    per_port: usize,
    limit: usize,
) -> Result<(Vec<Tally>, bool)> {
    let failed = open::failed("reading sums of conversations");
    let most = |count: usize| i64::try_from(count).unwrap_or(i64::MAX - 1);
    let mut out = Vec::new();
    let mut more = false;
    for (side, other) in [("client", "server"), ("server", "client")] {
        let mut ports = db
            .prepare_cached(&format!(
                "SELECT port, transport FROM tally WHERE {side} = ?1 AND (port, transport) > (?2, ?3)
                 ORDER BY port, transport LIMIT 1"
            ))
            .map_err(&failed)?;
        let mut rows = db
            .prepare_cached(&format!(
                "SELECT id, sensor, body FROM tally WHERE {side} = ?1 AND port = ?2 AND transport = ?3
                 ORDER BY {other}, sensor LIMIT ?4"
            ))
            .map_err(&failed)?;
        for (network, ip) in ends {
            let end = key::end(*network, *ip);
            let mut at = (-1_i64, -1_i64);
            while let Some(port) = ports
                .query_row(params![end, at.0, at.1], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
                .map_err(&failed)?
            {
                at = port;
                if out.len() >= limit {
                    return Ok((out, true));
                }
                let room = per_port.min(limit - out.len());
                let mut found = rows.query(params![end, at.0, at.1, most(room) + 1]).map_err(&failed)?;
                let mut count = 0;
                while let Some(row) = found.next().map_err(&failed)? {
                    count += 1;
                    if count > room {
                        more = true;
                        break;
                    }
                    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                    let (id, sensor, body): (i64, u32, Vec<u8>) = read(row).map_err(&failed)?;
                    let conversation = blob::read_conversation(&body).map_err(|cause| damaged(id, cause))?;
                    out.push(Tally { sensor: SensorNumber(sensor), conversation });
                }
            }
        }
    }
    Ok((out, more))
}
