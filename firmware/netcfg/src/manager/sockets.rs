//! The sockets of one interface: opened when they are needed, and again when the interface
//! is another one of the same name.

use std::io;

use sys::link::Link;

use crate::arp::{self, Mac};
use crate::dhcp;
use crate::nd::Routers;

/// What is open at an interface.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    /// Index and Ethernet address of the interface they are at.
    at: Option<(u32, [u8; 6])>,
    pub arp: Option<arp::Socket>,
    pub dhcp: Option<dhcp::Port>,
    pub routers: Option<Routers>,
}

impl Sockets {
    /// Opens what is wanted and closes what is not; true when the interface is another one
    /// than before, so that nothing learned at the old one holds.
    ///
    /// # Errors
    /// In words, what cannot be opened and why; the others are.
    pub fn keep(&mut self, link: Option<&Link>, dhcp: bool, routers: bool) -> (bool, Vec<String>) {
        let now = link.and_then(|link| Some((link.index, link.mac?)));
        let other = self.at != now;
        if other {
            *self = Sockets { at: now, ..Sockets::default() };
        }
        let (Some(link), Some((index, mac))) = (link, now) else { return (other, Vec::new()) };
        let name = &link.name;
        let mut failed = Vec::new();
        if self.arp.is_none() {
            self.arp = opened(arp::Socket::open(name), "ARP", name, &mut failed);
        }
        match (dhcp, &self.dhcp) {
            (false, _) => self.dhcp = None,
            (true, None) => self.dhcp = opened(dhcp::Port::open(name, index, mac), "DHCP", name, &mut failed),
            (true, Some(_)) => {}
        }
        match (routers, &self.routers) {
            (false, _) => self.routers = None,
            (true, None) => {
                let opens = Routers::open(name, index, Mac(mac));
                self.routers = opened(opens, "router advertisements", name, &mut failed);
            }
            (true, Some(_)) => {}
        }
        (other, failed)
    }

    /// Ethernet address of the interface.
    pub fn mac(&self) -> Option<[u8; 6]> {
        self.at.map(|(_, mac)| mac)
    }
}

fn opened<T>(done: io::Result<T>, what: &str, name: &str, failed: &mut Vec<String>) -> Option<T> {
    done.map_err(|error| failed.push(format!("cannot listen to {what} at {name}: {error}"))).ok()
}
