//! Images that an operator put into the platform's folder, to be fetched by people.

use axum::http::{StatusCode, header};
use platform_core::Error;
use tokio::sync::Semaphore;

use crate::operator::answer::{Answer, json};
use crate::operator::call::{Call, OCTETS, Route};
use crate::operator::problem::Problem;
use crate::transfer;

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/images", all)
        .about("Images, newest version first, and files that are not given out.")
        .gives(200, "Images"),
    Route::get("/images/{sha256}", one)
        .about("A file by its SHA-256, as it is; Range: bytes=N- goes on where it was cut.")
        .gives(200, OCTETS),
];

/// Files that go out at once.
static TRANSFERS: Semaphore = Semaphore::const_new(32);

/// When to come again while too many fetch, seconds.
const AGAIN: u64 = 60;

fn all(call: &Call) -> Answer {
    json(StatusCode::OK, &call.platform.images())
}

fn one(call: &Call) -> Answer {
    let sha256 = call.part("sha256");
    let (file, size, name) = call.platform.image(sha256)?;
    let turn = TRANSFERS.try_acquire().map_err(|_| Problem::from(Error::TooOften(AGAIN)))?;
    let tag = format!("\"{sha256}\"");
    let mut response = transfer::answer(file, size, &call.headers, Some(&tag), turn)
        .map_err(|error| Error::Internal(format!("an image cannot be read: {error}")))?;
    // Names of the folder may hold anything.
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._~".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    transfer::put(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    Ok(response)
}
