//! What a MAC address says: who made the interface, and whether it is a virtual one.
//!
//! The maker of an interface is often not the maker of the device, so the vendor
//! alone is a weak candidate. A locally administered address has no vendor.

use model::{Interval, Mac};
use rules::{company, vendor};

use crate::attribute::Attribute::{Category, Hypervisor, Maker, Os, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::maker::{maker, starts_with_word};

/// The source.
pub struct Oui;

const MAKER: Rule = Rule {
    id: "oui-0001@1",
    reads: "eth.source",
    says: "The IEEE block of the MAC belongs to this company; it made the interface, perhaps not the device.",
    weight: 300,
};
const COMPANY: Rule = Rule {
    id: "oui-0002@1",
    reads: "eth.source",
    says: "The locally administered MAC starts with this company's IEEE company id.",
    weight: 200,
};
const VIRTUAL: Rule = Rule {
    id: "oui-0003@1",
    reads: "eth.source",
    says: "The MAC is from a block that a hypervisor gives to its guests: a virtual machine.",
    weight: 700,
};
const SPECIAL: Rule = Rule {
    id: "oui-0004@1",
    reads: "eth.source",
    says: "The holder of the MAC's block makes one class of device and nothing else with an interface.",
    weight: 500,
};
const COMPUTER: Rule = Rule {
    id: "oui-0005@1",
    reads: "eth.source",
    says: "The holder of the MAC's block makes interfaces for computers.",
    weight: 150,
};

const MOSTLY: Rule = Rule {
    id: "oui-0006@1",
    reads: "eth.source",
    says: "The holder of the MAC's block makes this class of device more than others.",
    weight: 250,
};

static RULES: [Rule; 6] = [MAKER, COMPANY, VIRTUAL, SPECIAL, COMPUTER, MOSTLY];

impl Source for Oui {
    fn name(&self) -> &'static str {
        "oui"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["eth.source"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let Some(mac) = of.sighting.mac else { return };
        if let Some(hypervisor) = virtual_of(mac) {
            VIRTUAL.say(of, Hypervisor, hypervisor, out);
            VIRTUAL.say(of, Category, "computer", out);
            return;
        }
        if let Some(holder) = company(mac) {
            COMPANY.say(of, Maker, maker(holder), out);
        }
        let Some(holder) = vendor(mac).map(maker) else {
            return;
        };
        // Chip and module makers are no device makers: their names help nobody.
        if !COMPONENTS.iter().any(|name| starts_with_word(holder, name)) {
            MAKER.say(of, Maker, holder, out);
        }
        for (rule, makers) in [(&SPECIAL, SPECIALISTS), (&MOSTLY, OTHERS)] {
            if let Some((_, kind)) = makers.iter().find(|(name, _)| *name == holder) {
                rule.say(of, Type, *kind, out);
            }
        }
        if COMPUTERS.contains(&holder) {
            COMPUTER.say(of, Category, "computer", out);
        }
        if holder == "Apple" {
            MOSTLY.say(of, Os, "macOS/iOS", out);
        }
    }
}

/// Blocks that hypervisors take guests' addresses from.
fn virtual_of(mac: Mac) -> Option<&'static str> {
    Some(match mac.0 {
        [0x00, 0x50, 0x56, ..] | [0x00, 0x0c, 0x29, ..] | [0x00, 0x05, 0x69, ..] => "VMware",
        [0x00, 0x15, 0x5d, ..] => "Hyper-V",
        [0x08, 0x00, 0x27, ..] | [0x0a, 0x00, 0x27, ..] => "VirtualBox",
        [0x52, 0x54, 0x00, ..] => "KVM",
        [0x00, 0x16, 0x3e, ..] => "Xen",
        [0x00, 0x1c, 0x42, ..] => "Parallels",
        [0x02, 0x42, ..] => "Docker",
        [0xbc, 0x24, 0x11, ..] => "Proxmox",
        [0x50, 0x6b, 0x8d, ..] => "Nutanix AHV",
        _ => return None,
    })
}

/// Makers of parts that stand in everybody's devices.
const COMPONENTS: &[&str] = &[
    "Intel",
    "Realtek",
    "Broadcom",
    "Hon Hai",
    "Liteon",
    "LITE-ON",
    "AzureWave",
    "Murata",
    "Texas Instruments",
    "Mediatek",
    "Qualcomm",
    "Espressif",
    "Silicon Laboratories",
    "Chicony",
    "Universal Global Scientific",
    "Compal",
    "Quanta",
    "Wistron",
    "Pegatron",
    "Inventec",
    "LCFC",
    "Cloud Network Technology",
    "Mellanox",
    "Xerox",
    "Private",
    "ICANN",
];

const COMPUTERS: &[&str] = &[
    "Intel",
    "Dell",
    "Supermicro",
    "Giga-Byte Technology",
    "Micro-Star",
    "ASRock",
    "Elitegroup Computer Systems",
    "Realtek Semiconductor",
];

/// Makers of one class of device.
const SPECIALISTS: &[(&str, &str)] = &[
    ("Arista", "switch"),
    ("Fortinet", "firewall"),
    ("Palo Alto Networks", "firewall"),
    ("SonicWall", "firewall"),
    ("Cisco Meraki", "network"),
    ("Ruckus", "access point"),
    ("AVM", "router"),
    ("Axis", "camera"),
    ("Hikvision", "camera"),
    ("Dahua", "camera"),
    ("Sonos", "speaker"),
    ("Roku", "streamer"),
    ("QNAP", "nas"),
    ("NetApp", "storage"),
    ("Lexmark", "printer"),
    ("Snom", "voip phone"),
    ("Yealink", "voip phone"),
    ("Grandstream", "voip phone"),
    ("Nintendo", "console"),
    ("Tuya", "iot"),
    ("Hirschmann", "industrial switch"),
    ("SEL", "ied"),
];

/// Makers of many, but of this one most.
const OTHERS: &[(&str, &str)] = &[
    ("Juniper", "network"),
    ("Extreme", "network"),
    ("MikroTik", "network"),
    ("Cisco", "network"),
    ("Linksys", "network"),
    ("Aruba", "network"),
    ("Synology", "nas"),
    ("Kyocera", "printer"),
    ("Zebra", "printer"),
    ("Polycom", "voip phone"),
    ("Raspberry Pi", "computer"),
    ("Espressif", "iot"),
    ("Philips Hue", "light"),
    ("APC", "ups"),
    ("Siemens", "ot"),
    ("Rockwell Automation", "ot"),
    ("Schneider Electric", "ot"),
    ("Beckhoff", "ot"),
    ("WAGO", "ot"),
    ("Phoenix Contact", "ot"),
    ("Omron", "ot"),
    ("Moxa", "ot"),
    ("Pilz", "ot"),
    ("Festo", "ot"),
    ("Turck", "ot"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::interval;

    fn said(mac: &str) -> Vec<String> {
        let mut of = interval("eth.source", "frame");
        of.sighting.mac = mac.parse().ok();
        let mut out = Vec::new();
        Oui.read(&of, &mut out);
        let rules: Vec<_> = out.iter().map(|c| c.rule).collect();
        assert!(rules.iter().all(|rule| RULES.iter().any(|known| known.id == *rule)));
        out.iter().map(|c| format!("{} {}={}", &c.rule[6..8], c.attribute, c.value)).collect()
    }

    #[test]
    fn macs() {
        for (mac, want) in [
            ("00:1b:1b:00:00:01", &["01 maker=Siemens", "06 category=ot", "06 type=ot"][..]),
            ("00:50:56:00:00:01", &["03 hypervisor=VMware", "03 category=computer"]),
            ("52:54:00:00:00:01", &["03 hypervisor=KVM", "03 category=computer"]),
            ("00:1b:21:00:00:01", &["05 category=computer"]),
            ("da:a1:19:00:00:01", &["02 maker=Google"]),
            ("00:00:0c:00:00:01", &["01 maker=Cisco", "06 category=network", "06 type=network"]),
            ("00:40:8c:00:00:01", &["01 maker=Axis", "04 category=camera", "04 type=camera"]),
            ("02:00:00:00:00:01", &[]),
            ("06:1b:1b:00:00:01", &[]),
        ] {
            assert_eq!(said(mac), want, "{mac}");
        }
    }
}
