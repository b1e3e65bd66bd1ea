//! Small tables that several sources read.

pub mod devices;
pub mod dhcp;
pub mod hostnames;
pub mod mdns;
