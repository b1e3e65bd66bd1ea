//! The three sets of traffic (`performance.md`), made once and kept.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use capture::{LinkType, PcapWriter, Source};

/// A seed for all sets: the same bytes every time.
const SEED: u64 = 20_261_123;

/// Connections that live at once in the flows set.
const LIVE: usize = 250_000;

/// A set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Real captures interleaved, addresses rewritten: 3,000 internal hosts.
    Enterprise,
    /// SYN scan, outbound SYN, DNS, tiny UDP: tables overflow.
    Worst,
    /// Complete short TCP connections with first bytes, and DNS.
    Flows,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 3] = [Shape::Enterprise, Shape::Worst, Shape::Flows];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Enterprise => "enterprise",
            Shape::Worst => "worst",
            Shape::Flows => "flows",
        }
    }

    /// By name.
    pub fn named(name: &str) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Makes the set in `folder`, unless it is there; `captures` are read for the enterprise set.
    pub fn make(self, folder: &Path, captures: &Path, packets: u64) -> Result<PathBuf> {
        let path = folder.join(format!("{}-{packets}.pcap", self.name()));
        if path.exists() {
            return Ok(path);
        }
        let part = folder.join(format!("{}-{packets}.part", self.name()));
        let made = || -> Result<()> {
            let mut out = BufWriter::new(File::create(&part)?);
            let source: &mut dyn Source = match self {
                Shape::Enterprise => {
                    capture::enterprise::build(captures, &mut out, packets, SEED)?;
                    return Ok(out.flush()?);
                }
                Shape::Worst => &mut capture::synthetic::worst(SEED, packets),
                Shape::Flows => &mut capture::synthetic::flows(SEED, packets, LIVE),
            };
            let mut writer = PcapWriter::new(&mut out, LinkType::ETHERNET)?;
            writer.copy(source)?;
            writer.finish()?;
            Ok(out.flush()?)
        };
        made().with_context(|| format!("making the {} set", self.name()))?;
        std::fs::rename(&part, &path)?;
        Ok(path)
    }
}
