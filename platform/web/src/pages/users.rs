//! Users and API keys: for admins.

use askama::Template;
use axum::http::StatusCode;
use platform_core::views::{ApiKey, NewKey, Role, User};

use crate::answer::{Answer, Problems, page_with, see};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/settings/users", |ask| users(ask, Problems::default(), None))
        .post(Role::Admin, make_user)
        .only(Role::Admin),
    Route::act("/settings/users/remove", Role::Admin, remove_user),
    Route::get("/settings/keys", |ask| keys(ask, Problems::default(), None))
        .post(Role::Admin, make_key)
        .only(Role::Admin),
    Route::act("/settings/keys/revoke", Role::Admin, revoke_key),
];

/// Roles, and what each may do.
pub const ROLES: &[(&str, &str)] = &[
    ("viewer", "reads"),
    ("operator", "configures, leads sensors, judges assets"),
    ("admin", "everything: users, keys, networks too"),
];

/// How long a key may be good: days and words.
pub const DAYS: &[(u32, &str)] = &[(30, "30 days"), (90, "90 days"), (365, "a year"), (0, "for ever")];

/// Users.
#[derive(Template)]
#[template(path = "users.html")]
pub struct UsersPage {
    /// What stands around it.
    pub frame: Frame,
    /// Users by name.
    pub users: Vec<User>,
    /// What was wrong.
    pub problems: Problems,
    /// A new user and their password, the one time it is shown.
    pub made: Option<(String, String)>,
}

/// Keys.
#[derive(Template)]
#[template(path = "keys.html")]
pub struct KeysPage {
    /// What stands around it.
    pub frame: Frame,
    /// Keys by name.
    pub keys: Vec<ApiKey>,
    /// What was wrong.
    pub problems: Problems,
    /// A new key, the one time it is shown.
    pub made: Option<NewKey>,
}

fn status(problems: &Problems) -> StatusCode {
    if problems.none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn users(ask: &Ask, problems: Problems, made: Option<(String, String)>) -> Answer {
    let frame = ask.frame("Users", Section::Settings)?;
    page_with(status(&problems), &UsersPage { frame, users: ask.platform.users()?, problems, made })
}

fn keys(ask: &Ask, problems: Problems, made: Option<NewKey>) -> Answer {
    let frame = ask.frame("API keys", Section::Settings)?;
    page_with(status(&problems), &KeysPage { frame, keys: ask.platform.keys()?, problems, made })
}

fn role(text: &str) -> Role {
    match text {
        "admin" => Role::Admin,
        "operator" => Role::Operator,
        _ => Role::Viewer,
    }
}

fn make_user(ask: &Ask) -> Answer {
    let name = ask.form.get("name");
    match Problems::of(ask.platform.new_user(name, role(ask.form.get("role")), ask.by()))? {
        Ok(password) => users(ask, Problems::default(), Some((name.to_owned(), password))),
        Err(problems) => users(ask, problems, None),
    }
}

fn remove_user(ask: &Ask) -> Answer {
    match Problems::of(ask.platform.remove_user(ask.form.get("name"), ask.by()))? {
        Ok(()) => see("/settings/users?done=removed"),
        Err(Problems(found)) => {
            // Not the new user's field: shown at the top.
            let problems = found.into_iter().map(|(_, words)| ("remove".into(), words)).collect();
            users(ask, Problems(problems), None)
        }
    }
}

fn make_key(ask: &Ask) -> Answer {
    let (name, days) = (ask.form.get("name"), ask.form.get("days").parse().unwrap_or(90));
    match Problems::of(ask.platform.new_key(name, role(ask.form.get("role")), days, ask.by()))? {
        Ok(key) => keys(ask, Problems::default(), Some(key)),
        Err(problems) => keys(ask, problems, None),
    }
}

fn revoke_key(ask: &Ask) -> Answer {
    ask.platform.revoke_key(ask.form.get("prefix"), ask.by())?;
    see("/settings/keys?done=revoked")
}
