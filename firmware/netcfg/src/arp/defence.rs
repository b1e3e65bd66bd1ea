//! Somebody else uses our address while we do (RFC 5227 §2.4). Pure.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Arp, Mac};

/// Time within which a second conflict decides (`DEFEND_INTERVAL`, §1.1).
const INTERVAL: Duration = Duration::from_secs(10);

/// What a frame means for our address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// A conflict; say once that it is ours (§2.4 b).
    Defend(Mac),
    /// Again, so soon: the other will not give way. A leased address is given up; one set
    /// by hand is kept, and not defended in this interval again (§2.4 c).
    Lost(Mac),
}

/// Watches over one address.
#[derive(Clone, Debug)]
pub struct Defence {
    mac: Mac,
    address: Ipv4Addr,
    last: Option<Duration>,
}

impl Defence {
    /// Of our address.
    pub fn new(mac: Mac, address: Ipv4Addr) -> Defence {
        Defence { mac, address, last: None }
    }

    /// Judges what was heard at `now`.
    pub fn judge(&mut self, heard: &Arp, now: Duration) -> Verdict {
        if heard.sender != self.address || heard.mac == self.mac {
            return Verdict::Fine;
        }
        match self.last {
            Some(last) if now.saturating_sub(last) < INTERVAL => Verdict::Lost(heard.mac),
            _ => {
                self.last = Some(now);
                Verdict::Defend(heard.mac)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_conflict_is_answered_and_a_second_soon_after_is_lost() {
        let (me, other) = (Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2]));
        let ip = Ipv4Addr::new(10, 0, 0, 5);
        let mut defence = Defence::new(me, ip);
        let at = Duration::from_secs;
        assert_eq!(defence.judge(&Arp::announcement(me, ip), at(1)), Verdict::Fine);
        assert_eq!(defence.judge(&Arp::probe(other, ip), at(1)), Verdict::Fine, "the kernel answers that");
        assert_eq!(defence.judge(&Arp::announcement(other, ip), at(1)), Verdict::Defend(other));
        assert_eq!(defence.judge(&Arp::announcement(other, ip), at(11)), Verdict::Defend(other));
        assert_eq!(defence.judge(&Arp::announcement(other, ip), at(20)), Verdict::Lost(other));
    }
}
