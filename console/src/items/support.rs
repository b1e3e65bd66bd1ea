//! 13: makes a support bundle.

use wire::local::Ask;

use super::{Entry, told};
use crate::screen::{Did, Screen};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 13,
    names: &["support"],
    label: "Support bundle",
    help: "Makes a file for support, without secrets and traffic, and shows what it holds.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let said = screen.ask(&Ask::Support, "Not watched any longer: the bundle may still be made.")?;
    told(screen, said)
}
