//! What a host serves: type and role by the ports that answered. The field
//! `service.port` is made by `assets` from conversations, not by a dissector:
//! `tcp/9100 known=payload protocol=http clients=many`, `known` being `payload`, `port`
//! or `nothing`, `clients` there only when they are many.

use model::Interval;

use crate::attribute::Attribute::{Os, Role, Type};
use crate::candidate::{Candidate, Rule, Source};

/// The source.
pub struct Services;

const SPOKEN: Rule = Rule {
    id: "services-0001@1",
    reads: "service.port",
    says: "It answered in a protocol (read from the payload) that is served by one class of device.",
    weight: 550,
};
const PORT: Rule = Rule {
    id: "services-0002@1",
    reads: "service.port",
    says: "It answered on a port that is used by one class of device; what it speaks was not read.",
    weight: 300,
};
const ROLE: Rule = Rule {
    id: "services-0003@1",
    reads: "service.port",
    says: "It answered in a protocol (read from the payload) that makes it this kind of server.",
    weight: 800,
};
const ROLE_PORT: Rule = Rule {
    id: "services-0004@1",
    reads: "service.port",
    says: "It answered on the registered port of this kind of server; what it speaks was not read.",
    weight: 450,
};
const SERVER: Rule = Rule {
    id: "services-0005@1",
    reads: "service.port",
    says: "Directory, mail and database services are run on servers.",
    weight: 400,
};
const WINDOWS: Rule = Rule {
    id: "services-0006@1",
    reads: "service.port",
    says: "It answered on ports that only Windows opens by itself (remote desktop, web services for devices, remote management).",
    weight: 350,
};

const MANY: Rule = Rule {
    id: "services-0007@1",
    reads: "service.port",
    says: "Three or more hosts use files or names it serves (read from the payload).",
    weight: 350,
};

static RULES: [Rule; 7] = [SPOKEN, PORT, ROLE, ROLE_PORT, SERVER, WINDOWS, MANY];

impl Source for Services {
    fn name(&self) -> &'static str {
        "services"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["service.port"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let mut words = of.value.split(' ');
        let port = words.next().unwrap_or_default();
        let value = |key: &str| words.clone().find_map(|word| word.strip_prefix(key)).unwrap_or_default();
        let (known, protocol) = (value("known="), value("protocol="));
        let spoken = known == "payload" && !protocol.is_empty();

        let by_name = KINDS.iter().find(|(name, ..)| spoken && *name == protocol);
        if let Some((_, _, kind)) = by_name {
            SPOKEN.say(of, Type, *kind, out);
        } else if let Some((.., kind)) =
            KINDS.iter().find(|(_, ports, _)| ports.split(' ').any(|known| known == port))
        {
            // HTTP on 9100 is a program's, not a printer's.
            if !spoken {
                PORT.say(of, Type, *kind, out);
            }
        }
        let served = |(name, ports, ..): &&(&str, &str, &str, bool)| {
            if spoken { *name == protocol } else { ports.split(' ').any(|known| known == port) }
        };
        if let Some((_, _, role, server)) = ROLES.iter().find(served) {
            let rule = if spoken { &ROLE } else { &ROLE_PORT };
            rule.say(of, Role, *role, out);
            if *server {
                SERVER.say(of, Type, "server", out);
            }
        }
        if value("clients=") == "many" && spoken && matches!(protocol, "smb" | "nfs" | "dns") {
            MANY.say(of, Type, "server", out);
        }
        if matches!(port, "tcp/3389" | "tcp/5357" | "tcp/5985" | "tcp/135")
            && (!spoken || matches!(protocol, "rdp" | "http" | "dcerpc"))
        {
            WINDOWS.say(of, Os, "Windows", out);
        }
    }
}

/// Protocol, usual ports, type.
const KINDS: &[(&str, &str, &str)] = &[
    ("ipp", "tcp/631", "printer"),
    ("jetdirect", "tcp/9100", "printer"),
    ("lpd", "tcp/515", "printer"),
    ("modbus", "tcp/502", "ot"),
    ("s7", "tcp/102", "plc"),
    ("enip", "tcp/44818 udp/44818", "ot"),
    ("dnp3", "tcp/20000", "rtu"),
    ("iec104", "tcp/2404", "rtu"),
    ("bacnet", "udp/47808", "building controller"),
    ("fox", "tcp/1911 tcp/4911", "building controller"),
    ("opcua", "tcp/4840", "ot"),
    ("fins", "udp/9600", "plc"),
    ("rtsp", "tcp/554", "camera"),
    ("dahua", "tcp/37777", "camera"),
    ("sip", "udp/5060", "voip phone"),
    ("ipmi", "udp/623", "bmc"),
    ("iscsi", "tcp/3260", "storage"),
    ("dicom", "tcp/104 tcp/11112", "medical"),
];

/// Protocol, usual ports, role, whether it is run on servers.
const ROLES: &[(&str, &str, &str, bool)] = &[
    ("http", "tcp/80 tcp/8080", "web server", false),
    ("tls", "tcp/443 tcp/8443", "tls server", false),
    ("ssh", "tcp/22", "ssh server", false),
    ("telnet", "tcp/23", "telnet server", false),
    ("ftp", "tcp/21", "ftp server", false),
    ("dns", "udp/53 tcp/53", "dns server", false),
    ("ntp", "udp/123", "time server", false),
    ("smb", "tcp/445 tcp/139", "file server", false),
    ("nfs", "tcp/2049", "file server", true),
    ("rdp", "tcp/3389", "remote desktop", false),
    ("vnc", "tcp/5900", "remote desktop", false),
    ("ldap", "tcp/389 tcp/636 tcp/3268", "directory server", true),
    ("kerberos", "tcp/88 udp/88", "kerberos server", true),
    ("smtp", "tcp/25 tcp/587", "mail server", true),
    ("imap", "tcp/143 tcp/993", "mail server", true),
    ("pop3", "tcp/110 tcp/995", "mail server", true),
    ("mysql", "tcp/3306", "database server", true),
    ("postgresql", "tcp/5432", "database server", true),
    ("tds", "tcp/1433", "database server", true),
    ("tns", "tcp/1521", "database server", true),
    ("mongodb", "tcp/27017", "database server", true),
    ("redis", "tcp/6379", "database server", true),
    ("mqtt", "tcp/1883 tcp/8883", "mqtt broker", false),
    ("socks", "tcp/1080", "proxy", false),
    ("radius", "udp/1812", "radius server", true),
    ("tacacs", "tcp/49", "tacacs server", true),
    ("syslog", "udp/514", "log server", true),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn ports_and_protocols() {
        check(
            &Services,
            &[
                ("service.port:9100", "tcp/9100 known=port", &["type=printer"]),
                ("service.port:9100", "tcp/9100 known=payload protocol=http", &["role=web server"]),
                ("service.port:102", "tcp/102 known=payload protocol=s7", &["type=plc"]),
                (
                    "service.port:445",
                    "tcp/445 known=payload protocol=smb clients=many",
                    &["role=file server", "type=server"],
                ),
                (
                    "service.port:389",
                    "tcp/389 known=payload protocol=ldap",
                    &["role=directory server", "type=server"],
                ),
                ("service.port:1433", "tcp/1433 known=nothing", &["role=database server", "type=server"]),
                (
                    "service.port:3389",
                    "tcp/3389 known=port protocol=rdp",
                    &["role=remote desktop", "os=Windows"],
                ),
                ("service.port:47000", "tcp/47000 known=nothing", &[]),
                ("service.port", "", &[]),
            ],
        );
    }
}
