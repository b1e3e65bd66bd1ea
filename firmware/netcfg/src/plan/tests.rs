//! Plans carried out on a kernel made of data: they lead where they should, a second one is
//! empty, and what may stay is not touched.

use super::*;
use proptest::prelude::*;
use sys::address::Address;
use sys::ethtool::LinkSettings;
use sys::link::Link;

const UP: u32 = 1;
const PERMANENT: u32 = 0x80;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn interface(name: &str, index: u32) -> Interface {
    let link = Link { index, name: name.into(), mtu: 1500, carrier: true, ..Link::default() };
    let ipv6 = Some(Sysctl { off: false, advertised: false });
    Interface { link, ipv6, ..Interface::default() }
}

fn fresh() -> Seen {
    Seen { base: Some(interface("eth0", 2)), hostname: "localhost".into(), ..Seen::default() }
}

fn wanted() -> Wanted {
    Wanted { interface: "eth0".into(), hostname: "hall-3".into(), ..Wanted::default() }
}

fn fixed(address: &str, prefix: u8, gateway: Option<&str>) -> Ipv4 {
    let gateway = gateway.map(|gateway| gateway.parse().unwrap());
    Ipv4::Static { address: address.parse().unwrap(), prefix, gateway }
}

fn lease() -> Lease {
    let router = Route::default_by(ip("10.0.0.1"));
    Lease {
        address: "10.0.0.50".parse().unwrap(),
        prefix: 24,
        server: "10.0.0.1".parse().unwrap(),
        seconds: 3600,
        renew: 1800,
        rebind: 3150,
        routes: vec![
            router,
            Route { destination: ip("10.9.0.0"), prefix: 16, gateway: Some(ip("10.0.0.9")) },
        ],
        dns: Vec::new(),
        domain: String::new(),
        ntp: Vec::new(),
    }
}

fn find<'a>(seen: &'a mut Seen, name: &str) -> &'a mut Interface {
    let tops = seen.vlans.iter_mut().map(|(_, one)| one);
    let found = seen.base.iter_mut().chain(tops).find(|one| one.link.name == *name);
    found.unwrap_or_else(|| panic!("{name} is not there"))
}

/// As much of a kernel as matters: what happens to the rest when something is changed.
fn make(seen: &mut Seen, change: &Change) {
    let index_of_new = 10 + seen.vlans.len() as u32;
    match change {
        Change::Hostname(name) => seen.hostname.clone_from(name),
        Change::Speed(_, fixed) => {
            let (speed, full_duplex) = fixed.map_or((None, None), |(speed, full)| (Some(speed), Some(full)));
            seen.speed = Some(LinkSettings { auto: fixed.is_none(), negotiates: true, speed, full_duplex });
        }
        Change::Mtu(name, mtu) => {
            find(seen, name).link.mtu = *mtu;
            if seen.base.as_ref().unwrap().link.name == *name {
                // What is on top can never take more than what is below.
                seen.vlans.iter_mut().for_each(|(_, one)| one.link.mtu = one.link.mtu.min(*mtu));
            }
        }
        Change::AddVlan(below, name, tag) => {
            let (mtu, ipv6) = (find(seen, below).link.mtu, find(seen, below).ipv6);
            assert!(seen.vlans.iter().all(|(other, one)| other != tag && one.link.name != *name));
            let mut new = interface(name, index_of_new);
            new.link.mtu = mtu;
            new.ipv6 = ipv6.map(|_| Sysctl::default());
            seen.vlans.push((*tag, new));
        }
        Change::RemoveVlan(name) => seen.vlans.retain(|(_, one)| one.link.name != *name),
        Change::Ipv6(name, ipv6) => {
            let one = find(seen, name);
            one.ipv6 = Some(*ipv6);
            if ipv6.off {
                one.addresses.retain(|address| address.ip.is_ipv4());
                one.routes.retain(|route| route.destination.is_ipv4());
            }
        }
        Change::Up(name) => find(seen, name).link.flags |= UP,
        Change::RemoveAddress(name, ip, _) => {
            let one = find(seen, name);
            assert!(!ip.is_ipv4() || one.addresses.iter().any(|address| address.ip.is_ipv4()), "{change}");
            // Of IPv4, as cruel as it can be: the whole family goes, with its routes.
            one.addresses.retain(|address| address.ip != *ip && !(ip.is_ipv4() && address.ip.is_ipv4()));
            one.routes.retain(|route| !(ip.is_ipv4() && route.destination.is_ipv4()));
        }
        Change::AddAddress(name, ip, prefix) => {
            let one = find(seen, name);
            one.addresses.retain(|address| address.ip != *ip || address.prefix != *prefix);
            let index = one.link.index;
            one.addresses.push(Address { index, ip: *ip, prefix: *prefix, flags: PERMANENT, valid: None });
        }
        Change::AddRoute(name, route, origin) => {
            let one = find(seen, name);
            assert!(one.link.flags & UP != 0, "{change}: the network is down");
            let index = one.link.index;
            let (destination, prefix, gateway) = (route.network(), route.prefix, route.gateway);
            one.routes.retain(|old| (old.destination, old.prefix, old.metric) != (destination, prefix, 0));
            let (origin, metric) = (*origin, 0);
            one.routes.push(sys::route::Route { index, destination, prefix, gateway, origin, metric });
        }
        Change::RemoveRoute(name, route, metric) => {
            find(seen, name).routes.retain(|old| !(same(old, route) && old.metric == *metric));
        }
    }
}

/// Carries a plan out, and sees that nothing is left to do.
fn settle(wanted: &Wanted, lease: Option<&Lease>, seen: &mut Seen) -> Vec<Change> {
    let changes = plan(wanted, lease, seen);
    for change in &changes {
        make(seen, change);
    }
    assert_eq!(plan(wanted, lease, seen), [], "after {changes:?}");
    changes
}

fn addresses(interface: &Interface) -> Vec<String> {
    interface.addresses.iter().map(|one| format!("{}/{}", one.ip, one.prefix)).collect()
}

fn routes(interface: &Interface) -> Vec<String> {
    let mut all: Vec<String> = interface
        .routes
        .iter()
        .map(|one| {
            Route { destination: one.destination, prefix: one.prefix, gateway: one.gateway }.to_string()
        })
        .collect();
    all.sort();
    all
}

fn words(changes: &[Change]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn from_nothing_to_a_static_address() {
    let mut seen = fresh();
    let wanted = Wanted {
        ipv4: fixed("10.0.0.5", 24, Some("10.0.0.1")),
        routes: vec![Route { destination: ip("192.168.9.9"), prefix: 16, gateway: Some(ip("10.0.0.2")) }],
        ..wanted()
    };
    let changes = settle(&wanted, None, &mut seen);
    let expected = [
        "call this machine hall-3",
        "switch IPv6 of eth0 on, with routers' advertisements",
        "switch eth0 on",
        "give 10.0.0.5/24 to eth0",
        "add the route 0.0.0.0/0 via 10.0.0.1 at eth0",
        "add the route 192.168.0.0/16 via 10.0.0.2 at eth0",
    ];
    assert_eq!(words(&changes), expected);
}

#[test]
fn with_dhcp_the_lease_decides() {
    let mut seen = fresh();
    settle(&wanted(), None, &mut seen);
    assert_eq!(addresses(seen.base.as_ref().unwrap()), [""; 0]);
    let changes = settle(&wanted(), Some(&lease()), &mut seen);
    assert_eq!(changes.len(), 3, "{changes:?}");
    // A renewal with another router changes that and nothing else.
    let other = Lease { routes: vec![Route::default_by(ip("10.0.0.2"))], ..lease() };
    let changes = settle(&wanted(), Some(&other), &mut seen);
    let touches = |change: &Change| matches!(change, Change::AddAddress(..) | Change::RemoveAddress(..));
    assert!(!changes.iter().any(touches), "{changes:?}");
    assert_eq!(routes(seen.base.as_ref().unwrap()), ["0.0.0.0/0 via 10.0.0.2"]);
    // The end of the lease takes it all away.
    settle(&wanted(), None, &mut seen);
    assert_eq!(
        (addresses(seen.base.as_ref().unwrap()).len(), routes(seen.base.as_ref().unwrap()).len()),
        (0, 0)
    );
}

#[test]
fn a_route_set_by_hand_takes_the_place_of_a_leased_one() {
    let mut seen = fresh();
    let by_hand = Route { destination: ip("10.9.3.3"), prefix: 16, gateway: Some(ip("10.0.0.77")) };
    let wanted = Wanted { routes: vec![by_hand], ..wanted() };
    settle(&wanted, Some(&lease()), &mut seen);
    let expected = ["0.0.0.0/0 via 10.0.0.1", "10.9.0.0/16 via 10.0.0.77"];
    assert_eq!(routes(seen.base.as_ref().unwrap()), expected);
    // Without an address there is no way to a gateway.
    let none = plan(&wanted, None, &fresh());
    assert!(!none.iter().any(|change| matches!(change, Change::AddRoute(..))), "{none:?}");
}

#[test]
fn what_may_stay_is_not_touched() {
    let mut seen = fresh();
    let first = Wanted { ipv4: fixed("10.0.0.5", 24, Some("10.0.0.1")), ..wanted() };
    settle(&first, None, &mut seen);
    let dns = Wanted { dns: vec![ip("10.0.0.2")], ntp: vec!["time.example".into()], ..first.clone() };
    assert_eq!(plan(&dns, None, &seen), [], "name and time servers are not the kernel's");
    let gateway = Wanted { ipv4: fixed("10.0.0.5", 24, Some("10.0.0.2")), ..first.clone() };
    assert_eq!(
        words(&plan(&gateway, None, &seen)),
        ["add the route 0.0.0.0/0 via 10.0.0.2 at eth0", "remove the route 0.0.0.0/0 via 10.0.0.1 at eth0"],
    );
    let mtu = Wanted { mtu: Some(1400), ..first };
    assert_eq!(words(&plan(&mtu, None, &seen)), ["set the MTU of eth0 to 1400"]);
}

#[test]
fn another_address_in_the_same_network_keeps_its_routes() {
    let mut seen = fresh();
    settle(&Wanted { ipv4: fixed("10.0.0.5", 24, Some("10.0.0.1")), ..wanted() }, None, &mut seen);
    settle(&Wanted { ipv4: fixed("10.0.0.6", 24, Some("10.0.0.1")), ..wanted() }, None, &mut seen);
    let base = seen.base.as_ref().unwrap();
    assert_eq!(
        (addresses(base), routes(base)),
        (vec!["10.0.0.6/24".into()], vec!["0.0.0.0/0 via 10.0.0.1".into()])
    );
}

#[test]
fn a_stray_address_goes_and_takes_nothing_with_it() {
    let mut seen = fresh();
    let wanted = Wanted { ipv4: fixed("10.0.0.5", 24, Some("10.0.0.1")), ..wanted() };
    settle(&wanted, None, &mut seen);
    make(&mut seen, &Change::AddAddress("eth0".into(), ip("10.0.0.66"), 24));
    settle(&wanted, None, &mut seen);
    let base = seen.base.as_ref().unwrap();
    assert_eq!(
        (addresses(base), routes(base)),
        (vec!["10.0.0.5/24".into()], vec!["0.0.0.0/0 via 10.0.0.1".into()])
    );
}

#[test]
fn a_vlan_takes_the_address_with_it_and_gives_it_back() {
    let mut seen = fresh();
    let plain = Wanted { ipv4: fixed("10.0.0.5", 24, Some("10.0.0.1")), ..wanted() };
    settle(&plain, None, &mut seen);
    let tagged = Wanted { vlan: Some(100), mtu: Some(1400), ..plain.clone() };
    settle(&tagged, None, &mut seen);
    let base = seen.base.as_ref().unwrap();
    assert_eq!((addresses(base).len(), routes(base).len()), (0, 0));
    assert_eq!(base.ipv6, Some(Sysctl { off: true, advertised: false }), "below it is silent");
    let top = seen.interface("eth0.100").unwrap();
    assert_eq!((addresses(top), top.link.mtu), (vec!["10.0.0.5/24".into()], 1400));
    // A larger MTU, below first; another tag; then none again.
    let larger = settle(&Wanted { vlan: Some(100), ..plain.clone() }, None, &mut seen);
    assert_eq!(words(&larger), ["set the MTU of eth0 to 1500", "set the MTU of eth0.100 to 1500"]);
    settle(&Wanted { vlan: Some(200), mtu: None, ..plain.clone() }, None, &mut seen);
    assert_eq!(seen.vlans.len(), 1);
    assert_eq!(seen.interface("eth0.200").unwrap().link.mtu, 1500);
    settle(&plain, None, &mut seen);
    assert_eq!((seen.vlans.len(), addresses(seen.base.as_ref().unwrap())), (0, vec!["10.0.0.5/24".into()]));
}

#[test]
fn the_kernels_own_addresses_are_left_to_it() {
    let mut seen = fresh();
    settle(&wanted(), Some(&lease()), &mut seen);
    let base = seen.base.as_mut().unwrap();
    let kernels =
        |ip: &str, flags| Address { index: 2, ip: ip.parse().unwrap(), prefix: 64, flags, valid: None };
    base.addresses.extend([kernels("fe80::1", PERMANENT), kernels("2001:db8::1", 0)]);
    let routes =
        [("2001:db8::", 64, None, Origin::Kernel), ("::", 0, Some("fe80::9"), Origin::Advertisement)];
    base.routes.extend(routes.map(|(to, prefix, gateway, origin)| sys::route::Route {
        index: 2,
        destination: ip(to),
        prefix,
        gateway: gateway.map(ip),
        origin,
        metric: 1024,
    }));
    assert_eq!(plan(&wanted(), Some(&lease()), &seen), []);
    // With IPv6 by hand, what routers said goes; the link-local address stays.
    let address = "2001:db8:1::5".parse().unwrap();
    let by_hand = Wanted { ipv6: Ipv6::Static { address, prefix: 64, gateway: None }, ..wanted() };
    settle(&by_hand, Some(&lease()), &mut seen);
    let base = seen.base.as_ref().unwrap();
    assert_eq!(addresses(base), ["10.0.0.50/24", "fe80::1/64", "2001:db8:1::5/64"]);
    assert!(base.routes.iter().all(|route| route.origin != Origin::Advertisement), "{:?}", base.routes);
    settle(&Wanted { ipv6: Ipv6::Off, ..wanted() }, Some(&lease()), &mut seen);
    assert_eq!(addresses(seen.base.as_ref().unwrap()), ["10.0.0.50/24"]);
}

#[test]
fn a_machine_without_ipv6_is_not_asked_for_it() {
    let mut seen = fresh();
    seen.base.as_mut().unwrap().ipv6 = None;
    let address = "2001:db8::5".parse().unwrap();
    let ipv6 = Ipv6::Static { address, prefix: 64, gateway: Some("2001:db8::1".parse().unwrap()) };
    let changes = settle(&Wanted { ipv6, vlan: Some(9), ..wanted() }, None, &mut seen);
    let of_ipv6 = |change: &&Change| change.to_string().contains("2001");
    assert_eq!(changes.iter().filter(of_ipv6).count(), 0, "{changes:?}");
}

#[test]
fn speed_is_set_once_and_never_at_a_card_that_has_no_choice() {
    let mut seen = fresh();
    let fast = LinkSpeed::Fixed { speed: 100, full_duplex: true };
    let fixed = Wanted { speed: fast, ..wanted() };
    settle(&wanted(), None, &mut seen);
    assert_eq!(plan(&fixed, None, &seen), [], "a driver that says nothing is not asked");
    let now = LinkSettings { auto: true, negotiates: true, speed: Some(1000), full_duplex: Some(true) };
    seen.speed = Some(now);
    assert_eq!(plan(&wanted(), None, &seen), []);
    assert_eq!(words(&settle(&fixed, None, &mut seen)), ["set eth0 to 100 Mbit/s full duplex"]);
    // The link is down meanwhile: nothing is known, and it is not asked again.
    seen.speed = Some(LinkSettings { auto: false, speed: None, full_duplex: None, ..now });
    assert_eq!(plan(&fixed, None, &seen), []);
    assert_eq!(words(&settle(&wanted(), None, &mut seen)), ["let eth0 negotiate its speed"]);
    seen.speed = Some(LinkSettings { auto: false, negotiates: false, ..now });
    assert_eq!(plan(&wanted(), None, &seen), [], "a virtual card never negotiates");
}

#[test]
fn without_the_interface_there_is_nothing_to_do() {
    let changes = plan(&wanted(), Some(&lease()), &Seen::default());
    assert_eq!(words(&changes), ["call this machine hall-3"]);
}

fn any_wanted() -> impl Strategy<Value = (Wanted, bool)> {
    let host = 2_u8..9;
    let ipv4 = prop_oneof![
        Just(Ipv4::Dhcp),
        (host.clone(), prop_oneof![Just(24), Just(16), Just(32)], any::<bool>()).prop_map(
            |(host, prefix, way)| {
                Ipv4::Static {
                    address: [10, 0, 0, host].into(),
                    prefix,
                    gateway: way.then(|| [10, 0, 0, 1].into()),
                }
            }
        ),
    ];
    let ipv6 = prop_oneof![
        Just(Ipv6::Off),
        Just(Ipv6::Slaac),
        (1_u16..4, any::<bool>()).prop_map(|(host, way)| Ipv6::Static {
            address: [0x2001, 0xdb8, 0, 0, 0, 0, 0, host].into(),
            prefix: 64,
            gateway: way.then(|| [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xff].into()),
        }),
    ];
    let route = (0_u8..4, host).prop_map(|(net, host)| Route {
        destination: [172, 16, net, 0].into(),
        prefix: 24,
        gateway: Some([10, 0, 0, host].into()),
    });
    let tag = proptest::option::of(prop_oneof![Just(7), Just(8)]);
    let mtu = proptest::option::of(prop_oneof![Just(1400), Just(9000)]);
    (ipv4, ipv6, proptest::collection::vec(route, 0..3), tag, mtu, any::<bool>()).prop_map(
        |(ipv4, ipv6, routes, vlan, mtu, leased)| {
            (Wanted { ipv4, ipv6, routes, vlan, mtu, ..wanted() }, leased)
        },
    )
}

proptest! {
    #[test]
    fn from_any_wish_to_any_other_and_back(wishes in proptest::collection::vec(any_wanted(), 1..6)) {
        let mut seen = fresh();
        for (wish, leased) in wishes {
            let lease = leased.then(lease);
            settle(&wish, lease.as_ref(), &mut seen);
        }
    }
}
