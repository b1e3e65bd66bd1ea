//! The state machine (RFC 2131 §4.4, figure 5). Pure: it is told the time, on any scale
//! that does not jump, and what arrived; it says what to send and what changed.

use std::net::Ipv4Addr;
use std::time::Duration;

use smoltcp::wire::DhcpMessageType;

use super::lease::Lease;
use super::message::{Identity, Message};
use super::options::{Answer, Kind};
use crate::arp::{self, Arp, Defence, Mac, Prober, Step, Verdict};
use crate::random::Random;

/// Waits that are not the server's to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// First wait for an answer; doubled with each try, ±1 s at 4 s (RFC 2131 §4.1).
    pub first: Duration,
    /// Longest wait for an answer.
    pub longest: Duration,
    /// Shortest time between two tries to renew (§4.4.5).
    pub renew: Duration,
    /// After an address was declined, before another is asked for (§3.1 5).
    pub declined: Duration,
    /// Asking whether the address is free.
    pub probe: arp::Timing,
}

impl Timing {
    /// As the RFC says.
    pub const RFC: Timing = Timing {
        first: Duration::from_secs(4),
        longest: Duration::from_secs(64),
        renew: Duration::from_secs(60),
        declined: Duration::from_secs(10),
        probe: arp::Timing::RFC,
    };

    /// For a link of one's own: short waits, the same steps.
    pub const QUICK: Timing = Timing {
        first: Duration::from_millis(400),
        longest: Duration::from_secs(2),
        renew: Duration::from_millis(500),
        declined: Duration::from_secs(1),
        probe: arp::Timing::QUICK,
    };
}

/// Requests for an offer before it is given up, and for a remembered lease.
const TRIES: u32 = 4;
const REBOOT_TRIES: u32 = 2;

/// Doublings of a wait at most; beyond, the longest wait holds.
const DOUBLINGS: u32 = 10;

/// Where the client stands (figure 5 of RFC 2131, and what RFC 5227 puts between).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits before it begins (again).
    Init,
    /// Has asked who is there.
    Selecting,
    /// Has asked for what was offered.
    Requesting,
    /// Has asked for the address that it had before (§3.2).
    Rebooting,
    /// Has the address, and asks the link whether it is free.
    Probing,
    /// Uses the address.
    Bound,
    /// Asks its server for more time (§4.4.5).
    Renewing,
    /// Asks any server for more time.
    Rebinding,
    /// Does nothing, until it is started.
    Stopped,
}

/// Why an address is no longer ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nobody gave it more time.
    Expired,
    /// The server took it back.
    Refused,
    /// Another host uses it.
    Conflict(Mac),
    /// We gave it back.
    Released,
}

/// What is to be done, or what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this datagram from port 68 to port 67 of everyone; from the own address once it
    /// is used, otherwise from 0.0.0.0.
    Broadcast(Vec<u8>, Ipv4Addr),
    /// Send this datagram from port 68 of the own address (first) to port 67 of the server.
    Unicast(Vec<u8>, Ipv4Addr, Ipv4Addr),
    /// Send this to everyone.
    Arp(Arp),
    /// The lease is ours: use its address. It was asked for on the link; nobody has it.
    Gained(Lease),
    /// The lease has more time, and may say other things than before.
    Renewed(Lease),
    /// The address must not be used any more.
    Lost(Loss),
    /// The address offered is another host's; it was declined.
    Declined(Ipv4Addr, Mac),
    /// Somebody else claimed our address; it was defended.
    Defended(Mac),
    /// A server said no, in these words.
    Refused(Ipv4Addr, String),
}

/// The client of one interface.
#[derive(Clone, Debug)]
pub struct Client {
    who: Identity,
    timing: Timing,
    random: Random,
    phase: Phase,
    /// When the phase has something to do.
    next: Option<Duration>,
    /// When this exchange began.
    began: Duration,
    xid: u32,
    /// Messages of this phase that were sent.
    tries: u32,
    /// Refusals and conflicts one after the other; they make the next begin later.
    setbacks: u32,
    /// What is asked for, probed, or used.
    lease: Option<Lease>,
    /// When the request was sent that the lease answers: it counts from there (§4.4.1).
    asked: Duration,
    given: Duration,
    prober: Option<Prober>,
    defence: Option<Defence>,
    /// The lease is doubtful: it is asked about with the waits of a new one.
    doubtful: bool,
}

/// Time for which an address is used on that was leased to the program before this one, until
/// a server says that it still is: when its lease ends is not known.
const RESUMED: u32 = 60;

impl Client {
    /// A client that begins at `now`; with a lease it had before, it asks for that first
    /// (INIT-REBOOT, §3.2). `seed` spreads waits and numbers.
    pub fn new(who: Identity, timing: Timing, remembered: Option<Lease>, seed: u64, now: Duration) -> Client {
        let mut client = Client {
            who,
            timing,
            random: Random::new(seed),
            phase: Phase::Stopped,
            next: None,
            began: now,
            xid: 0,
            tries: 0,
            setbacks: 0,
            lease: remembered,
            asked: now,
            given: now,
            prober: None,
            defence: None,
            doubtful: false,
        };
        client.start(now);
        client
    }

    /// A client that goes on with an address that the interface has already, leased to the
    /// program before this one. It is used on, and asked for at once like after
    /// [`Client::link_up`]; without an answer it is given up after a minute.
    pub fn resume(who: Identity, timing: Timing, lease: Lease, seed: u64, now: Duration) -> Client {
        let defence = Some(Defence::new(Mac(who.mac), lease.address));
        let seconds = lease.seconds.min(RESUMED);
        let lease = Lease { seconds, renew: 0, rebind: 0, ..lease };
        let mut client = Client::new(who, timing, Some(lease), seed, now);
        client.defence = defence;
        client.enter(Phase::Rebinding, now);
        client.doubtful = true;
        client
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The lease whose address is used now.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref().filter(|_| self.uses())
    }

    /// The name that servers are told from now on; empty: none.
    pub fn set_hostname(&mut self, name: &str) {
        name.clone_into(&mut self.who.hostname);
    }

    /// When the lease ends; none: there is none, or it never does.
    pub fn ends(&self) -> Option<Duration> {
        Some(self.given + self.lease()?.lasts()?)
    }

    /// When [`Client::poll`] has something to do; none: only when something arrives.
    pub fn next(&self) -> Option<Duration> {
        match &self.prober {
            Some(prober) => Some(prober.next()),
            None => self.next,
        }
    }

    /// Begins from the start, with what was had before if that is known. Only for a client
    /// that uses no address; [`Client::link_up`] is for one that may.
    fn start(&mut self, now: Duration) {
        (self.setbacks, self.prober, self.defence) = (0, None, None);
        let phase = if self.lease.is_some() { Phase::Rebooting } else { Phase::Selecting };
        self.enter(phase, now);
        // Not all at once after a power cut (§4.4.1 says one to ten seconds; here up to one).
        self.next = Some(now + self.random.time(self.timing.first / 4));
    }

    /// The link has come up, maybe at another network. An address that is used stays, so
    /// that a cable pulled for a moment cuts nothing, and is asked for at once: of any server,
    /// as when rebinding, so that one of another network can refuse it.
    pub fn link_up(&mut self, now: Duration) {
        if self.uses() {
            self.enter(Phase::Rebinding, now);
            self.doubtful = true;
        } else if self.phase != Phase::Stopped {
            self.start(now);
        }
    }

    /// Ends, and gives the address back (RELEASE, §4.4.6).
    pub fn release(&mut self, now: Duration) -> Vec<Action> {
        let mut out = Vec::new();
        if let Some(lease) = self.lease().cloned() {
            self.xid = self.random.next() as u32;
            self.began = now;
            let message = self.message(DhcpMessageType::Release, now);
            let message = Message { own: lease.address, server: Some(lease.server), ..message };
            out.push(Action::Unicast(message.write(&self.who), lease.address, lease.server));
            out.push(Action::Lost(Loss::Released));
        }
        self.phase = Phase::Stopped;
        (self.next, self.lease, self.prober, self.defence) = (None, None, None, None);
        out
    }

    /// What the clock says. Nothing happens before [`Client::next`].
    pub fn poll(&mut self, now: Duration) -> Vec<Action> {
        let mut out = Vec::new();
        if self.prober.is_some() {
            self.probe(now, &mut out);
            return out;
        }
        if self.next.is_none_or(|next| now < next) {
            return out;
        }
        match self.phase {
            Phase::Stopped | Phase::Probing => self.next = None,
            Phase::Init => {
                self.enter(Phase::Selecting, now);
                self.ask(now, &mut out);
            }
            Phase::Selecting => self.ask(now, &mut out),
            Phase::Requesting | Phase::Rebooting => {
                let most = if self.phase == Phase::Requesting { TRIES } else { REBOOT_TRIES };
                if self.tries < most {
                    self.ask(now, &mut out);
                } else {
                    self.lease = None;
                    self.enter(Phase::Selecting, now);
                    self.ask(now, &mut out);
                }
            }
            Phase::Bound => {
                self.enter(Phase::Renewing, now);
                self.extend(now, &mut out);
            }
            Phase::Renewing | Phase::Rebinding => self.extend(now, &mut out),
        }
        out
    }

    /// What arrived at port 68. Whatever is no answer to what was asked changes nothing.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) -> Vec<Action> {
        let mut out = Vec::new();
        let Some(answer) = Answer::read(bytes) else { return out };
        if self.tries == 0 || answer.xid != self.xid || answer.mac != self.who.mac {
            return out;
        }
        let waits = match self.phase {
            Phase::Requesting | Phase::Renewing => Some(true),
            Phase::Rebooting | Phase::Rebinding => Some(false),
            _ => None,
        };
        match (answer.kind, answer.lease) {
            (Kind::Offer, Some(lease)) if self.phase == Phase::Selecting => {
                self.lease = Some(lease);
                let began = self.began;
                self.enter(Phase::Requesting, now);
                // The request belongs to the exchange of the offer (§4.4.1).
                (self.began, self.xid) = (began, answer.xid);
                self.ask(now, &mut out);
            }
            (Kind::Ack, Some(lease)) if waits.is_some() => self.acknowledged(lease, now, &mut out),
            (Kind::Nak, _) => {
                // Of the server that was asked, or of any when all were.
                let server = self.lease.as_ref().map(|lease| lease.server);
                if waits == Some(false) || (waits == Some(true) && server == Some(answer.server)) {
                    out.push(Action::Refused(answer.server, answer.words));
                    let loss = self.uses().then_some(Action::Lost(Loss::Refused));
                    out.extend(loss);
                    self.begin_later(Duration::ZERO, now);
                }
            }
            _ => {}
        }
        out
    }

    /// An ARP packet that was heard.
    pub fn arp(&mut self, heard: &Arp, now: Duration) -> Vec<Action> {
        let mut out = Vec::new();
        let conflict = self.prober.as_ref().and_then(|prober| prober.conflict(heard));
        if let (Some(other), Some(lease)) = (conflict, self.lease.clone()) {
            self.decline(&lease, now, &mut out);
            out.push(Action::Declined(lease.address, other));
            self.begin_later(self.timing.declined, now);
            return out;
        }
        let verdict = self.defence.as_mut().map_or(Verdict::Fine, |defence| defence.judge(heard, now));
        match (verdict, self.lease().cloned()) {
            (Verdict::Defend(other), Some(lease)) => {
                out.push(Action::Arp(Arp::announcement(Mac(self.who.mac), lease.address)));
                out.push(Action::Defended(other));
            }
            (Verdict::Lost(other), Some(lease)) => {
                self.decline(&lease, now, &mut out);
                out.push(Action::Lost(Loss::Conflict(other)));
                self.begin_later(self.timing.declined, now);
            }
            _ => {}
        }
        out
    }

    fn uses(&self) -> bool {
        matches!(self.phase, Phase::Bound | Phase::Renewing | Phase::Rebinding)
    }

    /// Begins a phase and a new exchange.
    fn enter(&mut self, phase: Phase, now: Duration) {
        (self.phase, self.tries, self.began, self.doubtful) = (phase, 0, now, false);
        self.xid = self.random.next() as u32;
        self.next = Some(now);
    }

    /// From the beginning, after a wait that doubles as long as things go wrong.
    fn begin_later(&mut self, least: Duration, now: Duration) {
        (self.lease, self.prober, self.defence) = (None, None, None);
        self.enter(Phase::Init, now);
        let wait = if self.setbacks == 0 { self.timing.first / 4 } else { self.back_off(self.setbacks) };
        self.setbacks = self.setbacks.saturating_add(1);
        self.next = Some(now + wait.max(least) + self.random.time(self.timing.first / 4));
    }

    /// The wait after a number of tries, spread by a quarter of the first to both sides.
    fn back_off(&mut self, tries: u32) -> Duration {
        let doubled = self.timing.first * (1 << tries.saturating_sub(1).min(DOUBLINGS));
        let full = doubled.min(self.timing.longest);
        full - self.timing.first / 4 + self.random.time(self.timing.first / 2)
    }

    fn message(&self, kind: DhcpMessageType, now: Duration) -> Message {
        let elapsed = now.saturating_sub(self.began);
        let own = Ipv4Addr::UNSPECIFIED;
        Message { kind, xid: self.xid, elapsed, own, requested: None, server: None, why: None }
    }

    /// DISCOVER, or REQUEST of an offer or of what was had before (§4.3.2, table 4).
    fn ask(&mut self, now: Duration, out: &mut Vec<Action>) {
        self.tries += 1;
        self.asked = now;
        let message = match (&self.lease, self.phase) {
            (Some(lease), Phase::Requesting) => Message {
                requested: Some(lease.address),
                server: Some(lease.server),
                ..self.message(DhcpMessageType::Request, now)
            },
            (Some(lease), Phase::Rebooting) => {
                Message { requested: Some(lease.address), ..self.message(DhcpMessageType::Request, now) }
            }
            _ => self.message(DhcpMessageType::Discover, now),
        };
        out.push(Action::Broadcast(message.write(&self.who), Ipv4Addr::UNSPECIFIED));
        self.next = Some(now + self.back_off(self.tries));
    }

    /// REQUEST for more time: of the server until T2, of any after it, until the end (§4.4.5).
    fn extend(&mut self, now: Duration, out: &mut Vec<Action>) {
        let Some(lease) = self.lease.clone() else { return };
        let (t2, end) = (self.given + Duration::from_secs(lease.rebind.into()), self.ends());
        if end.is_some_and(|end| end <= now) {
            out.push(Action::Lost(Loss::Expired));
            (self.lease, self.defence) = (None, None);
            self.enter(Phase::Selecting, now);
            self.ask(now, out);
            return;
        }
        if self.phase == Phase::Renewing && t2 <= now {
            self.enter(Phase::Rebinding, now);
        }
        self.tries += 1;
        self.asked = now;
        let message = Message { own: lease.address, ..self.message(DhcpMessageType::Request, now) };
        let bytes = message.write(&self.who);
        let until = if self.phase == Phase::Renewing {
            out.push(Action::Unicast(bytes, lease.address, lease.server));
            t2
        } else {
            out.push(Action::Broadcast(bytes, lease.address));
            end.unwrap_or(now + self.timing.longest)
        };
        let mut wait = (until.saturating_sub(now) / 2).max(self.timing.renew);
        if self.doubtful && self.tries <= TRIES {
            wait = wait.min(self.back_off(self.tries));
        }
        self.next = Some((now + wait).min(until));
    }

    fn acknowledged(&mut self, lease: Lease, now: Duration, out: &mut Vec<Action>) {
        // Another address than the one asked for is an answer to something else.
        if self.lease.as_ref().is_none_or(|asked| asked.address != lease.address) {
            return;
        }
        self.given = self.asked;
        if self.uses() {
            self.lease = Some(lease.clone());
            self.bound(now);
            out.push(Action::Renewed(lease));
        } else {
            let seed = self.random.next();
            let mac = Mac(self.who.mac);
            self.prober = Some(Prober::new(mac, lease.address, self.timing.probe, seed, now));
            self.lease = Some(lease);
            self.enter(Phase::Probing, now);
        }
    }

    fn bound(&mut self, now: Duration) {
        self.enter(Phase::Bound, now);
        self.setbacks = 0;
        let lease = self.lease.as_ref().filter(|lease| lease.lasts().is_some());
        self.next = lease.map(|lease| self.given + Duration::from_secs(lease.renew.into()));
    }

    fn probe(&mut self, now: Duration, out: &mut Vec<Action>) {
        let Some(prober) = &mut self.prober else { return };
        match prober.poll(now) {
            Step::Wait => {}
            Step::Send(arp) => out.push(Action::Arp(arp)),
            Step::Free => {
                self.prober = None;
                if let Some(lease) = self.lease.clone() {
                    let mac = Mac(self.who.mac);
                    self.defence = Some(Defence::new(mac, lease.address));
                    self.bound(now);
                    out.push(Action::Arp(Arp::announcement(mac, lease.address)));
                    out.push(Action::Gained(lease));
                }
            }
        }
    }

    /// DECLINE (§4.4.4, table 5).
    fn decline(&mut self, lease: &Lease, now: Duration, out: &mut Vec<Action>) {
        self.xid = self.random.next() as u32;
        let message = Message {
            requested: Some(lease.address),
            server: Some(lease.server),
            why: Some("another host has this address"),
            ..self.message(DhcpMessageType::Decline, now)
        };
        out.push(Action::Broadcast(message.write(&self.who), Ipv4Addr::UNSPECIFIED));
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
