//! Identity keys: what may say that two observations are of one device.

use std::fmt;
use std::net::IpAddr;

use model::{Mac, MacKind, NetworkId, Time};
use serde::{Deserialize, Serialize};

/// One key. The order of the variants is the order of strength, the strongest
/// first: it decides which key names an asset and which is cut first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Key {
    /// Id an agent gives its host, learnt by watching a scanner ask for it
    /// (reserved: nothing emits it yet).
    Correlation {
        /// The id as text.
        id: String,
    },
    /// A MAC from an IEEE block: one device in every network.
    Mac {
        /// The address.
        mac: Mac,
    },
    /// A DHCP client identifier or DUID that is not made of a MAC: it stays when
    /// a private MAC changes. A key only between private MACs.
    ClientId {
        /// Address space it was heard in.
        network: NetworkId,
        /// Written form as observed (`duid:…`, `text:…`, `hex:…`).
        id: String,
    },
    /// A locally administered MAC: valid inside its network only, because made-up
    /// addresses repeat (virtual machines of identical cells).
    LocalMac {
        /// Address space it was heard in.
        network: NetworkId,
        /// The address.
        mac: Mac,
    },
    /// An address from `since` until its next owner.
    Ip {
        /// Address space it belongs to.
        network: NetworkId,
        /// The address.
        ip: IpAddr,
        /// When its last proven owner before this one had lost it; zero: there was none.
        since: Time,
    },
    /// A name the host gave itself, normalised (`config::Names`).
    Hostname {
        /// Lower case, without a configured domain.
        name: String,
    },
}

impl Key {
    /// The key of a MAC heard in a network; `None` for group addresses.
    pub fn of_mac(network: NetworkId, mac: Mac) -> Option<Key> {
        match mac.kind() {
            MacKind::Universal if mac.is_host() => Some(Key::Mac { mac }),
            MacKind::Local => Some(Key::LocalMac { network, mac }),
            MacKind::Universal | MacKind::Group => None,
        }
    }

    /// The key of an address that had no earlier owner.
    pub fn of_ip(network: NetworkId, ip: IpAddr) -> Key {
        Key::Ip { network, ip, since: Time(0) }
    }

    /// The MAC, when it is one.
    pub fn mac(&self) -> Option<Mac> {
        match self {
            Key::Mac { mac } | Key::LocalMac { mac, .. } => Some(*mac),
            _ => None,
        }
    }

    /// Kind in words: `correlation_id`, `mac`, `client_id`, `ip`, `hostname`.
    pub fn kind(&self) -> &'static str {
        match self {
            Key::Correlation { .. } => "correlation_id",
            Key::Mac { .. } | Key::LocalMac { .. } => "mac",
            Key::ClientId { .. } => "client_id",
            Key::Ip { .. } => "ip",
            Key::Hostname { .. } => "hostname",
        }
    }
}

/// The value alone, as people write it (`a4:bb:6d:00:00:1c`, `10.0.0.5`).
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Correlation { id } | Key::ClientId { id, .. } => f.write_str(id),
            Key::Mac { mac } | Key::LocalMac { mac, .. } => write!(f, "{mac}"),
            Key::Ip { ip, .. } => write!(f, "{ip}"),
            Key::Hostname { name } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_macs_are_keys_of_their_network_only() {
        let (a, b) = (NetworkId(1), NetworkId(2));
        let local = Mac([2, 0, 0, 0, 0, 1]);
        let universal = Mac([0, 0x1b, 0x1b, 0, 0, 1]);
        assert_ne!(Key::of_mac(a, local), Key::of_mac(b, local));
        assert_eq!(Key::of_mac(a, universal), Key::of_mac(b, universal));
        assert_eq!(Key::of_mac(a, Mac([1, 0, 0x5e, 0, 0, 1])), None);
        assert_eq!(Key::of_mac(a, Mac([0; 6])), None);
    }

    #[test]
    fn stronger_keys_sort_first() {
        let mac = Key::Mac { mac: Mac([0, 0x1b, 0x1b, 0, 0, 1]) };
        let ip = Key::of_ip(NetworkId(0), "10.0.0.1".parse().unwrap());
        let name = Key::Hostname { name: "a".into() };
        assert!(mac < ip && ip < name);
    }
}
