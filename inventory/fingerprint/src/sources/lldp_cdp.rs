//! Neighbour discovery on the link: LLDP (IEEE 802.1AB, ANSI/TIA-1057) and CDP.

use model::Interval;

use crate::attribute::Attribute::{AssetTag, Firmware, Hardware, Maker, Model, Os, Serial, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::describe::describe;
use crate::maker::maker;
use crate::sources::say_description;

/// The source.
pub struct LldpCdp;

const DESCRIPTION: Rule = Rule {
    id: "link-0001@1",
    reads: "lldp.system_description, cdp.version",
    says: "The system description names hardware and software in a maker's known form.",
    weight: 950,
};
const INVENTORY: Rule = Rule {
    id: "link-0002@1",
    reads: "lldp.med_hardware, lldp.med_firmware, lldp.med_software, lldp.med_serial, lldp.med_manufacturer, lldp.med_model, lldp.med_asset",
    says: "LLDP-MED inventory: each field is what its name says (ANSI/TIA-1057 section 10.2.6).",
    weight: 950,
};
const CAPABLE: Rule = Rule {
    id: "link-0003@1",
    reads: "lldp.capabilities, cdp.capabilities",
    says: "A telephone or an access point says so among its enabled capabilities.",
    weight: 800,
};
const FORWARDS: Rule = Rule {
    id: "link-0004@1",
    reads: "lldp.capabilities, cdp.capabilities",
    says: "It forwards: a bridge, a router, or both. Hosts with virtual machines bridge as well.",
    weight: 500,
};
const PLATFORM: Rule = Rule {
    id: "link-0005@1",
    reads: "cdp.platform",
    says: "The CDP platform is the maker's model name.",
    weight: 950,
};
const PROFINET: Rule = Rule {
    id: "link-0006@1",
    reads: "lldp.profinet_mac",
    says: "Only PROFINET stations send PROFINET's LLDP elements (IEC 61158-6-10).",
    weight: 600,
};

const FAMILY: Rule = Rule {
    id: "link-0007@1",
    reads: "lldp.system_description, cdp.version",
    says: "The platform that the software is made for, which is a family of models.",
    weight: 320,
};

static RULES: [Rule; 7] = [DESCRIPTION, INVENTORY, CAPABLE, FORWARDS, PLATFORM, PROFINET, FAMILY];

impl Source for LldpCdp {
    fn name(&self) -> &'static str {
        "link"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "lldp.system_description",
            "lldp.capabilities",
            "lldp.med_hardware",
            "lldp.med_firmware",
            "lldp.med_software",
            "lldp.med_serial",
            "lldp.med_manufacturer",
            "lldp.med_model",
            "lldp.med_asset",
            "lldp.profinet_mac",
            "cdp.version",
            "cdp.platform",
            "cdp.capabilities",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "lldp.system_description" | "cdp.version" => {
                if let Some(said) = describe(value) {
                    say_description(&DESCRIPTION, &FAMILY, of, said, out);
                }
            }
            "lldp.med_hardware" => INVENTORY.say(of, Hardware, value, out),
            // A phone's software is what its maker calls firmware; the boot loader is not.
            "lldp.med_software" => INVENTORY.say(of, Firmware, value, out),
            "lldp.med_firmware" => {}
            "lldp.med_serial" => INVENTORY.say(of, Serial, value, out),
            "lldp.med_manufacturer" => INVENTORY.say(of, Maker, maker(value), out),
            "lldp.med_model" => INVENTORY.say(of, Model, value, out),
            "lldp.med_asset" => INVENTORY.say(of, AssetTag, value, out),
            "lldp.profinet_mac" => PROFINET.say(of, Type, "ot", out),
            "cdp.platform" => platform(of, value, out),
            _ => capabilities(of, value, out),
        }
    }
}

fn capabilities(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let has = |name: &str| value.split(',').any(|word| word.trim() == name);
    if has("telephone") || has("phone") {
        CAPABLE.say(of, Type, "voip phone", out);
    } else if has("wlan") && !has("router") {
        CAPABLE.say(of, Type, "access point", out);
    } else if has("docsis") {
        CAPABLE.say(of, Type, "modem", out);
    } else if has("router") && !has("bridge") && !has("switch") {
        FORWARDS.say(of, Type, "router", out);
    } else if has("switch") || has("bridge") && !has("router") {
        FORWARDS.say(of, Type, "switch", out);
    } else if has("router") {
        FORWARDS.say(of, Type, "network", out);
    }
}

/// `cisco WS-C3560-24TS`, `Cisco IP Phone 7941`, `N5K-C5548UP`, `MikroTik`, `VMware ESX`.
fn platform(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let lower = value.to_ascii_lowercase();
    if lower.starts_with("mikrotik") {
        PLATFORM.say(of, Maker, "MikroTik", out);
    } else if lower.starts_with("vmware") {
        PLATFORM.say(of, Maker, "VMware", out);
        PLATFORM.say(of, Os, "VMware ESXi", out);
        PLATFORM.say(of, Type, "hypervisor", out);
    } else if let Some(model) = lower.strip_prefix("cisco ").and_then(|_| value.get(6..)) {
        PLATFORM.say(of, Maker, "Cisco", out);
        PLATFORM.say(of, Model, model, out);
        let kind = match model {
            _ if model.contains("Phone") => "voip phone",
            _ if model.starts_with("AIR-CT") => "wlan controller",
            _ if model.starts_with("AIR-") => "access point",
            _ if model.starts_with("WS-C")
                || model.starts_with("C9")
                || model.starts_with("ME-")
                || model.starts_with("IE-") =>
            {
                "switch"
            }
            _ => "",
        };
        PLATFORM.say(of, Type, kind, out);
    } else if lower == "linux" {
        PLATFORM.say(of, Os, "Linux", out);
    } else if value.starts_with("N") && value.contains("K-C") {
        PLATFORM.say(of, Maker, "Cisco", out);
        PLATFORM.say(of, Model, value, out);
        PLATFORM.say(of, Type, "switch", out);
    } else {
        let known = maker(value);
        if known != value && crate::maker::short(value) != known {
            PLATFORM.say(of, Maker, known, out);
        }
        PLATFORM.say(of, Model, value, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn neighbours() {
        check(
            &LldpCdp,
            &[
                (
                    "lldp.system_description",
                    "MikroTik RouterOS 6.35.4 (stable) RB450G",
                    &["os=RouterOS 6.35.4", "maker=MikroTik", "model=RB450G", "type=router"],
                ),
                (
                    "cdp.version",
                    "Cisco IOS Software, C3560 Software (C3560-ADVIPSERVICESK9-M), Version 12.2(44)SE, RELEASE",
                    &["os=Cisco IOS 12.2(44)SE", "maker=Cisco", "model=C3560", "type=switch"],
                ),
                ("lldp.system_description", "a host", &[]),
                ("lldp.med_firmware", "boot 1", &[]),
                ("lldp.med_serial", "FCH0000A0BC", &["serial=FCH0000A0BC"]),
                ("lldp.med_manufacturer", "Cisco Systems, Inc.", &["maker=Cisco"]),
                ("lldp.capabilities", "bridge,telephone", &["type=voip phone"]),
                ("lldp.capabilities", "bridge,router", &["type=network"]),
                ("lldp.capabilities", "bridge,wlan", &["type=access point"]),
                ("lldp.capabilities", "bridge,wlan,router", &["type=network"]),
                ("lldp.capabilities", "station", &[]),
                ("cdp.capabilities", "switch,igmp", &["type=switch"]),
                (
                    "cdp.platform",
                    "cisco WS-C3560-24TS",
                    &["maker=Cisco", "model=WS-C3560-24TS", "type=switch"],
                ),
                ("cdp.platform", "MikroTik", &["maker=MikroTik"]),
                ("lldp.profinet_mac", "00:1b:1b:00:00:01", &["type=ot"]),
            ],
        );
    }
}
