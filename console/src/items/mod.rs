//! The items of the menu. A number, once given, never changes its meaning: a new
//! item is its file and its line here, and goes to the end.

mod backup;
mod blink;
mod factory;
mod log;
mod look;
mod network;
mod password;
mod ports;
mod power;
mod proxy;
mod register;
mod support;
mod test;
mod update;

pub(crate) use blink::labelled;
pub(crate) use ports::lines as port_lines;
use settings::Group;
use wire::local::{Overview, Say};

use crate::form::Form;
use crate::screen::{Did, Screen, Stop, UNCHANGED};

/// One item.
pub struct Entry {
    /// Never changes.
    pub number: u8,
    /// Words that choose it too, in lower case.
    pub names: &'static [&'static str],
    /// In the menu; at most 23 characters.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
    /// Does it.
    pub run: fn(&mut Screen<'_>) -> Did<()>,
}

impl Entry {
    /// Chosen by its number or one of its names (in lower case).
    pub fn answers(&self, typed: &str) -> bool {
        typed.parse() == Ok(self.number) || self.names.contains(&typed)
    }
}

/// Every item, in the order of the menu.
pub static ENTRIES: &[Entry] = &[
    network::ENTRY,
    proxy::ENTRY,
    register::ENTRY,
    ports::ENTRY,
    blink::ENTRY,
    test::ENTRY,
    look::ENTRY,
    log::ENTRY,
    password::ENTRY,
    power::ENTRY,
    update::ENTRY,
    backup::ENTRY,
    support::ENTRY,
    factory::ENTRY,
    Entry {
        number: 0,
        names: &["out", "exit", "logout", "quit"],
        label: "Log out",
        help: "Ends this session; the password is asked again, where there is one.",
        run: |_| Err(Stop::LoggedOut),
    },
];

/// Asks the settings of groups, and says so when nothing was changed.
fn form(screen: &mut Screen<'_>, overview: &Overview, groups: &[Group]) -> Did<()> {
    if Form::load(screen, overview)?.run(screen, groups)? { Ok(()) } else { screen.say(UNCHANGED) }
}

/// Says what the service's last answer says.
fn told(screen: &mut Screen<'_>, say: Say) -> Did<()> {
    match say {
        Say::Done(words) => screen.say(&words),
        Say::Failed(failed) => screen.failure(&failed),
        Say::Text(text) => screen.lines(&text),
        other => Err(crate::screen::unfit(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_labels_are_as_promised() {
        let numbers: Vec<u8> = ENTRIES.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0]);
        let mut names: Vec<&str> = ENTRIES.iter().flat_map(|entry| entry.names.iter().copied()).collect();
        assert!(ENTRIES.iter().all(|entry| entry.label.len() <= 23 && !entry.names.is_empty()));
        assert!(names.iter().all(|name| !matches!(*name, "q" | "?") && name.parse::<u8>().is_err()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name chooses one item");
    }
}
