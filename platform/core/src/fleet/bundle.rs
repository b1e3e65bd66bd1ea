//! What a bundle says of itself: its manifest, read within bounds. Signatures are the
//! appliances' to check: the platform has no key and takes nobody's word.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use ring::digest::{Context, SHA256};
use serde::Deserialize;

use super::version::Version;

/// Most bytes of a bundle: the partition it goes to is not larger.
pub(crate) const MOST: u64 = 256 << 20;
/// Most bytes of a manifest.
const MOST_MANIFEST: u64 = 4_096;
/// Longest name of a board.
const MOST_BOARD: usize = 64;
/// Members in order; the second signature may be absent.
const MANIFEST: &str = "manifest.toml";
const SIGNATURE: &str = "manifest.toml.minisig";
const PAYLOAD: &str = "system.efi";
/// Most members in front of the payload.
const MOST_MEMBERS: usize = 4;

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

/// Keys that are not known are passed over.
#[derive(Deserialize)]
struct Manifest {
    kind: String,
    board: String,
    version: String,
    size: u64,
}

/// Reads a file.
///
/// # Errors
/// In words: what it lacks to be a bundle.
pub(crate) fn read(file: File) -> Result<Bundle, String> {
    let size = file.metadata().map_err(unreadable)?.len();
    if size > MOST {
        return Err(format!("it has {size} bytes: a bundle has at most {MOST}"));
    }
    let mut archive = tar::Archive::new(BufReader::new(file));
    let manifest = front(&mut archive)?;
    let mut file = archive.into_inner();
    let sha256 = hash(&mut file).map_err(unreadable)?;
    Ok(Bundle { sha256, size, board: manifest.board, version: manifest.version })
}

fn front(archive: &mut tar::Archive<BufReader<File>>) -> Result<Manifest, String> {
    let none = |words: &str| format!("it is no update bundle: {words}");
    let mut manifest = None;
    let mut signed = false;
    for entry in archive.entries_with_seek().map_err(unreadable)?.take(MOST_MEMBERS) {
        let mut entry = entry.map_err(|_| none("it is no tar archive, or it is cut"))?;
        let name = entry.path_bytes().into_owned();
        let name = std::str::from_utf8(&name).unwrap_or_default();
        match (name, &manifest) {
            (MANIFEST, None) => manifest = Some(read_manifest(&mut entry)?),
            (_, None) => return Err(none(&format!("it does not begin with {MANIFEST}"))),
            (PAYLOAD, Some(found)) if entry.size() == found.size && signed => {
                return manifest.ok_or_else(|| none("it has no manifest"));
            }
            (PAYLOAD, Some(_)) if !signed => return Err(none("it is not signed")),
            (PAYLOAD, Some(_)) => return Err(none("its system is of another size than it says")),
            (name, Some(_)) => signed |= name == SIGNATURE,
        }
    }
    Err(none(&format!("there is no {PAYLOAD} in it")))
}

fn read_manifest(entry: &mut tar::Entry<'_, BufReader<File>>) -> Result<Manifest, String> {
    let wrong = |words: String| format!("its manifest cannot be read: {words}");
    if entry.size() > MOST_MANIFEST {
        return Err(wrong(format!("it has {} bytes, at most {MOST_MANIFEST} are read", entry.size())));
    }
    let mut text = String::new();
    entry.take(MOST_MANIFEST).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| wrong(error.message().into()))?;
    if manifest.kind != "system" {
        return Err(wrong(format!("its kind is {:?}, not \"system\"", manifest.kind)));
    }
    if Version::parse(&manifest.version).is_none() {
        return Err(wrong(format!("{:?} is no version", manifest.version)));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let board = &manifest.board;
    if board.is_empty() || board.len() > MOST_BOARD || !board.bytes().all(plain) {
        return Err(wrong(format!("{board:?} is no name of a board")));
    }
    Ok(manifest)
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

/// A bundle for tests, signed by nobody.
#[cfg(test)]
pub(crate) fn made(board: &str, version: &str, payload: &[u8]) -> Vec<u8> {
    let manifest = format!(
        "kind = \"system\"\nboard = \"{board}\"\nversion = \"{version}\"\nsize = {}\nsha256 = \"{}\"\n",
        payload.len(),
        crate::parts::hex(&crate::parts::digest(payload))
    );
    archive(&[(MANIFEST, manifest.as_bytes()), (SIGNATURE, b"untrusted comment: none\n"), (PAYLOAD, payload)])
}

/// A ustar archive.
#[cfg(test)]
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::parts::digest;

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
        // Up to the payload's header nothing is a bundle; what is cut behind it has another hash.
        for len in 0..3 * 512 + 512 + 512 {
            assert!(of(&whole[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn anything_else_says_why() {
        let manifest = |text: &str| archive(&[(MANIFEST, text.as_bytes())]);
        let giant = "#".repeat(5_000);
        let good = "kind = \"system\"\nboard = \"b\"\nversion = \"1.2.3\"\nsize = 3\nsha256 = \"\"\n";
        let cases = [
            (b"no archive at all".to_vec(), "no tar archive"),
            (archive(&[("etc/passwd", b"x")]), "does not begin with manifest.toml"),
            (manifest(&giant), "it has 5000 bytes"),
            (manifest("kind = 1"), "cannot be read"),
            (manifest(&good.replace("system", "data")), "not \"system\""),
            (manifest(&good.replace("1.2.3", "1.2.3-rc1")), "is no version"),
            (manifest(&good.replace("\"b\"", "\"../b\"")), "no name of a board"),
            (manifest(good), "there is no system.efi"),
            (archive(&[(MANIFEST, good.as_bytes()), (PAYLOAD, b"abc")]), "not signed"),
            (archive(&[(MANIFEST, good.as_bytes()), (SIGNATURE, b""), (PAYLOAD, b"abcd")]), "another size"),
        ];
        for (bytes, words) in cases {
            let error = of(&bytes).unwrap_err();
            assert!(error.contains(words), "{error:?} lacks {words:?}");
        }
        // A header that claims more than there is.
        let mut lies = manifest(good);
        lies[124..135].copy_from_slice(b"77777777777");
        assert!(of(&lies).is_err());
    }
}
