//! Changing the configuration: each form changes its part of the version it was
//! made from; somebody else's change in between is a conflict, never overwritten.

use axum::http::StatusCode;
use platform_core::Error;
use platform_core::views::{Configuration, InternalGroup, NetworkMap, Role};

use super::configuration::{Tab, build};
use crate::answer::{Answer, Problems, page_with, see};
use crate::ask::{Ask, Fields, Route};

/// Its addresses: the pages' own, for their forms, are in [`super::configuration`].
pub const ROUTES: &[Route] = &[
    Route::act("/configuration/heard", Role::Operator, tick),
    Route::act("/configuration/networks", Role::Admin, network),
];

/// Saves the internal groups.
pub fn internal(ask: &Ask) -> Answer {
    change(ask, Tab::Internal, |now| now.internal = groups(&ask.form))
}

/// Saves what is excluded.
pub fn excluded(ask: &Ask) -> Answer {
    change(ask, Tab::Excluded, |now| now.excluded = ask.form.list("excluded"))
}

/// Saves the monitored external groups.
pub fn external(ask: &Ask) -> Answer {
    change(ask, Tab::External, |now| {
        let ranges = ask.form.all("ranges").map(split);
        let named = ask.form.all("name").map(str::to_owned).zip(ranges);
        now.monitored_external = named.filter(|(name, _)| !name.is_empty()).collect();
    })
}

/// Saves de-duplication, privacy and network maps.
pub fn general(ask: &Ask) -> Answer {
    let form = &ask.form;
    let maps = match maps(form.get("network_maps")) {
        Ok(maps) => maps,
        Err(words) => {
            let problems = Problems(vec![("network_maps".into(), words)]);
            let page = build(ask, Tab::General, ask.platform.configuration()?, problems)?;
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let Ok(hours) = form.get("ip_inactivity_hours").parse() else {
        let problems = Problems(vec![("ip_inactivity_hours".into(), "is a whole number of hours".into())]);
        let page = build(ask, Tab::General, ask.platform.configuration()?, problems)?;
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    change(ask, Tab::General, |now| {
        now.domains = form.list("domains");
        now.excluded_hostnames = split(form.get("excluded_hostnames"));
        now.ip_inactivity_hours = hours;
        now.external_names = form.has("external_names");
        now.network_maps = maps;
    })
}

/// Puts heard ranges that were ticked into a group, or excludes them.
fn tick(ask: &Ask) -> Answer {
    let ticked: Vec<String> = ask.form.all("range").map(str::to_owned).collect();
    if ticked.is_empty() {
        return see("/configuration/internal#heard");
    }
    let (into, how) = (ask.form.get("into"), ask.form.get("as"));
    change(ask, Tab::Internal, |now| {
        if how == "excluded" {
            add(&mut now.excluded, ticked);
            return;
        }
        let inventory = how == "inventory";
        // A group of the other kind is not turned round: that would move its other ranges too.
        let fits = |group: &&mut InternalGroup| group.name == into && group.inventory == inventory;
        if let Some(group) = now.internal.iter_mut().find(fits) {
            add(&mut group.ranges, ticked);
            return;
        }
        let wanted = if inventory { "Heard" } else { "Heard, no inventory" };
        match now.internal.iter_mut().find(|group| group.name == wanted && group.inventory == inventory) {
            Some(group) => add(&mut group.ranges, ticked),
            None => now.internal.push(InternalGroup {
                name: wanted.into(),
                ranges: ticked,
                inventory,
                dhcp: true,
                sensors: Vec::new(),
            }),
        }
    })
}

fn network(ask: &Ask) -> Answer {
    match Problems::of(ask.platform.new_network(ask.form.get("name"), ask.by()))? {
        Ok(_) => see("/configuration/general?done=network"),
        Err(Problems(found)) => {
            let problems =
                Problems(found.into_iter().map(|(_, words)| ("network_name".into(), words)).collect());
            let page = build(ask, Tab::General, ask.platform.configuration()?, problems)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Changes a part of the version that the form was made from.
fn change(ask: &Ask, tab: Tab, edit: impl FnOnce(&mut Configuration)) -> Answer {
    let mut new = ask.platform.configuration()?;
    if ask.form.get("version").parse() != Ok(new.version) {
        return Err(Error::Conflict { what: "the configuration" }.into());
    }
    edit(&mut new);
    match Problems::of(ask.platform.configure(&new, ask.by()))? {
        Ok(_) => {
            let address =
                super::configuration::TABS.iter().find(|of| of.0 == tab).map_or("/configuration", |of| of.1);
            see(&format!("{address}?done=saved"))
        }
        Err(problems) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &build(ask, tab, new, problems)?),
    }
}

fn add(to: &mut Vec<String>, new: Vec<String>) {
    for range in new {
        if !to.contains(&range) {
            to.push(range);
        }
    }
}

fn split(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', '\n', '\r']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The groups of the form; those without a name and ranges, and those to be removed, are left out.
fn groups(form: &Fields) -> Vec<InternalGroup> {
    form.all("at")
        .filter_map(|at| {
            let field = |name: &str| format!("{name}-{at}");
            let (name, ranges) = (form.get(&field("name")), split(form.get(&field("ranges"))));
            let empty = name.is_empty() && ranges.is_empty();
            (!empty && !form.has(&field("remove"))).then(|| InternalGroup {
                name: name.into(),
                ranges,
                inventory: form.has(&field("inventory")),
                dhcp: form.has(&field("dhcp")),
                sensors: form.all(&field("sensor")).map(str::to_owned).collect(),
            })
        })
        .collect()
}

/// Network maps as they are typed: sensor (which may hold blanks), source, network.
fn maps(text: &str) -> Result<Vec<NetworkMap>, String> {
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    lines
        .map(|(at, line)| {
            let source =
                |word: &&str| ["vlan:", "tunnel:", "port:"].iter().any(|kind| word.starts_with(kind));
            let found = line.split_whitespace().find(source).and_then(|source| {
                let (sensor, network) = line.split_once(source)?;
                Some((sensor.trim(), source, network.trim()))
            });
            match found {
                Some((sensor, source, network)) if !sensor.is_empty() && !network.is_empty() => {
                    Ok(NetworkMap { sensor: sensor.into(), source: source.into(), network: network.into() })
                }
                _ => Err(format!(
                    "line {}: write a sensor, then vlan:10, tunnel:5001 or port:1, then a network",
                    at + 1
                )),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_a_form() {
        let pairs = [
            ("at", "0"),
            ("name-0", "Office"),
            ("ranges-0", "10.0.0.0/8\r\n10.1.0.1-10.1.0.9"),
            ("inventory-0", "yes"),
            ("sensor-0", "a"),
            ("sensor-0", "b"),
            ("at", "1"),
            ("name-1", "Old"),
            ("ranges-1", "10.2.0.0/16"),
            ("remove-1", "yes"),
            ("at", "2"),
            ("name-2", ""),
            ("ranges-2", ""),
            ("inventory-2", "yes"),
        ];
        let form =
            Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        let groups = groups(&form);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].ranges, ["10.0.0.0/8", "10.1.0.1-10.1.0.9"]);
        assert!(groups[0].inventory && !groups[0].dhcp && groups[0].sensors == ["a", "b"]);
    }

    #[test]
    fn maps_are_read_and_lines_are_named() {
        let read = maps("hq core vlan:10 cell 10\n\n b port:1 default").unwrap();
        assert_eq!(
            (read[0].sensor.as_str(), read[0].network.as_str(), read.len()),
            ("hq core", "cell 10", 2)
        );
        assert!(maps("a vlan:1 n\nnonsense").unwrap_err().starts_with("line 2"));
    }
}
