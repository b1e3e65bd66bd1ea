//! A browser without a screen: keeps cookies, sends forms, follows nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use platform_core::views::Role;
use platform_core::{Platform, Settings, SystemClock};
use tower::ServiceExt;

/// A platform and its pages.
pub struct Bench {
    pub platform: Platform,
    router: Router,
    #[allow(dead_code, reason = "files are put there in images.rs")]
    pub folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = store::Sqlite::open(&folder.path().join("platform.db")).unwrap();
        let settings = Settings {
            keys: folder.path().join("keys"),
            files: folder.path().to_path_buf(),
            sensor_address: "platform.example.org:8443".into(),
            new_sightings_per_hour: 10_000,
            keep_days: 30,
        };
        let platform = Platform::open(Arc::new(store), settings, Arc::new(SystemClock::default())).unwrap();
        let router = web::routes(platform.clone(), web::Options::default())
            .nest(api::BASE, api::operator_routes(platform.clone()));
        Bench { platform, router, folder }
    }

    /// Somebody who has not signed in.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: Vec::new() }
    }

    /// A new user who has signed in and changed the first password.
    pub async fn signed_in(&self, name: &str, role: Role) -> Browser {
        let password = self.platform.new_user(name, role, "test").unwrap();
        let mut browser = self.browser();
        browser.post("/sign-in", &form(&[("name", name), ("password", &password)])).await;
        let token = browser.get("/password").await.token();
        let new = "three blue lamps";
        let fields = [("token", token.as_str()), ("old", &password), ("new", new), ("again", new)];
        assert_eq!(browser.post("/password", &form(&fields)).await.status, StatusCode::SEE_OTHER);
        browser
    }
}

/// See the module.
pub struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
}

/// An answer.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    /// Where it leads.
    pub fn location(&self) -> String {
        self.headers.get(header::LOCATION).map_or_else(String::new, |to| to.to_str().unwrap().to_owned())
    }

    /// The cookie it sets.
    pub fn cookie(&self) -> String {
        self.headers[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    /// The token of its forms.
    pub fn token(&self) -> String {
        let rest = self.text.split("name=\"token\" value=\"").nth(1).expect("the page has a form");
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, "", &[]).await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> Page {
        self.send("POST", path, form, &[]).await
    }

    pub async fn send(&mut self, method: &str, path: &str, form: &str, headers: &[(&str, &str)]) -> Page {
        let plain = [(header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        let headers = if form.is_empty() { headers.to_vec() } else { [headers, &plain].concat() };
        self.ask(method, path, form.as_bytes(), &headers).await
    }

    /// Sends a form with a file.
    #[allow(dead_code, reason = "files are sent in doors.rs and updates.rs")]
    pub async fn upload(&mut self, path: &str, token: &str, file: &[u8]) -> Page {
        self.send_parts(path, &multipart(&[("token", token.as_bytes()), ("file", file)])).await
    }

    /// Sends what should be the body of such a form.
    #[allow(dead_code, reason = "see above")]
    pub async fn send_parts(&mut self, path: &str, body: &[u8]) -> Page {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.ask("POST", path, body, &[(header::CONTENT_TYPE.as_str(), &kind)]).await
    }

    async fn ask(&mut self, method: &str, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            Request::builder().method(method).uri(path).header(header::COOKIE, cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for set in headers.get_all(header::SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            self.cookies.retain(|cookie| cookie.0 != name);
            let value = rest.split(';').next().unwrap();
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Page { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

const BOUNDARY: &str = "----WebKitFormBoundaryA1b2C3d4";

/// The body of a form with files.
#[allow(dead_code, reason = "see above")]
pub fn multipart(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in fields {
        let file = if *name == "file" {
            "; filename=\"a.bundle\"\r\nContent-Type: application/octet-stream"
        } else {
            ""
        };
        out.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                .into_bytes(),
        );
        out.extend(*bytes);
        out.extend(b"\r\n");
    }
    out.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    out
}

/// Fields as a browser sends them.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        format!("{}={}", web::text::url_part(name), web::text::url_part(value))
    };
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}
