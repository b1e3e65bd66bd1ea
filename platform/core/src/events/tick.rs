//! What time alone makes true.

use model::Time;

use super::{Raise, kind};
use crate::error::Result;
use crate::platform::Platform;
use crate::registry::CertificateState;
use crate::views::{SensorState, Severity};

/// Seconds without a sensor that are told; the page says so sooner.
const OFFLINE: u64 = 60;
/// Seconds without an inventoried asset that are told.
const NO_ASSETS: u64 = 2 * 3_600;
/// A certificate that has less than this left should have been renewed long ago.
const ENDING: u64 = 30 * 86_400;

impl Platform {
    /// Looks at what time alone makes true (sensor offline, no traffic, codes and
    /// sessions that are over, old records); call it every few seconds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tick(&self) -> Result<()> {
        let inner = self.inner();
        let now = inner.clock.now();
        inner.authority.renew(now)?;
        inner.live.write(&*inner.store, now)?;
        inner.forget_codes()?;
        inner.forget_sessions()?;
        inner.engine.tick()?;
        self.look_at_updates()?;
        self.look_at_rules()?;
        let told = inner.raise_all(self.overdue(now));
        // Last: a new image takes seconds to read.
        inner.images.look();
        told
    }

    fn overdue(&self, now: Time) -> Vec<Raise> {
        let inner = self.inner();
        let (tables, live) = (inner.tables(), &inner.live);
        let mut raises = Vec::new();
        for (id, sensor) in &tables.sensors {
            let state = sensor.state(tables.configs.get(id).map(|config| &**config));
            if matches!(state, SensorState::Unregistered | SensorState::Deregistered) {
                continue;
            }
            let mut on = |holds: bool, kind: &'static str, severity: Severity, words: String| {
                if live.begins(id, kind, holds) {
                    let (sensor, subject) = (sensor.name.clone(), id.clone());
                    raises.push(Raise { sensor, subject, ..Raise::new(kind, severity, words) });
                }
            };
            let offline = live.offline(id, sensor, now, OFFLINE);
            let words = format!(
                "Not heard of for {OFFLINE} s: check its power, its management port and the way to the platform."
            );
            on(offline, kind::SENSOR_OFFLINE, Severity::High, words);
            let quiet = now.since(live.last_report(id)) > NO_ASSETS * Time::SECOND;
            let words =
                "Two hours without an inventoried asset: check the mirror and the internal ranges.".into();
            let sensing = state == SensorState::Sensing && !offline;
            on(sensing && quiet, kind::ASSET_REPORTING_STOPPED, Severity::Medium, words);
            let good = sensor.certificates.iter().filter(|one| one.state != CertificateState::Revoked);
            let until = good.map(|one| one.until).max();
            let ending = until.is_some_and(|until| until.since(now) < ENDING * Time::SECOND);
            let words = format!(
                "Its certificate ends on {} and was not renewed: check that the sensor runs and reaches the platform. \
                 Afterwards it can only renew.",
                until.unwrap_or_default()
            );
            on(ending, kind::CERTIFICATE_ENDING, Severity::Medium, words);
        }
        raises
    }
}
