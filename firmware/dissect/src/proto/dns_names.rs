//! Look-ups that tell of the asking system: the project's own short list.
//!
//! A host that asks for one of these says what it *is* (its system checks for
//! connectivity, sets its clock, calls its maker's cloud), not what its user
//! reads. Everything else a host asks for is browsing history and is not
//! observed. Names stand here because their owners document them or name them in
//! the configuration they ship; an entry covers the name and everything under it.

use crate::dns_wire::Name;

/// By the two labels that names end in, sorted by those, what stands before
/// them; nothing before them is the two labels alone.
///
/// Three kinds: systems asking whether they are behind a captive portal; clocks
/// that a system is shipped with; clouds that a maker's devices call by
/// themselves. Domains under which users choose names of their own (dynamic DNS,
/// relays to a NAS) do not belong here.
const LISTED: &[(&str, &[&str])] = &[
    ("a2z.com", &["ring.devices"]),
    ("amazon.com", &["device-messaging-na", "device-metrics-us"]),
    ("android.com", &["connectivitycheck", "time"]),
    ("apple.com", &["captive", "time", "time-ios", "time-macos", "time.asia", "time.euro"]),
    ("archlinux.org", &["ping"]),
    ("axis.com", &["connect"]),
    ("coolkit.cc", &[""]),
    ("debian.org", &["network-test"]),
    ("easy4ip.com", &[""]),
    ("ecobee.com", &["home"]),
    ("firefox.com", &["detectportal"]),
    ("gnome.org", &["nmcheck"]),
    ("gstatic.com", &["connectivitycheck"]),
    ("hicloud.com", &["connectivitycheck.platform"]),
    ("hik-connect.com", &[""]),
    ("hpeprint.com", &[""]),
    ("irobotapi.com", &[""]),
    ("kde.org", &["networkcheck"]),
    ("lgtvsdp.com", &[""]),
    ("lifx.co", &[""]),
    ("meethue.com", &[""]),
    ("mi.com", &["io"]),
    ("mikrotik.com", &["cloud", "cloud2"]),
    ("miui.com", &["connect.rom"]),
    ("msftconnecttest.com", &[""]),
    ("msftncsi.com", &[""]),
    ("myqdevice.com", &[""]),
    ("nest.com", &["home"]),
    ("netatmo.net", &[""]),
    ("nintendo.net", &["ctest.cdn"]),
    ("nintendowifi.net", &["conntest"]),
    (
        "ntp.org",
        &[
            "amazon.pool",
            "android.pool",
            "arch.pool",
            "askozia.pool",
            "centos.pool",
            "coreos.pool",
            "cumulusnetworks.pool",
            "debian.pool",
            "fedora.pool",
            "freebsd.pool",
            "gentoo.pool",
            "netbsd.pool",
            "nixos.pool",
            "opensuse.pool",
            "openwrt.pool",
            "opnsense.pool",
            "pfsense.pool",
            "rhel.pool",
            "rocky.pool",
            "smartos.pool",
            "sonostime.pool",
            "suse.pool",
            "ubnt.pool",
            "ubuntu.pool",
            "vmware.pool",
        ],
    ),
    ("opensuse.org", &["conncheck"]),
    ("playstation.net", &[""]),
    ("reolink.com", &["p2p"]),
    ("roku.com", &["logs"]),
    ("samsungcloudsolution.com", &[""]),
    ("shelly.cloud", &[""]),
    ("sonos.com", &["ws"]),
    ("tplinkcloud.com", &[""]),
    ("tuyacn.com", &[""]),
    ("tuyaeu.com", &[""]),
    ("tuyaus.com", &[""]),
    ("ubuntu.com", &["connectivity-check", "ntp"]),
    ("windows.com", &["time"]),
    ("withings.net", &[""]),
    ("wyzecam.com", &[""]),
    ("xboxlive.com", &[""]),
];

/// By first octet, in either case, how long the listed labels are that stand
/// before the last of a name: a bit for each length.
static LENGTHS: [u64; 256] = lengths();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which refuses a place that is not there")]
const fn lengths() -> [u64; 256] {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < LISTED.len() {
        let domain = LISTED[at].0.as_bytes();
        let mut length = 0;
        while domain[length] != b'.' {
            length += 1;
        }
        lengths[domain[0] as usize] |= 1 << length;
        lengths[domain[0].to_ascii_uppercase() as usize] |= 1 << length;
        at += 1;
    }
    lengths
}

/// False for most names for which [`tells_of_the_asker`] is false, by the first octet
/// and the length of one label: nearly all that is asked for is on no list, and need
/// not be written to see it.
pub fn may_tell_of_the_asker(name: &Name<'_>) -> bool {
    let mut labels = [&[][..]; 2];
    for label in name.labels() {
        labels = [labels[1], label];
    }
    let [label, _] = labels;
    let lengths = label.first().and_then(|first| LENGTHS.get(usize::from(*first)));
    lengths.is_some_and(|lengths| lengths >> (label.len() % 64) & 1 != 0)
}

/// True for a name, in lower case, that tells of the system that asks for it.
pub fn tells_of_the_asker(name: &str) -> bool {
    let dots = |byte: &u8| *byte == b'.';
    let bytes = name.as_bytes();
    let Some(last) = bytes.iter().rposition(dots) else { return false };
    let second = bytes.get(..last).and_then(|before| before.iter().rposition(dots));
    let (below, domain) = match second {
        Some(at) => (name.get(..at).unwrap_or(""), name.get(at.saturating_add(1)..).unwrap_or("")),
        None => ("", name),
    };
    let under = |listed: &&str| match below.strip_suffix(*listed) {
        Some(rest) => rest.is_empty() || listed.is_empty() || rest.ends_with('.'),
        None => false,
    };
    let found = LISTED.binary_search_by(|(listed, _)| (*listed).cmp(domain));
    let found = found.ok().and_then(|at| LISTED.get(at));
    found.is_some_and(|(_, listed)| listed.iter().any(under))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_names_and_those_under_them() {
        assert!(tells_of_the_asker("www.msftconnecttest.com"));
        assert!(tells_of_the_asker("msftncsi.com"));
        assert!(tells_of_the_asker("2.debian.pool.ntp.org"));
        assert!(tells_of_the_asker("use1-api.tplinkcloud.com"));
        assert!(tells_of_the_asker("captive.apple.com"));
        assert!(tells_of_the_asker("a.b.captive.apple.com"));
        assert!(!tells_of_the_asker("notcaptive.apple.com"));
        assert!(!tells_of_the_asker("apple.com"));
        assert!(!tells_of_the_asker("pool.ntp.org"));
        assert!(!tells_of_the_asker("nottplinkcloud.com"));
        assert!(!tells_of_the_asker("www.example.org"));
        assert!(!tells_of_the_asker("com"));
        assert!(!tells_of_the_asker(""));
    }

    #[test]
    fn what_is_listed_passes_the_quick_look() {
        for (domain, _) in LISTED {
            for written in [*domain, &domain.to_ascii_uppercase()] {
                let message = crate::dns_wire::build::name(&std::format!("www.{written}"));
                assert!(may_tell_of_the_asker(&Name::read(&message, 0).unwrap().0), "{written}");
            }
        }
        for other in ["www.quiz.test", "com", ""] {
            let message = crate::dns_wire::build::name(other);
            assert!(!may_tell_of_the_asker(&Name::read(&message, 0).unwrap().0), "{other}");
        }
    }

    #[test]
    fn entries_are_lower_case_names_in_order_without_repeats() {
        assert!(LISTED.is_sorted_by(|(a, _), (b, _)| a < b));
        for (domain, below) in LISTED {
            assert!(domain.split('.').count() == 2 && !below.is_empty());
            assert!(below.is_sorted_by(|a, b| a < b));
            for name in below.iter().chain([domain]) {
                assert!(!name.ends_with('.') && !name.starts_with('.'));
                assert_eq!(*name, name.to_ascii_lowercase());
            }
        }
    }
}
