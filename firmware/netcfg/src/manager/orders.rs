//! What the manager is told to do, and what comes of it once the link was asked.

use std::net::Ipv4Addr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::claim::{Claim, Outcome};
use super::engine::{Engine, NOTICE, SETTLE, SOLICITATIONS};
use super::fault;
use crate::arp::Mac;
use crate::dhcp::Client;
use crate::error::Error;
use crate::plan::plan;
use crate::ra::Heard;
use crate::random::seed;
use crate::seen::Seen;
use crate::wanted::{Ipv4, Ipv6, Wanted};

/// A change that waits for the link to be asked.
pub(super) struct Pending {
    pub wanted: Wanted,
    pub claim: Claim,
    pub answer: Sender<Result<(), Error>>,
}

impl Engine {
    /// What came of the address of a change that waits.
    pub(super) fn proven(&mut self, outcome: Outcome, now: Duration) {
        match outcome {
            Outcome::Send(arp) => self.send(&arp),
            Outcome::Won(announcement) => {
                let Some(pending) = self.pending.take() else { return };
                self.adopt(pending.wanted);
                self.claim = Some(pending.claim);
                let done = self.look(now);
                self.send(&announcement);
                let _ = pending.answer.send(done);
            }
            Outcome::Lost(by) => {
                let Some(pending) = self.pending.take() else { return };
                let _ =
                    pending.answer.send(Err(fault::in_use(pending.claim.address.into(), Some(by)).into()));
            }
            Outcome::Nothing | Outcome::Disputed(..) => {}
        }
    }

    /// What came of the address that is wanted.
    pub(super) fn claimed(&mut self, outcome: Outcome, now: Duration) {
        let Some(address) = self.claim.as_ref().map(|claim| claim.address) else { return };
        match outcome {
            Outcome::Nothing => return,
            Outcome::Send(arp) => self.send(&arp),
            Outcome::Won(announcement) => {
                let done = self.look(now);
                self.send(&announcement);
                self.answer(done);
            }
            Outcome::Lost(by) => self.answer(Err(fault::in_use(address.into(), Some(by)).into())),
            Outcome::Disputed(by, announcement) => {
                if let Some(arp) = announcement {
                    self.send(&arp);
                }
                self.notice = Some((fault::in_use(address.into(), Some(by)), now + NOTICE));
            }
        }
        self.next_look = Duration::ZERO;
    }

    pub(super) fn answer(&mut self, done: Result<(), Error>) {
        if let Some((answer, _)) = self.awaiting.take() {
            // Nobody may wait any more.
            let _ = answer.send(done);
        }
    }

    pub(super) fn change(&mut self, wanted: Wanted, answer: Sender<Result<(), Error>>, now: Duration) {
        if let Some(pending) = self.pending.take() {
            let _ = pending.answer.send(Err(Error::Overtaken));
        }
        self.answer(Err(Error::Overtaken));
        let same_link = (&wanted.interface, wanted.top()) == (&self.wanted.interface, self.wanted.top());
        let address = match wanted.ipv4 {
            Ipv4::Static { address, .. } => {
                Some(address).filter(|address| !(same_link && self.has(*address)))
            }
            Ipv4::Dhcp => None,
        };
        match (address, self.sockets.mac()) {
            // What works goes on working while the link is asked.
            (Some(address), Some(mac)) if same_link && self.ready.is_some() => {
                let timing = self.options.timing.probe;
                let claim = Claim::new(Mac(mac), address, timing, seed(), false, now);
                self.pending = Some(Pending { wanted, claim, answer });
            }
            _ => {
                self.adopt(wanted);
                let done = self.look(now);
                let ours = self.claim.as_ref().is_some_and(Claim::ours);
                if address.is_some() && done.is_ok() && !ours {
                    self.awaiting = Some((answer, now + SETTLE));
                } else {
                    let _ = answer.send(done);
                }
            }
        }
    }

    /// True when the interface has this address now.
    pub(super) fn has(&self, address: Ipv4Addr) -> bool {
        self.top().is_some_and(|top| top.addresses.iter().any(|held| held.ip == address))
    }

    /// From now on this is wanted.
    pub(super) fn adopt(&mut self, wanted: Wanted) {
        let same_top = (&wanted.interface, wanted.top()) == (&self.wanted.interface, self.wanted.top());
        if wanted.interface != self.wanted.interface {
            // Nothing of ours stays at the old one.
            let interface = self.wanted.interface.clone();
            let nothing = Wanted { interface, ipv6: Ipv6::Off, ..Wanted::default() };
            let seen = Seen::read(&nothing.interface).unwrap_or_default();
            for change in plan(&nothing, None, &seen) {
                let _ = crate::apply::apply(&change);
            }
        }
        if let Some(lease) = self.client.as_ref().and_then(Client::lease) {
            self.remembered = Some((self.wanted.top(), lease.clone()));
        }
        if !same_top || wanted.ipv4 != Ipv4::Dhcp || self.released {
            (self.client, self.released, self.trouble) = (None, false, None);
        }
        let same_address = |claim: &Claim| {
            matches!(wanted.ipv4, Ipv4::Static { address, .. } if address == claim.address) && same_top
        };
        if !self.claim.as_ref().is_some_and(same_address) {
            (self.claim, self.notice) = (None, None);
        }
        if !same_top || wanted.ipv6 != Ipv6::Slaac {
            self.heard = Heard::default();
        }
        if let Some(client) = &mut self.client {
            client.set_hostname(&wanted.hostname);
        }
        self.refused.clear();
        self.wanted = wanted;
    }

    pub(super) fn renew(&mut self, now: Duration) {
        if let Some(client) = &mut self.client {
            client.link_up(now);
        }
        self.solicit = (SOLICITATIONS, now);
    }

    pub(super) fn release(&mut self, now: Duration) {
        let actions = self.client.as_mut().map(|client| client.release(now));
        self.released = self.client.is_some();
        self.remembered = None;
        self.carry(actions.unwrap_or_default());
    }
}
