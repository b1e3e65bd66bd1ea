//! What people say of assets: merge, split, never, values. All can be undone.

use crate::error::Result;
use crate::platform::Platform;

impl Platform {
    /// These two assets are one. Gives the id of the assertion.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when one is not there; [`crate::Error::Invalid`] when they are the same.
    pub fn merge(&self, a: &str, b: &str, by: &str) -> Result<String> {
        self.inner().engine.merge(a, b, by)
    }

    /// These two are never one.
    ///
    /// # Errors
    /// As [`Platform::merge`].
    pub fn never_merge(&self, a: &str, b: &str, by: &str) -> Result<String> {
        self.inner().engine.never_merge(a, b, by)
    }

    /// These keys of an asset, as its document writes them (`mac a4:…`, `ip 10.0.0.5`,
    /// `hostname pc`), are an asset of their own.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a key is not one of its keys, or all are.
    pub fn split(&self, asset: &str, keys: &[String], by: &str) -> Result<String> {
        self.inner().engine.split(asset, keys, by)
    }

    /// Takes an assertion back.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when there is none, or it was undone.
    pub fn undo(&self, assertion: &str, by: &str) -> Result<()> {
        self.inner().engine.undo(assertion, by)
    }

    /// Sets a value (`views::ManualValue::field`); it wins until cleared. It
    /// stays with the asset's strongest key.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an unknown field or a value of more than 256 bytes (notes: 4,096).
    pub fn set_value(&self, asset: &str, field: &str, value: &str, by: &str) -> Result<()> {
        self.inner().engine.set_value(asset, field, value, by)
    }

    /// Goes back to what was heard.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when nothing was set.
    pub fn clear_value(&self, asset: &str, field: &str, by: &str) -> Result<()> {
        self.inner().engine.clear_value(asset, field, by)
    }
}
