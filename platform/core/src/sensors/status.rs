//! A sensor's status: cut to bounds, kept, and looked through for what somebody
//! should know.

use model::Time;
use wire::{Status, StatusReply};

use super::STATUS_EVERY;
use crate::configuration::compile::allowed;
use crate::error::Result;
use crate::events::{Raise, kind};
use crate::platform::Platform;
use crate::sensor_endpoint::Caller;
use crate::views::Severity;

/// Bounds of what is kept of a status: it comes from outside.
const MOST_PORTS: usize = 64;
const MOST_CORES: usize = 1_024;
const MOST_HEARD: usize = 256;
const MOST_FINDINGS: usize = 64;
const MOST_VLANS: usize = 8;
const MOST_TEXT: usize = 256;

/// Seconds of silence on a port that are told.
const SILENT: u64 = 60;
/// Lost frames among a thousand that are told.
const LOSS_PER_MILLE: u64 = 1;
/// Emulated interfaces of virtual machines: slow, and they lose frames.
const EMULATED: [&str; 4] = ["e1000", "e1000e", "pcnet", "pcnet32"];

impl Platform {
    /// How a sensor is doing.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when its certificate is over; when the store fails.
    pub fn status(&self, caller: &Caller, mut status: Status) -> Result<StatusReply> {
        let inner = self.inner();
        let tables = inner.tables();
        let sensor = inner.able(&tables, caller)?;
        let now = inner.clock.now();
        bound(&mut status);
        let allowed = allowed(&tables, sensor);
        status.heard.retain(|heard| allowed.contains(&heard.network));
        inner.live.take(&caller.sensor, status.clone(), now);
        let raises = self.look(&caller.sensor, &sensor.name, &status);
        inner.raise_all(raises)?;
        Ok(StatusReply { time: now, again: STATUS_EVERY })
    }

    /// What begins with this status.
    fn look(&self, id: &str, name: &str, status: &Status) -> Vec<Raise> {
        let live = &self.inner().live;
        let mut raises = Vec::new();
        let mut on = |subject: &str, holds: bool, kind: &'static str, severity: Severity, words: String| {
            if live.begins(id, &format!("{kind} {subject}"), holds) {
                let subject = format!("{id} {subject}");
                raises.push(Raise { sensor: name.into(), subject, ..Raise::new(kind, severity, words) });
            }
        };
        for port in &status.ports {
            let quiet = if port.last == Time(0) {
                status.uptime
            } else {
                status.time.since(port.last) / Time::SECOND
            };
            let cause = if port.link {
                "the link is up: is the mirror session's destination right, and enabled?"
            } else {
                "there is no link: check the cable and the switch port."
            };
            let words = format!("No frame on {} for {SILENT} s; {cause}", port.name);
            on(&port.name, quiet >= SILENT, kind::NO_TRAFFIC, Severity::Medium, words);
            let emulated = EMULATED.contains(&port.driver.as_str());
            let words = format!(
                "{} is an emulated {} interface: it is slow and loses frames. Use vmxnet3 (VMware) or netvsc \
                 (Hyper-V) or virtio (KVM) in the virtual machine's settings.",
                port.name, port.driver
            );
            on(&port.name, emulated, kind::DRIVER_CHANGE_REQUIRED, Severity::Low, words);
        }
        let point = live.last_point(id);
        let (lost, frames) =
            point.map_or((0, 0), |point| (point.lost, point.packets * u64::from(STATUS_EVERY)));
        let loses = lost > 0 && lost.saturating_mul(1_000) > frames.saturating_mul(LOSS_PER_MILLE);
        let words = format!(
            "{lost} frames lost in {STATUS_EVERY} s, in the interface or the kernel's ring: \
             mirror less, or give the sensor more cores."
        );
        on("", loses, kind::CAPTURE_LOSS, Severity::Medium, words);
        raises
    }
}

/// Cuts to the bounds.
fn bound(status: &mut Status) {
    let text = |text: &mut String| {
        if text.len() > MOST_TEXT {
            let at = (0..=MOST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(at);
        }
    };
    status.ports.truncate(MOST_PORTS);
    status.cores.truncate(MOST_CORES);
    status.heard.truncate(MOST_HEARD);
    status.findings.truncate(MOST_FINDINGS);
    text(&mut status.version);
    status.heard.iter_mut().for_each(|heard| heard.vlans.truncate(MOST_VLANS));
    status.findings.iter_mut().for_each(|finding| text(&mut finding.words));
    for port in &mut status.ports {
        text(&mut port.name);
        text(&mut port.driver);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{Fact, PortStatus};

    #[test]
    fn what_comes_from_outside_is_cut() {
        let long = "ä".repeat(400);
        let port = PortStatus { name: long.clone(), ..PortStatus::default() };
        let mut status = Status {
            version: long.clone(),
            ports: vec![port; 100],
            findings: vec![Fact { code: None, words: long }; 100],
            cores: vec![0; 5_000],
            ..Status::default()
        };
        bound(&mut status);
        assert_eq!((status.ports.len(), status.findings.len(), status.cores.len()), (64, 64, 1_024));
        assert!(status.version.len() <= 256 && status.ports[0].name.len() <= 256);
    }
}
