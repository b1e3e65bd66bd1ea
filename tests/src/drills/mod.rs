//! The long drills: what takes minutes and gives figures. A drill = one file + one line in [`DRILLS`].

mod faults;
mod plug;
mod ports;
mod prepare;
mod settings;
mod start;
mod twice;
mod update;
mod whole;

pub use faults::{FAULTS, drilled};

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::vm::{APPLIANCE, Disk, Hardware, Image, images, overlay};

/// Longest time until a machine says something.
const LONGEST: Duration = Duration::from_secs(300);
/// The board that is taken when none is named.
const BOARD: &str = "virtual-kvm";

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The board; none: the drill's own choice.
    pub board: Option<String>,
    /// Disks made of each recording.
    pub cuts: usize,
    /// Of them started, and plugs really pulled.
    pub boots: usize,
    /// What chance begins with.
    pub seed: u64,
    /// Of the faults those that hold this text.
    pub only: String,
    /// Where transcripts and disks that failed are left.
    pub keep: PathBuf,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            board: None,
            cuts: 400,
            boots: 5,
            seed: 1,
            only: String::new(),
            keep: "target/drill".into(),
        }
    }
}

/// A drill.
#[derive(Debug)]
pub struct Drill {
    /// Word on the command line.
    pub name: &'static str,
    /// What it finds out.
    pub about: &'static str,
    /// Does it and prints its table; in words, what failed.
    pub run: fn(&Options) -> Result<(), String>,
}

/// Every drill.
pub const DRILLS: &[Drill] = &[
    prepare::DRILL,
    start::DRILL,
    settings::DRILL,
    update::DRILL,
    plug::DRILL,
    faults::DRILL,
    ports::DRILL,
    twice::DRILL,
];

impl Options {
    /// The image of the board that was asked for.
    fn image(&self) -> Result<Image, String> {
        let board = self.board.as_deref().unwrap_or(BOARD);
        images(APPLIANCE, &[board])?.pop().ok_or_else(|| "there is no image".into())
    }

    /// A file of this name among those that are left.
    fn kept(&self, name: &str) -> Result<PathBuf, String> {
        std::fs::create_dir_all(&self.keep).map_err(|error| format!("{}: {error}", self.keep.display()))?;
        Ok(self.keep.join(name))
    }
}

/// A disk of a machine on top of the image's raw one.
fn disk(hardware: &mut Hardware, image: &Image, file: &Path, log: Option<PathBuf>) {
    overlay(&image.raw(), "raw", file, None);
    let bus = hardware.bus(image);
    hardware.disks = vec![Disk { file: file.into(), format: "qcow2", bus, log }];
}

/// In words, an error of a file.
fn words(error: std::io::Error) -> String {
    error.to_string()
}
