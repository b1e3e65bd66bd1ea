//! SSH identification strings (RFC 4253 section 4.2): software, version, and the
//! distribution that packaged it.

use model::Interval;

use crate::attribute::Attribute::{Firmware, Maker, Os, ServiceProduct, ServiceVersion, Type};
use crate::candidate::{Candidate, Rule, Source};

/// The source.
pub struct Ssh;

const SOFTWARE: Rule = Rule {
    id: "ssh-0001@1",
    reads: "ssh.banner",
    says: "The software and version that the server's identification string names.",
    weight: 950,
};
const PACKAGE: Rule = Rule {
    id: "ssh-0002@1",
    reads: "ssh.banner",
    says: "The package revision after the version is that of one distribution (Ubuntu-3ubuntu0.6, Debian-2+deb12u3, FreeBSD-20230316).",
    weight: 850,
};
const PORTED: Rule = Rule {
    id: "ssh-0003@1",
    reads: "ssh.banner",
    says: "This SSH software is only found on one system (OpenSSH_for_Windows, Cisco, ROSSSH, Sun_SSH …).",
    weight: 850,
};
const SMALL: Rule = Rule {
    id: "ssh-0004@1",
    reads: "ssh.banner",
    says: "Dropbear is the SSH server of small Linux systems.",
    weight: 400,
};
const RELEASE: Rule = Rule {
    id: "ssh-0005@1",
    reads: "ssh.banner",
    says: "A distribution release ships this OpenSSH version and no other release of it does.",
    weight: 700,
};

static RULES: [Rule; 5] = [SOFTWARE, PACKAGE, PORTED, SMALL, RELEASE];

impl Source for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["ssh.banner"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let Some((_, rest)) = of.value.strip_prefix("SSH-").and_then(|rest| rest.split_once('-')) else {
            return;
        };
        let (software, comment) = rest.split_once(' ').unwrap_or((rest, ""));
        let (product, version) = split_product(software);
        if of.port.is_some() && !product.is_empty() {
            SOFTWARE.say(of, ServiceProduct, product, out);
            SOFTWARE.say(of, ServiceVersion, version, out);
        }
        if let Some(os) = package_os(comment) {
            PACKAGE.say(of, Os, os, out);
        }
        if let Some(os) = release(version, comment) {
            RELEASE.say(of, Os, os, out);
        }
        ported(of, software, version, out);
        if product.eq_ignore_ascii_case("dropbear") {
            SMALL.say(of, Os, "Linux", out);
        }
    }
}

/// `OpenSSH_8.9p1` is product and version; so are `dropbear_2019.78`, `Cisco-1.25`,
/// `libssh-0.9.6` and `Sun_SSH_1.1`: the version starts at the last separator
/// that a digit follows.
fn split_product(software: &str) -> (&str, &str) {
    let starts = |at: usize| software.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
    let at = software.char_indices().find(|(at, c)| matches!(c, '_' | '-') && starts(*at));
    match at {
        Some((at, _)) => (&software[..at], &software[at + 1..]),
        None => (software, ""),
    }
}

/// The distribution a package revision belongs to, with its release where the
/// revision tells it.
fn package_os(comment: &str) -> Option<String> {
    let (start, revision) = comment.split_once('-').unwrap_or((comment, ""));
    match start {
        "Ubuntu" => Some("Linux (Ubuntu)".to_owned()),
        "Debian" => Some(match debian_release(revision) {
            Some(release) => format!("Linux (Debian {release})"),
            None => "Linux (Debian)".to_owned(),
        }),
        "Raspbian" => Some(match debian_release(revision) {
            Some(release) => format!("Linux (Raspbian {release})"),
            None => "Linux (Raspbian)".to_owned(),
        }),
        "FreeBSD" => Some("FreeBSD".to_owned()),
        _ if comment.starts_with("NetBSD") => Some("NetBSD".to_owned()),
        _ if comment.starts_with("Lenovo ") => None,
        _ => None,
    }
}

/// `2+deb12u3` was built for Debian 12.
fn debian_release(revision: &str) -> Option<&str> {
    let (_, rest) = revision.rsplit_once("deb")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).filter(|release| !release.is_empty())
}

/// The one release of a distribution that packages this version of OpenSSH
/// (release notes of Ubuntu and Debian).
fn release(version: &str, comment: &str) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)]| table.iter().find(|(v, _)| *v == version).map(|(_, os)| *os);
    if comment.starts_with("Ubuntu-") {
        return find(UBUNTU);
    }
    if comment.starts_with("Debian-") && debian_release(comment).is_none() {
        return find(DEBIAN);
    }
    None
}

const UBUNTU: &[(&str, &str)] = &[
    ("5.9p1", "Linux (Ubuntu 12.04)"),
    ("6.6.1p1", "Linux (Ubuntu 14.04)"),
    ("6.6p1", "Linux (Ubuntu 14.04)"),
    ("7.2p2", "Linux (Ubuntu 16.04)"),
    ("7.6p1", "Linux (Ubuntu 18.04)"),
    ("8.2p1", "Linux (Ubuntu 20.04)"),
    ("8.9p1", "Linux (Ubuntu 22.04)"),
    ("9.6p1", "Linux (Ubuntu 24.04)"),
];

const DEBIAN: &[(&str, &str)] = &[
    ("5.5p1", "Linux (Debian 6)"),
    ("6.0p1", "Linux (Debian 7)"),
    ("6.7p1", "Linux (Debian 8)"),
    ("7.4p1", "Linux (Debian 9)"),
    ("7.9p1", "Linux (Debian 10)"),
    ("8.4p1", "Linux (Debian 11)"),
    ("9.2p1", "Linux (Debian 12)"),
    ("10.0p1", "Linux (Debian 13)"),
    ("10.0p2", "Linux (Debian 13)"),
];

/// Software of one system: start of the software's name, system, maker, type.
const PORTS: &[(&str, &str, &str, &str)] = &[
    ("OpenSSH_for_Windows", "Windows 10/11/Server 2016+", "", ""),
    ("WeOnlyDo", "Windows", "", ""),
    ("FlowSsh", "Windows", "", ""),
    ("Cisco-", "Cisco IOS", "Cisco", "network"),
    ("CISCO_WLC", "Cisco AireOS", "Cisco", "wlan controller"),
    ("ROSSSH", "RouterOS", "MikroTik", "router"),
    ("Sun_SSH", "Solaris", "", ""),
    ("HUAWEI-", "VRP", "Huawei", "network"),
    ("Comware-", "Comware", "", "switch"),
    ("mod_sftp", "", "", ""),
    ("IPSSH-", "VxWorks", "", ""),
    ("RomSShell", "Embedded", "", ""),
    ("Mocana", "Embedded", "", ""),
    ("mpSSH_", "", "HP", "bmc"),
    ("NetScreen", "", "Juniper", "firewall"),
    ("Zyxel", "", "Zyxel", "network"),
    ("FortiSSH", "FortiOS", "Fortinet", "firewall"),
    ("Data ONTAP", "", "NetApp", "storage"),
    ("xlightftpd", "Windows", "", ""),
    ("AWS_SFTP", "", "", ""),
];

fn ported(of: &Interval, software: &str, version: &str, out: &mut Vec<Candidate>) {
    let Some((_, os, maker, kind)) = PORTS.iter().find(|(start, ..)| software.starts_with(start)) else {
        return;
    };
    PORTED.say(of, Os, *os, out);
    PORTED.say(of, Maker, *maker, out);
    PORTED.say(of, Type, *kind, out);
    if *kind == "bmc" {
        PORTED.say(of, Firmware, version, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn banners() {
        check(
            &Ssh,
            &[
                (
                    "ssh.banner:22",
                    "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6",
                    &[
                        "service_product=OpenSSH",
                        "service_version=8.9p1",
                        "os=Linux (Ubuntu)",
                        "os=Linux (Ubuntu 22.04)",
                    ],
                ),
                (
                    "ssh.banner:22",
                    "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
                    &["service_product=OpenSSH", "service_version=9.2p1", "os=Linux (Debian 12)"],
                ),
                (
                    "ssh.banner",
                    "SSH-2.0-OpenSSH_7.4p1 Debian-10",
                    &["os=Linux (Debian)", "os=Linux (Debian 9)"],
                ),
                ("ssh.banner", "SSH-2.0-OpenSSH_9.3 FreeBSD-20230316", &["os=FreeBSD"]),
                (
                    "ssh.banner:22",
                    "SSH-2.0-dropbear_2019.78",
                    &["service_product=dropbear", "service_version=2019.78", "os=Linux"],
                ),
                (
                    "ssh.banner:22",
                    "SSH-2.0-Cisco-1.25",
                    &[
                        "service_product=Cisco",
                        "service_version=1.25",
                        "os=Cisco IOS",
                        "maker=Cisco",
                        "type=network",
                    ],
                ),
                ("ssh.banner", "SSH-2.0-OpenSSH_for_Windows_8.1", &["os=Windows 10/11/Server 2016+"]),
                ("ssh.banner", "SSH-2.0-ROSSSH", &["os=RouterOS", "maker=MikroTik", "type=router"]),
                ("ssh.banner", "SSH-2.0-OpenSSH_7.4", &[]),
                ("ssh.banner", "HTTP/1.1 200 OK", &[]),
            ],
        );
    }
}
