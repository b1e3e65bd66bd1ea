//! Making one [`Change`] at the kernel. Thin: it decides nothing.

use std::io;

use sys::route::Origin;

use crate::error::Error;
use crate::plan::Change;
use crate::wanted::Route;

/// Makes it. What is already as it should be is no error.
///
/// # Errors
/// What was to be done, and what the kernel says.
pub fn apply(change: &Change) -> Result<(), Error> {
    make(change).map_err(|error| Error::Change { change: Box::new(change.clone()), error })
}

fn make(change: &Change) -> io::Result<()> {
    match change {
        Change::Hostname(name) => sys::hostname::set(name),
        Change::Speed(interface, fixed) => sys::ethtool::set_link_settings(interface, *fixed),
        Change::Mtu(interface, mtu) => sys::link::set_mtu(index(interface)?, *mtu),
        Change::AddVlan(below, name, tag) => sys::vlan::add(index(below)?, name, *tag),
        Change::RemoveVlan(name) => sys::vlan::remove(index(name)?),
        Change::Ipv6(interface, ipv6) => sys::ipv6::set(interface, *ipv6),
        Change::Up(interface) => sys::link::set_flags(index(interface)?, IFF_UP, IFF_UP),
        Change::RemoveAddress(interface, ip, prefix) => {
            gone(sys::address::remove(index(interface)?, *ip, *prefix))
        }
        Change::AddAddress(interface, ip, prefix) => sys::address::add(index(interface)?, *ip, *prefix),
        Change::AddRoute(interface, route, origin) => {
            sys::route::add(&kernels(route, index(interface)?, *origin, 0))
        }
        Change::RemoveRoute(interface, route, metric) => {
            // Origin 0 matches a route of any.
            gone(sys::route::remove(&kernels(route, index(interface)?, Origin::Other(0), *metric)))
        }
    }
}

/// `IFF_UP` of `linux/if.h`.
const IFF_UP: i32 = 1;

fn kernels(route: &Route, index: u32, origin: Origin, metric: u32) -> sys::route::Route {
    let (destination, prefix, gateway) = (route.network(), route.prefix, route.gateway);
    sys::route::Route { index, destination, prefix, gateway, origin, metric }
}

/// Number of an interface.
///
/// # Errors
/// `ENODEV` when there is none of that name.
pub(crate) fn index(name: &str) -> io::Result<u32> {
    let links = sys::link::links()?;
    let found = links.iter().find(|link| link.name == name).map(|link| link.index);
    found.ok_or_else(|| nix::errno::Errno::ENODEV.into())
}

/// What was to go and is gone already is well.
fn gone(done: io::Result<()>) -> io::Result<()> {
    use nix::errno::Errno::{EADDRNOTAVAIL, ENODEV, ESRCH};
    let fine = [EADDRNOTAVAIL, ENODEV, ESRCH].map(|errno| Some(errno as i32));
    done.or_else(|error| if fine.contains(&error.raw_os_error()) { Ok(()) } else { Err(error) })
}
