//! Where the last update stands, for the parts that show it: the part `update` writes it to a file in memory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use model::Time;
use serde::{Deserialize, Serialize};
use update::{Folders, Updater};
use uplink::Vault;
use wire::UpdateState;
use wire::local::Failed;

use crate::mounts::Boot;
use crate::paths::{self, BOOT, EFIVARS, KEYS, RUN, STATE};
use crate::status;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The file that runs; empty: none of the boot partition's.
    pub slot: String,
    /// The last update.
    pub update: UpdateState,
}

/// Reads it; an empty one where there is none.
pub fn read() -> Standing {
    let text = fs::read_to_string(Path::new(RUN).join("update.toml")).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// Replaces it.
pub fn write(standing: &Standing) {
    let file = Path::new(RUN).join("update.toml");
    let new = file.with_extension("new");
    if toml::to_string(standing).is_ok_and(|text| fs::write(&new, text).is_ok()) {
        let _ = fs::rename(new, file);
    }
}

/// Name of the board.
pub fn board() -> String {
    paths::board().map(|board| board.name).unwrap_or_default()
}

/// The updater of this box.
///
/// # Errors
/// What runs is no version that can be updated.
pub fn updater() -> Result<Updater, Failed> {
    let folders = Folders {
        boot: BOOT.into(),
        efivars: EFIVARS.into(),
        state: Path::new(STATE).join("update"),
        keys: KEYS.into(),
    };
    Updater::open(folders, Arc::new(Boot), &paths::version(), &board(), &status::read().ended)
}

/// The latest time that is known to have passed: what ends before it has ended.
pub fn floor() -> Time {
    let good = Vault::open(Path::new(STATE)).and_then(|vault| vault.rolling()).map(|rolling| rolling.good);
    good.unwrap_or_default().max(uplink::BUILT).max(Time(sys::clock::wall()))
}
