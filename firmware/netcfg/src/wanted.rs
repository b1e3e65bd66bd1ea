//! What the operator wants of the management network, as plain data; whoever owns the
//! settings maps them onto it, and has checked them (`setup.md` §1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// Largest packet of Ethernet, in bytes without its header, unless set otherwise.
pub const DEFAULT_MTU: u32 = 1500;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Name of the management interface, the hardware's (`eth0`).
    pub interface: String,
    /// VLAN tag, 1 to 4094; none: untagged.
    pub vlan: Option<u16>,
    /// Largest packet in bytes; none: [`DEFAULT_MTU`].
    pub mtu: Option<u32>,
    /// Speed and duplex.
    pub speed: LinkSpeed,
    /// Name of this machine; empty: left as it is.
    pub hostname: String,
    /// IPv4.
    pub ipv4: Ipv4,
    /// IPv6.
    pub ipv6: Ipv6,
    /// Name servers set by hand; they come before those learned.
    pub dns: Vec<IpAddr>,
    /// Search domain; empty: as learned.
    pub search: String,
    /// Routes beside the default one.
    pub routes: Vec<Route>,
    /// Time servers by name or address; empty: as learned.
    pub ntp: Vec<String>,
}

impl Wanted {
    /// Name of the interface that has the addresses: with a VLAN tag, one on top of
    /// the hardware. At most 15 bytes (`IFNAMSIZ`), so a long name is left away.
    pub fn top(&self) -> String {
        match self.vlan {
            None => self.interface.clone(),
            Some(tag) => {
                let name = format!("{}.{tag}", self.interface);
                if name.len() < 16 { name } else { format!("vlan{tag}") }
            }
        }
    }

    /// MTU in bytes.
    pub fn mtu(&self) -> u32 {
        self.mtu.unwrap_or(DEFAULT_MTU)
    }
}

/// Speed and duplex of the link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkSpeed {
    /// Both ends agree on them.
    #[default]
    Auto,
    /// Set by hand; the other end must be, too.
    Fixed {
        /// Mbit/s.
        speed: u32,
        /// Both directions at once.
        full_duplex: bool,
    },
}

/// How IPv4 gets its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ipv4 {
    /// From a DHCP server (RFC 2131), with everything that comes with it.
    #[default]
    Dhcp,
    /// By hand.
    Static {
        /// Own address.
        address: Ipv4Addr,
        /// Bits of its network, 1 to 32.
        prefix: u8,
        /// The way out, on the link; none: there is none.
        gateway: Option<Ipv4Addr>,
    },
}

/// How IPv6 gets its address. DHCPv6 is off always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ipv6 {
    /// No IPv6 at all.
    Off,
    /// Of routers' advertisements (RFC 4862), by the kernel.
    #[default]
    Slaac,
    /// By hand; routers are not listened to.
    Static {
        /// Own address.
        address: Ipv6Addr,
        /// Bits of its network, 1 to 128.
        prefix: u8,
        /// The way out, on the link; none: there is none.
        gateway: Option<Ipv6Addr>,
    },
}

/// A route out of the management interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// Where to.
    pub destination: IpAddr,
    /// Bits of the destination; 0: everywhere.
    pub prefix: u8,
    /// By way of, on the link; none: they are on the link themselves.
    pub gateway: Option<IpAddr>,
}

impl Route {
    /// The destination without the bits behind the prefix, as the kernel tells it.
    pub fn network(&self) -> IpAddr {
        match self.destination {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0);
                Ipv4Addr::from_bits(ip.to_bits() & mask).into()
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix.min(128))).unwrap_or(0);
                Ipv6Addr::from_bits(ip.to_bits() & mask).into()
            }
        }
    }

    /// The way to everywhere.
    pub fn default_by(gateway: IpAddr) -> Route {
        let destination = match gateway {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        Route { destination, prefix: 0, gateway: Some(gateway) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_has_the_addresses_fit_the_kernel() {
        let mut wanted = Wanted { interface: "eth0".into(), ..Wanted::default() };
        assert_eq!(wanted.top(), "eth0");
        wanted.vlan = Some(4094);
        assert_eq!(wanted.top(), "eth0.4094");
        wanted.interface = "enp0s31f6np1".into();
        assert_eq!(wanted.top(), "vlan4094");
    }

    #[test]
    fn networks_of_routes() {
        let route = |destination: &str, prefix| Route {
            destination: destination.parse().unwrap(),
            prefix,
            gateway: None,
        };
        assert_eq!(route("10.1.2.3", 8).network().to_string(), "10.0.0.0");
        assert_eq!(route("10.1.2.3", 0).network().to_string(), "0.0.0.0");
        assert_eq!(route("10.1.2.3", 32).network().to_string(), "10.1.2.3");
        assert_eq!(route("2001:db8::1", 32).network().to_string(), "2001:db8::");
        assert_eq!(route("2001:db8::1", 0).network().to_string(), "::");
    }
}
