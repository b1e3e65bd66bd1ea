//! The management network, as the service sees it: managed by `netcfg` on an
//! appliance, left to the system on an ordinary host.

use std::net::IpAddr;

use model::ErrorCode;
use settings::{Hints, Network, Prefixed};
use wire::local::{Failed, Management, Step};

/// What the network says of itself.
#[derive(Clone, Debug, Default)]
pub struct NetState {
    /// For the banner.
    pub management: Management,
    /// What faces start from.
    pub hints: Hints,
    /// How far the clock is off, nanoseconds; none: no server answered.
    pub clock_offset: Option<i64>,
}

/// Somebody who puts the management network in force.
pub trait Net: Send + Sync {
    /// Brings this into force at a port; blocks until it is tried.
    ///
    /// # Errors
    /// What could not be done; the caller puts the old back.
    fn change(&self, port: &str, network: &Network) -> Result<(), Failed>;

    /// How it stands.
    fn state(&self) -> NetState;

    /// Waits for link, address and gateway and tells each step; false when one
    /// failed, which ends it. E01 no link, E02 no lease, E03 address in use, E04
    /// gateway silent.
    fn settle(&self, tell: &mut dyn FnMut(Step)) -> bool;

    /// False: the system's own tools manage it, and a change is refused.
    fn managed(&self) -> bool {
        true
    }
}

/// A network that this program looks at and does not touch.
pub struct Unmanaged;

impl Unmanaged {
    fn port() -> Option<sys::link::Link> {
        let out = sys::link::default_routes().ok()?;
        sys::link::links().ok()?.into_iter().find(|link| out.contains(&link.index))
    }
}

impl Net for Unmanaged {
    fn change(&self, _: &str, _: &Network) -> Result<(), Failed> {
        Err(Failed::plain(
            "this machine's network is managed by its own system",
            "Use the system's tools, or start the set-up service with --manage PORT.",
        ))
    }

    fn state(&self) -> NetState {
        let Some(link) = Unmanaged::port() else { return NetState::default() };
        let held = sys::address::list().unwrap_or_default();
        let own: Vec<sys::address::Address> =
            held.into_iter().filter(|address| address.index == link.index).collect();
        let routes = sys::route::list().unwrap_or_default();
        let gateways: Vec<IpAddr> = routes
            .iter()
            .filter(|route| route.prefix == 0 && route.index == link.index)
            .filter_map(|route| route.gateway)
            .collect();
        let dns = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let dns: Vec<IpAddr> =
            dns.lines().filter_map(|line| line.strip_prefix("nameserver")?.trim().parse().ok()).collect();
        let mac = link.mac.map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":"));
        NetState {
            hints: Hints {
                address: own.iter().find_map(|held| match held.ip {
                    IpAddr::V4(ip) => Some(Prefixed { ip, prefix: held.prefix }),
                    IpAddr::V6(_) => None,
                }),
                gateway: gateways.iter().find_map(|ip| match ip {
                    IpAddr::V4(ip) => Some(*ip),
                    IpAddr::V6(_) => None,
                }),
                dns: dns.clone(),
                search: String::new(),
            },
            management: Management {
                mac: mac.unwrap_or_default(),
                link: link.carrier,
                speed: sys::ethtool::speed(&link.name).unwrap_or(0),
                port: link.name,
                addresses: own
                    .iter()
                    .map(|held| (format!("{}/{}", held.ip, held.prefix), "by the system".into()))
                    .collect(),
                gateways: gateways.iter().map(ToString::to_string).collect(),
                dns: dns.iter().map(ToString::to_string).collect(),
                ..Management::default()
            },
            clock_offset: None,
        }
    }

    fn settle(&self, tell: &mut dyn FnMut(Step)) -> bool {
        let step = |name: &str, outcome| Step { name: name.into(), outcome };
        let Some(link) = Unmanaged::port() else {
            tell(step("route", Err(Failed::coded(ErrorCode::GatewaySilent, "there is no default route"))));
            return false;
        };
        if !link.carrier {
            let words = format!("{} has no carrier", link.name);
            tell(step("link", Err(Failed::coded(ErrorCode::NoLink, words))));
            return false;
        }
        tell(step("link", Ok(format!("{} is up", link.name))));
        true
    }

    fn managed(&self) -> bool {
        false
    }
}
