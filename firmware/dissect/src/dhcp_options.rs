//! DHCPv4 messages on the wire: the fixed part of BOOTP (RFC 951, RFC 2131
//! section 2) and its options (RFC 2132), wherever they stand and however they
//! are split (RFC 3396).

use core::net::Ipv4Addr;

use model::Mac;

use crate::Reader;

/// Octets before the options: the fixed part and the magic cookie.
const OPTIONS_AT: usize = 240;
const MAGIC: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
/// Octets of a BOOTP message (RFC 951 section 3).
const BOOTP_LENGTH: usize = 300;

const PAD: u8 = 0;
const OVERLOAD: u8 = 52;
const END: u8 = 255;

/// Longest value put together from its parts; what is beyond is dropped.
pub const MAX_OPTION: usize = 512;

/// A BOOTP message whose fixed part is there.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// True for what a client sends, whatever relays carry it.
    pub from_client: bool,
    /// The client's hardware address, if it is an Ethernet one that names a host.
    pub chaddr: Option<Mac>,
    /// Address the client has and answers for.
    pub ciaddr: Ipv4Addr,
    /// Address the client is given.
    pub yiaddr: Ipv4Addr,
    /// Address of the first relay, 0.0.0.0 without.
    pub giaddr: Ipv4Addr,
    /// Options are there: DHCP or BOOTP with vendor extensions.
    pub has_options: bool,
    /// The options field and, as far as it says so, the file and server name fields.
    areas: [&'a [u8]; 3],
}

impl<'a> View<'a> {
    /// `None` for what is neither request nor reply, has a hardware address of
    /// more than 16 octets, or is too short. A message without the magic cookie
    /// must have BOOTP's length and an address padded with zeros.
    pub fn new(bytes: &'a [u8]) -> Option<View<'a>> {
        let mut reader = Reader::new(bytes);
        let [op, htype, hlen, hops] = reader.array()?;
        if !matches!(op, 1 | 2) || htype == 0 || hlen > 16 || hops > 16 {
            return None;
        }
        // Transaction id, seconds, flags.
        reader.skip(8)?;
        let (ciaddr, yiaddr) = (reader.ipv4()?, reader.ipv4()?);
        reader.skip(4)?;
        let giaddr = reader.ipv4()?;
        let (mac, padding) = (reader.mac()?, reader.take(10)?);
        let (sname, file) = (reader.take(64)?, reader.take(128)?);
        let is_ethernet = htype == 1 && hlen == 6;
        let options = match reader.array() {
            Some(MAGIC) => bytes.get(OPTIONS_AT..)?,
            _ if bytes.len() >= BOOTP_LENGTH && is_ethernet && padding == [0; 10] => &[],
            _ => return None,
        };
        let overload = Tlvs::new(options).find(|(code, _)| *code == OVERLOAD);
        let overload = overload.and_then(|(_, value)| value.first().copied()).unwrap_or(0);
        let areas = [
            options,
            if overload & 1 != 0 { file } else { &[] },
            if overload & 2 != 0 { sname } else { &[] },
        ];
        Some(View {
            from_client: op == 1,
            chaddr: Some(mac).filter(|mac| is_ethernet && mac.is_host()),
            ciaddr,
            yiaddr,
            giaddr,
            has_options: !options.is_empty(),
            areas,
        })
    }

    /// Codes and values in the order in which RFC 3396 reads them: options,
    /// file, server name; without pad and end.
    pub fn options(&self) -> impl Iterator<Item = (u8, &'a [u8])> {
        self.areas.into_iter().flat_map(Tlvs::new)
    }

    /// The value of an option, its parts joined (RFC 3396 section 7); empty when
    /// it is not there.
    pub fn option(&self, code: u8) -> heapless::Vec<u8, MAX_OPTION> {
        let mut value = heapless::Vec::new();
        for (_, part) in self.options().filter(|(found, _)| *found == code) {
            for byte in part {
                let _ = value.push(*byte);
            }
        }
        value
    }
}

/// Iterator over one area of options; ends at the end option and at one that
/// runs out of the area.
struct Tlvs<'a>(Reader<'a>);

impl<'a> Tlvs<'a> {
    fn new(area: &'a [u8]) -> Tlvs<'a> {
        Tlvs(Reader::new(area))
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            match self.0.u8()? {
                PAD => {}
                END => {
                    self.0 = Reader::new(&[]);
                    return None;
                }
                code => {
                    let length = self.0.u8()?;
                    return Some((code, self.0.take(usize::from(length))?));
                }
            }
        }
    }
}

/// Messages made by hand, for tests.
#[cfg(test)]
pub mod build {
    use std::vec::Vec;

    /// A message of `op` with the client 02:00:00:00:00:aa and these options.
    pub fn message(op: u8, options: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = std::vec![0; 240];
        bytes[..4].copy_from_slice(&[op, 1, 6, 0]);
        bytes[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 0xaa]);
        bytes[236..].copy_from_slice(&super::MAGIC);
        bytes.extend(area(options));
        bytes
    }

    /// Options and their end.
    pub fn area(options: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (code, value) in options {
            bytes.extend([*code, value.len() as u8]);
            bytes.extend(*value);
        }
        bytes.push(super::END);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn options_are_found_in_all_three_fields_and_joined() {
        let mut bytes = build::message(1, &[(52, &[3]), (12, b"ho"), (0, b"")]);
        let file = build::area(&[(12, b"st"), (60, b"x")]);
        bytes[108..108 + file.len()].copy_from_slice(&file);
        let sname = build::area(&[(12, b"name")]);
        bytes[44..44 + sname.len()].copy_from_slice(&sname);
        let view = View::new(&bytes).unwrap();
        assert_eq!(view.option(12), b"hostname");
        assert_eq!(view.options().map(|(code, _)| code).collect::<Vec<_>>(), [52, 12, 12, 60, 12]);
    }

    #[test]
    fn pads_are_passed_over_and_the_end_ends() {
        let mut bytes = build::message(1, &[]);
        bytes.truncate(240);
        bytes.extend([0, 0, 53, 1, 1, 0, 255, 12, 1, b'x']);
        let view = View::new(&bytes).unwrap();
        assert_eq!(view.options().collect::<Vec<_>>(), [(53, &[1][..])]);
    }

    #[test]
    fn joined_values_are_bounded() {
        let part = [b'a'; 255];
        let view_of = build::message(1, &[(12, &part), (12, &part), (12, &part)]);
        assert_eq!(View::new(&view_of).unwrap().option(12).len(), MAX_OPTION);
    }

    #[test]
    fn fixed_parts_are_held_to_their_form() {
        let good = build::message(2, &[]);
        assert!(View::new(&good[..240]).is_some() && View::new(&good[..239]).is_none());
        for (at, value) in [(0, 3), (1, 0), (2, 17), (3, 17), (236, 0)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert!(View::new(&bad).is_none(), "{at}");
        }
        let mut infiniband = good.clone();
        (infiniband[1], infiniband[2]) = (32, 0);
        assert_eq!(View::new(&infiniband).unwrap().chaddr, None);
        let mut bootp = good;
        bootp[236..].fill(0);
        bootp.resize(300, 0);
        assert!(!View::new(&bootp).unwrap().has_options);
    }
}
