//! A personalization code, the one time it is shown, and what is put beside an image made of it
//! (`docs/personalise.md`). The platform keeps no code in clear: the page's own form carries it back.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use model::{NotACode, PersonalizationCode};
use platform_core::Error;
use platform_core::views::{Role, SensorView};
use seed::{FILES, Seed};

use crate::answer::{Answer, Problems, page, page_with};
use crate::ask::{Ask, Fields, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::act("/sensors/{id}/beside", Role::Operator, beside)];

/// What a box without DHCP needs: id of the setting, label, example.
pub const STATIC: &[(&str, &str, &str)] = &[
    ("network.address", "Address and prefix", "10.0.0.5/24"),
    ("network.gateway", "Gateway", "10.0.0.1"),
    ("network.dns1", "DNS server", "10.0.0.1"),
];

/// The page.
#[derive(Template)]
#[template(path = "sensor_code.html")]
pub struct CodePage {
    /// What stands around it.
    pub frame: Frame,
    /// The sensor.
    pub sensor: SensorView,
    /// Its code.
    pub code: String,
    /// Where sensors reach this platform.
    pub platform: String,
    /// It replaces the hardware of a registered sensor.
    pub replaces: bool,
    /// What was typed of a static address.
    pub typed: Fields,
    /// What was wrong with it.
    pub problems: Problems,
}

impl CodePage {
    /// Of a code that was just made, or that its own form carried back.
    pub(super) fn new(ask: &Ask, frame: Frame, sensor: SensorView, code: &str) -> CodePage {
        CodePage {
            frame,
            replaces: sensor.registered.is_some(),
            sensor,
            code: code.to_owned(),
            platform: ask.platform.sensor_address().to_owned(),
            typed: Fields::default(),
            problems: Problems::default(),
        }
    }

    /// What to type on the sensor's host.
    pub fn register(&self) -> String {
        format!(
            "sudo stillwatch register {} --platform {}\nsudo stillwatch run -i eth1",
            self.code, self.platform
        )
    }

    /// Problems that stand beside no field.
    pub fn others(&self) -> Vec<&(String, String)> {
        self.problems.0.iter().filter(|problem| STATIC.iter().all(|field| field.0 != problem.0)).collect()
    }
}

/// The page after a code was made.
///
/// # Errors
/// When it cannot be written.
pub(super) fn show(ask: &Ask, frame: Frame, sensor: SensorView, code: &str) -> Answer {
    page(&CodePage::new(ask, frame, sensor, code))
}

/// Gives one of the files; with a wrong address the page again, since the code is shown nowhere else.
fn beside(ask: &Ask) -> Answer {
    let sensor = ask.platform.sensor(ask.path.get("id"))?;
    let text = ask.form.get("code");
    let code: PersonalizationCode =
        text.parse().map_err(|wrong: NotACode| Error::invalid("code", wrong.to_string()))?;
    let name = ask.form.get("file");
    let missing = || Error::Missing { what: "file", id: name.into() };
    let file = FILES.iter().find(|file| file.name == name).ok_or_else(missing)?;
    let typed = STATIC.iter().map(|field| (field.0.to_owned(), ask.form.get(field.0).to_owned()));
    let mut changes: Vec<(String, String)> = typed.filter(|change| !change.1.is_empty()).collect();
    if !changes.is_empty() {
        changes.push(("network.mode".into(), "static".into()));
    }
    match Seed::new(ask.platform.sensor_address(), code, &changes) {
        Ok(seed) => {
            let named = format!("attachment; filename=\"{}\"", file.name);
            let named =
                HeaderValue::from_str(&named).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
            let kind = HeaderValue::from_static("application/octet-stream");
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)];
            Ok((headers, (file.make)(&seed)).into_response())
        }
        Err(wrong) => {
            let frame = ask.frame(format!("Code for {}", sensor.name), Section::Sensors)?;
            let problems = Problems(wrong.into_iter().map(|(id, why)| (id, why.to_string())).collect());
            let again =
                CodePage { typed: ask.form.clone(), problems, ..CodePage::new(ask, frame, sensor, text) };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
    }
}
