//! 12: shows the settings as a text file, and takes such a file.

use wire::local::{Ask, Say};

use super::{Entry, told};
use crate::apply::apply;
use crate::paste;
use crate::prompt::{HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 12,
    names: &["backup", "restore"],
    label: "Back up, restore",
    help: "Shows all settings but secrets as text to copy; takes such a text.",
    run,
};

/// Stand around the text.
const BEGIN: &str = "# ----- BEGIN stillwatch settings -----";
const END: &str = "# ----- END stillwatch settings -----";
/// Longest text, in bytes.
const MOST: usize = 65_536;

fn run(screen: &mut Screen<'_>) -> Did<()> {
    screen.say(&format!("Back up or restore settings. {HOW}"))?;
    let help = "backup: shows the settings, to be copied from this window. restore: takes them by paste.";
    let what = Prompt { label: "WHAT (backup, restore)", current: "backup", help, limit: 16, secret: false }
        .word(screen, &["backup", "restore"])?;
    if what == "backup" {
        return match screen.ask(&Ask::Backup, UNCHANGED)? {
            Say::Text(text) => {
                screen.say(BEGIN)?;
                screen.lines(&text)?;
                screen.say(END)
            }
            other => told(screen, other),
        };
    }
    screen.say(&format!("Paste the text. It ends with the line {END} or with a single dot."))?;
    let text = match paste::text(screen, END, MOST)? {
        Ok(text) => text,
        Err(why) => return screen.say(&format!("{why} {UNCHANGED}")),
    };
    if text.trim().is_empty() {
        return screen.say(UNCHANGED);
    }
    if !screen.yes("Apply these settings?")? {
        return screen.say(UNCHANGED);
    }
    let wrong = apply(screen, &Ask::Restore(text))?;
    if wrong.is_empty() { Ok(()) } else { screen.say(UNCHANGED) }
}
