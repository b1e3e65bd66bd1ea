//! Frames to start from: one of each layer that can be taken off, made by hand,
//! and those of the demonstration.

use capture::{PcapFile, demo, drain};

/// The frames of the demonstration capture, in order; all of Ethernet.
pub fn demo() -> Vec<Vec<u8>> {
    let (mut bytes, mut frames) = (Vec::new(), Vec::new());
    if demo::write(&mut bytes).is_ok()
        && let Ok(mut file) = PcapFile::from_reader("demo", Box::new(std::io::Cursor::new(bytes)))
    {
        let _ = drain(&mut file, |frame| frames.push(frame.data.to_vec()));
    }
    frames
}

/// One frame of each link layer, tag, tunnel and extension header. Lengths are
/// right; checksums are not looked at and are left out.
pub fn layers() -> Vec<Vec<u8>> {
    let inner = ipv4(17, 0, &udp(1000, 53, b"question"));
    let six = ipv6(17, &udp(1000, 53, b"question"));
    let whole = ethernet(0x0800, &inner);
    let over =
        |protocol, head: &[u8], body: &[u8]| ethernet(0x0800, &ipv4(protocol, 0, &[head, body].concat()));
    let over_udp = |port, head: &[u8], body: &[u8]| over(17, &udp(9, port, &[head, body].concat()), &[]);
    let tagged = |kind, head: &[u8], body: &[u8]| ethernet(kind, &[head, body].concat());
    let tcp =
        [&[0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 24, 1, 0, 0, 0, 0, 0][..], &OPTIONS, b"GET / "]
            .concat();
    let routing = [&[44, 0, 0, 0, 0, 0, 0, 0][..], &[17, 0, 0, 1, 0, 0, 0, 9], &udp(1, 2, b"x")].concat();
    let mut made = vec![
        // Link layers: the reader tries each of them on every frame.
        inner.clone(),
        six.clone(),
        [&[2, 0, 0, 0][..], &inner].concat(),
        [&[0, 0, 0, 24][..], &six].concat(),
        [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..], &inner].concat(),
        [&[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &inner].concat(),
        [&[0xff, 3, 0, 0x21][..], &inner].concat(),
        [&[0x0f, 0, 8, 0][..], &inner].concat(),
        // IEEE 802.3 with LLC and SNAP, ARP.
        tagged(8 + inner.len() as u16, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &inner),
        tagged(20, &[0xaa, 0xaa, 3, 0, 0, 12, 0x20, 0], &[0; 12]),
        tagged(38, &[0x42, 0x42, 3], &[0; 35]),
        tagged(0x0806, &[0, 1, 8, 0, 6, 4, 0, 1], &[1; 20]),
        // Tags, labels, sessions.
        tagged(0x8100, &[0, 30, 8, 0], &inner),
        tagged(0x88a8, &[0, 100, 0x81, 0, 0, 10, 0x86, 0xdd], &six),
        tagged(0x8847, &[0, 1, 0, 255, 0, 1, 1, 255], &inner),
        tagged(0x8847, &[0, 1, 1, 255, 0, 0, 0, 0], &whole),
        tagged(0x8864, &[0x11, 0, 0, 9, 0, 46, 0, 0x21], &inner),
        tagged(0x8926, &[0, 0, 0, 0, 8, 0], &inner),
        tagged(0x893f, &[0, 0, 0, 0, 0, 0, 8, 0], &inner),
        tagged(0x88e7, &[0, 0, 0, 7], &whole),
        // Tunnels.
        over(4, &[], &inner),
        over(41, &[], &six),
        over(47, &[0, 0, 8, 0], &inner),
        over(47, &[0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 1], &whole),
        over(47, &[0x30, 0x81, 0x88, 0x0b, 0, 50, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, 0x21], &inner),
        over(47, &[0, 0, 0x88, 0xbe], &whole),
        over(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 10, 8, 5, 0, 0, 0, 0], &whole),
        over(47, &[[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 10, 8, 6, 0, 0], [0; 14]].concat(), &whole),
        over_udp(4789, &[8, 0, 0, 0, 0, 0x13, 0x89, 0], &whole),
        over_udp(6081, &[1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 2, 3, 4], &whole),
        over_udp(2152, &[0x30, 255, 0, 46, 0, 0, 0, 3], &inner),
        over(137, &[0, 1, 1, 255], &inner),
        // Transport layers, fragments, extension headers.
        over(6, &[], &tcp),
        over(1, &[8, 0, 0, 0], &[0; 40]),
        ethernet(0x0800, &ipv4(17, 0x2000, &udp(1000, 53, &[7; 32]))),
        ethernet(0x0800, &ipv4(17, 0x0003, &[7; 32])),
        ethernet(0x86dd, &ipv6(6, &tcp)),
        ethernet(0x86dd, &ipv6(0, &[&[43, 0, 5, 2, 0, 0, 0, 0][..], &routing].concat())),
        ethernet(
            0x86dd,
            &ipv6(
                60,
                &[&[51, 0, 1, 4, 0, 0, 0, 0, 17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1][..], &udp(1, 2, b"")]
                    .concat(),
            ),
        ),
        ethernet(0x86dd, &ipv6(4, &inner)),
    ];
    let tower = (0..6).fold(inner, |frame, _| ipv4(4, 0, &frame));
    made.push(ethernet(0x0800, &tower));
    made
}

/// TCP options: largest segment, window scale, selective acknowledgements.
const OPTIONS: [u8; 12] = [2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 1, 1];

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1][..], &kind.to_be_bytes(), payload].concat()
}

fn ipv4(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 20).to_be_bytes();
    let (head, ends) = ([0x45, 0], [64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    [&head[..], &length, &[0, 7], &fragment.to_be_bytes(), &ends, payload].concat()
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    [&[0x60, 0, 0, 0][..], &length, &[next, 64], &[0xfd; 16], &[0xfc; 16], payload].concat()
}

fn udp(sport: u16, dport: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 8).to_be_bytes();
    [&sport.to_be_bytes()[..], &dport.to_be_bytes(), &length, &[0, 0], payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_taken_off_somewhere() {
        let mut stripped = packet::Stripped::default();
        for frame in layers() {
            for (link, _) in packet::LINK_TYPES {
                stripped.add(packet::parse(*link, &frame).stripped);
            }
        }
        for (layer, name) in packet::Stripped::NAMES {
            assert!(stripped.has(layer), "{name}");
        }
        assert!(demo().len() > 500);
    }
}
