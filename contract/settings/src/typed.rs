//! The settings as the code behind them wants them. Canonical text always reads
//! back; where it could not, the default stands.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{Prefixed, PrefixedV6, StaticRoute, parts};
use crate::items::*;
use crate::set::Settings;

/// How the management port gets its IPv4 address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ipv4 {
    /// By DHCP.
    Dhcp,
    /// By hand.
    Static {
        /// Address and prefix.
        address: Prefixed,
        /// Default gateway; none: only the link is reached.
        gateway: Option<Ipv4Addr>,
    },
}

/// How the management port gets its IPv6 addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ipv6 {
    /// None at all.
    Off,
    /// From router advertisements.
    Slaac,
    /// By hand.
    Static {
        /// Address and prefix.
        address: PrefixedV6,
        /// Default gateway.
        gateway: Option<Ipv6Addr>,
    },
}

/// Speed in Mb/s and duplex of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkMode {
    /// Mb/s.
    pub speed: u32,
    /// Both directions at once.
    pub full: bool,
}

/// The management network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// IPv4.
    pub ipv4: Ipv4,
    /// DNS servers set by hand, at most 3; those of DHCP come behind them.
    pub dns: Vec<IpAddr>,
    /// Search domain; empty: none, or that of DHCP.
    pub search: String,
    /// IPv6.
    pub ipv6: Ipv6,
    /// VLAN tag; none: untagged.
    pub vlan: Option<u16>,
    /// Largest packet; none: the driver's.
    pub mtu: Option<u16>,
    /// None: negotiated.
    pub link: Option<LinkMode>,
    /// Host name.
    pub hostname: String,
    /// Static routes.
    pub routes: Vec<StaticRoute>,
    /// NTP servers; empty: those of DHCP.
    pub ntp: Vec<String>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// CONNECT.
    Http,
    /// CONNECT inside TLS.
    Https,
    /// SOCKS5.
    Socks5,
}

/// The proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User; empty: it wants none.
    pub user: String,
    /// Password.
    pub password: String,
    /// CA of an `https` proxy in PEM; empty: the public ones.
    pub ca: String,
    /// Platforms reached without it.
    pub bypass: Vec<String>,
}

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The way to the platform.
    Management,
    /// Listens, never speaks.
    Sniffing,
    /// Switched off.
    Unused,
}

/// A port with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Interface name.
    pub name: String,
    /// What it is for.
    pub role: Role,
}

impl Settings {
    /// The management network.
    pub fn network(&self) -> Network {
        let text = |item| self.get(item);
        let address = text(&network_address::ITEM).parse();
        let ipv4 = match (text(&network_mode::ITEM), address) {
            ("static", Ok(address)) => {
                Ipv4::Static { address, gateway: text(&network_gateway::ITEM).parse().ok() }
            }
            _ => Ipv4::Dhcp,
        };
        let address = text(&network_ipv6_address::ITEM).parse();
        let ipv6 = match (text(&network_ipv6::ITEM), address) {
            ("static", Ok(address)) => {
                Ipv6::Static { address, gateway: text(&network_ipv6_gateway::ITEM).parse().ok() }
            }
            ("slaac", _) => Ipv6::Slaac,
            _ => Ipv6::Off,
        };
        let dns = [&network_dns1::ITEM, &network_dns2::ITEM, &network_dns3::ITEM];
        Network {
            ipv4,
            dns: dns.iter().filter_map(|item| text(item).parse().ok()).collect(),
            search: text(&network_search::ITEM).into(),
            ipv6,
            vlan: text(&network_vlan::ITEM).parse().ok(),
            mtu: text(&network_mtu::ITEM).parse().ok(),
            link: network_link::mode(text(&network_link::ITEM)),
            hostname: text(&network_hostname::ITEM).into(),
            routes: parts(text(&network_routes::ITEM)).filter_map(|route| route.parse().ok()).collect(),
            ntp: parts(text(&time_ntp::ITEM)).map(Into::into).collect(),
        }
    }

    /// The proxy; none when it is off or incomplete.
    pub fn proxy(&self) -> Option<ProxySettings> {
        let kind = match self.get(&proxy_kind::ITEM) {
            "http" => ProxyKind::Http,
            "https" => ProxyKind::Https,
            "socks5" => ProxyKind::Socks5,
            _ => return None,
        };
        let text = |item| String::from(self.get(item));
        Some(ProxySettings {
            kind,
            host: Some(text(&proxy_host::ITEM)).filter(|host| !host.is_empty())?,
            port: self.get(&proxy_port::ITEM).parse().ok()?,
            user: text(&proxy_user::ITEM),
            password: text(&proxy_password::ITEM),
            ca: text(&proxy_ca::ITEM),
            bypass: parts(self.get(&proxy_bypass::ITEM)).map(Into::into).collect(),
        })
    }

    /// The platform's address (`host:port`); empty: not set.
    pub fn platform(&self) -> &str {
        self.get(&platform_address::ITEM)
    }

    /// Roles of ports, as far as they are set by hand.
    pub fn ports(&self) -> Vec<Port> {
        parts(self.get(&ports_roles::ITEM)).filter_map(ports_roles::port).collect()
    }

    /// Label of a port; empty: none.
    pub fn port_label(&self, name: &str) -> &str {
        parts(self.get(&ports_labels::ITEM))
            .filter_map(|part| part.split_once('='))
            .find(|(port, _)| *port == name)
            .map_or("", |(_, label)| label)
    }

    /// The server that gets the box's log; empty: none.
    pub fn log_server(&self) -> &str {
        self.get(&log_server::ITEM)
    }

    /// Minutes east of UTC in which times are shown.
    pub fn zone(&self) -> i32 {
        time_zone::minutes(self.get(&time_zone::ITEM))
    }
}
