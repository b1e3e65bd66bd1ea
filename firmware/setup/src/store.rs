//! Settings on disk, in two copies: a change is written over the older one and
//! synced, so that a power cut at any moment leaves the old settings or the new
//! ones, whole (t: every prefix of the recorded writes).
//!
//! A copy is a line of header – `stillwatch-settings 1`, generation, CRC-32 of the
//! rest – and [`crate::text`]: support people read it. What it holds of secrets
//! (the proxy's password, the panel's PIN) stands there in clear, in a folder
//! that only root reads; the console's password as its hash.

use std::collections::BTreeMap;

use settings::{Settings, item};
use spool::{Disk, SpoolError};

use crate::text;

/// The two copies.
const NAMES: [&str; 2] = ["settings.0", "settings.1"];

/// What a copy begins with.
const MAGIC: &str = "stillwatch-settings 1";

/// Key of the console's password hash; no setting: no face shows or restores it.
const PASSWORD: &str = "console.password_hash";

/// Beginning of the keys of what was taken from sources beside the box.
const TAKEN: &str = "taken.";

/// Everything that is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Settings.
    pub settings: Settings,
    /// Hash of the console's password; empty: none is set.
    pub password: String,
    /// CRC-32 of what was taken last from each source beside the box.
    pub taken: BTreeMap<String, u32>,
}

/// The store.
pub struct Store<D: Disk> {
    disk: D,
    generation: u64,
    /// The copy that is not the newest.
    next: usize,
}

impl<D: Disk> Store<D> {
    /// Opens it and reads the newest whole copy; without any, everything is as at
    /// delivery. The second value says in words what was passed over: a damaged
    /// copy, a setting that this version does not take.
    ///
    /// # Errors
    /// E19, when the disk cannot be read at all.
    pub fn open(mut disk: D) -> Result<(Store<D>, Kept, Vec<String>), SpoolError> {
        let present = disk.list().map_err(|error| SpoolError::io("list", "the settings", &error))?;
        let mut passed = Vec::new();
        let mut best: Option<(u64, usize, Kept, Vec<String>)> = None;
        for (at, name) in NAMES.iter().enumerate() {
            if !present.iter().any(|one| one == name) {
                continue;
            }
            let bytes = whole(&mut disk, name).map_err(|error| SpoolError::io("read", name, &error))?;
            match parse(&bytes) {
                Some((generation, kept, odd)) if best.as_ref().is_none_or(|best| generation > best.0) => {
                    best = Some((generation, at, kept, odd));
                }
                Some(_) => {}
                // A power cut leaves this while the other copy is good.
                None => passed.push(format!("{name} is damaged and was passed over")),
            }
        }
        let (generation, at, kept, odd) = best.unwrap_or((0, 1, Kept::default(), Vec::new()));
        passed.extend(odd);
        Ok((Store { disk, generation, next: 1 - at }, kept, passed))
    }

    /// Keeps this: it is on disk when this returns.
    ///
    /// # Errors
    /// E19; what was kept before stays.
    pub fn keep(&mut self, kept: &Kept) -> Result<(), SpoolError> {
        let name = NAMES[self.next];
        let bytes = render(self.generation + 1, kept);
        let mut write = || {
            self.disk.create(name)?;
            self.disk.write(name, 0, bytes.as_bytes())?;
            self.disk.sync(name)?;
            self.disk.sync_names()
        };
        write().map_err(|error| SpoolError::io("write", name, &error))?;
        self.generation += 1;
        self.next = 1 - self.next;
        Ok(())
    }

    /// How often something was kept.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

fn whole(disk: &mut impl Disk, name: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; text::MAX + 256];
    let mut len = 0;
    loop {
        match disk.read(name, len as u64, &mut bytes[len..])? {
            0 => break,
            more => len += more,
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

fn render(generation: u64, kept: &Kept) -> String {
    let mut body = text::write(&kept.settings, |_| false);
    if !kept.password.is_empty() {
        body.push_str(&text::line(PASSWORD, &kept.password));
    }
    for (origin, crc) in &kept.taken {
        body.push_str(&text::line(&format!("{TAKEN}{origin}"), &crc.to_string()));
    }
    format!("{MAGIC} {generation} {:08x}\n{body}", checksum(generation, &body))
}

/// CRC-32 of generation and body.
fn checksum(generation: u64, body: &str) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&generation.to_le_bytes());
    crc.update(body.as_bytes());
    crc.finalize()
}

/// Reads a copy: its generation, what it holds, and what of it was not taken.
/// `None`: it is not whole.
pub fn parse(bytes: &[u8]) -> Option<(u64, Kept, Vec<String>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (header, body) = text.split_once('\n')?;
    let (generation, crc) = header.strip_prefix(MAGIC)?.strip_prefix(' ')?.split_once(' ')?;
    let generation = generation.parse().ok()?;
    if u32::from_str_radix(crc, 16).ok()? != checksum(generation, body) {
        return None;
    }
    let (mut kept, mut odd) = (Kept::default(), Vec::new());
    for (id, value) in text::read(body).ok()? {
        if id == PASSWORD {
            kept.password = value;
            continue;
        }
        if let Some(origin) = id.strip_prefix(TAKEN) {
            kept.taken.extend(value.parse().map(|crc| (origin.to_owned(), crc)));
            continue;
        }
        // An older or newer version wrote it: all else is still good.
        let set = item(&id).map(|item| kept.settings.set(item, &value));
        match set {
            Some(Ok(())) => {}
            Some(Err(wrong)) => odd.push(format!("{id} was not taken: {wrong}")),
            None => odd.push(format!("{id} is no setting of this version and was not taken")),
        }
    }
    Some((generation, kept, odd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spool::memory::{Cut, Memory, Op};

    fn kept(host: &str) -> Kept {
        let change = |id: &str, text: &str| (id.to_owned(), text.to_owned());
        let changes = [change("proxy.kind", "http"), change("proxy.host", host)];
        Kept {
            settings: Settings::default().with(&changes).unwrap(),
            password: "$argon2id$x".into(),
            taken: [("usb".into(), 7)].into(),
        }
    }

    fn open(disk: Memory) -> (Store<Memory>, Kept, Vec<String>) {
        Store::open(disk).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back() {
        let (mut store, first, _) = open(Memory::default());
        assert!(first == Kept::default());
        for host in ["a", "b", "c"] {
            store.keep(&kept(host)).unwrap();
        }
        let (store, back, passed) = open(store.disk);
        assert!(back == kept("c") && passed.is_empty());
        assert_eq!(store.generation(), 3);
    }

    /// Every cut of the recorded writes, torn at every byte, unsynced, or zeroed,
    /// leaves what was kept before or what was being kept, whole; and once it was
    /// promised, the new.
    #[test]
    fn a_power_cut_at_any_moment_leaves_one_whole_version() {
        let (mut store, ..) = open(Memory::recording());
        let (mut promised, mut states) = (vec![0], vec![Kept::default()]);
        for host in ["a", "a-longer-name.example", "b"] {
            store.keep(&kept(host)).unwrap();
            states.push(kept(host));
            promised.push(store.disk.log.as_ref().unwrap().len());
        }
        let ops = store.disk.log.clone().unwrap();
        let mut cuts = 0;
        for end in 0..=ops.len() {
            let done = promised.iter().rposition(|at| *at <= end).unwrap();
            let torn = match ops[..end].last() {
                Some(Op::Write(_, _, bytes)) => (0..=bytes.len()).map(Cut::Torn).collect(),
                _ => vec![Cut::Torn(usize::MAX)],
            };
            for cut in torn.into_iter().chain([Cut::Unsynced, Cut::Zeros]) {
                let (mut store, found, _) = open(Memory::after(&ops[..end], cut));
                let at = states.iter().position(|state| *state == found);
                let at = at.unwrap_or_else(|| panic!("cut {end} {cut:?}: half a version"));
                assert!(at == done || at == done + 1, "cut {end} {cut:?}: state {at}, promised {done}");
                // And life goes on from there.
                store.keep(&kept("later")).unwrap();
                assert!(open(store.disk).1 == kept("later"), "cut {end} {cut:?}");
                cuts += 1;
            }
        }
        assert!(cuts > 300, "{cuts}");
    }

    #[test]
    fn a_full_disk_keeps_the_old() {
        let (mut store, ..) = open(Memory::default());
        store.keep(&kept("a")).unwrap();
        store.disk.room = Some(130);
        let error = store.keep(&kept("b")).unwrap_err();
        assert_eq!(error.code(), model::ErrorCode::Disk);
        store.disk.room = None;
        let (_, back, passed) = open(store.disk.clone());
        assert!(back == kept("a"));
        assert_eq!(passed.len(), 1, "{passed:?}");
        store.keep(&kept("b")).unwrap();
        assert!(open(store.disk).1 == kept("b"));
    }

    #[test]
    fn what_another_version_wrote_is_passed_over_alone() {
        let body = "proxy.host = \"p\"\nfuture.thing = \"x\"\nnetwork.vlan = \"9999\"\n";
        let copy = format!("{MAGIC} 7 {:08x}\n{body}", checksum(7, body));
        let (generation, kept, odd) = parse(copy.as_bytes()).unwrap();
        assert_eq!((generation, odd.len()), (7, 2), "{odd:?}");
        assert_eq!(kept.settings.get(item("proxy.host").unwrap()), "p");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_passed_over(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..90_usize, with: u8) {
            let _ = parse(&bytes);
            bytes = render(3, &kept("a")).into_bytes();
            let len = bytes.len();
            bytes[at % len] ^= with;
            let read = parse(&bytes);
            // Hexadecimal reads in either case: what is taken all the same is the same.
            prop_assert!(read.is_none_or(|(generation, found, _)| generation == 3 && found == kept("a")));
        }
    }
}
