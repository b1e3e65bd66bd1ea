//! Descriptions of systems as SNMP, LLDP and CDP carry them (sysDescr of RFC 3418,
//! LLDP system description, CDP software version): one text, many makers' forms.

mod cisco;
mod makers;

use crate::linux::package_os;
use crate::windows::windows;

/// What a description says; empty fields are not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Operating system with version.
    pub os: String,
    /// Kernel version.
    pub kernel: String,
    /// Maker.
    pub maker: &'static str,
    /// Model.
    pub model: String,
    /// Platform that the software is made for, where the model itself is not said.
    pub family: String,
    /// Order number.
    pub order: String,
    /// Type.
    pub kind: &'static str,
    /// Firmware version.
    pub firmware: String,
    /// Hardware revision.
    pub hardware: String,
    /// Serial number.
    pub serial: String,
}

/// Reads a description; `None` when no known form fits.
pub fn describe(text: &str) -> Option<Description> {
    let text = text.trim();
    cisco::read(text)
        .or_else(|| system(text))
        .or_else(|| makers::comma(text))
        .or_else(|| makers::written(text))
        .or_else(|| makers::table(text))
}

/// Behind the first place where `mark` stands.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

/// The first word, without a separator at its end.
fn word(text: &str) -> &str {
    text.split([' ', ',', ';', '\\', '\n', '\r', '[']).find(|word| !word.is_empty()).unwrap_or_default()
}

/// General systems: Windows, and what `uname` prints.
fn system(text: &str) -> Option<Description> {
    let of = |os: String| Some(Description { os, ..Description::default() });
    if let Some(rest) = after(text, "Software: Windows").filter(|_| text.starts_with("Hardware:")) {
        let version = word(after(rest, "Version ")?);
        let build = after(rest, "(Build ").map_or("", word);
        return of(windows(&format!("{version}.{build}")).unwrap_or_else(|| "Windows".to_owned()));
    }
    if let Some(rest) = text.strip_prefix("VMware ESX") {
        let version = word(after(rest, " ")?);
        return Some(Description {
            maker: "VMware",
            kind: "hypervisor",
            ..of(format!("VMware ESXi {version}"))?
        });
    }
    let mut words = text.split_whitespace();
    let (name, release) = (words.next()?, words.nth(1).unwrap_or_default());
    let version = |release: &str| release.split('-').next().unwrap_or_default().to_owned();
    match name {
        "Linux" if release.starts_with(|c: char| c.is_ascii_digit()) => {
            let distribution = uname_distribution(text).unwrap_or_else(|| "Linux".to_owned());
            Some(Description { kernel: release.to_owned(), ..of(distribution)? })
        }
        "Darwin" => of(release
            .split('.')
            .next()?
            .parse()
            .ok()
            .and_then(crate::apple::macos_of_darwin)
            .unwrap_or_else(|| "macOS".to_owned())),
        "FreeBSD" | "OpenBSD" | "NetBSD" | "AIX" | "HP-UX" => of(format!("{name} {}", version(release))),
        "SunOS" => of(format!("Solaris {}", release.strip_prefix("5.").unwrap_or(release))),
        _ => None,
    }
}

/// `#1 SMP Debian 5.10.46-4`, `#52~20.04.1-Ubuntu SMP`, `5.14.0-70.el9.x86_64`.
fn uname_distribution(text: &str) -> Option<String> {
    if text.contains("-Ubuntu") {
        let release = after(text, "~").map(|rest| rest.split('-').next().unwrap_or_default());
        let release = release
            .and_then(|release| release.get(..5))
            .filter(|release| release.ends_with(".04") || release.ends_with(".10"));
        return Some(
            release.map_or("Linux (Ubuntu)".to_owned(), |release| format!("Linux (Ubuntu {release})")),
        );
    }
    if text.contains(" Debian ") {
        return Some(
            package_os(after(text, " Debian ").map_or("", word))
                .unwrap_or_else(|| "Linux (Debian)".to_owned()),
        );
    }
    package_os(text.split_whitespace().nth(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_systems() {
        for (text, os, kernel) in [
            (
                "Hardware: x86 Family 6 Model 23 - Software: Windows Version 6.1 (Build 7601 Multiprocessor Free)",
                "Windows 7/Server 2008 R2 (build 7601)",
                "",
            ),
            (
                "Linux web1 5.10.0-8-amd64 #1 SMP Debian 5.10.46-4 (2021-08-03) x86_64",
                "Linux (Debian)",
                "5.10.0-8-amd64",
            ),
            (
                "Linux a 5.15.0-52-generic #58~20.04.1-Ubuntu SMP Thu Oct 13 x86_64",
                "Linux (Ubuntu 20.04)",
                "5.15.0-52-generic",
            ),
            ("Linux b 5.14.0-70.el9.x86_64 #1 SMP", "Linux (Red Hat 9)", "5.14.0-70.el9.x86_64"),
            ("FreeBSD gw 12.2-RELEASE FreeBSD 12.2-RELEASE GENERIC amd64", "FreeBSD 12.2", ""),
            ("Darwin mac 19.6.0 Darwin Kernel Version 19.6.0", "macOS 10.15", ""),
            ("SunOS host 5.10 Generic_141444-09 sun4u", "Solaris 10", ""),
            ("VMware ESXi 6.7.0 build-14320388 VMware, Inc. x86_64", "VMware ESXi 6.7.0", ""),
        ] {
            let said = describe(text).unwrap();
            assert_eq!((said.os.as_str(), said.kernel.as_str()), (os, kernel), "{text}");
        }
        for other in ["", "something", "Linux", "Acme EdgeGW 300 Firmware 4.2.1 build 1187"] {
            assert_eq!(describe(other), None, "{other}");
        }
    }
}
