//! The thread of a manager: it waits, lets the pure parts decide, and carries out.

use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use sys::clock::monotonic;

use super::claim::{Claim, Standing};
use super::orders::Pending;
use super::sockets::Sockets;
use super::{Options, Order, Shared};
use crate::arp::{Arp, Mac};
use crate::dhcp::{Client, Identity, Lease, Phase};
use crate::error::{Error, Fault};
use crate::plan::{Change, plan};
use crate::ra::Heard;
use crate::random::seed;
use crate::seen::{Interface, Seen};
use crate::wait::{AT_ONCE, readable};
use crate::wanted::{Ipv4, Ipv6, Wanted};

/// Between two looks at the kernel when nothing happens.
const LOOK: Duration = Duration::from_secs(1);

/// Before a change that the kernel refused is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// How long an interface that has just been made may take to find its carrier.
pub(super) const SETTLE: Duration = Duration::from_secs(3);

/// How long a conflict that was survived is told of.
pub(super) const NOTICE: Duration = Duration::from_secs(600);

/// Solicitations of routers, and between them (RFC 4861 §10).
pub(super) const SOLICITATIONS: u32 = 3;
const SOLICIT: Duration = Duration::from_secs(4);

pub(super) struct Engine {
    pub(super) wanted: Wanted,
    pub(super) options: Options,
    pub(super) shared: Shared,
    pub(super) seen: Seen,
    pub(super) client: Option<Client>,
    pub(super) heard: Heard,
    pub(super) claim: Option<Claim>,
    /// What DHCP stumbled over last, until there is a lease.
    pub(super) trouble: Option<Fault>,
    /// A conflict that was survived, and until when it is told of.
    pub(super) notice: Option<(Fault, Duration)>,
    /// Changes that the kernel refused, when, and what it said.
    pub(super) refused: Vec<(Change, Duration, String)>,
    /// What else does not work, in words.
    pub(super) failed: Vec<String>,
    pub(super) orders: u64,
    /// Since when frames get through; none: they do not.
    pub(super) ready: Option<Duration>,
    pub(super) carrier: Option<Duration>,
    pub(super) sockets: Sockets,
    pub(super) pending: Option<Pending>,
    /// Who waits for the static address to be asked for, and until when without a link.
    pub(super) awaiting: Option<(Sender<Result<(), Error>>, Duration)>,
    /// What an interface was leased before.
    pub(super) remembered: Option<(String, Lease)>,
    pub(super) released: bool,
    pub(super) solicit: (u32, Duration),
    pub(super) next_look: Duration,
}

impl Engine {
    pub fn new(wanted: Wanted, mut options: Options, shared: Shared) -> Engine {
        let remembered = options.remembered.take().map(|lease| (wanted.top(), lease));
        Engine {
            wanted,
            options,
            shared,
            seen: Seen::default(),
            client: None,
            heard: Heard::default(),
            claim: None,
            trouble: None,
            notice: None,
            refused: Vec::new(),
            failed: Vec::new(),
            orders: 0,
            ready: None,
            carrier: None,
            sockets: Sockets::default(),
            pending: None,
            awaiting: None,
            remembered,
            released: false,
            solicit: (0, Duration::ZERO),
            next_look: Duration::ZERO,
        }
    }

    /// Until it is told to end.
    pub fn run(&mut self, inbox: &Receiver<Order>, wake: std::io::PipeReader) {
        loop {
            while let Ok(order) = inbox.try_recv() {
                match order {
                    Order::End => return,
                    Order::Change(wanted, answer) => self.change(*wanted, answer, monotonic()),
                    Order::Renew => self.renew(monotonic()),
                    Order::Release => self.release(monotonic()),
                }
                self.orders += 1;
                self.next_look = Duration::ZERO;
            }
            let now = monotonic();
            if self.next_look <= now {
                self.next_look = now + LOOK;
                let _ = self.look(now);
            }
            self.timers(now);
            self.sleep(&wake);
            self.hear(monotonic());
        }
    }

    /// The interface with the addresses.
    pub(super) fn top(&self) -> Option<&Interface> {
        self.seen.interface(&self.wanted.top())
    }

    /// Waits for a frame, an order, or the next deadline.
    fn sleep(&mut self, wake: &std::io::PipeReader) {
        let solicit = (self.solicit.0 > 0).then_some(self.solicit.1);
        let deadlines = [
            Some(self.next_look),
            self.client.as_ref().and_then(Client::next),
            self.claim.as_ref().filter(|_| self.ready.is_some()).and_then(Claim::next),
            self.pending.as_ref().and_then(|pending| pending.claim.next()),
            solicit,
        ];
        let next = deadlines.into_iter().flatten().min().unwrap_or(Duration::ZERO);
        let mut fds = vec![wake.as_fd()];
        fds.extend(self.sockets.arp.as_ref().map(AsFd::as_fd));
        fds.extend(self.sockets.dhcp.as_ref().map(AsFd::as_fd));
        fds.extend(self.sockets.routers.as_ref().map(AsFd::as_fd));
        if readable(&fds, Some(next.saturating_sub(monotonic()))).is_err() {
            // Never in a circle at full speed, whatever is wrong.
            std::thread::sleep(LOOK);
        }
        drain(wake);
    }

    /// Takes in frames that wait. An interface that is switched off says so once at each
    /// socket; the next look sees to it.
    fn hear(&mut self, now: Duration) {
        for _ in 0..AT_ONCE {
            let Some(Ok(Some(heard))) = self.sockets.arp.as_ref().map(|arp| arp.receive()) else { break };
            self.heard_arp(&heard, now);
        }
        for _ in 0..AT_ONCE {
            let Some(Ok(Some(bytes))) = self.sockets.dhcp.as_mut().map(|port| port.receive()) else { break };
            let actions = self.client.as_mut().map(|client| client.receive(&bytes, now));
            self.carry(actions.unwrap_or_default());
        }
        let before = self.heard.clone();
        if let Some(Ok(true)) = self.sockets.routers.as_mut().map(|routers| routers.receive(&mut self.heard))
        {
            self.solicit.0 = 0;
            // Routers advertise all the time; it is news only when they say something else.
            if !self.heard.says_as(&before) {
                self.next_look = Duration::ZERO;
            }
        }
    }

    fn heard_arp(&mut self, heard: &Arp, now: Duration) {
        let actions = self.client.as_mut().map(|client| client.arp(heard, now));
        self.carry(actions.unwrap_or_default());
        if let Some(outcome) = self.pending.as_mut().map(|pending| pending.claim.hear(heard, now)) {
            self.proven(outcome, now);
        }
        if let Some(outcome) = self.claim.as_mut().map(|claim| claim.hear(heard, now)) {
            self.claimed(outcome, now);
        }
    }

    fn timers(&mut self, now: Duration) {
        let actions = self.client.as_mut().map(|client| client.poll(now));
        self.carry(actions.unwrap_or_default());
        if self.ready.is_some() {
            if let Some(outcome) = self.pending.as_mut().map(|pending| pending.claim.poll(now)) {
                self.proven(outcome, now);
            }
        } else if let Some(pending) = self.pending.take() {
            // The link went away while it was asked: silence proves nothing now.
            self.adopt(pending.wanted);
            let _ = self.look(now);
            self.awaiting = Some((pending.answer, now + SETTLE));
        }
        if let Some(outcome) =
            self.claim.as_mut().filter(|_| self.ready.is_some()).map(|claim| claim.poll(now))
        {
            self.claimed(outcome, now);
        }
        if self.awaiting.as_ref().is_some_and(|(_, until)| *until <= now && self.ready.is_none()) {
            self.answer(Ok(()));
        }
        if self.solicit.0 > 0 && self.solicit.1 <= now {
            self.solicit = (self.solicit.0 - 1, now + SOLICIT);
            if let (Some(routers), Some(_)) = (&self.sockets.routers, self.ready) {
                // Before there is a link-local address this fails; the kernel asks too.
                let _ = routers.solicit();
            }
        }
    }

    pub(super) fn send(&self, arp: &Arp) {
        // What is lost now is sent again, or is news that comes another way.
        let _ = self.sockets.arp.as_ref().map(|socket| socket.send(arp));
    }

    /// Looks at the kernel, makes what is wanted so, and tells how things stand.
    pub(super) fn look(&mut self, now: Duration) -> Result<(), Error> {
        self.failed.clear();
        self.see();
        // First what is there already, so that it is not taken away; then what was made.
        self.listen(now);
        let first = self.make(now);
        self.listen(now);
        let second = self.make(now);
        self.heard.expire(now);
        self.report(now);
        first.and(second)
    }

    fn see(&mut self) {
        match Seen::read(&self.wanted.interface) {
            Ok(seen) => self.seen = seen,
            Err(error) => self.failed.push(format!("cannot read the network's state: {error}")),
        }
    }

    /// Makes the changes that are left; gives the first that the kernel refuses.
    fn make(&mut self, now: Duration) -> Result<(), Error> {
        let mut effective = self.wanted.clone();
        if matches!(effective.ipv4, Ipv4::Static { .. }) && !self.claim.as_ref().is_some_and(Claim::ours) {
            // Without a lease this is: no address.
            effective.ipv4 = Ipv4::Dhcp;
        }
        let lease = self.client.as_ref().and_then(Client::lease);
        let changes = plan(&effective, lease, &self.seen);
        self.refused.retain(|(change, at, _)| changes.contains(change) && now < *at + RETRY);
        let mut first = Ok(());
        let mut made = false;
        for change in changes {
            if self.refused.iter().any(|(refused, ..)| *refused == change) {
                continue;
            }
            made = true;
            if let Err(error) = crate::apply::apply(&change) {
                self.refused.push((change, now, error.to_string()));
                first = first.and(Err(error));
            }
        }
        if made {
            self.see();
        }
        first
    }

    /// Opens sockets, follows the link, and begins what is to begin.
    fn listen(&mut self, now: Duration) {
        let link = self.top().map(|top| top.link.clone());
        let dhcp = self.wanted.ipv4 == Ipv4::Dhcp && !self.released;
        let has_ipv6 = self.top().is_some_and(|top| top.ipv6.is_some());
        let slaac = self.wanted.ipv6 == Ipv6::Slaac && has_ipv6;
        let had_routers = self.sockets.routers.is_some();
        let (other, failed) = self.sockets.keep(link.as_ref(), dhcp, slaac);
        self.failed.extend(failed);
        if other {
            (self.client, self.claim, self.ready, self.carrier) = (None, None, None, None);
            self.heard = Heard::default();
        }
        let carrier = link.as_ref().is_some_and(|link| link.up() && link.carrier);
        self.carrier = if carrier { self.carrier.or(Some(now)) } else { None };
        // Some drivers never say that frames get through.
        let through = link.is_some_and(|link| link.operational)
            || self.carrier.is_some_and(|since| now.saturating_sub(since) >= LOOK * 2);
        let came_up = carrier && through && self.ready.is_none();
        self.ready = if carrier && through { self.ready.or(Some(now)) } else { None };
        if let (true, true, None, Some(mac)) = (dhcp, self.ready.is_some(), &self.client, self.sockets.mac())
        {
            let who = Identity { mac, hostname: self.wanted.hostname.clone() };
            let top = self.wanted.top();
            let remembered = self.remembered.take().filter(|(name, _)| *name == top).map(|(_, lease)| lease);
            let timing = self.options.timing;
            self.client = Some(match remembered {
                Some(lease) if self.has(lease.address) => Client::resume(who, timing, lease, seed(), now),
                remembered => Client::new(who, timing, remembered, seed(), now),
            });
        } else if let (true, Some(client)) = (came_up, &mut self.client) {
            client.link_up(now);
        }
        if let (Ipv4::Static { address, .. }, None, Some(mac)) =
            (&self.wanted.ipv4, &self.claim, self.sockets.mac())
        {
            let (there, timing) = (self.has(*address), self.options.timing.probe);
            self.claim = Some(Claim::new(Mac(mac), *address, timing, seed(), there, now));
        }
        if came_up {
            if let Some(claim) = &mut self.claim {
                claim.ask(now);
                let news = claim.ours().then(|| claim.announcement());
                news.iter().for_each(|arp| self.send(arp));
            }
            self.solicit = (SOLICITATIONS, now);
        } else if slaac && !had_routers {
            self.solicit = (SOLICITATIONS, now);
        }
    }

    /// Since when there should be a lease and is none.
    pub(super) fn without_lease(&self) -> Option<Duration> {
        let client = self.client.as_ref().filter(|client| client.lease().is_none())?;
        self.ready.filter(|_| !matches!(client.phase(), Phase::Stopped | Phase::Probing))
    }

    /// Who has the static address that is wanted.
    pub(super) fn taken(&self) -> Option<(Ipv4Addr, Mac)> {
        match &self.claim {
            Some(Claim { standing: Standing::Taken(by, _), address, .. }) => Some((*address, *by)),
            _ => None,
        }
    }
}

/// Takes what woke us out of the pipe, which does not wait ([`super::Manager::start`]).
fn drain(wake: &std::io::PipeReader) {
    let mut bytes = [0; 64];
    while matches!(nix::unistd::read(wake, &mut bytes), Ok(len) if len == bytes.len()) {}
}
