//! Loads the kernel modules that the machine's devices ask for (`docs/image.md`: one folder
//! with `NAME.ko`, `modules.dep` and `modules.alias`).

mod devices;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};

use nix::errno::Errno;

use self::devices::fits;
use self::work::Work;

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

    /// Loads what devices ask for, first, and those of these names, until nothing new is asked: a bus that is found
    /// shows devices that ask for more. `skip` are left alone.
    pub fn by_devices<'a>(&mut self, skip: &[String], names: impl IntoIterator<Item = &'a str>) {
        let named = self.known(names);
        self.work(named, Some(skip));
    }

    /// Loads what fits one device; true when something new was.
    pub fn by_alias(&mut self, alias: &str, skip: &[String]) -> bool {
        let tried = self.tried();
        let wanted: Vec<String> = self.fitting(alias, skip).map(str::to_owned).collect();
        self.work(wanted, None);
        self.tried() > tried
    }

    /// What fits one device, of what is not settled yet: patterns are many.
    fn fitting<'a>(&'a self, alias: &'a str, skip: &'a [String]) -> impl Iterator<Item = &'a str> {
        let fitting = self.aliases.iter().filter(move |(pattern, name)| {
            !self.loaded.contains(name)
                && fits(pattern.as_bytes(), alias.as_bytes())
                && !skip.iter().any(|one| plain(one) == *name)
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
        let named = self.known(names);
        self.work(named, None);
    }

    /// Those of these names that there are.
    fn known<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        names.into_iter().map(plain).filter(|name| self.before.contains_key(name)).collect()
    }

    /// Loads these and all they need, and with `skip` what devices ask for but that, by as many threads as there are
    /// processors: much of the work is the check of a signature, and a driver waits for its device.
    fn work(&mut self, names: Vec<String>, skip: Option<&[String]>) {
        if names.is_empty() && skip.is_none() {
            return;
        }
        let work = Mutex::new(Work::new(self, names, skip));
        let settled = Condvar::new();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 1..threads {
                let _ = std::thread::Builder::new().spawn_scoped(scope, || Work::join(&work, &settled));
            }
            Work::join(&work, &settled);
        });
    }

    fn is_settled(&self, name: &str) -> bool {
        [&self.loaded, &self.absent, &self.broken].iter().any(|set| set.contains(name))
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

    /// Where a module is, and what it is told.
    fn file(&self, name: &str) -> (PathBuf, CString) {
        let told = self.parameters.get(name).cloned().unwrap_or_default();
        (self.folder.join(format!("{name}.ko")), CString::new(told).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

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
