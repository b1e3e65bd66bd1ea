//! Industrial protocols: Modbus, S7, EtherNet/IP, PROFINET.

use model::Interval;

use crate::attribute::Attribute::{
    Category, Firmware, Hardware, Hostname, Location, Maker, Mode, Model, OrderNumber, Role, Serial, Type,
};
use crate::candidate::{Candidate, Rule, Source};
use crate::maker::maker;
use crate::tables::industrial::{enip_type, enip_vendor, profinet_vendor, siemens_order};

/// The source.
pub struct Ot;

const MODBUS: Rule = Rule {
    id: "ot-0001@1",
    reads: "modbus.vendor, modbus.product_code, modbus.revision, modbus.product_name, modbus.model_name",
    says: "Modbus device identification: each object is what its name says (Modbus Application Protocol 6.21).",
    weight: 930,
};
const UMAS: Rule = Rule {
    id: "ot-0002@1",
    reads: "modbus.umas_id",
    says: "Only Schneider's controllers answer UMAS, with their reference.",
    weight: 900,
};
const ROLE: Rule = Rule {
    id: "ot-0003@1",
    reads: "modbus.role, s7.role, enip.role, dcp.role",
    says: "The part it plays in an industrial protocol.",
    weight: 800,
};
const ROLE_TYPE: Rule = Rule {
    id: "ot-0004@1",
    reads: "modbus.role, s7.role, enip.role, dcp.role",
    says: "Who answers an industrial protocol is a controller or field device; who asks is a controller, a panel, or an engineer's computer, as the connection type says.",
    weight: 450,
};
const S7_ORDER: Rule = Rule {
    id: "ot-0005@1",
    reads: "s7.module, s7.plus",
    says: "The module's order number, and the family and type it stands for (SZL 0x0011, S7comm-plus identity).",
    weight: 940,
};
const S7_FAMILY: Rule = Rule {
    id: "ot-0006@1",
    reads: "s7.module, s7.plus",
    says: "The family that the order number belongs to, where no better name of the model is heard.",
    weight: 350,
};
const S7_SAID: Rule = Rule {
    id: "ot-0007@1",
    reads: "s7.cpu_type, s7.serial, s7.hardware, s7.firmware, s7.mode, s7.location",
    says: "The CPU's own identification (SZL 0x001C, 0x0011, 0x0424).",
    weight: 930,
};
const STATION: Rule = Rule {
    id: "ot-0008@1",
    reads: "dcp.station_name, s7.plc_name",
    says: "The station's name in the project, which is its host name on PROFINET.",
    weight: 700,
};
const ENIP: Rule = Rule {
    id: "ot-0009@1",
    reads: "enip.vendor_id, enip.device_type, enip.name, enip.revision, enip.serial",
    says: "The Identity object: vendor, device type, product name, revision, serial number (CIP volume 1, 5A-2).",
    weight: 940,
};
const DCP: Rule = Rule {
    id: "ot-0010@1",
    reads: "dcp.station_type, dcp.vendor_id",
    says: "PROFINET DCP's type of station and vendor id (IEC 61158-6-10).",
    weight: 900,
};

const MODULE: Rule = Rule {
    id: "ot-0011@1",
    reads: "cip.module",
    says: "A controller answered through the backplane of this host's chassis (CIP volume 1, port segments).",
    weight: 700,
};
const PCCC: Rule = Rule {
    id: "ot-0012@1",
    reads: "cip.pccc",
    says: "The diagnostic status of PCCC carries the controller's catalogue number; only Allen-Bradley's answer it.",
    weight: 850,
};

static RULES: [Rule; 12] =
    [MODBUS, UMAS, ROLE, ROLE_TYPE, S7_ORDER, S7_FAMILY, S7_SAID, STATION, ENIP, DCP, MODULE, PCCC];

impl Source for Ot {
    fn name(&self) -> &'static str {
        "ot"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "modbus.vendor",
            "modbus.product_code",
            "modbus.revision",
            "modbus.product_name",
            "modbus.model_name",
            "modbus.umas_id",
            "modbus.role",
            "s7.role",
            "s7.module",
            "s7.plus",
            "s7.cpu_type",
            "s7.serial",
            "s7.hardware",
            "s7.firmware",
            "s7.mode",
            "s7.location",
            "s7.plc_name",
            "enip.role",
            "enip.vendor_id",
            "enip.device_type",
            "enip.name",
            "enip.revision",
            "enip.serial",
            "dcp.role",
            "dcp.station_name",
            "dcp.station_type",
            "dcp.vendor_id",
            "cip.module",
            "cip.pccc",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "modbus.vendor" => MODBUS.say(of, Maker, maker(value), out),
            "modbus.product_code" => MODBUS.say(of, OrderNumber, value, out),
            "modbus.revision" => MODBUS.say(of, Firmware, value, out),
            "modbus.product_name" | "modbus.model_name" => MODBUS.say(of, Model, value, out),
            "modbus.umas_id" => umas(of, value, out),
            "modbus.role" | "s7.role" | "enip.role" | "dcp.role" => role(of, value, out),
            "s7.module" | "s7.plus" => order(of, value, out),
            "s7.cpu_type" => S7_SAID.say(of, Model, value, out),
            "s7.serial" => S7_SAID.say(of, Serial, value, out),
            "s7.location" => S7_SAID.say(of, Location, value, out),
            "s7.mode" => S7_SAID.say(of, Mode, value, out),
            // `6ES7 315-2EH14-0AB0 V3.2.6`: the version stands last.
            "s7.firmware" => S7_SAID.say(of, Firmware, version(value), out),
            // `6ES7 315-2EH14-0AB0 3`: so does the state.
            "s7.hardware" => {
                let state = value.rsplit(' ').next().unwrap_or_default();
                S7_SAID.say(of, Hardware, if state.contains('-') { "" } else { state }, out);
            }
            "s7.plc_name" | "dcp.station_name" => STATION.say(of, Hostname, value, out),
            "enip.vendor_id" => {
                ENIP.say(of, Maker, value.parse().ok().and_then(enip_vendor).unwrap_or_default(), out)
            }
            "enip.device_type" => match value.parse().ok().and_then(enip_type) {
                Some(kind) => ENIP.say(of, Type, kind, out),
                None => ENIP.say(of, Category, "ot", out),
            },
            "enip.name" => ENIP.say(of, Model, value, out),
            "enip.revision" => ENIP.say(of, Firmware, value, out),
            "enip.serial" => ENIP.say(of, Serial, value, out),
            "cip.module" => module(of, value, out),
            "cip.pccc" => {
                PCCC.say(of, Maker, "Rockwell Automation", out);
                PCCC.say(of, Model, value, out);
                PCCC.say(of, Type, "plc", out);
            }
            "dcp.vendor_id" => {
                let id = u16::from_str_radix(value, 16).ok();
                DCP.say(of, Maker, id.and_then(profinet_vendor).unwrap_or_default(), out);
            }
            _ => DCP.say(of, Model, value, out),
        }
    }
}

/// `slot 3: 1756-L61/B LOGIX5561, vendor 1, type 14, …`: who answers through a
/// backplane is the chassis; its controller (type 14) names it best.
fn module(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let Some((name, rest)) = value.split_once(": ").and_then(|(_, rest)| rest.split_once(", vendor ")) else {
        return;
    };
    let vendor = rest.split(',').next().and_then(|id| id.parse().ok()).and_then(enip_vendor);
    if rest.split(", ").any(|part| part == "type 14") {
        MODULE.say(of, Maker, vendor.unwrap_or_default(), out);
        MODULE.say(of, Model, name, out);
        MODULE.say(of, Type, "plc", out);
    }
}

/// The last word, when it looks like a version.
fn version(value: &str) -> &str {
    let last = value.rsplit(' ').next().unwrap_or_default();
    if last.starts_with(['V', 'v']) || !value.contains(' ') { last } else { "" }
}

/// `BMX P34 2020 …`: Modicon references.
fn umas(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    UMAS.say(of, Maker, "Schneider Electric", out);
    UMAS.say(of, Type, "plc", out);
    let families = ["BMX P34", "BME P58", "BME H58", "TSX P57", "140 CPU", "TM221", "TM241", "TM251"];
    if families.iter().any(|start| value.starts_with(start)) {
        UMAS.say(of, Model, value, out);
    }
}

fn order(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    // S7comm-plus puts a number before and the version behind, parted by `;`.
    let text = value
        .split(';')
        .map(str::trim)
        .find(|part| part.starts_with(['6', '3']) && part.contains('-'))
        .unwrap_or(value);
    let number = match text.rfind(" V") {
        Some(at) => &text[..at],
        None => text,
    };
    let Some((family, kind)) = siemens_order(number) else {
        return;
    };
    S7_ORDER.say(of, Maker, "Siemens", out);
    S7_ORDER.say(of, OrderNumber, number, out);
    S7_ORDER.say(of, Type, kind, out);
    S7_FAMILY.say(of, Model, family, out);
    let firmware = value.rsplit([';', ' ']).next().unwrap_or_default();
    if firmware.starts_with('V') {
        S7_ORDER.say(of, Firmware, firmware, out);
    }
}

fn role(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let protocol = of.field.split('.').next().unwrap_or_default();
    for part in value.split(',') {
        let (role, kind) = match (protocol, part.trim()) {
            ("modbus", "server") => ("modbus server", "ot"),
            ("modbus", "client") => ("modbus client", ""),
            ("s7", "server") => ("s7 server", "plc"),
            ("s7", "client:pg") => ("s7 client", "engineering station"),
            ("s7", "client:op") => ("s7 client", "hmi"),
            ("s7", "client") => ("s7 client", ""),
            ("enip", "target") => ("ethernet/ip target", "ot"),
            ("enip", "scanner") => ("ethernet/ip scanner", ""),
            ("dcp", "device") => ("profinet device", "i/o"),
            ("dcp", "controller") => ("profinet controller", "plc"),
            ("dcp", "multidevice") => ("profinet device", "ot"),
            ("dcp", "supervisor") => ("profinet supervisor", "engineering station"),
            _ => continue,
        };
        ROLE.say(of, Role, role, out);
        ROLE_TYPE.say(of, Type, kind, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn controllers_and_panels() {
        check(
            &Ot,
            &[
                ("modbus.vendor:502", "Schneider Electric", &["maker=Schneider Electric"]),
                ("modbus.product_code:502", "BMX NOE 0100", &["order_number=BMX NOE 0100"]),
                ("modbus.revision:502", "V2.60", &["firmware=V2.60"]),
                (
                    "modbus.umas_id:502",
                    "BMX P34 2020",
                    &["maker=Schneider Electric", "type=plc", "model=BMX P34 2020"],
                ),
                ("modbus.role", "server", &["role=modbus server", "type=ot"]),
                ("s7.role", "client:pg", &["role=s7 client", "type=engineering station"]),
                ("s7.role", "other", &[]),
                (
                    "s7.module:102",
                    "6ES7 315-2EH14-0AB0 V3.2.6",
                    &[
                        "maker=Siemens",
                        "order_number=6ES7 315-2EH14-0AB0",
                        "type=plc",
                        "model=S7-300",
                        "firmware=V3.2.6",
                    ],
                ),
                (
                    "s7.plus:102",
                    "1;6ES7 212-1BE31-0XB0 ;V3.0",
                    &[
                        "maker=Siemens",
                        "order_number=6ES7 212-1BE31-0XB0",
                        "type=plc",
                        "model=S7-1200",
                        "firmware=V3.0",
                    ],
                ),
                ("s7.cpu_type:102", "CPU 315-2 PN/DP", &["model=CPU 315-2 PN/DP"]),
                ("s7.firmware:102", "6ES7 315-2EH14-0AB0 V3.2.6", &["firmware=V3.2.6"]),
                ("s7.mode:102", "run", &["mode=run"]),
                ("s7.plc_name:102", "SIMATIC 300", &["hostname=SIMATIC 300"]),
                ("enip.vendor_id:44818", "1", &["maker=Rockwell Automation"]),
                ("enip.vendor_id:44818", "65535", &[]),
                ("enip.device_type:44818", "14", &["type=plc"]),
                ("enip.device_type:44818", "999", &["category=ot"]),
                ("enip.name:44818", "1756-ENBT/A", &["model=1756-ENBT/A"]),
                ("s7.hardware:102", "6ES7 315-2EH14-0AB0 3", &["hardware=3"]),
                (
                    "cip.module:44818",
                    "slot 3: 1756-L61/B LOGIX5561, vendor 1, type 14, code 54, revision 20.11",
                    &["maker=Rockwell Automation", "model=1756-L61/B LOGIX5561", "type=plc"],
                ),
                ("cip.module:44818", "slot 1: 1756-ENBT/A, vendor 1, type 12", &[]),
                (
                    "cip.pccc:44818",
                    "1747-L551",
                    &["maker=Rockwell Automation", "model=1747-L551", "type=plc"],
                ),
                ("dcp.vendor_id", "002a", &["maker=Siemens"]),
                ("dcp.station_type", "S7-1500", &["model=S7-1500"]),
                ("dcp.role", "controller", &["role=profinet controller", "type=plc"]),
            ],
        );
    }
}
