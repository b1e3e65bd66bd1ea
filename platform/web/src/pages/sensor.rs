//! One sensor: how it is, what it hears, its codes and lines, and what to do with it.

use askama::Template;
use assets::doc::Stamp;
use axum::http::StatusCode;
use model::Time;
use platform_core::views::{CodeState, Heard, LineView, Role, SensorState, SensorView, UpdateView};

use super::new_sensor::PERIODS;
use super::sensor_code;
use crate::answer::{Answer, Problems, page, page_with, see};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::parts::{Html, Level, ago, spark, status};
use crate::text::{bit_rate, counted, kib, packet_rate};
use crate::verdict::{Verdict, verdict};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/sensors/{id}", show),
    Route::act("/sensors/{id}/pause", Role::Operator, |ask| lead(ask, "paused")),
    Route::act("/sensors/{id}/resume", Role::Operator, |ask| lead(ask, "resumed")),
    Route::act("/sensors/{id}/deregister", Role::Operator, |ask| lead(ask, "removed")),
    Route::act("/sensors/{id}/revoke-code", Role::Operator, |ask| lead(ask, "revoked")),
    Route::act("/sensors/{id}/line", Role::Operator, |ask| lead(ask, "line")),
    Route::act("/sensors/{id}/code", Role::Operator, code),
];

/// The page.
#[derive(Template)]
#[template(path = "sensor.html")]
pub struct SensorPage {
    /// What stands around it.
    pub frame: Frame,
    /// The sensor.
    pub sensor: SensorView,
    /// How it is.
    pub said: Verdict,
    /// Ranges it hears.
    pub heard: Vec<Heard>,
    /// What was wrong with a form.
    pub problems: Problems,
}

/// Puts the page together; of `heard` only this sensor's ranges are shown.
pub fn build(frame: Frame, sensor: SensorView, mut heard: Vec<Heard>, problems: Problems) -> SensorPage {
    heard.retain(|range| range.sensor == sensor.name);
    let said = verdict(&sensor, frame.now);
    SensorPage { frame, sensor, said, heard, problems }
}

fn show(ask: &Ask) -> Answer {
    let sensor = ask.platform.sensor(ask.path.get("id"))?;
    let frame = ask.frame(sensor.name.clone(), Section::Sensors)?;
    page(&build(frame, sensor, ask.platform.heard_ranges()?, Problems::default()))
}

/// Everything that is done with one button.
fn lead(ask: &Ask, done: &str) -> Answer {
    let id = ask.path.get("id");
    let by = ask.by();
    let result = match done {
        "paused" => ask.platform.pause(id, true, by),
        "resumed" => ask.platform.pause(id, false, by),
        "removed" if ask.form.get("name") != ask.platform.sensor(id)?.name => {
            Err(platform_core::Error::invalid("name", "type the sensor's name to remove it"))
        }
        "removed" => ask.platform.deregister(id, by),
        "revoked" => ask.platform.revoke_code(id, ask.form.get("code"), by),
        _ => ask.platform.choose_line(id, ask.form.get("epoch"), by),
    };
    match Problems::of(result)? {
        Ok(()) => see(&format!("/sensors/{id}?done={done}")),
        Err(problems) => again(ask, problems),
    }
}

fn code(ask: &Ask) -> Answer {
    let id = ask.path.get("id");
    let hours = ask.form.get("hours").parse().unwrap_or(336);
    match Problems::of(ask.platform.new_code(id, hours, ask.by()))? {
        Ok(code) => {
            let sensor = ask.platform.sensor(id)?;
            let frame = ask.frame(format!("Code for {}", sensor.name), Section::Sensors)?;
            sensor_code::show(ask, frame, sensor, &code)
        }
        Err(problems) => again(ask, problems),
    }
}

fn again(ask: &Ask, problems: Problems) -> Answer {
    let sensor = ask.platform.sensor(ask.path.get("id"))?;
    let frame = ask.frame(sensor.name.clone(), Section::Sensors)?;
    let page = build(frame, sensor, ask.platform.heard_ranges()?, problems);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl SensorPage {
    /// It may be paused or resumed, and its hardware replaced.
    pub fn alive(&self) -> bool {
        !matches!(self.sensor.state, SensorState::Unregistered | SensorState::Deregistered)
    }

    /// A sensor's own time, relative.
    pub fn ago(&self, at: &Time) -> Html {
        ago(&self.frame, &Stamp(*at))
    }

    /// It was removed.
    pub fn gone(&self) -> bool {
        self.sensor.state == SensorState::Deregistered
    }

    /// An operator must choose between its lines.
    pub fn must_choose(&self) -> bool {
        self.sensor.lines.len() > 1 && self.sensor.lines.iter().any(|line| line.quarantined)
    }

    /// State of a code as a word.
    pub fn code_state(&self, state: &CodeState) -> Html {
        match state {
            CodeState::Issued => status(Level::Good, "Issued"),
            CodeState::Used => status(Level::Idle, "Used"),
            CodeState::Expired => status(Level::Idle, "Expired"),
            CodeState::Revoked => status(Level::Idle, "Revoked"),
            CodeState::Locked => status(Level::Warn, "Locked for 15 minutes"),
            CodeState::Void => status(Level::Bad, "Void: too many wrong tries"),
        }
    }

    /// A code that could still be used.
    pub fn open_code(&self, state: &CodeState) -> bool {
        matches!(state, CodeState::Issued | CodeState::Locked)
    }

    /// State of a line.
    pub fn line_state(&self, line: &LineView) -> Html {
        match (line.quarantined, line.gaps) {
            (true, _) => status(Level::Bad, "Held back"),
            (false, 0) => status(Level::Good, "Complete"),
            (false, gaps) => status(Level::Warn, &counted(gaps, "batch missing", "batches missing")),
        }
    }

    /// Whether the configuration is in force.
    pub fn applied(&self) -> Html {
        match &self.sensor.status {
            None => status(Level::Idle, "Not told yet"),
            Some(now) if now.config == self.sensor.config => {
                status(Level::Good, &format!("Version {} in force", now.config))
            }
            Some(now) => status(
                Level::Warn,
                &format!("Has version {}, version {} is on its way", now.config, self.sensor.config),
            ),
        }
    }

    /// Traffic of the last hour as a line.
    pub fn traffic(&self) -> Html {
        let bits: Vec<u64> = self.sensor.history.iter().map(|point| point.bits).collect();
        let most = bits.iter().copied().max().unwrap_or(0);
        spark(&bits, &format!("Traffic of the last hour, at most {}", bit_rate(most)))
    }

    /// Highest and lost of the last hour.
    pub fn hour(&self) -> String {
        let most = self.sensor.history.iter().map(|point| point.bits).max().unwrap_or(0);
        let packets = self.sensor.history.iter().map(|point| point.packets).max().unwrap_or(0);
        let lost: u64 = self.sensor.history.iter().map(|point| point.lost).sum();
        format!(
            "at most {}, {}; {} lost",
            bit_rate(most),
            packet_rate(packets),
            counted(lost, "frame", "frames")
        )
    }

    /// VLANs of a heard range.
    pub fn vlans(&self, vlans: &[u16]) -> String {
        match vlans {
            [] => "untagged".into(),
            some => some.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    /// How busy each core is.
    pub fn cores(&self, cores: &[u16]) -> String {
        cores.iter().map(|load| format!("{} %", load / 10)).collect::<Vec<_>>().join(" · ")
    }

    /// Where its last update stands, in a sentence.
    pub fn update(&self, update: &UpdateView) -> Html {
        let (version, words) = (update.version.as_str(), update.words.as_str());
        let to = if version.is_empty() { String::new() } else { format!(" to {version}") };
        let (level, sentence) = match update.state {
            "none" => (Level::Idle, "No update so far".to_owned()),
            "fetching" => (Level::Idle, format!("It fetches the update{to}: {words}")),
            "installed" => (Level::Idle, format!("The update{to} is installed and runs after the restart")),
            "trial" => (
                Level::Warn,
                format!("The update{to} runs on trial; when it fails, the version before returns"),
            ),
            "good" => (Level::Good, format!("The update{to} works")),
            "refused" => (Level::Bad, format!("The update{to} was refused and nothing changed: {words}")),
            "rolled_back" => {
                (Level::Bad, format!("The update{to} did not work, the version before runs again: {words}"))
            }
            _ => (Level::Warn, "It says something of its update that this platform does not know".to_owned()),
        };
        status(level, &sentence)
    }

    /// The hardware in a line.
    pub fn hardware(&self) -> String {
        self.sensor.hardware.as_ref().map_or(String::new(), |box_| {
            let size = format!("{} cores, {}", box_.cores, kib(u64::from(box_.memory_mib) * 1_024));
            let parts = [box_.board.as_str(), box_.product.as_str(), &size];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        })
    }
}
