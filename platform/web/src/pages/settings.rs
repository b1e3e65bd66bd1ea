//! Own settings: how pages look in this browser, and the password.

use askama::Template;
use platform_core::views::Role;

use super::sign_in::keep;
use crate::answer::{Answer, page, redirect};
use crate::ask::{Ask, PREFERENCES_COOKIE, Route, own};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] =
    &[Route::get("/settings", show), Route::act("/preferences", Role::Viewer, prefer)];

/// The tabs of settings: address and words, and whether only admins see them.
pub const TABS: &[(&str, &str, bool)] =
    &[("/settings", "Own", false), ("/settings/users", "Users", true), ("/settings/keys", "API keys", true)];

/// Seconds that preferences are kept: a year.
const KEPT: u32 = 31_536_000;

/// The page.
#[derive(Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// What stands around it.
    pub frame: Frame,
}

fn show(ask: &Ask) -> Answer {
    page(&SettingsPage { frame: ask.frame("Settings", Section::Settings)? })
}

/// Keeps what was chosen; what was not sent stays as it is.
fn prefer(ask: &Ask) -> Answer {
    let mut new = ask.preferences.clone();
    match ask.form.get("theme") {
        "next" => {
            new.theme = match new.theme.as_str() {
                "" => "light",
                "light" => "dark",
                _ => "",
            }
            .into();
        }
        theme @ ("light" | "dark") => new.theme = theme.into(),
        "system" => new.theme.clear(),
        _ => {}
    }
    for (field, value) in [("utc", &mut new.utc), ("keys", &mut new.keys)] {
        match ask.form.get(field) {
            "yes" => *value = true,
            "no" => *value = false,
            _ => {}
        }
    }
    let mut answer = redirect(own(ask.form.get("to")));
    keep(answer.headers_mut(), PREFERENCES_COOKIE, &new.write(), ask.options.secure, Some(KEPT));
    Ok(answer)
}
