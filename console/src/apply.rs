//! Changes that are tried, tested, and undone unless they are confirmed.

use wire::local::{Ask, Say, Wrong};

use crate::form::wrong_line;
use crate::screen::{Did, Screen, Stop};

const WATCHING: &str = "Not watched any longer: what is being tried is undone by itself unless it is confirmed \
                        (item 1).";
/// What is said when they were undone.
pub const UNDONE: &str = "Undone: the settings are as they were before.";

/// Applies and shows the steps; asks whether to keep what is being tried. What the
/// service does not take is told and given back.
///
/// # Errors
/// When the operator leaves, or the service or the terminal is gone.
pub fn apply(screen: &mut Screen<'_>, ask: &Ask) -> Did<Vec<Wrong>> {
    match screen.ask(ask, WATCHING)? {
        Say::Done(words) => screen.say(&words)?,
        Say::Confirm(seconds) => keep(screen, seconds)?,
        Say::Wrong(wrong) => {
            for wrong in &wrong {
                screen.say_in(&wrong_line(wrong), 4)?;
            }
            return Ok(wrong);
        }
        Say::Failed(failed) => screen.failure(&failed)?,
        other => return Err(crate::screen::unfit(&other)),
    }
    Ok(Vec::new())
}

/// Asks whether to keep what is being tried.
///
/// # Errors
/// As [`apply`].
pub fn keep(screen: &mut Screen<'_>, seconds: u32) -> Did<()> {
    let ask = match screen.yes_within("Keep these settings?", seconds)? {
        Some(true) => Ask::Confirm,
        Some(false) => Ask::Revert,
        None => return screen.say(UNDONE),
    };
    match screen.ask(&ask, WATCHING) {
        Ok(Say::Done(words)) => screen.say(&words),
        Ok(Say::Failed(failed)) => screen.say(&failed.to_string()),
        Ok(other) => Err(crate::screen::unfit(&other)),
        Err(Stop::Away(why)) => {
            Err(Stop::Away(format!("{why} Unless it was confirmed, it is undone by itself.")))
        }
        Err(stop) => Err(stop),
    }
}
