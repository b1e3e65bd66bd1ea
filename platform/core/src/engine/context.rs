//! What the engine must be told by those who keep the configuration.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use assets::Zone;
use model::NetworkId;
use store::SensorNumber;

/// Class of an address.
pub type ZoneOf = dyn Fn(NetworkId, IpAddr) -> Zone + Send + Sync;
/// Whether an address is configured as given by DHCP (true) or static (false).
pub type DhcpOf = dyn Fn(NetworkId, IpAddr) -> Option<bool> + Send + Sync;

/// A configuration, as documents are made from it.
#[derive(Clone)]
pub struct Context {
    /// The same text: the same documents. Another one makes every asset anew.
    /// Names of sensors do not belong in it.
    pub digest: String,
    /// Class of an address.
    pub zone: Arc<ZoneOf>,
    /// DHCP or static, as configured.
    pub configured_dhcp: Arc<DhcpOf>,
    /// Settings of de-duplication.
    pub identity: identity::Config,
    /// Names of networks.
    pub networks: BTreeMap<NetworkId, String>,
    /// Names of sensors.
    pub sensors: BTreeMap<SensorNumber, String>,
}

impl Default for Context {
    fn default() -> Context {
        Context {
            digest: String::new(),
            zone: Arc::new(assets::default_zone),
            configured_dhcp: Arc::new(|_, _| None),
            identity: identity::Config::default(),
            networks: BTreeMap::new(),
            sensors: BTreeMap::new(),
        }
    }
}

impl Context {
    /// As the inventory wants it.
    pub fn config(&self) -> assets::Config<'_> {
        assets::Config {
            identity: self.identity.clone(),
            zone: &*self.zone,
            configured_dhcp: &*self.configured_dhcp,
            networks: self.networks.clone(),
            observations: true,
        }
    }

    /// A network's number by its name.
    pub fn network_named(&self, name: &str) -> Option<NetworkId> {
        let named = self.networks.iter().find(|(_, known)| *known == name).map(|(id, _)| *id);
        // As `assets::Config::network_name` calls those without a name.
        named.or_else(|| match name {
            "default" => Some(NetworkId(0)),
            _ => name.strip_prefix("network-")?.parse().ok().map(NetworkId),
        })
    }
}
