//! Values that people set, kept by identity key so that they survive whatever is
//! made anew, and laid over documents: they win.

use std::collections::HashMap;

use assets::doc::{Asset, Attribute, Candidate, Os, Stamp};
use identity::Key;
use serde::{Deserialize, Serialize};
use store::{Document, Kind, Store};

use super::summary::Summary;
use crate::error::{Error, Result};
use crate::views::ManualValue;

/// Fields that may be set.
pub const FIELDS: &[&str] =
    &["name", "type", "maker", "model", "os", "owner", "criticality", "notes", "tags"];

/// Values of one key, as the store keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualDocument {
    /// The asset's strongest key when they were set.
    pub key: Key,
    /// One of each field.
    pub values: Vec<ManualValue>,
}

/// All manual values, by key.
#[derive(Clone, Debug, Default)]
pub struct Manual(HashMap<Key, Vec<ManualValue>>);

impl Manual {
    /// Reads what there is.
    pub fn open(store: &dyn Store) -> Result<Manual> {
        let mut all = HashMap::new();
        for document in store.documents(Kind::Manual)? {
            let read: ManualDocument = serde_json::from_str(&document.json).map_err(|cause| {
                store::Error::Damaged { table: "document", cause: format!("manual {}: {cause}", document.id) }
            })?;
            all.insert(read.key, read.values);
        }
        Ok(Manual(all))
    }

    /// True when nothing was set at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Values of an asset with these keys; of several of one field the one set last.
    pub fn of(&self, keys: &[Key]) -> Vec<ManualValue> {
        let mut found: Vec<ManualValue> =
            keys.iter().filter_map(|key| self.0.get(key)).flatten().cloned().collect();
        found.sort_by(|a, b| (&a.field, b.at, &a.value).cmp(&(&b.field, a.at, &b.value)));
        found.dedup_by(|later, kept| later.field == kept.field);
        found
    }

    /// Keys among these that a field was set for.
    pub fn keys_with(&self, keys: &[Key], field: &str) -> Vec<Key> {
        let has = |key: &&Key| self.0.get(key).is_some_and(|set| set.iter().any(|one| one.field == field));
        keys.iter().filter(has).cloned().collect()
    }

    /// Sets a value of a key; gives the document to write.
    pub fn set(&mut self, key: &Key, value: ManualValue) -> Result<Document> {
        let values = self.0.entry(key.clone()).or_default();
        values.retain(|one| one.field != value.field);
        values.push(value);
        document(key, values)
    }

    /// Takes a value of a key back; gives the document to write, `None` when the
    /// key has none left.
    pub fn clear(&mut self, key: &Key, field: &str) -> Result<Option<Document>> {
        let Some(values) = self.0.get_mut(key) else { return Ok(None) };
        values.retain(|one| one.field != field);
        if values.is_empty() {
            self.0.remove(key);
            return Ok(None);
        }
        document(key, values).map(Some)
    }
}

/// The document's id: the key as text.
pub fn document_id(key: &Key) -> Result<String> {
    serde_json::to_string(key).map_err(|cause| Error::Internal(format!("a key: {cause}")))
}

fn document(key: &Key, values: &[ManualValue]) -> Result<Document> {
    let made = ManualDocument { key: key.clone(), values: values.to_vec() };
    let json = serde_json::to_string(&made).map_err(|cause| Error::Internal(format!("a value: {cause}")))?;
    Ok(Document { kind: Kind::Manual, id: document_id(key)?, json })
}

/// What a `set_by` says of a value somebody set.
const YOU: &str = "you";

/// Lays values over a document.
pub fn lay_over(asset: &mut Asset, values: &[ManualValue]) {
    for value in values {
        let text = value.value.clone();
        match value.field.as_str() {
            "name" => {
                asset.name = text;
                asset.name_source = YOU.to_owned();
                continue;
            }
            "tags" => {
                asset.tags = tags(&text);
                continue;
            }
            "type" => {
                asset.category = fingerprint::category_of(&text).to_owned();
                asset.kind.clone_from(&text);
                asset.confidence = 1.0;
            }
            "maker" => asset.maker = Some(text.clone()),
            "model" => asset.model = Some(text.clone()),
            "os" => {
                let family = fingerprint::os_family(&text).to_owned();
                asset.os = Some(Os { value: text.clone(), family });
            }
            _ => continue,
        }
        lock(asset, &value.field, text);
    }
}

/// The attribute as set; what was decided by itself stands among the candidates.
fn lock(asset: &mut Asset, name: &str, value: String) {
    let found = asset.attributes.iter().position(|one| one.name == name && one.port.is_none());
    let mut candidates = Vec::new();
    let at = match found {
        Some(at) => {
            let before = asset.attributes.remove(at);
            candidates.push(Candidate {
                value: before.value,
                confidence: before.confidence,
                lost_because: "somebody set another value".to_owned(),
                evidence: before.evidence,
            });
            candidates.extend(before.candidates);
            at
        }
        None => asset.attributes.partition_point(|one| one.name.as_str() < name),
    };
    let made = Attribute {
        name: name.to_owned(),
        value,
        confidence: 1.0,
        set_by: YOU.to_owned(),
        locked: true,
        port: None,
        evidence: Vec::new(),
        candidates,
    };
    asset.attributes.insert(at.min(asset.attributes.len()), made);
}

/// The same for what only rows have.
pub fn lay_over_row(summary: &mut Summary, values: &[ManualValue]) {
    for value in values {
        match value.field.as_str() {
            "owner" => summary.owner.clone_from(&value.value),
            "criticality" => summary.criticality.clone_from(&value.value),
            _ => {}
        }
    }
}

/// Tags parted by `;`.
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> =
        text.split(';').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    tags.sort();
    tags.dedup();
    tags
}

/// A value of this field as it is kept.
///
/// # Errors
/// [`Error::Invalid`].
pub fn value(field: &str, text: &str, by: &str, at: Stamp) -> Result<ManualValue> {
    if !FIELDS.contains(&field) {
        return Err(Error::invalid(
            "field",
            format!("`{field}` cannot be set: take one of {}", FIELDS.join(", ")),
        ));
    }
    let text = text.trim();
    let most = if field == "notes" { 4_096 } else { 256 };
    if text.is_empty() {
        return Err(Error::invalid(
            "value",
            "a value was expected; clear the field to go back to what was heard",
        ));
    }
    if text.len() > most {
        return Err(Error::invalid("value", format!("it has {} bytes, {most} are allowed", text.len())));
    }
    if text.chars().any(|c| c.is_control() && !(field == "notes" && c == '\n')) {
        return Err(Error::invalid("value", "it has control characters"));
    }
    Ok(ManualValue { field: field.to_owned(), value: text.to_owned(), by: by.to_owned(), at })
}
