//! Ids that look random and are the same every time: made from one seed.

use sha2::{Digest, Sha256};

/// Where every GUID, serial number and id of an image comes from.
#[derive(Clone, Debug)]
pub struct Seed(String);

impl Seed {
    /// From what tells one image from another: board and version.
    pub fn new(board: &str, version: &str) -> Seed {
        Seed(format!("stillwatch\0{board}\0{version}"))
    }

    /// 32 bytes for one purpose.
    pub fn bytes(&self, purpose: &str) -> [u8; 32] {
        Sha256::digest(format!("{}\0{purpose}", self.0)).into()
    }

    /// A number for one purpose.
    pub fn number(&self, purpose: &str) -> u32 {
        let [a, b, c, d, ..] = self.bytes(purpose);
        u32::from_le_bytes([a, b, c, d])
    }

    /// A GUID as it lies on disks of GPT and VHDX: the first three parts little-endian, marked as
    /// random (version 4, RFC 9562).
    pub fn guid(&self, purpose: &str) -> [u8; 16] {
        let mut out = [0; 16];
        out.copy_from_slice(&self.bytes(purpose)[..16]);
        out[7] = out[7] & 0x0f | 0x40;
        out[8] = out[8] & 0x3f | 0x80;
        out
    }
}

/// A GUID's text (`C12A7328-F81F-11D2-BA4B-00A0C93EC93B`) as bytes of GPT and VHDX.
pub const fn guid(text: &str) -> [u8; 16] {
    /// Byte of the text's order → place on the disk.
    const PLACE: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let text = text.as_bytes();
    let mut out = [0; 16];
    let (mut at, mut digits) = (0, 0);
    while at < text.len() {
        if text[at] != b'-' {
            let value = match text[at] {
                digit @ b'0'..=b'9' => digit - b'0',
                letter => (letter | 0x20) - b'a' + 10,
            };
            out[PLACE[digits / 2]] = out[PLACE[digits / 2]] << 4 | value;
            digits += 1;
        }
        at += 1;
    }
    assert!(digits == 32, "a GUID has 32 digits");
    out
}

/// Bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_ids() {
        let (a, b) = (Seed::new("x", "1"), Seed::new("x", "2"));
        assert_eq!(a.guid("disk"), Seed::new("x", "1").guid("disk"));
        assert_ne!(a.guid("disk"), a.guid("esp"));
        assert_ne!(a.guid("disk"), b.guid("disk"));
        assert_ne!(Seed::new("x1", "").number("n"), Seed::new("x", "1").number("n"));
        assert_eq!((a.guid("disk")[7] >> 4, a.guid("disk")[8] >> 6), (4, 2));
    }

    #[test]
    fn guids_of_text() {
        let esp = guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
        assert_eq!(hex(&esp), "28732ac11ff8d211ba4b00a0c93ec93b");
    }
}
