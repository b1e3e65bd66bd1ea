//! Names what is not a capture, so that the error can teach the way out.

use std::fmt;

/// What a file is that cannot be read as a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// No bytes.
    Empty,
    /// A directory.
    Directory,
    /// A capture of another program, which `editcap` converts.
    Capture(&'static str),
    /// An archive or compressed file; the second is the command that unpacks it.
    Packed(&'static str, &'static str),
    /// gzip or Zstandard data that cannot be unpacked even at their start.
    Unpackable,
    /// Something else that is known.
    Known(&'static str),
    /// Text.
    Text,
    /// Nothing that is known.
    Unknown,
}

/// Magic numbers at offset 0, longer before shorter where one starts the other.
const MAGICS: &[(&[u8], Foreign)] = &[
    (b"GMBU", Foreign::Capture("a Microsoft Network Monitor file")),
    (b"RTSS", Foreign::Capture("a Microsoft Network Monitor 1 file")),
    (b"snoop\0\0\0", Foreign::Capture("a Solaris snoop file")),
    (b"btsnoop\0", Foreign::Capture("a Bluetooth btsnoop file")),
    (b"TRSNIFF data", Foreign::Capture("a Sniffer (DOS) file")),
    (b"XCP\0", Foreign::Capture("a Sniffer (Windows) or NetXRay file")),
    (b"VL\0\0", Foreign::Capture("a Visual Networks file")),
    (b"iptrace ", Foreign::Capture("an AIX iptrace file")),
    (b"\x7fvsniff", Foreign::Capture("a vwr file")),
    (b"\x1c\0\x01\xac", Foreign::Capture("an IXIA hardware capture")),
    (b"\xac\x01\0\x1c", Foreign::Capture("an IXIA hardware capture")),
    (b"\x1c\0\x01\xab", Foreign::Capture("an IXIA software capture")),
    (b"\xab\x01\0\x1c", Foreign::Capture("an IXIA software capture")),
    (b"\x1f\x8b", Foreign::Packed("compressed twice (gzip within)", "gunzip -c")),
    (b"\x28\xb5\x2f\xfd", Foreign::Packed("compressed twice (zstd within)", "zstd -dc")),
    (b"BZh", Foreign::Packed("a bzip2 file", "bunzip2 -c")),
    (b"\xfd7zXZ\0", Foreign::Packed("an xz file", "xz -dc")),
    (b"\x04\x22\x4d\x18", Foreign::Packed("an lz4 file", "lz4 -dc")),
    (b"\x1f\x9d", Foreign::Packed("a compress (.Z) file", "gunzip -c")),
    (b"PK\x03\x04", Foreign::Packed("a zip archive", "unzip -p")),
    (b"7z\xbc\xaf\x27\x1c", Foreign::Packed("a 7-Zip archive", "7z x -so")),
    (b"#separator ", Foreign::Known("a Zeek log")),
    (b"#fields\t", Foreign::Known("a Zeek log")),
    (b"<?xml", Foreign::Known("XML")),
    (b"SQLite format 3\0", Foreign::Known("an SQLite database")),
    (b"\x7fELF", Foreign::Known("a program (ELF)")),
    (b"MZ", Foreign::Known("a Windows program")),
    (b"%PDF-", Foreign::Known("a PDF document")),
];

impl Foreign {
    /// Names what starts with these bytes; the more of them, the better.
    pub fn of(head: &[u8]) -> Foreign {
        if head.is_empty() {
            return Foreign::Empty;
        }
        if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return *what;
        }
        if head.get(257..262) == Some(b"ustar") {
            return Foreign::Packed("a tar archive", "tar -xOf");
        }
        if is_erf(head) {
            return Foreign::Capture("an Endace ERF file");
        }
        let head = head.get(..1_024).unwrap_or(head);
        let start = head.trim_ascii_start();
        if start.starts_with(b"{") || start.starts_with(b"[") {
            let is_har = head.windows(6).any(|part| part == b"\"log\":");
            return Foreign::Known(if is_har { "an HTTP archive (HAR)" } else { "JSON" });
        }
        if head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..)) {
            return Foreign::Text;
        }
        Foreign::Unknown
    }

    /// What to do about it, as one sentence.
    pub fn cure(&self, name: &str) -> String {
        match self {
            Foreign::Empty => String::from("Was the capturing program started, and stopped in order?"),
            Foreign::Directory => String::from("Name the files in it."),
            Foreign::Capture(_) => format!("Convert it: editcap -F pcapng {name} {name}.pcapng"),
            Foreign::Packed(_, command) => format!("Unpack it: {command} {name} > capture.pcap"),
            Foreign::Unpackable => String::from("Copy it again, or test it with gzip -t or zstd -t."),
            Foreign::Known(_) | Foreign::Text | Foreign::Unknown => String::from(
                "Give a capture with packets: pcap or pcapng, as tcpdump -w and Wireshark write them, plain, gzip or zstd.",
            ),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Empty => "empty",
            Foreign::Directory => "a directory",
            Foreign::Unpackable => "compressed, and damaged or cut at its start",
            Foreign::Text => "text, not a capture",
            Foreign::Unknown => "not a capture in a known format",
            Foreign::Capture(what) | Foreign::Packed(what, _) | Foreign::Known(what) => what,
        })
    }
}

/// Two ERF records in a row (Endace "ERF types reference": 8 bytes time stamp
/// least significant first, type, flags, record length, loss counter, wire length).
fn is_erf(head: &[u8]) -> bool {
    let record = |at: usize| -> Option<(u32, usize)> {
        let [_, _, _, _, s0, s1, s2, s3, kind, _, l0, l1, ..] = *head.get(at..)?.first_chunk::<16>()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        // Seconds since 1970: later than 1990, so zeros are not taken for ERF.
        let seconds = u32::from_le_bytes([s0, s1, s2, s3]);
        ((1..=48).contains(&(kind & 0x7f)) && length >= 16 && seconds > 631_152_000)
            .then_some((seconds, length))
    };
    let Some((first, length)) = record(0) else { return false };
    record(length).is_some_and(|(second, _)| first.abs_diff(second) < 3_600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_can() {
        let told = |bytes: &[u8]| Foreign::of(bytes).to_string();
        assert_eq!(told(b""), "empty");
        assert_eq!(told(b"GMBU\0\x02"), "a Microsoft Network Monitor file");
        assert_eq!(told(b"  {\"log\": {\"version\""), "an HTTP archive (HAR)");
        assert_eq!(told(b"[1,2]"), "JSON");
        assert_eq!(told(b"12:00:01 IP 10.0.0.1 > 10.0.0.2: ICMP\n"), "text, not a capture");
        assert_eq!(told(&[0; 64]), "not a capture in a known format");
        assert_eq!(told(&[1]), "not a capture in a known format");
    }

    #[test]
    fn erf_needs_two_records() {
        let mut record = vec![0, 0, 0, 0, 0, 0, 0, 0x60, 2, 4, 0, 20, 0, 0, 0, 4, 1, 2, 3, 4];
        assert_eq!(Foreign::of(&record), Foreign::Unknown);
        record.extend_from_within(..);
        assert_eq!(Foreign::of(&record), Foreign::Capture("an Endace ERF file"));
    }

    #[test]
    fn the_cure_names_the_file() {
        let cure = Foreign::of(b"snoop\0\0\0").cure("a.cap");
        assert_eq!(cure, "Convert it: editcap -F pcapng a.cap a.cap.pcapng");
    }
}
