//! The protocols, one file each.

pub mod arp;
pub mod browser;
pub mod cdp;
pub mod dhcpv4;
pub mod dhcpv6;
pub mod dns;
pub mod dns_names;
pub mod enip;
pub mod http;
pub mod lldp;
pub mod llmnr;
pub mod mdns;
pub mod modbus;
pub mod nbns;
pub mod ndp;
pub mod profinet_dcp;
pub mod s7comm;
pub mod smb;
pub mod snmp;
pub mod ssdp;
pub mod ssh;
pub mod tcp_stack;
// What `cargo xtask new protocol` copies: compiled and tested, never shipped.
#[cfg(test)]
mod template;
pub mod tls;

use crate::Protocol;

/// Every protocol that is read, in display order. At most 64: dispatch keeps
/// them as bits of one word.
pub static PROTOCOLS: &[&dyn Protocol] = &[
    &arp::Arp,
    &ndp::Ndp,
    &dhcpv4::Dhcpv4,
    &dhcpv6::Dhcpv6,
    &dns::Dns,
    &mdns::Mdns,
    &llmnr::Llmnr,
    &nbns::Nbns,
    &browser::Browser,
    &ssdp::Ssdp,
    &lldp::Lldp,
    &cdp::Cdp,
    &tcp_stack::TcpStack,
    &http::Http,
    &tls::Tls,
    &ssh::Ssh,
    &smb::Smb,
    &snmp::Snmp,
    &modbus::Modbus,
    &s7comm::S7comm,
    &enip::Enip,
    &profinet_dcp::ProfinetDcp,
];
