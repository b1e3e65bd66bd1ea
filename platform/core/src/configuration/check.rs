//! What is wrong with a configuration, field by field.

use std::collections::BTreeSet;

use zones::Range;

use super::compile::{mac, range, source};
use crate::error::{Error, Result};
use crate::parts::{is_domain, name};
use crate::registry::Tables;
use crate::views::{Configuration, InternalGroup};

/// Most groups of a kind, most entries of a list, most ranges in all: every
/// sensor looks each address up in them.
const MOST_GROUPS: usize = 256;
const MOST_ENTRIES: usize = 1_024;
const MOST_RANGES: usize = 4_096;

/// Checks a configuration; names the first field that cannot be.
pub(super) fn check(tables: &Tables, new: &Configuration) -> Result<()> {
    most("internal", new.internal.len(), MOST_GROUPS)?;
    most("monitored_external", new.monitored_external.len(), MOST_GROUPS)?;
    most("excluded", new.excluded.len(), MOST_ENTRIES)?;
    most("domains", new.domains.len(), MOST_ENTRIES)?;
    most("excluded_hostnames", new.excluded_hostnames.len(), MOST_ENTRIES)?;
    most("network_maps", new.network_maps.len(), MOST_ENTRIES)?;
    let internal = new.internal.iter().map(|group| group.ranges.len());
    let monitored = new.monitored_external.iter().map(|(_, ranges)| ranges.len());
    most("internal", internal.chain(monitored).sum(), MOST_RANGES)?;

    let mut names = BTreeSet::new();
    for (at, group) in new.internal.iter().enumerate() {
        internal_group(tables, group, &format!("internal[{at}]"))?;
        unique(&mut names, &group.name, format!("internal[{at}].name"))?;
    }
    for (at, text) in new.excluded.iter().enumerate() {
        if range(text).is_none() && mac(text).is_none() {
            let words =
                format!("{text:?} is neither a range (10.9.0.0/16, 10.0.0.1-10.0.0.9, 10.0.0.5) nor a MAC");
            return Err(Error::invalid(format!("excluded[{at}]"), words));
        }
    }
    for (at, (group, texts)) in new.monitored_external.iter().enumerate() {
        name(&format!("monitored_external[{at}].name"), group)?;
        unique(&mut names, group, format!("monitored_external[{at}].name"))?;
        ranges(&format!("monitored_external[{at}].ranges"), texts)?;
    }
    for (at, domain) in new.domains.iter().enumerate() {
        if !is_domain(domain) {
            let words = format!("{domain:?} is no domain (want example.org)");
            return Err(Error::invalid(format!("domains[{at}]"), words));
        }
    }
    for (at, host) in new.excluded_hostnames.iter().enumerate() {
        if host.is_empty() || host.len() > 253 || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let words = "a hostname has 1 to 253 characters and no blanks";
            return Err(Error::invalid(format!("excluded_hostnames[{at}]"), words));
        }
    }
    if !(1..=8_760).contains(&new.ip_inactivity_hours) {
        return Err(Error::invalid("ip_inactivity_hours", "want 1 to 8760 hours (a year)"));
    }
    network_maps(tables, new)
}

fn internal_group(tables: &Tables, group: &InternalGroup, field: &str) -> Result<()> {
    name(&format!("{field}.name"), &group.name)?;
    most(&format!("{field}.ranges"), group.ranges.len(), MOST_ENTRIES)?;
    ranges(&format!("{field}.ranges"), &group.ranges)?;
    for (at, sensor) in group.sensors.iter().enumerate() {
        known_sensor(tables, sensor, format!("{field}.sensors[{at}]"))?;
    }
    Ok(())
}

fn ranges(field: &str, texts: &[String]) -> Result<()> {
    if texts.is_empty() {
        return Err(Error::invalid(field, "give at least one range"));
    }
    for (at, text) in texts.iter().enumerate() {
        text.trim()
            .parse::<Range>()
            .map_err(|not| Error::invalid(format!("{field}[{at}]"), not.to_string()))?;
    }
    Ok(())
}

fn network_maps(tables: &Tables, new: &Configuration) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (at, map) in new.network_maps.iter().enumerate() {
        let field = |name: &str| format!("network_maps[{at}].{name}");
        known_sensor(tables, &map.sensor, field("sensor"))?;
        let Some(from) = source(&map.source) else {
            let words = format!("{:?} is none of vlan:1 to vlan:4094, tunnel:ID, port:NUMBER", map.source);
            return Err(Error::invalid(field("source"), words));
        };
        if tables.network_named(&map.network).is_none() {
            return Err(Error::invalid(field("network"), format!("there is no network {:?}", map.network)));
        }
        if !seen.insert((&map.sensor, format!("{from:?}"))) {
            let words = format!("{} of {} is mapped twice", map.source, map.sensor);
            return Err(Error::invalid(field("source"), words));
        }
    }
    Ok(())
}

fn known_sensor(tables: &Tables, sensor: &str, field: String) -> Result<()> {
    // Removed ones too: a configuration must not become unfit by a removal.
    if tables.sensors.values().any(|known| known.name == sensor) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("there is no sensor {sensor:?}")))
}

fn unique<'a>(names: &mut BTreeSet<&'a str>, name: &'a str, field: String) -> Result<()> {
    if names.insert(name) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("there are two groups named {name:?}")))
}

fn most(field: &str, has: usize, most: usize) -> Result<()> {
    if has <= most {
        return Ok(());
    }
    Err(Error::invalid(field, format!("has {has} entries, {most} are allowed")))
}
