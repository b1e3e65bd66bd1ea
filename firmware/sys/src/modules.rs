//! Loads the kernel modules that the machine's devices ask for (`docs/image.md`: one folder
//! with `NAME.ko`, `modules.dep` and `modules.alias`).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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
    /// What each is told when it is loaded.
    parameters: BTreeMap<String, String>,
    /// In the kernel now.
    pub loaded: BTreeSet<String>,
    /// The machine has nothing for them.
    pub absent: BTreeSet<String>,
    /// They lack something, or are no modules of this kernel.
    pub broken: BTreeSet<String>,
}

impl Modules {
    /// Those of the running kernel, under `/lib/modules`, with the parameters of its command line.
    pub fn of_this_kernel() -> Modules {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let line = fs::read_to_string("/proc/cmdline").unwrap_or_default();
        let modules = Modules::read(&Path::new("/lib/modules").join(release.trim()));
        Modules { parameters: parameters(&line), ..modules }
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
        let mut known = BTreeSet::new();
        loop {
            let asked = modaliases(Path::new("/sys"));
            let new: Vec<&String> = asked.difference(&known).collect();
            let wanted: BTreeSet<String> =
                new.iter().flat_map(|alias| self.fitting(alias, skip)).map(str::to_owned).collect();
            let tried = self.tried();
            self.load(wanted);
            if self.tried() == tried {
                return;
            }
            known = asked;
        }
    }

    /// Loads what fits one device; true when something new was.
    pub fn by_alias(&mut self, alias: &str, skip: &[String]) -> bool {
        let tried = self.tried();
        let wanted: Vec<String> = self.fitting(alias, skip).map(str::to_owned).collect();
        self.load(wanted);
        self.tried() > tried
    }

    /// What fits one device, of what is not settled yet: patterns are many.
    fn fitting<'a>(&'a self, alias: &'a str, skip: &'a [String]) -> impl Iterator<Item = &'a str> {
        let fitting = self.aliases.iter().filter(move |(pattern, name)| {
            !self.loaded.contains(name) && !skip.contains(name) && fits(pattern.as_bytes(), alias.as_bytes())
        });
        fitting.map(|(_, name)| name.as_str())
    }

    fn tried(&self) -> usize {
        self.loaded.len() + self.absent.len() + self.broken.len()
    }

    /// Loads one with all it needs; true when it is in the kernel ([`Modules::load_named`]).
    pub fn load_one(&mut self, name: &str) -> bool {
        self.load_named([name]);
        self.loaded.contains(&plain(name))
    }

    /// Loads those of these names with all they need; `-` and `_` are the same in a name. What there is none of is
    /// passed over.
    pub fn load_named<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let names: Vec<String> =
            names.into_iter().map(plain).filter(|name| self.before.contains_key(name)).collect();
        self.load(names);
    }

    /// Loads these and all they need, by as many threads as there are processors: much of the work is the check
    /// of a signature, and a driver waits for its device.
    fn load(&mut self, names: impl IntoIterator<Item = String>) {
        let mut open: Vec<String> = Vec::new();
        for name in names {
            let before = self.before.get(&name).cloned().unwrap_or_default();
            for one in before.into_iter().chain([name]) {
                if !self.is_settled(&one) && !open.contains(&one) {
                    open.push(one);
                }
            }
        }
        while !open.is_empty() {
            let is_ready = |name: &String| {
                let before = self.before.get(name).into_iter().flatten();
                before.filter(|one| *one != name).all(|one| self.is_settled(one))
            };
            let (mut ready, later): (Vec<_>, Vec<_>) = open.into_iter().partition(is_ready);
            open = later;
            // Two that need each other are in no such list; if they were, this would end all the same.
            if ready.is_empty() {
                ready = std::mem::take(&mut open);
            }
            let outcomes = self.put(&ready);
            for (name, outcome) in ready.into_iter().zip(outcomes) {
                self.settle(name, outcome);
            }
        }
    }

    fn is_settled(&self, name: &str) -> bool {
        [&self.loaded, &self.absent, &self.broken].iter().any(|set| set.contains(name))
    }

    /// Puts modules that need nothing more into the kernel; what it says of each, nothing where there is no file.
    fn put(&self, names: &[String]) -> Vec<Option<nix::Result<()>>> {
        let one = |name: &String| {
            let told = self.parameters.get(name).cloned().unwrap_or_default();
            let told = CString::new(told).unwrap_or_default();
            let file = File::open(self.folder.join(format!("{name}.ko"))).ok()?;
            Some(finit_module(file, &told, ModuleInitFlags::empty()))
        };
        let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(vec![None; names.len()]));
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(name) = names.get(at) else { return };
                let outcome = one(name);
                outcomes.lock().unwrap_or_else(PoisonError::into_inner)[at] = outcome;
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(names.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&mut self, name: String, outcome: Option<nix::Result<()>>) {
        let set = match outcome {
            Some(Ok(()) | Err(Errno::EEXIST)) => &mut self.loaded,
            // What it needs is not for this machine: Hyper-V's bus elsewhere, for example.
            Some(Err(Errno::ENOENT)) if self.needs_what_is_absent(&name) => &mut self.absent,
            // A symbol that nobody gives, a file of another kernel, a file that is not there.
            Some(Err(Errno::ENOENT | Errno::ENOEXEC | Errno::EINVAL)) | None => &mut self.broken,
            Some(Err(_)) => &mut self.absent,
        };
        set.insert(name);
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

/// A name as the kernel writes it.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// What modules are told by the kernel's command line: `MODULE.PARAMETER=VALUE`, which the kernel leaves to whoever
/// loads them (Linux, `admin-guide/kernel-parameters.rst`). Values in quotes are not known here.
fn parameters(line: &str) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for word in line.split_whitespace() {
        let name = word.split('=').next().unwrap_or_default();
        let Some((module, _)) = name.split_once('.') else { continue };
        let told = out.entry(plain(module)).or_default();
        let space = if told.is_empty() { "" } else { " " };
        *told += &format!("{space}{}", &word[module.len() + 1..]);
    }
    out
}

/// Devices that ask and are on no bus: the processor, and the machine itself.
const ON_NO_BUS: &[&str] = &["devices/system/cpu/modalias", "devices/virtual/dmi/id/modalias"];

/// What all devices ask for, by a sysfs: those on its buses, and [`ON_NO_BUS`]. All of `/sys/devices` is ten times as
/// much to read.
fn modaliases(sys: &Path) -> BTreeSet<String> {
    let inside = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let buses = inside(sys.join("bus")).flat_map(|bus| inside(bus.join("devices")));
    let all = buses.map(|device| device.join("modalias")).chain(ON_NO_BUS.iter().map(|path| sys.join(path)));
    all.filter_map(|path| fs::read_to_string(path).ok()).map(|text| text.trim().to_owned()).collect()
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
    fn devices_are_those_of_this_machine() {
        let folder = std::env::temp_dir().join(format!("stillwatch-devices-{}", std::process::id()));
        let put = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(modaliases(&folder).is_empty());
        put("bus/pci/devices/0000:00:02.0/modalias", "pci:v1\n");
        put("bus/usb/devices/1-0:1.0/modalias", "usb:v2\n");
        put("bus/usb/devices/usb1/uevent", "");
        put("devices/system/cpu/modalias", "cpu:type:x86\n");
        let found = modaliases(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            ["cpu:type:x86", "pci:v1", "usb:v2"]
        );
    }

    #[test]
    fn the_command_line_tells_modules() {
        let line =
            "console=ttyS0 softdog.soft_panic=1 panic=5 i-x.a=1.5 i_x.b=c=d net.ifnames=0 nvme.quiet\n";
        let told = parameters(line);
        let of = |name: &str| told.get(name).map(String::as_str);
        assert_eq!(
            (of("softdog"), of("i_x"), of("nvme")),
            (Some("soft_panic=1"), Some("a=1.5 b=c=d"), Some("quiet"))
        );
        assert_eq!((of("console"), of("panic"), told.len()), (None, None, 4));
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
        assert!(!modules.load_one("no-such"));
        assert_eq!(modules.drop_loaded(), 0);
        fs::remove_dir_all(folder).unwrap();
    }
}
