//! HTTP headers and pages: agents, servers, what runs behind them, and the
//! realms and titles by which small devices name themselves.

use model::Interval;

use crate::agent::agent;
use crate::attribute::Attribute::{Firmware, Maker, Model, Os, Serial, ServiceProduct, ServiceVersion, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::linux::{package_os, system_word};
use crate::tables::devices;
use crate::windows::windows;

/// The source.
pub struct Http;

const AGENT: Rule = Rule {
    id: "http-0001@1",
    reads: "http.user_agent",
    says: "The User-Agent names the system it runs on; programs may lie, and what browsers froze is read as what it still says.",
    weight: 650,
};
const AGENT_DEVICE: Rule = Rule {
    id: "http-0002@1",
    reads: "http.user_agent",
    says: "The User-Agent names the device's model, maker or kind.",
    weight: 600,
};
const SERVER: Rule = Rule {
    id: "http-0003@1",
    reads: "http.server",
    says: "The first product of the Server header and its version (RFC 9110 section 10.2.4).",
    weight: 900,
};
const SERVER_SYSTEM: Rule = Rule {
    id: "http-0004@1",
    reads: "http.server, http.powered_by",
    says: "The Server header's comment, or a module's package revision, names the system that packaged it.",
    weight: 700,
};
const IIS: Rule = Rule {
    id: "http-0005@1",
    reads: "http.server",
    says: "This version of Microsoft-IIS is part of one Windows version.",
    weight: 800,
};
const DEVICE: Rule = Rule {
    id: "http-0006@1",
    reads: "http.server, http.realm, http.title",
    says: "This Server header, realm or title is that of one maker's devices.",
    weight: 600,
};
const HTTPAPI: Rule = Rule {
    id: "http-0007@1",
    reads: "http.server, http.powered_by, http.cookie",
    says: "Microsoft's HTTP service or ASP.NET answers: Windows.",
    weight: 550,
};
const EMBEDDED: Rule = Rule {
    id: "http-0008@1",
    reads: "http.server",
    says: "A web server of devices whose system it depends on (WindRiver on VxWorks, uc-httpd and Boa on Linux).",
    weight: 350,
};
const JETDIRECT: Rule = Rule {
    id: "http-0009@1",
    reads: "http.server",
    says: "HP's printers put model, serial and product number into the Server header.",
    weight: 900,
};

static RULES: [Rule; 9] =
    [AGENT, AGENT_DEVICE, SERVER, SERVER_SYSTEM, IIS, DEVICE, HTTPAPI, EMBEDDED, JETDIRECT];

impl Source for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["http.user_agent", "http.server", "http.powered_by", "http.realm", "http.title", "http.cookie"]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "http.user_agent" => {
                let said = agent(value);
                AGENT.say(of, Os, said.os, out);
                AGENT_DEVICE.say(of, Type, said.kind, out);
                AGENT_DEVICE.say(of, Maker, said.maker, out);
                AGENT_DEVICE.say(of, Model, said.model, out);
            }
            "http.server" => server(of, value, out),
            "http.cookie" if value.starts_with("ASP") => HTTPAPI.say(of, Os, "Windows", out),
            "http.cookie" => {}
            "http.powered_by" => {
                if value == "ASP.NET" {
                    HTTPAPI.say(of, Os, "Windows", out);
                }
                SERVER_SYSTEM.say(of, Os, package_os(value).unwrap_or_default(), out);
            }
            _ => device(of, value, out),
        }
    }
}

fn server(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let first = value.split([' ', ';', ',']).next().unwrap_or_default();
    let (product, version) = first.split_once('/').unwrap_or((first, ""));
    // A header without a version is a name as a whole.
    let product =
        if version.is_empty() { value.split([';', '(']).next().unwrap_or_default() } else { product };
    SERVER.say(of, ServiceProduct, product, out);
    SERVER.say(of, ServiceVersion, version, out);

    for comment in value.split('(').skip(1).filter_map(|rest| rest.split(')').next()) {
        SERVER_SYSTEM.say(of, Os, system_word(comment).unwrap_or_default(), out);
    }
    SERVER_SYSTEM.say(of, Os, package_os(value).unwrap_or_default(), out);
    match product {
        "Microsoft-IIS" => {
            let os = IIS_VERSIONS.iter().find(|(known, _)| *known == version).and_then(|(_, nt)| windows(nt));
            IIS.say(of, Os, os.as_deref().unwrap_or("Windows"), out);
        }
        "Microsoft-HTTPAPI" => HTTPAPI.say(of, Os, "Windows", out),
        "Microsoft-Windows" => HTTPAPI.say(of, Os, windows(version).as_deref().unwrap_or("Windows"), out),
        "HP HTTP Server" => jetdirect(of, value, out),
        _ => {}
    }
    if let Some((_, os)) = SMALL.iter().find(|(start, _)| value.starts_with(start)) {
        EMBEDDED.say(of, Os, *os, out);
    }
    device(of, value, out);
}

/// Version of IIS, and of the Windows it is part of.
const IIS_VERSIONS: &[(&str, &str)] = &[
    ("4.0", "4.0"),
    ("5.0", "5.0"),
    ("5.1", "5.1"),
    ("6.0", "5.2"),
    ("7.0", "6.0"),
    ("7.5", "6.1"),
    ("8.0", "6.2"),
    ("8.5", "6.3"),
    ("10.0", "10.0"),
];

/// Web servers of devices, and the system they run on.
const SMALL: &[(&str, &str)] = &[
    ("WindRiver-WebServer", "VxWorks"),
    ("uc-httpd", "Linux"),
    ("Boa/", "Linux"),
    ("uhttpd", "OpenWrt"),
    ("cisco-IOS", "Cisco IOS"),
    ("EPSON_Linux", "Linux"),
    ("Linux", "Linux"),
    ("VxWorks", "VxWorks"),
    ("ThreadX", "ThreadX"),
    ("lwIP", "lwIP"),
];

fn device(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let Some(device) = devices::web(value) else {
        return;
    };
    DEVICE.say(of, Maker, device.maker, out);
    DEVICE.say(of, Type, device.kind, out);
    DEVICE.say(of, Os, device.os, out);
    DEVICE.say(of, Model, device.model(value), out);
}

/// `HP HTTP Server; HP LaserJet M404dn - W1A53A; Serial Number: PHB…; Built: …`
fn jetdirect(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    for part in value.split(';').skip(1).map(str::trim) {
        if let Some(serial) = part.strip_prefix("Serial Number:") {
            JETDIRECT.say(of, Serial, serial, out);
        } else if part.starts_with("HP ") {
            let model = part.split(" - ").next().unwrap_or(part);
            JETDIRECT.say(of, Model, model.trim_start_matches("HP "), out);
            JETDIRECT.say(of, Maker, "HP", out);
            JETDIRECT.say(of, Type, "printer", out);
        } else if let Some(built) = part.strip_prefix("Built:") {
            let firmware = built.split(['{', '}']).nth(1).and_then(|inside| inside.split(',').next());
            JETDIRECT.say(of, Firmware, firmware.unwrap_or_default(), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn headers_and_pages() {
        check(
            &Http,
            &[
                (
                    "http.user_agent",
                    "Mozilla/5.0 (Linux; Android 11; SM-A715F Build/RP1A.200720.012; wv) AppleWebKit/537.36",
                    &["os=Android 11", "type=mobile", "maker=Samsung", "model=SM-A715F"],
                ),
                ("http.user_agent", "curl/8.0", &[]),
                (
                    "http.server:80",
                    "Apache/2.4.41 (Ubuntu)",
                    &["service_product=Apache", "service_version=2.4.41", "os=Linux (Ubuntu)"],
                ),
                (
                    "http.server:80",
                    "Microsoft-IIS/10.0",
                    &[
                        "service_product=Microsoft-IIS",
                        "service_version=10.0",
                        "os=Windows 10/11/Server 2016+",
                    ],
                ),
                (
                    "http.server:80",
                    "Microsoft-HTTPAPI/2.0",
                    &["service_product=Microsoft-HTTPAPI", "service_version=2.0", "os=Windows"],
                ),
                ("http.server:80", "nginx", &["service_product=nginx"]),
                ("http.server", "WindRiver-WebServer/4.7", &["os=VxWorks"]),
                (
                    "http.server",
                    "HP HTTP Server; HP LaserJet M404dn - W1A53A; Serial Number: PHB0000001; Built: Fri 2020 {FLWDPP1N001.2037A.00}",
                    &[
                        "model=LaserJet M404dn",
                        "maker=HP",
                        "type=printer",
                        "serial=PHB0000001",
                        "firmware=FLWDPP1N001.2037A.00",
                    ],
                ),
                ("http.powered_by:80", "PHP/7.0.33-0ubuntu0.16.04.16", &["os=Linux (Ubuntu 16.04)"]),
                ("http.powered_by:80", "ASP.NET", &["os=Windows"]),
                ("http.cookie:80", "ASP.NET_SessionId", &["os=Windows"]),
                ("http.cookie:80", "PHPSESSID", &[]),
                ("http.realm:80", "level_15_access", &["maker=Cisco", "type=network", "os=Cisco IOS"]),
                ("http.realm:80", "NETGEAR R7000", &["maker=Netgear", "type=router", "model=R7000"]),
                ("http.title:80", "Hello", &[]),
            ],
        );
    }
}
