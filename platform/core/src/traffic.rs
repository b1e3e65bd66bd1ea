//! Who talked to whom.

use crate::error::Result;
use crate::platform::Platform;
use crate::views::{TalkPage, TalkQuery};

impl Platform {
    /// A page of conversations, newest first.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a cursor that cannot be read or a network or asset that is not there.
    pub fn talks(&self, query: &TalkQuery) -> Result<TalkPage> {
        self.inner().engine.talks(query)
    }
}
