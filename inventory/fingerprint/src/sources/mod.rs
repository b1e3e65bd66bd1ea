//! One file a source; the list below is all there is.

mod dhcp;
mod http;
mod mdns;
mod names;
mod oui;
mod smb;
mod ssh;
mod tcp_stack;
mod tls;

use crate::candidate::Source;

/// Every source, in the order of the documentation.
pub static SOURCES: &[&dyn Source] = &[
    &names::Names,
    &oui::Oui,
    &dhcp::Dhcp,
    &smb::Smb,
    &http::Http,
    &ssh::Ssh,
    &mdns::Mdns,
    &tls::Tls,
    &tcp_stack::TcpStack,
];
