//! An export that goes out while it is written: memory stays bounded by a few chunks.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use tokio::runtime::Handle;

/// Bytes gathered before they go out.
const CHUNK: usize = 32 * 1024;
/// Chunks that may wait for a slow reader.
const WAITING: usize = 4;

/// A body that is written by `write` on a thread of its own. When it fails, the
/// connection is cut, so that nobody takes half a file for a whole one.
pub fn body(write: impl FnOnce(&mut dyn Write) -> platform_core::Result<()> + Send + 'static) -> Body {
    let (sender, body) = Channel::<Bytes, io::Error>::new(WAITING);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut to = Chunks { sender, runtime, gathered: Vec::with_capacity(CHUNK) };
        let result = write(&mut to).map_err(io::Error::other).and_then(|()| to.flush());
        if let Err(error) = result {
            tracing::warn!(%error, "an export ended early");
            to.sender.abort(error);
        }
    });
    Body::new(body)
}

struct Chunks {
    sender: Sender<Bytes, io::Error>,
    runtime: Handle,
    gathered: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::replace(&mut self.gathered, Vec::with_capacity(CHUNK)));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader has gone");
        self.runtime.block_on(self.sender.send_data(chunk)).map_err(gone)
    }
}
