//! Addresses of interfaces, one at a time: what the kernel has, adding, taking
//! away (`linux/if_addr.h`).

use std::io;
use std::net::IpAddr;

use crate::netlink::{Request, attribute, number};

/// Length of `struct ifaddrmsg`: family, prefix length, flags, scope, index.
const IFADDR: usize = 8;

/// `IFA_FLAGS`: all 32 flags; the fixed part holds eight.
const IFA_FLAGS: u16 = 8;

/// One address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The interface.
    pub index: u32,
    /// The address.
    pub ip: IpAddr,
    /// Bits of its prefix: at most 32, or 128.
    pub prefix: u8,
    /// `IFA_F_…` bits.
    pub flags: u32,
    /// Seconds until the kernel takes it away; none: it stays.
    pub valid: Option<u32>,
}

impl Address {
    /// Somebody gave it to the interface; otherwise the kernel made it itself, of a
    /// router's advertisement.
    pub fn permanent(&self) -> bool {
        self.flags & libc::IFA_F_PERMANENT != 0
    }

    /// The kernel still asks whether it is free (RFC 4862 §5.4): not usable yet.
    pub fn tentative(&self) -> bool {
        self.flags & libc::IFA_F_TENTATIVE != 0 && !self.duplicate()
    }

    /// The kernel found another host that has it (RFC 4862 §5.4.5).
    pub fn duplicate(&self) -> bool {
        self.flags & libc::IFA_F_DADFAILED != 0
    }

    /// It means something on this link alone (169.254/16, fe80::/10).
    pub fn link_local(&self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }
    }

    fn read(message: &[u8]) -> Option<Address> {
        let attributes = message.get(IFADDR..)?;
        let get = |kind| attribute(attributes, kind);
        // At one end of a point-to-point link, IFA_ADDRESS is the other end.
        let local = get(libc::IFA_LOCAL);
        let ip = crate::route::ip(if local.is_empty() { get(libc::IFA_ADDRESS) } else { local })?;
        let flags = get(IFA_FLAGS);
        // struct ifa_cacheinfo: preferred, valid, then two stamps.
        let valid = number::<4>(get(libc::IFA_CACHEINFO).get(4..).unwrap_or_default()) as u32;
        Some(Address {
            index: number::<4>(&message[4..]) as u32,
            ip,
            prefix: message[1],
            flags: if flags.is_empty() { message[2].into() } else { number::<4>(flags) as u32 },
            valid: (valid != u32::MAX && valid != 0).then_some(valid),
        })
    }
}

/// Addresses of every interface.
///
/// # Errors
/// What the kernel says.
pub fn list() -> io::Result<Vec<Address>> {
    let answers = Request::new(libc::RTM_GETADDR, libc::NLM_F_DUMP, &[0; IFADDR]).send()?;
    Ok(answers.iter().filter_map(|message| Address::read(message)).collect())
}

fn request(kind: u16, flags: i32, index: u32, ip: IpAddr, prefix: u8) -> Request {
    let family = if ip.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let mut body = [family as u8, prefix, 0, 0, 0, 0, 0, 0];
    body[4..].copy_from_slice(&index.to_ne_bytes());
    let request = Request::new(kind, flags, &body);
    match ip {
        IpAddr::V4(ip) => request.with(libc::IFA_LOCAL, &ip.octets()).with(libc::IFA_ADDRESS, &ip.octets()),
        IpAddr::V6(ip) => request.with(libc::IFA_ADDRESS, &ip.octets()),
    }
}

/// Gives an interface an address that stays; one that is there already is left as it is.
///
/// # Errors
/// What the kernel says: `EPERM` without `CAP_NET_ADMIN`, `EINVAL` for an impossible prefix.
pub fn add(index: u32, ip: IpAddr, prefix: u8) -> io::Result<()> {
    let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
    let mut request = request(libc::RTM_NEWADDR, flags, index, ip, prefix);
    if let (IpAddr::V4(ip), 0..=30) = (ip, prefix) {
        let broadcast = ip.to_bits() | u32::MAX >> prefix;
        request = request.with(libc::IFA_BROADCAST, &broadcast.to_be_bytes());
    }
    request.send().map(drop)
}

/// Takes an address away.
///
/// # Errors
/// What the kernel says: `EADDRNOTAVAIL` when it is not there.
pub fn remove(index: u32, ip: IpAddr, prefix: u8) -> io::Result<()> {
    request(libc::RTM_DELADDR, 0, index, ip, prefix).send().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_has_its_own() {
        let lo = crate::link::links().unwrap().into_iter().find(|link| link.name == "lo").unwrap();
        let all = list().unwrap();
        if lo.up() {
            let own = all.iter().find(|address| address.index == lo.index && address.ip.is_ipv4()).unwrap();
            assert!(own.permanent() && own.prefix == 8 && !own.tentative() && own.valid.is_none(), "{own:?}");
        }
        assert!(remove(lo.index, "192.0.2.77".parse().unwrap(), 32).is_err());
    }

    #[test]
    fn messages_that_are_cut_are_none() {
        for len in 0..IFADDR + 8 {
            assert_eq!(Address::read(&vec![0; len]), None);
        }
    }
}
