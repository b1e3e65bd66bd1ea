//! One large buffer between a byte stream and the records in it.

use std::io::Read;

use crate::compression::{Plain, Trouble};
use crate::{Compression, Error, Fault};

/// Longest record that is read, in bytes, with its header; longer ones are damage.
pub const MAX_RECORD: usize = 16 << 20;

/// Size of the buffer to begin with: fits a level-2 cache beside the tables; it grows only when a record that has
/// really begun to arrive does not fit.
const BUFFER: usize = 256 << 10;

/// A byte stream seen through a window.
pub(crate) struct Input {
    name: String,
    from: Plain,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `buffer[start]` in the stream.
    offset: u64,
    /// Set at the end of the stream; the fault when that came early.
    ended: Option<Option<Fault>>,
}

impl Input {
    pub(crate) fn new(
        name: &str,
        reader: Box<dyn Read + Send>,
        buffer: Option<usize>,
    ) -> Result<Input, Error> {
        let name = String::from(name);
        let size = buffer.unwrap_or(BUFFER).clamp(1 << 12, MAX_RECORD);
        match Plain::new(reader) {
            Ok(from) => {
                let buffer = vec![0; size];
                Ok(Input { name, from, buffer, start: 0, end: 0, offset: 0, ended: None })
            }
            Err(source) => Err(Error::Read { name, offset: 0, source }),
        }
    }

    /// What is there and not yet consumed.
    pub(crate) fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Offset of the window's first byte in the decompressed stream.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of the stored file taken in so far.
    pub(crate) fn taken(&self) -> u64 {
        self.from.taken()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn compression(&self) -> Compression {
        self.from.compression()
    }

    /// Gives up the first `n` bytes of the window.
    pub(crate) fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// Set when nothing follows the window; the inner fault says why too early.
    pub(crate) fn ended(&self) -> Option<&Option<Fault>> {
        self.ended.as_ref()
    }

    /// Makes the window longer by whatever one read gives, or sees the end.
    pub(crate) fn fill(&mut self) -> Result<(), Error> {
        if self.ended.is_some() {
            return Ok(());
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            // One record's header asks for more than all that has arrived of it.
            let larger = (self.buffer.len() * 2).min(2 * MAX_RECORD);
            self.buffer.resize(larger, 0);
        }
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.from.read(space) {
            Ok(0) => self.ended = Some(None),
            Ok(n) => self.end += n,
            Err(Trouble::Data(message)) => {
                self.ended = Some(Some(Fault::Compressed { at: self.from.taken(), message }));
            }
            Err(Trouble::System(source)) => {
                let (name, offset) = (self.name.clone(), self.from.taken());
                return Err(Error::Read { name, offset, source });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_and_grows() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|n| n as u8).collect();
        let reader = Box::new(std::io::Cursor::new(bytes.clone()));
        let mut input = Input::new("test", reader, Some(1)).unwrap();
        input.fill().unwrap();
        input.fill().unwrap();
        input.consume(1_000);
        assert_eq!(input.offset(), 1_000);
        while input.ended().is_none() {
            input.fill().unwrap();
        }
        assert_eq!(input.window(), &bytes[1_000..]);
        assert_eq!(input.ended(), Some(&None));
    }
}
