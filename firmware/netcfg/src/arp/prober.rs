//! Is an address free? Three probes and silence (RFC 5227 §2.1). Pure.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Arp, Mac};
use crate::random::Random;

/// How long to wait (RFC 5227 §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Most before the first probe, so that what starts together does not speak together.
    pub wait: Duration,
    /// Least between two probes.
    pub least: Duration,
    /// Most between two probes.
    pub most: Duration,
    /// After the last one, before the address is used.
    pub last: Duration,
}

impl Timing {
    /// As the RFC says: 4 to 7 seconds in all.
    pub const RFC: Timing = Timing {
        wait: Duration::from_secs(1),
        least: Duration::from_secs(1),
        most: Duration::from_secs(2),
        last: Duration::from_secs(2),
    };

    /// For a link of one's own, where everyone answers at once: a tenth of that.
    pub const QUICK: Timing = Timing {
        wait: Duration::from_millis(20),
        least: Duration::from_millis(60),
        most: Duration::from_millis(100),
        last: Duration::from_millis(150),
    };
}

/// Probes that are sent (`PROBE_NUM`).
const PROBES: u32 = 3;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before [`Prober::next`].
    Wait,
    /// Send this.
    Send(Arp),
    /// Nobody has it.
    Free,
}

/// Asks for one address.
#[derive(Clone, Debug)]
pub struct Prober {
    mac: Mac,
    address: Ipv4Addr,
    timing: Timing,
    random: Random,
    sent: u32,
    next: Duration,
}

impl Prober {
    /// Begins at `now`, a time on any scale that does not jump; `seed` spreads its waits.
    pub fn new(mac: Mac, address: Ipv4Addr, timing: Timing, seed: u64, now: Duration) -> Prober {
        let mut random = Random::new(seed);
        let next = now + random.time(timing.wait);
        Prober { mac, address, timing, random, sent: 0, next }
    }

    /// The address.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// When [`Prober::poll`] has something to say.
    pub fn next(&self) -> Duration {
        self.next
    }

    /// What is to do at `now`; to be called again until it says [`Step::Wait`] or [`Step::Free`].
    pub fn poll(&mut self, now: Duration) -> Step {
        if now < self.next {
            return Step::Wait;
        }
        if self.sent == PROBES {
            return Step::Free;
        }
        self.sent += 1;
        let spread = self.timing.most.saturating_sub(self.timing.least);
        let between = self.timing.least + self.random.time(spread);
        self.next = now + if self.sent == PROBES { self.timing.last } else { between };
        Step::Send(Arp::probe(self.mac, self.address))
    }

    /// Who else has the address, or is about to take it, going by what was heard (§2.1.1).
    pub fn conflict(&self, heard: &Arp) -> Option<Mac> {
        let has = heard.sender == self.address;
        let asks = heard.request && heard.sender.is_unspecified() && heard.target == self.address;
        (heard.mac != self.mac && (has || asks)).then_some(heard.mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

    #[test]
    fn three_probes_then_it_is_free_within_the_times_of_the_rfc() {
        for seed in 0..50 {
            let start = Duration::from_secs(100);
            let mut prober = Prober::new(ME, IP, Timing::RFC, seed, start);
            let (mut now, mut sent) = (start, Vec::new());
            loop {
                match prober.poll(now) {
                    Step::Wait => now = prober.next(),
                    Step::Send(arp) => {
                        assert_eq!(arp, Arp::probe(ME, IP));
                        sent.push(now);
                    }
                    Step::Free => break,
                }
            }
            assert_eq!(sent.len(), 3);
            assert!(sent[0] - start <= Duration::from_secs(1));
            for pair in sent.windows(2) {
                let between = pair[1] - pair[0];
                assert!(
                    between >= Duration::from_secs(1) && between <= Duration::from_secs(2),
                    "{between:?}"
                );
            }
            assert_eq!(now - sent[2], Duration::from_secs(2));
        }
    }

    #[test]
    fn who_has_it_and_who_asks_for_it_too_are_conflicts() {
        let prober = Prober::new(ME, IP, Timing::RFC, 1, Duration::ZERO);
        let heard = |request, mac, sender: Ipv4Addr, target| Arp { request, mac, sender, target };
        let none = Ipv4Addr::UNSPECIFIED;
        assert_eq!(prober.conflict(&heard(false, OTHER, IP, none)), Some(OTHER));
        assert_eq!(prober.conflict(&heard(true, OTHER, IP, Ipv4Addr::new(10, 0, 0, 9))), Some(OTHER));
        assert_eq!(prober.conflict(&heard(true, OTHER, none, IP)), Some(OTHER));
        // Our own, come back by way of a loop; someone who looks for its owner; others.
        assert_eq!(prober.conflict(&heard(true, ME, none, IP)), None);
        assert_eq!(prober.conflict(&heard(true, OTHER, Ipv4Addr::new(10, 0, 0, 9), IP)), None);
        assert_eq!(prober.conflict(&heard(false, OTHER, Ipv4Addr::new(10, 0, 0, 9), none)), None);
    }
}
