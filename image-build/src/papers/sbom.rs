//! What an image is made of, for programs: CycloneDX 1.5 in JSON.

use serde_json::{Value, json};

use super::Contents;
use crate::seed::{Seed, hex};

/// The document. It has no time in it and its serial number comes from the seed.
pub fn sbom(contents: &Contents<'_>, seed: &Seed) -> String {
    let Contents { version, board, crates, packages } = *contents;
    let crates = crates.iter().map(|one| {
        let mut out = json!({
            "type": "library",
            "bom-ref": format!("cargo:{}@{}", one.name, one.version),
            "name": one.name,
            "version": one.version,
            "purl": format!("pkg:cargo/{}@{}", one.name, one.version),
        });
        if !one.licence.is_empty() {
            out["licenses"] = json!([{ "expression": one.licence }]);
        }
        if let Some(sum) = &one.sha256 {
            out["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
        }
        out
    });
    let packages = packages.iter().map(|pin| {
        json!({
            "type": if pin.role == "kernel" { "operating-system" } else { "application" },
            "bom-ref": format!("deb:{}@{}", pin.name, pin.version),
            "name": pin.name,
            "version": pin.version,
            "purl": format!("pkg:deb/debian/{}@{}?arch=amd64", escaped(&pin.name), escaped(&pin.version)),
            "hashes": [{ "alg": "SHA-256", "content": pin.sha256 }],
            "properties": [{ "name": "debian:source", "value": pin.source }],
        })
    });
    let components: Vec<Value> = crates.chain(packages).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": format!("urn:uuid:{}", uuid(seed.guid("sbom"))),
        "version": 1,
        "metadata": { "component": {
            "type": "firmware",
            "bom-ref": "stillwatch",
            "name": format!("stillwatch-{board}"),
            "version": version,
        }},
        "components": components,
    });
    let mut out = serde_json::to_string_pretty(&document).expect("values can be written");
    out.push('\n');
    out
}

/// A version or name inside a package URL.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |out, c| match c {
        c if c.is_ascii_alphanumeric() || "-._~".contains(c) => out + &c.to_string(),
        c => out + &format!("%{:02X}", u32::from(c)),
    })
}

fn uuid(id: [u8; 16]) -> String {
    // The seed's ids lie as on disks; the text's order differs in the first three parts.
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(|at: usize| id[at]);
    let text = hex(&order);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Lock;
    use crate::papers::Crate;

    #[test]
    fn names_everything_once() {
        let lock = Lock::read(include_str!("../../packages.lock.toml")).unwrap();
        let one = Crate {
            name: "a".into(),
            version: "1".into(),
            licence: "MIT".into(),
            sha256: None,
            texts: Default::default(),
        };
        let contents = Contents { version: "1", board: "b", crates: &[one], packages: &lock.packages };
        let text = sbom(&contents, &Seed::new("b", "1"));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["components"].as_array().unwrap().len(), 1 + lock.packages.len());
        assert_eq!(value["components"][0]["purl"], "pkg:cargo/a@1");
        let kernel = value["components"][1]["purl"].as_str().unwrap();
        assert!(kernel.starts_with("pkg:deb/debian/linux-image-") && kernel.contains("%2Bdeb"), "{kernel}");
        let serial = value["serialNumber"].as_str().unwrap();
        assert_eq!((serial.len(), serial.as_bytes()["urn:uuid:".len() + 14]), (45, b'4'));
        assert_eq!(text, sbom(&contents, &Seed::new("b", "1")));
    }
}
