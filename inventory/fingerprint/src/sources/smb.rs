//! Windows file sharing: SMB session setup, NTLM versions, browser announcements.
//!
//! Samba imitates Windows in all three, and says so in some: where a value is one
//! that Samba sends too, the rule's weight is low.

use model::Interval;

use crate::attribute::Attribute::{Os, Role, ServiceProduct, ServiceVersion, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::linux::package_os;
use crate::windows::{windows, windows_words};

/// The source.
pub struct Smb;

const NATIVE: Rule = Rule {
    id: "smb-0001@1",
    reads: "smb.native_os",
    says: "SMB1 session setup names the Windows release, often with its build.",
    weight: 850,
};
const NATIVE_OTHER: Rule = Rule {
    id: "smb-0002@1",
    reads: "smb.native_os",
    says: "SMB1 session setup names a system that is not Windows; Unix is what Samba says, nearly always on Linux.",
    weight: 500,
};
const LANMAN: Rule = Rule {
    id: "smb-0003@1",
    reads: "smb.native_lanman",
    says: "The LAN manager is Samba with its version; a package revision names the distribution.",
    weight: 800,
};
const SAMBA: Rule = Rule {
    id: "smb-0004@1",
    reads: "smb.native_lanman, ntlm.version, browser.os",
    says: "Samba was recognised (by name, NTLM version 6.1.0, or announced version 4.9): a Unix system, nearly always Linux.",
    weight: 400,
};
const NTLM: Rule = Rule {
    id: "smb-0005@1",
    reads: "ntlm.version",
    says: "The VERSION field of an NTLM message is the sender's Windows version and build (MS-NLMP 2.2.2.10).",
    weight: 900,
};
const BROWSER: Rule = Rule {
    id: "smb-0006@1",
    reads: "browser.os",
    says: "The host announces its Windows version to browsers of the network (MS-BRWS 2.2.1).",
    weight: 550,
};
const SERVER: Rule = Rule {
    id: "smb-0007@1",
    reads: "browser.roles",
    says: "The announced server type has a bit that only Windows Server sets (domain controller, server of NT line).",
    weight: 600,
};
const ROLES: Rule = Rule {
    id: "smb-0008@1",
    reads: "browser.roles",
    says: "The announced server type names what the host does.",
    weight: 700,
};
const UNIX: Rule = Rule {
    id: "smb-0009@1",
    reads: "browser.roles",
    says: "The announced server type has the Xenix bit, which Samba sets.",
    weight: 500,
};
const WORKSTATION: Rule = Rule {
    id: "smb-0010@1",
    reads: "browser.roles",
    says: "The announced server type is of the NT line without a server's bit: a workstation.",
    weight: 350,
};
const DIALECT: Rule = Rule {
    id: "smb-0011@1",
    reads: "smb.dialect, smb.client_dialect",
    says: "The highest SMB dialect came with this Windows release; other systems speak it too, so it is only a hint.",
    weight: 120,
};

const BROWSER_SAMBA: Rule = Rule {
    id: "smb-0012@1",
    reads: "browser.os",
    says: "The host announces version 6.1, as Windows 7 does and Samba does in all its releases since 4.",
    weight: 320,
};

static RULES: [Rule; 12] = [
    NATIVE,
    NATIVE_OTHER,
    LANMAN,
    SAMBA,
    NTLM,
    BROWSER,
    SERVER,
    ROLES,
    UNIX,
    WORKSTATION,
    DIALECT,
    BROWSER_SAMBA,
];

impl Source for Smb {
    fn name(&self) -> &'static str {
        "smb"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "smb.native_os",
            "smb.native_lanman",
            "smb.dialect",
            "smb.client_dialect",
            "ntlm.version",
            "browser.os",
            "browser.roles",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.as_str();
        match of.field.as_ref() {
            "smb.native_os" => native(of, out),
            "smb.native_lanman" => {
                if let Some(version) = value.strip_prefix("Samba") {
                    samba(of, version.trim(), out);
                }
            }
            "smb.dialect" | "smb.client_dialect" => {
                if let Some((_, os)) = DIALECTS.iter().find(|(dialect, _)| *dialect == value) {
                    DIALECT.say(of, Os, *os, out);
                }
            }
            "ntlm.version" => match value {
                // What Samba puts into the field, in all its releases.
                "6.1.0" | "6.1" => SAMBA.say(of, Os, "Linux", out),
                _ => NTLM.say(of, Os, windows(value).unwrap_or_default(), out),
            },
            "browser.os" if value == "4.9" => SAMBA.say(of, Os, "Linux", out),
            "browser.os" if value == "6.1" => {
                BROWSER_SAMBA.say(of, Os, windows(value).unwrap_or_default(), out)
            }
            "browser.os" => BROWSER.say(of, Os, windows(value).unwrap_or_default(), out),
            _ => roles(of, out),
        }
    }
}

const DIALECTS: &[(&str, &str)] = &[
    ("3.1.1", "Windows 10/11/Server 2016+"),
    ("3.0.2", "Windows 8.1/Server 2012 R2"),
    ("3.0", "Windows 8/Server 2012"),
    ("2.1", "Windows 7/Server 2008 R2"),
    ("2.0.2", "Windows Vista/Server 2008"),
];

fn native(of: &Interval, out: &mut Vec<Candidate>) {
    if let Some(os) = windows_words(&of.value) {
        NATIVE.say(of, Os, os, out);
        return;
    }
    let value = of.value.trim();
    let os = match value {
        "Unix" | "Linux" => "Linux",
        "VxWorks" => "VxWorks",
        "QTS" => "QTS",
        _ if value.starts_with("Linux ") => "Linux",
        _ if value.starts_with("Darwin") || value.starts_with("Mac OS X") => "macOS",
        _ if value.starts_with("FreeBSD") => "FreeBSD",
        _ if value.starts_with("OS/400") => "OS/400",
        _ => return,
    };
    NATIVE_OTHER.say(of, Os, os, out);
}

fn samba(of: &Interval, version: &str, out: &mut Vec<Candidate>) {
    LANMAN.say(of, ServiceProduct, "Samba", out);
    LANMAN.say(of, ServiceVersion, version.split('-').next().unwrap_or_default(), out);
    match package_os(version).or_else(|| version.ends_with("-Ubuntu").then(|| "Linux (Ubuntu)".to_owned())) {
        Some(os) => LANMAN.say(of, Os, os, out),
        None => SAMBA.say(of, Os, "Linux", out),
    }
}

fn roles(of: &Interval, out: &mut Vec<Candidate>) {
    let has = |role: &str| of.value.split(',').any(|word| word == role);
    let controller = has("domain_controller") || has("backup_controller");
    for (role, name) in [
        ("domain_controller", "domain controller"),
        ("backup_controller", "domain controller"),
        ("sql", "sql server"),
        ("print", "print server"),
        ("dial_in", "dial-in server"),
        ("terminal_server", "terminal server"),
        ("master_browser", "master browser"),
        ("domain_master", "domain master browser"),
        ("time_source", "time server"),
    ] {
        if has(role) {
            ROLES.say(of, Role, name, out);
        }
    }
    if has("unix") {
        UNIX.say(of, Os, "Linux", out);
    } else if controller || has("nt_server") {
        SERVER.say(of, Os, "Windows Server", out);
        SERVER.say(of, Type, "server", out);
    } else if has("nt") {
        WORKSTATION.say(of, Os, "Windows", out);
        WORKSTATION.say(of, Type, "workstation", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn windows_and_samba() {
        check(
            &Smb,
            &[
                (
                    "smb.native_os",
                    "Windows Server 2016 Standard 14393",
                    &["os=Windows Server 2016 (build 14393)"],
                ),
                ("smb.native_os", "Unix", &["os=Linux"]),
                ("smb.native_os", "SpinCifsClient V1", &[]),
                (
                    "smb.native_lanman:445",
                    "Samba 3.0.20-Debian",
                    &["service_product=Samba", "service_version=3.0.20", "os=Linux (Debian)"],
                ),
                ("smb.native_lanman", "Samba 4.3.11-Ubuntu", &["os=Linux (Ubuntu)"]),
                ("smb.native_lanman", "Samba 3.6.3", &["os=Linux"]),
                ("smb.native_lanman", "Windows 2000 LAN Manager", &[]),
                ("ntlm.version", "10.0.19041", &["os=Windows 10/Server 2016+ (build 19041)"]),
                ("ntlm.version", "6.1.0", &["os=Linux"]),
                ("ntlm.version", "0.0.0", &[]),
                ("browser.os", "5.1", &["os=Windows XP"]),
                ("browser.os", "6.1", &["os=Windows 7/Server 2008 R2"]),
                ("browser.os", "4.9", &["os=Linux"]),
                (
                    "browser.roles",
                    "workstation,server,sql,domain_controller,nt",
                    &["role=domain controller", "role=sql server", "os=Windows Server", "type=server"],
                ),
                ("browser.roles", "workstation,server,nt", &["os=Windows", "type=workstation"]),
                ("browser.roles", "workstation,server,unix,nt", &["os=Linux"]),
                ("smb.dialect:445", "3.1.1", &["os=Windows 10/11/Server 2016+"]),
            ],
        );
    }
}
