//! A recording of block writes and flushes, in the format of Linux's `dm-log-writes`, which QEMU's `blklogwrites`
//! writes: a super block, then for each request a header in a sector of its own and the data behind it. All
//! numbers are little-endian and 64 bits wide; places and lengths are counted in sectors.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// First number of the super block.
const MAGIC: u64 = 0x006a_7366_7773_6872;
/// Flags of an entry.
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;

/// What the disk was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// To write.
    Write {
        /// First byte on the disk.
        at: u64,
        /// Bytes.
        len: u64,
        /// It is kept when the disk has answered.
        fua: bool,
    },
    /// To keep all that was written before.
    Flush,
    /// Nothing that matters here: a discard, a mark.
    Other,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it asks for.
    pub what: What,
    /// Where its data stand in the recording.
    data: u64,
}

/// A recording.
#[derive(Debug)]
pub struct Trace {
    log: File,
    /// The requests, in the order in which the disk got them.
    pub entries: Vec<Entry>,
    /// Bytes of a sector: what is never torn.
    pub sector: u64,
}

impl Trace {
    /// Reads a recording.
    ///
    /// # Errors
    /// The file cannot be read, or is no recording.
    pub fn open(path: &Path) -> io::Result<Trace> {
        let log = File::open(path)?;
        let not =
            |what: String| io::Error::other(format!("{}: no recording of writes: {what}", path.display()));
        let [magic, version, count, sector] = numbers(&log, 0)?;
        // The sector's size is 32 bits wide.
        let sector = sector & 0xffff_ffff;
        if magic != MAGIC || version != 1 || !(512..=65_536).contains(&sector) {
            return Err(not(format!("it begins with {magic:#x}, version {version}, sector {sector}")));
        }
        let (mut at, mut entries) = (sector, Vec::new());
        for number in 0..count {
            let [place, sectors, flags, data_len] = numbers(&log, at)?;
            at += sector;
            let len =
                sectors.checked_mul(sector).ok_or_else(|| not(format!("entry {number} is too long")))?;
            let data = at;
            if sectors == 0 && flags == 0 {
                return Err(not(format!("entry {number} is empty: a request was not recorded")));
            }
            let mut push = |what| entries.push(Entry { what, data });
            if flags & MARK != 0 {
                push(What::Other);
                at += data_len.next_multiple_of(sector);
                continue;
            }
            // A flush may come with a write, and goes before it.
            if flags & FLUSH != 0 {
                push(What::Flush);
            }
            if flags & DISCARD != 0 {
                push(What::Other);
            } else if len > 0 {
                push(What::Write { at: place.saturating_mul(sector), len, fua: flags & FUA != 0 });
                at += len;
            }
        }
        Ok(Trace { log, entries, sector })
    }

    /// The bytes of a write.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn data(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let What::Write { len, .. } = entry.what else { return Ok(Vec::new()) };
        let mut out = vec![0; len as usize];
        self.log.read_exact_at(&mut out, entry.data)?;
        Ok(out)
    }

    /// Flushes in it.
    pub fn flushes(&self) -> usize {
        self.entries.iter().filter(|entry| entry.what == What::Flush).count()
    }
}

/// Requests recorded so far. What a guest said before this was asked, it said after at most so many.
///
/// # Errors
/// The file cannot be read.
pub fn count(path: &Path) -> io::Result<usize> {
    // Read again from the start: a request may be two entries here.
    Ok(Trace::open(path)?.entries.len())
}

fn numbers(log: &File, at: u64) -> io::Result<[u64; 4]> {
    let mut bytes = [0; 32];
    log.read_exact_at(&mut bytes, at)?;
    let number = |index: usize| {
        bytes[index * 8..index * 8 + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    Ok([number(0), number(1), number(2), number(3)])
}

/// Writes a recording, as QEMU would: for tests of the drill itself.
#[derive(Debug)]
pub struct Recorder {
    log: File,
    at: u64,
    count: u64,
}

impl Recorder {
    const SECTOR: u64 = 512;

    /// A new one.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn new(path: &Path) -> io::Result<Recorder> {
        let recorder = Recorder { log: File::create(path)?, at: Recorder::SECTOR, count: 0 };
        recorder.head()?;
        Ok(recorder)
    }

    /// Bytes are written; whole sectors.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let sectors = bytes.len() as u64 / Recorder::SECTOR;
        assert_eq!(bytes.len() as u64, sectors * Recorder::SECTOR, "whole sectors");
        self.entry([at / Recorder::SECTOR, sectors, 0, 0])?;
        self.log.write_all_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        self.head()
    }

    /// All before is kept.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.entry([0, 0, FLUSH, 0])?;
        self.head()
    }

    fn entry(&mut self, numbers: [u64; 4]) -> io::Result<()> {
        self.log.write_all_at(numbers.map(u64::to_le_bytes).as_flattened(), self.at)?;
        self.at += Recorder::SECTOR;
        self.count += 1;
        Ok(())
    }

    fn head(&self) -> io::Result<()> {
        let numbers = [MAGIC, 1, self.count, Recorder::SECTOR];
        self.log.write_all_at(numbers.map(u64::to_le_bytes).as_flattened(), 0)?;
        // A header may be the last thing in it.
        self.log.set_len(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_recorded_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut recorder = Recorder::new(&path).unwrap();
        recorder.write(1024, &[7; 1024]).unwrap();
        recorder.flush().unwrap();
        recorder.write(0, &[8; 512]).unwrap();
        let trace = Trace::open(&path).unwrap();
        assert_eq!((trace.entries.len(), trace.flushes(), count(&path).unwrap()), (3, 1, 3));
        assert_eq!(trace.entries[0].what, What::Write { at: 1024, len: 1024, fua: false });
        assert_eq!(trace.data(&trace.entries[0]).unwrap(), [7; 1024]);
        assert_eq!(trace.data(&trace.entries[2]).unwrap(), [8; 512]);
        // A request whose header never came: nothing behind it can be trusted.
        recorder.entry([0, 0, 0, 0]).unwrap();
        recorder.head().unwrap();
        assert!(Trace::open(&path).unwrap_err().to_string().contains("entry 3 is empty"));
        std::fs::write(&path, [1; 4096]).unwrap();
        assert!(Trace::open(&path).unwrap_err().to_string().contains("no recording"));
    }
}
