//! Names of operating systems: their families, and which are kinds of another.

/// Family of an operating system as this crate writes it; `unknown` when the
/// first words are in no table.
pub fn os_family(os: &str) -> &'static str {
    FAMILIES
        .iter()
        .find(|(start, ..)| starts_with_words(os, start))
        .map_or("unknown", |(_, family, _)| family)
}

/// The system that `os` is a kind of: Android and most appliances run Linux, an
/// iPad's system is iOS in all but name.
/// What a Linux kernel does (its TCP options, say) speaks for them too.
pub fn parent(os: &str) -> Option<&'static str> {
    let (_, _, parent) = FAMILIES.iter().find(|(start, ..)| starts_with_words(os, start))?;
    Some(*parent).filter(|parent| !parent.is_empty())
}

fn starts_with_words(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
        && !text.as_bytes().get(start.len()).is_some_and(u8::is_ascii_alphanumeric)
}

/// First words, family, what it is a kind of. Longer starts stand first.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("Windows CE", "embedded", ""),
    ("Windows Phone", "windows", ""),
    ("Windows", "windows", ""),
    ("macOS", "macos", ""),
    ("iOS", "ios", ""),
    ("iPadOS", "ios", "iOS"),
    ("tvOS", "ios", "iOS"),
    ("watchOS", "ios", "iOS"),
    ("audioOS", "ios", "iOS"),
    ("visionOS", "ios", "iOS"),
    ("Apple OS", "macos", ""),
    ("Android", "android", "Linux"),
    ("Fire OS", "android", "Linux"),
    ("ChromeOS", "chromeos", "Linux"),
    ("KaiOS", "linux", "Linux"),
    ("Tizen", "linux", "Linux"),
    ("webOS", "linux", "Linux"),
    ("DSM", "linux", "Linux"),
    ("QTS", "linux", "Linux"),
    ("OpenWrt", "linux", "Linux"),
    ("DD-WRT", "linux", "Linux"),
    ("EdgeOS", "linux", "Linux"),
    ("UniFi OS", "linux", "Linux"),
    ("Fritz!OS", "linux", "Linux"),
    ("Roku OS", "linux", "Linux"),
    ("ArubaOS-CX", "linux", "Linux"),
    ("Cumulus Linux", "linux", "Linux"),
    ("Linux", "linux", ""),
    ("FreeBSD", "bsd", ""),
    ("OpenBSD", "bsd", ""),
    ("NetBSD", "bsd", ""),
    ("DragonFly", "bsd", ""),
    ("TrueNAS", "bsd", "FreeBSD"),
    ("pfSense", "bsd", "FreeBSD"),
    ("OPNsense", "bsd", "FreeBSD"),
    ("PlayStation", "console", ""),
    ("Nintendo", "console", ""),
    ("Xbox", "windows", "Windows"),
    ("Cisco IOS XR", "cisco-ios", ""),
    ("Cisco IOS XE", "cisco-ios", ""),
    ("Cisco IOS", "cisco-ios", ""),
    ("Cisco NX-OS", "cisco-nxos", ""),
    ("Cisco ASA", "cisco-asa", ""),
    ("Cisco CatOS", "cisco-catos", ""),
    ("Cisco AireOS", "cisco-aireos", ""),
    ("Junos", "junos", "FreeBSD"),
    ("Arista EOS", "arista-eos", "Linux"),
    ("RouterOS", "routeros", "Linux"),
    ("SwOS", "routeros", ""),
    ("FortiOS", "fortios", "Linux"),
    ("PAN-OS", "panos", "Linux"),
    ("Gaia", "gaia", "Linux"),
    ("ExtremeXOS", "extremexos", "Linux"),
    ("ExtremeWare", "extremeware", "VxWorks"),
    ("ArubaOS", "arubaos", "Linux"),
    ("ProVision", "procurve", ""),
    ("Comware", "comware", ""),
    ("VRP", "huawei-vrp", ""),
    ("VMware ESXi", "esxi", ""),
    ("SINEC OS", "embedded", "Linux"),
    ("VxWorks", "vxworks", ""),
    ("QNX", "qnx", ""),
    ("Solaris", "solaris", ""),
    ("SunOS", "solaris", ""),
    ("AIX", "aix", ""),
    ("HP-UX", "hpux", ""),
    ("IRIX", "irix", ""),
    ("Tru64", "tru64", ""),
    ("OpenVMS", "openvms", ""),
    ("OS/400", "os400", ""),
    ("z/OS", "zos", ""),
    ("NetWare", "netware", ""),
    ("OS/2", "os2", ""),
    ("lwIP", "embedded", ""),
    ("FreeRTOS", "embedded", ""),
    ("Zephyr", "embedded", ""),
    ("ThreadX", "embedded", ""),
    ("Nucleus", "embedded", ""),
    ("Embedded", "embedded", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (os, family) in [
            ("Windows 10/11", "windows"),
            ("macOS 10.12.4", "macos"),
            ("iOS 18.1", "ios"),
            ("Linux (Ubuntu)", "linux"),
            ("Cisco IOS 15.2(4)JA1", "cisco-ios"),
            ("Cisco NX-OS 9.3(5)", "cisco-nxos"),
            ("RouterOS 6.35.1", "routeros"),
            ("Windowsill", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(os_family(os), family, "{os}");
        }
        assert_eq!(parent("Android 11"), Some("Linux"));
        assert_eq!(parent("Linux"), None);
    }

    #[test]
    fn no_earlier_start_hides_a_later_one() {
        for (at, (start, ..)) in FAMILIES.iter().enumerate() {
            let first = FAMILIES.iter().position(|(other, ..)| starts_with_words(start, other));
            assert_eq!(first, Some(at), "{start}");
        }
    }
}
