//! What is on the networks: lists, queries, one asset with its evidence.

use std::net::IpAddr;

use assets::Holder;
use assets::doc::Stamp;

use crate::error::{Result, absent};
use crate::platform::Platform;
use crate::views::{AssetAnswer, AssetPage, AssetQuery, Home};

impl Platform {
    /// A page of assets.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a query, an order or a cursor that cannot be
    /// read; the words point at the character.
    pub fn assets(&self, query: &AssetQuery) -> Result<AssetPage> {
        let _ = query;
        absent()
    }

    /// One asset, made up to date first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn asset(&self, id: &str) -> Result<AssetAnswer> {
        let _ = id;
        absent()
    }

    /// Who had an address, at a time or (without one) ever.
    ///
    /// # Errors
    /// When the store fails.
    pub fn who_had(&self, ip: IpAddr, at: Option<Stamp>) -> Result<Vec<Holder>> {
        let _ = (ip, at);
        absent()
    }

    /// Writes every asset that matches, in the query's order, in an export's
    /// format (`csv`, `jsonl`).
    ///
    /// # Errors
    /// As [`Platform::assets`], and those of `out`.
    pub fn export(&self, query: &AssetQuery, format: &str, out: &mut dyn std::io::Write) -> Result<()> {
        let _ = (query, format, out);
        absent()
    }

    /// The first page.
    ///
    /// # Errors
    /// When the store fails.
    pub fn home(&self) -> Result<Home> {
        absent()
    }
}
