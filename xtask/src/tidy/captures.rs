//! No capture is committed: captures hold other people's traffic. Test data is
//! made here, as hexadecimal text or by code.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule = Rule { name: "captures", about: "no capture file is committed", check };

const ENDINGS: &[&str] =
    &[".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".pcap.zst", ".pcapng.zst", ".erf"];

/// First bytes of pcap (both orders, micro- and nanoseconds) and pcapng files.
const MAGIC: &[[u8; 4]] = &[
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

fn check(repo: &Repo) -> Vec<Failure> {
    let cure =
        "take it out; make the bytes in the test, or record them here from real software as hexadecimal text";
    repo.files
        .iter()
        .filter(|file| {
            ENDINGS.iter().any(|ending| file.path.ends_with(ending))
                || MAGIC.iter().any(|magic| file.bytes.starts_with(magic))
        })
        .map(|file| Failure::at(&file.path, 0, "is a capture", cure))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::repo::File;
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |path: &str, bytes: &[u8]| check(&Repo::of(vec![File::new(path, bytes)])).len();
        assert_eq!(count("vectors/arp/request.hex", b"0001 0800"), 0);
        assert_eq!(count("a.pcap", b""), 1);
        assert_eq!(count("vectors/arp/request.bin", &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]), 1);
    }
}
