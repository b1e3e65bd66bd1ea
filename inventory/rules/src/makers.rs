//! Makers of network interfaces, from the blocks the IEEE Registration Authority
//! assigned: MA-L (24 bits), MA-M (28), MA-S and IAB (36), and company ids (CID).

use model::{Mac, MacKind};

use crate::force::in_force;

/// Name of the holder of a MAC's block, as the registry writes it, from the
/// longest prefix assigned. `None` for group and for locally administered
/// addresses (a private or virtual MAC names no maker), for blocks not assigned,
/// and for holders who asked not to be named.
pub fn vendor(mac: Mac) -> Option<&'static str> {
    if mac.kind() != MacKind::Universal || mac.0 == [0; 6] {
        return None;
    }
    let [a, b, c, d, e, _] = mac.0;
    let makers = in_force().makers;
    makers
        .find(2, &[a, b, c, d, e & 0xf0])
        .or_else(|| makers.find(1, &[a, b, c, d & 0xf0]))
        .or_else(|| makers.find(0, &[a, b, c]))
}

/// Holder of the company id that a locally administered address starts with
/// (IEEE 802c: extended local identifiers, second hexadecimal digit `a`).
pub fn company(mac: Mac) -> Option<&'static str> {
    let [a, b, c, ..] = mac.0;
    if mac.kind() != MacKind::Local || a & 0x0f != 0x0a {
        return None;
    }
    in_force().makers.find(3, &[a, b, c])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::built_in;

    #[test]
    fn every_record_can_be_found() {
        let makers = built_in().makers;
        for section in 0..4 {
            let all = makers.all(section);
            assert!(all.len() > 100);
            assert!(all.is_sorted_by(|a, b| a.0 < b.0), "section {section}");
            for (key, name) in all {
                assert_eq!(makers.find(section, key), Some(name));
                assert!(!name.is_empty() && name.trim() == name);
            }
        }
    }

    #[test]
    fn longest_prefix_wins_and_local_addresses_have_no_vendor() {
        let vendor = |text: &str| vendor(text.parse().unwrap());
        assert_eq!(vendor("00:1b:1b:12:34:56"), Some("Siemens AG,"));
        assert_eq!(vendor("00:00:0c:01:02:03"), Some("Cisco Systems, Inc"));
        // The three octets of a block that was parted belong to the registry itself.
        let makers = built_in().makers;
        let (key, name) =
            makers.all(2).into_iter().find(|(key, _)| key.starts_with(&[0x70, 0xb3, 0xd5])).unwrap();
        let parted = Mac([key[0], key[1], key[2], key[3], key[4] | 0x0f, 0xff]);
        assert_eq!(super::vendor(parted), Some(name));
        assert_eq!(makers.find(0, &key[..3]), None);
        for none in ["02:00:0c:01:02:03", "01:00:0c:cc:cc:cc", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"] {
            assert_eq!(vendor(none), None, "{none}");
        }
        assert_eq!(company("da:a1:19:00:00:01".parse().unwrap()), Some("Google, Inc."));
        assert_eq!(company("02:a1:19:00:00:01".parse().unwrap()), None);
    }
}
