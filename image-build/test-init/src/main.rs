//! PID 1 of a machine that only tests boot: loads what the machine's devices ask for, then every other module of
//! the board, looks at what should be there, says so on the first serial line, and switches off. The
//! product's PID 1 is another program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use nix::errno::Errno;
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};

fn main() {
    let none: Option<&str> = None;
    for (kind, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys")] {
        let _ = mount(none, at, Some(kind), MsFlags::empty(), none);
    }
    let Ok(mut serial) = File::options().write(true).open("/dev/ttyS0") else { return };
    let mut say = |text: String| {
        let _ = writeln!(serial, "test-init: {text}");
    };
    say(format!("kernel {}", read("/proc/sys/kernel/osrelease")));
    let mut modules = Modules::read();
    // A bus that was found shows devices that ask for more.
    while modules.by_alias() {}
    say(format!("by alias: {}", words(modules.loaded.iter())));
    modules.all();
    say(format!("modules: {} loaded, {} without a device here", modules.loaded.len(), modules.absent.len()));
    say(format!("broken modules: {}", words(modules.broken.iter())));
    say(format!("ports: {}", ports()));
    say(format!("boot partition: {}", boot_partition()));
    say(format!("state: {}", state()));
    say(format!("watchdogs: {}", words(names("/sys/class/watchdog").iter())));
    say(format!("board: {}", read("/etc/stillwatch/board.toml").lines().next().unwrap_or("").to_owned()));
    say(format!("command line: {}", read("/proc/cmdline")));
    say("done".into());
    let _ = reboot(RebootMode::RB_POWER_OFF);
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut out: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    out.sort();
    out
}

fn words<'a>(words: impl Iterator<Item = &'a String>) -> String {
    words.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Network ports with their drivers.
fn ports() -> String {
    let driver = |port: &String| {
        let link = fs::read_link(format!("/sys/class/net/{port}/device/driver")).ok()?;
        Some(format!("{port}={}", link.file_name()?.to_string_lossy()))
    };
    names("/sys/class/net").iter().filter_map(driver).collect::<Vec<_>>().join(" ")
}

/// Mounts a partition by its name, as the appliance would; in words, what is wrong.
fn mounted(name: &str, at: &str, kind: &str, flags: MsFlags) -> Result<(), String> {
    // Disks are looked for in the background: wait for the event itself, the partition's appearing,
    // for as long as a slow machine may take.
    for _ in 0..100 {
        for block in names("/sys/class/block") {
            let about = read(&format!("/sys/class/block/{block}/uevent"));
            if !about.lines().any(|line| line.strip_prefix("PARTNAME=") == Some(name)) {
                continue;
            }
            let (none, device): (Option<&str>, _) = (None, format!("/dev/{block}"));
            let done = mount(Some(device.as_str()), at, Some(kind), flags, none);
            return done.map_err(|error| format!("{device}: {error}"));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err("not found".into())
}

fn boot_partition() -> String {
    match mounted("stillwatch-boot", "/boot", "vfat", MsFlags::MS_RDONLY) {
        Ok(()) => words(names("/boot/EFI/Linux").iter()),
        Err(error) => error,
    }
}

/// Writes to the state and reads it back after the file system was taken off and on again.
fn state() -> String {
    let on = || mounted("stillwatch-state", "/state", "ext4", MsFlags::empty());
    let off = || nix::mount::umount("/state").map_err(|error| error.to_string());
    let kept = || -> Result<String, String> {
        on()?;
        fs::write("/state/kept", "kept").map_err(|error| error.to_string())?;
        off()?;
        on()?;
        let text = read("/state/kept");
        off().map(|()| text)
    };
    kept().unwrap_or_else(|error| error)
}

/// The image's modules and what became of them.
struct Modules {
    folder: String,
    before: BTreeMap<String, Vec<String>>,
    aliases: Vec<(String, String)>,
    loaded: BTreeSet<String>,
    /// The machine has nothing for them.
    absent: BTreeSet<String>,
    /// They lack something, or are no modules of this kernel.
    broken: BTreeSet<String>,
}

impl Modules {
    fn read() -> Modules {
        let folder = format!("/lib/modules/{}", read("/proc/sys/kernel/osrelease"));
        let stem = |word: &str| word.trim_end_matches(".ko").to_owned();
        let dep = read(&format!("{folder}/modules.dep"));
        let before = dep.lines().filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            Some((stem(name), rest.split_whitespace().map(stem).collect()))
        });
        let alias = read(&format!("{folder}/modules.alias"));
        let aliases = alias.lines().filter_map(|line| {
            let (pattern, name) = line.strip_prefix("alias ")?.rsplit_once(' ')?;
            Some((pattern.to_owned(), name.to_owned()))
        });
        Modules {
            before: before.collect(),
            aliases: aliases.collect(),
            folder,
            loaded: BTreeSet::new(),
            absent: BTreeSet::new(),
            broken: BTreeSet::new(),
        }
    }

    /// Loads what devices ask for; true when there was something new.
    fn by_alias(&mut self) -> bool {
        let mut wanted = BTreeSet::new();
        let mut folders = vec![Path::new("/sys/devices").to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                } else if entry.file_name() == "modalias" {
                    let asked = fs::read_to_string(entry.path()).unwrap_or_default();
                    let fits = self
                        .aliases
                        .iter()
                        .filter(|(pattern, _)| fits(pattern.as_bytes(), asked.trim().as_bytes()));
                    wanted.extend(fits.map(|(_, name)| name.clone()));
                }
            }
        }
        let tried = self.loaded.len() + self.absent.len() + self.broken.len();
        wanted.iter().for_each(|name| self.load(name));
        self.loaded.len() + self.absent.len() + self.broken.len() > tried
    }

    fn needs_what_is_absent(&self, name: &str) -> bool {
        self.before.get(name).is_some_and(|before| before.iter().any(|one| self.absent.contains(one)))
    }

    fn all(&mut self) {
        let names: Vec<String> = self.before.keys().cloned().collect();
        names.iter().for_each(|name| self.load(name));
    }

    fn load(&mut self, name: &str) {
        let order = self.before.get(name).cloned().unwrap_or_default();
        for one in order.iter().map(String::as_str).chain([name]) {
            if [&self.loaded, &self.absent, &self.broken].iter().any(|set| set.contains(one)) {
                continue;
            }
            let file = File::open(format!("{}/{one}.ko", self.folder));
            let done = file.map(|file| finit_module(file, c"", ModuleInitFlags::empty()));
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
