//! Loads the kernel modules that the machine's devices ask for (`docs/image.md`: one folder
//! with `NAME.ko`, `modules.dep` and `modules.alias`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::kmod::{ModuleInitFlags, finit_module};

/// The modules of a folder, and what became of them.
#[derive(Debug, Default)]
pub struct Modules {
    folder: PathBuf,
    /// What each needs, in the order in which it is loaded.
    before: BTreeMap<String, Vec<String>>,
    /// Pattern, module.
    aliases: Vec<(String, String)>,
    /// In the kernel now.
    pub loaded: BTreeSet<String>,
    /// The machine has nothing for them.
    pub absent: BTreeSet<String>,
    /// They lack something, or are no modules of this kernel.
    pub broken: BTreeSet<String>,
}

impl Modules {
    /// Those of the running kernel, under `/lib/modules`.
    pub fn of_this_kernel() -> Modules {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Modules::read(&Path::new("/lib/modules").join(release.trim()))
    }

    /// Those of a folder. What its lists do not name is not there.
    pub fn read(folder: &Path) -> Modules {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let stem = |word: &str| word.trim_end_matches(".ko").to_owned();
        let before = text("modules.dep")
            .lines()
            .filter_map(|line| {
                let (name, rest) = line.split_once(':')?;
                Some((stem(name), rest.split_whitespace().map(stem).collect()))
            })
            .collect();
        let aliases = text("modules.alias")
            .lines()
            .filter_map(|line| {
                let (pattern, name) = line.strip_prefix("alias ")?.rsplit_once(' ')?;
                Some((pattern.to_owned(), name.to_owned()))
            })
            .collect();
        Modules { folder: folder.into(), before, aliases, ..Modules::default() }
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.before.keys().map(String::as_str)
    }

    /// Loads what devices ask for until nothing new is asked: a bus that is found shows devices
    /// that ask for more. `skip` are left alone.
    pub fn by_devices(&mut self, skip: &[String]) {
        loop {
            let tried = self.tried();
            let mut asked = BTreeSet::new();
            modaliases(Path::new("/sys/devices"), &mut asked);
            for alias in &asked {
                self.by_alias(alias, skip);
            }
            if self.tried() == tried {
                return;
            }
        }
    }

    /// Loads what fits one device; true when something new was.
    pub fn by_alias(&mut self, alias: &str, skip: &[String]) -> bool {
        let tried = self.tried();
        let fitting = self.aliases.iter().filter(|(pattern, name)| {
            // Only what is not settled yet: patterns are many.
            !self.loaded.contains(name) && !skip.contains(name) && fits(pattern.as_bytes(), alias.as_bytes())
        });
        let names: Vec<String> = fitting.map(|(_, name)| name.clone()).collect();
        names.iter().for_each(|name| self.load(name));
        self.tried() > tried
    }

    fn tried(&self) -> usize {
        self.loaded.len() + self.absent.len() + self.broken.len()
    }

    /// Loads one with all it needs; `-` and `_` are the same in its name. True when it is in the kernel, false
    /// also when there is none of that name.
    pub fn load_named(&mut self, name: &str) -> bool {
        let name = name.replace('-', "_");
        if self.before.contains_key(&name) {
            self.load(&name);
        }
        self.loaded.contains(&name)
    }

    fn load(&mut self, name: &str) {
        let order = self.before.get(name).cloned().unwrap_or_default();
        for one in order.iter().map(String::as_str).chain([name]) {
            if [&self.loaded, &self.absent, &self.broken].iter().any(|set| set.contains(one)) {
                continue;
            }
            let path = self.folder.join(format!("{one}.ko"));
            let done = File::open(&path).map(|file| finit_module(file, c"", ModuleInitFlags::empty()));
            match done {
                Ok(Ok(()) | Err(Errno::EEXIST)) => self.loaded.insert(one.into()),
                // What it needs is not for this machine: Hyper-V's bus elsewhere, for example.
                Ok(Err(Errno::ENOENT)) if self.needs_what_is_absent(one) => self.absent.insert(one.into()),
                // A symbol that nobody gives, a file of another kernel, a file that is not there.
                Ok(Err(Errno::ENOENT | Errno::ENOEXEC | Errno::EINVAL)) | Err(_) => {
                    self.broken.insert(one.into())
                }
                Ok(Err(_)) => self.absent.insert(one.into()),
            };
        }
    }

    fn needs_what_is_absent(&self, name: &str) -> bool {
        self.before.get(name).is_some_and(|before| before.iter().any(|one| self.absent.contains(one)))
    }

    /// Removes the files of those that are loaded: in an initramfs they take memory. What a
    /// device that comes later may ask for stays. Bytes that are free now.
    pub fn drop_loaded(&self) -> u64 {
        let drop = |name: &String| {
            let path = self.folder.join(format!("{name}.ko"));
            let size = fs::metadata(&path).map_or(0, |about| about.len());
            fs::remove_file(&path).map_or(0, |()| size)
        };
        self.loaded.iter().map(drop).sum()
    }
}

/// What the devices under a folder ask for.
fn modaliases(folder: &Path, asked: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            modaliases(&entry.path(), asked);
        } else if entry.file_name() == "modalias" {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            asked.insert(text.trim().to_owned());
        }
    }
}

/// `*` and `?` as in file names, and `[…]` for one of several characters.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|from| fits(rest, &text[from..])),
        (Some((b'?', rest)), Some((_, behind))) => fits(rest, behind),
        (Some((b'[', rest)), Some((one, behind))) => {
            let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
            let (set, rest) = rest.split_at(end);
            let in_range = set.windows(3).any(|part| part[1] == b'-' && (part[0]..=part[2]).contains(one));
            (in_range || set.contains(one)) && fits(rest.get(1..).unwrap_or_default(), behind)
        }
        (Some((wanted, rest)), Some((one, behind))) => wanted == one && fits(rest, behind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_file_names() {
        for (pattern, text, fit) in [
            ("pci:v00008086d*sv*", "pci:v00008086d0000100Esv1", true),
            ("pci:v00008087d*", "pci:v00008086d0000100E", false),
            ("acpi*:PNP0C0C:*", "acpi:PNP0C0C:", true),
            ("usb:v[0-9]p?", "usb:v5pX", true),
            ("usb:v[0-9]p?", "usb:vAp1", false),
            ("*", "", true),
            ("[", "x", false),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), fit, "{pattern} {text}");
        }
    }

    #[test]
    fn a_module_that_is_not_there_is_broken_and_final() {
        let folder = std::env::temp_dir().join(format!("stillwatch-modules-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("modules.dep"), "one.ko: two.ko\ntwo.ko:\n").unwrap();
        fs::write(folder.join("modules.alias"), "alias pci:v1* one\n").unwrap();
        let mut modules = Modules::read(&folder);
        assert!(modules.by_alias("pci:v1d2", &[]));
        assert!(!modules.by_alias("pci:v1d2", &[]), "nothing new");
        assert!(!modules.by_alias("pci:v2", &[]));
        assert_eq!(modules.broken.iter().map(String::as_str).collect::<Vec<_>>(), ["one", "two"]);
        assert!(!modules.load_named("no-such"));
        assert_eq!(modules.drop_loaded(), 0);
        fs::remove_dir_all(folder).unwrap();
    }
}
