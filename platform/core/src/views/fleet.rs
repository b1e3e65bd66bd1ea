//! Updates: what appliances run, the bundles there are, roll-outs.

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};

/// What an appliance said of its own system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SystemView {
    /// Its board.
    pub board: String,
    /// Version that runs.
    pub version: String,
    /// Name of the file that was booted; empty where there are no slots.
    pub slot: String,
    /// Where its last update stands.
    pub update: UpdateView,
    /// Why it should be restarted; empty: no need.
    pub restart: String,
    /// When it started; absent when it does not know.
    pub started: Option<Stamp>,
    /// How the run before ended; empty: as it was told to.
    pub ended: String,
    /// What was started again since, newest first.
    pub crashes: Vec<CrashView>,
    /// When it said this first.
    pub told: Stamp,
}

/// Where an update stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpdateView {
    /// `none`, `fetching`, `installed`, `trial`, `good`, `refused`, `rolled_back`.
    pub state: &'static str,
    /// Version; may be empty.
    pub version: String,
    /// Why, for `refused` and `rolled_back`; how far, for `fetching`; else empty.
    pub words: String,
}

/// A part that ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrashView {
    /// Its name.
    pub part: String,
    /// When.
    pub at: Stamp,
    /// How it ended and its last words.
    pub words: String,
}

/// An update bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BundleView {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its name in the folder.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// Board it is for.
    pub board: String,
    /// Version.
    pub version: String,
    /// When its file was written; absent when the disk does not tell.
    pub since: Option<Stamp>,
    /// Sensors of the board that run an older version.
    pub older: u64,
}

/// The folder of bundles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShelfView {
    /// Bundles, newest version first.
    pub bundles: Vec<BundleView>,
    /// Files that are none, and why.
    pub others: Vec<(String, String)>,
}

/// A file of the folder of images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageView {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its name, with its folder in front where it stands in one.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// Version; empty when its name says none.
    pub version: String,
    /// Board it is for; empty when its name says none.
    pub board: String,
    /// What it is for, in words; empty when its name does not say.
    pub about: String,
    /// When its file was written; absent when the disk does not tell.
    pub since: Option<Stamp>,
}

/// The folder of images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImagesView {
    /// Images, newest version first.
    pub images: Vec<ImageView>,
    /// Files that are not given out, and why.
    pub others: Vec<(String, String)>,
}

/// What is said when a roll-out begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewRollout {
    /// SHA-256 of the bundle, hexadecimal.
    pub bundle: String,
    /// Names of the sensors that come first; empty: one is chosen.
    pub first: Vec<String>,
    /// Minutes that a stage has to be well before the next; 0: 30.
    pub soak: u32,
}

/// Where a roll-out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutState {
    /// Goes on.
    Running,
    /// Held by a person.
    Paused,
    /// Stopped by itself.
    Stopped,
    /// Ended by a person, or by the next.
    Cancelled,
    /// Everybody has it.
    Done,
}

impl From<&crate::fleet::Phase> for RolloutState {
    fn from(phase: &crate::fleet::Phase) -> RolloutState {
        use crate::fleet::Phase;
        match phase {
            Phase::Running => RolloutState::Running,
            Phase::Paused => RolloutState::Paused,
            Phase::Stopped(_) => RolloutState::Stopped,
            Phase::Cancelled => RolloutState::Cancelled,
            Phase::Done => RolloutState::Done,
        }
    }
}

/// A roll-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RolloutView {
    /// Its number.
    pub number: u64,
    /// Version.
    pub version: String,
    /// Board.
    pub board: String,
    /// SHA-256 of the bundle.
    pub bundle: String,
    /// Who began it.
    pub by: String,
    /// When.
    pub begun: Stamp,
    /// Minutes that a stage is watched.
    pub soak: u32,
    /// Stage: 1 the first, 2 a tenth, 3 all.
    pub stage: u8,
    /// Where it stands.
    pub state: RolloutState,
    /// Why it stopped; else empty.
    pub words: String,
    /// Sensors it is offered to, by stage and name.
    pub members: Vec<RolloutMember>,
}

/// A sensor in a roll-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RolloutMember {
    /// Its id.
    pub sensor: String,
    /// Its name.
    pub name: String,
    /// Since which stage.
    pub stage: u8,
    /// It runs the version and was well for as long as a stage is watched.
    pub good: bool,
    /// How it stands.
    pub words: String,
}
