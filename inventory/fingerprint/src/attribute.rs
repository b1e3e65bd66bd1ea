//! The attributes of an asset that rules may speak of.

use core::fmt;

use serde::{Deserialize, Serialize};

/// How many values of an attribute an asset has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// One: candidates compete (operating system, model).
    One,
    /// Each value stands for itself (roles).
    Each,
    /// One for each port of the host: candidates of the same port compete.
    OnePerPort,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident $id:literal $many:ident)*) => {
        /// One attribute. The order is the order of display; [`Attribute::id`] is
        /// the stable text used in exports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Attribute { $($(#[$doc])* $name,)* }

        impl Attribute {
            /// All of them, in display order.
            pub const ALL: &[Attribute] = &[$(Attribute::$name,)*];

            /// Stable text id, lower case with underscores.
            pub const fn id(self) -> &'static str {
                match self { $(Attribute::$name => $id,)* }
            }

            /// Whether candidates compete for one value.
            pub const fn many(self) -> Many {
                match self { $(Attribute::$name => Many::$many,)* }
            }
        }
    };
}

attributes! {
    /// Host name, first label only (`fileserver01`).
    Hostname "hostname" One
    /// Full domain name (`fileserver01.corp.example`).
    Fqdn "fqdn" One
    /// Windows, DNS or VTP domain the host is a member of.
    Domain "domain" One
    /// Broad class: `computer`, `mobile`, `printer`, `network`, `ot` … ([`crate::category_of`]).
    Category "category" One
    /// Class: `server`, `phone`, `switch`, `plc` ….
    Type "type" One
    /// Operating system with what is known of its version.
    Os "os" One
    /// Kernel version, when told apart from the system's.
    Kernel "kernel" One
    /// Who made the device.
    Maker "maker" One
    /// Model, in the maker's words.
    Model "model" One
    /// Maker's order or product number.
    OrderNumber "order_number" One
    /// Serial number.
    Serial "serial" One
    /// Firmware version.
    Firmware "firmware" One
    /// Hardware revision.
    Hardware "hardware" One
    /// What the host is a guest of (`VMware`, `Hyper-V`, `KVM`).
    Hypervisor "hypervisor" One
    /// Where it says it stands.
    Location "location" One
    /// Asset tag written into it by its owner.
    AssetTag "asset_tag" One
    /// Operating mode of a controller (`run`, `stop`).
    Mode "mode" One
    /// What it does on the network (`domain controller`, `dhcp server`).
    Role "role" Each
    /// Software behind one port (`OpenSSH`).
    ServiceProduct "service_product" OnePerPort
    /// Version of that software (`8.9p1`).
    ServiceVersion "service_version" OnePerPort
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The category a type belongs to; `other` for a type not in the table.
pub fn category_of(kind: &str) -> &'static str {
    CATEGORIES.iter().find(|(_, kinds)| kinds.contains(&kind)).map_or("other", |(category, _)| category)
}

/// Every type a rule may name, by category.
pub const CATEGORIES: &[(&str, &[&str])] = &[
    ("computer", &["computer", "server", "workstation", "laptop", "thin client", "hypervisor"]),
    ("mobile", &["phone", "tablet", "watch", "mobile"]),
    ("printer", &["printer", "scanner"]),
    (
        "network",
        &[
            "network",
            "router",
            "switch",
            "firewall",
            "access point",
            "gateway",
            "wlan controller",
            "load balancer",
            "modem",
        ],
    ),
    ("storage", &["nas", "storage"]),
    ("voice", &["voip phone", "pbx", "conference"]),
    ("media", &["tv", "streamer", "speaker", "console", "projector", "media"]),
    ("camera", &["camera", "video recorder"]),
    (
        "iot",
        &["iot", "light", "thermostat", "sensor", "hub", "plug", "lock", "appliance", "vacuum", "doorbell"],
    ),
    (
        "ot",
        &[
            "ot",
            "plc",
            "hmi",
            "rtu",
            "drive",
            "i/o",
            "engineering station",
            "scada",
            "industrial switch",
            "ied",
            "robot",
            "communication module",
        ],
    ),
    ("building", &["building controller", "access control"]),
    ("power", &["ups", "pdu"]),
    ("management", &["bmc", "kvm switch", "console server"]),
    ("medical", &["medical"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_serde_and_kinds_are_unique() {
        for attribute in Attribute::ALL {
            assert_eq!(attribute.id(), attribute.id().to_lowercase());
        }
        let mut kinds: Vec<_> = CATEGORIES.iter().flat_map(|(_, kinds)| kinds.iter()).collect();
        let all = kinds.len();
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), all);
        assert_eq!(category_of("switch"), "network");
        assert_eq!(category_of("spaceship"), "other");
    }
}
