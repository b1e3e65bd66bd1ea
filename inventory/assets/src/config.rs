//! What goes into an inventory, and how it is to be made.

use std::collections::BTreeMap;
use std::net::IpAddr;

use identity::{Assertion, Knowledge};
use model::{Conversation, Interval, NetworkId};

use crate::classify;
use crate::doc::Zone;

/// What was heard and said. Order and repeats do not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Input<'a> {
    /// Observations, folded or not.
    pub intervals: &'a [Interval],
    /// Conversations; a running total may be given again.
    pub conversations: &'a [Conversation],
    /// What users said about identity.
    pub assertions: &'a [Assertion],
}

/// Class of an address, as the sensor's configuration has it.
pub type ZoneOf<'a> = dyn Fn(NetworkId, IpAddr) -> Zone + 'a;

/// How to make an inventory.
pub struct Config<'a> {
    /// Settings of de-duplication.
    pub identity: identity::Config,
    /// Class of an address ([`default_zone`] when nothing is configured).
    pub zone: &'a ZoneOf<'a>,
    /// Whether an address is configured as given by DHCP (true) or static
    /// (false); `None` when it is not configured.
    pub configured_dhcp: &'a dyn Fn(NetworkId, IpAddr) -> Option<bool>,
    /// Names of networks; 0 is `default`, others `network-N` unless named here.
    pub networks: BTreeMap<NetworkId, String>,
    /// Whether assets carry all their observations (`--why`).
    pub observations: bool,
}

impl Default for Config<'_> {
    fn default() -> Self {
        Config {
            identity: identity::Config::default(),
            zone: &default_zone,
            configured_dhcp: &|_, _| None,
            networks: BTreeMap::new(),
            observations: true,
        }
    }
}

impl Config<'_> {
    /// Whether an address is of the own network, for [`Config::knowledge`].
    pub fn internal(&self) -> impl Fn(NetworkId, IpAddr) -> bool + '_ {
        |network, ip| {
            let zone = (self.zone)(network, ip);
            matches!(zone, Zone::Excluded | Zone::Inventoried | Zone::NonInventoried)
        }
    }

    /// What identity must know, with the answer of [`Config::internal`].
    pub fn knowledge<'k>(&'k self, internal: &'k dyn Fn(NetworkId, IpAddr) -> bool) -> Knowledge<'k> {
        Knowledge { internal, configured_dhcp: self.configured_dhcp, mobile: &classify::is_mobile }
    }

    /// Name of a network.
    pub fn network_name(&self, network: NetworkId) -> String {
        match self.networks.get(&network) {
            Some(name) => name.clone(),
            None if network.0 == 0 => "default".to_owned(),
            None => format!("network-{}", network.0),
        }
    }
}

/// Internal when nothing is configured: private (RFC 1918), shared (RFC 6598),
/// link-local and unique local (RFC 4193) addresses; loopback is left out.
pub fn default_zone(_: NetworkId, ip: IpAddr) -> Zone {
    let internal = match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    match internal {
        _ if ip.is_loopback() => Zone::NonInventoried,
        true => Zone::Inventoried,
        false => Zone::External,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_without_configuration() {
        let zone = |ip: &str| default_zone(NetworkId(0), ip.parse().unwrap());
        for ip in ["10.0.0.1", "172.31.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"]
        {
            assert_eq!(zone(ip), Zone::Inventoried, "{ip}");
        }
        for ip in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            assert_eq!(zone(ip), Zone::External, "{ip}");
        }
    }

    #[test]
    fn networks_have_names() {
        let mut config = Config::default();
        config.networks.insert(NetworkId(3), "cell 3".into());
        let names: Vec<String> = [0, 3, 7].map(|id| config.network_name(NetworkId(id))).into();
        assert_eq!(names, ["default", "cell 3", "network-7"]);
    }
}
