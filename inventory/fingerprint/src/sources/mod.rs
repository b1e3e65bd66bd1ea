//! One file a source; the list below is all there is.

mod dhcp;
mod http;
mod names;
mod oui;
mod smb;
mod ssh;

use crate::candidate::Source;

/// Every source, in the order of the documentation.
pub static SOURCES: &[&dyn Source] = &[
    &names::Names,
    &oui::Oui,
    &dhcp::Dhcp,
    &smb::Smb,
    &http::Http,
    &ssh::Ssh,
];
