//! Values as people read them, and the one escaper of all pages.
//!
//! Names come from strangers on the wire. [`Visible`] is what askama puts every
//! value through: HTML is escaped, and characters that cannot be seen or that
//! turn text around are shown as `\u{…}`.

use std::fmt::{self, Write};

use assets::doc::Stamp;
use model::Time;

/// The escaper of all templates (`askama.toml`).
#[derive(Clone, Copy, Debug)]
pub struct Visible;

impl askama::filters::Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_escaped_char(&mut to, c))
    }

    fn write_escaped_char<W: Write>(&self, mut to: W, c: char) -> fmt::Result {
        match c {
            '<' => to.write_str("&lt;"),
            '>' => to.write_str("&gt;"),
            '&' => to.write_str("&amp;"),
            '"' => to.write_str("&quot;"),
            '\'' => to.write_str("&#39;"),
            // Line ends stay: text areas need them, and elsewhere they are a blank.
            '\n' => to.write_char('\n'),
            c if hidden(c) => write!(to, "\\u{{{:x}}}", u32::from(c)),
            c => to.write_char(c),
        }
    }
}

/// Control characters, and those that are invisible or change the direction of
/// what follows (Unicode Cc, and the bidirectional and zero-width ones of Cf).
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text as [`Visible`] writes it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = askama::filters::Escaper::write_escaped_str(&Visible, &mut out, text);
    out
}

/// Text for the query part of a URL (RFC 3986: unreserved characters stay).
pub fn url_part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// A whole number of any size, by value or as templates hand it over: by reference.
pub trait Number {
    /// It.
    fn number(&self) -> u64;
}

macro_rules! numbers {
    ($($kind:ty)*) => { $(impl Number for $kind {
        fn number(&self) -> u64 {
            *self as u64
        }
    })* };
}
numbers!(u16 u32 u64 usize);

impl<T: Number> Number for &T {
    fn number(&self) -> u64 {
        (**self).number()
    }
}

/// `1,204`.
pub fn count(number: impl Number) -> String {
    let digits = number.number().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 asset`, `1,204 assets`.
pub fn counted(number: impl Number, one: &str, many: &str) -> String {
    let number = number.number();
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

fn scaled(number: u64, units: [&str; 5]) -> String {
    let mut value = number as f64;
    let mut at = 0;
    while value >= 999.5 && at + 1 < units.len() {
        value /= 1_000.0;
        at += 1;
    }
    match value {
        _ if at == 0 => format!("{number} {}", units[0]),
        v if v < 9.95 => format!("{v:.1} {}", units[at]),
        v => format!("{v:.0} {}", units[at]),
    }
}

/// `412 Mb/s`.
pub fn bit_rate(bits: impl Number) -> String {
    scaled(bits.number(), ["b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s"])
}

/// `1.2 kp/s`.
pub fn packet_rate(packets: impl Number) -> String {
    scaled(packets.number(), ["p/s", "kp/s", "Mp/s", "Gp/s", "Tp/s"])
}

/// `3.4 GB`, decimal.
pub fn bytes(bytes: impl Number) -> String {
    scaled(bytes.number(), ["B", "kB", "MB", "GB", "TB"])
}

/// KiB as `11.6 GiB`.
pub fn kib(kib: impl Number) -> String {
    let kib = kib.number();
    match kib {
        0..1_024 => format!("{kib} KiB"),
        1_024..1_048_576 => format!("{} MiB", kib / 1_024),
        _ => format!("{:.1} GiB", kib as f64 / 1_048_576.0),
    }
}

/// Mb/s as `10 Gb/s`; empty when 0.
pub fn speed(megabits: impl Number) -> String {
    match megabits.number() {
        0 => String::new(),
        m if m >= 1_000 && m.is_multiple_of(1_000) => format!("{} Gb/s", m / 1_000),
        m if m >= 1_000 => format!("{:.1} Gb/s", m as f64 / 1_000.0),
        m => format!("{m} Mb/s"),
    }
}

/// A share as `0.3 %`; `0 %` only for nothing, `100 %` only for all.
pub fn share(part: impl Number, whole: impl Number) -> String {
    let (part, whole) = (part.number(), whole.number());
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    match part as f64 * 100.0 / whole as f64 {
        p if p < 0.1 => "< 0.1 %".into(),
        p if p < 10.0 => format!("{p:.1} %"),
        p if p > 99.0 && part < whole => "99 %".into(),
        p => format!("{p:.0} %"),
    }
}

/// Seconds as `3 d 4 h`, `5 min`, `12 s`.
pub fn span(seconds: impl Number) -> String {
    let seconds = seconds.number();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// `3 min ago`, `in 2 d`; the coarse form, the exact one is on hover.
pub fn relative(now: Time, at: Time) -> String {
    let coarse = |seconds: u64| match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    };
    if at > now {
        let ahead = at.since(now) / Time::SECOND;
        return if ahead < 5 { "now".into() } else { format!("in {}", coarse(ahead)) };
    }
    match now.since(at) / Time::SECOND {
        0..2 => "now".into(),
        ago => format!("{} ago", coarse(ago)),
    }
}

/// `2026-11-17 13:58:04 UTC`.
pub fn exact(stamp: Stamp) -> String {
    let text = stamp.0.to_string();
    format!("{} UTC", text.get(..19).unwrap_or(&text).replace('T', " "))
}

/// The word for a confidence, the same on every page.
pub fn confidence_word(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.95 => "Certain",
        c if c >= 0.75 => "Likely",
        c if c >= 0.4 => "Weak",
        _ => "Unknown",
    }
}

/// Words that are written in capitals, and how.
const CAPITALS: &[&str] = &[
    "API", "BMC", "CPU", "DHCP", "DNS", "FQDN", "HMI", "HTTP", "IED", "IP", "IT", "IoT", "KVM", "MAC", "NAS",
    "NAT", "NTP", "OS", "OT", "PBX", "PDU", "PLC", "RTU", "SMB", "SNMP", "SSH", "TLS", "TV", "UPS", "VLAN",
    "VoIP", "WLAN",
];

/// `access_point` and `access-point` as `Access point`, `plc` as `PLC`.
pub fn title(id: &str) -> String {
    let word =
        |(at, word): (usize, &str)| match CAPITALS.iter().find(|known| known.eq_ignore_ascii_case(word)) {
            Some(known) => (*known).to_owned(),
            None if at == 0 => {
                let mut chars = word.chars();
                chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
            }
            None => word.to_owned(),
        };
    id.split(['_', '-', ' ']).enumerate().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_and_nothing_runs() {
        assert_eq!(escaped("<b onclick='x'>\"&"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
        assert_eq!(escaped("a\u{1b}[31m\u{202e}b\u{0}\t"), "a\\u{1b}[31m\\u{202e}b\\u{0}\\u{9}");
        assert_eq!(escaped("two\nlines, Żółć"), "two\nlines, Żółć");
        assert_eq!(url_part("type:camera AND näme"), "type%3Acamera%20AND%20n%C3%A4me");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([count(7u16), count(1_204u32), count(1_000_000u64)], ["7", "1,204", "1,000,000"]);
        assert_eq!(
            [bit_rate(0u64), bit_rate(412_400_000u64), bit_rate(9_960_000_000u64)],
            ["0 b/s", "412 Mb/s", "10 Gb/s"]
        );
        assert_eq!([bytes(999u64), bytes(1_000u64), bytes(999_600u64)], ["999 B", "1.0 kB", "1.0 MB"]);
        assert_eq!(
            [share(0u64, 9u64), share(1u64, 100_000u64), share(1u64, 3u64), share(999u64, 1_000u64)],
            ["0 %", "< 0.1 %", "33 %", "99 %"]
        );
        assert_eq!(
            [speed(0u32), speed(100u32), speed(2_500u32), speed(10_000u32)],
            ["", "100 Mb/s", "2.5 Gb/s", "10 Gb/s"]
        );
    }

    #[test]
    fn times_read_well() {
        let now = Time::new(1_000_000, 0);
        let at = |seconds| relative(now, Time::new(seconds, 0));
        assert_eq!(
            [at(1_000_000), at(999_970), at(999_000), at(913_600)],
            ["now", "30 s ago", "16 min ago", "24 h ago"]
        );
        assert_eq!([at(0), at(1_200_000)], ["11 d ago", "in 2 d"]);
        assert_eq!(exact(Stamp(Time::new(951_782_400, 5_000_000))), "2000-02-29 00:00:00 UTC");
        assert_eq!(span(93_784u64), "1 d 2 h");
    }

    #[test]
    fn confidence_has_four_words() {
        assert_eq!(
            [0.95, 0.9499, 0.75, 0.4, 0.39].map(confidence_word),
            ["Certain", "Likely", "Likely", "Weak", "Unknown"]
        );
        assert_eq!(
            [title("access-point"), title("plc"), title("rogue_dhcp"), title("")],
            ["Access point", "PLC", "Rogue DHCP", ""]
        );
    }
}
