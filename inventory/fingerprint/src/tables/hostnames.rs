//! Host names that installers and firmware make up by a fixed form.
//!
//! A form is written with `#` for a hexadecimal digit, `?` for a capital letter
//! or digit, `*` at the end for anything (nothing, too), and stands for itself
//! otherwise, letters compared without case.

/// What a name of this form is usually given to; empty fields are not known.
#[derive(Debug)]
pub struct Form {
    form: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// Type.
    pub kind: &'static str,
    /// Maker.
    pub maker: &'static str,
    /// True when the form has random digits that people would not choose.
    pub made: bool,
}

/// The form a name (first label) has.
pub fn form(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|known| fits(known.form, name))
}

fn fits(form: &str, name: &str) -> bool {
    let mut name = name.chars();
    for want in form.chars() {
        if want == '*' {
            return true;
        }
        let Some(have) = name.next() else {
            return false;
        };
        let fits = match want {
            '#' => have.is_ascii_hexdigit(),
            '?' => have.is_ascii_uppercase() || have.is_ascii_digit(),
            _ => have.eq_ignore_ascii_case(&want),
        };
        if !fits {
            return false;
        }
    }
    name.next().is_none()
}

const fn made(form: &'static str, os: &'static str, kind: &'static str, maker: &'static str) -> Form {
    Form { form, os, kind, maker, made: true }
}

const fn usual(form: &'static str, os: &'static str, kind: &'static str, maker: &'static str) -> Form {
    Form { form, os, kind, maker, made: false }
}

static FORMS: [Form; 52] = [
    made("DESKTOP-???????", "Windows 10/11", "workstation", ""),
    made("LAPTOP-????????", "Windows 10/11", "laptop", ""),
    made("WIN-???????????", "Windows Server", "server", ""),
    made("MININT-???????", "Windows", "computer", ""),
    made("android-################", "Android", "mobile", ""),
    made("android-#####*", "Android", "mobile", ""),
    made("SEP############", "", "voip phone", "Cisco"),
    made("ATA############", "", "voip phone", "Cisco"),
    made("NPI######", "", "printer", "HP"),
    made("HP######", "", "printer", "HP"),
    made("BRN############", "", "printer", "Brother"),
    made("BRW############", "", "printer", "Brother"),
    made("BRN_######", "", "printer", "Brother"),
    made("EPSON######", "", "printer", "Epson"),
    made("RNP############", "", "printer", "Ricoh"),
    made("KM######", "", "printer", "Kyocera"),
    made("XRX############", "", "printer", "Xerox"),
    made("ET00########*", "", "printer", "Lexmark"),
    made("ESP_######", "", "iot", "Espressif"),
    made("ESP-######", "", "iot", "Espressif"),
    made("espressif", "", "iot", "Espressif"),
    made("shelly*", "", "iot", "Shelly"),
    made("tasmota*", "", "iot", ""),
    made("sonoff*", "", "iot", ""),
    made("wlan0", "", "iot", ""),
    made("amazon-#########", "", "iot", "Amazon"),
    made("iDRAC-???????", "", "bmc", "Dell"),
    made("ILO??????????", "", "bmc", "HP"),
    made("axis-############", "", "camera", "Axis"),
    made("SONOSZP", "", "speaker", "Sonos"),
    made("Philips-hue", "", "hub", "Philips Hue"),
    usual("iPhone*", "iOS", "phone", "Apple"),
    usual("iPad*", "iPadOS", "tablet", "Apple"),
    usual("Apple-Watch*", "watchOS", "watch", "Apple"),
    usual("AppleTV*", "tvOS", "streamer", "Apple"),
    usual("MacBook*", "macOS", "laptop", "Apple"),
    usual("iMac*", "macOS", "workstation", "Apple"),
    usual("Mac-mini*", "macOS", "workstation", "Apple"),
    usual("Galaxy-*", "Android", "mobile", "Samsung"),
    usual("Pixel-*", "Android", "phone", "Google"),
    usual("HUAWEI_*", "Android", "mobile", "Huawei"),
    usual("Redmi*", "Android", "phone", "Xiaomi"),
    usual("OnePlus*", "Android", "phone", "OnePlus"),
    usual("Chromecast*", "", "streamer", "Google"),
    usual("Google-Home*", "", "speaker", "Google"),
    usual("raspberrypi*", "Linux", "computer", "Raspberry Pi"),
    usual("DiskStation*", "DSM", "nas", "Synology"),
    usual("ubuntu*", "Linux (Ubuntu)", "computer", ""),
    usual("debian*", "Linux (Debian)", "computer", ""),
    usual("OpenWrt", "OpenWrt", "router", ""),
    usual("MikroTik", "RouterOS", "router", "MikroTik"),
    usual("PS4-###", "PlayStation", "console", "Sony"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (name, kind) in [
            ("DESKTOP-A1B2C3D", Some("workstation")),
            ("desktop-office", None),
            ("DESKTOP-TOOLONGNAME", None),
            ("android-0123456789abcdef", Some("mobile")),
            ("SEP001122334455", Some("voip phone")),
            ("SEPTEMBER", None),
            ("NPI0A1B2C", Some("printer")),
            ("iPhone", Some("phone")),
            ("fileserver01", None),
            ("", None),
        ] {
            assert_eq!(form(name).map(|form| form.kind), kind, "{name}");
        }
    }
}
