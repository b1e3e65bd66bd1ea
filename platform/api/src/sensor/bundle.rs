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
    let missing = || Refused::new(StatusCode::NOT_FOUND, "there is no bundle of this name");
    let sha256 = unhex(&name).ok_or_else(missing)?;
    let busy = |_| Refused::new(StatusCode::SERVICE_UNAVAILABLE, "too many fetch bundles now").later(AGAIN);
    let turn = shared.transfers.clone().try_acquire_owned().map_err(busy)?;
    let (file, size) = blocking(move || Ok(shared.platform.bundle_for(&caller, &sha256)?)).await?;
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

/// 64 hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(unhex(&"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"+f".repeat(32)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
