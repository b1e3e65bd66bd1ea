//! Where a report goes into the inventory, with the line's new state in the same commit.

use model::NetworkId;
use store::Line;
use wire::Report;

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
        allowed: &[NetworkId],
        report: Report,
        after: &Line,
    ) -> Result<std::result::Result<(), String>> {
        let allowed = allowed.iter().copied().collect();
        let inner = self.inner();
        let counts = match inner.engine.ingest(sensor.number, &allowed, &report, Some(after.clone()))? {
            Ingested::Taken(counts) => counts,
            Ingested::Rejected(words) => return Ok(Err(words)),
        };
        if counts.beyond_cap > 0 {
            let words = format!(
                "{} brings more new hosts in an hour than it may: those beyond are left out. Usually a scan or a \
                 flood of forged addresses is mirrored",
                sensor.name
            );
            inner.raise(Raise {
                sensor: sensor.name.clone(),
                subject: sensor.number.0.to_string(),
                ..Raise::new(kind::TOO_MANY_NEW, Severity::High, words)
            })?;
        }
        Ok(Ok(()))
    }
}
