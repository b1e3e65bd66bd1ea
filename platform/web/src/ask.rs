//! A request as pages see it: who asks, for what, with which form. One place
//! checks session, role, form token and the password that must be changed.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::multipart::Multipart;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use platform_core::views::{Role, Session};
use platform_core::{Error, Platform};

use crate::Options;
use crate::answer::{Answer, Refusal, redirect, refuse};
use crate::frame::{Frame, Preferences, Section};
use crate::upload;

/// Name of the cookie that holds a session's token; the API knows it too.
pub const SESSION_COOKIE: &str = "stillwatch_session";
/// Name of the cookie that holds a browser's preferences.
pub const PREFERENCES_COOKIE: &str = "stillwatch_preferences";

/// Fields of a query or a form, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// First value of a name, trimmed; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// All values of a name, trimmed.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.0 == name).map(|field| field.1.trim())
    }

    /// First value of a name as it was sent: for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|field| field.0 == name).map_or("", |field| field.1.as_str())
    }

    /// True when it is there and not empty.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Lines, commas and blanks part the entries of a list that people type.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.get(name)
            .split([',', ';', '\n', '\r', ' ', '\t'])
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// A request.
pub struct Ask {
    /// The platform.
    pub platform: Platform,
    /// How the pages are served.
    pub options: Arc<Options>,
    /// Who asks; `None` only on pages that need no session.
    pub session: Option<Session>,
    /// Token of the session.
    pub token: String,
    /// Parts of the path by name.
    pub path: Fields,
    /// Path and query.
    pub url: String,
    /// Query.
    pub query: Fields,
    /// Form; empty for GET.
    pub form: Fields,
    /// Preferences of the browser.
    pub preferences: Preferences,
    /// Address of the browser, for limits; empty when not known.
    pub source: String,
}

/// A page's handler.
pub type Run = fn(&Ask) -> Answer;

/// Handler of a form that brings a file, which it reads while it comes.
pub type Take = fn(&Ask, &mut dyn Read) -> Answer;

/// One address and what it answers.
#[derive(Clone, Copy)]
pub struct Route {
    /// The address, as axum writes it.
    pub path: &'static str,
    /// Who may read it; `None`: everybody, without a session.
    pub reader: Option<Role>,
    /// The page.
    pub get: Option<Run>,
    /// Who may send its form, and what that does.
    pub post: Option<(Role, Run)>,
    /// The same for a form with a file (`multipart/form-data`: `token`, then `file`).
    pub upload: Option<(Role, Take)>,
}

impl Route {
    /// A page for everybody who is signed in.
    pub const fn get(path: &'static str, run: Run) -> Route {
        Route { path, reader: Some(Role::Viewer), get: Some(run), post: None, upload: None }
    }

    /// A form without a page of its own.
    pub const fn act(path: &'static str, role: Role, run: Run) -> Route {
        Route { path, reader: Some(role), get: None, post: Some((role, run)), upload: None }
    }

    /// A form with a file, without a page of its own.
    pub const fn upload(path: &'static str, role: Role, take: Take) -> Route {
        Route { path, reader: Some(role), get: None, post: None, upload: Some((role, take)) }
    }

    /// A form too.
    pub const fn post(mut self, role: Role, run: Run) -> Route {
        self.post = Some((role, run));
        self
    }

    /// Only for a role.
    pub const fn only(mut self, role: Role) -> Route {
        self.reader = Some(role);
        self
    }

    /// For everybody, signed in or not.
    pub const fn open(mut self) -> Route {
        self.reader = None;
        self
    }
}

impl Ask {
    /// Who asks.
    ///
    /// # Errors
    /// When nobody is signed in; the routes see to it that somebody is.
    pub fn who(&self) -> Result<&Session, Refusal> {
        self.session.as_ref().ok_or_else(|| Error::Denied("nobody is signed in".into()).into())
    }

    /// Name of who asks, for the records.
    pub fn by(&self) -> &str {
        self.session.as_ref().map_or("", |session| session.name.as_str())
    }

    /// What stands around the page.
    ///
    /// # Errors
    /// When the networks cannot be read.
    pub fn frame(&self, title: impl Into<String>, section: Section) -> Result<Frame, Refusal> {
        let networks = self.platform.networks()?.into_iter().map(|network| network.name).collect();
        Ok(Frame {
            title: title.into(),
            section,
            who: self.who()?.clone(),
            networks,
            network: self.query.get("network").to_owned(),
            search: String::new(),
            preferences: self.preferences.clone(),
            now: self.options.clock.now(),
            url: self.url.clone(),
            version: self.options.version,
            done: done(self.query.get("done")).to_owned(),
        })
    }
}

/// What was just done, by the word in the address (never the address's own text).
fn done(word: &str) -> &'static str {
    match word {
        "saved" => "Saved. Sensors get it at once.",
        "set" => "The value is set. It wins until it is cleared.",
        "cleared" => "The value is what was heard again.",
        "merged" => "Merged. It can be undone under Identity.",
        "never" => "These two are kept apart from now on.",
        "split" => "Split. It can be undone under Identity.",
        "undone" => "Undone.",
        "paused" => "The sensor is told to pause.",
        "resumed" => "The sensor is told to resume.",
        "revoked" => "Revoked.",
        "removed" => "Removed.",
        "line" => "The line is chosen; the others have ended.",
        "password" => "The password is changed. Your other sessions have ended.",
        "preferences" => "Kept for this browser.",
        "bundle-added" => "The bundle is here. Nothing is installed before you roll it out.",
        "rules-installed" => "The rule pack is in force. Assets are made anew with it.",
        "rules-back" => "The tables before are in force again. Assets are made anew with them.",
        "rollout-started" => "The roll-out has begun.",
        "rollout-paused" => "Nothing more is offered until it is resumed.",
        "rollout-resumed" => "The roll-out goes on.",
        "rollout-cancelled" => "The roll-out has ended. Who has the version keeps it.",
        "network" => "The network is made.",
        _ => "",
    }
}

/// An address to go on at that is ours: a path, and not another host's.
pub fn own(address: &str) -> &str {
    let ours = address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(['\\', '\r', '\n'])
        && address.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if ours { address } else { "/" }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|pair| pair.0 == name)
        .map_or("", |pair| pair.1)
}

/// Equal, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// True when a browser says that another site sent this form.
fn foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Where a browser says this, it is all that counts: our own policy on referrers
    // makes it send `Origin: null`.
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    // Older browsers: `Origin` must name the host the request was sent to.
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, of)| of != host),
        _ => false,
    }
}

/// Answers one request of a route.
pub async fn answer(platform: Platform, options: Arc<Options>, route: Route, request: Request) -> Response {
    if let Some((role, take)) = route.upload.filter(|_| request.method() == Method::POST) {
        return answer_upload(platform, options, (route, role, take), request).await;
    }
    match read(platform, options, request).await {
        Ok((ask, method)) => {
            let foreign_form = method == Method::POST && ask.1;
            let job = tokio::task::spawn_blocking(move || decide(ask.0, route, &method, foreign_form));
            job.await.unwrap_or_else(|_| {
                let error = Error::Internal("the page's code stopped".into());
                refuse(&error.into(), None)
            })
        }
        Err(refusal) => refuse(&refusal, None),
    }
}

/// Answers a form with a file: who asks, the token, and only then the file.
async fn answer_upload(
    platform: Platform,
    options: Arc<Options>,
    (route, role, take): (Route, Role, Take),
    request: Request,
) -> Response {
    let (ask, parts, body) = match head(platform, options, request).await {
        Ok(all) => all,
        Err(refusal) => return refuse(&refusal, None),
    };
    let foreign = foreign(&parts.headers);
    let form = Multipart::from_request(Request::from_parts(parts, body), &()).await.ok();
    let runtime = tokio::runtime::Handle::current();
    let job = tokio::task::spawn_blocking(move || {
        let mut ask = ask;
        if let Err(error) = enter(&mut ask) {
            return refuse(&error.into(), None);
        }
        // Without a form there is no token, and without a token no form is good.
        let mut form = form;
        let token = form.as_mut().and_then(|form| upload::token(form, &runtime)).unwrap_or_default();
        ask.form = Fields(vec![("token".into(), token)]);
        match checked(&ask, route, &Method::POST, foreign, Some(role)) {
            Ok(()) => {}
            Err(Stop::Go(address)) => return redirect(&address),
            Err(Stop::Refuse(refusal)) => return with_frame(&ask, &refusal),
        }
        let cut = || {
            let words = "No file came with the form, or not the whole of it. Nothing was taken in.";
            Refusal::new(StatusCode::BAD_REQUEST, "No whole file", words, "Go back and send it again.")
        };
        let Some(mut file) = form.as_mut().and_then(|form| upload::file(form, &runtime)) else {
            return with_frame(&ask, &cut());
        };
        let answer = take(&ask, &mut file);
        if file.is_cut() {
            return with_frame(&ask, &cut());
        }
        file.drain();
        answer.unwrap_or_else(|refusal| with_frame(&ask, &refusal))
    });
    job.await.unwrap_or_else(|_| refuse(&Error::Internal("the page's code stopped".into()).into(), None))
}

/// All of a request but its body.
async fn head(
    platform: Platform,
    options: Arc<Options>,
    request: Request,
) -> Result<(Ask, Parts, Body), Refusal> {
    let (mut parts, body) = request.into_parts();
    let path = match RawPathParams::from_request_parts(&mut parts, &()).await {
        Ok(params) => params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        Err(_) => return Err(bad("Its address is not UTF-8.")),
    };
    let query: Query<Vec<(String, String)>> =
        Query::try_from_uri(&parts.uri).map_err(|_| bad("Its query is not made of names and values."))?;
    let ask = Ask {
        platform,
        options,
        session: None,
        token: cookie(&parts.headers, SESSION_COOKIE).to_owned(),
        path: Fields(path),
        url: parts.uri.path_and_query().map_or("/", |all| all.as_str()).to_owned(),
        query: Fields(query.0),
        form: Fields::default(),
        preferences: Preferences::read(cookie(&parts.headers, PREFERENCES_COOKIE)),
        source: parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or_else(String::new, |info| info.0.ip().to_string()),
    };
    Ok((ask, parts, body))
}

/// Words for a request that is none.
fn bad(words: &str) -> Refusal {
    let cure = "Go back and try again.";
    Refusal::new(StatusCode::BAD_REQUEST, "This request cannot be read", words, cure)
}

/// Reads everything of a request before any of it is acted on.
async fn read(
    platform: Platform,
    options: Arc<Options>,
    request: Request,
) -> Result<((Ask, bool), Method), Refusal> {
    let (ask, parts, body) = head(platform, options, request).await?;
    let method = parts.method.clone();
    let foreign = foreign(&parts.headers);
    if method != Method::POST {
        return Ok(((ask, foreign), method));
    }
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), &()).await;
    let form = form.map_err(|_| bad("Its form is not readable, or larger than 1 MiB."))?.0;
    Ok(((Ask { form: Fields(form), ..ask }, foreign), method))
}

/// Session, password, role, form token, then the page's own code.
fn decide(mut ask: Ask, route: Route, method: &Method, foreign: bool) -> Response {
    if let Err(error) = enter(&mut ask) {
        return refuse(&error.into(), None);
    }
    match allowed(&ask, route, method, foreign) {
        Ok(run) => run(&ask).unwrap_or_else(|refusal| with_frame(&ask, &refusal)),
        Err(Stop::Go(address)) => redirect(&address),
        Err(Stop::Refuse(refusal)) => with_frame(&ask, &refusal),
    }
}

/// Finds the session.
fn enter(ask: &mut Ask) -> Result<(), Error> {
    if !ask.token.is_empty() {
        ask.session = ask.platform.session(&ask.token)?;
    }
    Ok(())
}

enum Stop {
    Go(String),
    Refuse(Refusal),
}

fn allowed(ask: &Ask, route: Route, method: &Method, foreign: bool) -> Result<Run, Stop> {
    let refuse = |refusal| Err(Stop::Refuse(refusal));
    let (least, run) = match (method, route.get, route.post) {
        (&Method::GET | &Method::HEAD, Some(run), _) => (route.reader, run),
        (&Method::POST, _, Some((role, run))) => (route.reader.map(|_| role), run),
        _ => {
            let words = format!("{} does not take {method}.", route.path);
            let cure = "Use the buttons of the page it belongs to.";
            return refuse(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Not this way", words, cure));
        }
    };
    checked(ask, route, method, foreign, least).map(|()| run)
}

/// Session, password, token, role, in this order; `least` is the role, `None` for what is open to all.
fn checked(ask: &Ask, route: Route, method: &Method, foreign: bool, least: Option<Role>) -> Result<(), Stop> {
    let refuse = |refusal| Err(Stop::Refuse(refusal));
    let stale = || {
        let words = "The form was not made by a page of this session, or the session is a new one.";
        Refusal::new(
            StatusCode::FORBIDDEN,
            "The form is out of date",
            words,
            "Open the page again and send the form from there.",
        )
    };
    if *method == Method::POST && foreign {
        return refuse(stale());
    }
    let Some(least) = least else { return Ok(()) };
    let Some(session) = &ask.session else {
        let to = if *method == Method::POST { "/" } else { ask.url.as_str() };
        return Err(Stop::Go(format!("/sign-in?to={}", crate::text::url_part(to))));
    };
    if session.must_change && !matches!(route.path, "/password" | "/sign-out") {
        return Err(Stop::Go("/password".into()));
    }
    if *method == Method::POST
        && (session.form_token.is_empty() || !same(ask.form.raw("token"), &session.form_token))
    {
        return refuse(stale());
    }
    if session.role < least {
        return refuse(Error::Forbidden(if least == Role::Admin { "admin" } else { "operator" }).into());
    }
    Ok(())
}

fn with_frame(ask: &Ask, refusal: &Refusal) -> Response {
    match ask.session.as_ref().map(|_| ask.frame(&*refusal.what, Section::None)) {
        Some(Ok(frame)) => refuse(refusal, Some(&frame)),
        _ => refuse(refusal, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_addresses_are_gone_on_at() {
        for bad in ["", "//evil", "/\\evil", "http://evil", "/a\r\nb", "javascript:x", "/a b"] {
            assert_eq!(own(bad), "/", "{bad}");
        }
        assert_eq!(own("/inventory?q=a%20b"), "/inventory?q=a%20b");
    }

    #[test]
    fn forms_of_other_sites_are_known() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.insert(*name, value.parse().unwrap());
            }
            map
        };
        assert!(foreign(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(foreign(&headers(&[("origin", "http://evil"), ("host", "ours:8080")])));
        assert!(!foreign(&headers(&[("origin", "http://ours:8080"), ("host", "ours:8080")])));
        assert!(!foreign(&headers(&[("sec-fetch-site", "same-origin")])) && !foreign(&headers(&[])));
        assert!(!foreign(&headers(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null"),
            ("host", "ours")
        ])));
        assert!(foreign(&headers(&[("origin", "null"), ("host", "ours")])));
    }

    #[test]
    fn fields_and_cookies() {
        let fields = Fields(vec![
            ("a".into(), " x ".into()),
            ("r".into(), "10.0.0.0/8,\r\n10.1.0.1 ; fd00::/8".into()),
        ]);
        assert_eq!((fields.get("a"), fields.raw("a"), fields.get("b")), ("x", " x ", ""));
        assert_eq!(fields.list("r"), ["10.0.0.0/8", "10.1.0.1", "fd00::/8"]);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=1; stillwatch_session=t-1".parse().unwrap());
        assert_eq!(cookie(&headers, SESSION_COOKIE), "t-1");
        assert!(same("ab", "ab") && !same("ab", "ac") && !same("ab", "a"));
    }
}
