//! What is there now, read from the kernel: the ground on which [`crate::plan()`] works.

use std::io;
use std::net::IpAddr;

use sys::address::Address;
use sys::ethtool::{self, LinkSettings};
use sys::ipv6::Ipv6;
use sys::link::Link;
use sys::route::Origin;

use crate::wanted::Route;

/// The management interface and what stands on top of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The hardware; none: there is no such interface.
    pub base: Option<Interface>,
    /// Speed and duplex of the hardware; none where the driver has no say.
    pub speed: Option<LinkSettings>,
    /// VLAN interfaces on top of it, with their tags.
    pub vlans: Vec<(u16, Interface)>,
    /// Name of this machine.
    pub hostname: String,
}

/// One interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The link itself.
    pub link: Link,
    /// Its part in IPv6; none: the kernel has none for it.
    pub ipv6: Option<Ipv6>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Routes out of it, of the main table.
    pub routes: Vec<sys::route::Route>,
}

impl Interface {
    /// True when the kernel has this route, whoever made it.
    pub fn has_route(&self, route: &Route) -> bool {
        self.routes.iter().any(|seen| same(seen, route))
    }

    /// Gateways of its default routes, IPv4 first.
    pub fn gateways(&self) -> Vec<IpAddr> {
        let defaults = self.routes.iter().filter(|route| route.prefix == 0);
        let mut gateways: Vec<IpAddr> = defaults.filter_map(|route| route.gateway).collect();
        gateways.sort();
        gateways.dedup();
        gateways
    }
}

/// The same destination by the same way.
pub(crate) fn same(seen: &sys::route::Route, route: &Route) -> bool {
    (seen.destination, seen.prefix, seen.gateway) == (route.network(), route.prefix, route.gateway)
}

/// True for a route that somebody gave to the interface; the kernel's own come and go
/// with addresses and routers.
pub(crate) fn given(route: &sys::route::Route) -> bool {
    !matches!(route.origin, Origin::Kernel | Origin::Advertisement)
}

impl Seen {
    /// Reads it all for the interface of a name.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn read(interface: &str) -> io::Result<Seen> {
        let links = sys::link::links()?;
        let (addresses, routes) = (sys::address::list()?, sys::route::list()?);
        let whole = |link: &Link| Interface {
            link: link.clone(),
            ipv6: sys::ipv6::get(&link.name),
            addresses: addresses.iter().filter(|one| one.index == link.index).cloned().collect(),
            routes: routes.iter().filter(|one| one.index == link.index).cloned().collect(),
        };
        let hostname = sys::hostname::get()?;
        let Some(base) = links.iter().find(|link| link.name == interface) else {
            return Ok(Seen { hostname, ..Seen::default() });
        };
        let mut vlans = Vec::new();
        for vlan in sys::vlan::list()?.iter().filter(|vlan| vlan.below == base.index) {
            let link = links.iter().find(|link| link.index == vlan.index);
            vlans.extend(link.map(|link| (vlan.tag, whole(link))));
        }
        let speed = ethtool::link_settings(interface).ok();
        Ok(Seen { base: Some(whole(base)), speed, vlans, hostname })
    }

    /// The interface of this name, if it is the hardware or on top of it.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        let tops = self.vlans.iter().map(|(_, interface)| interface);
        self.base.iter().chain(tops).find(|interface| interface.link.name == name)
    }
}
