//! The box as the set-up service sees it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use board::Board;
use model::ErrorCode;
use settings::Port;
use setup::Machine;
use update::Origin;
use wire::local::Failed;
use wire::{Fact, UpdateState};

use crate::paths::{self, RUN, STATE};
use crate::{log, ports, power, standing, state, status};

/// The appliance.
pub struct Appliance {
    board: Board,
}

impl Appliance {
    /// By the image's board.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn new() -> Result<Appliance, String> {
        Ok(Appliance { board: paths::board()? })
    }
}

impl Machine for Appliance {
    fn ports(&self) -> Vec<String> {
        ports::here().into_iter().map(|port| port.name).collect()
    }

    fn roles(&self) -> Vec<Port> {
        ports::roles(&self.board, &ports::here()).into_iter().map(|(port, _)| port).collect()
    }

    fn power(&self, off: bool, reason: &str) -> Result<(), Failed> {
        let reason = if reason.is_empty() { "asked for by the operator" } else { reason };
        match power::ask(off, reason) {
            true => Ok(()),
            false => Err(Failed::plain("PID 1 does not hear", "Hold the power button.")),
        }
    }

    fn slot(&self) -> String {
        standing::read().slot
    }

    fn update(&self, tell: &mut dyn FnMut(String)) -> Result<String, Failed> {
        let mut updater = standing::updater()?;
        let mut failed = None;
        for device in sys::media::removable() {
            tell(format!("looking at {}", device.display()));
            let installed = sys::media::mounted(&device, false, |folder| {
                let bundle = update::stick::newest(folder, &self.board.name)?;
                tell(format!("{} is found", bundle.file_name().unwrap_or_default().to_string_lossy()));
                let unread =
                    |error: std::io::Error| Failed::coded(ErrorCode::UpdateFailed, error.to_string());
                let mut file = File::open(&bundle).map_err(unread)?;
                updater.install(&mut file, Origin::Usb, standing::floor(), &mut |words| tell(words.into()))
            });
            match installed {
                Ok(Ok(version)) => {
                    restart_soon(format!("the update to {version}"));
                    return Ok(format!("{version} is installed; the box restarts into it in a moment"));
                }
                Ok(Err(error)) => failed = Some(error),
                // A drive without a medium is no fault.
                Err(_) => {}
            }
        }
        let none = "there is no USB stick that can be read";
        Err(failed.unwrap_or_else(|| Failed::coded(ErrorCode::UpdateFailed, none)))
    }

    fn roll_back(&self) -> Result<String, Failed> {
        let version = standing::updater()?.roll_back("somebody asked for it at the box")?;
        restart_soon(format!("roll-back to {version}"));
        Ok(format!("the box restarts into {version} in a moment"))
    }

    fn findings(&self) -> Vec<Fact> {
        let status = status::read();
        let fact = |code, words| Fact { code, words };
        let mut facts = Vec::new();
        if !status.forgetful.is_empty() {
            let words = format!("settings and reports are in memory alone: {}", status.forgetful);
            facts.push(fact(Some(ErrorCode::Disk), words));
        }
        if !status.ended.is_empty() {
            facts.push(fact(None, status.ended));
        }
        match standing::read().update {
            UpdateState::RolledBack { version, words } => {
                let words = format!("the update to {version} was taken back: {words}");
                facts.push(fact(Some(ErrorCode::UpdateFailed), words));
            }
            UpdateState::Refused { version, code, words } => {
                facts.push(fact(Some(code), format!("the update to {version} was refused: {words}")));
            }
            UpdateState::Trial { version } => facts.push(fact(None, format!("{version} runs on trial"))),
            _ => {}
        }
        for part in status.parts.into_iter().filter(|part| part.again > 0) {
            let words = format!("{} was started again {} times: it {}", part.name, part.again, part.words);
            facts.push(fact(None, words));
        }
        facts
    }

    fn note(&self, words: &str) {
        eprintln!("{words}");
    }

    fn log(&self, most: usize) -> Option<Vec<String>> {
        Some(log::last(Path::new(RUN), most))
    }

    fn forget(&self) -> Result<(), Failed> {
        let folder = PathBuf::from(STATE);
        for name in ["lease", "ports.toml"] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        // A state that could not be mounted is made new at the next start.
        if !status::read().forgetful.is_empty()
            && let Err(error) = state::wipe()
        {
            return Err(Failed::coded(ErrorCode::Disk, format!("the disk cannot be made new: {error}")));
        }
        Ok(())
    }
}

/// Lets the face show the answer first.
fn restart_soon(reason: String) {
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        power::ask(false, &reason);
    });
}
