//! Apple's products: model identifiers (`iPhone12,1`) and Darwin versions.

/// Maker's family name, type and system of a model identifier; `None` when the
/// identifier is not Apple's.
pub fn apple_model(id: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let (start, rest) = id.split_at(id.find(|c: char| c.is_ascii_digit())?);
    if !rest.contains(',') {
        return None;
    }
    let (_, name, kind, os) = PRODUCTS.iter().find(|(known, ..)| *known == start)?;
    Some((name, kind, os))
}

const PRODUCTS: &[(&str, &str, &str, &str)] = &[
    ("iPhone", "iPhone", "phone", "iOS"),
    ("iPad", "iPad", "tablet", "iPadOS"),
    ("iPod", "iPod touch", "phone", "iOS"),
    ("Watch", "Apple Watch", "watch", "watchOS"),
    ("AppleTV", "Apple TV", "streamer", "tvOS"),
    ("AudioAccessory", "HomePod", "speaker", "audioOS"),
    ("MacBook", "MacBook", "laptop", "macOS"),
    ("MacBookPro", "MacBook Pro", "laptop", "macOS"),
    ("MacBookAir", "MacBook Air", "laptop", "macOS"),
    ("iMac", "iMac", "workstation", "macOS"),
    ("iMacPro", "iMac Pro", "workstation", "macOS"),
    ("Macmini", "Mac mini", "workstation", "macOS"),
    ("MacPro", "Mac Pro", "workstation", "macOS"),
    ("Mac", "Mac", "computer", "macOS"),
    ("Xserve", "Xserve", "server", "macOS"),
    ("AirPort", "AirPort", "access point", ""),
    ("TimeCapsule", "Time Capsule", "access point", ""),
    ("RealityDevice", "Vision Pro", "mobile", "visionOS"),
    ("VirtualMac", "Mac", "computer", "macOS"),
];

/// macOS of a Darwin kernel's major version: 19 is 10.15, 20 is 11, 25 is 26.
pub fn macos_of_darwin(major: u32) -> Option<String> {
    match major {
        5..=19 => Some(format!("macOS 10.{}", major - 4)),
        20..=24 => Some(format!("macOS {}", major - 9)),
        25..=30 => Some(format!("macOS {}", major + 1)),
        _ => None,
    }
}

/// iOS of a Darwin kernel's major version: 20 is 14, 24 is 18, 25 is 26.
pub fn ios_of_darwin(major: u32) -> Option<String> {
    match major {
        13..=24 => Some(format!("iOS {}", if major == 13 { 6 } else { major - 6 })),
        25..=30 => Some(format!("iOS {}", major + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_kernels() {
        assert_eq!(apple_model("MacBookPro14,2"), Some(("MacBook Pro", "laptop", "macOS")));
        assert_eq!(apple_model("iPhone12,1"), Some(("iPhone", "phone", "iOS")));
        for other in ["BSB002", "iPhone", "Macintosh1,1", "", "14,2"] {
            assert_eq!(apple_model(other), None, "{other}");
        }
        assert_eq!(macos_of_darwin(19).as_deref(), Some("macOS 10.15"));
        assert_eq!(macos_of_darwin(24).as_deref(), Some("macOS 15"));
        assert_eq!(ios_of_darwin(20).as_deref(), Some("iOS 14"));
        assert_eq!(ios_of_darwin(25).as_deref(), Some("iOS 26"));
        assert_eq!(macos_of_darwin(2), None);
    }
}
