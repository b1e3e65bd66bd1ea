//! Names of makers: without the company's legal form, and one spelling each.

/// A company's name without what its legal form adds: `Siemens AG,` is `Siemens`,
/// `Cisco Systems, Inc` is `Cisco Systems`. A part of the same text.
pub fn short(name: &str) -> &str {
    let mut rest = name.trim();
    loop {
        let before = rest;
        rest = rest.trim_end_matches([',', ' ', '.', '-']);
        for form in LEGAL_FORMS {
            let cut = rest.len().wrapping_sub(form.len());
            let parted = rest.get(..cut).is_some_and(|head| head.ends_with([' ', ',', '.', ')']));
            if parted && rest.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(form)) {
                rest = rest.get(..cut).unwrap_or(rest);
            }
        }
        // A place in parentheses at the end is not part of the name.
        if let (true, Some(open)) = (rest.ends_with(')'), rest.rfind('(')) {
            rest = rest.get(..open).filter(|head| !head.trim().is_empty()).unwrap_or(rest);
        }
        if rest == before {
            return rest;
        }
    }
}

/// The usual name of a maker, whatever form a device or registry writes it in:
/// `Hewlett Packard`, `HP Inc.` and `Hewlett-Packard Company` are `HP`. Names not
/// in the table come back [`short`].
pub fn maker(name: &str) -> &str {
    let name = short(name);
    KNOWN.iter().find(|(start, _)| starts_with_word(name, start)).map_or(name, |(_, known)| known)
}

/// True when `text` starts with `start` and a word ends there, letters compared
/// without case.
pub fn starts_with_word(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
        && !text.get(start.len()..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

const LEGAL_FORMS: &[&str] = &[
    "Inc",
    "Incorporated",
    "Corp",
    "Corporation",
    "Corporate",
    "Co",
    "Company",
    "Ltd",
    "Limited",
    "LLC",
    "L.L.C",
    "GmbH",
    "AG",
    "KG",
    "GmbH & Co",
    "& Co",
    "SA",
    "S.A",
    "SAS",
    "S.A.S",
    "SpA",
    "S.p.A",
    "SRL",
    "S.r.l",
    "S.L",
    "BV",
    "B.V",
    "NV",
    "N.V",
    "AB",
    "A/S",
    "ApS",
    "AS",
    "Oy",
    "Oyj",
    "Pty",
    "PLC",
    "LP",
    "L.P",
    "KK",
    "K.K",
    "Sdn",
    "Bhd",
    "Pte",
    "Pvt",
    "s.r.o",
    "a.s",
    "Sp. z o.o",
    "CO.,LTD",
    "Co.Ltd",
    "INTL",
];

/// First words, and the name used. Longer starts stand first.
const KNOWN: &[(&str, &str)] = &[
    ("Hewlett Packard Enterprise", "HPE"),
    ("Hewlett-Packard", "HP"),
    ("Hewlett Packard", "HP"),
    ("HP", "HP"),
    ("HPE", "HPE"),
    ("Cisco-Linksys", "Linksys"),
    ("Cisco Meraki", "Cisco Meraki"),
    ("Cisco SPVTG", "Cisco"),
    ("Cisco", "Cisco"),
    ("Meraki", "Cisco Meraki"),
    ("Apple", "Apple"),
    ("Dell", "Dell"),
    ("Intel", "Intel"),
    ("Microsoft", "Microsoft"),
    ("Google", "Google"),
    ("Nest Labs", "Google"),
    ("Amazon", "Amazon"),
    ("Samsung", "Samsung"),
    ("LG Electronics", "LG"),
    ("LG Innotek", "LG"),
    ("Sony", "Sony"),
    ("Huawei", "Huawei"),
    ("Xiaomi", "Xiaomi"),
    ("Siemens Numerical", "Siemens"),
    ("Siemens", "Siemens"),
    ("RuggedCom", "Siemens"),
    ("Rockwell Automation", "Rockwell Automation"),
    ("Allen-Bradley", "Rockwell Automation"),
    ("Schneider Electric", "Schneider Electric"),
    ("Schneider", "Schneider Electric"),
    ("Telemecanique", "Schneider Electric"),
    ("Modicon", "Schneider Electric"),
    ("American Power Conversion", "APC"),
    ("APC", "APC"),
    ("ABB", "ABB"),
    ("Beckhoff", "Beckhoff"),
    ("WAGO", "WAGO"),
    ("Phoenix Contact", "Phoenix Contact"),
    ("Omron", "Omron"),
    ("Mitsubishi", "Mitsubishi Electric"),
    ("Honeywell", "Honeywell"),
    ("Emerson", "Emerson"),
    ("Yokogawa", "Yokogawa"),
    ("Moxa", "Moxa"),
    ("Hirschmann", "Hirschmann"),
    ("Belden", "Belden"),
    ("Routerboard", "MikroTik"),
    ("Mikrotikls", "MikroTik"),
    ("MikroTik", "MikroTik"),
    ("Ubiquiti", "Ubiquiti"),
    ("TP-Link", "TP-Link"),
    ("D-Link", "D-Link"),
    ("Netgear", "Netgear"),
    ("ASUSTek", "ASUS"),
    ("Aruba", "Aruba"),
    ("Ruckus", "Ruckus"),
    ("Juniper", "Juniper"),
    ("Arista", "Arista"),
    ("Extreme Networks", "Extreme"),
    ("Enterasys", "Extreme"),
    ("Fortinet", "Fortinet"),
    ("Palo Alto", "Palo Alto Networks"),
    ("Check Point", "Check Point"),
    ("SonicWALL", "SonicWall"),
    ("Zyxel", "Zyxel"),
    ("AVM", "AVM"),
    ("VMware", "VMware"),
    ("PCS Systemtechnik", "VirtualBox"),
    ("PCS Computer Systems", "VirtualBox"),
    ("Parallels", "Parallels"),
    ("Xensource", "Xen"),
    ("Super Micro", "Supermicro"),
    ("Supermicro", "Supermicro"),
    ("Lenovo", "Lenovo"),
    ("IBM", "IBM"),
    ("International Business Machines", "IBM"),
    ("Fujitsu", "Fujitsu"),
    ("Raspberry Pi", "Raspberry Pi"),
    ("Espressif", "Espressif"),
    ("Synology", "Synology"),
    ("QNAP", "QNAP"),
    ("Brother", "Brother"),
    ("Canon", "Canon"),
    ("Seiko Epson", "Epson"),
    ("Epson", "Epson"),
    ("Lexmark", "Lexmark"),
    ("Kyocera", "Kyocera"),
    ("Ricoh", "Ricoh"),
    ("Konica", "Konica Minolta"),
    ("Xerox", "Xerox"),
    ("Zebra", "Zebra"),
    ("Axis Communications", "Axis"),
    ("Axis", "Axis"),
    ("Hangzhou Hikvision", "Hikvision"),
    ("Hikvision", "Hikvision"),
    ("Zhejiang Dahua", "Dahua"),
    ("Dahua", "Dahua"),
    ("Hanwha", "Hanwha"),
    ("Sonos", "Sonos"),
    ("Roku", "Roku"),
    ("Philips", "Philips"),
    ("Signify", "Philips Hue"),
    ("Polycom", "Polycom"),
    ("Snom", "Snom"),
    ("Yealink", "Yealink"),
    ("Grandstream", "Grandstream"),
    ("Avaya", "Avaya"),
    ("Mitel", "Mitel"),
    ("Nintendo", "Nintendo"),
    ("NetApp", "NetApp"),
    ("Oracle", "Oracle"),
    ("Tuya", "Tuya"),
    ("SICK", "SICK"),
    ("Red Lion", "Red Lion"),
    ("ProSoft", "ProSoft"),
    ("Turck", "Turck"),
    ("Festo", "Festo"),
    ("SEW", "SEW-Eurodrive"),
    ("Danfoss", "Danfoss"),
    ("Pilz", "Pilz"),
    ("B&R", "B&R"),
    ("Bernecker", "B&R"),
    ("Schweitzer Engineering", "SEL"),
    ("GE Fanuc", "GE"),
    ("General Electric", "GE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_fall_off() {
        for (name, want) in [
            ("Siemens AG,", "Siemens"),
            ("Cisco Systems, Inc", "Cisco Systems"),
            ("Huawei Technologies Co.,Ltd", "Huawei Technologies"),
            ("ASUSTek COMPUTER INC.", "ASUSTek COMPUTER"),
            ("Edimax Technology Co. Ltd.", "Edimax Technology"),
            ("Compal Information (Kunshan) Co., Ltd.", "Compal Information"),
            ("AG", "AG"),
            ("Micro-Star INTL CO., LTD.", "Micro-Star"),
            ("", ""),
        ] {
            assert_eq!(short(name), want);
        }
    }

    #[test]
    fn one_spelling_each() {
        for (name, want) in [
            ("Hewlett Packard", "HP"),
            ("Hewlett-Packard Company", "HP"),
            ("HP Inc.", "HP"),
            ("Hewlett Packard Enterprise", "HPE"),
            ("Cisco Systems, Inc", "Cisco"),
            ("Routerboard.com", "MikroTik"),
            ("Applied Signal", "Applied Signal"),
            ("SIEMENS", "Siemens"),
        ] {
            assert_eq!(maker(name), want);
        }
    }

    #[test]
    fn no_earlier_start_hides_a_later_one() {
        for (at, (start, _)) in KNOWN.iter().enumerate() {
            let first = KNOWN.iter().position(|(other, _)| starts_with_word(start, other));
            assert_eq!(first, Some(at), "{start}");
        }
    }
}
