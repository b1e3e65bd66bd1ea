//! Small tables that several sources read.

pub mod devices;
pub mod dhcp;
pub mod enterprises;
pub mod hostnames;
pub mod industrial;
pub mod mdns;
