//! Linux distributions and BSDs as banners name them, and package revisions.

/// The system that a word in a banner's comment stands for: `(Ubuntu)`, `(Win32)`.
pub fn system_word(word: &str) -> Option<&'static str> {
    SYSTEMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, os)| *os)
}

const SYSTEMS: &[(&str, &str)] = &[
    ("Ubuntu", "Linux (Ubuntu)"),
    ("Debian", "Linux (Debian)"),
    ("Debian GNU/Linux", "Linux (Debian)"),
    ("Raspbian", "Linux (Raspbian)"),
    ("CentOS", "Linux (CentOS)"),
    ("CentOS Stream", "Linux (CentOS)"),
    ("Red Hat", "Linux (Red Hat)"),
    ("RedHat", "Linux (Red Hat)"),
    ("Red-Hat/Linux", "Linux (Red Hat)"),
    ("Red Hat Linux", "Linux (Red Hat)"),
    ("Red Hat Enterprise Linux", "Linux (Red Hat)"),
    ("Rocky Linux", "Linux (Rocky)"),
    ("AlmaLinux", "Linux (AlmaLinux)"),
    ("Fedora", "Linux (Fedora)"),
    ("Fedora Linux", "Linux (Fedora)"),
    ("Oracle Linux Server", "Linux (Oracle)"),
    ("Amazon", "Linux (Amazon)"),
    ("Amazon Linux", "Linux (Amazon)"),
    ("SuSE", "Linux (SUSE)"),
    ("Linux/SUSE", "Linux (SUSE)"),
    ("Linux/SuSE", "Linux (SUSE)"),
    ("SUSE Linux", "Linux (SUSE)"),
    ("openSUSE", "Linux (SUSE)"),
    ("Gentoo", "Linux (Gentoo)"),
    ("Gentoo Linux", "Linux (Gentoo)"),
    ("Gentoo/Linux", "Linux (Gentoo)"),
    ("Arch Linux", "Linux (Arch)"),
    ("Alpine", "Linux (Alpine)"),
    ("Alpine Linux", "Linux (Alpine)"),
    ("Mandriva", "Linux (Mandriva)"),
    ("Mandriva Linux", "Linux (Mandriva)"),
    ("Mandriva Linux/PREFORK", "Linux (Mandriva)"),
    ("Kali", "Linux (Kali)"),
    ("OpenWrt", "OpenWrt"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("NetBSD", "NetBSD"),
    ("Darwin", "macOS"),
    ("MacOSX", "macOS"),
    ("Mac OS X", "macOS"),
    ("Win32", "Windows"),
    ("Win64", "Windows"),
    ("Windows", "Windows"),
    ("Microsoft Windows", "Windows"),
    ("Cygwin", "Windows"),
    ("NETWARE", "NetWare"),
    ("Solaris", "Solaris"),
    ("SunOS", "Solaris"),
];

/// The system that built a package, from its revision: `7.0.33-0ubuntu0.16.04.16`
/// is Ubuntu 16.04's, `5.6.40-0+deb8u12` Debian 8's, `3.6.9-151.el6` that of a
/// Red Hat rebuild, `1.2-3.fc35` Fedora 35's.
pub fn package_os(revision: &str) -> Option<String> {
    if let Some((_, rest)) = revision.split_once("ubuntu") {
        let release = rest.split(['~', '-', '+']).next().and_then(ubuntu_release);
        return Some(
            release.map_or("Linux (Ubuntu)".to_owned(), |release| format!("Linux (Ubuntu {release})")),
        );
    }
    for (mark, name) in [
        ("+deb", "Debian"),
        ("~deb", "Debian"),
        ("+rpt", "Raspbian"),
        (".fc", "Fedora"),
        (".el", "Red Hat"),
        (".amzn", "Amazon"),
    ] {
        let Some((_, rest)) = revision.split_once(mark) else {
            continue;
        };
        let release = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
        match (name, release) {
            (_, "") => continue,
            ("Raspbian", _) => return Some("Linux (Raspbian)".to_owned()),
            _ => return Some(format!("Linux ({name} {release})")),
        }
    }
    revision.contains("Debian").then(|| "Linux (Debian)".to_owned())
}

/// `0.16.04.16` is of 16.04: packages of a stable release carry it behind `0.`.
fn ubuntu_release(rest: &str) -> Option<String> {
    let mut parts = rest.split('.').skip(1);
    let (year, month) = (parts.next()?, parts.next()?);
    let release = year.len() == 2 && matches!(month, "04" | "10") && year.bytes().all(|b| b.is_ascii_digit());
    release.then(|| format!("{year}.{month}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions() {
        for (revision, want) in [
            ("7.0.33-0ubuntu0.16.04.16", Some("Linux (Ubuntu 16.04)")),
            ("4.3.11-Ubuntu", None),
            ("8.0.32-0ubuntu0.22.04.1", Some("Linux (Ubuntu 22.04)")),
            ("7.2-3ubuntu2", Some("Linux (Ubuntu)")),
            ("5.6.40-0+deb8u12", Some("Linux (Debian 8)")),
            ("3.6.9-151.el6", Some("Linux (Red Hat 6)")),
            ("1.2-3.fc35", Some("Linux (Fedora 35)")),
            ("3.0.20-Debian", Some("Linux (Debian)")),
            ("1.2.elegant", None),
            ("1.2.3", None),
        ] {
            assert_eq!(package_os(revision).as_deref(), want, "{revision}");
        }
        assert_eq!(system_word("ubuntu"), Some("Linux (Ubuntu)"));
        assert_eq!(system_word("Unix"), None);
    }
}
