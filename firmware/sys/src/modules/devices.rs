//! What the machine's devices ask for, and which patterns of modules fit that.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Devices that ask and are on no bus: the processor, and the machine itself.
const ON_NO_BUS: &[&str] = &["devices/system/cpu/modalias", "devices/virtual/dmi/id/modalias"];

/// What all devices ask for, by a sysfs: those on its buses, and [`ON_NO_BUS`]. All of `/sys/devices` is ten times as
/// much to read.
pub(super) fn modaliases(sys: &Path) -> BTreeSet<String> {
    let inside = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let buses = inside(sys.join("bus")).flat_map(|bus| inside(bus.join("devices")));
    let all = buses.map(|device| device.join("modalias")).chain(ON_NO_BUS.iter().map(|path| sys.join(path)));
    all.filter_map(|path| fs::read_to_string(path).ok()).map(|text| text.trim().to_owned()).collect()
}

/// `*` and `?` as in file names, and `[…]` for one of several characters.
pub(super) fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|from| fits(rest, &text[from..])),
        (Some((b'?', rest)), Some((_, behind))) => fits(rest, behind),
        (Some((b'[', rest)), Some((one, behind))) => {
            let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
            let (set, rest) = rest.split_at(end);
            let in_range = set.windows(3).any(|part| part[1] == b'-' && (part[0]..=part[2]).contains(one));
            (in_range || set.contains(one)) && fits(rest.get(1..).unwrap_or_default(), behind)
        }
        (Some((wanted, rest)), Some((one, behind))) => wanted == one && fits(rest, behind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_file_names() {
        for (pattern, text, fit) in [
            ("pci:v00008086d*sv*", "pci:v00008086d0000100Esv1", true),
            ("pci:v00008087d*", "pci:v00008086d0000100E", false),
            ("acpi*:PNP0C0C:*", "acpi:PNP0C0C:", true),
            ("usb:v[0-9]p?", "usb:v5pX", true),
            ("usb:v[0-9]p?", "usb:vAp1", false),
            ("*", "", true),
            ("[", "x", false),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), fit, "{pattern} {text}");
        }
    }

    #[test]
    fn devices_are_those_of_this_machine() {
        let folder = std::env::temp_dir().join(format!("stillwatch-devices-{}", std::process::id()));
        let put = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(modaliases(&folder).is_empty());
        put("bus/pci/devices/0000:00:02.0/modalias", "pci:v1\n");
        put("bus/usb/devices/1-0:1.0/modalias", "usb:v2\n");
        put("bus/usb/devices/usb1/uevent", "");
        put("devices/system/cpu/modalias", "cpu:type:x86\n");
        let found = modaliases(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            ["cpu:type:x86", "pci:v1", "usb:v2"]
        );
    }
}
