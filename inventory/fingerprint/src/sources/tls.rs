//! Certificates that devices make for themselves: makers, models, systems.
//!
//! No rule reads JA4: what a client's hello tells is its library, not its system,
//! and there is no list of them with a licence that lets it be shipped.

use model::Interval;

use crate::attribute::Attribute::{Maker, Model, Os, Role, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::maker::{maker, starts_with_word};
use crate::tables::hostnames::form;

/// The source.
pub struct Tls;

const DEVICE: Rule = Rule {
    id: "tls-0001@1",
    reads: "tls.cert_cn, tls.cert_org, tls.cert_issuer",
    says: "The certificate's subject or issuer is one that this kind of device makes for itself or is delivered with.",
    weight: 650,
};
const MADE_NAME: Rule = Rule {
    id: "tls-0002@1",
    reads: "tls.cert_cn",
    says: "The certificate's name has a form that one installer or firmware makes up, as remote desktop and printers put it there.",
    weight: 450,
};
const SOFTWARE: Rule = Rule {
    id: "tls-0003@1",
    reads: "tls.cert_cn, tls.cert_org, tls.cert_issuer",
    says: "The certificate is the default of a server software.",
    weight: 600,
};

static RULES: [Rule; 3] = [DEVICE, MADE_NAME, SOFTWARE];

impl Source for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["tls.cert_cn", "tls.cert_org", "tls.cert_issuer"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        // An issuer may be written as a whole name; each part is looked at.
        let parts =
            value.split(',').map(|part| part.trim().trim_start_matches("CN=").trim_start_matches("O="));
        for part in parts.chain([value]) {
            if let Some((_, name, kind, os)) =
                DEVICES.iter().find(|(start, ..)| starts_with_word(part, start))
            {
                DEVICE.say(of, Maker, *name, out);
                DEVICE.say(of, Type, *kind, out);
                DEVICE.say(of, Os, *os, out);
                if *kind == "plc" && of.field == "tls.cert_cn" {
                    DEVICE.say(of, Model, part.split([' ', '/']).next().unwrap_or_default(), out);
                }
                break;
            }
        }
        if let Some((_, os, role)) = SOFTWARES.iter().find(|(start, ..)| starts_with_word(value, start)) {
            SOFTWARE.say(of, Os, *os, out);
            SOFTWARE.say(of, Role, *role, out);
        }
        if let Some(form) = form(value.split('.').next().unwrap_or_default())
            .filter(|form| form.made && of.field == "tls.cert_cn")
        {
            MADE_NAME.say(of, Os, form.os, out);
            MADE_NAME.say(of, Type, form.kind, out);
            MADE_NAME.say(of, Maker, maker(form.maker), out);
        }
    }
}

/// Start of a name, maker, type, system.
const DEVICES: &[(&str, &str, &str, &str)] = &[
    ("Sonos", "Sonos", "speaker", ""),
    ("Synology", "Synology", "nas", "DSM"),
    ("QNAP", "QNAP", "nas", "QTS"),
    ("UBNT", "Ubiquiti", "network", ""),
    ("Ubiquiti", "Ubiquiti", "network", ""),
    ("UniFi", "Ubiquiti", "network", ""),
    ("MikroTik", "MikroTik", "network", "RouterOS"),
    ("IOS-Self-Signed-Certificate", "Cisco", "network", "Cisco IOS"),
    ("FortiGate", "Fortinet", "firewall", "FortiOS"),
    ("Fortinet", "Fortinet", "firewall", "FortiOS"),
    ("FGT", "Fortinet", "firewall", "FortiOS"),
    ("SonicWALL", "SonicWall", "firewall", ""),
    ("pfSense", "Netgate", "firewall", "pfSense"),
    ("OPNsense", "", "firewall", "OPNsense"),
    ("idrac", "Dell", "bmc", ""),
    ("iLO", "HP", "bmc", ""),
    ("Hewlett Packard Enterprise", "HPE", "", ""),
    ("HP-Printer", "HP", "printer", ""),
    ("Brother", "Brother", "printer", ""),
    ("KYOCERA", "Kyocera", "printer", ""),
    ("Lexmark", "Lexmark", "printer", ""),
    ("Axis Communications", "Axis", "camera", "Linux"),
    ("HIKVISION", "Hikvision", "camera", "Linux"),
    ("Philips Hue", "Philips Hue", "hub", "Linux"),
    ("S7-1200", "Siemens", "plc", ""),
    ("S7-1500", "Siemens", "plc", ""),
    ("SIMATIC", "Siemens", "ot", ""),
    ("Siemens", "Siemens", "", ""),
    ("WAGO", "WAGO", "plc", ""),
    ("Proxmox Virtual Environment", "", "hypervisor", "Linux (Debian)"),
    ("VMware", "VMware", "", ""),
    ("Yealink", "Yealink", "voip phone", ""),
    ("Polycom", "Polycom", "voip phone", ""),
    ("Roku", "Roku", "streamer", "Roku OS"),
    ("Google Cast", "Google", "streamer", ""),
    ("LG webOS TV", "LG", "tv", "webOS"),
    ("Samsung SmartTV", "Samsung", "tv", "Tizen"),
];

/// Start of a name, system, role.
const SOFTWARES: &[(&str, &str, &str)] = &[
    ("SSL_Self_Signed_Fallback", "Windows", "sql server"),
    ("Microsoft Exchange", "Windows Server", "mail server"),
    ("WMSvc", "Windows Server", "web server"),
    ("Kubernetes Ingress Controller Fake Certificate", "Linux", "kubernetes ingress"),
    ("TRAEFIK DEFAULT CERT", "", "reverse proxy"),
    ("AnyDesk Client", "", "remote access"),
    ("Splunk", "", "log server"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn certificates() {
        check(
            &Tls,
            &[
                ("tls.cert_org:443", "Sonos, Inc.", &["maker=Sonos", "type=speaker"]),
                (
                    "tls.cert_cn:443",
                    "IOS-Self-Signed-Certificate-1234567890",
                    &["maker=Cisco", "type=network", "os=Cisco IOS"],
                ),
                ("tls.cert_cn:443", "S7-1500 station_1", &["maker=Siemens", "type=plc", "model=S7-1500"]),
                ("tls.cert_issuer:443", "CN=x, O=Synology Inc.", &["maker=Synology", "type=nas", "os=DSM"]),
                ("tls.cert_cn:3389", "DESKTOP-A1B2C3D", &["os=Windows 10/11", "type=workstation"]),
                ("tls.cert_cn:1433", "SSL_Self_Signed_Fallback", &["os=Windows", "role=sql server"]),
                ("tls.cert_cn:443", "www.example.com", &[]),
                ("tls.cert_issuer:443", "Let's Encrypt", &[]),
            ],
        );
    }
}
