//! A bundle as it arrives: one ustar file, read once from front to back.
//!
//! `manifest.toml`, its signatures `manifest.toml.minisig` and `manifest.toml.minisig2` (either may
//! be absent), then the payload: `system.efi` or `rules.tar`. What is in front is small and is read
//! first; nothing of the payload is used before the front is proved ([`crate::Keys`]). Every member
//! has a bound, every header one form, and behind the payload comes the archive's end and nothing else.

use std::io::{self, Read, Write};

use model::ErrorCode;
use sha2::{Digest, Sha256};
use wire::local::Failed;

use crate::manifest::{Manifest, RULES, SYSTEM};
use crate::refusal::{damaged, refused};
use crate::tar::{self, BLOCK, END};

/// Name of the manifest.
pub const MANIFEST: &str = "manifest.toml";

/// Names of its signatures, in order. A third party's `minisign` takes the first by itself.
pub const SIGNATURES: [&str; 2] = ["manifest.toml.minisig", "manifest.toml.minisig2"];

/// What is in a bundle, told by the name of its last member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `system.efi`: a unified kernel image.
    System,
    /// `rules.tar`: tables that the inventory's rules look things up in.
    Rules,
}

impl Payload {
    /// All of them.
    const ALL: [Payload; 2] = [Payload::System, Payload::Rules];

    /// Name of the member.
    pub const fn name(self) -> &'static str {
        match self {
            Payload::System => "system.efi",
            Payload::Rules => "rules.tar",
        }
    }

    /// Kind that the manifest of such a bundle must state.
    pub const fn kind(self) -> &'static str {
        match self {
            Payload::System => SYSTEM,
            Payload::Rules => RULES,
        }
    }

    /// Most bytes.
    pub const fn most(self) -> u64 {
        match self {
            Payload::System => MOST_SYSTEM,
            Payload::Rules => MOST_RULES,
        }
    }
}

/// Most bytes of a manifest.
pub const MOST_MANIFEST: u64 = 4096;

/// Most bytes of a signature.
pub const MOST_SIGNATURE: u64 = 1024;

/// Most bytes of a system: half the boot partition, or two would not fit.
pub const MOST_SYSTEM: u64 = 128 << 20;

/// Most bytes of rules: ten times what there is today; they are held in memory.
pub const MOST_RULES: u64 = 16 << 20;

/// What is in front of the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    /// The manifest's bytes, as they are signed.
    pub manifest: Vec<u8>,
    /// The signatures that are there.
    pub signatures: Vec<Vec<u8>>,
    /// What follows.
    pub payload: Payload,
    /// Bytes of the payload, as its header says.
    pub size: u64,
}

impl Front {
    /// Reads as far as the payload's first byte.
    ///
    /// # Errors
    /// E20: this is no bundle, or it is cut.
    pub fn read(from: &mut dyn Read) -> Result<Front, Failed> {
        let none = || damaged(format!("this is no update bundle: it does not begin with {MANIFEST}"));
        // What is shorter than a header was never a bundle, so it is not called a cut one.
        let mut header = [0; BLOCK];
        if fill(from, &mut header)? < BLOCK {
            return Err(none());
        }
        let size = tar::size(&header, MANIFEST).ok_or_else(none)?;
        let manifest = member(from, MANIFEST, size, MOST_MANIFEST)?;
        let mut signatures = Vec::new();
        let mut header = block(from)?;
        for name in SIGNATURES {
            if let Some(size) = tar::size(&header, name) {
                signatures.push(member(from, name, size, MOST_SIGNATURE)?);
                header = block(from)?;
            }
        }
        let follows = |payload: Payload| Some((payload, tar::size(&header, payload.name())?));
        let (payload, size) = Payload::ALL.into_iter().find_map(follows).ok_or_else(|| {
            let [system, rules] = Payload::ALL.map(Payload::name);
            damaged(format!("the bundle is damaged: neither {system} nor {rules} follows its signatures"))
        })?;
        if size > payload.most() {
            let (name, most) = (payload.name(), payload.most());
            let words = format!("the bundle's {name} has {size} bytes, at most {most} are taken");
            return Err(damaged(words));
        }
        Ok(Front { manifest, signatures, payload, size })
    }

    /// The whole bundle with this payload, which must have [`Front::size`] bytes.
    pub fn whole(&self, payload: &[u8]) -> Vec<u8> {
        let mut out = self.to_bytes();
        out.extend(payload);
        out.resize(out.len() + tar::padding(self.size) + END, 0);
        out
    }

    /// As it is written.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut member = |name: &str, bytes: &[u8]| {
            out.extend(tar::header(name, bytes.len() as u64));
            out.extend(bytes);
            out.resize(out.len().next_multiple_of(BLOCK), 0);
        };
        member(MANIFEST, &self.manifest);
        for (name, bytes) in SIGNATURES.iter().zip(&self.signatures) {
            member(name, bytes);
        }
        out.extend(tar::header(self.payload.name(), self.size));
        out
    }
}

/// Why a payload was not taken whole.
#[derive(Debug)]
pub enum Broken {
    /// It is not what the manifest says, or is cut.
    Bundle(Failed),
    /// It could not be written.
    Disk(io::Error),
}

impl Broken {
    /// The same as words.
    pub fn failed(self) -> Failed {
        match self {
            Broken::Bundle(failed) => failed,
            Broken::Disk(error) => {
                Failed::coded(ErrorCode::Disk, format!("what is in the bundle cannot be written: {error}"))
            }
        }
    }
}

/// Copies the payload into `to`, telling how many bytes are there, and proves it: its size and hash
/// are the manifest's, and nothing comes behind it. What was written counts only when this is `Ok`.
///
/// # Errors
/// It is not so, or cannot be written.
pub fn payload(
    from: &mut dyn Read,
    manifest: &Manifest,
    to: &mut dyn Write,
    told: &mut dyn FnMut(u64),
) -> Result<(), Broken> {
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut done = 0;
    while done < manifest.size {
        let most = buffer.len().min(usize::try_from(manifest.size - done).unwrap_or(usize::MAX));
        let read = some(from, &mut buffer[..most]).map_err(Broken::Bundle)?;
        if read == 0 {
            return Err(Broken::Bundle(cut()));
        }
        to.write_all(&buffer[..read]).map_err(Broken::Disk)?;
        sum.update(&buffer[..read]);
        done += read as u64;
        told(done);
    }
    if <[u8; 32]>::from(sum.finalize()) != manifest.sha256 {
        let words = "the bundle is damaged: its payload is not the one that was signed (SHA-256)";
        return Err(Broken::Bundle(damaged(words)));
    }
    end(from, manifest.size).map_err(Broken::Bundle)
}

/// Zeros to the block's end, two empty blocks, and no more.
fn end(from: &mut dyn Read, size: u64) -> Result<(), Failed> {
    let mut rest = vec![1; tar::padding(size) + END];
    exact(from, &mut rest)?;
    if rest.iter().any(|byte| *byte != 0) || some(from, &mut [0])? != 0 {
        return Err(damaged("the bundle is damaged: something follows its payload"));
    }
    Ok(())
}

fn block(from: &mut dyn Read) -> Result<[u8; BLOCK], Failed> {
    let mut out = [0; BLOCK];
    exact(from, &mut out)?;
    Ok(out)
}

/// A small member, with its padding.
fn member(from: &mut dyn Read, name: &str, size: u64, most: u64) -> Result<Vec<u8>, Failed> {
    if size > most {
        return Err(damaged(format!("the bundle's {name} has {size} bytes, at most {most} are taken")));
    }
    let mut out = vec![0; size as usize + tar::padding(size)];
    exact(from, &mut out)?;
    if out.drain(size as usize..).any(|byte| byte != 0) {
        return Err(damaged(format!("the bundle is damaged: something follows its {name}")));
    }
    Ok(out)
}

fn exact(from: &mut dyn Read, into: &mut [u8]) -> Result<(), Failed> {
    if fill(from, into)? < into.len() { Err(cut()) } else { Ok(()) }
}

/// As many bytes as there are, up to all of `into`.
fn fill(from: &mut dyn Read, into: &mut [u8]) -> Result<usize, Failed> {
    let mut done = 0;
    while done < into.len() {
        match some(from, &mut into[done..])? {
            0 => break,
            read => done += read,
        }
    }
    Ok(done)
}

fn some(from: &mut dyn Read, into: &mut [u8]) -> Result<usize, Failed> {
    loop {
        match from.read(into) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(refused(
                    format!("the bundle cannot be read to its end: {error}"),
                    "Check where it is read from, and try again",
                ));
            }
        }
    }
}

fn cut() -> Failed {
    damaged("the bundle is cut: it ends too early")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unsigned;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
        let mut from = bytes;
        let front = Front::read(&mut from)?;
        let manifest = Manifest::read(&front.manifest)?;
        let mut out = Vec::new();
        payload(&mut from, &manifest, &mut out, &mut |_| {}).map_err(Broken::failed)?;
        Ok(out)
    }

    #[test]
    fn what_was_written_is_read_and_every_cut_is_seen() {
        for size in [0, 1, 511, 512, 3_000] {
            let system: Vec<u8> = (0..size).map(|byte| byte as u8).collect();
            let bundle = unsigned("b", "1.2.3", &system);
            assert_eq!(read(&bundle).unwrap(), system);
            for at in 0..bundle.len() {
                assert!(read(&bundle[..at]).is_err(), "{size}: {at}");
            }
            let more = [bundle.as_slice(), b"\0"].concat();
            assert!(read(&more).unwrap_err().words.contains("something follows its payload"));
        }
    }

    #[test]
    fn any_changed_byte_is_seen_but_those_of_an_unsigned_manifest() {
        let bundle = unsigned("b", "1.2.3", &[7; 700]);
        let manifest = BLOCK..2 * BLOCK;
        for at in (0..bundle.len()).filter(|at| !manifest.contains(at)) {
            let mut other = bundle.clone();
            other[at] ^= 0x10;
            assert!(read(&other).is_err(), "{at}");
        }
    }

    #[test]
    fn bounds_are_kept_before_anything_is_allocated() {
        let failed = Front::read(&mut tar::header(MANIFEST, 1 << 32).as_slice()).unwrap_err();
        assert!(failed.words.contains("at most 4096"), "{failed}");
        let mut front =
            Front { manifest: b"x".to_vec(), signatures: Vec::new(), payload: Payload::System, size: 0 };
        for payload in Payload::ALL {
            (front.payload, front.size) = (payload, payload.most());
            assert_eq!(Front::read(&mut front.to_bytes().as_slice()).unwrap(), front);
            front.size += 1;
            assert!(Front::read(&mut front.to_bytes().as_slice()).unwrap_err().words.contains("at most"));
        }
        front.signatures = vec![vec![0; 1_025]];
        assert!(Front::read(&mut front.to_bytes().as_slice()).unwrap_err().words.contains("minisig"));
    }

    #[test]
    fn signatures_come_in_order_and_no_third() {
        let front = Front {
            manifest: b"m".to_vec(),
            signatures: vec![b"1".to_vec(), b"2".to_vec()],
            payload: Payload::Rules,
            size: 0,
        };
        let bytes = front.to_bytes();
        assert_eq!(Front::read(&mut bytes.as_slice()).unwrap(), front);
        let mut again = bytes[..4 * BLOCK].to_vec();
        again.extend(&bytes[2 * BLOCK..]);
        let failed = Front::read(&mut again.as_slice()).unwrap_err();
        assert!(failed.words.contains("follows its signatures"), "{failed}");
        // The second alone is one as well: the first was taken off.
        let only = Front { signatures: vec![b"2".to_vec()], ..front };
        let second = [&bytes[..2 * BLOCK], &bytes[4 * BLOCK..]].concat();
        assert_eq!(Front::read(&mut second.as_slice()).unwrap(), only);
    }

    proptest! {
        #[test]
        fn hostile_bytes_do_no_harm(
            at in 0_usize..4_096, with in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..8_192,
        ) {
            let mut bytes = unsigned("b", "1.2.3", &[7; 700]);
            let at = at.min(bytes.len());
            let end = (at + with.len()).min(bytes.len());
            bytes.splice(at..end, with);
            bytes.truncate(cut);
            let _ = read(&bytes);
        }
    }
}
