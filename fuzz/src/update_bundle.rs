//! Update bundles, and names on the boot partition: nothing is installed but what was signed, and
//! what was read is every byte of the file.

use bundle::{Front, Keys, Manifest, Payload, Version, payload};
use model::Time;
use update::policy::{Here, MINIMUM};
use update::slots::Entry;

use crate::case::Case;
use crate::{Fault, Said, Target, hash};

/// Bundles.
pub struct Bundles;

/// A key that `minisign` made, whose secret half is thrown away.
const KEY: &str = "untrusted comment: minisign public key 750E749B03CE724E
RWROcs4Dm3QOdTCUii+9d9HpuSpXnaKaeAzFwz4iYsbxyNZ2p29JQF46
";

/// What it said of the manifest of version 1.2.3 for the board `b`, whose system is [`SYSTEM`].
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUROcs4Dm3QOdR4jqSk+ACXk52JJRbv+E/kWsTDdiGwdox35w9FNvNM2PniVgXQYyH1rBTBc9rq/XI390D50VOPNKFqIE4GvNww=
trusted comment: expires:2099-01-01T00:00:00Z
zrMoMpF5STw8xz7M9n50X6rNxSFEOisyLg6G+IAL49TXSJ4RoPxpTXRqkqfgkBrhWxmubOiZMSKGVP7rYkOMCw==
";

const SYSTEM: &[u8] = b"system";

fn signed() -> Manifest {
    Manifest::of_system("b", Version::new(1, 2, 3), SYSTEM)
}

impl Target for Bundles {
    fn name(&self) -> &'static str {
        "update_bundle"
    }

    fn seeds(&self) -> Vec<Case> {
        let manifest = signed().to_text().into_bytes();
        let bundle = |signatures: &[&str]| {
            let signatures = signatures.iter().map(|text| text.as_bytes().to_vec()).collect();
            Front {
                manifest: manifest.clone(),
                signatures,
                payload: Payload::System,
                size: SYSTEM.len() as u64,
            }
            .whole(SYSTEM)
        };
        let name = b"stillwatch-1.2.4~rc1+2-1.efi".to_vec();
        let seeds =
            [bundle(&[]), bundle(&[SIGNATURE]), bundle(&[SIGNATURE, SIGNATURE]), manifest.clone(), name];
        seeds.into_iter().map(Case::of).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let bytes = case.bytes();
        let mut said = Said::default();
        if let Some(entry) = std::str::from_utf8(&bytes).ok().and_then(Entry::parse) {
            said.shape = hash(said.shape, b"entry");
            if Entry::parse(&entry.to_string()).as_ref() != Some(&entry) {
                return Err(Fault::new("a name reads back as another", entry.to_string()));
            }
        }
        if let Ok(manifest) = Manifest::read(&bytes) {
            said.shape = hash(said.shape, b"manifest");
            if Manifest::read(manifest.to_text().as_bytes()).ok().as_ref() != Some(&manifest) {
                return Err(Fault::new("a manifest reads back as another", manifest.to_text()));
            }
        }
        let mut rest = bytes.as_slice();
        let Ok(front) = Front::read(&mut rest) else { return Ok(said) };
        said.count += 1;
        said.shape = hash(said.shape, &[front.signatures.len() as u8]);
        if !bytes.starts_with(&front.to_bytes()) {
            return Err(Fault::new("the front is not what was read", ""));
        }
        let keys = Keys::one(KEY).map_err(|why| Fault::new("the key is none", why))?;
        let running = Version::new(1, 0, 0);
        let here =
            Here { keys: &keys, board: "b", running: &running, minimum: &MINIMUM, floor: Time::default() };
        let accepted = here.accept(&front).ok();
        if accepted.as_ref().is_some_and(|manifest| *manifest != signed()) {
            return Err(Fault::new("took what nobody signed", format!("{accepted:?}")));
        }
        let Some(manifest) = accepted.or_else(|| Manifest::read(&front.manifest).ok()) else {
            return Ok(said);
        };
        said.shape = hash(said.shape, b"read");
        let mut system = Vec::new();
        if payload(&mut rest, &manifest, &mut system, &mut |_| {}).is_ok() {
            said.count += 1;
            if front.size == manifest.size && front.whole(&system) != bytes {
                return Err(Fault::new("bytes that were not looked at", ""));
            }
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_taken_and_the_signed_one_is_accepted() {
        let counts: Vec<u64> = Bundles.seeds().iter().map(|case| Bundles.run(case).unwrap().count).collect();
        assert_eq!(counts, [2, 2, 2, 0, 0]);
        let keys = Keys::one(KEY).unwrap();
        let text = signed().to_text();
        let statements = keys.statements(text.as_bytes(), &[SIGNATURE.into()]).unwrap();
        assert_eq!(statements, ["expires:2099-01-01T00:00:00Z"]);
    }
}
