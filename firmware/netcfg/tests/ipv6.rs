//! IPv6 against radvd: addresses and routes by the kernel, name servers by us.

mod common;

use std::time::Duration;

use common::*;
use model::ErrorCode;
use netcfg::manager::How;
use netcfg::{Ipv6, Wanted};

fn slaac() -> Wanted {
    Wanted { ipv6: Ipv6::Slaac, ..fixed(5) }
}

fn by_hand(last: u16) -> Wanted {
    let address = [0x2001, 0xdb8, 7, 0, 0, 0, 0, last].into();
    let gateway = Some([0x2001, 0xdb8, 7, 0, 0, 0, 0, 1].into());
    Wanted { ipv6: Ipv6::Static { address, prefix: 64, gateway }, ..fixed(5) }
}

/// True when this machine has IPv6; otherwise it is said that the test skips.
fn has_ipv6(net: &Net) -> bool {
    let there = net.client.run(|| sys::ipv6::get(NEAR).is_some());
    if !there {
        eprintln!("skipped: no IPv6 on this machine");
    }
    there
}

/// IPv6 addresses beyond the link that the kernel has at the near end.
fn far_reaching() -> Vec<String> {
    let near = lab::index(NEAR).unwrap();
    let all = sys::address::list().unwrap().into_iter();
    let own = all.filter(|one| one.index == near && one.ip.is_ipv6() && !one.link_local());
    own.map(|one| one.ip.to_string()).collect()
}

#[test]
fn an_address_and_name_servers_of_a_router() {
    let Some(net) = Net::new(&[("10.7.0.1", 24), ("2001:db8:7::1", 64)]).filter(|_| has("radvd")) else {
        return;
    };
    if !has_ipv6(&net) {
        return;
    }
    net.server.run(|| std::fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1").unwrap());
    let config = "interface s0 {
        AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 60;
        prefix 2001:db8:7::/64 { AdvValidLifetime 600; AdvPreferredLifetime 300; };
        RDNSS 2001:db8:7::53 fe80::53 { AdvRDNSSLifetime 60; };
        DNSSL plant.example b.example { AdvDNSSLLifetime 60; };
    };\n";
    let config = net.write("radvd.conf", config);
    let pid = net.path("radvd.pid");
    let arguments = ["-n", "-m", "stderr", "-C", config.to_str().unwrap(), "-p", pid.to_str().unwrap()];
    let _router = net.start("radvd", &arguments);
    net.client.run(|| {
        let manager = net.manager(Wanted { dns: vec!["10.7.0.53".parse().unwrap()], ..slaac() });
        let made = |how: &How| matches!(how, How::Slaac(Some(_)));
        let state = reach(&manager, "an address and name servers", |state| {
            state.addresses.iter().any(|held| made(&held.how)) && state.dns.len() == 3 && state.gateways.len() == 2
        });
        let held = state.addresses.iter().find(|held| made(&held.how)).unwrap();
        assert!(held.ip.to_string().starts_with("2001:db8:7:") && held.prefix == 64, "{held:?}");
        assert_eq!(
            net.resolv_conf(),
            "# Written by Stillwatch.\nnameserver 10.7.0.53\nnameserver 2001:db8:7::53\nnameserver fe80::53%m0\n\
             search plant.example b.example\n",
        );
        assert!(state.addresses.iter().any(|held| held.how == How::LinkLocal));
        assert_eq!(state.fault, None);
        let gateway = state.gateways.iter().find(|gateway| gateway.is_ipv6()).unwrap();
        let std::net::IpAddr::V6(gateway) = *gateway else { panic!("{gateway}") };
        assert!(netcfg::nd::reaches(NEAR, gateway, Duration::from_secs(3)).unwrap());
        assert!(!netcfg::nd::reaches(NEAR, "fe80::77".parse().unwrap(), Duration::from_millis(300)).unwrap());
        // By hand: routers are not listened to any more; then not at all.
        manager.change(by_hand(9)).unwrap();
        reach(&manager, "the address set by hand", |state| {
            state.addresses.iter().any(|held| held.ip.to_string() == "2001:db8:7::9" && held.how == How::Static)
        });
        assert_eq!((far_reaching(), manager.state().dns.len()), (vec!["2001:db8:7::9".to_owned()], 0));
        manager.change(fixed(5)).unwrap();
        assert_eq!(manager.state().addresses.len(), 1);
        assert_eq!(far_reaching(), [""; 0]);
        manager.change(slaac()).unwrap();
        reach(&manager, "an address again", |state| state.addresses.iter().any(|held| made(&held.how)));
    });
}

#[test]
fn an_address_that_another_host_has_is_told() {
    let Some(net) = Net::new(&[("10.7.0.1", 24), ("2001:db8:7::9", 64)]) else { return };
    if !has_ipv6(&net) {
        return;
    }
    net.client.run(|| {
        // The other host has to have it first, or it is the one that finds us.
        lab::switch(NEAR, true).unwrap();
        let settled = || {
            sys::address::list()
                .unwrap()
                .iter()
                .all(|one| one.ip.is_ipv4() || one.permanent() && !one.tentative())
        };
        until("the other host's address is its own", || net.server.run(settled));
        let manager = net.manager(by_hand(9));
        let state = reach(&manager, "a conflict", |state| {
            state.fault.as_ref().is_some_and(|fault| fault.code == ErrorCode::AddressInUse)
        });
        assert_eq!(state.fault.unwrap().words, "2001:db8:7::9 belongs to another host");
        manager.change(by_hand(8)).unwrap();
        reach(&manager, "a free one", |state| {
            state.fault.is_none() && state.addresses.iter().any(|held| held.ip.to_string() == "2001:db8:7::8")
        });
    });
}
