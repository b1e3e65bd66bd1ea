//! Numbers of industrial automation: EtherNet/IP vendors and device types,
//! PROFINET vendors, Siemens order numbers.
//!
//! Written by hand, for the makers that are met, from device manuals and EDS files;
//! the lists that packages carry come from a copyleft source and are not used.

/// Maker of an EtherNet/IP vendor id (ODVA).
pub fn enip_vendor(id: u32) -> Option<&'static str> {
    ENIP_VENDORS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

const ENIP_VENDORS: &[(u32, &str)] = &[
    (1, "Rockwell Automation"),
    (3, "Honeywell"),
    (4, "Parker Hannifin"),
    (5, "Rockwell Automation"),
    (7, "SMC"),
    (8, "Molex"),
    (26, "Festo"),
    (40, "WAGO"),
    (44, "Yaskawa"),
    (46, "ABB"),
    (47, "Omron"),
    (48, "Turck"),
    (49, "Grayhill"),
    (50, "Real Time Automation"),
    (57, "Pepperl+Fuchs"),
    (68, "Eaton"),
    (82, "Mitsubishi Electric"),
    (90, "HMS"),
    (94, "Advantech"),
    (97, "Danfoss"),
    (108, "Beckhoff"),
    (145, "Siemens"),
    (161, "Mitsubishi Electric"),
    (243, "Schneider Electric"),
    (255, "Bosch Rexroth"),
    (283, "Hilscher"),
    (322, "ifm electronic"),
    (309, "ProSoft"),
    (315, "SEW-Eurodrive"),
    (356, "Fanuc"),
    (367, "Keyence"),
    (562, "Phoenix Contact"),
    (678, "Cognex"),
    (808, "SICK"),
    (991, "Moxa"),
    (1251, "Siemens"),
    (1399, "Universal Robots"),
];

/// Type of an EtherNet/IP device type code (CIP volume 1, device profiles).
pub fn enip_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0x02 | 0x13 | 0x25 | 0x2d | 0x2e => "drive",
        0x07 | 0x23 | 0x2a | 0x31 => "i/o",
        0x0c => "communication module",
        0x0e => "plc",
        0x18 => "hmi",
        0x2c => "industrial switch",
        0x03..=0x06 | 0x09 | 0x10 | 0x15..=0x17 | 0x1a..=0x1e | 0x22 | 0x24 | 0x28 | 0x29 => "ot",
        _ => return None,
    })
}

/// Maker of a PROFINET vendor id (PROFIBUS & PROFINET International).
pub fn profinet_vendor(id: u16) -> Option<&'static str> {
    PROFINET_VENDORS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

const PROFINET_VENDORS: &[(u16, &str)] = &[
    (0x002a, "Siemens"),
    (0x00b0, "Phoenix Contact"),
    (0x011d, "WAGO"),
    (0x011e, "Hilscher"),
    (0x0120, "Beckhoff"),
];

/// Family and type of a Siemens order number; blanks in it do not matter.
pub fn siemens_order(order: &str) -> Option<(&'static str, &'static str)> {
    let plain: String = order.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(rest) = plain.strip_prefix("6ES721") {
        // The S7-200 has the same numbers but a lower version in the second block.
        let version = rest.split('-').nth(1).and_then(|block| block.as_bytes().get(3)).copied();
        return Some(if version.is_some_and(|version| version >= b'3') {
            ("S7-1200", "plc")
        } else {
            ("S7-200", "plc")
        });
    }
    ORDERS.iter().find(|(start, ..)| plain.starts_with(start)).map(|(_, family, kind)| (*family, *kind))
}

const ORDERS: &[(&str, &str, &str)] = &[
    ("6ES7288", "S7-200 SMART", "plc"),
    ("6ES722", "S7-1200", "i/o"),
    ("6ES723", "S7-1200", "i/o"),
    ("6ES7315", "S7-300", "plc"),
    ("6ES731", "S7-300", "plc"),
    ("6ES732", "S7-300", "i/o"),
    ("6ES733", "S7-300", "i/o"),
    ("6ES734", "S7-300", "communication module"),
    ("6ES741", "S7-400", "plc"),
    ("6ES751", "S7-1500", "plc"),
    ("6ES7672", "S7-1500 Software Controller", "plc"),
    // Interface modules with a CPU in them.
    ("6ES7151-7", "ET 200S", "plc"),
    ("6ES7151-8", "ET 200S", "plc"),
    ("6ES7154-8", "ET 200pro", "plc"),
    ("6ES715", "ET 200", "i/o"),
    ("6ES713", "ET 200", "i/o"),
    ("6ES714", "ET 200", "i/o"),
    ("6ED1", "LOGO!", "plc"),
    ("6AV", "SIMATIC HMI", "hmi"),
    ("6AG1", "SIPLUS", "plc"),
    ("6GK52", "SCALANCE X-200", "industrial switch"),
    ("6GK53", "SCALANCE X-300", "industrial switch"),
    ("6GK54", "SCALANCE X-400", "industrial switch"),
    ("6GK55", "SCALANCE X-500", "industrial switch"),
    ("6GK50", "SCALANCE X-000", "industrial switch"),
    ("6GK56", "SCALANCE S", "firewall"),
    ("6GK57", "SCALANCE W", "access point"),
    ("6GK7", "SIMATIC NET CP", "communication module"),
    ("6SL", "SINAMICS", "drive"),
    ("6FC", "SINUMERIK", "plc"),
    ("3RK", "SIRIUS", "i/o"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        for (order, want) in [
            ("6ES7 315-2EH14-0AB0", Some(("S7-300", "plc"))),
            ("6ES7 212-1BE31-0XB0", Some(("S7-1200", "plc"))),
            ("6ES7 214-2BD23-0XB8", Some(("S7-200", "plc"))),
            ("6ES7 516-3AN01-0AB0", Some(("S7-1500", "plc"))),
            ("6ES7 151-8AB01-0AB0", Some(("ET 200S", "plc"))),
            ("6GK7 343-1EX11-0XE0", Some(("SIMATIC NET CP", "communication module"))),
            ("6AV2 124-0GC01-0AX0", Some(("SIMATIC HMI", "hmi"))),
            ("1756-L61/B", None),
            ("", None),
        ] {
            assert_eq!(siemens_order(order), want, "{order}");
        }
    }
}
