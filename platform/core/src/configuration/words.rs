//! A configuration's changes and ranges in words.

use std::net::IpAddr;

use zones::Range;

use crate::views::Configuration;

/// What is different, in one line.
pub(super) fn difference(old: &Configuration, new: &Configuration) -> String {
    let mut words = Vec::new();
    let name = |group: &crate::views::InternalGroup| group.name.clone();
    let names = |of: &Configuration| of.internal.iter().map(name).collect::<Vec<_>>();
    lists("internal group", &names(old), &names(new), &mut words);
    let altered = new
        .internal
        .iter()
        .filter(|group| old.internal.iter().any(|before| before.name == group.name && before != *group));
    words.extend(altered.map(|group| format!("internal group {:?} changed", group.name)));
    lists("exclusion", &old.excluded, &new.excluded, &mut words);
    let watched = |of: &Configuration| of.monitored_external.iter().map(|(name, _)| name.clone()).collect();
    let (before, after): (Vec<String>, Vec<String>) = (watched(old), watched(new));
    lists("watched group", &before, &after, &mut words);
    let altered = new.monitored_external.iter().filter(|(name, ranges)| {
        old.monitored_external.iter().any(|(before, had)| before == name && had != ranges)
    });
    words.extend(altered.map(|(name, _)| format!("watched group {name:?} changed")));
    lists("domain", &old.domains, &new.domains, &mut words);
    lists("excluded hostname", &old.excluded_hostnames, &new.excluded_hostnames, &mut words);
    if old.ip_inactivity_hours != new.ip_inactivity_hours {
        words.push(format!("IP inactivity time {} h", new.ip_inactivity_hours));
    }
    let maps = |of: &Configuration| {
        of.network_maps
            .iter()
            .map(|map| format!("{} {} to {}", map.sensor, map.source, map.network))
            .collect()
    };
    let (before, after): (Vec<String>, Vec<String>) = (maps(old), maps(new));
    lists("network map", &before, &after, &mut words);
    if old.external_names != new.external_names {
        let word = if new.external_names { "reported" } else { "not reported" };
        words.push(format!("names of external sites {word}"));
    }
    let text = if words.is_empty() { "order changed".into() } else { words.join("; ") };
    cut(text, 1_000)
}

fn lists(what: &str, old: &[String], new: &[String], words: &mut Vec<String>) {
    words.extend(new.iter().filter(|one| !old.contains(one)).map(|one| format!("{what} {one:?} added")));
    words.extend(old.iter().filter(|one| !new.contains(one)).map(|one| format!("{what} {one:?} removed")));
}

fn cut(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most).chain("…".chars()).collect()
}

/// A range as CIDR when it is one.
pub(super) fn range(range: &Range) -> String {
    let text = range.to_string();
    let Some((first, _)) = text.split_once('-') else { return text };
    let Ok(ip) = first.parse::<IpAddr>() else { return text };
    let cidr = format!("{ip}/{}", range.specificity());
    if cidr.parse() == Ok(*range) { cidr } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_people_do() {
        for text in ["10.1.2.0/24", "fd00::/64", "10.0.0.1-10.0.0.9", "10.0.0.7", "0.0.0.0/0"] {
            assert_eq!(range(&text.parse().unwrap()), text);
        }
    }

    #[test]
    fn every_part_that_changed_is_named() {
        let old = Configuration::default();
        let new = Configuration {
            excluded: vec!["10.9.0.0/16".into()],
            domains: vec!["example.org".into()],
            ip_inactivity_hours: 5,
            external_names: true,
            ..Configuration::default()
        };
        let words = difference(&old, &new);
        for part in ["10.9.0.0/16", "example.org", "5 h", "external sites reported"] {
            assert!(words.contains(part), "{words}");
        }
        assert!(difference(&new, &old).contains("\"10.9.0.0/16\" removed"));
    }
}
