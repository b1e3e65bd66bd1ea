//! What a frame starts with: LINKTYPE numbers (tcpdump.org/linktypes.html).

use std::fmt;

/// A LINKTYPE number; unknown ones are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: address family in the byte order of the capturing host.
    pub const NULL: LinkType = LinkType(0);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP without or with HDLC framing.
    pub const PPP: LinkType = LinkType(9);
    /// IPv4 or IPv6, by the version nibble.
    pub const RAW: LinkType = LinkType(101);
    /// IEEE 802.11.
    pub const IEEE802_11: LinkType = LinkType(105);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// IEEE 802.11 with a radiotap header.
    pub const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
    /// IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);

    /// A short name; `None` for numbers that are not in this list.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "BSD loopback",
            1 => "Ethernet",
            6 => "Token Ring",
            7 => "ARCNET",
            8 => "SLIP",
            9 => "PPP",
            10 => "FDDI",
            12 | 14 | 101 => "raw IP",
            50 => "PPP in HDLC framing",
            51 => "PPPoE",
            100 => "ATM (RFC 1483)",
            104 => "Cisco HDLC",
            105 => "IEEE 802.11",
            107 => "Frame Relay",
            108 => "OpenBSD loopback",
            113 => "Linux cooked v1",
            114 => "LocalTalk",
            117 => "OpenBSD pflog",
            119 => "IEEE 802.11 with Prism header",
            122 => "IP over Fibre Channel",
            127 => "IEEE 802.11 with radiotap",
            129 => "ARCNET (Linux)",
            138 => "IP over FireWire",
            140 => "SS7 MTP2",
            141 => "SS7 MTP3",
            143 => "DOCSIS",
            147..=162 => "user-defined",
            163 => "IEEE 802.11 with AVS header",
            165 => "BACnet MS/TP",
            166 => "PPP (pppd)",
            187 | 201 => "Bluetooth HCI",
            189 | 220 => "USB (Linux)",
            190 | 227 => "CAN",
            192 => "PPI",
            195 => "IEEE 802.15.4",
            197 => "ERF",
            203 => "LAPD",
            209 => "I2C (Linux)",
            215 => "IEEE 802.15.4 without preamble",
            224 => "Fibre Channel",
            226 => "Solaris ipnet",
            228 => "raw IPv4",
            229 => "raw IPv6",
            230 => "IEEE 802.15.4 without FCS",
            231 => "D-Bus",
            239 => "Linux nflog",
            240 => "Ethernet behind a netANALYZER header",
            241 => "Ethernet with preamble behind a netANALYZER header",
            242 => "IP over InfiniBand",
            247 => "InfiniBand",
            248 => "SCTP",
            249 => "USB (USBPcap)",
            251 | 256 => "Bluetooth LE",
            252 => "Wireshark upper PDU",
            253 => "Linux netlink",
            264 => "ISO 14443",
            266 => "macOS USB",
            274 => "Ethernet mPackets",
            276 => "Linux cooked v2",
            280 => "Open vSwitch netlink (vsock)",
            283 => "IEEE 802.15.4 with TAP header",
            _ => return None,
        })
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_numbers_are_kept_and_told() {
        assert_eq!(LinkType::ETHERNET.to_string(), "Ethernet");
        assert_eq!(LinkType(60_000).to_string(), "link type 60000");
    }
}
