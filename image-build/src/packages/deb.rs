//! Inside a Debian package (deb(5)): an `ar` archive whose member `data.tar.*` holds the files.

use std::io::Read;

use lzma_rust2::XzReader;

use crate::error::{Error, wrong};

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Path without a leading `./`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Most bytes of one file; a kernel with symbols stays below it.
const MOST: u64 = 256 << 20;

/// The files of a package whose paths are `wanted`, in the order of the archive; links and folders
/// are left out.
///
/// # Errors
/// It is no package, is cut, or is packed in a way that is not known.
pub fn unpack(name: &str, deb: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Member>, Error> {
    let bad = |why: String| wrong(&format!("the package {name}"), why);
    let mut rest = deb.strip_prefix(b"!<arch>\n").ok_or_else(|| bad("is no ar archive".into()))?;
    while !rest.is_empty() {
        let (member, bytes, behind) = ar(rest).ok_or_else(|| bad("is cut or damaged".into()))?;
        rest = behind;
        let Some(packed) = member.strip_prefix("data.tar") else { continue };
        let reader: Box<dyn Read> = match packed {
            ".xz" => Box::new(XzReader::new(bytes, true)),
            ".zst" => Box::new(zstd::Decoder::new(bytes).map_err(|error| bad(error.to_string()))?),
            ".gz" => Box::new(flate2::read::GzDecoder::new(bytes)),
            "" => Box::new(bytes),
            other => return Err(bad(format!("is packed as {other}, which is not known"))),
        };
        return files(reader, wanted).map_err(|error| bad(format!("cannot be unpacked: {error}")));
    }
    Err(bad("holds no data.tar".into()))
}

/// Name and bytes of the first member, and what comes behind it.
fn ar(bytes: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(60)?;
    let field = |from: usize, to: usize| str::from_utf8(&head[from..to]).ok().map(str::trim_end);
    let (name, size) = (field(0, 16)?, field(48, 58)?.parse::<usize>().ok()?);
    if &head[58..] != b"`\n" {
        return None;
    }
    let (body, behind) = rest.split_at_checked(size)?;
    // Members begin at even places.
    let behind = if size % 2 == 1 { behind.get(1..).unwrap_or_default() } else { behind };
    Some((name.trim_end_matches('/'), body, behind))
}

fn files(reader: impl Read, wanted: &dyn Fn(&str) -> bool) -> std::io::Result<Vec<Member>> {
    let mut out = Vec::new();
    for entry in tar::Archive::new(reader).entries()? {
        let entry = entry?;
        let path = entry.path()?.display().to_string();
        let path = path.trim_start_matches("./").to_owned();
        if entry.header().entry_type().is_file() && wanted(&path) {
            let mut bytes = Vec::new();
            entry.take(MOST).read_to_end(&mut bytes)?;
            out.push(Member { path, bytes });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn package(packed: &str, data: &[u8]) -> Vec<u8> {
        let mut out = b"!<arch>\n".to_vec();
        for (name, bytes) in [("debian-binary", &b"2.0\n\n"[..]), (&format!("data.tar{packed}"), data)] {
            writeln!(out, "{name:16}{:12}{:6}{:6}{:8}{:<10}`", 0, 0, 0, 100_644, bytes.len()).unwrap();
            out.extend(bytes);
            out.resize(out.len().next_multiple_of(2), b'\n');
        }
        out
    }

    fn tar() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        // A path beyond 100 characters takes an entry of its own.
        let long = format!("./usr/{}/b", "a".repeat(120));
        for (path, text) in [("./boot/vmlinuz", "kernel"), (long.as_str(), "long"), ("./usr/share/x", "no")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn files_are_found_however_it_is_packed() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar()).unwrap();
        let zst = zstd::encode_all(tar().as_slice(), 1).unwrap();
        for (packed, data) in [("", tar()), (".gz", gzip.finish().unwrap()), (".zst", zst)] {
            let all = unpack("p", &package(packed, &data), &|path| !path.ends_with("/x")).unwrap();
            let shown: Vec<_> = all.iter().map(|one| (one.path.len(), one.bytes.as_slice())).collect();
            assert_eq!(shown, [(12, &b"kernel"[..]), (126, b"long")], "{packed}");
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let whole = package(".gz", b"no gzip");
        for (deb, words) in [
            (&b"PK"[..], "no ar archive"),
            (&whole[..30], "cut or damaged"),
            (&whole[..whole.len() - 4], "cut or damaged"),
            (&whole, "cannot be unpacked"),
            (&package(".lz9", b""), "packed as .lz9"),
            (&b"!<arch>\n"[..], "no data.tar"),
        ] {
            let error = unpack("p", deb, &|_| true).unwrap_err().to_string();
            assert!(error.starts_with("the package p ") && error.contains(words), "{error}");
        }
    }
}
