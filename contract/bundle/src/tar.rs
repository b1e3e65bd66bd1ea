//! Members of a bundle: the one header that a name and a size can have.
//!
//! ustar (POSIX.1-1988): 512 bytes, numbers octal. Any `tar` unpacks it; only this exact form is
//! taken, so that a bundle has no place where unsigned bytes could hide.

/// Bytes of a header, and what members are filled up to.
pub const BLOCK: usize = 512;

/// Bytes that an archive ends with, all zero.
pub const END: usize = 2 * BLOCK;

/// Where the size stands: eleven octal digits and a zero.
const SIZE: std::ops::Range<usize> = 124..136;

/// Where the check sum stands: six octal digits, a zero, a space.
const SUM: std::ops::Range<usize> = 148..156;

/// The header: mode 0644, owned by nobody, made at no time.
///
/// # Panics
/// `name` is above 100 bytes, `size` above 8 GiB: both are ours.
pub fn header(name: &str, size: u64) -> [u8; BLOCK] {
    assert!(name.len() <= 100 && size < 1 << 33);
    let mut out = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| out[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\x000000000\x000000000\0");
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(SUM.start, b"        ");
    put(156, b"0ustar\x0000");
    let sum: u32 = out.iter().map(|byte| u32::from(*byte)).sum();
    out[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out
}

/// Size of the member that this is the header of, when it is that one.
pub fn size(header_bytes: &[u8; BLOCK], name: &str) -> Option<u64> {
    let digits = header_bytes.get(SIZE)?.strip_suffix(b"\0")?;
    let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
    (size < 1 << 33 && *header_bytes == header(name, size)).then_some(size)
}

/// Zeros behind a member of that size.
pub fn padding(size: u64) -> usize {
    (size.next_multiple_of(BLOCK as u64) - size) as usize
}

/// A whole archive of small members.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        out.extend(header(name, bytes.len() as u64));
        out.extend(*bytes);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    out.resize(out.len() + END, 0);
    out
}

/// The members of such an archive: any of `names`, in that order, each once at most, then the
/// archive's end and nothing else.
///
/// # Errors
/// Where it is otherwise.
pub fn members<'a, 'n>(bytes: &'a [u8], names: &[&'n str]) -> Result<Vec<(&'n str, &'a [u8])>, String> {
    let cut = || "the archive is cut".to_owned();
    let mut out = Vec::new();
    let mut rest = bytes;
    for name in names {
        let Some(found) = rest.first_chunk::<BLOCK>().and_then(|header| size(header, name)) else { continue };
        let after = rest.get(BLOCK..).ok_or_else(cut)?;
        let size = usize::try_from(found).map_err(|_| cut())?;
        let (member, after) = after.split_at_checked(size).ok_or_else(cut)?;
        let (zeros, after) = after.split_at_checked(padding(found)).ok_or_else(cut)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(format!("something follows {name} in the archive"));
        }
        out.push((*name, member));
        rest = after;
    }
    if rest.len() == END && rest.iter().all(|byte| *byte == 0) {
        return Ok(out);
    }
    let last = out.last().map_or("its beginning", |(name, _)| *name);
    let known = names.join(", ");
    Err(format!(
        "what follows {last} in the archive is neither its end nor one of these in their order: {known}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_its_own_form_is_taken() {
        let good = header("manifest.toml", 1_234);
        assert_eq!(size(&good, "manifest.toml"), Some(1_234));
        assert_eq!(size(&good, "system.efi"), None);
        for at in 0..BLOCK {
            for change in [1, 0x20, 0x80] {
                let mut other = good;
                other[at] ^= change;
                assert_eq!(size(&other, "manifest.toml"), None, "{at}");
            }
        }
        assert_eq!([padding(0), padding(1), padding(512)], [0, 511, 0]);
    }

    #[test]
    fn an_archive_is_read_whole_or_not_at_all() {
        let names = ["a", "b", "c"];
        let whole = archive(&[("a", b"one"), ("c", &[7; 700])]);
        let read = members(&whole, &names).unwrap();
        assert_eq!(read, [("a", &b"one"[..]), ("c", &[7; 700][..])]);
        assert_eq!(members(&archive(&[]), &names), Ok(Vec::new()));
        for at in 0..whole.len() {
            assert!(members(&whole[..at], &names).is_err(), "{at}");
        }
        for at in (0..whole.len()).filter(|at| !(512..515).contains(at) && !(1_536..2_236).contains(at)) {
            let mut other = whole.clone();
            other[at] ^= 0x10;
            assert!(members(&other, &names).is_err(), "{at}");
        }
        for wrong in [archive(&[("b", b""), ("a", b"")]), archive(&[("a", b""), ("a", b"")])] {
            assert!(members(&wrong, &names).unwrap_err().contains("neither its end nor one of these"));
        }
        assert!(members(&[whole.as_slice(), &[0]].concat(), &names).is_err());
    }

    proptest! {
        #[test]
        fn every_size_is_read_back(len in 0_u64..1 << 33) {
            prop_assert_eq!(size(&header("a", len), "a"), Some(len));
        }
    }
}
