//! User-Agent strings (RFC 9110 section 10.1.5): the system, model and type they name.
//!
//! Browsers freeze parts of what they say: Windows NT 10.0 is sent by Windows 11
//! too, `Mac OS X 10_15_7` by every later macOS, and `Android 10; K` by every
//! Android of a current Chrome. The frozen values are read as what they still say.

mod apple;

use crate::linux::system_word;
use crate::windows::windows;

/// What an agent says of the device it runs on; empty fields are not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Operating system in this crate's words.
    pub os: String,
    /// Model name or identifier.
    pub model: String,
    /// Maker's name, where the agent names one.
    pub maker: &'static str,
    /// Type of device.
    pub kind: &'static str,
}

/// Reads an agent; everything is empty when no known form fits.
pub fn agent(text: &str) -> Agent {
    let inside = text.split_once('(').map_or("", |(_, rest)| rest.split(')').next().unwrap_or(rest));
    let parts: Vec<&str> = inside.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    console(text, &parts)
        .or_else(|| android(&parts))
        .or_else(|| apple::read(text, &parts))
        .or_else(|| windows_agent(text, &parts))
        .or_else(|| unix(text, &parts))
        .unwrap_or_default()
}

/// Consoles, televisions and streamers name themselves in the first words.
fn console(text: &str, parts: &[&str]) -> Option<Agent> {
    let (_, os, model, maker, kind) = DEVICES.iter().find(|(mark, ..)| text.contains(mark))?;
    // A television that runs Android says so, and with its version.
    let android = android(parts).filter(|_| *os == "Linux");
    let os = android.map_or_else(|| (*os).to_owned(), |agent| agent.os);
    Some(Agent { os, model: (*model).to_owned(), maker, kind })
}

const DEVICES: &[(&str, &str, &str, &str, &str)] = &[
    ("PlayStation 5", "PlayStation", "PlayStation 5", "Sony", "console"),
    ("PlayStation 4", "PlayStation", "PlayStation 4", "Sony", "console"),
    ("PLAYSTATION 3", "PlayStation", "PlayStation 3", "Sony", "console"),
    ("PlayStation Vita", "PlayStation", "PlayStation Vita", "Sony", "console"),
    ("Nintendo Switch", "Nintendo", "Switch", "Nintendo", "console"),
    ("Nintendo WiiU", "Nintendo", "Wii U", "Nintendo", "console"),
    ("Nintendo Wii", "Nintendo", "Wii", "Nintendo", "console"),
    ("Nintendo 3DS", "Nintendo", "3DS", "Nintendo", "console"),
    ("Xbox One", "Xbox", "Xbox One", "Microsoft", "console"),
    ("Xbox Series X", "Xbox", "Xbox Series X", "Microsoft", "console"),
    ("Xbox;", "Xbox", "Xbox 360", "Microsoft", "console"),
    ("Roku/", "Roku OS", "", "Roku", "streamer"),
    ("Roku4640X", "Roku OS", "", "Roku", "streamer"),
    ("CrKey/", "Linux", "Chromecast", "Google", "streamer"),
    ("Tizen", "Tizen", "", "Samsung", "tv"),
    ("SMART-TV", "Linux", "", "", "tv"),
    ("SmartTV", "Linux", "", "", "tv"),
    ("Web0S", "webOS", "", "LG", "tv"),
    ("webOS.TV", "webOS", "", "LG", "tv"),
    ("BRAVIA", "Linux", "", "Sony", "tv"),
    ("; AFT", "Fire OS", "", "Amazon", "streamer"),
    ("Yealink", "", "", "Yealink", "voip phone"),
    ("Polycom", "", "", "Polycom", "voip phone"),
    ("Cisco/SPA", "", "", "Cisco", "voip phone"),
    ("Cisco-CP", "", "", "Cisco", "voip phone"),
    ("Grandstream", "", "", "Grandstream", "voip phone"),
    ("snom", "", "", "Snom", "voip phone"),
    ("KAIOS", "KaiOS", "", "", "phone"),
    ("CrOS ", "ChromeOS", "", "", "laptop"),
];

/// `Linux; U; Android 5.1.1; en-us; LGLS751 Build/LMY47V`.
fn android(parts: &[&str]) -> Option<Agent> {
    let at = parts.iter().position(|part| part.starts_with("Android"))?;
    if parts.iter().any(|part| part.starts_with("Windows Phone")) {
        return Some(Agent { os: "Windows Phone".to_owned(), kind: "phone", ..Agent::default() });
    }
    let version = parts[at].strip_prefix("Android").unwrap_or_default().trim();
    let version = version.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    let model = parts.get(at + 1..)?.iter().find(|part| !is_locale(part) && !part.starts_with("rv:"));
    let model = model.map_or("", |part| before(before(part, " Build"), " MIUI")).trim();
    let frozen = version == "10" && model == "K";
    let kind = match model {
        "Mobile" => "phone",
        "Tablet" => "tablet",
        _ => "mobile",
    };
    let named = !matches!(model, "K" | "Mobile" | "Tablet" | "wv" | "U") && !model.contains("sdk_");
    Some(Agent {
        os: if frozen || version.is_empty() { "Android".to_owned() } else { format!("Android {version}") },
        model: if named { model.to_owned() } else { String::new() },
        maker: MODEL_MAKERS
            .iter()
            .find(|(start, _)| named && model.starts_with(start))
            .map_or("", |(_, maker)| maker),
        kind,
    })
}

/// What stands before a mark; all of it without one.
fn before<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split(mark).next().unwrap_or(text)
}

/// `en-us`, `de`.
fn is_locale(part: &str) -> bool {
    let bytes = part.as_bytes();
    matches!(bytes.len(), 2 | 5)
        && bytes[..2].iter().all(u8::is_ascii_lowercase)
        && matches!(bytes.get(2), None | Some(b'-' | b'_'))
}

/// How makers' model names start.
const MODEL_MAKERS: &[(&str, &str)] = &[
    ("SM-", "Samsung"),
    ("GT-", "Samsung"),
    ("SAMSUNG", "Samsung"),
    ("Pixel", "Google"),
    ("Nexus", "Google"),
    ("LG-", "LG"),
    ("LM-", "LG"),
    ("LG", "LG"),
    ("Nokia", "Nokia"),
    ("moto", "Motorola"),
    ("Redmi", "Xiaomi"),
    ("POCO", "Xiaomi"),
    ("Mi ", "Xiaomi"),
    ("ONEPLUS", "OnePlus"),
    ("CPH", "OPPO"),
    ("HUAWEI", "Huawei"),
    ("HTC", "HTC"),
    ("Lenovo", "Lenovo"),
    ("ASUS", "ASUS"),
    ("KF", "Amazon"),
    ("SHIELD", "NVIDIA"),
];

fn windows_agent(text: &str, parts: &[&str]) -> Option<Agent> {
    let computer = |os: &str| Some(Agent { os: os.to_owned(), kind: "computer", ..Agent::default() });
    for part in parts {
        let Some(rest) = part.strip_prefix("Windows ") else {
            continue;
        };
        return match rest.strip_prefix("NT ") {
            // A browser is rarely run on a server, and says 10.0 on Windows 11 too.
            Some("10.0") => computer("Windows 10/11"),
            Some("6.3") => computer("Windows 8.1"),
            Some("6.2") => computer("Windows 8"),
            Some("6.1") => computer("Windows 7"),
            Some("6.0") => computer("Windows Vista"),
            Some("5.2") => computer("Windows Server 2003/XP x64"),
            Some("5.01") => computer("Windows 2000"),
            Some(version) => computer(windows(version).as_deref().unwrap_or("Windows")),
            None if rest.starts_with("Phone") => {
                Some(Agent { os: "Windows Phone".to_owned(), kind: "phone", ..Agent::default() })
            }
            None if rest.starts_with("CE") => Some(Agent { os: "Windows CE".to_owned(), ..Agent::default() }),
            None if rest == "98" || rest == "95" => computer(&format!("Windows {rest}")),
            None => computer("Windows"),
        };
    }
    if let Some(version) =
        text.strip_prefix("Microsoft-CryptoAPI/").or_else(|| text.strip_prefix("Microsoft-WNS/"))
    {
        return computer(windows(version.trim()).as_deref().unwrap_or("Windows"));
    }
    if let Some(version) = text.strip_prefix("Windows-Update-Agent/") {
        // 7.x agents are of Windows 7, 10.0 agents of 10 and later; the build is the agent's own.
        return computer(if version.starts_with("10.0") { "Windows 10/11/Server 2016+" } else { "Windows" });
    }
    let windows_only = [
        "Microsoft NCSI",
        "Microsoft BITS/",
        "Microsoft-Delivery-Optimization/",
        "Microsoft-Windows",
        "Windows-Media-Player/",
        "NSPlayer/",
        "MSDW",
        "Microsoft-WebDAV-MiniRedir/",
    ];
    if windows_only.iter().any(|start| text.starts_with(start)) {
        let version = text.strip_prefix("Microsoft-WebDAV-MiniRedir/").and_then(windows);
        return computer(version.as_deref().unwrap_or("Windows"));
    }
    None
}

fn unix(text: &str, parts: &[&str]) -> Option<Agent> {
    let says = |os: &str, kind| Some(Agent { os: os.to_owned(), kind, ..Agent::default() });
    // `Debian APT-HTTP/1.3 (2.4.5)` is what Ubuntu sends as well; the version tells.
    if text.starts_with("Debian APT-HTTP/") || text.starts_with("Ubuntu APT-HTTP/") {
        let version = parts.first().copied().unwrap_or_default();
        return says(
            APT.iter().find(|(start, _)| version.starts_with(start)).map_or("Linux", |(_, os)| os),
            "",
        );
    }
    if let Some(rest) = text.strip_prefix("libdnf (") {
        let mut words = rest.split([' ', ';', ')']);
        let (name, release) = (words.next()?, words.next()?);
        return says(&system_word(name)?.replace(')', &format!(" {release})")), "");
    }
    let has = |part: &str| parts.iter().any(|have| have.split(['/', ' ']).next() == Some(part));
    let system = ["Ubuntu", "Fedora", "FreeBSD", "OpenBSD", "NetBSD", "SunOS"]
        .into_iter()
        .find(|name| has(name) || text.contains(&format!(" {name}/")));
    if let Some(os) = system.and_then(system_word) {
        return says(os, "computer");
    }
    if text.contains(" Debian/") || text.contains(" Debian-") {
        return says("Linux (Debian)", "computer");
    }
    let linux = parts
        .iter()
        .any(|part| part.starts_with("Linux ") || *part == "Linux" || part.starts_with("linux-gnu"))
        || text.starts_with("Linux,")
        || text.starts_with("Linux/");
    if linux {
        return says("Linux", if parts.contains(&"X11") { "computer" } else { "" });
    }
    None
}

/// Versions of APT by the one release that ships them.
const APT: &[(&str, &str)] = &[
    ("0.8.16~", "Linux (Ubuntu 12.04)"),
    ("0.9.7.9", "Linux (Debian 7)"),
    ("1.0.1ubuntu", "Linux (Ubuntu 14.04)"),
    ("1.0.9.8", "Linux (Debian 8)"),
    ("1.2.", "Linux (Ubuntu 16.04)"),
    ("1.4.", "Linux (Debian 9)"),
    ("1.6.", "Linux (Ubuntu 18.04)"),
    ("1.8.", "Linux (Debian 10)"),
    ("2.0.", "Linux (Ubuntu 20.04)"),
    ("2.2.", "Linux (Debian 11)"),
    ("2.4.", "Linux (Ubuntu 22.04)"),
    ("2.6.", "Linux (Debian 12)"),
    ("2.7.14", "Linux (Ubuntu 24.04)"),
    ("2.8.", "Linux (Ubuntu 24.04)"),
    ("3.0.", "Linux (Debian 13)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_and_models() {
        for (text, os, model, kind) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Firefox/91.0",
                "Windows 10/11",
                "",
                "computer",
            ),
            ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", "Windows XP", "", "computer"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_4) AppleWebKit/537.36",
                "macOS 10.12.4",
                "",
                "computer",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605", "macOS", "", "computer"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605",
                "iOS 18.1",
                "iPhone",
                "phone",
            ),
            ("Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605", "iOS 12.2", "iPad", "tablet"),
            (
                "AppleCoreMedia/1.0.0.17E262 (iPhone; U; CPU OS 13_4_1 like Mac OS X; en_us)",
                "iOS 13.4.1",
                "iPhone",
                "phone",
            ),
            (
                "iOS/14.2 model/iPhone12,1 hwp/t8030 build/18B92 (6; dt:203) AMS/1",
                "iOS 14.2",
                "iPhone12,1",
                "phone",
            ),
            ("server-bag [iPhone OS,14.2,18B92,iPhone12,1]", "iOS 14.2", "iPhone12,1", "phone"),
            ("trustd (unknown version) CFNetwork/1220.1 Darwin/20.3.0", "macOS 11/iOS 14", "", ""),
            (
                "Dalvik/2.1.0 (Linux; U; Android 5.1.1; LGLS751 Build/LMY47V)",
                "Android 5.1.1",
                "LGLS751",
                "mobile",
            ),
            (
                "Mozilla/5.0 (Linux; U; Android 4.0.4; de-de; GT-I9300 Build/IMM76D) Mobile Safari",
                "Android 4.0.4",
                "GT-I9300",
                "mobile",
            ),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/120", "Android", "", "mobile"),
            (
                "Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/114.0 Firefox/114.0",
                "Android 13",
                "",
                "phone",
            ),
            ("Mozilla/5.0 (X11; CrOS x86_64 14588.98.0) AppleWebKit/537.36", "ChromeOS", "", "laptop"),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:81.0) Gecko/20100101",
                "Linux (Ubuntu)",
                "",
                "computer",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:81.0) Gecko/20100101 Firefox/81.0", "Linux", "", "computer"),
            (
                "Mozilla/5.0 (X11; U; Linux i686; ko-KR; rv:1.7.12) Gecko/20051007 Debian/1.7.12-1",
                "Linux (Debian)",
                "",
                "computer",
            ),
            ("Debian APT-HTTP/1.3 (2.4.5)", "Linux (Ubuntu 22.04)", "", ""),
            ("libdnf (Fedora 35; workstation; Linux.x86_64)", "Linux (Fedora 35)", "", ""),
            ("Wget/1.21 (linux-gnu)", "Linux", "", ""),
            (
                "Mozilla/5.0 (PlayStation 4 8.03) AppleWebKit/605.1.15",
                "PlayStation",
                "PlayStation 4",
                "console",
            ),
            ("Microsoft-CryptoAPI/6.1", "Windows 7/Server 2008 R2", "", "computer"),
            (
                "Dalvik/2.1.0 (Linux; U; Android 8.0.0; BRAVIA 2015 Build/OPR2.170623.027)",
                "Android 8.0.0",
                "",
                "tv",
            ),
            ("Linux, UPnP/1.1, MiniUPnPc/2.1", "Linux", "", ""),
            ("Yealink SIP-T46G 28.80.0.95", "", "", "voip phone"),
            ("Microsoft NCSI", "Windows", "", "computer"),
            ("curl/7.68.0", "", "", ""),
            ("", "", "", ""),
        ] {
            let said = agent(text);
            assert_eq!((said.os.as_str(), said.model.as_str(), said.kind), (os, model, kind), "{text}");
        }
    }
}
