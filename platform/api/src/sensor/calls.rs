//! One handler for each path.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Extension, Request, State};
use axum::http::{Response, StatusCode};
use platform_core::{Caller, Platform};
use tokio::time::{Instant, timeout_at};
use wire::{
    Batch, BatchReply, Confirm, Hello, Message, RenewRequest, Sealed, Start, Status, System, WaitConfig,
};

use super::answer::{Refused, message, nothing as unchanged};
use super::body::{decode, judge, read};
use super::{ClientCertificate, Shared};

/// Most bytes of a registration's, a greeting's and a status's message.
const SMALL: usize = 64 << 10;
const STATUS: usize = 1 << 20;

/// Bounds of a long-poll: proxies cut idle requests at 60 s.
const WAIT: std::ops::RangeInclusive<u16> = 25..=50;

pub(super) type Answer = Result<Response<Body>, Refused>;
pub(super) type Shown = Option<Extension<ClientCertificate>>;

/// Runs a call of the core on a thread where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    let broken =
        |_| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error; the platform's log says more");
    tokio::task::spawn_blocking(call).await.map_err(broken)?
}

/// Reads a small message.
async fn small<M: Message>(request: Request, limit: usize) -> Result<M, Refused> {
    let packed = judge(request.headers(), limit)?;
    let bytes = read(request.into_body(), limit).await?;
    decode(packed, &bytes, limit)
}

/// Whose certificate it is; nothing of the body is read before.
pub(super) async fn known(platform: &Platform, shown: Shown) -> Result<Caller, Refused> {
    let Some(Extension(ClientCertificate(certificate))) = shown else {
        let words = "this needs the sensor's certificate: register first";
        return Err(Refused::new(StatusCode::UNAUTHORIZED, words));
    };
    let platform = platform.clone();
    blocking(move || Ok(platform.caller(&certificate)?)).await
}

fn ok<M: Message>(answer: &M) -> Response<Body> {
    message(StatusCode::OK, answer)
}

pub(super) async fn start(
    State(shared): State<Shared>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Answer {
    let start: Start = small(request, SMALL).await?;
    let source = source.ip().to_canonical().to_string();
    blocking(move || Ok(ok(&shared.platform.register_start(&start, &source)?))).await
}

pub(super) async fn confirm(State(shared): State<Shared>, request: Request) -> Answer {
    let confirm: Confirm = small(request, SMALL).await?;
    blocking(move || Ok(ok(&shared.platform.register_confirm(&confirm)?))).await
}

pub(super) async fn request(State(shared): State<Shared>, request: Request) -> Answer {
    let sealed: Sealed = small(request, SMALL).await?;
    blocking(move || Ok(ok(&shared.platform.register_request(&sealed)?))).await
}

pub(super) async fn hello(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let hello: Hello = small(request, SMALL).await?;
    blocking(move || Ok(ok(&shared.platform.hello(&caller, &hello)?))).await
}

pub(super) async fn batch(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let packed = judge(request.headers(), wire::MAX_MESSAGE)?;
    let bytes = read(request.into_body(), wire::MAX_MESSAGE).await?;
    // Taken only now: who sends slowly keeps nobody waiting.
    let turn = shared.large.clone().acquire_owned().await;
    blocking(move || {
        let _turn = turn;
        let batch: Batch = decode(packed, &bytes, wire::MAX_MESSAGE)?;
        let reply: BatchReply = shared.platform.batch(&caller, &batch)?;
        Ok(ok(&reply))
    })
    .await
}

pub(super) async fn config(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown.clone()).await?;
    let wait: WaitConfig = small(request, SMALL).await?;
    let seconds = if wait.wait == 0 { 0 } else { wait.wait.clamp(*WAIT.start(), *WAIT.end()) };
    let end = Instant::now() + Duration::from_secs(seconds.into());
    let mut changes = shared.changes.clone();
    let mut caller = caller;
    loop {
        // Marked as seen before looking, so that no change falls between.
        changes.mark_unchanged();
        let (platform, asker) = (shared.platform.clone(), caller.clone());
        let found = blocking(move || Ok(platform.config_for(&asker, &wait)?)).await?;
        if let Some(config) = found {
            return Ok(ok(&config));
        }
        match timeout_at(end, changes.changed()).await {
            Ok(Ok(())) => {}
            _ => return Ok(unchanged()),
        }
        // It may have been revoked while it waited.
        caller = known(&shared.platform, shown.clone()).await?;
    }
}

pub(super) async fn status(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let status: Status = small(request, STATUS).await?;
    blocking(move || Ok(ok(&shared.platform.status(&caller, status)?))).await
}

pub(super) async fn renew(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let renew: RenewRequest = small(request, SMALL).await?;
    blocking(move || Ok(ok(&shared.platform.renew(&caller, &renew)?))).await
}

pub(super) async fn system(State(shared): State<Shared>, shown: Shown, request: Request) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let system: System = small(request, SMALL).await?;
    blocking(move || Ok(ok(&shared.platform.system(&caller, system)?))).await
}

pub(super) async fn nothing() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "this is the sensor endpoint: there is nothing at this path")
}

pub(super) async fn wrong_method() -> Refused {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "messages are sent by POST, bundles fetched by GET")
}
