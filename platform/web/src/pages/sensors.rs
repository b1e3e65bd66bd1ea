//! The list of sensors.

use askama::Template;
use platform_core::views::SensorView;
use wire::Status;

use crate::answer::{Answer, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::text::{bit_rate, bytes, count, share, speed};
use crate::verdict::{Verdict, loss, verdict};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/sensors", show)];

/// The page.
#[derive(Template)]
#[template(path = "sensors.html")]
pub struct SensorsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The sensors and how they are.
    pub rows: Vec<(SensorView, Verdict)>,
    /// How many were removed and are not shown.
    pub removed: usize,
}

/// Puts the page together; removed sensors are shown when asked for.
pub fn build(frame: Frame, sensors: Vec<SensorView>, with_removed: bool) -> SensorsPage {
    let gone = |sensor: &SensorView| sensor.state == platform_core::views::SensorState::Deregistered;
    let removed = if with_removed { 0 } else { sensors.iter().filter(|sensor| gone(sensor)).count() };
    let rows = sensors
        .into_iter()
        .filter(|sensor| with_removed || !gone(sensor))
        .map(|sensor| {
            let said = verdict(&sensor, frame.now);
            (sensor, said)
        })
        .collect();
    SensorsPage { frame, rows, removed }
}

fn show(ask: &Ask) -> Answer {
    let frame = ask.frame("Sensors", Section::Sensors)?;
    page(&build(frame, ask.platform.sensors()?, ask.query.has("removed")))
}

impl SensorsPage {
    /// The version alone, without the product's name.
    pub fn version<'a>(&self, version: &'a str) -> &'a str {
        version.rsplit(' ').next().unwrap_or(version)
    }

    /// The cells of numbers: label and text, empty when not known; each line is kept whole.
    pub fn numbers(&self, sensor: &SensorView) -> Vec<(&'static str, String)> {
        let status = sensor.status.as_ref();
        let told = |read: &dyn Fn(&Status) -> String| status.map_or_else(String::new, read);
        let [lost, all] = loss(sensor);
        let cells = vec![
            ("Traffic now", told(&traffic)),
            ("Lost", if all == 0 { String::new() } else { share(lost, all) }),
            ("Assets", count(sensor.assets[0])),
            ("Heard in 24 h", count(sensor.assets[1])),
            ("New in 24 h", count(sensor.assets[2])),
            (
                "Busiest core",
                told(&|now| now.cores.iter().max().map_or(String::new(), |load| format!("{} %", load / 10))),
            ),
            ("Memory", told(&|now| share(now.memory_kib[0], now.memory_kib[1]))),
            (
                "Reports waiting",
                told(&|now| match now.spool.batches {
                    0 => "none".into(),
                    batches => format!("{}\n{}", count(batches), bytes(now.spool.bytes[0])),
                }),
            ),
        ];
        cells.into_iter().map(|(label, text)| (label, text.replace(' ', "\u{a0}"))).collect()
    }
}

/// Traffic now, with the speed of the ports: `412 Mb/s of 10 Gb/s`.
fn traffic(status: &Status) -> String {
    let bits: u64 = status.ports.iter().map(|port| port.bits).sum();
    let rated: u32 =
        status.ports.iter().map(|port| if port.rated > 0 { port.rated } else { port.speed }).sum();
    match rated {
        0 => bit_rate(bits),
        rated => format!("{}\nof {}", bit_rate(bits), speed(rated)),
    }
}
