//! Telling how things stand: the state that faces show, and the file of name servers.

use std::net::IpAddr;
use std::time::Duration;

use model::Time;

use super::engine::Engine;
use super::fault;
use super::state::{Held, How, State};
use crate::dhcp::Client;
use crate::error::Fault;
use crate::resolver::Resolver;
use crate::seen::Interface;

impl Engine {
    /// Writes the name servers, and publishes the state if it is another one.
    pub(super) fn report(&mut self, now: Duration) {
        let resolver = self.resolver();
        if let Err(error) = resolver.write(&self.options.resolv_conf) {
            let path = self.options.resolv_conf.display();
            self.failed.push(format!("cannot write the name servers to {path}: {error}"));
        }
        let state = self.state(&resolver, now);
        let (lock, changed) = &*self.shared;
        let mut shared = lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if *shared != state {
            *shared = state;
            changed.notify_all();
        }
    }

    /// Set by hand, then leased, then advertised.
    fn resolver(&self) -> Resolver {
        let lease = self.client.as_ref().and_then(Client::lease);
        let leased = lease.into_iter().flat_map(|lease| lease.dns.iter().copied().map(IpAddr::from));
        let advertised = self.heard.dns().map(IpAddr::from);
        let servers = self.wanted.dns.iter().copied().chain(leased).chain(advertised);
        let mut search = vec![self.wanted.search.clone()];
        if self.wanted.search.is_empty() {
            search = lease.map(|lease| lease.domain.clone()).into_iter().collect();
            search.extend(self.heard.search().map(str::to_owned));
            search.retain(|name| !name.is_empty());
        }
        Resolver::new(&self.wanted.top(), servers, search)
    }

    fn state(&self, resolver: &Resolver, now: Duration) -> State {
        let lease = self.client.as_ref().and_then(Client::lease);
        let mut ntp = self.wanted.ntp.clone();
        if ntp.is_empty() {
            ntp = lease.iter().flat_map(|lease| &lease.ntp).map(ToString::to_string).collect();
        }
        let top = self.top();
        let mut problems = self.failed.clone();
        problems.extend(self.refused.iter().map(|(_, _, words)| words.clone()));
        State {
            interface: self.wanted.top(),
            mac: top.and_then(|top| top.link.mac),
            link: top.is_some_and(|top| top.link.up() && top.link.carrier),
            speed: self.seen.speed.and_then(|settings| settings.speed),
            full_duplex: self.seen.speed.and_then(|settings| settings.full_duplex),
            mtu: top.map_or(0, |top| top.link.mtu),
            addresses: top.map(|top| self.addresses(top, now)).unwrap_or_default(),
            gateways: top.map(Interface::gateways).unwrap_or_default(),
            dns: resolver.servers.iter().map(|server| server.ip).collect(),
            search: resolver.search.clone(),
            ntp,
            lease: lease.cloned(),
            dhcp: self.client.as_ref().map(Client::phase),
            fault: self.fault(now),
            problems,
            orders: self.orders,
        }
    }

    fn addresses(&self, top: &Interface, now: Duration) -> Vec<Held> {
        let leased = self.client.as_ref().and_then(Client::lease).map(|lease| IpAddr::from(lease.address));
        let ends = self.client.as_ref().and_then(Client::ends);
        // To the second: the state is news only when something is.
        let wall = |left: Duration| {
            let at = (Duration::from_nanos(sys::clock::wall()) + left).as_secs_f64().round();
            Time::new(at as u64, 0)
        };
        let usable = top.addresses.iter().filter(|one| !one.tentative() && !one.duplicate());
        let held = usable.map(|one| {
            let how = match one.ip {
                ip if Some(ip) == leased => How::Dhcp(ends.map(|ends| wall(ends.saturating_sub(now)))),
                _ if one.link_local() => How::LinkLocal,
                IpAddr::V6(_) if !one.permanent() => {
                    How::Slaac(one.valid.map(|left| wall(Duration::from_secs(left.into()))))
                }
                _ => How::Static,
            };
            Held { ip: one.ip, prefix: one.prefix, how }
        });
        held.collect()
    }

    /// The first cause: what follows from it is not told.
    fn fault(&self, now: Duration) -> Option<Fault> {
        let top = self.top();
        let name = self.wanted.top();
        if let Some(found) = fault::link(&name, top) {
            return Some(found);
        }
        if let Some((ip, by)) = self.taken() {
            return Some(fault::in_use(ip.into(), Some(by)));
        }
        if self.client.as_ref().is_some_and(|client| client.lease().is_none()) {
            if let Some(trouble) = &self.trouble {
                return Some(trouble.clone());
            }
            let patience = self.options.timing.first * 2;
            if self.without_lease().is_some_and(|since| now.saturating_sub(since) >= patience) {
                return Some(fault::no_lease(&name, "no DHCP server answers"));
            }
        }
        if let Some(twice) = top.and_then(|top| top.addresses.iter().find(|one| one.duplicate())) {
            return Some(fault::in_use(twice.ip, None));
        }
        self.notice.as_ref().filter(|(_, until)| now < *until).map(|(told, _)| told.clone())
    }
}
