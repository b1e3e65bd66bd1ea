//! The right to a static address: it is used once the link was asked and nobody has it, and
//! defended from then on (RFC 5227).

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::arp::{Arp, Defence, Mac, Prober, Step, Timing, Verdict};

/// Between two times that a taken address is asked for: its owner may go.
const AGAIN: Duration = Duration::from_secs(60);

/// How it stands with one address.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    mac: Mac,
    pub address: Ipv4Addr,
    timing: Timing,
    seed: u64,
    pub standing: Standing,
}

#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// The link is being asked.
    Asking(Prober),
    /// It may be used.
    Ours(Defence),
    /// Somebody else has it; asked again at a time.
    Taken(Mac, Duration),
}

/// What came of time or of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing new.
    Nothing,
    /// Send this.
    Send(Arp),
    /// Nobody has it: it may be used. To be announced.
    Won(Arp),
    /// This host has it.
    Lost(Mac),
    /// This host claims it while we use it. To be defended, unless it was just now.
    Disputed(Mac, Option<Arp>),
}

impl Claim {
    /// Asks for an address; `there`: it is used already, since before this program began.
    pub fn new(mac: Mac, address: Ipv4Addr, timing: Timing, seed: u64, there: bool, now: Duration) -> Claim {
        let standing = if there {
            Standing::Ours(Defence::new(mac, address))
        } else {
            Standing::Asking(Prober::new(mac, address, timing, seed, now))
        };
        Claim { mac, address, timing, seed, standing }
    }

    /// True when the address may be used.
    pub fn ours(&self) -> bool {
        matches!(self.standing, Standing::Ours(_))
    }

    /// The news of it, for neighbours that knew somebody else.
    pub fn announcement(&self) -> Arp {
        Arp::announcement(self.mac, self.address)
    }

    /// Asks from the beginning, unless it is ours.
    pub fn ask(&mut self, now: Duration) {
        if !self.ours() {
            self.standing =
                Standing::Asking(Prober::new(self.mac, self.address, self.timing, self.seed, now));
        }
    }

    /// When [`Claim::poll`] has something to say.
    pub fn next(&self) -> Option<Duration> {
        match &self.standing {
            Standing::Asking(prober) => Some(prober.next()),
            Standing::Taken(_, again) => Some(*again),
            Standing::Ours(_) => None,
        }
    }

    /// What the time says.
    pub fn poll(&mut self, now: Duration) -> Outcome {
        match &mut self.standing {
            Standing::Asking(prober) => match prober.poll(now) {
                Step::Wait => Outcome::Nothing,
                Step::Send(arp) => Outcome::Send(arp),
                Step::Free => {
                    self.standing = Standing::Ours(Defence::new(self.mac, self.address));
                    Outcome::Won(self.announcement())
                }
            },
            Standing::Taken(_, again) if *again <= now => {
                self.ask(now);
                Outcome::Nothing
            }
            _ => Outcome::Nothing,
        }
    }

    /// What a frame says.
    pub fn hear(&mut self, heard: &Arp, now: Duration) -> Outcome {
        match &mut self.standing {
            Standing::Asking(prober) => match prober.conflict(heard) {
                None => Outcome::Nothing,
                Some(other) => {
                    self.standing = Standing::Taken(other, now + AGAIN);
                    Outcome::Lost(other)
                }
            },
            Standing::Ours(defence) => match defence.judge(heard, now) {
                Verdict::Fine => Outcome::Nothing,
                Verdict::Defend(other) => Outcome::Disputed(other, Some(self.announcement())),
                Verdict::Lost(other) => Outcome::Disputed(other, None),
            },
            Standing::Taken(..) => Outcome::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

    #[test]
    fn taken_then_free_then_disputed() {
        let mut claim = Claim::new(ME, IP, Timing::RFC, 1, false, Duration::ZERO);
        let theirs = Arp { request: false, mac: OTHER, sender: IP, target: IP };
        assert_eq!(claim.hear(&theirs, Duration::from_secs(1)), Outcome::Lost(OTHER));
        assert!(!claim.ours());
        let mut sent = 0;
        let won = loop {
            let now = claim.next().unwrap();
            match claim.poll(now) {
                Outcome::Send(arp) => {
                    assert_eq!(arp, Arp::probe(ME, IP));
                    sent += 1;
                }
                Outcome::Won(_) => break now,
                other => assert_eq!(other, Outcome::Nothing),
            }
        };
        assert_eq!(sent, 3);
        assert!(won > AGAIN && claim.ours() && claim.next().is_none());
        assert_eq!(claim.hear(&theirs, won), Outcome::Disputed(OTHER, Some(Arp::announcement(ME, IP))));
        assert_eq!(
            claim.hear(&theirs, won),
            Outcome::Disputed(OTHER, None),
            "it is not defended at once again"
        );
        assert!(claim.ours(), "what an operator set is kept");
    }
}
