//! A request as resources see it, and what is checked before one runs: who
//! asks, their role, the form token of a browser's session, the body.

use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Query, RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use platform_core::views::{Role, Session};
use platform_core::{Error, Platform};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{Receiver, channel};

use super::BASE;
use super::answer::Answer;
use super::problem::Problem;

/// Largest body in bytes.
const LARGEST: usize = 1 << 20;

/// An upload's next piece comes in this time.
const PIECE: Duration = Duration::from_secs(30);

/// Schema of a body that is a file, taken in while it comes.
pub const UPLOAD: &str = "Upload";

/// Schema of an answer that is a file of any kind.
pub const OCTETS: &str = "Octets";

/// Name of the cookie that holds a session's token; the pages set it.
const SESSION_COOKIE: &str = "stillwatch_session";

/// A parameter of the query: name (with `!` at its end when it is required) and what it is.
pub type Parameter = (&'static str, &'static str);

/// One method of one address.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Address below [`BASE`].
    pub path: &'static str,
    /// Who may; `None`: everybody, without a key.
    pub role: Option<Role>,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Parameters of its query.
    pub query: &'static [Parameter],
    /// Schema of its body; empty: none.
    pub body: &'static str,
    /// Status of success, and schema of what it gives; empty: nothing.
    pub gives: (u16, &'static str),
    /// Does it.
    pub run: fn(&Call) -> Answer,
}

impl Route {
    const fn new(method: Method, path: &'static str, role: Role, run: fn(&Call) -> Answer) -> Route {
        Route { method, path, role: Some(role), about: "", query: &[], body: "", gives: (200, ""), run }
    }

    /// Reads; every role may.
    pub const fn get(path: &'static str, run: fn(&Call) -> Answer) -> Route {
        Route::new(Method::GET, path, Role::Viewer, run)
    }

    /// Makes or does something.
    pub const fn post(path: &'static str, role: Role, run: fn(&Call) -> Answer) -> Route {
        Route::new(Method::POST, path, role, run)
    }

    /// Puts something in place of what is there.
    pub const fn put(path: &'static str, role: Role, run: fn(&Call) -> Answer) -> Route {
        Route::new(Method::PUT, path, role, run)
    }

    /// Takes something away.
    pub const fn delete(path: &'static str, role: Role, run: fn(&Call) -> Answer) -> Route {
        Route::new(Method::DELETE, path, role, run)
    }

    /// What it does.
    pub const fn about(mut self, about: &'static str) -> Route {
        self.about = about;
        self
    }

    /// Parameters of its query.
    pub const fn query(mut self, query: &'static [Parameter]) -> Route {
        self.query = query;
        self
    }

    /// Schema of its body.
    pub const fn body(mut self, schema: &'static str) -> Route {
        self.body = schema;
        self
    }

    /// Status of success and what it gives.
    pub const fn gives(mut self, status: u16, schema: &'static str) -> Route {
        self.gives = (status, schema);
        self
    }

    /// Only for a role.
    pub const fn only(mut self, role: Role) -> Route {
        self.role = Some(role);
        self
    }

    /// For everybody, without a key.
    pub const fn open(mut self) -> Route {
        self.role = None;
        self
    }
}

/// A request.
pub struct Call {
    /// The platform.
    pub platform: Platform,
    /// Who asks; an empty name where no key is needed.
    pub by: String,
    /// Their role.
    pub role: Role,
    /// Address below [`BASE`].
    pub address: String,
    /// Parts of the path by name.
    pub path: Vec<(String, String)>,
    /// Query.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    body: Bytes,
    /// The file that comes, where one is taken.
    upload: Mutex<Option<Upload>>,
}

/// A file that comes. Nothing of it is read before somebody asks.
struct Upload {
    pieces: Receiver<io::Result<Bytes>>,
    piece: Bytes,
    cut: bool,
}

impl Read for Upload {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(piece) => {
                    self.cut |= piece.is_err();
                    self.piece = piece?;
                }
            }
        }
        let piece = self.piece.split_to(into.len().min(self.piece.len()));
        for (to, from) in into.iter_mut().zip(&piece) {
            *to = *from;
        }
        Ok(piece.len())
    }
}

/// Hands a body over while it comes. It ends when nobody takes it.
fn upload(mut body: Body) -> Upload {
    let (give, pieces) = channel(1);
    tokio::spawn(async move {
        loop {
            let next = match tokio::time::timeout(PIECE, body.frame()).await {
                Ok(None) => return,
                Ok(Some(Ok(frame))) => frame.into_data().map(Ok),
                Ok(Some(Err(error))) => Ok(Err(io::Error::other(error))),
                Err(_) => Ok(Err(io::ErrorKind::TimedOut.into())),
            };
            let Ok(piece) = next else { continue };
            let failed = piece.is_err();
            if give.send(piece).await.is_err() || failed {
                return;
            }
        }
    });
    Upload { pieces, piece: Bytes::new(), cut: false }
}

impl Call {
    /// A part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.iter().find(|part| part.0 == name).map_or("", |part| part.1.as_str())
    }

    /// A parameter of the query; `None` when it is absent or empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|part| part.0 == name)
            .map(|part| part.1.as_str())
            .filter(|text| !text.is_empty())
    }

    /// A parameter that is of a kind.
    ///
    /// # Errors
    /// When it is there and not of that kind.
    pub fn parsed<T>(
        &self,
        name: &str,
        wants: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match self.parameter(name) {
            None => Ok(None),
            Some(text) => match read(text) {
                Some(value) => Ok(Some(value)),
                None => Err(Problem::field(name, format!("`{text}` is not {wants}"))),
            },
        }
    }

    /// `limit`, within what pages may have; 0 when it is absent.
    ///
    /// # Errors
    /// When it is no number from 1 to 1,000.
    pub fn limit(&self) -> Result<usize, Problem> {
        let within = |text: &str| text.parse().ok().filter(|limit| (1..=1_000).contains(limit));
        Ok(self.parsed("limit", "a number from 1 to 1000", within)?.unwrap_or(0))
    }

    /// Gives the body, a file, to `take` while it comes.
    ///
    /// # Errors
    /// 415 for another type than octets, 400 when it is cut; else what `take` says.
    pub fn file<T>(
        &self,
        take: impl FnOnce(&mut dyn Read) -> platform_core::Result<T>,
    ) -> Result<T, Problem> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind != Some("application/octet-stream") {
            let words = "Send the file itself, as application/octet-stream.";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "/problems/media-type",
                "Not a file",
                words,
            ));
        }
        let upload = self.upload.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut upload) = upload else {
            return Err(Error::Internal("this address takes no file".into()).into());
        };
        let taken = take(&mut upload);
        if upload.cut {
            let words = "The upload was cut, or did not go on for 30 s. Nothing was taken in.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "/problems/unreadable", "Cut", words));
        }
        Ok(taken?)
    }

    /// The body as a document.
    ///
    /// # Errors
    /// 415 for another type than JSON, 400 for what is not JSON, 422 for other JSON than wanted.
    pub fn document<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let kind =
            self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json")) {
            let words = "Send the body as application/json.";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "/problems/media-type",
                "Not JSON",
                words,
            ));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            if error.is_data() {
                return Problem::field("body", error.to_string());
            }
            let words = format!("The body cannot be read: {error}.");
            Problem::new(StatusCode::BAD_REQUEST, "/problems/unreadable", "Not JSON", words)
        })
    }
}

/// Answers one request at an address whose methods are `here`.
pub async fn answer(platform: Platform, here: Vec<&'static Route>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let instance = format!("{BASE}{}", parts.uri.path().strip_prefix(BASE).unwrap_or(parts.uri.path()));
    let head = parts.method == Method::HEAD;
    let result = match pick(&here, &parts.method) {
        Ok(route) => match read(platform, parts, body, route.body == UPLOAD).await {
            Ok(call) => {
                let job = tokio::task::spawn_blocking(move || decide(call, route));
                let stopped = |_| Err(Error::Internal("the resource's code stopped".into()).into());
                job.await.unwrap_or_else(stopped)
            }
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    let mut response =
        result.unwrap_or_else(|problem| Problem { instance: instance.into(), ..problem }.into_response());
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    if head { response.map(|_| Body::empty()) } else { response }
}

fn pick(here: &[&'static Route], method: &Method) -> Result<&'static Route, Problem> {
    if here.is_empty() {
        let words = format!("There is nothing here. What there is stands in {BASE}/openapi.json.");
        return Err(Problem::new(StatusCode::NOT_FOUND, "/problems/no-address", "No such address", words));
    }
    let wanted = if *method == Method::HEAD { &Method::GET } else { method };
    here.iter().copied().find(|route| route.method == *wanted).ok_or_else(|| {
        let allow: Vec<&str> = here.iter().map(|route| route.method.as_str()).collect();
        let words = format!("This address takes {}.", allow.join(", "));
        let mut problem =
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "/problems/method", "Not this way", words);
        problem.allow = allow.join(", ").into();
        problem
    })
}

async fn read(
    platform: Platform,
    mut parts: axum::http::request::Parts,
    body: Body,
    file: bool,
) -> Result<Call, Problem> {
    let bad =
        |words: &str| Problem::new(StatusCode::BAD_REQUEST, "/problems/unreadable", "Unreadable", words);
    let path = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| bad("The address is not UTF-8."))?
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let query: Query<Vec<(String, String)>> =
        Query::try_from_uri(&parts.uri).map_err(|_| bad("The query is not made of names and values."))?;
    let (body, upload) = if file { (Body::empty(), Some(upload(body))) } else { (body, None) };
    let body = axum::body::to_bytes(body, LARGEST).await.map_err(|_| {
        let words = format!("A body has at most {LARGEST} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "/problems/too-large", "Too large", words)
    })?;
    Ok(Call {
        platform,
        by: String::new(),
        role: Role::Viewer,
        address: parts.uri.path().to_owned(),
        path,
        query: query.0,
        headers: parts.headers,
        body,
        upload: Mutex::new(upload),
    })
}

fn decide(mut call: Call, route: &Route) -> Answer {
    let Some(least) = route.role else { return (route.run)(&call) };
    let session = session(&call, route)?;
    if session.must_change {
        let words = "Change the first password in a browser before anything else.";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/password",
            "The password must be changed",
            words,
        ));
    }
    if session.role < least {
        return Err(Error::Forbidden(if least == Role::Admin { "admin" } else { "operator" }).into());
    }
    (call.by, call.role) = (session.name, session.role);
    (route.run)(&call)
}

/// Who asks, by key or by a browser's session.
fn session(call: &Call, route: &Route) -> Result<Session, Problem> {
    let denied = |words: &str| Problem::from(Error::Denied(words.into()));
    let text = |name: &header::HeaderName| call.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(authorization) = text(&header::AUTHORIZATION) {
        let key = authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let key = key.ok_or_else(|| denied("send an API key as Authorization: Bearer"))?.1.trim();
        return call.platform.key_session(key)?.ok_or_else(|| denied("this API key is not good"));
    }
    let cookies = call.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|pair| pair.0 == SESSION_COOKIE && !pair.1.is_empty())
        .ok_or_else(|| denied("send an API key as Authorization: Bearer; keys are made under Settings"))?
        .1;
    let session =
        call.platform.session(token)?.ok_or_else(|| denied("this session is over: sign in again"))?;
    let given = call.headers.get("x-form-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if route.method != Method::GET && (session.form_token.is_empty() || !same(given, &session.form_token)) {
        let words = "A browser's session must send its form token as X-Form-Token with everything but GET.";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/form-token",
            "The form token is missing",
            words,
        ));
    }
    Ok(session)
}

/// Equal, in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
