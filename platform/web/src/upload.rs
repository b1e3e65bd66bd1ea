//! A form that brings a file, taken in while it comes: nothing of the file is read before the form's
//! token, which stands in front of it, is checked, and never more than a piece of it is in memory.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Most bytes of such a form: the largest file, and what is around it.
pub const LARGEST: usize = 130 << 20;

/// The next piece comes in this time.
const PIECE: Duration = Duration::from_secs(30);

/// Longest token, in bytes.
const LONGEST_TOKEN: usize = 256;

/// The token, which must be the first field. `None`: it is not, or cannot be read. To be called where it
/// may block.
pub fn token(form: &mut Multipart, runtime: &Handle) -> Option<String> {
    let read = async {
        let mut field = form.next_field().await.ok()?.filter(|field| field.name() == Some("token"))?;
        let mut token = Vec::new();
        while let Some(piece) = field.chunk().await.ok()? {
            token.extend(piece);
            if token.len() > LONGEST_TOKEN {
                return None;
            }
        }
        String::from_utf8(token).ok()
    };
    runtime.block_on(timeout(PIECE, read)).ok()?
}

/// The file, which must be the next field. `None`: it is not. To be called where it may block.
pub fn file<'a>(form: &'a mut Multipart, runtime: &'a Handle) -> Option<Upload<'a>> {
    let next = runtime.block_on(timeout(PIECE, form.next_field())).ok()?.ok()?;
    let field = next.filter(|field| field.name() == Some("file"))?;
    Some(Upload { field, runtime, piece: Bytes::new(), cut: false })
}

/// A file that comes.
pub struct Upload<'a> {
    field: Field<'a>,
    runtime: &'a Handle,
    piece: Bytes,
    cut: bool,
}

impl Upload<'_> {
    /// It did not come whole, whatever was made of it.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Reads on to its end: a browser shows an answer only when it has sent everything.
    pub fn drain(&mut self) {
        while !self.cut && matches!(self.next(), Ok(true)) {}
    }

    /// Has a piece, unless it is at its end.
    fn next(&mut self) -> io::Result<bool> {
        let next = self.runtime.block_on(timeout(PIECE, self.field.chunk()));
        let next =
            next.map_err(|_| io::ErrorKind::TimedOut.into()).and_then(|got| got.map_err(io::Error::other));
        self.cut |= next.is_err();
        let piece = next?;
        self.piece = piece.unwrap_or_default();
        Ok(!self.piece.is_empty())
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !self.next()? {
            return Ok(0);
        }
        let piece = self.piece.split_to(into.len().min(self.piece.len()));
        for (to, from) in into.iter_mut().zip(&piece) {
            *to = *from;
        }
        Ok(piece.len())
    }
}
