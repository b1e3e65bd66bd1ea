//! What a part takes of memory, as the kernel divides what parts share: `Pss` in `/proc/PID/smaps` (proc(5)).

use std::fmt;

/// KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All.
    pub all: u64,
    /// Of it in rings shared with the kernel: mapped sockets.
    pub rings: u64,
    /// Of it in tables: memory for which huge pages were asked (`hg`, [`sys::memory::huge_pages`]), with what shares the
    /// first and the last page of theirs.
    pub tables: u64,
}

impl Memory {
    /// Neither rings nor tables.
    fn rest(self) -> u64 {
        self.all.saturating_sub(self.rings + self.tables)
    }
}

/// Of a process, by the path of its `smaps`; nothing of one that is gone.
pub fn of(path: &str) -> Memory {
    read(&std::fs::read_to_string(path).unwrap_or_default())
}

fn read(smaps: &str) -> Memory {
    let (mut out, mut pss, mut ring) = (Memory::default(), 0, false);
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("Pss:") => {
                pss = words.next().and_then(|number| number.parse().ok()).unwrap_or(0);
                out.all += pss;
                out.rings += if ring { pss } else { 0 };
            }
            // The last line of a mapping.
            Some("VmFlags:") => out.tables += if words.any(|flag| flag == "hg") { pss } else { 0 },
            // The first: addresses, rights, offset, device, number, and of what it is.
            Some(name) if !name.ends_with(':') => {
                ring = words.nth(4).is_some_and(|what| what.starts_with("socket:"));
            }
            _ => {}
        }
    }
    out
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB", self.rest())?;
        for (kib, what) in [(self.tables, "tables"), (self.rings, "rings")] {
            if kib > 0 {
                write!(f, " + {kib} KiB of {what}")?;
            }
        }
        Ok(())
    }
}

/// `init 7 KiB, sensor 8 KiB + 100 KiB of tables, …`: each part, and the sum besides tables and rings.
pub fn words(parts: &[(&str, Memory)]) -> String {
    let rest: u64 = parts.iter().map(|(_, memory)| memory.rest()).sum();
    let parts: Vec<String> = parts.iter().map(|(name, memory)| format!("{name} {memory}")).collect();
    format!("{}; besides tables and rings {rest} KiB", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
7f0000000000-7f0000800000 r-xp 00000000 00:01 12                         /init
Size:               8192 kB
Pss:                1000 kB
Pss_Dirty:             9 kB
VmFlags: rd ex
7f1000000000-7f1000800000 rw-p 00000000 00:00 0
Size:               8192 kB
Pss:                6000 kB
VmFlags: rd wr mr mw me ac sd hg
7f2000000000-7f2000001000 rw-p 00000000 00:00 0                          [heap]
Size:               8192 kB
Pss:                 500 kB
VmFlags: rd wr
7f4000000000-7f4000800000 rw-s 00000000 00:08 77                         socket:[77]
Size:               8192 kB
Pss:                8192 kB
VmFlags: rd wr sh
";

    #[test]
    fn tables_and_rings_are_told_apart() {
        let memory = read(SMAPS);
        assert_eq!(memory, Memory { all: 15_692, rings: 8_192, tables: 6_000 });
        assert_eq!(read(""), Memory::default());
        assert_eq!(of("/proc/none"), Memory::default());
        let said = words(&[("init", Memory { all: 7, ..Memory::default() }), ("sensor", memory)]);
        assert_eq!(
            said,
            "init 7 KiB, sensor 1500 KiB + 6000 KiB of tables + 8192 KiB of rings; \
             besides tables and rings 1507 KiB"
        );
    }

    #[test]
    fn a_table_of_this_process_is_seen() {
        let table = vec![1_u8; 8 << 20];
        let range = table.as_ptr_range();
        let before = of("/proc/self/smaps");
        sys::memory::huge_pages(range.start as usize..range.end as usize);
        let after = of("/proc/self/smaps");
        assert!(before.all > 100 && before.tables == 0);
        assert!(after.tables >= 8 << 10, "{after:?}");
    }
}
