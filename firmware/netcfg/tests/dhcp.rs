//! The client against real servers: dnsmasq and Kea, at the other end of a cable.

mod common;

use std::time::Duration;

use common::*;
use lab::switch;
use model::ErrorCode;
use netcfg::dhcp::Phase;
use netcfg::manager::Options;
use netcfg::{Manager, Wanted};

/// The words of the fault of a state.
fn fault(state: &netcfg::State) -> Option<ErrorCode> {
    state.fault.as_ref().map(|fault| fault.code)
}

#[test]
fn a_lease_with_all_that_comes_with_it_renewed_and_given_back() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let options = [
        "--dhcp-option=option:router,10.7.0.1",
        "--dhcp-option=121,0.0.0.0/0,10.7.0.9,10.9.0.0/16,10.7.0.8",
        "--dhcp-option=option:dns-server,10.7.0.2,10.7.0.3",
        "--dhcp-option=option:ntp-server,10.7.0.4",
        "--domain=plant.example",
        "--dhcp-option-force=option:T1,3",
        "--dhcp-vendorclass=set:ours,Stillwatch",
    ];
    let server = dnsmasq(&net, 7, &options);
    net.client.run(|| {
        let manager = net.manager(Wanted { hostname: "hall-3".into(), ..by_dhcp() });
        let state = reach(&manager, "a lease", |state| leased(state).is_some());
        let ip = leased(&state).unwrap();
        assert_eq!(kernels(), [format!("{ip}/24")]);
        assert_eq!(routes(), ["0.0.0.0/0 via 10.7.0.9", "10.9.0.0/16 via 10.7.0.8"], "not option 3");
        assert_eq!(
            net.resolv_conf(),
            "# Written by Stillwatch.\nnameserver 10.7.0.2\nnameserver 10.7.0.3\nsearch plant.example\n"
        );
        assert_eq!((state.ntp, state.fault, state.problems), (vec!["10.7.0.4".to_owned()], None, vec![]));
        assert_eq!(state.lease.unwrap().server.to_string(), "10.7.0.1");
        assert_eq!(sys::hostname::get().unwrap(), "hall-3");
        let said = server.said();
        assert!(said.contains("client provides name: hall-3"), "{said}");
        assert!(said.contains("vendor class: Stillwatch") && said.contains("tags: ours"), "{said}");
        let leases = std::fs::read_to_string(net.path("leases")).unwrap();
        assert!(leases.contains(&ip.to_string()), "{leases}");
        // T1 comes: asked of that server alone, and nothing is cut.
        let acks = || server.said().matches("DHCPACK").count();
        until("a renewal", || acks() >= 2);
        assert_eq!(server.said().matches("DHCPDISCOVER").count(), 1, "{}", server.said());
        reach(&manager, "bound again", |state| state.dhcp == Some(Phase::Bound));
        assert_eq!(kernels(), [format!("{ip}/24")]);
        manager.release().unwrap();
        server.wait_for("DHCPRELEASE");
        reach(&manager, "no address", |state| state.addresses.is_empty());
        assert_eq!(kernels(), [""; 0]);
    });
}

#[test]
fn a_server_that_goes_away_and_comes_back() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("kea-dhcp4")) else { return };
    let server = kea(&net, 7, [50, 50], [8, 2, 4]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        reach(&manager, "a lease", |state| leased(state).is_some());
        server.stop();
        let state = reach(&manager, "rebinding", |state| state.dhcp == Some(Phase::Rebinding));
        assert!(leased(&state).is_some(), "it is used to the end");
        let state = reach(&manager, "the end", |state| fault(state) == Some(ErrorCode::NoLease));
        assert_eq!((leased(&state), kernels(), routes()), (None, vec![], vec![]));
        assert!(state.fault.unwrap().words.contains("has ended"));
        let _server = kea(&net, 7, [50, 50], [8, 2, 4]);
        let state = reach(&manager, "a lease again", |state| leased(state).is_some());
        assert_eq!((state.fault, kernels()), (None, vec!["10.7.0.50/24".to_owned()]));
    });
}

#[test]
fn an_address_that_another_host_has_is_declined() {
    let Some(net) = Net::new(&[("10.7.0.1", 24), ("10.7.0.50", 32)]).filter(|_| has("kea-dhcp4")) else {
        return;
    };
    let server = kea(&net, 7, [50, 51], [600, 300, 500]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        let state = reach(&manager, "a conflict", |state| fault(state) == Some(ErrorCode::AddressInUse));
        assert!(state.fault.unwrap().words.contains("10.7.0.50 belongs to "));
        assert_eq!(kernels(), [""; 0], "it is never used");
        let state = reach(&manager, "another address", |state| leased(state).is_some());
        assert_eq!((kernels(), state.fault), (vec!["10.7.0.51/24".to_owned()], None));
        assert!(server.said().contains("DHCP4_DECLINE_LEASE"), "{}", server.said());
        // Later somebody takes that one, too: it is defended, and told.
        net.add("10.7.0.51", 32);
        net.server.run(|| {
            let socket = netcfg::arp::Socket::open(FAR).unwrap();
            socket.send(&netcfg::arp::Arp::announcement(socket.mac, [10, 7, 0, 51].into())).unwrap();
        });
        let state = reach(&manager, "a notice", |state| fault(state) == Some(ErrorCode::AddressInUse));
        assert_eq!(leased(&state), Some([10, 7, 0, 51].into()));
    });
}

#[test]
fn the_lease_from_before_a_reboot_is_asked_for_first() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let server = dnsmasq(&net, 7, &[]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        reach(&manager, "a lease", |state| leased(state).is_some());
        let remembered = manager.lease();
        assert!(remembered.is_some());
        drop(manager);
        // A reboot forgets the address.
        let before = kernels();
        let near = lab::index(NEAR).unwrap();
        let forget = || sys::address::remove(near, remembered.as_ref().unwrap().address.into(), 24).unwrap();
        forget();
        let again = |options| {
            Manager::start(by_dhcp(), Options { remembered: remembered.clone(), ..options }).unwrap()
        };
        let manager = again(net.options());
        reach(&manager, "the lease again", |state| leased(state).is_some());
        assert_eq!(kernels(), before);
        assert_eq!(server.said().matches("DHCPDISCOVER").count(), 1, "asked for at once: {}", server.said());
        drop(manager);
        // It wakes up in another network: the server there refuses, and gives one of its own.
        server.stop();
        forget();
        net.remove("10.7.0.1", 24);
        net.add("10.8.0.1", 24);
        let server = dnsmasq(&net, 8, &[]);
        let manager = again(net.options());
        let state = reach(&manager, "a lease there", |state| leased(state).is_some());
        assert!(kernels()[0].starts_with("10.8.0.") && kernels().len() == 1, "{:?}", kernels());
        assert_eq!((state.fault, routes()), (None, vec!["0.0.0.0/0 via 10.8.0.1".to_owned()]));
        assert!(server.said().contains("DHCPNAK"), "{}", server.said());
    });
}

#[test]
fn a_program_that_starts_again_goes_on_with_the_lease() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let server = dnsmasq(&net, 7, &[]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        reach(&manager, "a lease", |state| leased(state).is_some());
        let (before, remembered) = (kernels(), manager.lease());
        drop(manager);
        let manager = Manager::start(by_dhcp(), Options { remembered, ..net.options() }).unwrap();
        until("a second acknowledgement", || {
            assert_eq!((kernels(), routes().len()), (before.clone(), 1), "never without");
            server.said().matches("DHCPACK").count() >= 2
        });
        reach(&manager, "bound", |state| state.dhcp == Some(Phase::Bound));
        assert_eq!(kernels(), before);
        assert_eq!(manager.lease().unwrap().seconds, 120, "what the server says, not what was guessed");
    });
}

#[test]
fn a_cable_pulled_for_a_moment_cuts_nothing_and_one_in_another_network_does() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let server = dnsmasq(&net, 7, &[]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        reach(&manager, "a lease", |state| leased(state).is_some());
        let before = kernels();
        net.server.run(|| switch(FAR, false).unwrap());
        let state = reach(&manager, "no link", |state| fault(state) == Some(ErrorCode::NoLink));
        assert!(!state.link && kernels() == before);
        net.server.run(|| switch(FAR, true).unwrap());
        until("asked again", || server.said().matches("DHCPREQUEST").count() >= 2);
        reach(&manager, "bound", |state| state.dhcp == Some(Phase::Bound) && state.fault.is_none());
        assert_eq!(kernels(), before);
        assert_eq!(routes(), ["0.0.0.0/0 via 10.7.0.1"]);
        // Now into another switch.
        server.stop();
        net.server.run(|| switch(FAR, false).unwrap());
        reach(&manager, "no link", |state| !state.link);
        net.remove("10.7.0.1", 24);
        net.add("10.8.0.1", 24);
        net.server.run(|| switch(FAR, true).unwrap());
        let _server = dnsmasq(&net, 8, &[]);
        reach(&manager, "a lease there", |state| {
            leased(state).is_some_and(|ip| ip.to_string().starts_with("10.8.0."))
        });
        assert_eq!(kernels().len(), 1, "{:?}", kernels());
    });
}

#[test]
fn a_lease_with_the_waits_of_the_rfcs() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let _server = dnsmasq(&net, 7, &[]);
    net.client.run(|| {
        let start = sys::clock::monotonic();
        let manager = Manager::start(by_dhcp(), Options::new(net.path("resolv.conf"))).unwrap();
        reach(&manager, "a lease", |state| leased(state).is_some());
        // Three probes and silence take four seconds at least (RFC 5227 §1.1).
        assert!(sys::clock::monotonic() - start >= Duration::from_secs(4));
    });
}

#[test]
fn without_a_server_it_is_said_within_seconds() {
    let Some(net) = Net::new(&[]) else { return };
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        let state = reach(&manager, "no lease", |state| fault(state) == Some(ErrorCode::NoLease));
        assert_eq!(state.fault.unwrap().to_string(), "E02 no DHCP lease: no DHCP server answers at m0");
        assert!(state.link);
        // Not an interface at all.
        drop(manager);
        let manager = net.manager(Wanted { interface: "no0".into(), ..by_dhcp() });
        let (state, _) = manager.wait(Duration::from_secs(5), |state| state.fault.is_some());
        assert_eq!(state.fault.unwrap().to_string(), "E01 no link: there is no interface no0");
    });
}
