//! Other makers' descriptions, by the form they write them in.

use super::{Description, after, word};
use crate::maker::starts_with_word;

/// Siemens writes `Siemens, SIMATIC NET, SCALANCE X212-2, 6GK5 212-2BB00-2AA3, HW: 7, FW: V4.02`:
/// maker, family, product, order number, revisions.
pub fn comma(text: &str) -> Option<Description> {
    let mut parts = text.split(',').map(str::trim);
    if !matches!(parts.next()?, "Siemens" | "Siemens AG") {
        return None;
    }
    let mut said = Description { maker: "Siemens", kind: "ot", ..Description::default() };
    for part in parts {
        if let Some(hardware) = part.strip_prefix("HW:") {
            said.hardware = word(hardware).to_owned();
        } else if let Some(firmware) = part.strip_prefix("FW:") {
            said.firmware = word(firmware).to_owned();
        } else if is_order_number(part) {
            said.order = part.to_owned();
        } else if !matches!(part, "SIMATIC" | "SIMATIC NET" | "SIMATIC HMI" | "Simatic NET")
            && said.model.is_empty()
        {
            said.model = part.to_owned();
        }
    }
    said.kind = siemens_kind(&said.model, &said.order);
    Some(said)
}

/// `6ES7 315-2EH14-0AB0`, `6GK5212-2BB00-2AA3`.
fn is_order_number(text: &str) -> bool {
    text.starts_with(['6', '3']) && text.contains('-') && text.len() >= 14
}

fn siemens_kind(model: &str, order: &str) -> &'static str {
    match () {
        () if model.starts_with("SCALANCE W") => "access point",
        () if model.starts_with("SCALANCE S") => "firewall",
        () if model.starts_with("SCALANCE M") => "router",
        () if model.starts_with("SCALANCE") || model.starts_with("RUGGEDCOM") => "industrial switch",
        () if order.starts_with("6AV") => "hmi",
        () if order.starts_with("6GK7") || model.starts_with("CP") => "communication module",
        () if model.starts_with("ET") || model.starts_with("IM") => "i/o",
        () if model.starts_with("S7") || model.starts_with("CPU") || order.starts_with("6ES7") => "plc",
        () => "ot",
    }
}

/// Makers with a form of their own.
pub fn written(text: &str) -> Option<Description> {
    let of = |maker, kind, os: String, model: &str| {
        Some(Description { os, maker, model: model.trim().to_owned(), kind, ..Description::default() })
    };
    // `RouterOS RB450G` by SNMP, `MikroTik RouterOS 6.35.4 (stable) RB450G` by LLDP, `6.35.4 (stable)` by CDP.
    if let Some(rest) = text.strip_prefix("MikroTik RouterOS ").or_else(|| text.strip_prefix("RouterOS ")) {
        let numbered = rest.starts_with(|c: char| c.is_ascii_digit());
        let model = if numbered { after(rest, ") ").unwrap_or_default() } else { rest };
        let version = if numbered { word(rest) } else { "" };
        return of("MikroTik", "router", format!("RouterOS {version}").trim_end().to_owned(), model);
    }
    if let Some((version, channel)) = text.split_once(" (") {
        let channel = channel.split(')').next().unwrap_or_default();
        let numbers = version.contains('.') && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if numbers && matches!(channel, "stable" | "testing" | "long-term" | "bugfix" | "development") {
            return of("MikroTik", "router", format!("RouterOS {version}"), "");
        }
    }
    if let Some(rest) = text.strip_prefix("Juniper Networks, Inc. ") {
        let version = after(text, "JUNOS ").or_else(|| after(text, "Junos: ")).map_or("", word);
        let kind = ["Ethernet Switch", "switch", "internet router", "router", "firewall"]
            .into_iter()
            .find(|kind| rest.contains(kind));
        let kind = match kind {
            Some("Ethernet Switch" | "switch") => "switch",
            Some("internet router" | "router") => "router",
            Some("firewall") => "firewall",
            _ => "network",
        };
        return of("Juniper", kind, format!("Junos {version}").trim_end().to_owned(), word(rest));
    }
    if text.starts_with("Arista Networks EOS version ") {
        let version = word(after(text, "EOS version ")?);
        return of(
            "Arista",
            "switch",
            format!("Arista EOS {version}"),
            after(text, "Arista Networks ").and_then(|rest| after(rest, "Arista Networks ")).map_or("", word),
        );
    }
    if let Some(rest) = text.strip_prefix("ExtremeXOS (") {
        let model = rest.split(')').next().unwrap_or_default();
        return of(
            "Extreme",
            "switch",
            format!("ExtremeXOS {}", after(rest, "version ").map_or("", word)),
            model,
        );
    }
    if text.starts_with("Summit") && text.contains(" - Version ") {
        let (model, rest) = text.split_once(" - Version ")?;
        return of("Extreme", "switch", format!("ExtremeWare {}", word(rest)), model);
    }
    if let Some(rest) = text.strip_prefix("Huawei Versatile Routing Platform Software") {
        let version = after(rest, "Version ").map_or("", word);
        let model = after(rest, "Version ").and_then(|rest| after(rest, "(")).map_or("", word);
        return of("Huawei", "network", format!("VRP {version}"), model);
    }
    if text.contains("Comware") && text.contains("Software Version ") {
        return of(
            "",
            "switch",
            format!("Comware {}", after(text, "Software Version ").map_or("", word)),
            "",
        );
    }
    if let Some(rest) =
        text.strip_prefix("APC Web/SNMP Management Card").or_else(|| text.strip_prefix("APC "))
    {
        let key = |mark: &str| {
            after(rest, mark)
                .map_or("", |rest| rest.split([' ', ')']).find(|word| !word.is_empty()).unwrap_or_default())
        };
        let said = of("APC", "ups", String::new(), key("MN:"))?;
        return Some(Description {
            firmware: key(" PF:").to_owned(),
            hardware: key("HR:").to_owned(),
            serial: key("SN:").to_owned(),
            ..said
        });
    }
    procurve(text)
}

/// `HP J9773A 2530-24G-PoEP Switch, revision YA.15.10.0003, ROM YA.15.06`, and so
/// since ProCurve and until Aruba.
fn procurve(text: &str) -> Option<Description> {
    let start = ["HP ProCurve ", "ProCurve ", "Hewlett-Packard ", "HP ", "HPE ", "Aruba "]
        .into_iter()
        .find(|start| text.starts_with(start))?;
    let firmware = word(after(text, "revision ")?);
    let name = text.strip_prefix(start)?.split(',').next()?;
    let order = word(name);
    let product = order.starts_with('J') && order.len() >= 5;
    let model = if product { after(name, " ").unwrap_or_default() } else { name };
    Some(Description {
        os: "ProVision".to_owned(),
        maker: if start == "Aruba " { "Aruba" } else { "HP" },
        model: model.trim().trim_start_matches("Switch ").trim_end_matches(" Switch").to_owned(),
        order: if product { order.to_owned() } else { String::new() },
        kind: "switch",
        firmware: firmware.to_owned(),
        ..Description::default()
    })
}

/// Descriptions that start with a maker's or product's name.
pub fn table(text: &str) -> Option<Description> {
    let (start, maker, kind, os) = STARTS.iter().find(|(start, ..)| starts_with_word(text, start))?;
    let rest = text.get(start.len()..).unwrap_or_default();
    // Makers whose text goes on with the model.
    let named = matches!(*kind, "printer" | "nas" | "firewall")
        && rest.starts_with(' ')
        && rest.contains(|c: char| c.is_ascii_digit());
    let rest = rest.trim_start();
    let end = [", ", ";", " version ", " Firmware", "/"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
        .unwrap_or(rest.len());
    let model = if named { &rest[..end] } else { "" };
    let firmware = ["Firmware Ver.", "Firmware Version ", "Firmware ", "firmware "]
        .iter()
        .find_map(|mark| after(text, mark))
        .map_or("", word);
    Some(Description {
        os: (*os).to_owned(),
        maker,
        model: model.trim().to_owned(),
        kind,
        firmware: firmware.to_owned(),
        ..Description::default()
    })
}

/// Start of the description, maker, type, system. Longer starts stand first.
const STARTS: &[(&str, &str, &str, &str)] = &[
    ("HP ETHERNET MULTI-ENVIRONMENT", "HP", "printer", ""),
    ("HP LaserJet", "HP", "printer", ""),
    ("Brother", "Brother", "printer", ""),
    ("Lexmark", "Lexmark", "printer", ""),
    ("KYOCERA", "Kyocera", "printer", ""),
    ("RICOH", "Ricoh", "printer", ""),
    ("NRG", "Ricoh", "printer", ""),
    ("SAVIN", "Ricoh", "printer", ""),
    ("Xerox", "Xerox", "printer", ""),
    ("FUJI XEROX", "Xerox", "printer", ""),
    ("EPSON", "Epson", "printer", ""),
    ("Canon", "Canon", "printer", ""),
    ("SHARP", "Sharp", "printer", ""),
    ("KONICA MINOLTA", "Konica Minolta", "printer", ""),
    ("TOSHIBA e-STUDIO", "Toshiba", "printer", ""),
    ("Zebra", "Zebra", "printer", ""),
    ("ZebraNet", "Zebra", "printer", ""),
    ("OKI", "OKI", "printer", ""),
    ("Palo Alto Networks", "Palo Alto Networks", "firewall", "PAN-OS"),
    ("FortiGate", "Fortinet", "firewall", "FortiOS"),
    ("SonicWALL", "SonicWall", "firewall", ""),
    ("Check Point", "Check Point", "firewall", "Gaia"),
    ("NetApp Release", "NetApp", "storage", ""),
    ("EdgeOS", "Ubiquiti", "router", "EdgeOS"),
    ("EdgeSwitch", "Ubiquiti", "switch", ""),
    ("USW", "Ubiquiti", "switch", ""),
    ("UAP", "Ubiquiti", "access point", ""),
    ("PowerConnect", "Dell", "switch", ""),
    ("Dell Networking", "Dell", "switch", ""),
    ("Dell EMC Networking", "Dell", "switch", ""),
    ("Integrated Lights-Out", "HP", "bmc", ""),
    ("Sun ILOM", "Oracle", "bmc", ""),
    ("ArubaOS", "Aruba", "network", "ArubaOS"),
    ("Aruba", "Aruba", "network", ""),
    ("Ruckus", "Ruckus", "network", ""),
    ("Hirschmann", "Hirschmann", "industrial switch", ""),
    ("MOXA", "Moxa", "ot", ""),
    ("EDS-", "Moxa", "industrial switch", ""),
    ("RuggedCom", "Siemens", "industrial switch", ""),
    ("Westermo", "Westermo", "industrial switch", ""),
    ("Phoenix Contact", "Phoenix Contact", "ot", ""),
    ("Eaton", "Eaton", "ups", ""),
    ("AXIS", "Axis", "camera", "Linux"),
    ("Polycom", "Polycom", "voip phone", ""),
    ("snom", "Snom", "voip phone", ""),
    ("Avaya", "Avaya", "voip phone", ""),
    ("Brocade", "Brocade", "switch", ""),
    ("Foundry", "Brocade", "switch", ""),
    ("ZyWALL", "Zyxel", "firewall", ""),
    ("NETGEAR", "Netgear", "network", ""),
    ("D-Link", "D-Link", "network", ""),
    ("TP-LINK", "TP-Link", "network", ""),
    ("VxWorks", "", "", "VxWorks"),
    ("QNX", "", "", "QNX"),
];

#[cfg(test)]
mod tests {
    use super::super::describe;
    use super::*;

    #[test]
    fn every_form() {
        let say = |text: &str| {
            let said = describe(text).unwrap_or_default();
            format!(
                "{}|{}|{}|{}|{}|{}",
                said.maker, said.model, said.kind, said.os, said.firmware, said.order
            )
        };
        for (text, want) in [
            (
                "Siemens, SIMATIC NET, SCALANCE X212-2, 6GK5 212-2BB00-2AA3, HW: 7, FW: V4.02",
                "Siemens|SCALANCE X212-2|industrial switch||V4.02|6GK5 212-2BB00-2AA3",
            ),
            (
                "Siemens, SIMATIC, S7-1500, 6ES7 516-3AN01-0AB0, HW: 3, FW: V2.6.1",
                "Siemens|S7-1500|plc||V2.6.1|6ES7 516-3AN01-0AB0",
            ),
            ("MikroTik RouterOS 6.35.4 (stable) RB450G", "MikroTik|RB450G|router|RouterOS 6.35.4||"),
            ("RouterOS RB450G", "MikroTik|RB450G|router|RouterOS||"),
            ("6.35.1 (stable)", "MikroTik||router|RouterOS 6.35.1||"),
            (
                "Juniper Networks, Inc. ex2200-24t-4g Ethernet Switch, kernel JUNOS 12.3R12.4, Build date: 2016",
                "Juniper|ex2200-24t-4g|switch|Junos 12.3R12.4||",
            ),
            (
                "Arista Networks EOS version 4.21.1F running on an Arista Networks DCS-7050SX-64",
                "Arista|DCS-7050SX-64|switch|Arista EOS 4.21.1F||",
            ),
            (
                "ExtremeXOS (X440-24t) version 15.3.1.4 v1531b4",
                "Extreme|X440-24t|switch|ExtremeXOS 15.3.1.4||",
            ),
            (
                "Summit300-48 - Version 7.4e.1 (Build 5) by Release_Master 05/27/05",
                "Extreme|Summit300-48|switch|ExtremeWare 7.4e.1||",
            ),
            (
                "HP J9773A 2530-24G-PoEP Switch, revision YA.15.10.0003, ROM YA.15.06",
                "HP|2530-24G-PoEP|switch|ProVision|YA.15.10.0003|J9773A",
            ),
            (
                "ProCurve J4903A Switch 2824, revision I.10.77, ROM I.08.07",
                "HP|2824|switch|ProVision|I.10.77|J4903A",
            ),
            (
                "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.4.0 PN:apc_hw05.bin MN:AP9630 HR:08 SN: ZA0000000001 MD:01/01/2016)",
                "APC|AP9630|ups||v6.4.0|",
            ),
            ("Brother NC-8300h, Firmware Ver.1.12  ,MID 84UB03", "Brother|NC-8300h|printer||1.12|"),
            ("Lexmark X464de version NR.APS.N449 kernel 2.6.18", "Lexmark|X464de|printer|||"),
            ("HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153", "HP||printer|||"),
            ("1.2 (something)", "|||||"),
        ] {
            assert_eq!(say(text), want, "{text}");
        }
    }

    #[test]
    fn no_earlier_start_hides_a_later_one() {
        for (at, (start, ..)) in STARTS.iter().enumerate() {
            let first = STARTS.iter().position(|(other, ..)| starts_with_word(start, other));
            assert_eq!(first, Some(at), "{start}");
        }
    }
}
