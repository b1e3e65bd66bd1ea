//! The own password: changed when it must be, or when wanted.

use askama::Template;
use axum::http::StatusCode;
use platform_core::Error;
use platform_core::views::Role;

use crate::answer::{Answer, Problems, page_with, see};
use crate::ask::{Ask, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/password", show).post(Role::Viewer, change)];

/// The form.
#[derive(Template)]
#[template(path = "password.html")]
pub struct Password {
    /// Theme of the browser.
    pub theme: String,
    /// Guards the form.
    pub token: String,
    /// Who.
    pub name: String,
    /// It must be changed before anything else.
    pub must: bool,
    /// What was wrong.
    pub problems: Problems,
}

fn form(ask: &Ask, problems: Problems) -> Answer {
    let who = ask.who()?;
    let status = if problems.none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (token, name) = (who.form_token.clone(), who.name.clone());
    let theme = ask.preferences.theme.clone();
    page_with(status, &Password { theme, token, name, must: who.must_change, problems })
}

fn show(ask: &Ask) -> Answer {
    form(ask, Problems::default())
}

fn change(ask: &Ask) -> Answer {
    let [old, new, again] = ["old", "new", "again"].map(|field| ask.form.raw(field));
    let problem = |field: &str, words: String| form(ask, Problems(vec![(field.into(), words)]));
    if new != again {
        return problem("again", "is not the same as the new password".into());
    }
    match ask.platform.change_password(&ask.token, old, new) {
        Ok(()) => see("/?done=password"),
        Err(Error::Denied(words)) => problem("old", words),
        Err(Error::Invalid { words, .. }) => problem("new", words),
        Err(other) => Err(other.into()),
    }
}
