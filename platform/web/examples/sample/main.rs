//! Serves every page over sample answers, to be looked at and checked in a
//! browser: `cargo run -p stillwatch-web --example sample -- 8099`.
//! `/PAGE` is a page, `/PAGE?theme=dark` in dark, `/` lists them.

mod fleet;
mod pages;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use platform_core::views::Role;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8099);
    let all: Arc<BTreeMap<&str, String>> = Arc::new(pages::all(Role::Admin).into_iter().collect());
    let names: Vec<String> = all.keys().map(|name| (*name).to_owned()).collect();
    let list = names.join("\n");
    let page = move |Path(name): Path<String>, request: Request| async move {
        let dark = request.uri().query() == Some("theme=dark");
        match all.get(name.as_str()) {
            Some(text) if dark => {
                Html(text.replacen("data-theme=\"\"", "data-theme=\"dark\"", 1)).into_response()
            }
            Some(text) => Html(text.replacen("data-theme=\"\"", "data-theme=\"light\"", 1)).into_response(),
            None => axum::http::StatusCode::NOT_FOUND.into_response(),
        }
    };
    let router = Router::new()
        .route("/", get(move || async move { list }))
        .route("/static/{name}", get(|Path(name): Path<String>| async move { web::files::serve(&name) }))
        .route("/{name}", get(page))
        .layer(axum::middleware::from_fn(|request: Request, next: Next| async move {
            let mut answer = next.run(request).await;
            web::answer::guard(answer.headers_mut());
            answer
        }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, router).await
}
