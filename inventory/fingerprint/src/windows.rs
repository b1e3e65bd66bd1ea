//! Releases of Windows by version and build number.

/// The release a `major.minor.build` version belongs to, with the build where it
/// says more. A build that client and server share gives both; which it is, other
/// evidence must tell. `None` for versions that no Windows has.
pub fn windows(version: &str) -> Option<String> {
    let mut parts = version.split('.').map(str::parse::<u32>);
    let major = parts.next()?.ok()?;
    let minor = parts.next()?.ok()?;
    let build = parts.next().and_then(Result::ok).filter(|build| *build > 0);
    let name = match (major, minor) {
        (10, 0) => build.map_or("Windows 10/11/Server 2016+", ten),
        _ => RELEASES.iter().find(|(a, b, _)| (*a, *b) == (major, minor))?.2,
    };
    Some(match build {
        Some(build) => format!("{name} (build {build})"),
        None => name.to_owned(),
    })
}

const RELEASES: &[(u32, u32, &str)] = &[
    (3, 51, "Windows NT 3.51"),
    (4, 0, "Windows NT 4.0"),
    (5, 0, "Windows 2000"),
    (5, 1, "Windows XP"),
    (5, 2, "Windows Server 2003/XP x64"),
    (6, 0, "Windows Vista/Server 2008"),
    (6, 1, "Windows 7/Server 2008 R2"),
    (6, 2, "Windows 8/Server 2012"),
    (6, 3, "Windows 8.1/Server 2012 R2"),
];

/// Version 10.0 by build (Microsoft's lists of release information). Semi-annual
/// server releases shared their build with Windows 10 until 20H2 (19042).
fn ten(build: u32) -> &'static str {
    match build {
        10240 | 10586 | 15063 | 19043..=19045 => "Windows 10",
        14393 => "Windows 10/Server 2016",
        17763 => "Windows 10/Server 2019",
        20348 => "Windows Server 2022",
        22000 | 22621 | 22631 | 26200 => "Windows 11",
        25398 => "Windows Server 23H2",
        26100 => "Windows 11/Server 2025",
        0..22000 => "Windows 10/Server 2016+",
        _ => "Windows 11/Server 2025+",
    }
}

/// The release named in words, as SMB1 and agents write it: `Windows Server (R)
/// 2008 Standard 6001 Service Pack 1`, `Windows 2002 2600 Service Pack 2`,
/// `Windows 5.1`. The last number of four or five digits behind the name is the build.
pub fn windows_words(text: &str) -> Option<String> {
    let rest = text.trim().strip_prefix("Windows")?;
    if rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    let plain = rest.replace("(R)", "").replace("(TM)", "").replace(['®', '™'], "");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let text = words.join(" ");
    let starts =
        |start: &str| text.strip_prefix(start).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    let Some((name, rest)) = NAMES.iter().find_map(|(start, name)| Some((*name, starts(start)?))) else {
        // A name that is not in the list is still Windows.
        let version = words.iter().find_map(|word| windows(word));
        return Some(version.unwrap_or_else(|| "Windows".to_owned()));
    };
    let build = rest
        .split(' ')
        .rfind(|word| (4..=5).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit()));
    Some(match build {
        Some(build) => format!("Windows {name} (build {build})"),
        None => format!("Windows {name}"),
    })
}

/// Words behind `Windows`, and the name. Longer ones stand first.
const NAMES: &[(&str, &str)] = &[
    ("Server 2003 R2", "Server 2003 R2"),
    ("Server 2003", "Server 2003"),
    ("Server 2008 R2", "Server 2008 R2"),
    ("Server 2008", "Server 2008"),
    ("Server 2012 R2", "Server 2012 R2"),
    ("Server 2012", "Server 2012"),
    ("Server 2016", "Server 2016"),
    ("Server 2019", "Server 2019"),
    ("Server 2022", "Server 2022"),
    ("Server 2025", "Server 2025"),
    ("Storage Server 2008 R2", "Server 2008 R2"),
    ("Storage Server 2012 R2", "Server 2012 R2"),
    ("2000", "2000"),
    ("2002", "XP"),
    ("XP", "XP"),
    ("Vista", "Vista"),
    ("7", "7"),
    ("8.1", "8.1"),
    ("8", "8"),
    ("10", "10"),
    ("11", "11"),
    ("NT", "NT"),
    ("95", "95"),
    ("98", "98"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (version, want) in [
            ("10.0.19041", Some("Windows 10/Server 2016+ (build 19041)")),
            ("10.0.17763", Some("Windows 10/Server 2019 (build 17763)")),
            ("10.0.22631", Some("Windows 11 (build 22631)")),
            ("10.0", Some("Windows 10/11/Server 2016+")),
            ("6.1.7601", Some("Windows 7/Server 2008 R2 (build 7601)")),
            ("5.1", Some("Windows XP")),
            ("4.9", None),
            ("", None),
        ] {
            assert_eq!(windows(version).as_deref(), want, "{version}");
        }
    }

    #[test]
    fn words() {
        for (text, want) in [
            ("Windows Server 2016 Standard 14393", Some("Windows Server 2016 (build 14393)")),
            (
                "Windows Server (R) 2008 Standard 6001 Service Pack 1",
                Some("Windows Server 2008 (build 6001)"),
            ),
            ("Windows 7 Ultimate 7601 Service Pack 1", Some("Windows 7 (build 7601)")),
            ("Windows 2002 2600 Service Pack 2", Some("Windows XP (build 2600)")),
            ("Windows 2000 2195", Some("Windows 2000 (build 2195)")),
            ("Windows 5.1", Some("Windows XP")),
            ("Windows Vista (TM) Business 6002 Service Pack 2", Some("Windows Vista (build 6002)")),
            ("Windows (TM) Code Name \"Longhorn\" Ultimate 5231", Some("Windows")),
            ("Windowsill 7", None),
            ("Unix", None),
        ] {
            assert_eq!(windows_words(text).as_deref(), want, "{text}");
        }
    }
}
