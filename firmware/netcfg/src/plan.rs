//! From what is there to what is wanted: the changes, and no others.
//!
//! Pure; a plan after its changes were made is empty; what may stay is not touched, so
//! that setting a name server does not cut a connection. Order matters and is kept:
//! links, addresses away, addresses there, routes there, routes away.

use std::net::IpAddr;

use sys::ipv6::Ipv6 as Sysctl;
use sys::route::Origin;

use crate::dhcp::Lease;
use crate::seen::{Interface, Seen, given, same};
use crate::wanted::{Ipv4, Ipv6, LinkSpeed, Route, Wanted};

/// One step. Interfaces go by name: one that is yet to be made has no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This machine is called so.
    Hostname(String),
    /// The link negotiates, or has this speed (Mbit/s) and duplex (full: true).
    Speed(String, Option<(u32, bool)>),
    /// Largest packet, in bytes.
    Mtu(String, u32),
    /// An interface on top of the first, with its name and VLAN tag.
    AddVlan(String, String, u16),
    /// A VLAN interface is no longer needed.
    RemoveVlan(String),
    /// Its part in IPv6.
    Ipv6(String, Sysctl),
    /// It is switched on.
    Up(String),
    /// An address with its prefix is taken away.
    RemoveAddress(String, IpAddr, u8),
    /// An address with its prefix is added.
    AddAddress(String, IpAddr, u8),
    /// A route is added, in place of one to the same destination.
    AddRoute(String, Route, Origin),
    /// A route is taken away; it may be gone already. With its metric.
    RemoveRoute(String, Route, u32),
}

/// Addresses and routes that an interface should have, of what was learned and set.
#[derive(Debug, Default)]
struct Target {
    addresses: Vec<(IpAddr, u8)>,
    routes: Vec<(Route, Origin)>,
}

/// The changes that lead from `seen` to `wanted`; `lease` is what DHCP has been given.
/// Without the interface there is nothing to do but the hostname.
pub fn plan(wanted: &Wanted, lease: Option<&Lease>, seen: &Seen) -> Vec<Change> {
    let mut out = Vec::new();
    if !wanted.hostname.is_empty() && wanted.hostname != seen.hostname {
        out.push(Change::Hostname(wanted.hostname.clone()));
    }
    let Some(base) = &seen.base else { return out };
    let (name, top) = (wanted.interface.clone(), wanted.top());
    speed(wanted, seen, &mut out);
    if base.link.mtu != wanted.mtu() {
        out.push(Change::Mtu(name.clone(), wanted.mtu()));
    }
    let right = |tag: u16, one: &Interface| Some(tag) == wanted.vlan && one.link.name == top;
    for (_, old) in seen.vlans.iter().filter(|(tag, one)| !right(*tag, one)) {
        out.push(Change::RemoveVlan(old.link.name.clone()));
    }
    let target = target(wanted, lease);
    let new = Interface {
        ipv6: base.ipv6.map(|_| Sysctl { off: false, advertised: false }),
        ..Interface::default()
    };
    if let Some(tag) = wanted.vlan {
        // Below a VLAN the hardware has nothing of its own.
        let silent = Sysctl { off: true, advertised: false };
        interface(&name, base, silent, &Target::default(), &mut out);
        let on_top = seen.vlans.iter().find(|(tag, one)| right(*tag, one)).map(|(_, one)| one);
        if on_top.is_none() {
            out.push(Change::AddVlan(name, top.clone(), tag));
        }
        // A new one has the MTU of what is below.
        if on_top.is_some_and(|one| one.link.mtu != wanted.mtu()) {
            out.push(Change::Mtu(top.clone(), wanted.mtu()));
        }
        interface(&top, on_top.unwrap_or(&new), sysctl(&wanted.ipv6), &target, &mut out);
    } else {
        interface(&name, base, sysctl(&wanted.ipv6), &target, &mut out);
    }
    out
}

fn sysctl(ipv6: &Ipv6) -> Sysctl {
    Sysctl { off: *ipv6 == Ipv6::Off, advertised: *ipv6 == Ipv6::Slaac }
}

fn speed(wanted: &Wanted, seen: &Seen, out: &mut Vec<Change>) {
    // A driver that says nothing is not asked.
    let Some(now) = seen.speed else { return };
    let fixed = match wanted.speed {
        LinkSpeed::Auto if now.auto || !now.negotiates => return,
        LinkSpeed::Auto => None,
        LinkSpeed::Fixed { speed, full_duplex } => {
            // Without a link neither is known; asking again and again would keep it down.
            let other = now.speed.is_some_and(|now| now != speed)
                || now.full_duplex.is_some_and(|now| now != full_duplex);
            if !now.auto && !other {
                return;
            }
            Some((speed, full_duplex))
        }
    };
    out.push(Change::Speed(wanted.interface.clone(), fixed));
}

fn target(wanted: &Wanted, lease: Option<&Lease>) -> Target {
    let mut target = Target::default();
    match (&wanted.ipv4, lease) {
        (Ipv4::Static { address, prefix, gateway }, _) => {
            target.addresses.push(((*address).into(), *prefix));
            let default = gateway.map(|gateway| Route::default_by(gateway.into()));
            target.routes.extend(default.map(|route| (route, Origin::Static)));
        }
        (Ipv4::Dhcp, Some(lease)) => {
            target.addresses.push((lease.address.into(), lease.prefix));
            target.routes.extend(lease.routes.iter().map(|route| (*route, Origin::Dhcp)));
        }
        (Ipv4::Dhcp, None) => {}
    }
    if let Ipv6::Static { address, prefix, gateway } = &wanted.ipv6 {
        target.addresses.push(((*address).into(), *prefix));
        let default = gateway.map(|gateway| Route::default_by(gateway.into()));
        target.routes.extend(default.map(|route| (route, Origin::Static)));
    }
    // What the operator set takes the place of what was learned for the same destination.
    for route in &wanted.routes {
        let usable = match route.destination {
            IpAddr::V4(_) => target.addresses.iter().any(|(ip, _)| ip.is_ipv4()),
            IpAddr::V6(_) => wanted.ipv6 != Ipv6::Off,
        };
        if usable {
            let to = (route.network(), route.prefix);
            target.routes.retain(|(other, _)| (other.network(), other.prefix) != to);
            target.routes.push((*route, Origin::Static));
        }
    }
    // What is on the link first: gateways are reached through it.
    target.routes.sort_by_key(|(route, _)| route.gateway.is_some());
    target
}

/// Brings one interface to its target.
fn interface(name: &str, seen: &Interface, ipv6: Sysctl, target: &Target, out: &mut Vec<Change>) {
    let name = || name.to_owned();
    // Before it is switched on: it asks for routers and makes addresses at once.
    if seen.ipv6.is_some_and(|now| now != ipv6) {
        out.push(Change::Ipv6(name(), ipv6));
    }
    // An interface without IPv6 cannot have its addresses: the kernel would refuse.
    let possible = |ip: &IpAddr| ip.is_ipv4() || (seen.ipv6.is_some() && !ipv6.off);
    if !seen.link.up() {
        out.push(Change::Up(name()));
    }
    let stray = |(ip, prefix): (IpAddr, u8)| !target.addresses.contains(&(ip, prefix));
    // Of IPv4, of IPv6. With an address, the kernel may take others of its network away, and
    // routes; what should stay is added again, which changes nothing where it is still there.
    let mut removed = [false; 2];
    for old in seen.addresses.iter().filter(|old| stray((old.ip, old.prefix))) {
        // The kernel's own go with IPv6, or with what routers say.
        let kernels = old.ip.is_ipv6() && (old.link_local() || (!old.permanent() && ipv6.advertised));
        if !kernels && possible(&old.ip) {
            removed[usize::from(old.ip.is_ipv6())] = true;
            out.push(Change::RemoveAddress(name(), old.ip, old.prefix));
        }
    }
    for (ip, prefix) in target.addresses.iter().filter(|(ip, _)| possible(ip)) {
        let has = seen.addresses.iter().any(|one| one.ip == *ip && one.prefix == *prefix);
        if !has || removed[usize::from(ip.is_ipv6())] {
            out.push(Change::AddAddress(name(), *ip, *prefix));
        }
    }
    for (route, origin) in target.routes.iter().filter(|(route, _)| possible(&route.destination)) {
        let cut = removed[usize::from(route.destination.is_ipv6())];
        if cut || !seen.link.up() || !seen.has_route(route) {
            out.push(Change::AddRoute(name(), *route, *origin));
        }
    }
    let stays = |old: &sys::route::Route| target.routes.iter().any(|(route, _)| same(old, route));
    for old in seen.routes.iter().filter(|old| !stays(old)) {
        let advertised = old.origin == Origin::Advertisement && !ipv6.advertised;
        // Multicast and the link-local network are the kernel's, whoever it says made them.
        let links =
            matches!(old.destination, IpAddr::V6(ip) if ip.is_multicast() || ip.is_unicast_link_local());
        if (given(old) || advertised) && !links && possible(&old.destination) {
            let route = Route { destination: old.destination, prefix: old.prefix, gateway: old.gateway };
            out.push(Change::RemoveRoute(name(), route, old.metric));
        }
    }
}

#[cfg(test)]
mod tests;
