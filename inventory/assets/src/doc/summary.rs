//! The whole inventory and the counts that must add up.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asset, Stamp, Talk};

/// Everything the inventory says of one set of observations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// Assets by id.
    pub assets: Vec<Asset>,
    /// Conversations by network, client, server, port, transport, time.
    pub conversations: Vec<Talk>,
    /// Counts.
    pub summary: Summary,
}

/// Counts; the equations are tested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Assets; the sum of `by_category`.
    pub assets: u64,
    /// Assets by category.
    pub by_category: BTreeMap<String, u64>,
    /// Assets by type; sums to `assets` too.
    pub by_type: BTreeMap<String, u64>,
    /// Assets with the router role.
    pub routers: u64,
    /// Assets suspected of hiding others behind NAT.
    pub nat_suspects: u64,
    /// Assets up for review.
    pub review: u64,
    /// Groups of sightings that did not become an asset, by reason (`external`, `non_inventoried`,
    /// `excluded`, `monitored_external`, `named_by_others`).
    pub not_assets: BTreeMap<String, u64>,
    /// Distinct observations given: `in_assets` + `in_others`.
    pub observations: u64,
    /// Observations that an asset shows. One that spans a change of an address's
    /// owner is shown by both and counted once.
    pub in_assets: u64,
    /// Observations of what did not become an asset.
    pub in_others: u64,
    /// Conversations.
    pub conversations: u64,
    /// Sums over the conversations, both ways, copies not counted.
    pub flows: u64,
    /// See `flows`.
    pub packets: u64,
    /// See `flows`.
    pub bytes: u64,
    /// Copies recognised and not counted in `packets`.
    pub copies: u64,
    /// First and last time of anything; absent when nothing was heard.
    pub first_seen: Option<Stamp>,
    /// See `first_seen`.
    pub last_seen: Option<Stamp>,
}
