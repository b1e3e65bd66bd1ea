//! A machine in a folder, with a boot loader that counts as systemd's does.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};

use super::*;
use crate::slots::Tries;
use bundle::testing::{Signer, signed, unsigned};

const LONG: &str = "expires:2099-01-01T00:00:00Z";
const NOW: Time = Time::new(1_795_737_600, 0);

pub struct Machine {
    pub folder: tempfile::TempDir,
    pub signer: Signer,
}

impl Machine {
    /// With 1.2.3, as an image has it.
    fn new() -> Machine {
        let out = Machine { folder: tempfile::tempdir().unwrap(), signer: Signer::new() };
        fs::create_dir_all(out.linux()).unwrap();
        for name in ["efivars", "keys"] {
            fs::create_dir(out.path(name)).unwrap();
        }
        fs::write(out.path("keys/a.pub"), out.signer.public_text()).unwrap();
        out.put("stillwatch-1.2.3.efi", &system("1.2.3"));
        out
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn linux(&self) -> PathBuf {
        self.path("boot/EFI/Linux")
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.linux().join(name), bytes).unwrap();
    }

    fn open(&self, running: &str, ended: &str) -> Updater {
        self.open_on(running, ended, Arc::new(()))
    }

    fn open_on(&self, running: &str, ended: &str, partition: Arc<dyn Partition>) -> Updater {
        let folders = Folders {
            boot: self.path("boot"),
            efivars: self.path("efivars"),
            state: self.path("state/update"),
            keys: self.path("keys"),
        };
        Updater::open(folders, partition, running, "here", ended).unwrap()
    }

    /// A bundle that is in order.
    fn bundle(&self, version: &str) -> Vec<u8> {
        signed(&self.signer, LONG, "here", version, &system(version))
    }

    fn install(&self, updater: &mut Updater, version: &str) {
        let bundle = self.bundle(version);
        let done = updater.install(&mut bundle.as_slice(), Origin::Console, NOW, &mut |_| {});
        assert_eq!(done.unwrap().to_string(), version);
    }

    /// What the loader starts: the version of its file's bytes.
    fn boot(&self) -> String {
        let slot = Slots::new(&self.path("boot")).list().unwrap().remove(0);
        let path = |name: &str| self.linux().join(name);
        let _ = fs::remove_file(self.variable("LoaderBootCountPath"));
        loader::tests::write(&self.path("efivars"), "LoaderEntrySelected", &slot.name);
        let mut name = slot.name.clone();
        if let Some(Tries { left, done }) = slot.entry.tries {
            let tries = Some(Tries { left: left.saturating_sub(1), done: done + 1 });
            name = Entry { tries, ..slot.entry }.to_string();
            fs::rename(path(&slot.name), path(&name)).unwrap();
            let path = format!("\\EFI\\Linux\\{name}");
            loader::tests::write(&self.path("efivars"), "LoaderBootCountPath", &path);
        }
        let bytes = fs::read(path(&name)).unwrap();
        String::from_utf8(bytes[..bytes.iter().position(|byte| *byte == b' ').unwrap()].to_vec()).unwrap()
    }

    fn variable(&self, name: &str) -> PathBuf {
        self.path("efivars").join(format!("{name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"))
    }

    fn names(&self) -> Vec<String> {
        self.everything("boot").into_keys().collect()
    }

    /// Every file under a folder, with its bytes.
    fn everything(&self, under: &str) -> BTreeMap<String, Vec<u8>> {
        fn walk(folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
            for item in fs::read_dir(folder).into_iter().flatten() {
                let path = item.unwrap().path();
                match path.is_dir() {
                    true => walk(&path, out),
                    false => {
                        let name = path.file_name().unwrap().to_string_lossy().into_owned();
                        assert!(out.insert(name, fs::read(&path).unwrap()).is_none());
                    }
                }
            }
        }
        let mut out = BTreeMap::new();
        walk(&self.path(under), &mut out);
        out.remove("lock");
        out
    }
}

/// A system that knows its version.
fn system(version: &str) -> Vec<u8> {
    let mut out = format!("{version} ").into_bytes();
    out.resize(200_000, 0x55);
    out
}

#[test]
fn every_refusal_leaves_everything_as_it_was() {
    let machine = Machine::new();
    // An older record and a bad version are there, and stay.
    machine.put("stillwatch-1.2.2.efi", &system("1.2.2"));
    machine.put("stillwatch-1.2.1+0-3.efi", &system("1.2.1"));
    drop(machine.open("1.2.3", ""));
    let good = machine.bundle("1.2.4");
    let with = |statement: &str, board: &str, version: &str| {
        signed(&machine.signer, statement, board, version, &system(version))
    };
    let changed = |at: usize| {
        let mut bundle = good.clone();
        bundle[at] ^= 1;
        bundle
    };
    let cases = [
        (unsigned("here", "1.2.4", &system("1.2.4")), "is not signed"),
        (signed(&Signer::new(), LONG, "here", "1.2.4", b"x"), "does not know"),
        (changed(600), "does not fit"),
        (with(LONG, "there", "1.2.4"), "is for the board \"there\", this is \"here\""),
        (with(LONG, "here", "1.2.3"), "is the one that runs"),
        (with(LONG, "here", "1.2.2"), "is older than 1.2.3"),
        (with(LONG, "here", "0.0.9"), "the oldest is"),
        (with("expires:2026-11-27T00:00:00Z", "here", "1.2.4"), "held until"),
        (with("timestamp:1", "here", "1.2.4"), "does not state how long"),
        (good[..good.len() - 1].to_vec(), "is cut"),
        (good[..100_000].to_vec(), "is cut"),
        (good[..700].to_vec(), "is cut"),
        (Vec::new(), "is no update bundle"),
        (changed(100_000), "not the one that was signed"),
        ([good.as_slice(), b"more"].concat(), "something follows"),
        (vec![b'x'; 4_096], "is no update bundle"),
    ];
    let before = (machine.everything("boot"), machine.everything("state"));
    for (bundle, words) in cases {
        let mut updater = machine.open("1.2.3", "");
        let failed = updater.install(&mut bundle.as_slice(), Origin::Platform, NOW, &mut |_| {}).unwrap_err();
        assert!(failed.words.contains(words), "{words}: {failed}");
        assert!(failed.words.ends_with("; nothing was changed"), "{failed}");
        assert_eq!(failed.code, Some(ErrorCode::UpdateFailed), "{failed}");
        assert!(!failed.remedy.is_empty() && failed.to_string().starts_with("E20 update failed: "));
        assert!(matches!(updater.state(), UpdateState::Refused { .. }), "{:?}", updater.state());
        assert_eq!((machine.everything("boot"), machine.everything("state")), before, "{words}");
    }
    fs::remove_file(machine.path("keys/a.pub")).unwrap();
    let failed = machine.open("1.2.3", "").install(&mut good.as_slice(), Origin::Usb, NOW, &mut |_| {});
    assert!(failed.unwrap_err().words.contains("built without update keys"));
    assert_eq!((machine.everything("boot"), machine.everything("state")), before);
}

#[test]
fn an_update_is_tried_kept_and_followed_by_one_that_fails() {
    let machine = Machine::new();
    assert_eq!(machine.boot(), "1.2.3");
    let mut updater = machine.open("1.2.3", "");
    assert_eq!((updater.state(), updater.slot().as_str()), (UpdateState::None, "stillwatch-1.2.3.efi"));
    machine.install(&mut updater, "1.2.4");
    assert_eq!(updater.state(), UpdateState::Installed { version: "1.2.4".into() });
    assert_eq!(machine.names(), ["stillwatch-1.2.3.efi", "stillwatch-1.2.4+3.efi"]);

    assert_eq!(machine.boot(), "1.2.4");
    let mut updater = machine.open("1.2.4", "");
    assert_eq!(updater.state(), UpdateState::Trial { version: "1.2.4".into() });
    assert_eq!(updater.slot(), "stillwatch-1.2.4+2-1.efi");
    let early = updater.install(&mut machine.bundle("1.2.5").as_slice(), Origin::Platform, NOW, &mut |_| {});
    assert!(early.unwrap_err().words.contains("is on trial"));
    updater.bless().unwrap();
    assert_eq!(updater.state(), UpdateState::Good { version: "1.2.4".into() });
    assert_eq!(machine.names(), ["stillwatch-1.2.3.efi", "stillwatch-1.2.4.efi"]);
    updater.bless().unwrap();

    assert_eq!(machine.boot(), "1.2.4");
    let mut updater = machine.open("1.2.4", "");
    assert_eq!(updater.before(), Some(Version::new(1, 2, 3)));
    machine.install(&mut updater, "1.2.5");
    for _ in 0..3 {
        assert_eq!(machine.boot(), "1.2.5");
    }
    assert_eq!(machine.boot(), "1.2.4");
    let mut updater = machine.open("1.2.4", "kernel panic");
    let words = "1.2.5 was started 3 times and never came up; the last start ended with: kernel panic";
    let back = UpdateState::RolledBack { version: "1.2.5".into(), words: words.into() };
    assert_eq!(updater.state(), back);
    // The reason outlives the next start.
    assert_eq!(machine.boot(), "1.2.4");
    assert_eq!(machine.open("1.2.4", "").state(), back);

    // The platform does not start that again; a person may.
    let again = machine.bundle("1.2.5");
    let failed = updater.install(&mut again.as_slice(), Origin::Platform, NOW, &mut |_| {}).unwrap_err();
    assert!(failed.words.contains("1.2.5 was tried here and given up"), "{failed}");
    machine.install(&mut updater, "1.2.5");
    // 1.2.3 stays: it is the newest other good one.
    let names = ["stillwatch-1.2.3.efi", "stillwatch-1.2.4.efi", "stillwatch-1.2.5+3.efi"];
    assert_eq!(machine.names(), names);
}

#[test]
fn going_back_takes_the_version_before_and_says_why() {
    let machine = Machine::new();
    let mut updater = machine.open("1.2.3", "");
    let before = machine.everything("boot");
    let failed = updater.roll_back("asked for").unwrap_err();
    assert!(failed.words.contains("no version before 1.2.3"), "{failed}");
    assert_eq!(machine.everything("boot"), before);

    machine.install(&mut updater, "1.2.4");
    assert_eq!(machine.boot(), "1.2.4");
    let mut updater = machine.open("1.2.4", "");
    updater.bless().unwrap();
    // One that waits for its first start is not started either.
    machine.install(&mut updater, "1.2.5");
    assert_eq!(updater.roll_back("asked for at the console").unwrap(), Version::new(1, 2, 3));
    let back = UpdateState::RolledBack { version: "1.2.4".into(), words: "asked for at the console".into() };
    assert_eq!(updater.state(), back);
    assert_eq!(machine.boot(), "1.2.3");
    let mut updater = machine.open("1.2.3", "");
    assert_eq!(updater.state(), back);
    assert!(updater.roll_back("again").is_err(), "there is nothing before it");
    // And on it goes.
    machine.install(&mut updater, "1.2.6");
    assert_eq!(machine.names(), ["stillwatch-1.2.3.efi", "stillwatch-1.2.6+3.efi"]);
    assert_eq!(machine.boot(), "1.2.6");
}

#[test]
fn a_trial_that_rolls_itself_back() {
    let machine = Machine::new();
    machine.install(&mut machine.open("1.2.3", ""), "1.2.4");
    assert_eq!(machine.boot(), "1.2.4");
    machine.open("1.2.4", "").roll_back("the platform was not reached for an hour").unwrap();
    assert_eq!(machine.boot(), "1.2.3");
    let words = "the platform was not reached for an hour".into();
    let back = UpdateState::RolledBack { version: "1.2.4".into(), words };
    assert_eq!(machine.open("1.2.3", "").state(), back);
}

#[test]
fn one_at_a_time() {
    let machine = Machine::new();
    let (mut one, mut two) = (machine.open("1.2.3", ""), machine.open("1.2.3", ""));
    let bundle = machine.bundle("1.2.4");
    let mut asked = false;
    let done = one.install(&mut bundle.as_slice(), Origin::Usb, NOW, &mut |_| {
        if !asked {
            asked = true;
            let failed = two.install(&mut bundle.as_slice(), Origin::Platform, NOW, &mut |_| {}).unwrap_err();
            assert!(failed.words.contains("another update is being installed"), "{failed}");
            assert!(two.roll_back("").is_err());
            // Whoever opens meanwhile does not take the half of it for a left-over.
            machine.open("1.2.3", "");
        }
    });
    assert!(asked && done.is_ok(), "{done:?}");
    assert_eq!(machine.names(), ["stillwatch-1.2.3.efi", "stillwatch-1.2.4+3.efi"]);
}

/// Counts who has it writable.
#[derive(Default)]
struct Counted(AtomicI32, AtomicI32);

impl Partition for Counted {
    fn writable(&self) -> io::Result<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn read_only(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn the_partition_is_writable_only_while_it_must_be() {
    let machine = Machine::new();
    let counted = Arc::new(Counted::default());
    let times = || (counted.0.load(Ordering::SeqCst), counted.1.load(Ordering::SeqCst));
    let mut updater = machine.open_on("1.2.3", "", counted.clone());
    assert_eq!(times(), (0, 0), "all was in order");
    let unsigned = unsigned("here", "1.2.4", b"x");
    updater.install(&mut unsigned.as_slice(), Origin::Usb, NOW, &mut |_| {}).unwrap_err();
    assert_eq!(times(), (0, 0), "refused before");
    let cut = &machine.bundle("1.2.4")[..9_000];
    updater.install(&mut &*cut, Origin::Usb, NOW, &mut |_| {}).unwrap_err();
    machine.install(&mut updater, "1.2.4");
    updater.bless().unwrap();
    assert_eq!(times(), (0, 2));
    machine.put("NEW0.TMP", b"half");
    let updater = machine.open_on("1.2.3", "", counted.clone());
    assert_eq!(times(), (0, 3));
    assert_eq!(updater.notes(), ["an update that was cut short is removed"]);
}

/// A stream that runs something when so much was read.
struct Halfway<'a, F: FnMut()>(&'a [u8], usize, F);

impl<F: FnMut()> Read for Halfway<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.len() < self.1 {
            self.1 = 0;
            (self.2)();
        }
        self.0.read(into)
    }
}

#[test]
fn a_full_disk_is_said_and_changes_nothing() {
    use nix::mount::{MsFlags, mount};
    use nix::sched::{CloneFlags, unshare};
    let none: Option<&str> = None;
    let done = std::thread::spawn(move || {
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        if unshare(CloneFlags::CLONE_NEWNS).and_then(|()| mount(none, "/", none, private, none)).is_err() {
            eprintln!("skipped: a small disk can only be mounted by root");
            return;
        }
        let machine = Machine::new();
        let old = machine.everything("boot");
        let boot = machine.path("boot");
        mount(Some("tmpfs"), &boot, Some("tmpfs"), MsFlags::empty(), Some("size=576k")).unwrap();
        fs::create_dir_all(machine.linux()).unwrap();
        for (name, bytes) in &old {
            machine.put(name, bytes);
        }
        machine.put("stillwatch-1.2.2.efi", &system("1.2.2"));
        let before = machine.everything("boot");
        let mut updater = machine.open("1.2.3", "");
        let install = |updater: &mut Updater, from: &mut dyn Read| {
            updater.install(from, Origin::Usb, NOW, &mut |_| {}).unwrap_err()
        };

        // Far too large, even if all the others went: known from the front.
        let large = signed(&machine.signer, LONG, "here", "1.2.4", &vec![1; 600_000]);
        let failed = install(&mut updater, &mut large.as_slice());
        assert_eq!(failed.code, Some(ErrorCode::Disk), "{failed}");
        assert!(failed.words.contains("needs 585 KiB of the boot partition"), "{failed}");
        assert!(failed.words.ends_with("; nothing was changed"), "{failed}");
        assert_eq!(machine.everything("boot"), before);

        // Room enough without the one before; somebody else takes it meanwhile.
        let bundle = machine.bundle("1.2.4");
        let filler = machine.path("boot/filler");
        let fill = || {
            let full = io::copy(&mut io::repeat(7), &mut File::create(&filler).unwrap()).unwrap_err();
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        };
        let failed = install(&mut updater, &mut Halfway(&bundle, 100_000, fill));
        assert_eq!(failed.code, Some(ErrorCode::Disk), "{failed}");
        assert!(failed.words.contains("is full"), "{failed}");
        assert!(failed.words.ends_with("1.2.3 goes on, stillwatch-1.2.2.efi had to make room and is gone"));
        fs::remove_file(&filler).unwrap();
        assert_eq!(machine.everything("boot"), old);

        // With room again it is installed.
        machine.install(&mut updater, "1.2.4");
        assert_eq!(machine.boot(), "1.2.4");
    });
    done.join().unwrap();
}

#[test]
fn a_state_that_cannot_be_written_stops_an_update_but_no_blessing() {
    let machine = Machine::new();
    machine.install(&mut machine.open("1.2.3", ""), "1.2.4");
    assert_eq!(machine.boot(), "1.2.4");
    fs::remove_dir_all(machine.path("state")).unwrap();
    fs::write(machine.path("state"), "no folder").unwrap();
    let mut updater = machine.open("1.2.4", "");
    assert_eq!(updater.state(), UpdateState::Trial { version: "1.2.4".into() });
    updater.bless().unwrap();
    assert_eq!(machine.names(), ["stillwatch-1.2.3.efi", "stillwatch-1.2.4.efi"]);
    let bundle = machine.bundle("1.2.5");
    let failed = updater.install(&mut bundle.as_slice(), Origin::Usb, NOW, &mut |_| {}).unwrap_err();
    assert_eq!(failed.code, Some(ErrorCode::Disk));
}

#[test]
fn a_machine_without_a_boot_partition_runs() {
    let machine = Machine::new();
    fs::remove_dir_all(machine.path("boot")).unwrap();
    let mut updater = machine.open("1.2.3", "power cut");
    assert_eq!((updater.state(), updater.slot().as_str()), (UpdateState::None, ""));
    updater.bless().unwrap();
    assert!(updater.roll_back("").unwrap_err().words.contains("cannot be read"));
    let bundle = machine.bundle("1.2.4");
    let failed = updater.install(&mut bundle.as_slice(), Origin::Usb, NOW, &mut |_| {}).unwrap_err();
    assert_eq!(failed.code, Some(ErrorCode::Disk), "{failed}");
    // Started from a stick whose version the disk does not run.
    let machine = Machine::new();
    loader::tests::write(&machine.path("efivars"), "LoaderEntrySelected", "stillwatch-1.9.0.efi");
    assert_eq!(machine.open("1.2.3", "").slot(), "");
}
