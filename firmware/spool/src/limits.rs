//! How large, and how often on disk.

use model::Time;

/// Bounds of a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of records on disk; when more come, the oldest segment goes.
    pub bytes: u64,
    /// Bytes of a segment; at most an eighth of `bytes`.
    pub segment: u64,
    /// Records are synced when so many bytes are not,
    pub sync_bytes: u64,
    /// or when the first of them is so many nanoseconds old.
    pub sync_after: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 2 << 30, segment: 4 << 20, sync_bytes: 256 << 10, sync_after: Time::SECOND }
    }
}

impl Limits {
    /// These, with a segment that leaves room for others.
    pub(crate) fn sound(self) -> Limits {
        let bytes = self.bytes.max(4096);
        Limits { bytes, segment: self.segment.clamp(512, bytes / 8), ..self }
    }
}
