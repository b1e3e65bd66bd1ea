//! Ports of this machine: which there are, and how one is made a sniffing port,
//! on which nothing is ever sent.
//!
//! A sniffing port has no IPv4 or IPv6, no ARP, and an egress drop below all of
//! it, so that nothing gets out whoever tries: `product.md` §1 as system calls.
//! What was changed is told, and put back when [`Prepared`] is dropped.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use sys::link::{Link, addresses, default_routes, links, set_flags};
use sys::{ethtool, qdisc};

use crate::Error;

/// A port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its number; never used twice while the machine runs.
    pub index: u32,
    /// Ethernet address.
    pub mac: Option<[u8; 6]>,
    /// Switched on.
    pub up: bool,
    /// There is something at the other end of the cable.
    pub carrier: bool,
    /// Mbit/s; none when the link is down, or has no speed.
    pub speed: Option<u32>,
    /// Driver; empty when it does not say.
    pub driver: String,
    /// Largest packet in bytes, without the Ethernet header.
    pub mtu: u32,
    /// Software only: no card, nor one that a hypervisor shows.
    pub is_virtual: bool,
    /// Addresses this machine has here, without link-local ones.
    pub addresses: Vec<IpAddr>,
    /// A default route leads out of here: this machine is managed through it.
    pub default_route: bool,
    /// Nothing gets out: see [`prepare`].
    pub silent: bool,
}

impl Port {
    /// True when this machine itself talks through this port.
    pub fn in_use(&self) -> bool {
        self.default_route || !self.addresses.is_empty()
    }
}

/// Every port, by index; the loopback is none.
///
/// # Errors
/// What the kernel says.
pub fn list() -> io::Result<Vec<Port>> {
    let (addresses, routes) = (addresses()?, default_routes()?);
    let ports = links()?.into_iter().filter(|link| link.flags & libc::IFF_LOOPBACK as u32 == 0);
    Ok(ports.map(|link| describe(link, &addresses, &routes)).collect())
}

fn describe(link: Link, addresses: &[(u32, IpAddr)], routes: &[u32]) -> Port {
    let driver = ethtool::driver(&link.name).unwrap_or_default();
    let here = addresses.iter().filter(|(index, _)| *index == link.index).map(|(_, ip)| *ip);
    let own = here.filter(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()));
    Port {
        up: link.up(),
        carrier: link.carrier,
        speed: ethtool::speed(&link.name),
        is_virtual: !link.kind.is_empty() || driver.bus.is_empty(),
        driver: driver.name,
        mtu: link.mtu,
        mac: link.mac,
        addresses: own.collect(),
        default_route: routes.contains(&link.index),
        silent: qdisc::root(link.index).is_ok_and(|root| root.is_some_and(|root| root.is_drop())),
        index: link.index,
        name: link.name,
    }
}

/// The port of a name.
///
/// # Errors
/// [`Error::NoPort`] with the names there are, [`Error::Port`] when the kernel does not say.
pub fn find(name: &str) -> Result<Port, Error> {
    let all = list().map_err(|source| Error::port(name, "look for it", "CAP_NET_RAW", source))?;
    let known = || all.iter().map(|port| port.name.clone()).collect();
    let found = all.iter().find(|port| port.name == name).cloned();
    found.ok_or_else(|| Error::NoPort { name: name.into(), known: known() })
}

/// Number of the port of a name; the loopback can be listened to as well.
///
/// # Errors
/// As [`find`].
pub fn index(name: &str) -> Result<u32, Error> {
    let links = links().map_err(|source| Error::port(name, "look for it", "CAP_NET_RAW", source))?;
    match links.iter().find(|link| link.name == name) {
        Some(link) => Ok(link.index),
        None => find(name).map(|port| port.index),
    }
}

/// A change that can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Egress,
    Gro,
    Lro,
    Ipv6,
    Arp,
    Up,
}

impl Change {
    /// All of them in the order in which nothing gets out meanwhile: the egress
    /// drop first, because switching IPv6 off makes the kernel say goodbye; the
    /// port on last. Taken back in the opposite order.
    const ALL: [Change; 6] =
        [Change::Egress, Change::Gro, Change::Lro, Change::Ipv6, Change::Arp, Change::Up];

    /// Without these a port is no sniffing port; the others are tried.
    fn must(self) -> bool {
        matches!(self, Change::Egress | Change::Arp | Change::Up)
    }

    /// What it does, as a wish and as done.
    fn words(self) -> [&'static str; 2] {
        match self {
            Change::Egress => ["keep everything from being sent", "egress drop"],
            Change::Gro => ["keep received frames from being merged", "receive merging (GRO) off"],
            Change::Lro => ["keep the card from merging frames", "large receive offload off"],
            Change::Ipv6 => ["switch IPv6 off", "IPv6 off"],
            Change::Arp => ["switch ARP off", "ARP off"],
            Change::Up => ["switch the port on", "switched on"],
        }
    }

    /// Makes the change; false when it already is so.
    fn make(self, port: &Port) -> io::Result<bool> {
        let is_so = match self {
            Change::Egress => port.silent,
            Change::Gro => !ethtool::gro(&port.name)?,
            Change::Lro => !ethtool::lro(&port.name)?,
            Change::Ipv6 => ipv6_off(&port.name)?,
            Change::Arp => sys::link::link(port.index)?.flags & libc::IFF_NOARP as u32 != 0,
            Change::Up => port.up,
        };
        if !is_so {
            match self {
                Change::Egress => qdisc::drop_egress(port.index)?,
                Change::Gro => ethtool::set_gro(&port.name, false)?,
                Change::Lro => ethtool::set_lro(&port.name, false)?,
                Change::Ipv6 => fs::write(ipv6(&port.name), "1")?,
                Change::Arp => set_flags(port.index, libc::IFF_NOARP, libc::IFF_NOARP)?,
                Change::Up => set_flags(port.index, libc::IFF_UP, libc::IFF_UP)?,
            }
        }
        Ok(!is_so)
    }

    /// Takes the change back.
    fn undo(self, name: &str, index: u32) -> io::Result<()> {
        match self {
            Change::Egress => qdisc::allow_egress(index),
            Change::Gro => ethtool::set_gro(name, true),
            Change::Lro => ethtool::set_lro(name, true),
            Change::Ipv6 => fs::write(ipv6(name), "0"),
            Change::Arp => set_flags(index, 0, libc::IFF_NOARP),
            Change::Up => set_flags(index, 0, libc::IFF_UP),
        }
    }
}

/// The switch for IPv6 on a port.
fn ipv6(name: &str) -> PathBuf {
    PathBuf::from("/proc/sys/net/ipv6/conf").join(name).join("disable_ipv6")
}

/// True when a port has no IPv6, also because the kernel has none.
fn ipv6_off(name: &str) -> io::Result<bool> {
    match fs::read_to_string(ipv6(name)) {
        Ok(text) => Ok(text.trim() == "1"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A port that is ready to be listened to; gives it back as it was when dropped.
/// Close the source first.
#[derive(Debug)]
#[must_use = "dropping it takes the changes back"]
pub struct Prepared {
    name: String,
    index: u32,
    changes: Vec<Change>,
    /// True when nothing gets out of the port. False for one that this machine
    /// itself uses: it was left as it is.
    pub silent: bool,
    /// Sentences that the user should read.
    pub warnings: Vec<String>,
}

impl Prepared {
    /// What was changed, in a few words each.
    pub fn changes(&self) -> Vec<&'static str> {
        self.changes.iter().map(|change| change.words()[1]).collect()
    }

    /// Leaves the port as it is now, for good: an appliance's port stays silent also
    /// when nobody listens.
    pub fn keep(mut self) {
        self.changes.clear();
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        for change in self.changes.iter().rev() {
            // The port may be gone; then there is nothing to put back.
            let _ = change.undo(&self.name, self.index);
        }
    }
}

/// Makes a port a sniffing port: an egress drop, no IPv6, no ARP, no merging of
/// frames, switched on; in this order, so that nothing is sent on the way either.
///
/// A port that this machine itself uses is not silenced, which would cut the
/// machine off: with `even_so`, or when it merely has an address, it is left as it
/// is and [`Prepared::silent`] is false.
///
/// # Errors
/// [`Error::PortInUse`] when a default route leads out of it and `even_so` is
/// not said; [`Error::NoPort`]; [`Error::Permission`] without `CAP_NET_ADMIN`.
pub fn prepare(name: &str, even_so: bool) -> Result<Prepared, Error> {
    let loopback = links().is_ok_and(|links| {
        links.iter().any(|link| link.name == name && link.flags & libc::IFF_LOOPBACK as u32 != 0)
    });
    if loopback {
        let warnings = vec![format!("{name} is this machine talking to itself; it is left as it is.")];
        return Ok(Prepared { name: name.into(), index: 0, changes: Vec::new(), silent: false, warnings });
    }
    let port = find(name)?;
    let mut prepared = Prepared {
        name: name.into(),
        index: port.index,
        changes: Vec::new(),
        silent: false,
        warnings: Vec::new(),
    };
    if port.default_route && !even_so {
        let why = "is the port that this machine reaches the network by (a default route leads out of it)";
        return Err(Error::PortInUse { name: name.into(), why });
    }
    if port.in_use() {
        let own = match port.addresses.first() {
            Some(ip) => format!("has the address {ip}"),
            None => "is the way of a default route".into(),
        };
        prepared.warnings.push(format!(
            "{name} {own}: this machine uses it, so it is listened to but not kept from sending. \
             A sniffing port should have no address."
        ));
        return Ok(prepared);
    }
    if let Ok(Some(root)) = qdisc::root(port.index)
        && root.handle != 0
        && !root.is_drop()
    {
        prepared.warnings.push(format!(
            "{name} had the queue discipline {}, which will not come back by itself.",
            root.kind
        ));
    }
    for change in Change::ALL {
        match change.make(&port) {
            Ok(true) => prepared.changes.push(change),
            Ok(false) => {}
            Err(source) if change.must() => {
                return Err(Error::port(name, change.words()[0], "CAP_NET_ADMIN", source));
            }
            // A driver that has no such offload cannot merge.
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {}
            Err(error) => prepared.warnings.push(format!("{name}: cannot {}: {error}.", change.words()[0])),
        }
    }
    prepared.silent = true;
    Ok(prepared)
}

/// Lets a port speak again that was left silent, as by a process that was killed:
/// no egress drop; IPv6, ARP and merging on. It stays switched on or off.
///
/// # Errors
/// [`Error::NoPort`], or [`Error::Permission`] without `CAP_NET_ADMIN`.
pub fn release(name: &str) -> Result<(), Error> {
    let port = find(name)?;
    for change in [Change::Arp, Change::Ipv6, Change::Gro, Change::Egress] {
        match change.undo(name, port.index) {
            Err(source) if change.must() => {
                return Err(Error::port(name, "let it speak again", "CAP_NET_ADMIN", source));
            }
            _ => {}
        }
    }
    Ok(())
}
