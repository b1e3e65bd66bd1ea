//! The sensors: made, led, removed.

mod live;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::doc::Stamp;
use model::Time;
use store::{Changes, SensorNumber};

use crate::codes;
use crate::error::{Error, Result};
use crate::parts::{name, new_id};
use crate::platform::Platform;
use crate::registry::{CertificateState, SensorDocument, Tables};
use crate::views::{LineView, NewSensor, SensorState, SensorView};

pub(crate) use live::{Live, OFFLINE_AFTER};

/// Seconds between two status messages.
pub(crate) const STATUS_EVERY: u32 = 5;

impl SensorDocument {
    /// Where it stands, given what is configured for it.
    pub(crate) fn state(&self, config: Option<&wire::SensorConfig>) -> SensorState {
        if self.removed {
            SensorState::Deregistered
        } else if self.registered.is_none() {
            SensorState::Unregistered
        } else if self.paused {
            SensorState::Paused
        } else if config.is_some_and(|config| !config.zones.internal.is_empty()) {
            SensorState::Sensing
        } else {
            SensorState::Registered
        }
    }

    /// Until when the newest certificate that is not revoked is good.
    pub(crate) fn certificate_until(&self) -> Option<Time> {
        let good = self.certificates.iter().filter(|one| one.state != CertificateState::Revoked);
        good.map(|one| one.until).max()
    }

    fn revoke_certificates(&mut self) {
        self.certificates.iter_mut().for_each(|one| one.state = CertificateState::Revoked);
    }
}

impl Platform {
    /// All sensors by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sensors(&self) -> Result<Vec<SensorView>> {
        let (tables, assets) = (self.inner().tables(), self.inner().engine.by_sensor());
        let mut views: Vec<SensorView> = tables
            .sensors
            .iter()
            .filter(|(_, sensor)| !sensor.removed)
            .map(|(id, sensor)| self.sensor_view(&tables, id, sensor, &assets))
            .collect();
        views.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(views)
    }

    /// One sensor by id, removed ones too.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn sensor(&self, id: &str) -> Result<SensorView> {
        let tables = self.inner().tables();
        let sensor =
            tables.sensors.get(id).ok_or_else(|| Error::Missing { what: "sensor", id: id.into() })?;
        Ok(self.sensor_view(&tables, id, sensor, &self.inner().engine.by_sensor()))
    }

    /// Makes a sensor and its first code. The code's text is given back once
    /// and never again.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a name that is taken or of a wrong form, an unknown network, hours out of bounds.
    pub fn new_sensor(&self, new: &NewSensor, by: &str) -> Result<(SensorView, String)> {
        name("name", &new.name)?;
        if !new.site.is_empty() {
            name("site", &new.site)?;
        }
        let inner = self.inner();
        let (id, made) = (new_id(&*inner.clock)?, inner.clock.now());
        let code = inner.change(|tables| {
            if tables.sensor_named(&new.name).is_some() {
                return Err(Error::invalid("name", format!("there is a sensor {:?} already", new.name)));
            }
            let networks = networks(tables, &new.networks)?;
            let last = tables.sensors.values().map(|sensor| sensor.number.0).max();
            let sensor = SensorDocument {
                number: SensorNumber(last.map_or(1, |last| last + 1)),
                name: new.name.clone(),
                site: new.site.clone(),
                networks,
                made,
                ..SensorDocument::default()
            };
            tables.sensors.insert(id.clone(), Arc::new(sensor));
            inner.draw_code(tables, &id, new.hours, false)
        })?;
        tracing::info!(sensor = ?new.name, ?by, "sensor made");
        Ok((self.sensor(&id)?, code.to_string()))
    }

    /// Another code: for a sensor that has not registered yet, or to replace its
    /// hardware. Codes issued before are revoked.
    ///
    /// # Errors
    /// [`crate::Error::Missing`], [`crate::Error::Invalid`].
    pub fn new_code(&self, sensor: &str, hours: u32, by: &str) -> Result<String> {
        let inner = self.inner();
        let code = inner.change(|tables| {
            let replaces = tables.sensor(sensor)?.registered.is_some();
            inner.draw_code(tables, sensor, hours, replaces)
        })?;
        tracing::info!(?sensor, ?by, id = code.id(), "code made");
        Ok(code.to_string())
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn revoke_code(&self, sensor: &str, code: &str, by: &str) -> Result<()> {
        self.inner().change(|tables| {
            tables.sensor(sensor)?;
            codes::revoke(tables, sensor, code)
        })?;
        tracing::info!(?sensor, ?code, ?by, "code revoked");
        Ok(())
    }

    /// Pauses or resumes sensing.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn pause(&self, sensor: &str, paused: bool, by: &str) -> Result<()> {
        self.inner().change(|tables| {
            tables.sensor_mut(sensor)?.paused = paused;
            Ok(())
        })?;
        tracing::info!(?sensor, paused, ?by, "sensing");
        Ok(())
    }

    /// Removes a sensor: its certificate is revoked, its assets stay.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn deregister(&self, sensor: &str, by: &str) -> Result<()> {
        let inner = self.inner();
        let number = inner.tables().sensor(sensor)?.number;
        let now = inner.clock.now();
        inner.lines.edit(number, |lines| {
            let gone = lines.iter().map(|line| (number, line.epoch)).collect();
            inner.change_beside(Changes { gone_lines: gone, ..Changes::default() }, |tables| {
                codes::revoke_waiting(tables, sensor, now);
                let document = tables.sensor_mut(sensor)?;
                document.removed = true;
                document.revoke_certificates();
                document.openings.clear();
                Ok(())
            })?;
            lines.clear();
            Ok(())
        })?;
        inner.live.forget(sensor);
        tracing::info!(?sensor, ?by, "sensor removed");
        Ok(())
    }

    /// Of two lines of one sensor, this is the one to go on; the others end.
    /// `epoch` is as [`LineView::epoch`].
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn choose_line(&self, sensor: &str, epoch: &str, by: &str) -> Result<()> {
        let number = self.inner().tables().sensor(sensor)?.number;
        self.inner().choose_line(number, epoch)?;
        tracing::info!(?sensor, ?epoch, ?by, "line chosen");
        Ok(())
    }

    fn sensor_view(
        &self,
        tables: &Tables,
        id: &str,
        sensor: &SensorDocument,
        assets: &BTreeMap<SensorNumber, [u64; 3]>,
    ) -> SensorView {
        let inner = self.inner();
        let now = inner.clock.now();
        let config = tables.configs.get(id).map(Arc::as_ref);
        let state = sensor.state(config);
        let shown = inner.live.show(id);
        let registered = !matches!(state, SensorState::Unregistered | SensorState::Deregistered);
        let mut codes: Vec<_> = tables.codes.iter().filter(|(_, code)| code.sensor == id).collect();
        codes.sort_by_key(|(id, code)| (std::cmp::Reverse(code.made), **id));
        SensorView {
            id: id.into(),
            name: sensor.name.clone(),
            site: sensor.site.clone(),
            state,
            offline: registered && inner.live.offline(id, sensor, now, OFFLINE_AFTER),
            networks: sensor.networks.iter().map(|id| tables.network_name(*id)).collect(),
            hardware: sensor.hardware.clone(),
            status: shown.status,
            system: tables.systems.get(id).map(|document| document.view()),
            last_contact: shown.last_contact.map(Stamp),
            registered: sensor.registered.map(Stamp),
            certificate_until: sensor.certificate_until().map(Stamp),
            config: sensor.config,
            assets: assets.get(&sensor.number).copied().unwrap_or_default(),
            codes: codes.into_iter().map(|(id, code)| code.view(*id, now)).collect(),
            lines: self.line_views(sensor),
            history: shown.history,
        }
    }

    fn line_views(&self, sensor: &SensorDocument) -> Vec<LineView> {
        let lines = self.inner().lines.of(sensor.number);
        let view = |line: &store::Line| {
            let gaps = sensor.gaps.get(&crate::parts::hex(&line.epoch.0)).copied().unwrap_or(0);
            LineView {
                epoch: crate::sensor_endpoint::short(line.epoch),
                since: Stamp(line.since),
                batches: line.next.saturating_sub(1).saturating_sub(gaps),
                quarantined: line.quarantined,
                gaps,
            }
        };
        lines.iter().rev().map(view).collect()
    }
}

/// Numbers of networks by name.
fn networks(tables: &Tables, names: &[String]) -> Result<Vec<u16>> {
    if names.is_empty() {
        return Ok(vec![0]);
    }
    let mut out = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let field = format!("networks[{at}]");
        let id = tables.network_named(name);
        let id = id.ok_or_else(|| Error::invalid(&field, format!("there is no network {name:?}")))?;
        if out.contains(&id) {
            return Err(Error::invalid(&field, format!("{name:?} is given twice")));
        }
        out.push(id);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
