//! A sensor in the platform's own process: a capture that is shown in a browser.
//! It needs no code, no certificate and no line of deliveries.

use wire::Report;

use crate::configuration::compile;
use crate::engine::Ingested;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::sensor_endpoint::Caller;
use crate::views::NewSensor;

impl Platform {
    /// Makes such a sensor; [`Platform::config_for`] and [`Platform::status`] take
    /// the answer as they take a caller whose certificate was checked.
    ///
    /// # Errors
    /// As [`Platform::new_sensor`].
    pub fn local_sensor(&self, new: &NewSensor) -> Result<Caller> {
        let (made, _) = self.new_sensor(new, "this program")?;
        for code in &made.codes {
            self.revoke_code(&made.id, &code.id, "this program")?;
        }
        let inner = self.inner();
        inner.change(|tables| {
            tables.sensor_mut(&made.id)?.registered = Some(inner.clock.now());
            Ok(())
        })?;
        Ok(Caller { sensor: made.id, expired: false })
    }

    /// Takes in a report of such a sensor.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it speaks of a network that the sensor may not
    /// speak for; nothing of it was taken then.
    pub fn import(&self, caller: &Caller, report: &Report) -> Result<()> {
        let inner = self.inner();
        let tables = inner.tables();
        let sensor = tables.sensor(&caller.sensor)?;
        let allowed = compile::allowed(&tables, sensor).into_iter().collect();
        match inner.engine.ingest(sensor.number, &allowed, report, None)? {
            Ingested::Taken(_) => Ok(()),
            Ingested::Rejected(words) => Err(Error::invalid("report", words)),
        }
    }
}
