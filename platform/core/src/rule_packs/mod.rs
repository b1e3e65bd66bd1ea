//! Rule packs: newer tables for the rules, put in force without a restart (`docs/rules.md`). The
//! tables in force follow the documents, as sensors' configurations do, and the inventory is made anew
//! from what was heard.

mod proof;
mod shelf;
#[cfg(test)]
mod tests;

pub use proof::read_rule_pack;
pub(crate) use shelf::RuleShelf;

use std::io::Read;
use std::sync::Arc;

use assets::doc::Stamp;
use model::Time;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::events::{Raise, kind};
use crate::parts::{digest, hex, lock};
use crate::platform::Platform;
use crate::registry::{Registry, Tables};
use crate::views::{RuleTableView, RulesView, Severity};

/// Packs that are kept, the one in force among them.
const KEPT: usize = 8;

/// A pack that was put in force; the one with the highest number is in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RulesDocument {
    /// Version.
    pub(crate) version: String,
    /// SHA-256 of its file, hexadecimal.
    pub(crate) sha256: String,
    /// Who put it in force.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Time,
}

/// Puts in force what the documents say, and says which packs are lost: their files are gone or damaged.
pub(crate) fn follow(shelf: &RuleShelf, tables: &Tables) -> Vec<(u64, String)> {
    let mut lost = Vec::new();
    for (number, document) in tables.rules.iter().rev() {
        match shelf.set(document) {
            Ok(set) => {
                rules::put(set);
                return lost;
            }
            Err(why) => lost.push((*number, format!("The rule pack {} is lost: {why}.", document.version))),
        }
    }
    rules::put(rules::built_in());
    lost
}

/// At the start: the tables of the newest pack that is whole. Packs that are lost are forgotten; gives the words.
///
/// # Errors
/// When the store fails.
pub(crate) fn open(shelf: &RuleShelf, registry: &Registry, store: &dyn store::Store) -> Result<Vec<String>> {
    let lost = follow(shelf, &registry.tables());
    if !lost.is_empty() {
        registry.change(store, store::Changes::default(), |tables| {
            lost.iter().for_each(|(number, _)| drop(tables.rules.remove(number)));
            Ok(())
        })?;
    }
    shelf.tidy(registry.tables().rules.values().map(Arc::as_ref));
    Ok(lost.into_iter().map(|(_, words)| words).collect())
}

impl Platform {
    /// The tables in force, and what waits.
    pub fn rules(&self) -> RulesView {
        let inner = self.inner();
        let tables = inner.tables();
        let mut packs = tables.rules.values().rev();
        let now = packs.next();
        let (keys, mut others) = proof::keys(&inner.rule_shelf.keys);
        others = others.into_iter().map(|words| format!("keys/{words}")).collect();
        let about = |rows: rules::TableRows| RuleTableView {
            name: rows.table.name.into(),
            about: rows.table.about.into(),
            rows: rows.rows as u64,
            of_pack: rows.of_pack,
        };
        RulesView {
            version: now.map_or_else(String::new, |pack| pack.version.clone()),
            sha256: now.map_or_else(String::new, |pack| pack.sha256.clone()),
            by: now.map_or_else(String::new, |pack| pack.by.clone()),
            since: now.map(|pack| Stamp(pack.at)),
            before: now.map(|_| packs.next().map_or_else(String::new, |pack| pack.version.clone())),
            tables: rules::in_force().tables().into_iter().map(about).collect(),
            keys: keys.len() as u64,
            passed: others,
            refused: inner.rule_shelf.refused(),
        }
    }

    /// Takes a pack in, puts it in force, and lets the inventory be made anew.
    ///
    /// # Errors
    /// [`Error::Invalid`]: it is none that may be put in force, and why.
    pub fn install_rules(&self, from: &mut dyn Read, by: &str) -> Result<RulesView> {
        let mut bytes = Vec::new();
        let read = from.take(proof::MOST_FILE + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::invalid("rules", format!("it cannot be read to its end: {error}")))?;
        let installed = match bytes.len() as u64 > proof::MOST_FILE {
            true => Err(Error::invalid("rules", proof::too_large())),
            false => self.install(&bytes, by),
        };
        if let Err(Error::Invalid { words, .. }) = &installed {
            self.rules_refused(&format!("that {by} sent"), "sent", words)?;
        }
        installed.map(|()| self.rules())
    }

    fn install(&self, bytes: &[u8], by: &str) -> Result<()> {
        let inner = self.inner();
        let _turn = lock(&inner.rule_shelf.turn);
        let now = inner.clock.now();
        let before = inner.tables().rules.values().next_back().map(|pack| pack.version.clone());
        let (keys, _) = proof::keys(&inner.rule_shelf.keys);
        let proved = proof::prove(bytes, &keys, proof::NAMED, before.as_deref(), now);
        let (version, pack) = proved.map_err(|words| Error::invalid("rules", words))?;
        let document = RulesDocument {
            version: version.to_string(),
            sha256: hex(&digest(bytes)),
            by: by.into(),
            at: now,
        };
        inner.rule_shelf.put(&document, bytes, pack)?;
        inner.change(|tables| {
            let number = tables.rules.keys().next_back().map_or(1, |last| last + 1);
            tables.rules.insert(number, Arc::new(document));
            while tables.rules.len() > KEPT {
                tables.rules.pop_first();
            }
            Ok(())
        })?;
        inner.rule_shelf.tidy(inner.tables().rules.values().map(Arc::as_ref));
        let before =
            before.map_or_else(|| "those of this version".into(), |before| format!("those of {before}"));
        let words = format!(
            "The tables of rule pack {version} are in force instead of {before}, by {by}. Assets are made anew with them."
        );
        let subject = version.to_string();
        inner.raise(Raise { subject, ..Raise::new(kind::RULES_INSTALLED, Severity::Info, words) })
    }

    /// Takes the pack in force back: the one before it is in force again, or the tables compiled in.
    ///
    /// # Errors
    /// [`Error::Invalid`]: there is no pack in force.
    pub fn take_rules_back(&self, by: &str) -> Result<RulesView> {
        let inner = self.inner();
        let turn = lock(&inner.rule_shelf.turn);
        let mut gone = String::new();
        let mut lost = Vec::new();
        inner.change(|tables| {
            let (_, pack) = tables.rules.pop_last().ok_or_else(|| {
                Error::invalid(
                    "rules",
                    "the tables in force are those of this version: there is no pack to take back",
                )
            })?;
            gone = pack.version.clone();
            while let Some((number, pack)) = tables.rules.last_key_value() {
                let Err(why) = inner.rule_shelf.set(pack) else { break };
                lost.push(format!(" {} is lost: {why}.", pack.version));
                let number = *number;
                tables.rules.remove(&number);
            }
            Ok(())
        })?;
        inner.rule_shelf.tidy(inner.tables().rules.values().map(Arc::as_ref));
        drop(turn);
        let view = self.rules();
        let now = if view.version.is_empty() { "this version" } else { view.version.as_str() };
        let words = format!(
            "Rule pack {gone} was taken back by {by}: the tables of {now} are in force, and assets are made anew with \
             them.{}",
            lost.concat()
        );
        inner.raise(Raise { subject: gone, ..Raise::new(kind::RULES_TAKEN_BACK, Severity::Info, words) })?;
        Ok(view)
    }

    /// Takes in what lies in the folder of rule packs.
    pub(crate) fn look_at_rules(&self) -> Result<()> {
        let shelf = &self.inner().rule_shelf;
        let (waiting, mut refused) = shelf.waiting();
        for (name, bytes) in waiting {
            match self.install(&bytes, &format!("the file {name}")) {
                Ok(()) => shelf.taken(&name),
                // A folder that cannot be written is said too, and does not keep the rest from being looked at.
                Err(Error::Invalid { words, .. } | Error::Internal(words)) => {
                    shelf.refuse(&name, &words);
                    refused.push((name, words));
                }
                Err(other) => return Err(other),
            }
        }
        for (name, words) in refused {
            // Looked at again after every restart, and told once.
            let subject = format!("{name}: {words}");
            if !self.inner().book.knows(kind::RULES_REFUSED, &subject) {
                self.rules_refused(&format!("in the file {name}"), &subject, &words)?;
            }
        }
        Ok(())
    }

    fn rules_refused(&self, which: &str, subject: &str, why: &str) -> Result<()> {
        let words = format!(
            "The rule pack {which} was not taken: {why}. The tables in force stay; they are shown under Updates."
        );
        let subject = subject.to_owned();
        self.inner().raise(Raise { subject, ..Raise::new(kind::RULES_REFUSED, Severity::Medium, words) })
    }
}
