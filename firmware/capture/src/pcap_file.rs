//! Captures in files and pipes: finds out what they are, and reads them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::input::Input;
use crate::pcap::{HEADER, Pcap};
use crate::pcapng::Pcapng;
use crate::records::{Records, Step};
use crate::{
    BATCH, Compression, Damage, End, Error, Fault, Foreign, Frame, Interface, Losses, Progress, Source,
};

/// How many first bytes are wanted to name what is not a capture.
const HEAD: usize = 1_024;

/// Kinds of capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Classic pcap.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl Format {
    /// Lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Pcap => "pcap",
            Format::Pcapng => "pcapng",
        }
    }
}

/// A capture file or pipe, read once from start to end in constant memory.
pub struct PcapFile {
    input: Input,
    reader: Reader,
    frames: u64,
    end: Option<End>,
}

enum Reader {
    Pcap(Pcap),
    Pcapng(Pcapng),
    /// A pcap file that ends within its own header.
    Headless,
}

impl PcapFile {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Open`] or [`Error::Read`] when the operating system refuses,
    /// [`Error::NotACapture`] when it is something else.
    pub fn open(path: &Path) -> Result<PcapFile, Error> {
        let failed = |source| Error::Open { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(failed)?;
        let name = path.display().to_string();
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(Error::NotACapture { name, what: Foreign::Directory });
        }
        PcapFile::from_reader(&name, Box::new(file))
    }

    /// Reads from standard input; frames come as soon as they have arrived.
    ///
    /// # Errors
    /// As [`PcapFile::from_reader`].
    pub fn stdin() -> Result<PcapFile, Error> {
        PcapFile::from_reader("standard input", Box::new(std::io::stdin()))
    }

    /// Reads from anything; `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::NotACapture`].
    pub fn from_reader(name: &str, reader: Box<dyn Read + Send>) -> Result<PcapFile, Error> {
        PcapFile::start(Input::new(name, reader, None)?)
    }

    /// As [`PcapFile::open`] with another size of buffer in bytes, for readers of many files at once.
    ///
    /// # Errors
    /// As [`PcapFile::open`].
    pub fn with_buffer(path: &Path, size: usize) -> Result<PcapFile, Error> {
        let file = File::open(path).map_err(|source| Error::Open { path: path.to_path_buf(), source })?;
        PcapFile::start(Input::new(&path.display().to_string(), Box::new(file), Some(size))?)
    }

    fn start(mut input: Input) -> Result<PcapFile, Error> {
        let reader = loop {
            let (head, ended) = (input.window(), input.ended().is_some());
            if Pcapng::starts(head) {
                break Reader::Pcapng(Pcapng::new());
            }
            if let Some(pcap) = Pcap::new(head) {
                break Reader::Pcap(pcap);
            }
            let is_pcap = Pcap::starts(head);
            if ended && is_pcap {
                break Reader::Headless;
            }
            if ended || head.len() >= HEAD && !is_pcap {
                // Packed data that are damaged from the start on are damage, not "unknown".
                let damaged = matches!(input.ended(), Some(Some(_)));
                let what = if damaged { Foreign::Unpackable } else { Foreign::of(head) };
                return Err(Error::NotACapture { name: String::from(input.name()), what });
            }
            input.fill()?;
        };
        if matches!(reader, Reader::Pcap(_)) {
            input.consume(HEADER);
        }
        Ok(PcapFile { input, reader, frames: 0, end: None })
    }

    /// What kind of file it is.
    pub fn format(&self) -> Format {
        match self.reader {
            Reader::Pcap(_) | Reader::Headless => Format::Pcap,
            Reader::Pcapng(_) => Format::Pcapng,
        }
    }

    /// How it is packed.
    pub fn compression(&self) -> Compression {
        self.input.compression()
    }

    /// Bytes of the file as it is stored that have been taken in so far: for a progress bar.
    pub fn bytes_taken(&self) -> u64 {
        self.input.taken()
    }

    /// Frames handed out so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(&mut self, fault: Option<Fault>) -> Progress {
        let end = match fault {
            None => End::Clean,
            Some(fault) => {
                End::Damaged(Damage { offset: self.input.offset(), frame: self.frames + 1, fault })
            }
        };
        self.end = Some(end.clone());
        Progress::End(end)
    }
}

impl Source for PcapFile {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
        if let Some(end) = &self.end {
            return Ok(Progress::End(end.clone()));
        }
        let walked = match &mut self.reader {
            Reader::Pcap(pcap) => walk(pcap, self.input.window(), &mut self.frames, each),
            Reader::Pcapng(pcapng) => walk(pcapng, self.input.window(), &mut self.frames, each),
            Reader::Headless => Walked { used: 0, stop: Stop::Needs(HEADER) },
        };
        self.input.consume(walked.used);
        let needs = match walked.stop {
            Stop::Broken(fault) => return Ok(self.finish(Some(fault))),
            Stop::Needs(needs) => needs,
        };
        if let Some(early) = self.input.ended().cloned() {
            let has = self.input.window().len();
            let cut = (has > 0).then_some(Fault::Cut { needs: needs as u64, has: has as u64 });
            return Ok(self.finish(early.or(cut)));
        }
        self.input.fill()?;
        Ok(Progress::More)
    }

    fn losses(&self) -> Losses {
        match &self.reader {
            Reader::Pcap(pcap) => pcap.losses(),
            Reader::Pcapng(pcapng) => pcapng.losses(),
            Reader::Headless => Losses::default(),
        }
    }

    fn interfaces(&self) -> &[Interface] {
        match &self.reader {
            Reader::Pcap(pcap) => pcap.interfaces(),
            Reader::Pcapng(pcapng) => pcapng.interfaces(),
            Reader::Headless => &[],
        }
    }
}

/// How far a window was read, and why not further.
struct Walked {
    used: usize,
    stop: Stop,
}

enum Stop {
    Needs(usize),
    Broken(Fault),
}

/// Hands out every whole record of a window.
fn walk(
    records: &mut impl Records,
    window: &[u8],
    number: &mut u64,
    each: &mut dyn FnMut(&[Frame<'_>]),
) -> Walked {
    let mut frames = [Frame::EMPTY; BATCH];
    let mut rest = window;
    loop {
        let mut count = 0;
        let mut stop = None;
        while let Some(place) = frames.get_mut(count) {
            let used = match records.step(rest) {
                Step::Frame { time, interface, link, wire_len, data, used } => {
                    *number += 1;
                    *place = Frame { time, data, number: *number, wire_len, interface, link };
                    count += 1;
                    used
                }
                Step::Other { used } => used,
                Step::Needs(needs) => {
                    stop = Some(Stop::Needs(needs));
                    break;
                }
                Step::Broken(fault) => {
                    stop = Some(Stop::Broken(fault));
                    break;
                }
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        if let Some(frames) = frames.get(..count).filter(|frames| !frames.is_empty()) {
            each(frames);
        }
        if let Some(stop) = stop {
            return Walked { used: window.len() - rest.len(), stop };
        }
    }
}
