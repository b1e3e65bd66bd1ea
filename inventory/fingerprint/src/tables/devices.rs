//! How devices name themselves on the web: starts of Server headers, realms and titles.

use crate::maker::starts_with_word;

/// One kind of device.
#[derive(Debug)]
pub struct Device {
    /// How the text starts; letters are compared without case.
    start: &'static str,
    /// Maker, or empty.
    pub maker: &'static str,
    /// Type, or empty.
    pub kind: &'static str,
    /// Operating system, or empty.
    pub os: &'static str,
    /// What follows the start is the model.
    names_model: bool,
}

impl Device {
    /// The model in a text that this device matched: the words behind the start,
    /// up to the first that is not part of a model's name.
    pub fn model<'a>(&self, text: &'a str) -> &'a str {
        let rest = text.get(self.start.len()..).unwrap_or_default();
        if !self.names_model || !rest.contains(|c: char| c.is_ascii_digit()) {
            return "";
        }
        rest.split([',', ';', '|', '(']).next().unwrap_or_default().trim_matches([' ', '-', '_', ':'])
    }
}

/// The device whose start a header, realm or title has.
pub fn web(text: &str) -> Option<&'static Device> {
    WEB.iter().find(|device| starts_with_word(text, device.start))
}

const fn device(
    start: &'static str,
    maker: &'static str,
    kind: &'static str,
    os: &'static str,
    names_model: bool,
) -> Device {
    Device { start, maker, kind, os, names_model }
}

/// Longer starts stand before shorter ones.
static WEB: [Device; 65] = [
    device("cisco-IOS", "Cisco", "network", "Cisco IOS", false),
    device("level 15 access", "Cisco", "network", "Cisco IOS", false),
    device("level_15_access", "Cisco", "network", "Cisco IOS", false),
    device("RouterOS", "MikroTik", "router", "RouterOS", false),
    device("Mikrotik", "MikroTik", "router", "RouterOS", false),
    device("NETGEAR", "Netgear", "router", "", true),
    device("TP-LINK", "TP-Link", "network", "", true),
    device("Router Webserver", "TP-Link", "router", "", false),
    device("Linksys", "Linksys", "router", "", true),
    device("D-Link", "D-Link", "network", "", true),
    device("DIR", "D-Link", "router", "", false),
    device("dcs-lig-httpd", "D-Link", "camera", "Linux", false),
    device("ZyXEL", "Zyxel", "network", "", true),
    device("FRITZ!Box", "AVM", "router", "Fritz!OS", true),
    device("HTTPS Login (FRITZ!Box", "AVM", "router", "Fritz!OS", false),
    device("Speedport", "", "router", "", false),
    device("DD-WRT", "", "router", "DD-WRT", false),
    device("OpenWrt", "", "router", "OpenWrt", false),
    device("LuCI", "", "router", "OpenWrt", false),
    device("pfSense", "Netgate", "firewall", "pfSense", false),
    device("OPNsense", "", "firewall", "OPNsense", false),
    device("FortiGate", "Fortinet", "firewall", "FortiOS", false),
    device("SonicWALL", "SonicWall", "firewall", "", false),
    device("Palo Alto Networks", "Palo Alto Networks", "firewall", "PAN-OS", false),
    device("UniFi", "Ubiquiti", "network", "", false),
    device("EdgeOS", "Ubiquiti", "router", "EdgeOS", false),
    device("airOS", "Ubiquiti", "access point", "Linux", false),
    device("AXIS", "Axis", "camera", "Linux", true),
    device("Hikvision-Webs", "Hikvision", "camera", "Linux", false),
    device("App-webs", "Hikvision", "camera", "Linux", false),
    device("DNVRS-Webs", "Hikvision", "video recorder", "Linux", false),
    device("DVRDVS-Webs", "Hikvision", "video recorder", "Linux", false),
    device("uc-httpd", "", "camera", "Linux", false),
    device("IP Camera", "", "camera", "", false),
    device("IPCamera", "", "camera", "", false),
    device("Network Camera", "", "camera", "", false),
    device("HP LaserJet", "HP", "printer", "", false),
    device("HP Color LaserJet", "HP", "printer", "", false),
    device("HP OfficeJet", "HP", "printer", "", false),
    device("HP-ChaiSOE", "HP", "printer", "", false),
    device("Virata-EmWeb", "", "", "", false),
    device("debut", "Brother", "printer", "", false),
    device("EPSON", "Epson", "printer", "", false),
    device("CANON HTTP Server", "Canon", "printer", "", false),
    device("KM-MFP-http", "Kyocera", "printer", "", false),
    device("Lexmark", "Lexmark", "printer", "", false),
    device("Xerox_MicroServer", "Xerox", "printer", "", false),
    device("EWS-NIC5", "Xerox", "printer", "", false),
    device("Web-Server/3.0", "Ricoh", "printer", "", false),
    device("HPE-iLO-Server", "HPE", "bmc", "", false),
    device("HP-iLO-Server", "HP", "bmc", "", false),
    device("iLO", "HP", "bmc", "", false),
    device("iDRAC", "Dell", "bmc", "", false),
    device("Synology", "Synology", "nas", "DSM", false),
    device("QNAP", "QNAP", "nas", "QTS", false),
    device("VMware ESXi", "VMware", "hypervisor", "VMware ESXi", false),
    device("Schneider-WEB", "Schneider Electric", "plc", "", false),
    device("A-B WWW", "Rockwell Automation", "plc", "", false),
    device("Siemens, SIMATIC", "Siemens", "plc", "", false),
    device("SIMATIC", "Siemens", "plc", "", false),
    device("SCALANCE", "Siemens", "industrial switch", "", true),
    device("Moxa", "Moxa", "ot", "", false),
    device("Niagara Web Server", "Tridium", "building controller", "", false),
    device("Philips hue", "Philips Hue", "hub", "Linux", false),
    device("Home Assistant", "", "hub", "Linux", false),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_earlier_start_hides_a_later_one() {
        for (at, device) in WEB.iter().enumerate() {
            let first = WEB.iter().position(|other| starts_with_word(device.start, other.start));
            let first = first.map(|first| WEB[first].start);
            assert!(first == Some(device.start) || first == Some("level_15"), "{at} {}", device.start);
        }
        assert!(web("axis M1065").is_some_and(|device| device.model("axis M1065") == "M1065"));
        assert!(web("axistic").is_none());
    }
}
