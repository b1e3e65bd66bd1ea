//! What a bundle of a system says of itself. Signatures are the appliances' to check: the platform
//! chooses when, never what.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use bundle::{Front, MOST_SYSTEM, Manifest, Payload, RULES, SYSTEM};
use ring::digest::{Context, SHA256};

/// Most bytes of a bundle: the largest system, and what is in front of it.
pub(crate) const MOST: u64 = MOST_SYSTEM + (1 << 20);

/// A bundle that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// SHA-256 of the whole file.
    pub(crate) sha256: [u8; 32],
    /// Bytes of the whole file.
    pub(crate) size: u64,
    /// Board.
    pub(crate) board: String,
    /// Version.
    pub(crate) version: String,
}

/// Reads a file: what is in front of its payload, that the payload is whole and the one its manifest names, and the
/// hash of the file.
///
/// # Errors
/// In words: what it lacks to be a bundle of a system.
pub(crate) fn read(file: File) -> Result<Bundle, String> {
    let size = file.metadata().map_err(unreadable)?.len();
    if size > MOST {
        return Err(format!("it has {size} bytes: a bundle has at most {MOST}"));
    }
    let mut reader = BufReader::new(file);
    let front = Front::read(&mut reader).map_err(|failed| failed.words)?;
    let manifest = Manifest::read(&front.manifest).map_err(|failed| failed.words)?;
    fits(&front, &manifest)?;
    // Appliances would refuse a copy that broke off, and the roll-out would stop at the first of them.
    bundle::payload(&mut reader, &manifest, &mut io::sink(), &mut |_| {})
        .map_err(|broken| broken.failed().words)?;
    let sha256 = hash(&mut reader.into_inner()).map_err(unreadable)?;
    Ok(Bundle { sha256, size, board: manifest.board, version: manifest.version.to_string() })
}

fn fits(front: &Front, manifest: &Manifest) -> Result<(), String> {
    match manifest.kind.as_str() {
        SYSTEM if front.payload == Payload::System => {}
        RULES => return Err("it is a pack of rules, not a system: install it under Rules".into()),
        SYSTEM => {
            return Err(format!("it is damaged: it is of a system, and holds {}", front.payload.name()));
        }
        other => return Err(format!("its kind is {other:?}, which this version does not know")),
    }
    if front.signatures.is_empty() {
        return Err("it is not signed: get the signed bundle, or sign it with cargo xtask image sign".into());
    }
    if front.size != manifest.size {
        return Err("it is damaged: its system is of another size than its manifest says".into());
    }
    Ok(())
}

/// SHA-256 of a whole file.
pub(super) fn hash(file: &mut (impl Read + Seek)) -> io::Result<[u8; 32]> {
    file.seek(SeekFrom::Start(0))?;
    let (mut context, mut piece) = (Context::new(&SHA256), vec![0; 64 << 10]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        context.update(piece.get(..read).unwrap_or_default());
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    Ok(out)
}

fn unreadable(error: io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// A bundle for tests, with a signature that nobody can check.
#[cfg(test)]
pub(crate) fn made(board: &str, version: &str, payload: &[u8]) -> Vec<u8> {
    let manifest = Manifest::of_system(board, bundle::Version::parse(version).unwrap(), payload);
    bundle::testing::whole(&manifest, Payload::System, vec![b"none".to_vec()], payload)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::parts::digest;
    use bundle::Version;
    use bundle::testing::whole;

    fn of(bytes: &[u8]) -> Result<Bundle, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        read(file)
    }

    #[test]
    fn a_bundle_and_every_cut_of_it() {
        let whole = made("virtual", "1.2.3", &[7; 3_000]);
        let size = whole.len() as u64;
        let bundle =
            Bundle { sha256: digest(&whole), size, board: "virtual".into(), version: "1.2.3".into() };
        assert_eq!(of(&whole), Ok(bundle));
        for len in (0..5 * 512).chain([4_000, 5_559, 5_560, whole.len() - 1]) {
            assert!(of(&whole[..len]).is_err(), "{len}");
        }
        let mut changed = whole;
        changed[4_000] ^= 1;
        assert!(of(&changed).unwrap_err().contains("SHA-256"), "{:?}", of(&changed));
    }

    #[test]
    fn anything_else_says_why() {
        let manifest = Manifest::of_system("b", Version::new(1, 2, 3), b"abc");
        let signed = || vec![b"none".to_vec()];
        let of_rules = Manifest::of_rules(Version::new(1, 2, 3), b"abc");
        let later = Manifest { kind: "later".into(), ..manifest.clone() };
        let cases = [
            (b"no archive at all".to_vec(), "no update bundle"),
            (vec![7; 2_000], "does not begin with manifest.toml"),
            (whole(&later, Payload::System, signed(), b"abc"), "its kind is \"later\""),
            (whole(&of_rules, Payload::Rules, signed(), b"abc"), "install it under Rules"),
            (whole(&manifest, Payload::Rules, signed(), b"abc"), "holds rules.tar"),
            (whole(&manifest, Payload::System, Vec::new(), b"abc"), "not signed"),
            (whole(&manifest, Payload::System, signed(), b"abcd"), "another size"),
        ];
        for (bytes, words) in cases {
            let error = of(&bytes).unwrap_err();
            assert!(error.contains(words), "{error:?} lacks {words:?}");
        }
    }
}
