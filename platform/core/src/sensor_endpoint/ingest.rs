//! Where a report goes into the inventory, with the line's new state in the same commit.

use std::collections::BTreeSet;

use model::NetworkId;
use store::Line;
use wire::Report;

use super::Caller;
use crate::engine::Ingested;
use crate::error::Result;
use crate::events::{Raise, kind};
use crate::platform::Platform;
use crate::registry::SensorDocument;
use crate::views::Severity;

impl Platform {
    /// Takes a report. The inner error: it can never be taken, and why; nothing
    /// was written then.
    pub(super) fn take(
        &self,
        sensor: &SensorDocument,
        caller: &Caller,
        allowed: &[NetworkId],
        report: &Report,
        after: &Line,
        raises: &mut Vec<Raise>,
    ) -> Result<std::result::Result<(), String>> {
        let inner = self.inner();
        let allowed: BTreeSet<NetworkId> = allowed.iter().copied().collect();
        let counts = match inner.engine.ingest(sensor.number, &allowed, report, Some(after.clone()))? {
            Ingested::Taken(counts) => counts,
            Ingested::Rejected(words) => return Ok(Err(words)),
        };
        if inner.live.begins(&caller.sensor, kind::NEW_SIGHTINGS_CAPPED, counts.beyond_cap > 0) {
            let words = format!(
                "More than {} new addresses in an hour: {} of them were left out of the inventory. Somebody scans or \
                 makes addresses up, or the sensor is new on a large network; what is heard again later is taken.",
                inner.settings.new_sightings_per_hour, counts.beyond_cap
            );
            raises.push(Raise {
                sensor: sensor.name.clone(),
                subject: caller.sensor.clone(),
                ..Raise::new(kind::NEW_SIGHTINGS_CAPPED, Severity::Medium, words)
            });
        }
        Ok(Ok(()))
    }
}
