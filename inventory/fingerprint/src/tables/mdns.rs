//! Services of DNS-SD and what offers them; categories of HomeKit; Cast models.

/// What offers a service; empty fields are not known.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    /// Type of device.
    pub kind: &'static str,
    /// Maker.
    pub maker: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// False when others offer it as well.
    pub sure: bool,
}

/// What is known of a service type such as `_ipp._tcp`.
pub fn service(name: &str) -> Option<&'static Service> {
    let name = name.trim_end_matches(".local");
    SERVICES.iter().find(|known| known.name == name)
}

const fn sure(name: &'static str, kind: &'static str, maker: &'static str, os: &'static str) -> Service {
    Service { name, kind, maker, os, sure: true }
}

const fn likely(name: &'static str, kind: &'static str, maker: &'static str, os: &'static str) -> Service {
    Service { name, kind, maker, os, sure: false }
}

static SERVICES: [Service; 50] = [
    sure("_ipp._tcp", "printer", "", ""),
    sure("_ipps._tcp", "printer", "", ""),
    sure("_printer._tcp", "printer", "", ""),
    sure("_pdl-datastream._tcp", "printer", "", ""),
    sure("_privet._tcp", "printer", "", ""),
    likely("_scanner._tcp", "printer", "", ""),
    likely("_uscan._tcp", "printer", "", ""),
    likely("_uscans._tcp", "printer", "", ""),
    sure("_sonos._tcp", "speaker", "Sonos", ""),
    sure("_hue._tcp", "hub", "Philips Hue", "Linux"),
    sure("_axis-video._tcp", "camera", "Axis", "Linux"),
    sure("_airport._tcp", "access point", "Apple", ""),
    sure("_apple-mobdev._tcp", "mobile", "Apple", "iOS"),
    sure("_apple-mobdev2._tcp", "mobile", "Apple", "iOS"),
    likely("_companion-link._tcp", "", "Apple", "macOS/iOS"),
    likely("_rdlink._tcp", "", "Apple", "macOS/iOS"),
    likely("_sleep-proxy._udp", "", "Apple", ""),
    likely("_airplay._tcp", "streamer", "", ""),
    likely("_raop._tcp", "speaker", "", ""),
    sure("_appletv-v2._tcp", "streamer", "Apple", "tvOS"),
    sure("_mediaremotetv._tcp", "streamer", "Apple", "tvOS"),
    likely("_googlecast._tcp", "streamer", "", ""),
    sure("_androidtvremote._tcp", "tv", "", "Android"),
    sure("_androidtvremote2._tcp", "tv", "", "Android"),
    likely("_amzn-wplay._tcp", "streamer", "Amazon", ""),
    likely("_amzn-alexa._tcp", "speaker", "Amazon", ""),
    likely("_spotify-connect._tcp", "speaker", "", ""),
    likely("_nvstream._tcp", "computer", "", ""),
    sure("_viziocast._tcp", "tv", "Vizio", ""),
    likely("_hap._tcp", "iot", "", ""),
    likely("_matter._tcp", "iot", "", ""),
    sure("_matterc._udp", "iot", "", ""),
    sure("_esphomelib._tcp", "iot", "", ""),
    sure("_shelly._tcp", "iot", "Shelly", ""),
    sure("_miio._udp", "iot", "Xiaomi", ""),
    sure("_ewelink._tcp", "iot", "Sonoff", ""),
    sure("_nanoleafapi._tcp", "light", "Nanoleaf", ""),
    sure("_elg._tcp", "light", "Elgato", ""),
    sure("_home-assistant._tcp", "hub", "", "Linux"),
    sure("_octoprint._tcp", "printer", "", "Linux"),
    sure("_workstation._tcp", "computer", "", "Linux"),
    sure("_udisks-ssh._tcp", "computer", "", "Linux"),
    likely("_smb._tcp", "computer", "", ""),
    likely("_afpovertcp._tcp", "computer", "", "macOS"),
    likely("_rfb._tcp", "computer", "", ""),
    likely("_sftp-ssh._tcp", "computer", "", ""),
    likely("_teamviewer._tcp", "computer", "", ""),
    likely("_adisk._tcp", "nas", "", ""),
    likely("_readynas._tcp", "nas", "Netgear", ""),
    sure("_qmobile._tcp", "nas", "QNAP", "QTS"),
];

/// HomeKit accessory categories.
pub const HOMEKIT: &[(u8, &str)] = &[
    (2, "hub"),
    (3, "appliance"),
    (4, "lock"),
    (5, "light"),
    (6, "lock"),
    (7, "plug"),
    (8, "plug"),
    (9, "thermostat"),
    (10, "sensor"),
    (11, "iot"),
    (12, "iot"),
    (13, "iot"),
    (14, "iot"),
    (15, "iot"),
    (16, "access point"),
    (17, "camera"),
    (18, "doorbell"),
    (19, "appliance"),
    (20, "thermostat"),
    (21, "thermostat"),
    (22, "appliance"),
    (23, "appliance"),
    (24, "streamer"),
    (26, "speaker"),
    (27, "access point"),
    (28, "iot"),
    (29, "iot"),
    (30, "iot"),
    (31, "tv"),
    (33, "router"),
    (34, "speaker"),
    (35, "streamer"),
    (36, "streamer"),
];

/// Cast models: start, maker, type.
pub const CAST: &[(&str, &str, &str)] = &[
    ("Chromecast", "Google", "streamer"),
    ("Google Home", "Google", "speaker"),
    ("Google Nest Hub", "Google", "speaker"),
    ("Nest Hub", "Google", "speaker"),
    ("Nest Mini", "Google", "speaker"),
    ("Nest Audio", "Google", "speaker"),
    ("BRAVIA", "Sony", "tv"),
    ("SHIELD", "NVIDIA", "streamer"),
    ("Mi Box", "Xiaomi", "streamer"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::category_of;

    #[test]
    fn services_are_unique_and_types_known() {
        for (at, service) in SERVICES.iter().enumerate() {
            assert_eq!(
                SERVICES.iter().position(|other| other.name == service.name),
                Some(at),
                "{}",
                service.name
            );
            assert!(service.kind.is_empty() || category_of(service.kind) != "other", "{}", service.name);
        }
        assert!(HOMEKIT.iter().all(|(_, kind)| category_of(kind) != "other"));
    }
}
