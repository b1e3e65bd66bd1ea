//! Writes classic pcap files with nanoseconds (draft-ietf-opsawg-pcap).

use std::io::{self, Write};

use model::Time;

use crate::{LinkType, Source, drain};

/// Frames are expected not to be longer than this; it stands in the file header.
const SNAPLEN: u32 = 262_144;

/// A pcap file being written; give it a buffered writer.
pub struct PcapWriter<W: Write> {
    out: W,
    frames: u64,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header, least significant byte first.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, link: LinkType) -> io::Result<PcapWriter<W>> {
        let version = u32::from(4_u16) << 16 | 2;
        for word in [0xa1b2_3c4d, version, 0, 0, SNAPLEN, u32::from(link.0)] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(PcapWriter { out, frames: 0 })
    }

    /// Writes one frame; `wire_len` is its length before it was cut, if it was.
    ///
    /// # Errors
    /// Those of `out`; [`io::ErrorKind::InvalidInput`] for a time behind the year 2106 or a frame above 4 GiB.
    pub fn write(&mut self, time: Time, data: &[u8], wire_len: u32) -> io::Result<()> {
        let too_large = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let seconds = u32::try_from(time.seconds()).map_err(too_large)?;
        let nanos = time.0 % Time::SECOND;
        let captured = u32::try_from(data.len()).map_err(too_large)?;
        let mut head = [0; 16];
        for (place, word) in head.chunks_exact_mut(4).zip([seconds, nanos as u32, captured, wire_len]) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.out.write_all(&head)?;
        self.out.write_all(data)?;
        self.frames += 1;
        Ok(())
    }

    /// Writes all that a source gives.
    ///
    /// # Errors
    /// Those of `out` and of the source.
    pub fn copy(&mut self, source: &mut dyn Source) -> io::Result<()> {
        let mut result = Ok(());
        drain(source, |frame| {
            if result.is_ok() {
                result = self.write(frame.time, frame.data, frame.wire_len);
            }
        })
        .map_err(io::Error::other)?;
        result
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{End, PcapFile};

    #[test]
    fn what_is_written_is_read() {
        let mut writer = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
        writer.write(Time::new(7, 8), &[1, 2, 3], 60).unwrap();
        assert!(writer.write(Time(u64::MAX), &[], 0).is_err());
        let bytes = writer.finish().unwrap();
        let mut file = PcapFile::from_reader("test", Box::new(io::Cursor::new(bytes))).unwrap();
        let mut seen = Vec::new();
        let end = drain(&mut file, |frame| {
            seen.push((frame.time, frame.data.to_vec(), frame.wire_len, frame.link));
        });
        assert_eq!(end.unwrap(), End::Clean);
        assert_eq!(seen, [(Time::new(7, 8), vec![1, 2, 3], 60, LinkType::RAW)]);
    }
}
