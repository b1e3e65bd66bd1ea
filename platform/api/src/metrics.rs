//! `/metrics`: what the platform and its sensors measure, in the names of
//! `platform.md`. Sensors listen on nothing, so the platform serves theirs.

use std::sync::atomic::AtomicU64;

use platform_core::views::{SensorState, SensorView};
use platform_core::{Error, Platform, Result};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Labels: names and values. `sensor` is its id: names change.
type Labels = Vec<(&'static str, String)>;
type Floating = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    commit: &'static str,
}

/// Everything, as OpenMetrics text.
pub(crate) fn text(platform: &Platform) -> Result<String> {
    let mut registry = Registry::with_prefix("stillwatch");
    let sensors = platform.sensors()?;
    let build = Family::<Build, Gauge>::default();
    let commit = option_env!("STILLWATCH_COMMIT").unwrap_or("unknown");
    build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION"), commit }).set(1);
    registry.register("build_info", "Version of the platform", build);
    let up = Gauge::<i64>::default();
    up.set(1);
    registry.register("up", "The platform runs", up);
    ports(&mut registry, &sensors);
    boxes(&mut registry, &sensors);
    assets(&mut registry, platform);
    let mut out = String::new();
    encode(&mut out, &registry).map_err(|cause| Error::Internal(format!("metrics: {cause}")))?;
    Ok(out)
}

fn label(sensor: &SensorView, more: &[(&'static str, &str)]) -> Labels {
    let more = more.iter().map(|(name, value)| (*name, (*value).to_string()));
    std::iter::once(("sensor", sensor.id.clone())).chain(more).collect()
}

/// What each sniffing port counts.
fn ports(registry: &mut Registry, sensors: &[SensorView]) {
    let (packets, bytes, lost) = (
        Family::<Labels, Counter>::default(),
        Family::<Labels, Counter>::default(),
        Family::<Labels, Counter>::default(),
    );
    let speed = Family::<Labels, Gauge>::default();
    for sensor in sensors {
        for port in sensor.status.iter().flat_map(|status| &status.ports) {
            let labels = label(sensor, &[("iface", &port.name)]);
            packets.get_or_create(&labels).inc_by(port.frames);
            bytes.get_or_create(&labels).inc_by(port.bytes);
            for (stage, count) in ["nic", "kernel"].into_iter().zip(port.lost) {
                let labels = label(sensor, &[("iface", &port.name), ("stage", stage)]);
                lost.get_or_create(&labels).inc_by(count);
            }
            let rate = i64::from(port.speed) * 1_000_000;
            speed.get_or_create(&labels).set(rate);
        }
    }
    registry.register("capture_packets", "Frames that came in", packets);
    registry.register_with_unit("capture", "Bytes that came in", Unit::Bytes, bytes);
    registry.register("capture_lost_packets", "Frames lost, by where", lost);
    registry.register("link_speed_bits_per_second", "Speed of the link", speed);
}

/// What each sensor says of itself.
fn boxes(registry: &mut Registry, sensors: &[SensorView]) {
    let (flows, memory, backlog) = (
        Family::<Labels, Gauge>::default(),
        Family::<Labels, Gauge>::default(),
        Family::<Labels, Gauge>::default(),
    );
    let (connected, busy) = (Family::<Labels, Gauge>::default(), Family::<Labels, Floating>::default());
    let contact = Family::<Labels, Floating>::default();
    for sensor in sensors {
        let registered = !matches!(sensor.state, SensorState::Unregistered | SensorState::Deregistered);
        if registered {
            connected.get_or_create(&label(sensor, &[])).set(i64::from(!sensor.offline));
        }
        if let Some(last) = sensor.last_contact {
            contact.get_or_create(&label(sensor, &[])).set(last.0.0 as f64 / 1e9);
        }
        let Some(status) = &sensor.status else { continue };
        flows.get_or_create(&label(sensor, &[])).set(amount(status.conversations));
        for (kind, kib) in ["used", "present"].into_iter().zip(status.memory_kib) {
            memory.get_or_create(&label(sensor, &[("kind", kind)])).set(amount(kib.saturating_mul(1_024)));
        }
        backlog.get_or_create(&label(sensor, &[])).set(amount(status.spool.bytes[0]));
        for (core, load) in status.cores.iter().enumerate() {
            let labels = label(sensor, &[("core", &core.to_string())]);
            busy.get_or_create(&labels).set(f64::from(*load) / 1_000.0);
        }
    }
    registry.register("flows_active", "Conversations being counted", flows);
    registry.register("memory_bytes", "Memory of the sensor", memory);
    registry.register("export_backlog_bytes", "Reports that wait on the sensor", backlog);
    registry.register("uplink_connected", "The sensor is heard of", connected);
    registry.register("worker_busy_ratio", "Load of a core", busy);
    registry.register("last_contact_timestamp_seconds", "When the sensor was heard of last", contact);
}

/// Assets by category. While the inventory cannot answer there are none.
fn assets(registry: &mut Registry, platform: &Platform) {
    let by_category = Family::<Labels, Gauge>::default();
    if let Ok(home) = platform.home() {
        for (category, count) in &home.categories {
            let labels = vec![("state", "unmanaged".to_string()), ("category", category.clone())];
            by_category.get_or_create(&labels).set(amount(*count));
        }
    }
    registry.register("assets", "Assets in the inventory", by_category);
}

fn amount(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
