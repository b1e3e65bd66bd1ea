//! What an operator may set about identity.

use std::collections::BTreeSet;

use model::Time;
use serde::{Deserialize, Serialize};

/// Settings of de-duplication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Domains of this sensor: `johndoe` equals `johndoe.somedomain.org` only if
    /// `somedomain.org` is among them (in any case, no dots at the ends).
    pub domains: BTreeSet<String>,
    /// Names that never match, in any case. Adding one splits what it had glued.
    pub excluded_hostnames: BTreeSet<String>,
    /// Names that makers ship on many devices, lower case: excluded too, unless taken out here.
    pub factory_hostnames: BTreeSet<String>,
    /// *IP inactivity time* in seconds: how far apart two sightings of a DHCP
    /// address may be when no lease was heard.
    pub ip_inactivity: u64,
    /// A MAC with that many hostnames of one source is a shared dock or adapter
    /// and no longer joins by hostname.
    pub shared_mac_hostnames: usize,
    /// Components with more keys are cut at their weakest kind of key.
    pub max_component_keys: usize,
}

/// Names that makers ship on many devices; compared after normalisation.
pub const FACTORY_HOSTNAMES: &[&str] = &[
    "android",
    "debian",
    "default",
    "dietpi",
    "esp32",
    "esp8266",
    "espressif",
    "fedora",
    "homeassistant",
    "ipad",
    "iphone",
    "kali",
    "localhost",
    "localhost.localdomain",
    "macbook",
    "macbookair",
    "macbookpro",
    "openwrt",
    "opnsense",
    "pfsense",
    "raspberrypi",
    "router",
    "switch",
    "ubuntu",
    "unknown",
    "wlan0",
    "wpad",
];

impl Default for Config {
    fn default() -> Config {
        Config {
            domains: BTreeSet::new(),
            excluded_hostnames: BTreeSet::new(),
            factory_hostnames: FACTORY_HOSTNAMES.iter().map(|name| (*name).to_owned()).collect(),
            ip_inactivity: 24 * 3_600,
            shared_mac_hostnames: 3,
            max_component_keys: 1_000,
        }
    }
}

impl Config {
    /// `ip_inactivity` in nanoseconds.
    pub(crate) fn inactivity(&self) -> u64 {
        self.ip_inactivity.saturating_mul(Time::SECOND)
    }

    /// The name as a key: lower case, no trailing dot, no configured domain.
    /// `None` when it names nobody in particular: empty, excluded (in either
    /// form), an address, or a random UUID as browsers publish by mDNS.
    pub fn hostname(&self, name: &str) -> Option<String> {
        let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
        let (label, domain) = name.split_once('.').unwrap_or((&name, ""));
        let known =
            |list: &BTreeSet<String>, text: &str| list.iter().any(|one| one.eq_ignore_ascii_case(text));
        let key = if known(&self.domains, domain) { label } else { &name };
        let excluded =
            |name: &str| self.factory_hostnames.contains(name) || known(&self.excluded_hostnames, name);
        let named = !label.is_empty()
            && name.parse::<std::net::IpAddr>().is_err()
            && !is_uuid(label)
            && !excluded(key)
            && !excluded(&name);
        named.then(|| key.to_owned())
    }
}

/// True for 8-4-4-4-12 hexadecimal digits (RFC 9562 text form).
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_count_only_when_configured() {
        let mut config = Config::default();
        assert_eq!(config.hostname("JohnDoe.SomeDomain.org."), Some("johndoe.somedomain.org".into()));
        config.domains.insert("SomeDomain.org".into());
        assert_eq!(config.hostname("JohnDoe.SomeDomain.org"), Some("johndoe".into()));
        assert_eq!(config.hostname("johndoe.other.org"), Some("johndoe.other.org".into()));
    }

    #[test]
    fn exclusions_add_to_the_factory_names() {
        let excluded_hostnames = ["HMI-Panel".to_owned()].into();
        let config = Config { excluded_hostnames, ..Config::default() };
        assert_eq!((config.hostname("hmi-panel"), config.hostname("raspberrypi")), (None, None));
    }

    #[test]
    fn names_of_nobody() {
        let config = Config::default();
        for name in
            ["", ".", "RaspberryPi", "10.0.0.5", "fe80::1", "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f.local"]
        {
            assert_eq!(config.hostname(name), None, "{name}");
        }
    }
}
