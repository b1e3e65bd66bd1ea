//! The few styles of the terminal; `anstream` takes them out when it is none.

use anstyle::{AnsiColor, Style};

/// Something is wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// All well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Names and headings.
pub const STRONG: Style = Style::new().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
