//! Look-ups that tell of the asking system: the project's own short list.
//!
//! A host that asks for one of these says what it *is* (its system checks for
//! connectivity, sets its clock, calls its maker's cloud), not what its user
//! reads. Everything else a host asks for is browsing history and is not
//! observed. Names stand here because their owners document them or name them in
//! the configuration they ship; an entry covers the name and everything under it.

use crate::dns_wire::Name;

/// Systems asking whether they are behind a captive portal.
const CONNECTIVITY: &[&str] = &[
    "msftconnecttest.com",
    "msftncsi.com",
    "captive.apple.com",
    "connectivitycheck.gstatic.com",
    "connectivitycheck.android.com",
    "connectivitycheck.platform.hicloud.com",
    "connect.rom.miui.com",
    "nmcheck.gnome.org",
    "network-test.debian.org",
    "connectivity-check.ubuntu.com",
    "conncheck.opensuse.org",
    "ping.archlinux.org",
    "networkcheck.kde.org",
    "detectportal.firefox.com",
    "conntest.nintendowifi.net",
    "ctest.cdn.nintendo.net",
];

/// Clocks that a system is shipped with.
const TIME: &[&str] = &[
    "time.windows.com",
    "time.apple.com",
    "time-ios.apple.com",
    "time-macos.apple.com",
    "time.euro.apple.com",
    "time.asia.apple.com",
    "time.android.com",
    "ntp.ubuntu.com",
    "android.pool.ntp.org",
    "arch.pool.ntp.org",
    "amazon.pool.ntp.org",
    "askozia.pool.ntp.org",
    "centos.pool.ntp.org",
    "coreos.pool.ntp.org",
    "cumulusnetworks.pool.ntp.org",
    "debian.pool.ntp.org",
    "fedora.pool.ntp.org",
    "freebsd.pool.ntp.org",
    "gentoo.pool.ntp.org",
    "netbsd.pool.ntp.org",
    "nixos.pool.ntp.org",
    "openwrt.pool.ntp.org",
    "opnsense.pool.ntp.org",
    "opensuse.pool.ntp.org",
    "pfsense.pool.ntp.org",
    "rhel.pool.ntp.org",
    "rocky.pool.ntp.org",
    "smartos.pool.ntp.org",
    "sonostime.pool.ntp.org",
    "suse.pool.ntp.org",
    "ubnt.pool.ntp.org",
    "ubuntu.pool.ntp.org",
    "vmware.pool.ntp.org",
];

/// Clouds that a maker's devices call by themselves. Domains under which users
/// choose names of their own (dynamic DNS, relays to a NAS) do not belong here.
const VENDOR: &[&str] = &[
    "device-metrics-us.amazon.com",
    "device-messaging-na.amazon.com",
    "tplinkcloud.com",
    "meethue.com",
    "tuyaus.com",
    "tuyaeu.com",
    "tuyacn.com",
    "coolkit.cc",
    "shelly.cloud",
    "io.mi.com",
    "wyzecam.com",
    "home.ecobee.com",
    "netatmo.net",
    "withings.net",
    "irobotapi.com",
    "myqdevice.com",
    "lifx.co",
    "ws.sonos.com",
    "logs.roku.com",
    "samsungcloudsolution.com",
    "lgtvsdp.com",
    "home.nest.com",
    "ring.devices.a2z.com",
    "hik-connect.com",
    "easy4ip.com",
    "p2p.reolink.com",
    "connect.axis.com",
    "hpeprint.com",
    "cloud2.mikrotik.com",
    "cloud.mikrotik.com",
    "playstation.net",
    "xboxlive.com",
];

/// True for a name that tells of the system that asks for it.
pub fn tells_of_the_asker(name: &Name<'_>) -> bool {
    let name = name.lower();
    let under = |suffix: &&str| match name.strip_suffix(*suffix) {
        Some(rest) => rest.is_empty() || rest.ends_with('.'),
        None => false,
    };
    [CONNECTIVITY, TIME, VENDOR].iter().copied().flatten().any(under)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tells(labels: &[&str]) -> bool {
        let mut bytes = std::vec::Vec::new();
        for label in labels {
            bytes.push(label.len() as u8);
            bytes.extend(label.bytes());
        }
        bytes.push(0);
        tells_of_the_asker(&Name::read(&bytes, 0).unwrap().0)
    }

    #[test]
    fn listed_names_and_those_under_them() {
        assert!(tells(&["www", "MSFTconnecttest", "com"]));
        assert!(tells(&["2", "debian", "pool", "ntp", "org"]));
        assert!(tells(&["use1-api", "tplinkcloud", "com"]));
        assert!(!tells(&["pool", "ntp", "org"]));
        assert!(!tells(&["nottplinkcloud", "com"]));
        assert!(!tells(&["www", "example", "org"]));
        assert!(!tells(&[]));
    }

    #[test]
    fn entries_are_lower_case_names_without_repeats() {
        let all: std::vec::Vec<_> = [CONNECTIVITY, TIME, VENDOR].concat();
        for (at, entry) in all.iter().enumerate() {
            assert!(entry.contains('.') && !entry.ends_with('.') && !entry.starts_with('.'));
            assert!(!all[..at].contains(entry), "{entry}");
            assert_eq!(*entry, entry.to_ascii_lowercase());
        }
    }
}
