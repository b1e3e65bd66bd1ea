//! What the DHCP client says, carried out: sent, or told.

use std::net::Ipv4Addr;
use std::time::Duration;

use sys::clock::monotonic;

use super::engine::{Engine, NOTICE};
use super::fault;
use crate::dhcp::{Action, Client, Loss};

impl Engine {
    /// Carries out what the DHCP client says.
    pub(super) fn carry(&mut self, actions: Vec<Action>) {
        for action in actions {
            let top = self.wanted.top();
            match action {
                // What cannot be sent now is sent again when the client has waited.
                Action::Broadcast(bytes, own) => {
                    let _ = self.sockets.dhcp.as_ref().map(|port| port.broadcast(&bytes, own));
                }
                Action::Unicast(bytes, _, server) => {
                    let _ = self.sockets.dhcp.as_ref().map(|port| port.unicast(&bytes, server));
                }
                Action::Arp(arp) => self.send(&arp),
                Action::Gained(_) => (self.trouble, self.notice) = (None, None),
                Action::Renewed(_) => self.trouble = None,
                Action::Lost(Loss::Released) => self.trouble = None,
                Action::Lost(Loss::Expired) => {
                    self.trouble =
                        Some(fault::no_lease(&top, "the lease has ended and no DHCP server answers"));
                }
                Action::Lost(Loss::Refused) => {}
                Action::Lost(Loss::Conflict(by)) => {
                    let leased =
                        self.top().and_then(|top| top.addresses.iter().find(|held| held.ip.is_ipv4()));
                    let ip = leased.map_or(Ipv4Addr::UNSPECIFIED.into(), |held| held.ip);
                    self.trouble = Some(fault::in_use(ip, Some(by)));
                }
                Action::Declined(ip, by) => self.trouble = Some(fault::in_use(ip.into(), Some(by))),
                Action::Defended(by) => {
                    if let Some(lease) = self.client.as_ref().and_then(Client::lease) {
                        let told = fault::in_use(lease.address.into(), Some(by));
                        self.notice = Some((told, monotonic() + NOTICE));
                    }
                }
                Action::Refused(server, words) => {
                    let words = if words.is_empty() { "without a reason".into() } else { words };
                    self.trouble = Some(fault::no_lease(&top, &format!("{server} refused a lease: {words}")));
                }
            }
            self.next_look = Duration::ZERO;
        }
    }
}
