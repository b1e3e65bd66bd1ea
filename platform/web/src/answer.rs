//! What a page's handler gives back, and how a refusal becomes a page.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform_core::Error;

use crate::frame::Frame;

/// A handler's answer.
pub type Answer = Result<Response, Refusal>;

/// Why there is no page: what, where, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status of HTTP.
    pub status: StatusCode,
    /// What is wrong, in a few words.
    pub what: Box<str>,
    /// In a sentence: where and why.
    pub words: Box<str>,
    /// What to do.
    pub cure: Box<str>,
    /// A place to go on: address and words.
    pub on: (Box<str>, Box<str>),
}

impl Refusal {
    /// A refusal that leads home.
    pub fn new(status: StatusCode, what: &str, words: impl Into<Box<str>>, cure: &str) -> Refusal {
        let on = ("/".into(), "Go to Home".into());
        Refusal { status, what: what.into(), words: words.into(), cure: cure.into(), on }
    }

    /// The same, leading elsewhere.
    pub fn on(mut self, address: &str, words: &str) -> Refusal {
        self.on = (address.into(), words.into());
        self
    }

    /// There is no page at this address.
    pub fn no_page(path: &str) -> Refusal {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "No such page",
            format!("There is nothing at {path}."),
            "Check the address, or search for what you are looking for.",
        )
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let words = error.to_string();
        let whole = |text: &str| {
            let mut chars = text.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}.", chars.as_str().trim_end_matches('.'))
        };
        match error {
            Error::Missing { what, .. } => {
                let what_words = format!("No such {what}");
                let cure = "It may have been removed, or the address is not complete.";
                Refusal::new(StatusCode::NOT_FOUND, &what_words, whole(&words), cure)
            }
            Error::Invalid { .. } => Refusal::new(
                StatusCode::BAD_REQUEST,
                "This cannot be",
                whole(&words),
                "Go back, correct it and send it again.",
            ),
            Error::Conflict { .. } => Refusal::new(
                StatusCode::CONFLICT,
                "Somebody else was first",
                whole(&words),
                "Go back, load the page again and repeat your change.",
            ),
            Error::Denied(_) => {
                Refusal::new(StatusCode::FORBIDDEN, "Not allowed", whole(&words), "Sign in again.")
                    .on("/sign-in", "Sign in")
            }
            Error::Forbidden(_) => Refusal::new(
                StatusCode::FORBIDDEN,
                "Not allowed",
                whole(&words),
                "Ask an administrator for the role, or to do it for you.",
            ),
            Error::TooOften(_) => Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too often",
                whole(&words),
                "Wait, then try once more.",
            ),
            Error::Coded { code, .. } => {
                Refusal::new(StatusCode::BAD_REQUEST, &code.to_string(), whole(&words), code.remedy())
            }
            Error::Store(_) | Error::Internal(_) => {
                tracing::error!(%words, "a page failed");
                Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The platform failed",
                    whole(&words),
                    "Try again; when it stays, the platform's log says more.",
                )
            }
        }
    }
}

/// A page that is ready.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// A page with another status, for forms that were refused.
pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    match template.render() {
        Ok(text) => Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()),
        Err(error) => Err(Error::Internal(format!("writing the page: {error}")).into()),
    }
}

/// Go on at an address of ours (303).
pub fn see(address: &str) -> Answer {
    Ok(redirect(address))
}

/// See [`see`].
pub fn redirect(address: &str) -> Response {
    let location = HeaderValue::from_str(address).unwrap_or_else(|_| HeaderValue::from_static("/"));
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    answer.headers_mut().insert(header::LOCATION, location);
    answer
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: &'a Frame,
    refusal: &'a Refusal,
}

#[derive(Template)]
#[template(path = "error_plain.html")]
struct PlainErrorPage<'a> {
    refusal: &'a Refusal,
    theme: &'static str,
}

/// The page of a refusal; without a frame for those who are not signed in.
pub fn refuse(refusal: &Refusal, frame: Option<&Frame>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (refusal.status, kind, refusal_text(refusal, frame)).into_response()
}

/// Its text.
pub fn refusal_text(refusal: &Refusal, frame: Option<&Frame>) -> String {
    let text = match frame {
        Some(frame) => ErrorPage { frame, refusal }.render(),
        None => PlainErrorPage { refusal, theme: "" }.render(),
    };
    text.unwrap_or_else(|_| escaped(&format!("{}: {}", refusal.what, refusal.words)))
}

/// What the browser may load and do: ours only, nothing in-line.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts the headers of safety on an answer; what it says itself of caching stays.
pub fn guard(headers: &mut HeaderMap) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// What is wrong with the fields of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<(String, String)>);

impl Problems {
    /// None when the result is well; the field and the words when it is [`Error::Invalid`].
    ///
    /// # Errors
    /// Every other error.
    pub fn of<T>(result: Result<T, Error>) -> Result<Result<T, Problems>, Refusal> {
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(Error::Invalid { field, words }) => Ok(Err(Problems(vec![(field, words)]))),
            Err(other) => Err(other.into()),
        }
    }

    /// True when there are none.
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems of a field and of what is inside it (`networks[0]` of `networks`).
    fn of_field<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let inside = move |of: &str| {
            of.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        self.0.iter().filter(move |problem| inside(&problem.0)).map(|problem| problem.1.as_str())
    }

    /// The words beside a field.
    pub fn at(&self, field: &str) -> Html {
        let words: Vec<&str> = self.of_field(field).collect();
        match words.is_empty() {
            false => html(format!(
                r#"<p class="problem" id="{field}-problem">{}{}</p>"#,
                icon("bad"),
                escaped(&words.join("\n"))
            )),
            true => nothing(),
        }
    }

    /// The attributes of a field that has a problem. The first on a page has the focus when the page comes, so that it is in
    /// sight however long the page is.
    pub fn mark(&self, field: &str) -> Html {
        match self.of_field(field).next().is_some() {
            true => html(format!(r#" aria-invalid="true" aria-describedby="{field}-problem" autofocus"#)),
            false => nothing(),
        }
    }

    /// Problems of fields that stand on no list: to be shown at the top.
    pub fn others(&self, fields: &[&str]) -> Vec<&(String, String)> {
        {
            let base = |of: &str| of.split(['[', '.']).next().unwrap_or_default().to_owned();
            self.0.iter().filter(|problem| !fields.contains(&base(&problem.0).as_str())).collect()
        }
    }
}

use crate::parts::{Html, html, icon, nothing};
use crate::text::escaped;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_where_and_what_to_do() {
        let errors = [
            Error::Missing { what: "asset", id: "<x>".into() },
            Error::invalid("name", "is taken"),
            Error::Conflict { what: "configuration" },
            Error::Denied("wrong name or password".into()),
            Error::Forbidden("operator"),
            Error::TooOften(9),
            Error::Internal("x".into()),
        ];
        for error in errors {
            let refusal = Refusal::from(error);
            assert!(refusal.status.as_u16() >= 400);
            assert!(refusal.words.ends_with('.') && refusal.cure.ends_with('.'), "{refusal:?}");
        }
    }

    #[test]
    fn problems_stand_beside_their_field() {
        let problems = Problems(vec![("name".into(), "is <taken>".into())]);
        assert!(problems.at("name").0.contains("is &lt;taken&gt;") && problems.at("site").0.is_empty());
        assert!(
            problems.mark("name").0.contains("aria-invalid")
                && problems.mark("name").0.contains(" autofocus")
        );
        assert_eq!(problems.others(&["name"]).len() + problems.others(&["site"]).len(), 1);
    }

    #[test]
    fn a_redirect_cannot_be_broken() {
        assert_eq!(redirect("/a\r\nSet-Cookie: x").headers()[header::LOCATION], "/");
    }
}
