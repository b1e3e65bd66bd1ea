//! What happened and somebody should know.

use crate::error::{Result, absent};
use crate::platform::Platform;
use crate::views::EventPage;

impl Platform {
    /// A page of events, newest first.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a cursor that cannot be read.
    pub fn events(&self, cursor: Option<&str>, limit: usize) -> Result<EventPage> {
        let _ = (cursor, limit);
        absent()
    }

    /// Looks at what time alone makes true (sensor offline, no traffic, codes and
    /// sessions that are over, old records); call it every few seconds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tick(&self) -> Result<()> {
        absent()
    }
}
