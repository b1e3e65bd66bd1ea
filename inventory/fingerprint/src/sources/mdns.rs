//! Multicast DNS and service discovery (RFC 6762, RFC 6763): services offered,
//! and the keys by which devices describe themselves.

use model::Interval;

use crate::apple::{apple_model, macos_of_darwin};
use crate::attribute::Attribute::{Category, Maker, Model, Os, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::maker::maker;
use crate::tables::mdns::{CAST, HOMEKIT, service};

/// The source.
pub struct Mdns;

const SERVICE: Rule = Rule {
    id: "mdns-0001@1",
    reads: "mdns.service",
    says: "This service is offered by one class of device, or by one maker's.",
    weight: 650,
};
const LIKELY: Rule = Rule {
    id: "mdns-0002@1",
    reads: "mdns.service",
    says: "This service is offered by such devices more than by others.",
    weight: 300,
};
const APPLE: Rule = Rule {
    id: "mdns-0003@1",
    reads: "mdns.txt",
    says: "A key holds one of Apple's model identifiers, which name the product and its system.",
    weight: 930,
};
const DARWIN: Rule = Rule {
    id: "mdns-0004@1",
    reads: "mdns.txt",
    says: "osxvers is the major version of the Darwin kernel, which stands for one release of macOS.",
    weight: 880,
};
const PRINTER: Rule = Rule {
    id: "mdns-0005@1",
    reads: "mdns.txt",
    says: "A printing service's keys ty, product, usb_MFG and usb_MDL name maker and model (Bonjour Printing 1.2.1).",
    weight: 900,
};
const HOMEKIT_CATEGORY: Rule = Rule {
    id: "mdns-0006@1",
    reads: "mdns.txt",
    says: "ci is the accessory's category in HomeKit (HAP specification, accessory categories).",
    weight: 900,
};
const DEVICE: Rule = Rule {
    id: "mdns-0007@1",
    reads: "mdns.txt",
    says: "A service's md, model or modelid names the model.",
    weight: 850,
};
const HINFO: Rule = Rule {
    id: "mdns-0008@1",
    reads: "mdns.hinfo",
    says: "The host information record names the operating system (RFC 1035 section 3.3.2).",
    weight: 700,
};

static RULES: [Rule; 8] = [SERVICE, LIKELY, APPLE, DARWIN, PRINTER, HOMEKIT_CATEGORY, DEVICE, HINFO];

impl Source for Mdns {
    fn name(&self) -> &'static str {
        "mdns"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["mdns.service", "mdns.txt", "mdns.hinfo"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "mdns.service" => {
                let Some(service) = service(value) else {
                    return;
                };
                let rule = if service.sure { &SERVICE } else { &LIKELY };
                rule.say(of, Type, service.kind, out);
                rule.say(of, Maker, service.maker, out);
                rule.say(of, Os, service.os, out);
            }
            "mdns.hinfo" => {
                let upper = value.to_ascii_uppercase();
                let os = [
                    ("LINUX", "Linux"),
                    ("FREEBSD", "FreeBSD"),
                    ("MAC OS", "macOS"),
                    ("DARWIN", "macOS"),
                    ("WINDOWS", "Windows"),
                ];
                let known = os.iter().find(|(word, _)| upper.contains(word));
                HINFO.say(of, Os, known.map_or("", |(_, os)| os), out);
            }
            _ => {
                let Some((service, pair)) = value.split_once(' ') else {
                    return;
                };
                let Some((key, value)) = pair.split_once('=') else {
                    return;
                };
                text(of, service, key, value.trim(), out);
            }
        }
    }
}

fn text(of: &Interval, service: &str, key: &str, value: &str, out: &mut Vec<Candidate>) {
    if let Some((_, kind, os)) = apple_model(value).filter(|_| matches!(key, "model" | "am" | "rpMd" | "md"))
    {
        APPLE.say(of, Maker, "Apple", out);
        APPLE.say(of, Model, value, out);
        APPLE.say(of, Type, kind, out);
        APPLE.say(of, Os, os, out);
        return;
    }
    let printing = matches!(
        service,
        "_ipp._tcp"
            | "_ipps._tcp"
            | "_printer._tcp"
            | "_pdl-datastream._tcp"
            | "_scanner._tcp"
            | "_uscan._tcp"
            | "_uscans._tcp"
    );
    match key {
        "osxvers" => {
            DARWIN.say(of, Os, value.parse().ok().and_then(macos_of_darwin).unwrap_or_default(), out)
        }
        "ty" | "product" if printing => {
            let name = value.trim_matches(['(', ')']);
            let known = maker(name);
            // The name of a product starts with its maker's, when that is a known one.
            if known != name && crate::maker::short(name) != known {
                PRINTER.say(of, Maker, known, out);
                PRINTER.say(
                    of,
                    Model,
                    name.get(known.len()..)
                        .filter(|_| name.to_lowercase().starts_with(&known.to_lowercase()))
                        .unwrap_or(name),
                    out,
                );
            } else {
                PRINTER.say(of, Model, name, out);
            }
            PRINTER.say(of, Type, "printer", out);
        }
        "usb_MFG" if printing => PRINTER.say(of, Maker, maker(value), out),
        "usb_MDL" if printing => PRINTER.say(of, Model, value.strip_prefix("HP ").unwrap_or(value), out),
        "ci" if service.starts_with("_hap.") => {
            let kind = value.parse::<u8>().ok().and_then(|id| HOMEKIT.iter().find(|(known, _)| *known == id));
            HOMEKIT_CATEGORY.say(of, Type, kind.map_or("", |(_, kind)| kind), out);
        }
        "md" if service.starts_with("_googlecast.") => {
            DEVICE.say(of, Model, value, out);
            if let Some((_, name, kind)) = CAST.iter().find(|(start, ..)| value.starts_with(start)) {
                DEVICE.say(of, Maker, *name, out);
                DEVICE.say(of, Type, *kind, out);
            }
        }
        "modelid" if service.starts_with("_hue.") => {
            DEVICE.say(of, Maker, "Philips Hue", out);
            DEVICE.say(of, Model, value, out);
            DEVICE.say(of, Type, "hub", out);
        }
        // Samba announces a rack server of Apple's to get a fitting picture.
        "model" if matches!(value, "RackMac" | "Xserve" | "MacSamba") => {}
        "md" | "model" if !value.is_empty() => DEVICE.say(of, Model, value, out),
        _ => {}
    }
    if printing && key == "usb_MDL" {
        PRINTER.say(of, Category, "printer", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn services_and_keys() {
        check(
            &Mdns,
            &[
                ("mdns.service", "_ipp._tcp", &["type=printer"]),
                ("mdns.service", "_workstation._tcp", &["type=computer", "os=Linux"]),
                ("mdns.service", "_smb._tcp", &["type=computer"]),
                ("mdns.service", "_no-such._udp", &[]),
                (
                    "mdns.txt",
                    "_device-info._tcp model=MacBookPro14,2",
                    &["maker=Apple", "model=MacBookPro14,2", "type=laptop", "os=macOS"],
                ),
                (
                    "mdns.txt",
                    "_companion-link._tcp rpMd=iPhone10,1",
                    &["maker=Apple", "model=iPhone10,1", "type=phone", "os=iOS"],
                ),
                ("mdns.txt", "_device-info._tcp osxvers=19", &["os=macOS 10.15"]),
                (
                    "mdns.txt",
                    "_ipp._tcp ty=HP LaserJet M402dn",
                    &["maker=HP", "model=LaserJet M402dn", "type=printer"],
                ),
                (
                    "mdns.txt",
                    "_ipp._tcp product=(Brother HL-L2350DW series)",
                    &["maker=Brother", "model=HL-L2350DW series", "type=printer"],
                ),
                ("mdns.txt", "_ipp._tcp usb_MFG=Hewlett-Packard", &["maker=HP"]),
                (
                    "mdns.txt",
                    "_googlecast._tcp md=Chromecast Ultra",
                    &["model=Chromecast Ultra", "maker=Google", "type=streamer"],
                ),
                ("mdns.txt", "_hap._tcp ci=5", &["type=light"]),
                ("mdns.txt", "_hue._tcp modelid=BSB002", &["maker=Philips Hue", "model=BSB002", "type=hub"]),
                ("mdns.txt", "_device-info._tcp model=RackMac", &[]),
                ("mdns.hinfo", "X86_64 LINUX", &["os=Linux"]),
            ],
        );
    }
}
