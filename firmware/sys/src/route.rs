//! Routes of the main table: what the kernel has, adding, taking away
//! (`linux/rtnetlink.h`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::netlink::{Request, attribute, number};

/// Length of `struct rtmsg`: family, lengths of destination and source, TOS,
/// table, protocol, scope, type, flags.
const RTMSG: usize = 12;

/// `RTNH_F_ONLINK`: the gateway is on the link, whatever addresses say.
const ONLINK: u32 = 4;

/// A copy made for one destination (`RTM_F_CLONED`), not a route.
const CLONED: u64 = 0x200;

/// Who made a route (`RTPROT_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The kernel, with an address.
    Kernel,
    /// The kernel, of a router's advertisement (RFC 4861).
    Advertisement,
    /// An administrator.
    Static,
    /// A DHCP client.
    Dhcp,
    /// Somebody else: the number.
    Other(u8),
}

impl Origin {
    const fn number(self) -> u8 {
        match self {
            Origin::Kernel => 2,
            Origin::Static => 4,
            Origin::Advertisement => 9,
            Origin::Dhcp => 16,
            Origin::Other(number) => number,
        }
    }

    const fn new(number: u8) -> Origin {
        match number {
            2 => Origin::Kernel,
            4 => Origin::Static,
            9 => Origin::Advertisement,
            16 => Origin::Dhcp,
            other => Origin::Other(other),
        }
    }
}

/// One route out of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The interface.
    pub index: u32,
    /// Where to; the bits behind the prefix are 0.
    pub destination: IpAddr,
    /// Bits of the destination: 0 for everywhere.
    pub prefix: u8,
    /// By way of; none: they are on the link.
    pub gateway: Option<IpAddr>,
    /// Who made it.
    pub origin: Origin,
    /// The smaller is taken; 0 when there is none.
    pub metric: u32,
}

impl Route {
    fn read(message: &[u8]) -> Option<Route> {
        let attributes = message.get(RTMSG..)?;
        let &[family, prefix, source, _, _, protocol, _, kind, ..] = message else { return None };
        let get = |kind| attribute(attributes, kind);
        let plain = kind == libc::RTN_UNICAST && source == 0 && number::<4>(&message[8..]) & CLONED == 0;
        let main = number::<4>(get(libc::RTA_TABLE)) == u64::from(libc::RT_TABLE_MAIN);
        let out = get(libc::RTA_OIF);
        if !plain || !main || out.is_empty() {
            return None;
        }
        let any: IpAddr = match i32::from(family) {
            libc::AF_INET => Ipv4Addr::UNSPECIFIED.into(),
            libc::AF_INET6 => Ipv6Addr::UNSPECIFIED.into(),
            _ => return None,
        };
        Some(Route {
            index: number::<4>(out) as u32,
            destination: ip(get(libc::RTA_DST)).unwrap_or(any),
            prefix,
            gateway: ip(get(libc::RTA_GATEWAY)),
            origin: Origin::new(protocol),
            metric: number::<4>(get(libc::RTA_PRIORITY)) as u32,
        })
    }

    fn request(&self, kind: u16, flags: i32) -> Request {
        let any_scope = kind == libc::RTM_DELROUTE;
        let family = if self.destination.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        let scope = match self.gateway {
            _ if any_scope => libc::RT_SCOPE_NOWHERE,
            None if self.destination.is_ipv4() => libc::RT_SCOPE_LINK,
            _ => libc::RT_SCOPE_UNIVERSE,
        };
        let (table, origin) = (libc::RT_TABLE_MAIN, self.origin.number());
        let mut body = [family as u8, self.prefix, 0, 0, table, origin, scope, libc::RTN_UNICAST, 0, 0, 0, 0];
        // A management interface has its gateways on its link. Saying so lets a lease of one
        // address alone (a /32) have a gateway, as some clouds give it.
        let onlink = if self.gateway.is_some() { ONLINK } else { 0 };
        body[8..].copy_from_slice(&onlink.to_ne_bytes());
        let mut request = Request::new(kind, flags, &body).with(libc::RTA_OIF, &self.index.to_ne_bytes());
        if self.prefix > 0 {
            request = request.with(libc::RTA_DST, &bytes(self.destination));
        }
        if let Some(gateway) = self.gateway {
            request = request.with(libc::RTA_GATEWAY, &bytes(gateway));
        }
        if self.metric > 0 {
            request = request.with(libc::RTA_PRIORITY, &self.metric.to_ne_bytes());
        }
        request
    }
}

/// An address of an attribute; none when it is neither of IPv4 nor of IPv6.
pub(crate) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn bytes(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// Routes of the main table with one way out, of IPv4 and IPv6.
///
/// # Errors
/// What the kernel says.
pub fn list() -> io::Result<Vec<Route>> {
    let mut found = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let mut body = [0; RTMSG];
        body[0] = family as u8;
        let answers = Request::new(libc::RTM_GETROUTE, libc::NLM_F_DUMP, &body).send()?;
        found.extend(answers.iter().filter_map(|message| Route::read(message)));
    }
    Ok(found)
}

/// Adds a route, in place of the one to the same destination with the same metric.
///
/// # Errors
/// What the kernel says: `ENETDOWN` on an interface that is off.
pub fn add(route: &Route) -> io::Result<()> {
    route.request(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_REPLACE).send().map(drop)
}

/// Takes a route away; of whatever origin when that is `Other(0)`.
///
/// # Errors
/// What the kernel says: `ESRCH` when it is not there.
pub fn remove(route: &Route) -> io::Result<()> {
    route.request(libc::RTM_DELROUTE, 0).send().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_are_cut_are_none() {
        for len in 0..RTMSG + 8 {
            assert_eq!(Route::read(&vec![1; len]), None);
        }
        assert!(list().is_ok());
    }

    #[test]
    fn a_route_that_is_not_there_is_not_taken_away() {
        let lo = crate::link::links().unwrap().into_iter().find(|link| link.name == "lo").unwrap();
        let route = Route {
            index: lo.index,
            destination: "192.0.2.0".parse().unwrap(),
            prefix: 29,
            gateway: None,
            origin: Origin::Static,
            metric: 77,
        };
        assert!(remove(&route).is_err());
    }
}
