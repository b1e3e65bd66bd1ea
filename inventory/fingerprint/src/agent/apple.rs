//! User-Agents of iPhones, iPads and Macs, and of Apple's own libraries.

use super::Agent;
use crate::apple::{apple_model, ios_of_darwin, macos_of_darwin};

/// An agent of Apple's; `parts` are the parts of its first comment.
pub fn read(text: &str, parts: &[&str]) -> Option<Agent> {
    // `iOS/14.2 model/iPhone12,1 hwp/…`, `server-bag [iPhone OS,14.2,18B92,iPhone12,1]`
    let word = |start: &str| text.split([' ', '[', ']']).find_map(|word| word.strip_prefix(start));
    if let Some(id) = word("model/").filter(|id| apple_model(id).is_some()) {
        let os = ["iOS/", "tvOS/", "watchOS/", "macOS/"].iter().find_map(|name| Some((name, word(name)?)));
        return Some(of_model(
            id,
            os.map_or(String::new(), |(name, version)| format!("{} {version}", &name[..name.len() - 1])),
        ));
    }
    if let Some((_, rest)) = text.split_once("[iPhone OS,") {
        let mut fields = rest.trim_end_matches(']').splitn(3, ',');
        let (version, id) = (fields.next()?, fields.nth(1).unwrap_or_default());
        return Some(of_model(id, format!("iOS {version}")));
    }
    if let Some(part) = parts.iter().find(|part| part.contains("like Mac OS X") && part.contains("OS ")) {
        let version = version_after(part, "OS ");
        let kind = if parts.contains(&"iPad") { "tablet" } else { "phone" };
        let name = if kind == "tablet" { "iPadOS" } else { "iOS" };
        // Before 13 the iPad's system was called iOS as well.
        let old = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok())
            .is_some_and(|major| major < 13);
        let model = ["iPhone", "iPad", "iPod touch"]
            .into_iter()
            .find(|name| parts.contains(name))
            .unwrap_or_default();
        let os = format!("{} {version}", if old { "iOS" } else { name });
        return Some(Agent { os, model: model.to_owned(), maker: "Apple", kind });
    }
    let mac = parts.iter().find(|part| part.contains("Mac OS X") || part.starts_with("OS X "));
    if let Some(part) = mac {
        let version = version_after(part, "OS X ");
        // What every macOS since 10.15 says in its browsers.
        let frozen = matches!(version.as_str(), "10.15" | "10.15.7" | "10.16") || version.is_empty();
        let os = if frozen { "macOS".to_owned() } else { format!("macOS {version}") };
        return Some(Agent { os, maker: "Apple", kind: "computer", ..Agent::default() });
    }
    if parts.first() == Some(&"Macintosh") {
        return Some(Agent { os: "macOS".to_owned(), maker: "Apple", kind: "computer", ..Agent::default() });
    }
    if let Some(version) =
        word("macOS/").or_else(|| text.strip_prefix("Mac OS X/").and_then(|rest| rest.split(' ').next()))
    {
        return Some(Agent {
            os: format!("macOS {version}"),
            maker: "Apple",
            kind: "computer",
            ..Agent::default()
        });
    }
    let major = word("Darwin/")?.split('.').next()?.parse().ok()?;
    // Macs append their architecture; phones say nothing.
    let mac = text.contains("(x86_64)") || text.contains("(i386)");
    let os = match (macos_of_darwin(major), ios_of_darwin(major)) {
        (Some(macos), _) if mac => macos,
        (Some(macos), Some(ios)) => format!("{macos}/{ios}"),
        (Some(macos), None) => macos,
        _ => "macOS/iOS".to_owned(),
    };
    Some(Agent { os, maker: "Apple", ..Agent::default() })
}

fn of_model(id: &str, os: String) -> Agent {
    let (_, kind, system) = apple_model(id).unwrap_or(("", "", ""));
    let os = if system == "iPadOS" { os.replace("iOS", "iPadOS") } else { os };
    let model = if kind.is_empty() { "" } else { id };
    Agent {
        os: if os.is_empty() { system.to_owned() } else { os },
        model: model.to_owned(),
        maker: "Apple",
        kind,
    }
}

/// `10_12_4` and `10.12.4` behind a mark, as `10.12.4`.
fn version_after(part: &str, mark: &str) -> String {
    let rest = part.split_once(mark).map_or("", |(_, rest)| rest);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '_' && c != '.').unwrap_or(rest.len());
    rest[..end].trim_matches(['_', '.']).replace('_', ".")
}
