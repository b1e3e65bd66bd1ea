//! Network interfaces as the kernel tells them: state, counters, addresses,
//! routes (`linux/if_link.h`, `if_addr.h`, `rtnetlink.h`).

use std::io;
use std::net::IpAddr;

use crate::netlink::{Request, attribute, number, text};

/// Length of `struct ifinfomsg`.
const IFINFO: usize = 16;

/// `IF_OPER_UP` of `linux/if.h`.
const OPER_UP: u64 = 6;

/// A route to one destination (`RTN_UNICAST`), not a trap for packets.
const UNICAST: u8 = 1;

/// One interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its number; never used twice while the machine runs.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// `IFF_…` bits.
    pub flags: u32,
    /// Ethernet address; none on a link of another kind.
    pub mac: Option<[u8; 6]>,
    /// Largest packet it takes, in bytes, without the Ethernet header.
    pub mtu: u32,
    /// There is something at the other end of the cable.
    pub carrier: bool,
    /// Frames get through: the kernel has seen to the carrier (`IF_OPER_UP`, RFC 2863).
    /// Drivers that do not take part never say so.
    pub operational: bool,
    /// What kind of software it is (`veth`, `bridge`, `vlan` …); empty for hardware.
    pub kind: String,
    /// What it has counted since it was made.
    pub counters: Counters,
}

/// Counters of an interface (`struct rtnl_link_stats64`), as far as they matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames received.
    pub rx_packets: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Frames sent.
    pub tx_packets: u64,
    /// Frames that the hardware or its driver found no buffer for.
    ///
    /// The larger of `rx_missed_errors` and `rx_fifo_errors`: drivers put the
    /// same event into one, the other, or both. Not `rx_dropped`: there the kernel
    /// counts every frame that no protocol of its own wanted, such as all those
    /// of VLANs it does not know, although a packet socket did get them.
    pub rx_missed: u64,
    /// Frames that arrived damaged (`rx_crc_errors`).
    pub rx_damaged: u64,
}

impl Link {
    /// True when it is switched on.
    pub fn up(&self) -> bool {
        self.flags & libc::IFF_UP as u32 != 0
    }

    fn read(message: &[u8]) -> Link {
        let attributes = message.get(IFINFO..).unwrap_or_default();
        let get = |kind| attribute(attributes, kind);
        let stats = get(libc::IFLA_STATS64);
        let counter = |place: usize| number::<8>(stats.get(place * 8..).unwrap_or_default());
        Link {
            index: number::<4>(&message[4..]) as u32,
            name: text(get(libc::IFLA_IFNAME)),
            flags: number::<4>(&message[8..]) as u32,
            mac: get(libc::IFLA_ADDRESS).try_into().ok(),
            mtu: number::<4>(get(libc::IFLA_MTU)) as u32,
            carrier: number::<1>(get(libc::IFLA_CARRIER)) != 0,
            operational: number::<1>(get(libc::IFLA_OPERSTATE)) == OPER_UP,
            kind: text(attribute(get(libc::IFLA_LINKINFO), libc::IFLA_INFO_KIND)),
            counters: Counters {
                rx_packets: counter(0),
                tx_packets: counter(1),
                rx_bytes: counter(2),
                rx_damaged: counter(12),
                rx_missed: counter(14).max(counter(15)),
            },
        }
    }
}

/// `struct ifinfomsg` of an interface, with flags and those of them to change.
pub fn ifinfo(index: u32, flags: u32, change: u32) -> [u8; IFINFO] {
    let mut body = [0; IFINFO];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    body[8..12].copy_from_slice(&flags.to_ne_bytes());
    body[12..].copy_from_slice(&change.to_ne_bytes());
    body
}

/// All interfaces, by index.
///
/// # Errors
/// What the kernel says.
pub fn links() -> io::Result<Vec<Link>> {
    let request = Request::new(libc::RTM_GETLINK, libc::NLM_F_DUMP, &ifinfo(0, 0, 0));
    let answers = request.send()?;
    let mut links: Vec<Link> =
        answers.iter().filter(|answer| answer.len() >= IFINFO).map(|answer| Link::read(answer)).collect();
    links.sort_by_key(|link| link.index);
    Ok(links)
}

/// One interface.
///
/// # Errors
/// `ENODEV` when there is none of that index.
pub fn link(index: u32) -> io::Result<Link> {
    let answers = Request::new(libc::RTM_GETLINK, 0, &ifinfo(index, 0, 0)).send()?;
    let answer = answers.iter().find(|answer| answer.len() >= IFINFO);
    answer.map(|answer| Link::read(answer)).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
}

/// Sets those `IFF_…` bits that are in `change` to what they are in `flags`.
///
/// # Errors
/// What the kernel says: `EPERM` without `CAP_NET_ADMIN`.
pub fn set_flags(index: u32, flags: i32, change: i32) -> io::Result<()> {
    Request::new(libc::RTM_NEWLINK, 0, &ifinfo(index, flags as u32, change as u32)).send().map(drop)
}

/// Gives an interface another name, of at most 15 bytes. It must be switched off.
///
/// # Errors
/// What the kernel says: `EBUSY` while it is on, `EEXIST` when the name is taken.
pub fn rename(index: u32, name: &str) -> io::Result<()> {
    let mut value = Vec::from(name.as_bytes());
    value.push(0);
    let request = Request::new(libc::RTM_NEWLINK, 0, &ifinfo(index, 0, 0));
    request.with(libc::IFLA_IFNAME, &value).send().map(drop)
}

/// Sets the largest packet an interface takes, in bytes without the Ethernet header.
///
/// # Errors
/// What the kernel says: `EINVAL` outside of what the driver can.
pub fn set_mtu(index: u32, mtu: u32) -> io::Result<()> {
    let request = Request::new(libc::RTM_NEWLINK, 0, &ifinfo(index, 0, 0));
    request.with(libc::IFLA_MTU, &mtu.to_ne_bytes()).send().map(drop)
}

/// Addresses of all interfaces: index, address.
///
/// # Errors
/// What the kernel says.
pub fn addresses() -> io::Result<Vec<(u32, IpAddr)>> {
    // struct ifaddrmsg: family, prefix length, flags, scope, index.
    let answers = Request::new(libc::RTM_GETADDR, libc::NLM_F_DUMP, &[0; 8]).send()?;
    let read = |message: &Vec<u8>| {
        let attributes = message.get(8..)?;
        let get = |kind| attribute(attributes, kind);
        // At one end of a point-to-point link, IFA_ADDRESS is the other end.
        let local = get(libc::IFA_LOCAL);
        let ip = if local.is_empty() { get(libc::IFA_ADDRESS) } else { local };
        let v4 = |ip| <[u8; 4]>::try_from(ip).map(IpAddr::from);
        let v6 = |ip| <[u8; 16]>::try_from(ip).map(IpAddr::from);
        Some((number::<4>(&message[4..]) as u32, v4(ip).or_else(|_| v6(ip)).ok()?))
    };
    Ok(answers.iter().filter_map(read).collect())
}

/// Indexes of the interfaces that a default route leads out of.
///
/// # Errors
/// What the kernel says.
pub fn default_routes() -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        // struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags.
        let mut body = [0; 12];
        body[0] = family as u8;
        for message in Request::new(libc::RTM_GETROUTE, libc::NLM_F_DUMP, &body).send()? {
            let (Some(attributes), [_, 0, _, _, _, _, _, UNICAST, ..]) = (message.get(12..), &message[..])
            else {
                continue;
            };
            // Several next hops: an array of struct rtnexthop (length, flags, hops, index).
            let mut hops = attribute(attributes, libc::RTA_MULTIPATH);
            while hops.len() >= 8 {
                found.push(number::<4>(&hops[4..]) as u32);
                let len = (number::<2>(hops) as usize).max(8).next_multiple_of(4).min(hops.len());
                hops = &hops[len..];
            }
            let out = attribute(attributes, libc::RTA_OIF);
            if !out.is_empty() {
                found.push(number::<4>(out) as u32);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_known() {
        let links = links().unwrap();
        let lo = links.iter().find(|link| link.name == "lo").unwrap();
        assert!(lo.flags & libc::IFF_LOOPBACK as u32 != 0);
        assert_eq!(link(lo.index).unwrap().name, "lo");
        assert_eq!(link(u32::MAX >> 1).unwrap_err().raw_os_error(), Some(libc::ENODEV));
        if lo.up() {
            let own = addresses().unwrap();
            assert!(own.contains(&(lo.index, "127.0.0.1".parse().unwrap())), "{own:?}");
        }
        assert!(!default_routes().unwrap().contains(&lo.index));
    }
}
