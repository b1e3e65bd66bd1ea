//! API keys: `swk_` and 8 digits name one, 64 more are its secret.

use std::sync::Arc;

use assets::doc::Stamp;
use model::Time;

use super::{KeyDocument, WRITE_EVERY, id_of};
use crate::error::{Error, Result};
use crate::parts::{after, hex, name, random};
use crate::platform::Platform;
use crate::views::{ApiKey, NewKey, Role, Session};

/// Most days a key is good that end at all.
const MOST_DAYS: u32 = 3_650;

fn view(prefix: &str, key: &KeyDocument) -> ApiKey {
    ApiKey {
        prefix: prefix.into(),
        name: key.name.clone(),
        role: key.role,
        made: Stamp(key.made),
        until: key.until.map(Stamp),
        last: key.last.map(Stamp),
    }
}

impl Platform {
    /// Who has this API key.
    ///
    /// # Errors
    /// When the store fails.
    pub fn key_session(&self, secret: &str) -> Result<Option<Session>> {
        let inner = self.inner();
        let (tables, now) = (inner.tables(), inner.clock.now());
        let Some((prefix, _)) = secret.rsplit_once('_') else { return Ok(None) };
        let good = |key: &&Arc<KeyDocument>| {
            key.digest == id_of(secret) && key.until.is_none_or(|until| until > now)
        };
        let Some(key) = tables.keys.get(prefix).filter(good) else { return Ok(None) };
        if key.last.is_none_or(|last| now.since(last) > WRITE_EVERY * Time::SECOND) {
            inner.change(|tables| {
                if let Some(key) = tables.keys.get_mut(prefix) {
                    Arc::make_mut(key).last = Some(now);
                }
                Ok(())
            })?;
        }
        Ok(Some(Session {
            name: format!("key:{}", key.name),
            role: key.role,
            form_token: String::new(),
            must_change: false,
        }))
    }

    /// API keys by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        let tables = self.inner().tables();
        let mut keys: Vec<ApiKey> = tables.keys.iter().map(|(prefix, key)| view(prefix, key)).collect();
        keys.sort_by(|a, b| (&a.name, &a.prefix).cmp(&(&b.name, &b.prefix)));
        Ok(keys)
    }

    /// Makes an API key good for so many days, 0: for ever.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`].
    pub fn new_key(&self, name_of: &str, role: Role, days: u32, by: &str) -> Result<NewKey> {
        name("name", name_of)?;
        if days > MOST_DAYS {
            return Err(Error::invalid("days", format!("want 0 (for ever) or 1 to {MOST_DAYS} days")));
        }
        let inner = self.inner();
        let (id, secret): ([u8; 4], [u8; 32]) = (random(&*inner.clock)?, random(&*inner.clock)?);
        let prefix = format!("swk_{}", hex(&id));
        let secret = format!("{prefix}_{}", hex(&secret));
        let now = inner.clock.now();
        let document = KeyDocument {
            name: name_of.into(),
            role,
            digest: id_of(&secret),
            made: now,
            until: (days > 0).then(|| after(now, u64::from(days) * 86_400)),
            last: None,
        };
        let key = view(&prefix, &document);
        inner.change(|tables| {
            if tables.keys.values().any(|key| key.name == name_of) {
                return Err(Error::invalid("name", format!("there is a key {name_of:?} already")));
            }
            match tables.keys.insert(prefix.clone(), Arc::new(document)) {
                None => Ok(()),
                Some(_) => Err(Error::Internal("a prefix was drawn twice: try again".into())),
            }
        })?;
        tracing::info!(name = ?name_of, ?role, ?by, "API key made");
        Ok(NewKey { key, secret })
    }

    /// Ends an API key, by prefix.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn revoke_key(&self, prefix: &str, by: &str) -> Result<()> {
        self.inner().change(|tables| match tables.keys.remove(prefix) {
            Some(_) => Ok(()),
            None => Err(Error::Missing { what: "API key", id: prefix.into() }),
        })?;
        tracing::info!(?prefix, ?by, "API key ended");
        Ok(())
    }
}
