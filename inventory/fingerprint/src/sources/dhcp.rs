//! DHCP clients: what they call themselves and what they ask for.

use model::Interval;

use crate::attribute::Attribute::{Firmware, Kernel, Maker, Model, Os, Role, Serial, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::maker::maker;
use crate::tables::dhcp::{Rest, class, list};

/// The source.
pub struct Dhcp;

const CLASS: Rule = Rule {
    id: "dhcp-0001@1",
    reads: "dhcp.vendor_class, dhcpv6.vendor_class",
    says: "The vendor class (option 60, DHCPv6 option 16) is that of one system or maker.",
    weight: 800,
};
const DHCPCD: Rule = Rule {
    id: "dhcp-0002@1",
    reads: "dhcp.vendor_class",
    says: "dhcpcd writes kernel name, kernel version, machine and board into its vendor class.",
    weight: 850,
};
const KEYED: Rule = Rule {
    id: "dhcp-0003@1",
    reads: "dhcp.vendor_class",
    says: "Printers write maker, type, model and serial into the vendor class (Mfg=…;Typ=…;Mod=…;Ser=…).",
    weight: 930,
};
const LIST: Rule = Rule {
    id: "dhcp-0004@1",
    reads: "dhcp.prl",
    says: "The requested options (option 55), in this order, are those of one system's client.",
    weight: 550,
};
const PART: Rule = Rule {
    id: "dhcp-0005@1",
    reads: "dhcp.prl",
    says: "Among the requested options are some that few makers ask for (249 with 44 and 46 Windows, 119 and 252 behind 1,121,3,6,15 Apple, 242 Avaya, 150 Cisco).",
    weight: 250,
};
const SERVER: Rule = Rule {
    id: "dhcp-0006@1",
    reads: "dhcp.server, dhcpv6.server",
    says: "The host answered as a DHCP server.",
    weight: 950,
};
const USER_CLASS: Rule = Rule {
    id: "dhcp-0007@1",
    reads: "dhcp.user_class",
    says: "The user class is a boot loader's or Microsoft's remote access.",
    weight: 400,
};

static RULES: [Rule; 7] = [CLASS, DHCPCD, KEYED, LIST, PART, SERVER, USER_CLASS];

impl Source for Dhcp {
    fn name(&self) -> &'static str {
        "dhcp"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "dhcp.vendor_class",
            "dhcpv6.vendor_class",
            "dhcp.prl",
            "dhcp.server",
            "dhcpv6.server",
            "dhcp.user_class",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "dhcp.vendor_class" if value.starts_with("dhcpcd") => dhcpcd(of, value, out),
            "dhcp.vendor_class" if value.contains("Mod=") => keyed(of, value, out),
            "dhcp.vendor_class" => vendor_class(of, value, out),
            // Enterprise number, then the text.
            "dhcpv6.vendor_class" => {
                vendor_class(of, value.split_once(' ').map_or("", |(_, text)| text), out)
            }
            "dhcp.prl" => requested(of, value, out),
            "dhcp.user_class" => match value {
                "RRAS.Microsoft" => USER_CLASS.say(of, Os, "Windows", out),
                "iPXE" | "gPXE" => USER_CLASS.say(of, Type, "computer", out),
                _ => {}
            },
            _ => SERVER.say(of, Role, "dhcp server", out),
        }
    }
}

fn vendor_class(of: &Interval, text: &str, out: &mut Vec<Candidate>) {
    let Some((class, rest)) = class(text) else {
        return;
    };
    CLASS.say(of, Maker, class.maker, out);
    CLASS.say(of, Type, class.kind, out);
    let version = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    match class.rest {
        Rest::Version => CLASS.say(of, Os, format!("{} {version}", class.os).trim_end(), out),
        _ => CLASS.say(of, Os, class.os, out),
    }
    match class.rest {
        Rest::Model => CLASS.say(of, Model, rest.split([':', ';', ',']).next().unwrap_or_default(), out),
        Rest::ModelRevisionSerial => {
            let mut parts = rest.split(';');
            CLASS.say(of, Model, parts.next().unwrap_or_default(), out);
            CLASS.say(of, Serial, parts.nth(1).unwrap_or_default(), out);
        }
        Rest::KindModelFirmware => {
            let mut parts = rest.split(',').skip(1);
            CLASS.say(of, Model, parts.next().unwrap_or_default(), out);
            CLASS.say(of, Firmware, parts.next().unwrap_or_default(), out);
        }
        Rest::Nothing | Rest::Version => {}
    }
}

/// `dhcpcd-9.4.1:Linux-6.1.21-v8+:aarch64:BCM2835`; old Android sends `dhcpcd-5.5.6` alone.
fn dhcpcd(of: &Interval, text: &str, out: &mut Vec<Candidate>) {
    let mut parts = text.split(':').skip(1);
    let (system, release) = parts.next().and_then(|part| part.split_once('-')).unwrap_or_default();
    match system {
        "Linux" | "FreeBSD" | "NetBSD" | "OpenBSD" => {
            DHCPCD.say(of, Os, system, out);
            DHCPCD.say(of, Kernel, release, out);
        }
        "Darwin" => DHCPCD.say(of, Os, "macOS", out),
        _ => {}
    }
    // Broadcom's BCM27xx and BCM28xx boards that run dhcpcd are Raspberry Pis.
    if parts.nth(1).is_some_and(|board| board.starts_with("BCM27") || board.starts_with("BCM28")) {
        DHCPCD.say(of, Maker, "Raspberry Pi", out);
    }
}

/// `Mfg=HP;Typ=Printer;Mod=HP LaserJet 400 M401dn;Ser=PHB0000001;`
fn keyed(of: &Interval, text: &str, out: &mut Vec<Candidate>) {
    let value =
        |key: &str| text.split(';').find_map(|part| part.trim().strip_prefix(key)).unwrap_or_default();
    let name = maker(value("Mfg="));
    KEYED.say(of, Maker, name, out);
    if value("Typ=").eq_ignore_ascii_case("printer") {
        KEYED.say(of, Type, "printer", out);
    }
    let model = value("Mod=");
    let model = model.strip_prefix(name).filter(|_| !name.is_empty()).unwrap_or(model);
    KEYED.say(of, Model, model, out);
    KEYED.say(of, Serial, value("Ser="), out);
}

fn requested(of: &Interval, prl: &str, out: &mut Vec<Candidate>) {
    if let Some((os, kind)) = list(prl) {
        LIST.say(of, Os, os, out);
        LIST.say(of, Type, kind, out);
        return;
    }
    let has = |code: &str| prl.split(',').any(|have| have == code);
    if has("249") && has("44") && has("46") {
        PART.say(of, Os, "Windows", out);
    } else if prl.starts_with("1,121,3,6,15,") && has("119") && has("252") {
        PART.say(of, Os, "macOS/iOS", out);
    } else if has("242") || has("176") {
        PART.say(of, Maker, "Avaya", out);
        PART.say(of, Type, "voip phone", out);
    } else if has("150") {
        PART.say(of, Maker, "Cisco", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn clients_and_servers() {
        check(
            &Dhcp,
            &[
                ("dhcp.vendor_class", "MSFT 5.0", &["os=Windows"]),
                ("dhcp.vendor_class", "android-dhcp-13", &["type=mobile", "os=Android 13"]),
                (
                    "dhcp.vendor_class",
                    "dhcpcd-6.10.1:Linux-4.9.57-v7+:armv7l:BCM2835",
                    &["os=Linux", "kernel=4.9.57-v7+", "maker=Raspberry Pi"],
                ),
                ("dhcp.vendor_class", "dhcpcd-5.5.6", &[]),
                (
                    "dhcp.vendor_class",
                    "Cisco Systems, Inc. IP Phone CP-7911G",
                    &["maker=Cisco", "type=voip phone", "model=CP-7911G"],
                ),
                (
                    "dhcp.vendor_class",
                    "Mfg=Hewlett Packard;Typ=Printer;Mod=HP LaserJet 400 M401dn;Ser=PHB0000001;",
                    &["maker=HP", "type=printer", "model=LaserJet 400 M401dn", "serial=PHB0000001"],
                ),
                (
                    "dhcp.vendor_class",
                    "Arista;DCS-7050S;01.02;JPE00000001",
                    &[
                        "maker=Arista",
                        "type=switch",
                        "os=Arista EOS",
                        "model=DCS-7050S",
                        "serial=JPE00000001",
                    ],
                ),
                (
                    "dhcp.vendor_class",
                    "AXIS,Network Camera,P1346,5.40.9.2",
                    &["maker=Axis", "type=camera", "os=Linux", "model=P1346", "firmware=5.40.9.2"],
                ),
                ("dhcp.vendor_class", "something", &[]),
                ("dhcpv6.vendor_class", "311 MSFT 5.0", &["os=Windows"]),
                ("dhcp.prl", "1,121,3,6,15,119,252", &["os=iOS", "type=mobile"]),
                (
                    "dhcp.prl",
                    "1,3,6,15,31,33,43,44,46,47,119,121,249,252",
                    &["os=Windows 10/11/Server 2016+", "type=computer"],
                ),
                ("dhcp.prl", "1,3,6,44,46,249", &["os=Windows"]),
                ("dhcp.prl", "1,3,6,242", &["maker=Avaya", "type=voip phone"]),
                ("dhcp.prl", "1,3,6,15", &[]),
                ("dhcp.server", "dhcp", &["role=dhcp server"]),
                ("dhcp.user_class", "RRAS.Microsoft", &["os=Windows"]),
            ],
        );
    }
}
