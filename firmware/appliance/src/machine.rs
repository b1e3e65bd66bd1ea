//! The box as the set-up service sees it.

use std::path::{Path, PathBuf};

use board::Board;
use model::ErrorCode;
use settings::Port;
use setup::Machine;
use wire::Fact;
use wire::local::Failed;

use crate::paths::{BOARD, RUN, STATE};
use crate::{log, ports, power, state, status};

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
        let text = std::fs::read_to_string(BOARD).map_err(|error| format!("{BOARD}: {error}"))?;
        Ok(Appliance { board: Board::read("this", &text).map_err(|error| error.to_string())? })
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
