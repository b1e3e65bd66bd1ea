//! Overview and settings as JSON. The shapes are documented at the crate's root and
//! only ever grow.

use model::Time;
use serde_json::{Value, json};
use settings::{Group, ITEMS, item};
use wire::local::{Overview, Setting, Sniffing, Standing};
use wire::{Fact, State};

use super::report::failed_json;
use crate::banner::verdict;
use crate::text::plain;

/// The overview.
pub fn overview(o: &Overview) -> Value {
    let m = &o.management;
    let p = &o.platform;
    let addresses: Value = m
        .addresses
        .iter()
        .map(|(address, origin)| json!({ "address": plain(address), "origin": plain(origin) }))
        .collect();
    let fingerprints: Value = o
        .fingerprints
        .iter()
        .map(|(of, sha256)| json!({ "of": plain(of), "sha256": plain(sha256) }))
        .collect();
    json!({
        "version": plain(&o.version),
        "slot": plain(&o.slot),
        "serial": plain(&o.serial),
        "name": plain(&o.name),
        "hostname": plain(&o.hostname),
        "uptime": o.uptime,
        "time": o.time.0.to_string(),
        "zone_minutes": o.time.1,
        "clock_offset_ns": o.clock_offset,
        "management": {
            "port": plain(&m.port),
            "mac": plain(&m.mac),
            "link": m.link,
            "speed": m.speed,
            "addresses": addresses,
            "gateways": m.gateways,
            "dns": m.dns,
            "fault": m.fault.as_ref().map(failed_json),
        },
        "platform": {
            "address": plain(&p.address),
            "proxy": plain(&p.proxy),
            "standing": standing(p.standing),
            "heard": time(p.heard),
            "certificate_ends": time(p.certificate_ends),
            "fault": p.fault.as_ref().map(failed_json),
        },
        "sensing": o.sensing.map(sensing),
        "ports": ports(o),
        "findings": o.findings.iter().map(finding).collect::<Value>(),
        "hosts": { "known": o.sightings[0], "inventoried": o.sightings[1], "new_24h": o.new },
        "cores": o.cores,
        "memory_kib": { "used": o.memory_kib[0], "total": o.memory_kib[1] },
        "disk_kib": { "used": o.disk_kib[0], "total": o.disk_kib[1] },
        "spool": {
            "batches": o.spool.batches,
            "bytes": o.spool.bytes[0],
            "bytes_allowed": o.spool.bytes[1],
            "oldest": time(o.spool.oldest),
            "dropped": o.spool.dropped,
        },
        "temperature_millidegrees": o.temperature,
        "fingerprints": fingerprints,
        "next": plain(&o.next),
        "undone_in": o.trying,
        "password": o.password,
        "pin": o.pin,
    })
}

/// The sniffing ports.
pub fn ports(o: &Overview) -> Value {
    o.ports.iter().map(|sniffing| port(sniffing, o)).collect()
}

fn port(sniffing: &Sniffing, o: &Overview) -> Value {
    let p = &sniffing.port;
    json!({
        "name": plain(&p.name),
        "mac": p.mac.map(|mac| mac.to_string()),
        "link": p.link,
        "speed": p.speed,
        "bits": p.bits,
        "packets": p.packets,
        "frames_total": p.frames,
        "bytes_total": p.bytes,
        "last": time(p.last),
        "lost_card": p.lost[0],
        "lost_ring": p.lost[1],
        "driver": plain(&p.driver),
        "blind_to_vlans": p.blind_to_vlans,
        "label": plain(&sniffing.label),
        "neighbour": plain(&sniffing.neighbour),
        "verdict": plain(&verdict(sniffing, o)),
    })
}

fn finding(fact: &Fact) -> Value {
    json!({ "code": fact.code.map(|code| format!("E{:02}", code.number())), "words": plain(&fact.words) })
}

/// The settings of a group, in the order of the list.
pub fn settings(known: &[Setting], group: Group) -> Value {
    let known = |id: &str| known.iter().find(|known| known.id == id);
    ITEMS
        .iter()
        .filter(|item| item.group == group)
        .filter_map(|item| Some((item, known(item.id)?)))
        .map(|(item, known)| {
            let value = if known.set { known.value.as_str() } else { item.default };
            // Of a secret only that it is set is known, here as everywhere.
            let value = if item.secret { Value::Null } else { json!(value) };
            json!({ "id": item.id, "label": item.label, "value": value, "set": known.set, "secret": item.secret })
        })
        .collect()
}

/// A setting's group, by its id.
pub fn group_of(id: &str) -> Option<Group> {
    item(id).map(|item| item.group)
}

/// RFC 3339; never: null.
fn time(time: Time) -> Value {
    if time.0 == 0 { Value::Null } else { json!(time.to_string()) }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Unregistered => "unregistered",
        Standing::Online => "online",
        Standing::Offline => "offline",
        Standing::Quarantined => "quarantined",
        Standing::Deregistered => "deregistered",
    }
}

fn sensing(state: State) -> &'static str {
    match state {
        State::Holding => "holding",
        State::Sensing => "sensing",
        State::Paused => "paused",
        State::Failed => "failed",
    }
}
