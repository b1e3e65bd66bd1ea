//! *New sensor*: where it will hear traffic, its name, its code – shown once –
//! and then a page that watches it come alive.

use askama::Template;
use axum::http::StatusCode;
use platform_core::views::{Heard, NewSensor, Role, SensorState, SensorView};

use super::sensor_code;
use crate::answer::{Answer, Problems, page, page_with};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::text::counted;

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/sensors/new", show).post(Role::Operator, make).only(Role::Operator),
    Route::get("/sensors/{id}/watch", watch),
];

/// Placements: name, what it hears, what it does not hear.
pub const PLACES: &[(&str, &str, &str)] = &[
    ("Access switch", "Everything its ports say, also between them, with every MAC.", "Other switches."),
    (
        "Distribution",
        "Everything that crosses between access switches.",
        "Hosts that talk inside one access switch.",
    ),
    (
        "Core",
        "Traffic between networks, of many sites at once.",
        "Traffic inside one access switch; hosts behind a router have no MAC of their own.",
    ),
    ("Firewall edge", "Who talks to the internet, and what.", "Most internal traffic."),
    ("OT cell", "Every controller and station of the cell.", "Other cells."),
];

/// How long a code may be good: hours and words.
pub const PERIODS: &[(u32, &str)] =
    &[(1, "1 hour"), (24, "1 day"), (72, "3 days"), (336, "14 days"), (720, "30 days")];

/// The form.
#[derive(Template)]
#[template(path = "new_sensor.html")]
pub struct NewSensorPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub new: NewSensor,
    /// What was wrong.
    pub problems: Problems,
}

/// A sensor coming alive.
#[derive(Template)]
#[template(path = "sensor_watch.html")]
pub struct WatchPage {
    /// What stands around it.
    pub frame: Frame,
    /// The sensor.
    pub sensor: SensorView,
    /// Ranges it hears.
    pub heard: Vec<Heard>,
}

fn show(ask: &Ask) -> Answer {
    let frame = ask.frame("New sensor", Section::Sensors)?;
    let networks = frame.networks.first().cloned().into_iter().collect();
    let new = NewSensor { networks, hours: 336, ..NewSensor::default() };
    page(&NewSensorPage { frame, new, problems: Problems::default() })
}

fn make(ask: &Ask) -> Answer {
    let frame = ask.frame("New sensor", Section::Sensors)?;
    let home = ask.form.get("home").to_owned();
    let others = ask.form.all("network").map(str::to_owned).filter(|network| *network != home);
    let networks = std::iter::once(home.clone()).chain(others).filter(|name| !name.is_empty()).collect();
    let new = NewSensor {
        name: ask.form.get("name").to_owned(),
        site: ask.form.get("site").to_owned(),
        networks,
        hours: ask.form.get("hours").parse().unwrap_or(336),
    };
    match Problems::of(ask.platform.new_sensor(&new, ask.by()))? {
        Ok((sensor, code)) => sensor_code::show(ask, frame, sensor, &code),
        Err(problems) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewSensorPage { frame, new, problems }),
    }
}

fn watch(ask: &Ask) -> Answer {
    let sensor = ask.platform.sensor(ask.path.get("id"))?;
    let mut heard = ask.platform.heard_ranges()?;
    heard.retain(|range| range.sensor == sensor.name);
    let frame = ask.frame(format!("{} comes alive", sensor.name), Section::Sensors)?;
    page(&WatchPage { frame, sensor, heard })
}

impl NewSensorPage {
    /// Problems of no field of the form.
    pub fn others(&self) -> Vec<&(String, String)> {
        self.problems.others(&["name", "site", "networks", "hours"])
    }
}

/// A step of coming alive.
pub struct Step {
    /// Done.
    pub done: bool,
    /// What.
    pub words: &'static str,
    /// What is seen, or what to do.
    pub more: String,
}

impl WatchPage {
    /// The steps in order.
    pub fn steps(&self) -> Vec<Step> {
        let sensor = &self.sensor;
        let registered = sensor.registered.is_some();
        let status = sensor.status.as_ref();
        let frames: u64 = status.iter().flat_map(|status| &status.ports).map(|port| port.frames).sum();
        let linked = status.is_some_and(|status| status.ports.iter().any(|port| port.link));
        let hosts: u32 = self.heard.iter().map(|range| range.hosts).sum();
        let step = |done, words, yes: String, no: &str| Step {
            done,
            words,
            more: if done { yes } else { no.into() },
        };
        vec![
            step(
                registered,
                "Registered",
                sensor
                    .hardware
                    .as_ref()
                    .map_or(String::new(), |box_| format!("{} {}", box_.board, box_.version)),
                "Waits for its code. The box shows an error code when it cannot: the remedy stands beside it.",
            ),
            step(
                status.is_some(),
                "Reports how it is",
                format!("Configuration {}", sensor.config),
                "Follows within seconds of the registration.",
            ),
            step(
                linked,
                "A port has a link",
                String::new(),
                "Plug the mirror's cable in, or connect the port group.",
            ),
            step(
                frames > 0,
                "Frames arrive",
                counted(frames, "frame", "frames"),
                "The mirror is silent: check its destination port and that the session is enabled.",
            ),
            step(
                !self.heard.is_empty(),
                "Hosts are heard",
                counted(hosts, "host", "hosts"),
                "Ranges appear here as soon as hosts speak.",
            ),
            step(
                sensor.state == SensorState::Sensing,
                "Inventories",
                counted(sensor.assets[0], "asset", "assets"),
                "Tick the ranges that are yours; until then it keeps what it hears to itself.",
            ),
        ]
    }
}
