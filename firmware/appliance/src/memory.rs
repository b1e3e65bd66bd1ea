//! What a part takes of memory, as the kernel divides what parts share: `Pss` in `/proc/PID/smaps` (proc(5)).

/// Mappings without a file of at least so many KiB are told apart: rings shared with the kernel, and tables that have a
/// mapping of their own. Tables in the heap are not seen by this.
const LARGE: u64 = 4 << 10;

/// KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All.
    pub all: u64,
    /// Of it in large mappings.
    pub large: u64,
}

/// Of a process, by the path of its `smaps`; nothing of one that is gone.
pub fn of(path: &str) -> Memory {
    read(&std::fs::read_to_string(path).unwrap_or_default())
}

fn read(smaps: &str) -> Memory {
    let (mut out, mut size, mut table) = (Memory::default(), 0, false);
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let Some(name) = name.strip_suffix(':') else {
            // A mapping begins: addresses, rights, offset, device, number, and of what it is.
            let what = words.nth(4).unwrap_or_default();
            table = what.is_empty() || what.starts_with("socket:") || what.starts_with("[anon:");
            continue;
        };
        let kib: u64 = words.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        match name {
            "Size" => size = kib,
            "Pss" => {
                out.all += kib;
                out.large += if table && size >= LARGE { kib } else { 0 };
            }
            _ => {}
        }
    }
    out
}

/// `init 7 KiB, …`: each part, and the sum without large mappings.
pub fn words(parts: &[(&str, Memory)]) -> String {
    let one = |(name, memory): &(&str, Memory)| match memory.large {
        0 => format!("{name} {} KiB", memory.all),
        large => format!("{name} {} KiB, {large} of it in large mappings", memory.all),
    };
    let rest: u64 = parts.iter().map(|(_, memory)| memory.all - memory.large).sum();
    let parts: Vec<String> = parts.iter().map(one).collect();
    format!("{}; without those {rest} KiB", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
7f0000000000-7f0000800000 r-xp 00000000 00:01 12                         /init
Size:               8192 kB
Pss:                1000 kB
Pss_Dirty:             9 kB
7f1000000000-7f1000800000 rw-p 00000000 00:00 0
Size:               8192 kB
Pss:                6000 kB
VmFlags: rd wr
7f2000000000-7f2000001000 rw-p 00000000 00:00 0                          [heap]
Size:               8192 kB
Pss:                 500 kB
7f3000000000-7f3000001000 rw-p 00000000 00:00 0
Size:                  4 kB
Pss:                   4 kB
7f4000000000-7f4000800000 rw-s 00000000 00:08 77                         socket:[77]
Size:               8192 kB
Pss:                8192 kB
";

    #[test]
    fn large_mappings_are_of_no_file() {
        let memory = read(SMAPS);
        assert_eq!(memory, Memory { all: 15_696, large: 14_192 });
        assert_eq!(read(""), Memory::default());
        assert_eq!(of("/proc/none"), Memory::default());
        let small = Memory { all: 7, large: 0 };
        let said = words(&[("init", small), ("sensor", memory)]);
        assert_eq!(
            said,
            "init 7 KiB, sensor 15696 KiB, 14192 of it in large mappings; without those 1511 KiB"
        );
    }

    #[test]
    fn this_process_takes_some() {
        assert!(of("/proc/self/smaps").all > 100);
    }
}
