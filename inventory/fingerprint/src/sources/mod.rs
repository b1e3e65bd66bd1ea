//! One file a source; the list below is all there is.

mod dhcp;
mod http;
mod lldp_cdp;
mod mdns;
mod names;
mod ot;
mod oui;
mod services;
mod smb;
mod snmp;
mod ssdp;
mod ssh;
mod tcp_stack;
mod tls;

use model::Interval;

use crate::attribute::Attribute;
use crate::candidate::{Candidate, Rule, Source};
use crate::describe::Description;

/// Every source, in the order of the documentation.
pub static SOURCES: &[&dyn Source] = &[
    &names::Names,
    &oui::Oui,
    &dhcp::Dhcp,
    &smb::Smb,
    &http::Http,
    &ssh::Ssh,
    &mdns::Mdns,
    &ssdp::Ssdp,
    &snmp::Snmp,
    &lldp_cdp::LldpCdp,
    &ot::Ot,
    &services::Services,
    &tls::Tls,
    &tcp_stack::TcpStack,
];

/// Says everything a description holds, under one rule, and the family it is of
/// under a weaker one.
fn say_description(rule: &Rule, family: &Rule, of: &Interval, said: Description, out: &mut Vec<Candidate>) {
    rule.say(of, Attribute::Os, said.os, out);
    rule.say(of, Attribute::Kernel, said.kernel, out);
    rule.say(of, Attribute::Maker, said.maker, out);
    rule.say(of, Attribute::Model, said.model, out);
    family.say(of, Attribute::Model, said.family, out);
    rule.say(of, Attribute::OrderNumber, said.order, out);
    rule.say(of, Attribute::Type, said.kind, out);
    rule.say(of, Attribute::Firmware, said.firmware, out);
    rule.say(of, Attribute::Hardware, said.hardware, out);
    rule.say(of, Attribute::Serial, said.serial, out);
}
