//! Cisco's systems: IOS, IOS XE, IOS XR, NX-OS, ASA, CatOS, AireOS.

use super::{Description, after, word};

/// Reads a description that Cisco's systems write; `None` for others.
pub fn read(text: &str) -> Option<Description> {
    let (os, kind) = system(text)?;
    let version = after(text, "Version ")
        .or_else(|| after(text, "Version: "))
        .or_else(|| after(text, "version "))
        .map_or("", word);
    let model = if os == "Cisco IOS" || os == "Cisco IOS XE" { model(text) } else { "" };
    let kind = match (kind, model) {
        ("", model) => ios_kind(text, model),
        (kind, _) => kind,
    };
    Some(Description {
        os: format!("{os} {version}").trim_end().to_owned(),
        maker: "Cisco",
        family: model.to_owned(),
        kind,
        ..Description::default()
    })
}

fn system(text: &str) -> Option<(&'static str, &'static str)> {
    let has = |mark: &str| text.contains(mark);
    if text.starts_with("Cisco NX-OS") || has("Nexus Operating System (NX-OS)") {
        return Some(("Cisco NX-OS", "switch"));
    }
    if text.starts_with("Cisco IOS XR") {
        return Some(("Cisco IOS XR", "router"));
    }
    if text.starts_with("Cisco Adaptive Security Appliance") {
        return Some(("Cisco ASA", "firewall"));
    }
    if text.starts_with("Cisco Controller") {
        return Some(("Cisco AireOS", "wlan controller"));
    }
    if text.starts_with("Cisco Catalyst Operating System") || text.starts_with("Cisco Systems WS-C") {
        return Some(("Cisco CatOS", "switch"));
    }
    if text.starts_with("Cisco AP Software") {
        return Some(("Cisco IOS", "access point"));
    }
    // Release trains with a place's name (Fuji, Amsterdam) are of IOS XE.
    let named_train = after(text, "Cisco IOS Software [").is_some();
    if text.starts_with("Cisco IOS") && (named_train || has("IOS-XE") || has("IOS XE")) {
        return Some(("Cisco IOS XE", ""));
    }
    if text.starts_with("Cisco IOS Software")
        || text.starts_with("Cisco Internetwork Operating System")
        || text.starts_with("IOS (tm)")
    {
        return Some(("Cisco IOS", ""));
    }
    None
}

/// `Cisco IOS Software, C3560 Software (C3560-ADVIPSERVICESK9-M), Version …`:
/// the platform that the software is for.
fn model(text: &str) -> &str {
    let before = text.split(" Software (").next().unwrap_or_default();
    let platform = before.rsplit([' ', ',', ']']).next().unwrap_or_default();
    // Image names of emulators and libraries are no platforms.
    let hardware =
        platform.len() >= 4 && platform.contains(|c: char| c.is_ascii_digit()) && !platform.contains("LINUX");
    if hardware { platform } else { "" }
}

fn ios_kind(text: &str, model: &str) -> &'static str {
    let image = after(text, " Software (").and_then(|rest| rest.split(')').next()).unwrap_or_default();
    // K9W7 and K9W8 are the images of access points, autonomous and lightweight.
    if image.contains("K9W7") || image.contains("K9W8") {
        return "access point";
    }
    let switch = [
        "C29",
        "C35",
        "C36",
        "C37",
        "C38",
        "C45",
        "C65",
        "C92",
        "C93",
        "C94",
        "C95",
        "C96",
        "CAT",
        "IE",
        "s72033",
        "I86BI_LINUXL2",
    ];
    let router = [
        "C7200",
        "C26",
        "C28",
        "C29",
        "C18",
        "C19",
        "C83",
        "C86",
        "C87",
        "C88",
        "C89",
        "ISR",
        "7200",
        "ASR",
        "CSR",
        "X86_64_LINUX_IOSD",
    ];
    let starts =
        |list: &[&str]| list.iter().any(|start| model.starts_with(start) || image.starts_with(start));
    // C2900 is a router and C2960 a switch; only the third digit tells.
    if model == "C2900" || image.starts_with("C2900") {
        "router"
    } else if starts(&switch) {
        "switch"
    } else if starts(&router) {
        "router"
    } else {
        "network"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_models_and_types() {
        for (text, os, model, kind) in [
            (
                "Cisco IOS Software, C3560 Software (C3560-ADVIPSERVICESK9-M), Version 12.2(44)SE, RELEASE SOFTWARE (fc1)",
                "Cisco IOS 12.2(44)SE",
                "C3560",
                "switch",
            ),
            (
                "Cisco IOS Software, C2600 Software (AP3G2-K9W8-M), Version 15.2(4)JA1, RELEASE SOFTWARE (fc2)",
                "Cisco IOS 15.2(4)JA1",
                "C2600",
                "access point",
            ),
            (
                "Cisco IOS Software, IOS-XE Software (X86_64_LINUX_IOSD-ADVENTERPRISEK9-M), Version 15.3(2)S0a, RELEASE",
                "Cisco IOS XE 15.3(2)S0a",
                "",
                "router",
            ),
            (
                "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE",
                "Cisco IOS XE 17.3.4",
                "",
                "switch",
            ),
            (
                "IOS (tm) 7200 Software (C7200-P-M), Experimental Version 12.1(20000209:213648) [x 101]",
                "Cisco IOS 12.1(20000209:213648)",
                "7200",
                "router",
            ),
            (
                "Cisco NX-OS(tm) n5000, Software (n5000-uk9), Version 5.0(3)N2(1), RELEASE SOFTWARE",
                "Cisco NX-OS 5.0(3)N2(1)",
                "",
                "switch",
            ),
            ("Cisco Adaptive Security Appliance Version 9.8(2)", "Cisco ASA 9.8(2)", "", "firewall"),
        ] {
            let said = read(text).unwrap();
            assert_eq!((said.os.as_str(), said.family.as_str(), said.kind), (os, model, kind), "{text}");
        }
        assert_eq!(read("Cisco"), None);
    }
}
