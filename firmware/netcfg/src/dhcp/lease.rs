//! A lease: an address for a time, and what the server says about the network.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wanted::Route;

/// Time of a lease that never ends (RFC 2131 §3.3).
pub const NO_END: u32 = u32::MAX;

/// Plain data: whoever owns the disk may keep it and hand it back after a reboot
/// ([`crate::dhcp::Client::new`]). Times are seconds from when the server gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The own address.
    pub address: Ipv4Addr,
    /// Bits of its network (option 1; RFC 2132 §3.3).
    pub prefix: u8,
    /// Who gave it (option 54; §9.7).
    pub server: Ipv4Addr,
    /// Seconds until it ends (option 51; §9.2); [`NO_END`]: never.
    pub seconds: u32,
    /// Seconds until that server is asked to renew it (T1, option 58; §9.11).
    pub renew: u32,
    /// Seconds until any server is asked (T2, option 59; §9.12).
    pub rebind: u32,
    /// Routes: those of option 121 (RFC 3442) and no others, or else the first router
    /// (option 3; RFC 2132 §3.5).
    pub routes: Vec<Route>,
    /// Name servers (option 6; §3.8), at most [`Lease::MOST`].
    pub dns: Vec<Ipv4Addr>,
    /// Domain of the network (option 15; §3.17); empty when there is none.
    pub domain: String,
    /// Time servers (option 42; §8.3), at most [`Lease::MOST`].
    pub ntp: Vec<Ipv4Addr>,
}

impl Lease {
    /// Most servers of a kind that are kept.
    pub const MOST: usize = 8;

    /// Most routes that are kept.
    pub const MOST_ROUTES: usize = 64;

    /// Shortest lease that is taken, seconds: a shorter one would keep us asking.
    pub const SHORTEST: u32 = 5;

    /// From when it was given until it ends; none: it never does.
    pub fn lasts(&self) -> Option<Duration> {
        (self.seconds != NO_END).then(|| Duration::from_secs(self.seconds.into()))
    }

    /// The way to everywhere.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        let default = self.routes.iter().find(|route| route.prefix == 0)?;
        match default.gateway {
            Some(std::net::IpAddr::V4(gateway)) => Some(gateway),
            _ => None,
        }
    }
}
