//! One file a source; the list below is all there is.

mod oui;
mod ssh;

use crate::candidate::Source;

/// Every source, in the order of the documentation.
pub static SOURCES: &[&dyn Source] = &[&oui::Oui, &ssh::Ssh];
