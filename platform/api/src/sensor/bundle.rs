//! Update bundles, to whoever they are offered to.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::Shared;
use super::answer::Refused;
use super::calls::{Answer, Shown, blocking, known};
use crate::transfer;

/// When to come again while too many fetch.
const AGAIN: u64 = 60;

pub(super) async fn bundle(
    State(shared): State<Shared>,
    shown: Shown,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let busy = |_| Refused::new(StatusCode::SERVICE_UNAVAILABLE, "too many fetch bundles now").later(AGAIN);
    let turn = shared.transfers.clone().try_acquire_owned().map_err(busy)?;
    let (file, size) = blocking(move || Ok(shared.platform.bundle_for(&caller, &name)?)).await?;
    blocking(move || {
        transfer::answer(file, size, &headers, None, turn).map_err(|error| {
            tracing::error!(%error, "a bundle cannot be read");
            Refused::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the bundle cannot be read; the platform's log says more",
            )
        })
    })
    .await
}
