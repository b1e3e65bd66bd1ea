//! Configuration of address space and networks, and what is made of it for each sensor.

use crate::error::{Result, absent};
use crate::platform::Platform;
use crate::views::{Configuration, ConfigurationVersion, Heard, NetworkView};

impl Platform {
    /// What is configured.
    ///
    /// # Errors
    /// When the store fails.
    pub fn configuration(&self) -> Result<Configuration> {
        absent()
    }

    /// Puts a configuration in place of the one with its version; sensors get it
    /// at once. Gives the new version.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the version is no longer the newest;
    /// [`crate::Error::Invalid`] with the field (`internal[2].ranges[0]`) and what is wrong.
    pub fn configure(&self, new: &Configuration, by: &str) -> Result<u64> {
        let _ = (new, by);
        absent()
    }

    /// Earlier versions, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn configuration_versions(&self) -> Result<Vec<ConfigurationVersion>> {
        absent()
    }

    /// Networks by number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn networks(&self) -> Result<Vec<NetworkView>> {
        absent()
    }

    /// Makes a network.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the name is taken or of a wrong form.
    pub fn new_network(&self, name: &str, by: &str) -> Result<NetworkView> {
        let _ = (name, by);
        absent()
    }

    /// Ranges that sensors hear, those with most hosts first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn heard_ranges(&self) -> Result<Vec<Heard>> {
        absent()
    }
}
