//! All settings together: canonical texts by item.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::item::{Item, Wrong};
use crate::items::{ITEMS, item};

/// A change of one setting: its id and what was typed; blank clears it.
pub type Change = (String, String);

/// The settings of a box. What is not set has its default.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
}

impl Settings {
    /// Canonical text of an item: what is set, or its default.
    pub fn get(&self, item: &Item) -> &str {
        self.values.get(item.id).map_or(item.default, String::as_str)
    }

    /// True when somebody set it.
    pub fn is_set(&self, item: &Item) -> bool {
        self.values.contains_key(item.id)
    }

    /// Sets an item to what was typed; blank clears it.
    ///
    /// # Errors
    /// What is wrong with it; nothing is changed then.
    pub fn set(&mut self, item: &'static Item, typed: &str) -> Result<(), Wrong> {
        let value = item.read(typed)?;
        if value.is_empty() {
            self.values.remove(item.id);
        } else {
            self.values.insert(item.id, value);
        }
        Ok(())
    }

    /// These settings with changes, checked together: everything that is wrong, by
    /// item, in the order of the list. An id that is none is wrong too.
    ///
    /// # Errors
    /// At least one thing that is wrong, and whose it is.
    pub fn with(&self, changes: &[Change]) -> Result<Settings, Vec<(String, Wrong)>> {
        let (mut next, mut wrong) = (self.clone(), Vec::new());
        for (id, typed) in changes {
            let set = match item(id) {
                Some(item) => next.set(item, typed),
                None => Err(Wrong::new("no such setting", alloc::format!("{id:?} is no setting."))),
            };
            if let Err(why) = set {
                wrong.push((id.clone(), why));
            }
        }
        if wrong.is_empty() {
            wrong = next.check().into_iter().map(|(item, why)| (item.id.into(), why)).collect();
        }
        if wrong.is_empty() { Ok(next) } else { Err(wrong) }
    }

    /// What does not fit together, in the order of the list. Items that do not
    /// apply are not looked at.
    pub fn check(&self) -> Vec<(&'static Item, Wrong)> {
        let applying = ITEMS.iter().filter(|item| (item.applies)(self));
        applying
            .filter_map(|item| (item.check)(self.get(item), self).err().map(|wrong| (*item, wrong)))
            .collect()
    }

    /// What is set, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Item, &str)> {
        ITEMS.iter().filter_map(|item| self.values.get(item.id).map(|value| (*item, value.as_str())))
    }
}

/// Secrets stay secret.
impl core::fmt::Debug for Settings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter().map(|(item, value)| (item.id, item.show(value)))).finish()
    }
}
