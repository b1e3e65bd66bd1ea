//! Static addresses, changes and going back, at a real cable.

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::*;
use lab::switch;
use model::ErrorCode;
use netcfg::manager::How;
use netcfg::{Error, Ipv4, Manager, Route, Wanted, arp};

fn code(done: Result<(), Error>) -> Option<ErrorCode> {
    match done {
        Err(Error::Fault(fault)) => Some(fault.code),
        Err(other) => panic!("{other}"),
        Ok(()) => None,
    }
}

/// Waits until the address of a wish is used.
fn used(manager: &Manager) {
    reach(manager, "a static address", |state| state.addresses.iter().any(|held| held.how == How::Static));
}

#[test]
fn a_taken_address_is_refused_and_nothing_changes() {
    let Some(net) = Net::new(&[("10.7.0.1", 24), ("10.7.0.9", 32)]) else { return };
    net.client.run(|| {
        let manager = net.manager(fixed(5));
        used(&manager);
        assert_eq!(
            (kernels(), routes()),
            (vec!["10.7.0.5/24".into()], vec!["0.0.0.0/0 via 10.7.0.1".into()])
        );
        let done = manager.change(fixed(9));
        assert!(
            done.as_ref().unwrap_err().to_string().starts_with("E03 address in use: 10.7.0.9 belongs to ")
        );
        assert_eq!(code(done), Some(ErrorCode::AddressInUse));
        assert_eq!(
            (kernels(), routes()),
            (vec!["10.7.0.5/24".into()], vec!["0.0.0.0/0 via 10.7.0.1".into()])
        );
        assert_eq!(manager.state().fault, None, "what is used is well");
        // A free one is taken, and going back is a change like any other.
        assert_eq!(code(manager.change(fixed(6))), None);
        assert_eq!(
            (kernels(), routes()),
            (vec!["10.7.0.6/24".into()], vec!["0.0.0.0/0 via 10.7.0.1".into()])
        );
        assert_eq!(code(manager.change(fixed(5))), None);
        assert_eq!(kernels(), ["10.7.0.5/24"]);
    });
}

#[test]
fn an_address_that_is_taken_at_boot_is_not_used() {
    let Some(net) = Net::new(&[("10.7.0.1", 24), ("10.7.0.9", 32)]) else { return };
    net.client.run(|| {
        let manager = net.manager(fixed(9));
        let state = reach(&manager, "a conflict", |state| {
            state.fault.as_ref().is_some_and(|f| f.code == ErrorCode::AddressInUse)
        });
        assert_eq!((kernels(), state.addresses), (vec![], vec![]));
        assert_eq!(
            arp::probe(NEAR, [10, 7, 0, 9].into(), arp::Timing::QUICK)
                .unwrap()
                .map(|mac| mac.to_string())
                .unwrap()
                .len(),
            17
        );
        assert_eq!(arp::probe(NEAR, [10, 7, 0, 10].into(), arp::Timing::QUICK).unwrap(), None);
    });
}

#[test]
fn a_silent_gateway_is_found_out() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]) else { return };
    net.client.run(|| {
        let manager = net.manager(fixed(5));
        used(&manager);
        manager.check_gateway(Duration::from_secs(3)).unwrap();
        let wanted = Wanted {
            ipv4: Ipv4::Static {
                address: [10, 7, 0, 5].into(),
                prefix: 24,
                gateway: Some([10, 7, 0, 77].into()),
            },
            ..fixed(5)
        };
        assert_eq!(code(manager.change(wanted)), None);
        assert_eq!(
            (kernels(), routes()),
            (vec!["10.7.0.5/24".into()], vec!["0.0.0.0/0 via 10.7.0.77".into()])
        );
        let done = manager.check_gateway(Duration::from_millis(300));
        assert_eq!(
            done.as_ref().unwrap_err().to_string(),
            "E04 gateway silent: 10.7.0.77 does not answer at m0"
        );
        assert_eq!(code(manager.change(fixed(5))), None);
        manager.check_gateway(Duration::from_secs(3)).unwrap();
    });
}

#[test]
fn a_program_that_starts_again_cuts_nothing_and_keeps_what_is_wanted() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]) else { return };
    net.client.run(|| {
        let route =
            Route { destination: [10, 9, 0, 0].into(), prefix: 16, gateway: Some([10, 7, 0, 8].into()) };
        let wanted = Wanted { mtu: Some(1400), routes: vec![route], ..fixed(5) };
        let manager = net.manager(wanted.clone());
        used(&manager);
        drop(manager);
        // A stray address, and the right one is looked after again, without being taken away.
        let near = lab::index(NEAR).unwrap();
        sys::address::add(near, "10.7.0.66".parse().unwrap(), 24).unwrap();
        let manager = net.manager(wanted);
        let state =
            reach(&manager, "only the right one", |state| state.orders == 0 && state.addresses.len() == 1);
        assert_eq!((state.mtu, kernels()), (1400, vec!["10.7.0.5/24".to_owned()]));
        assert_eq!(routes(), ["0.0.0.0/0 via 10.7.0.1", "10.9.0.0/16 via 10.7.0.8"]);
        // What somebody takes away comes back.
        sys::address::remove(near, "10.7.0.5".parse().unwrap(), 24).unwrap();
        until("it is back", || kernels() == ["10.7.0.5/24"] && routes().len() == 2);
    });
}

#[test]
fn without_a_link_a_change_is_applied_when_there_is_one() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]) else { return };
    net.client.run(|| {
        net.server.run(|| switch(FAR, false).unwrap());
        let manager = net.manager(by_dhcp());
        reach(&manager, "no link", |state| state.fault.as_ref().is_some_and(|f| f.code == ErrorCode::NoLink));
        assert_eq!(code(manager.change(fixed(5))), None);
        assert_eq!(code(manager.check_gateway(Duration::from_millis(100))), Some(ErrorCode::NoLink));
        net.server.run(|| switch(FAR, true).unwrap());
        used(&manager);
        assert_eq!(kernels(), ["10.7.0.5/24"]);
    });
}

#[test]
fn from_dhcp_to_static_and_back_to_the_same_lease() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]).filter(|_| has("dnsmasq")) else { return };
    let server = dnsmasq(&net, 7, &[]);
    net.client.run(|| {
        let manager = net.manager(by_dhcp());
        reach(&manager, "a lease", |state| leased(state).is_some());
        let before = kernels();
        assert_eq!(code(manager.change(fixed(5))), None);
        assert_eq!(kernels(), ["10.7.0.5/24"]);
        // Name servers alone: nothing else is touched.
        let dns = Wanted { dns: vec!["10.7.0.53".parse().unwrap()], search: "a.example".into(), ..fixed(5) };
        assert_eq!(code(manager.change(dns)), None);
        assert_eq!(net.resolv_conf(), "# Written by Stillwatch.\nnameserver 10.7.0.53\nsearch a.example\n");
        assert_eq!(code(manager.change(by_dhcp())), None);
        reach(&manager, "the lease again", |state| leased(state).is_some());
        assert_eq!(kernels(), before);
        assert_eq!(server.said().matches("DHCPDISCOVER").count(), 1, "{}", server.said());
        assert!(!server.said().contains("DHCPRELEASE"), "so that it can be gone back to");
    });
}

#[test]
fn a_flood_of_arp_does_not_keep_it_from_its_work() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]) else { return };
    let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            net.server.run(|| {
                let other =
                    arp::Arp::announcement(arp::Mac([2, 9, 9, 9, 9, 9]), [10, 7, 0, 99].into()).frame();
                let sender = lab::Sender::new(FAR).unwrap();
                while !over.load(Ordering::Relaxed) {
                    // Without a carrier yet, nothing gets out.
                    sent.fetch_add(sender.burst(&other).unwrap_or(0), Ordering::Relaxed);
                }
            });
        });
        // Ends the flood also when something here fails.
        let _over = Over(&over);
        net.client.run(|| {
            let manager = net.manager(fixed(5));
            used(&manager);
            let before = sent.load(Ordering::Relaxed);
            assert_eq!(code(manager.change(fixed(6))), None);
            assert_eq!(kernels(), ["10.7.0.6/24"]);
            until("thousands of frames", || sent.load(Ordering::Relaxed) > before + 10_000);
            assert_eq!(manager.state().fault, None);
        });
    });
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn another_port_becomes_the_management_port() {
    let Some(net) = Net::new(&[("10.7.0.1", 24)]) else { return };
    net.client.cable("m1", &net.server, "s1").unwrap();
    net.server.run(|| switch("s1", true).unwrap());
    net.client.run(|| {
        let manager = net.manager(fixed(5));
        used(&manager);
        assert_eq!(code(manager.change(Wanted { interface: "m1".into(), ..fixed(5) })), None);
        let state =
            reach(&manager, "the other port", |state| state.interface == "m1" && !state.addresses.is_empty());
        assert_eq!((kernels(), routes()), (vec![], vec![]), "nothing is left at the first");
        assert_eq!((state.addresses[0].ip.to_string(), state.fault), ("10.7.0.5".to_owned(), None));
        assert_eq!(code(manager.change(fixed(5))), None);
        used(&manager);
        assert_eq!(kernels(), ["10.7.0.5/24"]);
    });
}

#[test]
fn a_vlan_carries_the_address() {
    let Some(net) = Net::new(&[]) else { return };
    let made = net.server.run(|| sys::vlan::add(lab::index(FAR).unwrap(), "s0.100", 100));
    if let Err(error) = made {
        eprintln!("skipped: this kernel has no VLAN interfaces: {error}");
        // Even so, what the kernel refuses is told.
        net.client.run(|| {
            let manager = net.manager(by_dhcp());
            reach(&manager, "a link", |state| state.link);
            let error = manager.change(Wanted { vlan: Some(100), ..fixed(5) }).unwrap_err();
            assert!(error.to_string().starts_with("cannot make m0.100 for VLAN 100 on m0: "), "{error}");
            assert!(!manager.state().problems.is_empty());
            manager.change(fixed(6)).unwrap();
            used(&manager);
            assert_eq!(manager.state().problems, [""; 0]);
        });
        return;
    }
    net.server.run(|| {
        switch("s0.100", true).unwrap();
        sys::address::add(lab::index("s0.100").unwrap(), "10.7.0.1".parse().unwrap(), 24).unwrap();
    });
    net.client.run(|| {
        let manager = net.manager(fixed(5));
        used(&manager);
        assert_eq!(code(manager.change(Wanted { vlan: Some(100), ..fixed(5) })), None);
        used(&manager);
        assert_eq!(kernels(), [""; 0], "nothing below it");
        manager.check_gateway(Duration::from_secs(3)).unwrap();
        assert_eq!(code(manager.change(fixed(5))), None);
        used(&manager);
        assert_eq!(kernels(), ["10.7.0.5/24"]);
        assert!(sys::vlan::list().unwrap().is_empty());
    });
}
