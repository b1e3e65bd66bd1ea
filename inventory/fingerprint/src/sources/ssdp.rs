//! UPnP: discovery headers (UPnP Device Architecture 2.0) and device descriptions.

use model::Interval;

use crate::agent::agent;
use crate::attribute::Attribute::{Firmware, Kernel, Maker, Model, Os, Role, Serial, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::linux::system_word;
use crate::maker::maker;
use crate::windows::windows;

/// The source.
pub struct Ssdp;

const SERVER_SYSTEM: Rule = Rule {
    id: "ssdp-0001@1",
    reads: "ssdp.server, ssdp.user_agent",
    says: "The first token of the SERVER or USER-AGENT header is the operating system (UPnP Device Architecture 1.2.2).",
    weight: 500,
};
const SERVER_DEVICE: Rule = Rule {
    id: "ssdp-0002@1",
    reads: "ssdp.server",
    says: "The SERVER header's product is that of one maker's devices.",
    weight: 750,
};
const DEVICE_TYPE: Rule = Rule {
    id: "ssdp-0003@1",
    reads: "ssdp.type, upnp.device_type",
    says: "The announced device or service type belongs to one class of device.",
    weight: 600,
};
const MEDIA: Rule = Rule {
    id: "ssdp-0004@1",
    reads: "ssdp.type, upnp.device_type",
    says: "It renders or serves media, which televisions, speakers, network storage and computers do.",
    weight: 280,
};
const HEADER: Rule = Rule {
    id: "ssdp-0005@1",
    reads: "ssdp.header",
    says: "The header is one that a single maker's devices add.",
    weight: 900,
};
const DESCRIBED: Rule = Rule {
    id: "ssdp-0006@1",
    reads: "upnp.manufacturer, upnp.model_name, upnp.serial",
    says: "The device description names maker, model and serial number.",
    weight: 900,
};
const NUMBER: Rule = Rule {
    id: "ssdp-0007@1",
    reads: "upnp.model_number",
    says: "The device description's model number, which some makers use for the model and others for a version.",
    weight: 250,
};
const ROLE: Rule = Rule {
    id: "ssdp-0008@1",
    reads: "ssdp.type",
    says: "It announces itself as the network's internet gateway.",
    weight: 700,
};

static RULES: [Rule; 8] = [SERVER_SYSTEM, SERVER_DEVICE, DEVICE_TYPE, MEDIA, HEADER, DESCRIBED, NUMBER, ROLE];

impl Source for Ssdp {
    fn name(&self) -> &'static str {
        "ssdp"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "ssdp.server",
            "ssdp.user_agent",
            "ssdp.type",
            "ssdp.header",
            "upnp.device_type",
            "upnp.manufacturer",
            "upnp.model_name",
            "upnp.model_number",
            "upnp.serial",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "ssdp.server" => {
                system(of, value, out);
                device(of, value, out);
            }
            "ssdp.user_agent" => system(of, value, out),
            "ssdp.type" | "upnp.device_type" => device_type(of, value, out),
            "ssdp.header" => {
                let lower = value.to_ascii_lowercase();
                if lower.starts_with("hue-bridgeid") {
                    HEADER.say(of, Maker, "Philips Hue", out);
                    HEADER.say(of, Type, "hub", out);
                } else if lower.starts_with("x-rincon") {
                    HEADER.say(of, Maker, "Sonos", out);
                    HEADER.say(of, Type, "speaker", out);
                }
            }
            "upnp.manufacturer" => DESCRIBED.say(of, Maker, maker(value), out),
            "upnp.model_name" => DESCRIBED.say(of, Model, value, out),
            "upnp.serial" => DESCRIBED.say(of, Serial, value, out),
            _ => NUMBER.say(of, Model, value, out),
        }
    }
}

/// `Linux/3.10.0 UPnP/1.0 …`, `Microsoft-Windows/10.0 UPnP/1.0 …`, `Google Chrome/83 Mac OS X`.
fn system(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let first = value.split([' ', ',']).next().unwrap_or_default();
    let (name, version) = first.split_once('/').unwrap_or((first, ""));
    let os = match name {
        "Microsoft-Windows" | "Microsoft-Windows-NT" => {
            windows(version).unwrap_or_else(|| "Windows".to_owned())
        }
        "Windows" | "WindowsNT" | "Win32" => "Windows".to_owned(),
        "Darwin" => version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .and_then(crate::apple::macos_of_darwin)
            .unwrap_or_else(|| "macOS".to_owned()),
        "Roku" => "Roku OS".to_owned(),
        "WebOS" | "webOS" => "webOS".to_owned(),
        "Android" => format!("Android {version}").trim_end().to_owned(),
        "Tizen" => "Tizen".to_owned(),
        "VxWorks" | "ThreadX" | "FreeRTOS" | "lwIP" => name.to_owned(),
        _ if value.starts_with("Google Chrome/") => match () {
            () if value.ends_with("Mac OS X") => "macOS".to_owned(),
            () if value.ends_with("Windows") => "Windows".to_owned(),
            () if value.ends_with("Linux") => "Linux".to_owned(),
            () => String::new(),
        },
        _ => system_word(name).map_or_else(|| agent(value).os, str::to_owned),
    };
    if name == "Linux" && version.starts_with(|c: char| c.is_ascii_digit()) {
        SERVER_SYSTEM.say(of, Kernel, version, out);
    }
    SERVER_SYSTEM.say(of, Os, os, out);
}

/// Products in a SERVER header: mark, maker, type, system.
const PRODUCTS: &[(&str, &str, &str, &str)] = &[
    ("IpBridge/", "Philips Hue", "hub", ""),
    ("Sonos/", "Sonos", "speaker", ""),
    ("FRITZ!Box", "AVM", "router", "Fritz!OS"),
    ("Roku", "Roku", "streamer", ""),
    ("Samsung UPnP SDK", "Samsung", "tv", ""),
    ("SHP,", "Samsung", "tv", ""),
    ("LGE_DLNA_SDK", "LG", "tv", ""),
    ("WebOS", "LG", "tv", ""),
    ("Panasonic", "Panasonic", "tv", ""),
    ("KDL-", "Sony", "tv", ""),
    ("AsusWRT", "ASUS", "router", ""),
    ("TP-LINK", "TP-Link", "network", ""),
    ("NETGEAR", "Netgear", "network", ""),
    ("MiniUPnPd", "", "router", ""),
    ("miniupnpd", "", "router", ""),
    ("OpenWRT", "", "router", "OpenWrt"),
    ("OpenWrt", "", "router", "OpenWrt"),
    ("Synology", "Synology", "nas", "DSM"),
    ("QNAP", "QNAP", "nas", "QTS"),
    ("HDHomeRun", "SiliconDust", "streamer", ""),
    ("Xbox", "Microsoft", "console", ""),
    ("EPSON", "Epson", "printer", ""),
    ("Brother", "Brother", "printer", ""),
];

fn device(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let Some((_, name, kind, os)) = PRODUCTS.iter().find(|(mark, ..)| value.contains(mark)) else {
        return;
    };
    SERVER_DEVICE.say(of, Maker, *name, out);
    SERVER_DEVICE.say(of, Type, *kind, out);
    SERVER_DEVICE.say(of, Os, *os, out);
    match *name {
        // `Linux UPnP/1.0 Sonos/54.2-72031 (ZPS9)`
        "Sonos" => {
            let rest = value.split_once("Sonos/").map_or("", |(_, rest)| rest);
            SERVER_DEVICE.say(of, Firmware, rest.split(' ').next().unwrap_or_default(), out);
            SERVER_DEVICE.say(of, Model, rest.split(['(', ')']).nth(1).unwrap_or_default(), out);
        }
        // `FRITZ!Box 7590 UPnP/1.0 AVM FRITZ!Box 7590 154.07.27`
        "AVM" => {
            let rest = value.rsplit_once("FRITZ!Box ").map_or("", |(_, rest)| rest);
            let (model, firmware) = rest.rsplit_once(' ').unwrap_or((rest, ""));
            SERVER_DEVICE.say(
                of,
                Model,
                format!("FRITZ!Box {}", model.split(" UPnP").next().unwrap_or(model)),
                out,
            );
            SERVER_DEVICE.say(of, Firmware, firmware, out);
        }
        _ => {}
    }
}

/// Parts of type URNs and their type of device.
const TYPES: &[(&str, &str)] = &[
    (":InternetGatewayDevice:", "router"),
    (":WANDevice:", "router"),
    (":WFADevice:", "network"),
    (":WLANAccessPointDevice:", "access point"),
    (":Printer:", "printer"),
    (":Scanner:", "scanner"),
    (":ZonePlayer:", "speaker"),
    (":DigitalSecurityCamera:", "camera"),
    (":Lighting:", "light"),
    (":BinaryLight:", "light"),
    (":DimmableLight:", "light"),
    (":HVAC_System:", "thermostat"),
    (":RemoteControlReceiver:", "tv"),
    ("dial-multiscreen-org", "streamer"),
    ("roku:ecp", "streamer"),
    (":tvdevice:", "tv"),
];

fn device_type(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    if let Some((_, kind)) = TYPES.iter().find(|(mark, _)| value.contains(mark)) {
        DEVICE_TYPE.say(of, Type, *kind, out);
    } else if value.contains(":MediaRenderer:") || value.contains(":MediaServer:") {
        MEDIA.say(of, Type, "media", out);
    }
    if value.contains(":InternetGatewayDevice:") && of.field == "ssdp.type" {
        ROLE.say(of, Role, "internet gateway", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn headers_and_descriptions() {
        check(
            &Ssdp,
            &[
                (
                    "ssdp.server",
                    "Linux/3.14.0 UPnP/1.0 IpBridge/1.26.0",
                    &["kernel=3.14.0", "os=Linux", "maker=Philips Hue", "type=hub"],
                ),
                (
                    "ssdp.server",
                    "Linux UPnP/1.0 Sonos/54.2-72031 (ZPS9)",
                    &["os=Linux", "maker=Sonos", "type=speaker", "firmware=54.2-72031", "model=ZPS9"],
                ),
                (
                    "ssdp.server",
                    "FRITZ!Box 7590 UPnP/1.0 AVM FRITZ!Box 7590 154.07.27",
                    &[
                        "maker=AVM",
                        "type=router",
                        "os=Fritz!OS",
                        "model=FRITZ!Box 7590",
                        "firmware=154.07.27",
                    ],
                ),
                (
                    "ssdp.server",
                    "Microsoft-Windows/6.1 UPnP/1.0 Windows-Media-Player/12",
                    &["os=Windows 7/Server 2008 R2"],
                ),
                ("ssdp.user_agent", "Google Chrome/83.0.4103.116 Mac OS X", &["os=macOS"]),
                ("ssdp.user_agent", "redsonic", &[]),
                (
                    "ssdp.type",
                    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                    &["type=router", "role=internet gateway"],
                ),
                ("ssdp.type", "urn:schemas-upnp-org:device:MediaRenderer:1", &["type=media"]),
                ("ssdp.type", "upnp:rootdevice", &[]),
                ("ssdp.header", "hue-bridgeid=001788FFFE000000", &["maker=Philips Hue", "type=hub"]),
                ("upnp.manufacturer:80", "Sonos, Inc.", &["maker=Sonos"]),
                ("upnp.model_name:80", "Sonos One", &["model=Sonos One"]),
                ("upnp.model_number:80", "S18", &["model=S18"]),
                ("upnp.device_type:80", "urn:schemas-upnp-org:device:ZonePlayer:1", &["type=speaker"]),
            ],
        );
    }
}
