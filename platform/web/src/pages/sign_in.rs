//! Sign in and out.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use platform_core::Error;
use platform_core::views::Role;

use crate::answer::{Answer, page_with, redirect, see};
use crate::ask::{Ask, Route, SESSION_COOKIE, own, same};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/sign-in", show).post(Role::Viewer, sign_in).open(),
    Route::act("/sign-out", Role::Viewer, sign_out),
    Route::get("/enter/{key}", enter).open(),
];

/// The form.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// Theme of the browser.
    pub theme: String,
    /// What was typed.
    pub name: String,
    /// Where to go on.
    pub to: String,
    /// What was wrong.
    pub problem: String,
}

fn form(ask: &Ask, to: &str, problem: String) -> SignIn {
    let (theme, to) = (ask.preferences.theme.clone(), own(to).to_owned());
    SignIn { theme, name: ask.form.get("name").to_owned(), to, problem }
}

fn show(ask: &Ask) -> Answer {
    if ask.session.is_some() {
        return see(own(ask.query.get("to")));
    }
    page_with(StatusCode::OK, &form(ask, ask.query.get("to"), String::new()))
}

fn sign_in(ask: &Ask) -> Answer {
    let to = ask.form.get("to");
    match ask.platform.sign_in(ask.form.get("name"), ask.form.raw("password"), &ask.source) {
        Ok((token, session)) => {
            let mut answer = redirect(if session.must_change { "/password" } else { own(to) });
            keep(answer.headers_mut(), SESSION_COOKIE, &token, ask.options.secure, None);
            Ok(answer)
        }
        Err(Error::Denied(words)) => page_with(StatusCode::UNAUTHORIZED, &form(ask, to, words)),
        Err(error @ Error::TooOften(_)) => {
            page_with(StatusCode::TOO_MANY_REQUESTS, &form(ask, to, error.to_string()))
        }
        Err(other) => Err(other.into()),
    }
}

/// The way in that [`crate::Options::entry`] names.
fn enter(ask: &Ask) -> Answer {
    let Some(entry) = ask.options.entry.as_ref().filter(|entry| same(&entry.key, ask.path.get("key"))) else {
        return see("/sign-in");
    };
    let mut answer: Response = redirect("/");
    keep(answer.headers_mut(), SESSION_COOKIE, &entry.token, ask.options.secure, None);
    Ok(answer)
}

fn sign_out(ask: &Ask) -> Answer {
    ask.platform.sign_out(&ask.token)?;
    let mut answer: Response = redirect("/sign-in");
    keep(answer.headers_mut(), SESSION_COOKIE, "", ask.options.secure, Some(0));
    Ok(answer)
}

/// Sets a cookie that no script reads and no other site sends; for the
/// browser's session unless `seconds` says how long.
pub fn keep(headers: &mut HeaderMap, name: &str, value: &str, secure: bool, seconds: Option<u32>) {
    let secure = if secure { "; Secure" } else { "" };
    let age = seconds.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(header::SET_COOKIE, value);
    }
}
