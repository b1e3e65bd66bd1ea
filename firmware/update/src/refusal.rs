//! Words of what cannot be written: always a code, what is wrong, what to do.

use model::ErrorCode;
use wire::local::Failed;

/// E19: the disk has no room, or fails.
pub fn disk(what: &str, error: &std::io::Error) -> Failed {
    Failed::coded(ErrorCode::Disk, format!("{what}: {error}"))
}
