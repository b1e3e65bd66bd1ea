//! Takes gzip (RFC 1952) and Zstandard (RFC 8878) off a byte stream.
//!
//! Decided by content, never by suffix. Both stream: memory is bounded by the
//! decoder's window (gzip 32 KiB, Zstandard [`MAX_ZSTD_WINDOW`]), whatever the
//! data claim or unfold to.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Largest Zstandard window that is accepted, in bytes: what the `zstd` program
/// itself unpacks without being asked to take more.
pub const MAX_ZSTD_WINDOW: u64 = 128 << 20;

/// How many compressed bytes are read at a time.
const CHUNK: usize = 64 << 10;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not.
    None,
    /// gzip, one or several members.
    Gzip,
    /// Zstandard, one or several frames.
    Zstd,
}

impl Compression {
    /// Lower-case name; empty for none.
    pub const fn name(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    fn of(head: &[u8]) -> Compression {
        match head {
            [0x1f, 0x8b, 8, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// The file as it is stored: counts bytes, and remembers whether a failure came from here.
struct Raw {
    reader: Box<dyn Read + Send>,
    /// The first bytes, read to recognise the compression.
    head: [u8; 4],
    head_len: usize,
    head_at: usize,
    taken: u64,
    failed: bool,
}

impl Raw {
    fn new(mut reader: Box<dyn Read + Send>) -> io::Result<Raw> {
        let mut head = [0; 4];
        let mut head_len = 0;
        while let Some(space) = head.get_mut(head_len..).filter(|space| !space.is_empty()) {
            match reader.read(space) {
                Ok(0) => break,
                Ok(n) => head_len += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Raw { reader, head, head_len, head_at: 0, taken: 0, failed: false })
    }

    fn head(&self) -> &[u8] {
        self.head.get(..self.head_len).unwrap_or_default()
    }
}

impl Read for Raw {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(left) = self.head.get(self.head_at..self.head_len).filter(|left| !left.is_empty()) {
            let n = (&mut &*left).read(into)?;
            self.head_at += n;
            self.taken += n as u64;
            return Ok(n);
        }
        match self.reader.read(into) {
            Ok(n) => {
                self.taken += n as u64;
                Ok(n)
            }
            Err(error) => {
                self.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}

/// Why no more bytes come.
pub(crate) enum Trouble {
    /// The operating system failed.
    System(io::Error),
    /// What is compressed is damaged or cut.
    Data(String),
}

/// A byte stream without its compression.
pub(crate) struct Plain(Inner);

enum Inner {
    None(Raw),
    Gzip(Box<MultiGzDecoder<BufReader<Raw>>>),
    Zstd(Box<Zstd>),
}

impl Plain {
    /// Looks at the first bytes of a stream.
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> io::Result<Plain> {
        let raw = Raw::new(reader)?;
        let kind = Compression::of(raw.head());
        let buffered = |raw| BufReader::with_capacity(CHUNK, raw);
        Ok(Plain(match kind {
            Compression::None => Inner::None(raw),
            Compression::Gzip => Inner::Gzip(Box::new(MultiGzDecoder::new(buffered(raw)))),
            Compression::Zstd => {
                Inner::Zstd(Box::new(Zstd { from: buffered(raw), decoder: None, broken: None }))
            }
        }))
    }

    /// How it was packed.
    pub(crate) fn compression(&self) -> Compression {
        match &self.0 {
            Inner::None(_) => Compression::None,
            Inner::Gzip(_) => Compression::Gzip,
            Inner::Zstd(_) => Compression::Zstd,
        }
    }

    /// Bytes of the stored file taken in so far.
    pub(crate) fn taken(&self) -> u64 {
        self.raw().taken
    }

    fn raw(&self) -> &Raw {
        match &self.0 {
            Inner::None(raw) => raw,
            Inner::Gzip(gzip) => gzip.get_ref().get_ref(),
            Inner::Zstd(zstd) => zstd.from.get_ref(),
        }
    }

    /// Reads some bytes; 0 at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        loop {
            let read = match &mut self.0 {
                Inner::None(raw) => raw.read(into),
                Inner::Gzip(gzip) => gzip.read(into),
                Inner::Zstd(zstd) => zstd.read(into),
            };
            match read {
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.raw().failed => return Err(Trouble::System(error)),
                Err(error) => return Err(Trouble::Data(error.to_string())),
            }
        }
    }
}

/// Zstandard frames one after another, skippable ones skipped.
struct Zstd {
    from: BufReader<Raw>,
    /// The frame being read. A new decoder for each: a used one would set aside
    /// the whole window that the next frame claims.
    decoder: Option<FrameDecoder>,
    /// Why `decoder` could not go on, to be told once it has given what it holds.
    broken: Option<io::Error>,
}

/// An empty last block and a checksum: ends a frame that was cut, so that the
/// decoder gives out the window it would else keep back (RFC 8878 §3.1.1.2).
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Zstd {
    /// Begins the next frame; false at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        if self.from.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_ZSTD_WINDOW);
        match decoder.init(&mut self.from) {
            Ok(()) => self.decoder = Some(decoder),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let skipped = io::copy(&mut (&mut self.from).take(length.into()), &mut io::sink())?;
                if skipped < u64::from(length) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(true)
    }
}

impl Read for Zstd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else {
                if !self.next_frame()? {
                    return Ok(0);
                }
                continue;
            };
            if decoder.can_collect() > 0 {
                return decoder.read(into);
            }
            if decoder.is_finished() {
                if let Some(error) = self.broken.take() {
                    return Err(error);
                }
                let stored = decoder.get_checksum_from_data();
                if stored.is_some() && stored != decoder.get_calculated_checksum() {
                    return Err(io::Error::other("checksum differs"));
                }
                self.decoder = None;
                continue;
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = decoder.decode_blocks(&mut self.from, one) {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                decoder.decode_blocks(LAST_BLOCK.as_slice(), one).map_err(io::Error::other)?;
                self.broken = Some(io::Error::other(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
        let mut plain = Plain::new(Box::new(io::Cursor::new(packed.to_vec()))).unwrap();
        let mut out = Vec::new();
        let mut buffer = [0; 1_000];
        loop {
            match plain.read(&mut buffer) {
                Ok(0) => return Ok(out),
                Ok(n) => out.extend_from_slice(&buffer[..n]),
                Err(Trouble::Data(message)) => return Err(message),
                Err(Trouble::System(error)) => panic!("{error}"),
            }
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
        let mut out = Vec::new();
        encoder.read_to_end(&mut out).unwrap();
        out
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn plain_bytes_pass() {
        for text in ["", "a", "abc", "abcd", "abcdefgh"] {
            assert_eq!(unpack(text.as_bytes()).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn members_and_frames_follow_each_other() {
        let text = b"some text, some text, some text".repeat(500);
        let both = [text.as_slice(), b"more"].concat();
        assert_eq!(unpack(&[gzip(&text), gzip(b"more")].concat()).unwrap(), both);
        let skippable = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let frames = [skippable.as_slice(), &zstd(&text), &skippable, &zstd(b"more")].concat();
        assert_eq!(unpack(&frames).unwrap(), both);
    }

    #[test]
    fn cut_data_are_told() {
        for packed in [gzip(b"some text"), zstd(b"some text")] {
            for len in 4..packed.len() {
                assert!(unpack(&packed[..len]).is_err(), "cut to {len}");
            }
        }
    }

    #[test]
    fn large_windows_are_refused() {
        // Window descriptor 0x98: exponent 19, so 2^29 bytes.
        assert!(unpack(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x98, 1, 0, 0]).is_err());
    }
}
