//! 9: the console's password, and the panel's PIN.

use settings::Group;
use wire::local::{Ask, Say, Secret};

use super::Entry;
use crate::form::Form;
use crate::prompt::{Answer, HOW, Prompt};
use crate::screen::{Did, Screen, Stop, UNCHANGED, unfit};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 9,
    names: &["password", "pin"],
    label: "Console password",
    help: "Password of this console and PIN of the front panel.",
    run,
};

/// Longest password.
const MOST: usize = 128;

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    screen.say(&format!("Console password. {HOW}"))?;
    let help = "Asked when this menu is opened, on every console. There is no other way in if it is lost: only \
                a factory reset from the front panel clears it.";
    let current = if overview.password { "set" } else { "none" };
    let new = Prompt { label: "NEW PASSWORD", current, help, limit: MOST, secret: true }.ask(screen)?;
    let kept = new == Answer::Keep;
    match new {
        Answer::Keep => {}
        Answer::Clear if !overview.password => {}
        Answer::Clear => set(screen, overview.password, String::new())?,
        Answer::Text(new) => {
            let again = screen.line("THE SAME AGAIN:", MOST, true)?;
            if again.trim() != new {
                return screen.say(&format!("The two are not the same. {UNCHANGED}"));
            }
            set(screen, overview.password, new)?;
        }
    }
    // What was done with the password is done, whatever is answered here.
    let mut form = Form::load(screen, &overview)?;
    match form.run(screen, &[Group::Access]) {
        Ok(false) | Err(Stop::Left(UNCHANGED)) if kept => screen.say(UNCHANGED),
        Ok(_) => Ok(()),
        Err(stop) => Err(stop.left_as("The PIN was not changed.")),
    }
}

fn set(screen: &mut Screen<'_>, had: bool, new: String) -> Did<()> {
    let old = if had { screen.line("OLD PASSWORD:", MOST, true)? } else { String::new() };
    match screen.ask(
        &Ask::Password { old: Secret(old.trim().into()), new: Secret(new) },
        "Not known whether it was changed.",
    )? {
        Say::Done(words) => screen.say(&words),
        Say::Failed(failed) => screen.failure(&failed),
        other => Err(unfit(&other)),
    }
}
