//! Under which licences an image's parts are, for people: every text once, and where the source of what
//! asks for it is found.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Contents;

/// A Debian package's own account of its licences.
#[derive(Clone, Debug)]
pub struct Copyright {
    /// The package.
    pub name: String,
    /// Its file `copyright`.
    pub text: String,
}

/// A line between texts.
const RULE: &str = "------------------------------------------------------------------------------\n";

/// The document.
pub fn licences(contents: &Contents<'_>, copyrights: &[Copyright]) -> String {
    let Contents { version, board, crates, packages } = *contents;
    let mut out =
        format!("Stillwatch {version} for {board}: third-party parts, their licences, their source\n\n");
    out += "1. Debian's packages\n\n";
    for pin in packages {
        let _ = writeln!(out, "{} {}\n    source package: {}", pin.name, pin.version, pin.source);
    }
    out += "\nThe kernel (with its modules) is under the GPL, version 2; systemd's boot stub and boot loader are\n\
            under the LGPL, version 2.1 or later. Both are Debian's files, unchanged. Their whole source, with the\n\
            scripts that build them, is Debian's source package of the name and version above; on a Debian\n\
            machine with source packages switched on:\n\n";
    for pin in packages {
        let _ = writeln!(out, "    apt-get source {}={}", pin.name, pin.version);
    }
    out += "\n2. Rust crates\n\n";
    for one in crates {
        let _ = writeln!(out, "{} {}: {}", one.name, one.version, one.licence);
    }
    out += "\n3. Texts\n\n";
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in crates {
        for (file, text) in &one.texts {
            texts.entry(text.trim()).or_default().push(format!("{} {} ({file})", one.name, one.version));
        }
    }
    for one in copyrights {
        texts.entry(one.text.trim()).or_default().push(format!("{} (Debian's copyright file)", one.name));
    }
    // In the order of the first that names it.
    let mut texts: Vec<_> = texts.into_iter().map(|(text, of)| (of, text)).collect();
    texts.sort();
    for (of, text) in texts {
        let _ = write!(out, "{RULE}{}\n\n{text}\n\n", of.join("\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Lock;
    use crate::papers::Crate;

    #[test]
    fn every_text_stands_once() {
        let lock = Lock::read(include_str!("../../packages.lock.toml")).unwrap();
        let one = |name: &str| Crate {
            name: name.into(),
            version: "1".into(),
            licence: "MIT".into(),
            sha256: None,
            texts: BTreeMap::from([("LICENSE".into(), "Permission".into())]),
        };
        let crates = [one("a"), one("b")];
        let contents = Contents { version: "1", board: "b", crates: &crates, packages: &lock.packages };
        let copyrights = [Copyright { name: "linux".into(), text: "GPL".into() }];
        let text = licences(&contents, &copyrights);
        assert_eq!(text.matches("Permission").count(), 1);
        assert!(text.contains("a 1 (LICENSE)\nb 1 (LICENSE)\n\nPermission"), "{text}");
        let kernel = lock.pin("kernel").unwrap();
        assert!(text.contains(&format!("apt-get source {}={}", kernel.name, kernel.version)));
    }
}
