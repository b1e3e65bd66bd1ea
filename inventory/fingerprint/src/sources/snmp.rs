//! SNMP agents: description, registered object id, identity objects, engine id.

use model::Interval;

use crate::attribute::Attribute::{Firmware, Hardware, Maker, Model, Os, Role, Serial, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::describe::describe;
use crate::maker::maker;
use crate::sources::say_description;
use crate::tables::enterprises::{enterprise, object};

/// The source.
pub struct Snmp;

const DESCRIPTION: Rule = Rule {
    id: "snmp-0001@1",
    reads: "snmp.sysdescr",
    says: "The agent's sysDescr names hardware and software in a maker's known form (RFC 3418).",
    weight: 940,
};
const OBJECT_ID: Rule = Rule {
    id: "snmp-0002@1",
    reads: "snmp.sysobjectid",
    says: "sysObjectID lies under the enterprise number of this maker, whose agents run on this class of device.",
    weight: 600,
};
const NET_SNMP: Rule = Rule {
    id: "snmp-0003@1",
    reads: "snmp.sysobjectid",
    says: "sysObjectID is one that Net-SNMP or Microsoft gives to one operating system.",
    weight: 800,
};
const SERIAL: Rule = Rule {
    id: "snmp-0004@1",
    reads: "snmp.object",
    says: "A serial number, model, maker or revision from the entity or printer MIB (RFC 6933, RFC 3805).",
    weight: 930,
};
const ENGINE: Rule = Rule {
    id: "snmp-0005@1",
    reads: "snmp.engine_enterprise",
    says: "The SNMPv3 engine id carries the enterprise number of the agent's maker (RFC 3411); the agent may be bought in.",
    weight: 300,
};
const AGENT: Rule = Rule {
    id: "snmp-0006@1",
    reads: "snmp.sysdescr",
    says: "The host answers as an SNMP agent.",
    weight: 900,
};

const FAMILY: Rule = Rule {
    id: "snmp-0007@1",
    reads: "snmp.sysdescr",
    says: "The platform that the software is made for, which is a family of models.",
    weight: 320,
};

static RULES: [Rule; 7] = [DESCRIPTION, OBJECT_ID, NET_SNMP, SERIAL, ENGINE, AGENT, FAMILY];

impl Source for Snmp {
    fn name(&self) -> &'static str {
        "snmp"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["snmp.sysdescr", "snmp.sysobjectid", "snmp.object", "snmp.engine_enterprise"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "snmp.sysdescr" => {
                AGENT.say(of, Role, "snmp agent", out);
                if let Some(said) = describe(value) {
                    say_description(&DESCRIPTION, &FAMILY, of, said, out);
                }
            }
            "snmp.sysobjectid" => {
                if let Some(os) = object(value) {
                    NET_SNMP.say(of, Os, os, out);
                } else if let Some((name, kind)) = enterprise(value) {
                    OBJECT_ID.say(of, Maker, name, out);
                    OBJECT_ID.say(of, Type, kind, out);
                }
            }
            "snmp.engine_enterprise" => {
                let known = enterprise(&format!("1.3.6.1.4.1.{value}"));
                ENGINE.say(of, Maker, known.map_or("", |(name, _)| name), out);
            }
            _ => identity(of, value, out),
        }
    }
}

/// `1.3.6.1.2.1.47.1.1.1.1.11.1=SN123`: columns of entPhysicalTable, and the
/// printer's serial number. Only the first entity stands for the whole device.
fn identity(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let Some((id, value)) = value.split_once('=') else {
        return;
    };
    if id.starts_with("1.3.6.1.2.1.43.5.1.1.17.") {
        SERIAL.say(of, Serial, value, out);
        SERIAL.say(of, Type, "printer", out);
        return;
    }
    if id.starts_with("1.3.6.1.2.1.25.3.2.1.3.") {
        return;
    }
    let Some((column, index)) =
        id.strip_prefix("1.3.6.1.2.1.47.1.1.1.1.").and_then(|rest| rest.split_once('.'))
    else {
        return;
    };
    if !matches!(index, "1" | "1001") {
        return;
    }
    match column {
        "8" => SERIAL.say(of, Hardware, value, out),
        "9" => SERIAL.say(of, Firmware, value, out),
        "11" => SERIAL.say(of, Serial, value, out),
        "12" => SERIAL.say(of, Maker, maker(value), out),
        "13" => SERIAL.say(of, Model, value, out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn agents() {
        check(
            &Snmp,
            &[
                (
                    "snmp.sysdescr",
                    "HP J9773A 2530-24G-PoEP Switch, revision YA.15.10.0003, ROM YA.15.06",
                    &[
                        "role=snmp agent",
                        "os=ProVision",
                        "maker=HP",
                        "model=2530-24G-PoEP",
                        "order_number=J9773A",
                        "type=switch",
                        "firmware=YA.15.10.0003",
                    ],
                ),
                (
                    "snmp.sysdescr",
                    "IOS (tm) 7200 Software (C7200-P-M), Version 12.1(5)",
                    &["role=snmp agent", "os=Cisco IOS 12.1(5)", "maker=Cisco", "model=7200", "type=router"],
                ),
                ("snmp.sysdescr", "a thing", &["role=snmp agent"]),
                ("snmp.sysobjectid", "1.3.6.1.4.1.9.1.516", &["maker=Cisco", "type=network"]),
                ("snmp.sysobjectid", "1.3.6.1.4.1.8072.3.2.10", &["os=Linux"]),
                ("snmp.sysobjectid", "1.3.6.1.4.1.311.1.1.3.1.2", &["os=Windows Server"]),
                ("snmp.sysobjectid", "1.3.6.1.4.1.99999.1", &[]),
                ("snmp.object", "1.3.6.1.2.1.47.1.1.1.1.11.1=FOC0000X0AB", &["serial=FOC0000X0AB"]),
                ("snmp.object", "1.3.6.1.2.1.47.1.1.1.1.11.1002=PSU1", &[]),
                (
                    "snmp.object",
                    "1.3.6.1.2.1.43.5.1.1.17.1=PHB0000001",
                    &["serial=PHB0000001", "type=printer"],
                ),
                ("snmp.engine_enterprise", "14988", &["maker=MikroTik"]),
            ],
        );
    }
}
