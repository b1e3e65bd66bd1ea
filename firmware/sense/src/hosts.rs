//! The addresses that facts speak of: since when each is known, and whether it
//! may be told of. Bounded; an address goes with the last fact of it.

use std::net::IpAddr;
use std::ops::Range;

use model::{NetworkId, Sighting, Time};
use zones::{Zone, Zones};

use crate::index::Index;
use crate::key;
use crate::local;
use crate::slab::room;

/// No host.
pub const NONE: u32 = u32::MAX;

/// VLANs remembered of one address.
const VLANS: usize = 4;

/// One address.
#[derive(Clone, Debug)]
pub struct Host {
    /// The address alone.
    pub sighting: Sighting,
    /// When it was heard of first, and last as far as was looked.
    pub first: Time,
    pub last: Time,
    /// It sent something or proved to be there; not only spoken of by others.
    pub heard: bool,
    /// Outer VLANs it was heard on.
    pub vlans: heapless::Vec<u16, VLANS>,
    /// Zone of an IP address; of a MAC: the best zone of the IP addresses it
    /// proved to have. `None`: not looked up, or no address known.
    pub zone: Option<Zone>,
    /// Facts that speak of it; 0: the place is free.
    facts: u32,
}

impl Host {
    /// Its IP address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.sighting.ip
    }

    /// True for an address that is inventoried, or a MAC without any address that is not.
    pub fn is_inventoried(&self) -> bool {
        match self.zone {
            Some(zone) => zone == Zone::Inventoried,
            None => self.sighting.ip.is_none(),
        }
    }

    /// True for what counts as one host: an IP address, or a MAC that has none.
    pub fn counts(&self) -> bool {
        self.facts != 0 && (self.sighting.ip.is_some() || self.zone.is_none())
    }
}

/// The addresses.
pub struct Hosts {
    index: Index,
    hosts: Vec<Host>,
    free: Vec<u32>,
}

impl Hosts {
    /// Room for that many.
    pub fn new(count: usize) -> Hosts {
        Hosts { index: Index::new(count), hosts: Vec::with_capacity(count), free: Vec::with_capacity(count) }
    }

    /// Addresses of its memory, but for the index.
    pub fn region(&self) -> Range<usize> {
        room(&self.hosts)
    }

    /// Addresses known, and for how many there is room.
    pub fn fill(&self) -> [usize; 2] {
        [self.hosts.len() - self.free.len(), self.hosts.capacity()]
    }

    /// Every address known.
    pub fn iter(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|host| host.facts != 0)
    }

    /// The host with this number.
    pub fn get(&self, number: u32) -> Option<&Host> {
        self.hosts.get(number as usize)
    }

    /// See [`Hosts::get`].
    pub fn get_mut(&mut self, number: u32) -> Option<&mut Host> {
        self.hosts.get_mut(number as usize)
    }

    /// The host with this address.
    pub fn find(&self, network: NetworkId, ip: IpAddr) -> Option<&Host> {
        let wanted = Sighting { network, mac: None, ip: Some(ip) };
        let same = |place: usize| self.hosts[place].sighting == wanted;
        self.index.find(key::sighting(&wanted), same).ok().map(|place| &self.hosts[place])
    }

    /// Both addresses of a sighting, its MAC first, as places that one more fact
    /// speaks of; `None` when there is no room for one of them.
    pub fn refer(&mut self, sighting: &Sighting, time: Time) -> Option<[u32; 2]> {
        let Sighting { network, mac, ip } = *sighting;
        let mac = match mac {
            Some(_) => self.refer_one(Sighting { network, mac, ip: None }, time)?,
            None => NONE,
        };
        let Some(_) = ip else { return Some([mac, NONE]) };
        match self.refer_one(Sighting { network, mac: None, ip }, time) {
            Some(ip) => Some([mac, ip]),
            None => {
                self.forget([mac, NONE]);
                None
            }
        }
    }

    fn refer_one(&mut self, sighting: Sighting, time: Time) -> Option<u32> {
        let hash = key::sighting(&sighting);
        let slot = match self.index.find(hash, |place| self.hosts[place].sighting == sighting) {
            Ok(place) => {
                let host = &mut self.hosts[place];
                host.facts += 1;
                host.first = host.first.min(time);
                return Some(place as u32);
            }
            Err(slot) => slot,
        };
        let host = Host {
            sighting,
            first: time,
            last: time,
            heard: false,
            vlans: heapless::Vec::new(),
            zone: None,
            facts: 1,
        };
        let place = match self.free.pop() {
            Some(place) => {
                self.hosts[place as usize] = host;
                place
            }
            None if self.hosts.len() == self.hosts.capacity() => return None,
            None => {
                self.hosts.push(host);
                self.hosts.len() as u32 - 1
            }
        };
        self.index.file(slot, hash, place as usize);
        Some(place)
    }

    /// A fact that spoke of these places is gone.
    pub fn forget(&mut self, places: [u32; 2]) {
        for place in places {
            let Some(host) = self.hosts.get_mut(place as usize) else { continue };
            host.facts -= 1;
            if host.facts == 0 {
                self.index.remove(key::sighting(&host.sighting), place as usize);
                self.free.push(place);
            }
        }
    }

    /// Looks up the zone of an IP address that has none yet.
    pub fn place(&mut self, number: u32, zones: &Zones) {
        if let Some(host) = self.get_mut(number)
            && host.zone.is_none()
        {
            host.zone = host.sighting.ip.map(|ip| zones.place(ip).zone);
        }
    }

    /// A MAC proved to have an IP address: it is where its best address is. Link-local
    /// ones, which every host has, say nothing of where it is unless they are inventoried.
    pub fn bind(&mut self, [mac, ip]: [u32; 2]) {
        let Some(zone) = self.get(ip).and_then(|host| host.zone) else { return };
        let everywhere = self.get(ip).and_then(Host::ip).is_some_and(local::is_link_local);
        if everywhere && zone != Zone::Inventoried {
            return;
        }
        if let Some(mac) = self.get_mut(mac) {
            let best = |zone: Zone| (zone != Zone::Inventoried, zone);
            mac.zone = Some(mac.zone.map_or(zone, |held| if best(zone) < best(held) { zone } else { held }));
        }
    }

    /// Zones have changed: all are to be looked up again.
    pub fn forget_zones(&mut self) {
        self.hosts.iter_mut().for_each(|host| host.zone = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Mac;

    fn sighting(mac: u8, ip: u8) -> Sighting {
        let mac = (mac != 0).then_some(Mac([2, 0, 0, 0, 0, mac]));
        Sighting { network: NetworkId(1), mac, ip: (ip != 0).then_some([10, 0, 0, ip].into()) }
    }

    #[test]
    fn an_address_goes_with_its_last_fact_and_its_place_is_used_again() {
        let mut hosts = Hosts::new(3);
        let both = hosts.refer(&sighting(1, 1), Time(50)).unwrap();
        let again = hosts.refer(&sighting(0, 1), Time(40)).unwrap();
        assert_eq!((both[1], again), (again[1], [NONE, both[1]]));
        assert_eq!(hosts.find(NetworkId(1), [10, 0, 0, 1].into()).unwrap().first, Time(40));
        assert!(hosts.refer(&sighting(2, 2), Time(1)).is_none(), "room for one of the two");
        assert_eq!(hosts.fill(), [2, 3], "so none was taken");
        hosts.forget(both);
        assert!(hosts.find(NetworkId(1), [10, 0, 0, 1].into()).is_some());
        hosts.forget(again);
        assert_eq!((hosts.fill(), hosts.iter().count()), ([0, 3], 0));
        hosts.refer(&sighting(2, 2), Time(1)).unwrap();
        assert_eq!(hosts.fill(), [2, 3]);
        assert!(hosts.find(NetworkId(0), [10, 0, 0, 2].into()).is_none(), "another network");
    }

    #[test]
    fn a_mac_is_where_its_best_address_is() {
        let zones = Zones::new(&zones::Config {
            internal: vec![zones::Group::new("a", &["10.0.0.0/31"], zones::InventoryMode::Inventoried)],
            ..zones::Config::default()
        });
        let mut hosts = Hosts::new(8);
        let outside = hosts.refer(&sighting(1, 9), Time(1)).unwrap();
        let inside = hosts.refer(&sighting(1, 1), Time(1)).unwrap();
        let told = |hosts: &Hosts| hosts.get(inside[0]).unwrap().is_inventoried();
        assert!(told(&hosts), "nothing speaks against it yet");
        for [mac, ip] in [outside, inside] {
            hosts.place(ip, &zones);
            hosts.bind([mac, ip]);
            assert_eq!(told(&hosts), ip == inside[1]);
        }
        hosts.bind(outside);
        assert!(told(&hosts));
    }
}
