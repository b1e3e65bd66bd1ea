//! The platform's pages: rendered here, over the answers of [`platform_core::Platform`].
//!
//! A page is one file in [`pages`], its template beside it in `templates/`, and
//! one line in [`pages::ROUTES`]. [`ask`] checks session, role and form token
//! before a page's code runs; [`text::Visible`] escapes every value. The script
//! only makes pages nicer: all of them work without it.

pub mod answer;
pub mod ask;
pub mod files;
pub mod frame;
pub mod pages;
pub mod parts;
pub mod terms;
pub mod text;
mod upload;
pub mod verdict;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{any, get};
use platform_core::{Clock, Platform, SystemClock};

/// Largest form in bytes.
const LARGEST_FORM: usize = 1 << 20;

/// How the pages are served.
pub struct Options {
    /// The browser reaches us by TLS: cookies are marked `Secure`.
    pub secure: bool,
    /// Where pages read the time.
    pub clock: Arc<dyn Clock>,
    /// Product's version, shown at the bottom.
    pub version: &'static str,
    /// Who opens `/enter/KEY` with this key gets the session with this token: for the
    /// one person who started the program and reads the address from its terminal.
    pub entry: Option<Entry>,
}

/// A way in without a password.
pub struct Entry {
    /// What stands in the address, hard to guess.
    pub key: String,
    /// Token of the session.
    pub token: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            secure: true,
            clock: Arc::new(SystemClock::default()),
            version: env!("CARGO_PKG_VERSION"),
            entry: None,
        }
    }
}

/// All pages. The server gives `ConnectInfo<SocketAddr>` along, so that wrong
/// passwords can be counted by address.
pub fn routes(platform: Platform, options: Options) -> Router {
    let options = Arc::new(options);
    let mut router = Router::new();
    for route in pages::ROUTES.iter().copied().flatten().copied() {
        let (platform, options) = (platform.clone(), Arc::clone(&options));
        let handler =
            move |request: Request| ask::answer(platform.clone(), Arc::clone(&options), route, request);
        let methods = any(handler);
        let methods = match route.upload {
            Some(_) => methods.layer(DefaultBodyLimit::max(upload::LARGEST)),
            None => methods,
        };
        router = router.route(route.path, methods);
    }
    let missing = move |request: Request| {
        let route = ask::Route::get("", |ask| Err(answer::Refusal::no_page(&ask.url)));
        ask::answer(platform.clone(), Arc::clone(&options), route, request)
    };
    router
        .route("/static/{name}", get(|Path(name): Path<String>| async move { files::serve(&name) }))
        .fallback(missing)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(axum::middleware::from_fn(guarded))
}

async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    answer::guard(response.headers_mut());
    response
}
