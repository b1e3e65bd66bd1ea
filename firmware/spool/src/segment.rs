//! One file of records with consecutive numbers, named after the first.

use model::Time;

use crate::SpoolError;
use crate::disk::Disk;
use crate::record::{HEADER, Header};

/// A file of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number of its first record.
    pub first: u64,
    /// Number of its last record and one.
    pub next: u64,
    /// Bytes of its records.
    pub bytes: u64,
    /// When its first and last record were made.
    pub made: [Time; 2],
}

impl Segment {
    /// An empty one.
    pub fn new(first: u64) -> Segment {
        Segment { first, next: first, bytes: 0, made: [Time(0); 2] }
    }

    /// Name of its file.
    pub fn name(&self) -> String {
        name(self.first)
    }

    /// A record was put at its end.
    pub fn grow(&mut self, header: &Header) {
        if self.next == self.first {
            self.made[0] = header.made;
        }
        self.made[1] = header.made;
        self.next = header.number + 1;
        self.bytes += HEADER as u64 + u64::from(header.len);
    }

    /// Walks over the headers; whether something is behind the last good one.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn scan<D: Disk>(disk: &mut D, first: u64) -> Result<(Segment, bool), SpoolError> {
        let mut segment = Segment::new(first);
        loop {
            match header_at(disk, first, segment.bytes)? {
                Found::Header(header) if header.number == segment.next => {
                    // The content must be there whole; its CRC is checked when it is read.
                    let end = segment.bytes + HEADER as u64 + u64::from(header.len);
                    if header.len > 0 && !is_there(disk, first, end - 1)? {
                        return Ok((segment, true));
                    }
                    segment.grow(&header);
                }
                Found::End => return Ok((segment, false)),
                Found::Header(_) | Found::Damage => return Ok((segment, true)),
            }
        }
    }
}

/// What stands at an offset.
pub enum Found {
    /// A good header.
    Header(Header),
    /// The end of the file.
    End,
    /// Something else.
    Damage,
}

/// Reads the header at an offset of the segment that begins with `first`.
///
/// # Errors
/// Those of the disk.
pub fn header_at<D: Disk>(disk: &mut D, first: u64, offset: u64) -> Result<Found, SpoolError> {
    let mut bytes = [0; HEADER];
    match read(disk, first, offset, &mut bytes)? {
        0 => Ok(Found::End),
        HEADER => Ok(Header::read(&bytes, first).map_or(Found::Damage, Found::Header)),
        _ => Ok(Found::Damage),
    }
}

/// Reads from the segment that begins with `first`.
///
/// # Errors
/// Those of the disk.
pub fn read<D: Disk>(disk: &mut D, first: u64, offset: u64, into: &mut [u8]) -> Result<usize, SpoolError> {
    let name = name(first);
    disk.read(&name, offset, into).map_err(|error| SpoolError::io("read", &name, &error))
}

fn is_there<D: Disk>(disk: &mut D, first: u64, offset: u64) -> Result<bool, SpoolError> {
    Ok(read(disk, first, offset, &mut [0])? == 1)
}

fn name(first: u64) -> String {
    format!("{first:016x}.seg")
}

/// The first number of the segment of this name.
pub fn first_of(name: &str) -> Option<u64> {
    let hex = name.strip_suffix(".seg").filter(|hex| hex.len() == 16)?;
    u64::from_str_radix(hex, 16).ok()
}
