//! What a TCP SYN or SYN-ACK tells of the stack that sent it (RFC 9293,
//! RFC 7323, RFC 3168). The signature is ours; its words are those p0f made usual.
//!
//! `tcp.syn` and `tcp.synack` are
//! `version:ttl:ip-options:mss:window,scale:layout:quirks`, for example
//! `4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+`:
//!
//! | part | is |
//! |---|---|
//! | version | `4`, `6`, `0` when not known |
//! | ttl | TTL or hop limit as received, decimal |
//! | ip-options | length of IPv4 options in bytes |
//! | mss | maximum segment size option, `*` when absent |
//! | window | window field, not scaled |
//! | scale | window scale option, `*` when absent |
//! | layout | options in order, comma-separated: `mss` (2), `nop` (1), `ws` (3), `sok` (4), `sack` (5), `ts` (8), `?N` others, `eol+N` the end of the list with N bytes of padding behind it |
//! | quirks | comma-separated, in this order, may be empty |
//!
//! Quirks: `df` don't fragment; `id+` df and an identification that is not 0;
//! `id-` no df and identification 0; `ecn` ECE, CWR or AE flag; `0+` a reserved
//! flag; `seq-` sequence number 0; `ack+` acknowledgement number without the flag;
//! `ack-` the flag with number 0; `uptr+` urgent pointer without the flag; `urgf+`
//! urgent flag; `pushf+` push flag; `ts1-` own timestamp 0; `ts2+` an echoed
//! timestamp in a SYN; `opt+` bytes other than 0 behind the end of the list;
//! `exws` window scale above 14; `bad` an option that does not fit.
//!
//! Nothing in it counts or runs, so a stack says the same thing every time.

use core::hash::{Hash, Hasher};
use core::net::IpAddr;

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text};

/// Signature of a SYN.
pub const SYN: Field = Field::host("tcp.syn");
/// Signature of a SYN-ACK.
pub const SYNACK: Field = Field::host("tcp.synack");

static INFO: Info = Info {
    name: "tcp",
    title: "TCP handshake",
    spec: "RFC 9293, RFC 7323, RFC 3168",
    over: &[Over::TcpHandshake],
    first_bytes: &[],
    fields: &[SYN, SYNACK],
    budget: 0,
};

/// Names of the quirk bits, bit 0 first.
const QUIRK_NAMES: [&str; 16] = [
    "df", "id+", "id-", "ecn", "0+", "seq-", "ack+", "ack-", "uptr+", "urgf+", "pushf+", "ts1-", "ts2+",
    "opt+", "exws", "bad",
];

const DF: u16 = 1;
const ID_SET: u16 = 1 << 1;
const ID_ZERO: u16 = 1 << 2;
const ECN: u16 = 1 << 3;
const RESERVED: u16 = 1 << 4;
const SEQ_ZERO: u16 = 1 << 5;
const ACK_SET: u16 = 1 << 6;
const ACK_ZERO: u16 = 1 << 7;
const URGENT_POINTER: u16 = 1 << 8;
const URGENT_FLAG: u16 = 1 << 9;
const PUSH_FLAG: u16 = 1 << 10;
const TS_OWN_ZERO: u16 = 1 << 11;
const TS_PEER_SET: u16 = 1 << 12;
const OPT_TRAILING: u16 = 1 << 13;
const SCALE_EXCESSIVE: u16 = 1 << 14;
const BAD: u16 = 1 << 15;

/// Option kinds (IANA registry of TCP parameters).
const EOL: u8 = 0;
const NOP: u8 = 1;
const MSS: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;

/// Everything the text is made of, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    syn_ack: bool,
    version: u8,
    ttl: u8,
    ip_options: u8,
    mss: Option<u16>,
    window: u16,
    scale: Option<u8>,
    /// Option kinds in order; options fit in 40 bytes.
    layout: [u8; 40],
    options: u8,
    /// Bytes behind the end of the option list.
    padding: u8,
    quirks: u16,
}

impl Signature {
    /// From a TCP header, options and all. `None` when the header is not whole,
    /// without the SYN flag, or with RST or FIN beside it (no stack opens so).
    pub fn new(meta: &Meta, bytes: &[u8]) -> Option<Signature> {
        let mut reader = Reader::new(bytes);
        reader.skip(4)?;
        let (seq, ack) = (reader.be32()?, reader.be32()?);
        let (offset, flags) = (reader.u8()?, reader.u8()?);
        let window = reader.be16()?;
        reader.skip(2)?;
        let urgent = reader.be16()?;
        let options = reader.take(usize::from(offset >> 4).checked_mul(4)?.checked_sub(20)?)?;
        if flags & 0x07 != 0x02 {
            return None;
        }
        let version = match meta.src.or(meta.dst) {
            Some(IpAddr::V4(_)) => 4,
            Some(IpAddr::V6(_)) => 6,
            None => 0,
        };
        let mut made = Signature {
            syn_ack: flags & 0x10 != 0,
            version,
            ttl: meta.ttl,
            ip_options: meta.ip_options,
            mss: None,
            window,
            scale: None,
            layout: [0; 40],
            options: 0,
            padding: 0,
            quirks: 0,
        };
        made.quirk(version == 4 && meta.dont_fragment, DF);
        made.quirk(version == 4 && meta.dont_fragment && meta.ip_id != 0, ID_SET);
        made.quirk(version == 4 && !meta.dont_fragment && meta.ip_id == 0, ID_ZERO);
        made.quirk(flags & 0xc0 != 0 || offset & 0x01 != 0, ECN);
        made.quirk(offset & 0x0e != 0, RESERVED);
        made.quirk(seq == 0, SEQ_ZERO);
        made.quirk(!made.syn_ack && ack != 0, ACK_SET);
        made.quirk(made.syn_ack && ack == 0, ACK_ZERO);
        made.quirk(flags & 0x20 == 0 && urgent != 0, URGENT_POINTER);
        made.quirk(flags & 0x20 != 0, URGENT_FLAG);
        made.quirk(flags & 0x08 != 0, PUSH_FLAG);
        if made.read_options(Reader::new(options)).is_none() {
            made.quirk(true, BAD);
        }
        Some(made)
    }

    fn quirk(&mut self, there: bool, bit: u16) {
        if there {
            self.quirks |= bit;
        }
    }

    /// Every option takes at least one byte of at most 40. `None` at one that
    /// does not fit; it still counts in the layout.
    fn read_options(&mut self, mut options: Reader<'_>) -> Option<()> {
        while let Some(kind) = options.u8() {
            *self.layout.get_mut(usize::from(self.options))? = kind;
            self.options = self.options.saturating_add(1);
            match kind {
                EOL => {
                    self.padding = options.len() as u8;
                    self.quirk(options.rest().iter().any(|byte| *byte != 0), OPT_TRAILING);
                    return Some(());
                }
                NOP => continue,
                _ => {}
            }
            let length = usize::from(options.u8()?).checked_sub(2)?;
            let mut value = Reader::new(options.take(length)?);
            match kind {
                MSS => self.mss = Some(value.be16()?),
                WINDOW_SCALE => {
                    let scale = value.u8()?;
                    self.scale = Some(scale);
                    self.quirk(scale > 14, SCALE_EXCESSIVE);
                }
                TIMESTAMPS => {
                    let (own, peer) = (value.be32()?, value.be32()?);
                    self.quirk(own == 0, TS_OWN_ZERO);
                    self.quirk(!self.syn_ack && peer != 0, TS_PEER_SET);
                }
                SACK => continue,
                SACK_PERMITTED => {}
                _ => continue,
            }
            if !value.is_empty() {
                return None;
            }
        }
        Some(())
    }
}

impl Signature {
    /// The written form.
    fn text(&self) -> Text {
        let mut text = Text::new();
        for number in [self.version, self.ttl, self.ip_options] {
            text.push_number(u32::from(number));
            text.push(':');
        }
        push_if_any(&mut text, self.mss.map(u32::from));
        text.push(':');
        text.push_number(u32::from(self.window));
        text.push(',');
        push_if_any(&mut text, self.scale.map(u32::from));
        text.push(':');
        for (index, kind) in self.layout.iter().take(usize::from(self.options)).enumerate() {
            if index > 0 {
                text.push(',');
            }
            match *kind {
                EOL => {
                    text.push_str("eol+");
                    text.push_number(u32::from(self.padding));
                }
                NOP => text.push_str("nop"),
                MSS => text.push_str("mss"),
                WINDOW_SCALE => text.push_str("ws"),
                SACK_PERMITTED => text.push_str("sok"),
                SACK => text.push_str("sack"),
                TIMESTAMPS => text.push_str("ts"),
                other => {
                    text.push('?');
                    text.push_number(u32::from(other));
                }
            }
        }
        text.push(':');
        super::lldp::push_bit_names(&mut text, u32::from(self.quirks), &QUIRK_NAMES);
        text
    }
}

fn push_if_any(text: &mut Text, number: Option<u32>) {
    match number {
        Some(number) => text.push_number(number),
        None => text.push('*'),
    }
}

/// Multiplies and rotates words (the prime of FNV-1a): quick, and good enough to
/// tell signatures apart that nobody made to collide.
struct Words(u64);

impl Hasher for Words {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    }
}

/// A hash of exactly what the field and its value depend on, without formatting:
/// who has seen it may skip [`TcpStack`]'s parse. 0 when there is nothing to say.
/// The same for the same input in this version of the program only.
pub fn digest(meta: &Meta, bytes: &[u8]) -> u64 {
    Signature::new(meta, bytes).map_or(0, |signature| {
        let mut hasher = Words(0xcbf2_9ce4_8422_2325);
        signature.hash(&mut hasher);
        hasher.finish().max(1)
    })
}

/// The protocol.
pub struct TcpStack;

impl Protocol for TcpStack {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if Signature::new(meta, bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn digest(&self, meta: &Meta, bytes: &[u8]) -> Option<u64> {
        Some(digest(meta, bytes))
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(signature) = Signature::new(meta, bytes) else {
            return Outcome::Malformed;
        };
        let field = if signature.syn_ack { &SYNACK } else { &SYN };
        sink.observe(About::Sender, field, &signature.text());
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};

    const HEAD: &str = "c000 0050 00000001 00000000 a002 faf0 0000 0000";
    const OPTIONS: &str = "020405b4 0402 080a 12345678 00000000 01 030307";

    fn meta() -> Meta {
        let src = Some(IpAddr::from([10, 0, 0, 1]));
        Meta { src, ttl: 64, ip_id: 7, dont_fragment: true, ..Meta::default() }
    }

    fn said(meta: &Meta, head: &str, options: &str) -> std::string::String {
        datagram(&TcpStack, meta, &hex(&[head, options].concat())).concat()
    }

    #[test]
    fn a_syn() {
        let want = "sender tcp.syn=4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+";
        assert_eq!(said(&meta(), HEAD, OPTIONS), want);
        truncations(&TcpStack, &meta(), &hex(&[HEAD, OPTIONS].concat()));
    }

    #[test]
    fn a_syn_ack_over_ipv6_without_options() {
        let meta = Meta { src: Some("2001:db8::1".parse().unwrap()), ttl: 255, ..Meta::default() };
        let head = "0050 c000 00000000 00000002 5012 2000 0000 0000";
        assert_eq!(said(&meta, head, ""), "sender tcp.synack=6:255:0:*:8192,*::seq-");
    }

    #[test]
    fn quirks() {
        let head = "c000 0050 00000000 00000005 bfca 0400 0000 0009";
        let options = "080a 00000000 00000001 03030f 2202 00 00000000 00000000";
        let plain = Meta { ip_id: 0, dont_fragment: false, ip_options: 4, ..meta() };
        let want = "sender tcp.syn=4:64:4:*:1024,15:ts,ws,?34,eol+8:\
                    id-,ecn,0+,seq-,ack+,uptr+,pushf+,ts1-,ts2+,exws";
        assert_eq!(said(&plain, head, options), want);
        let trailing = options.replace("2202 00 00000000", "2202 00 00000001");
        assert_eq!(said(&plain, head, &trailing), want.replace("exws", "opt+,exws"));
    }

    #[test]
    fn options_that_do_not_fit_are_bad() {
        let head = HEAD.replace("a002", "6002");
        for (options, layout) in [
            ("02040001", "mss:df,id+"),
            ("02030001", "mss:df,id+,bad"),
            ("01020405", "nop,mss:df,id+,bad"),
            ("01010100", "nop,nop,nop,eol+0:df,id+"),
            ("01010102", "nop,nop,nop,mss:df,id+,bad"),
            ("4d000000", "?77:df,id+,bad"),
        ] {
            let text = said(&meta(), &head, options);
            assert!(text.ends_with(&std::format!(":{layout}")), "{options}: {text}");
        }
    }

    #[test]
    fn other_segments_say_nothing() {
        for flags in ["a010", "a003", "a006", "4002"] {
            assert!(said(&meta(), &HEAD.replace("a002", flags), OPTIONS).is_empty());
        }
        assert_eq!(digest(&meta(), &hex(HEAD)), 0);
    }

    #[test]
    fn the_digest_depends_on_what_the_text_does() {
        let of = |meta: &Meta, head: &str, options: &str| digest(meta, &hex(&[head, options].concat()));
        let first = of(&meta(), HEAD, OPTIONS);
        let ports = HEAD.replace("c000 0050 00000001", "c001 01bb 00000099");
        assert_eq!(first, of(&Meta { ip_id: 8, ..meta() }, &ports, &OPTIONS.replace("12345678", "87654321")));
        assert_ne!(first, of(&Meta { ttl: 63, ..meta() }, HEAD, OPTIONS));
        assert_ne!(first, of(&Meta { ip_id: 0, ..meta() }, HEAD, OPTIONS));
        assert_ne!(first, of(&meta(), &HEAD.replace("faf0", "faf1"), OPTIONS));
        assert_ne!(first, of(&meta(), &HEAD.replace("a002", "a012"), OPTIONS));
        assert_ne!(first, of(&meta(), HEAD, &OPTIONS.replace("05b4", "05b3")));
        assert_ne!(first, of(&meta(), HEAD, &OPTIONS.replace("12345678", "00000000")));
        assert_ne!(first, of(&meta(), HEAD, &OPTIONS.replace("0402", "0101")));
    }

    #[test]
    fn what_real_software_said() {
        vectors(&TcpStack, include_str!("../../vectors/tcp/linux.txt"));
    }
}
