//! Fetches packages with the machine's own apt, but with state folders of our own: another suite than
//! the machine's, and nothing of it is installed or remembered there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::lock::{Lock, Pin};
use crate::seed::hex;

/// What apt may trust.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// apt with folders of its own, and the packages that it fetched.
#[derive(Debug)]
pub struct Apt {
    home: PathBuf,
    sources: String,
    updated: bool,
}

impl Apt {
    /// Keeps everything under `home`, also the packages; `sources` are the lines of [`sources`].
    pub fn new(home: &Path, sources: String) -> Apt {
        Apt { home: home.into(), sources, updated: false }
    }

    /// Where a package's file is kept.
    fn kept(&self, pin: &Pin) -> PathBuf {
        self.home.join("packages").join(pin.file())
    }

    /// The bytes of a package: from the folder, without a network, where they are there already.
    ///
    /// # Errors
    /// It cannot be fetched, is no longer there, or is another file than the lock says.
    pub fn fetch(&mut self, pin: &Pin, suite: &str) -> Result<Vec<u8>> {
        let kept = self.kept(pin);
        if let Ok(bytes) = fs::read(&kept)
            && hex(&Sha256::digest(&bytes)) == pin.sha256
        {
            return Ok(bytes);
        }
        self.update()?;
        let Pin { name, version, .. } = pin;
        let exact = format!("{name}={version}");
        if !self.run("apt-cache", &["show", &exact])?.1 {
            bail!(
                "{name} {version} is no longer in {suite}: the lock's package has vanished. \
                 Move the lock to what is there now with `cargo xtask image --move-lock`, and say so in the commit"
            );
        }
        // Into a folder of its own: a broken download is never taken for a package.
        let fresh = tempfile_in(&self.home)?;
        let done = self.run_in(&fresh, "apt-get", &["download", &exact])?;
        let bytes = fs::read(fresh.join(pin.file()))
            .with_context(|| format!("fetching {exact}: {}", done.0.trim()))?;
        let sum = hex(&Sha256::digest(&bytes));
        if sum != pin.sha256 {
            bail!("{exact} is another file than the lock says: SHA-256 {sum}, not {}", pin.sha256);
        }
        fs::create_dir_all(self.home.join("packages"))?;
        fs::rename(fresh.join(pin.file()), &kept).with_context(|| format!("keeping {}", kept.display()))?;
        fs::remove_dir_all(&fresh)?;
        Ok(bytes)
    }

    /// `lock` with the newest versions of what its packages follow.
    ///
    /// # Errors
    /// Nothing can be fetched, or apt does not know one of them.
    pub fn newest(&mut self, lock: &Lock) -> Result<Lock> {
        self.update()?;
        let mut out = lock.clone();
        for pin in &mut out.packages {
            let meta = self.show(&pin.follows)?;
            // A package that only depends on a kernel names it with its ABI.
            let depends = value(&meta, "Depends").unwrap_or("");
            let real = depends.split([' ', ',']).next().filter(|name| name.starts_with("linux-image-"));
            let shown = match real {
                Some(real) => self.show(real)?,
                None => meta.clone(),
            };
            let field = |key: &str| {
                value(&shown, key)
                    .map(str::to_owned)
                    .with_context(|| format!("apt tells no {key} of {}", pin.follows))
            };
            let (name, version, sha256) = (field("Package")?, field("Version")?, field("SHA256")?);
            // `linux-signed-amd64 (6.12.1+1)`; without it, name and version are the package's own.
            let source = value(&shown, "Source").unwrap_or(&name);
            let source = match source.split_once(" (") {
                Some((source, other)) => format!("{source} {}", other.trim_end_matches(')')),
                None => format!("{source} {version}"),
            };
            *pin =
                Pin { role: pin.role.clone(), follows: pin.follows.clone(), name, version, source, sha256 };
        }
        Ok(out)
    }

    fn show(&self, name: &str) -> Result<String> {
        match self.run("apt-cache", &["show", "--no-all-versions", name])? {
            (said, true) => Ok(said),
            (said, false) => bail!("apt knows no package {name}: {}", said.trim()),
        }
    }

    /// Fetches the lists, once.
    fn update(&mut self) -> Result<()> {
        if self.updated {
            return Ok(());
        }
        for folder in ["lists/partial", "cache/archives/partial", "parts", "packages"] {
            let path = self.home.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        }
        fs::write(self.home.join("status"), "")?;
        fs::write(self.home.join("parts/image.sources"), &self.sources)?;
        match self.run("apt-get", &["update", "-q", "--error-on=any"])? {
            (_, true) => self.updated = true,
            (said, false) => {
                bail!("apt-get update failed, and what is needed is not kept yet:\n{}", said.trim())
            }
        }
        Ok(())
    }

    fn run(&self, program: &str, args: &[&str]) -> Result<(String, bool)> {
        self.run_in(&self.home, program, args)
    }

    fn run_in(&self, folder: &Path, program: &str, args: &[&str]) -> Result<(String, bool)> {
        let home = self.home.canonicalize().with_context(|| format!("opening {}", self.home.display()))?;
        let home = home.display();
        let options = [
            "Dir::Etc::SourceList=/dev/null".to_owned(),
            format!("Dir::Etc::SourceParts={home}/parts"),
            format!("Dir::State::Lists={home}/lists"),
            format!("Dir::State::status={home}/status"),
            format!("Dir::Cache={home}/cache"),
            "APT::Architecture=amd64".into(),
            "APT::Architectures::=amd64".into(),
            "Acquire::Languages=none".into(),
            // The folders are ours alone, so apt's other user may not write there.
            "APT::Sandbox::User=root".into(),
        ];
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C").args(options.iter().flat_map(|option| ["-o", option]));
        let done =
            command.args(args).output().with_context(|| format!("running {program} (it is Debian's)"))?;
        let said =
            [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Ok((said, done.status.success()))
    }
}

/// A new folder in `home`.
fn tempfile_in(home: &Path) -> Result<PathBuf> {
    let path = home.join(format!("fresh-{}", std::process::id()));
    fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
    Ok(path)
}

/// The first value of a key in apt's answer.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

/// Sources of `suite` from where this machine gets its own Debian packages: its configuration under
/// `etc` (`/etc`), with the suite in place of its own.
///
/// # Errors
/// It is no Debian machine, or none of its sources is Debian's.
pub fn sources(etc: &Path, suite: &str) -> Result<String> {
    let release = fs::read_to_string(etc.join("os-release")).unwrap_or_default();
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let codename =
        codename.context("this machine does not say which Debian it is; build images on Debian")?;
    let mut text = fs::read_to_string(etc.join("apt/sources.list")).unwrap_or_default() + "\n\n";
    let mut parts: Vec<PathBuf> = fs::read_dir(etc.join("apt/sources.list.d"))
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    parts.sort();
    for part in parts {
        text += &(fs::read_to_string(part).unwrap_or_default() + "\n\n");
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |uri: &str, own: &str| {
        // The suite itself, its updates, its security; not backports.
        let Some(tail) =
            own.strip_prefix(codename).filter(|tail| ["", "-updates", "-security"].contains(tail))
        else {
            return;
        };
        let pair = (uri.to_owned(), format!("{suite}{tail}"));
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    };
    for stanza in text.split("\n\n") {
        for line in stanza.lines().filter_map(|line| line.strip_prefix("deb ")) {
            let mut words =
                line.split_whitespace().skip_while(|word| word.starts_with('[') || word.ends_with(']'));
            if let (Some(uri), Some(own)) = (words.next(), words.next()) {
                add(uri, own);
            }
        }
        let words = |key: &str| value(stanza, key).unwrap_or("").split_whitespace();
        for uri in words("URIs") {
            words("Suites").for_each(|own| add(uri, own));
        }
    }
    if pairs.is_empty() {
        bail!(
            "no source of {codename} is set under {}/apt: there is nowhere to fetch packages from",
            etc.display()
        );
    }
    let stanza = |(uri, suite): &(String, String)| {
        format!("Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n\n")
    };
    Ok(pairs.iter().map(stanza).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(bytes: &[u8]) -> Pin {
        let text = |text: &str| text.to_owned();
        let sha256 = hex(&Sha256::digest(bytes));
        Pin {
            role: text("boot"),
            follows: text("a"),
            name: text("a"),
            version: text("1:2"),
            source: text("a 1"),
            sha256,
        }
    }

    #[test]
    fn a_kept_package_needs_no_network() {
        let home = tempfile::tempdir().unwrap();
        let packages = home.path().join("packages");
        fs::create_dir(&packages).unwrap();
        fs::write(packages.join("a_1%3a2_amd64.deb"), "deb").unwrap();
        let mut apt = Apt::new(home.path(), String::new());
        assert_eq!(apt.fetch(&pin(b"deb"), "trixie").unwrap(), b"deb");
        assert!(!home.path().join("lists").exists(), "no list was fetched");
    }

    #[test]
    fn sources_are_the_machines_own_with_another_suite() {
        let etc = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = etc.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
        assert!(sources(etc.path(), "trixie").unwrap_err().to_string().contains("nowhere to fetch"));
        write(
            "apt/sources.list",
            "deb [arch=amd64] http://one.test/debian bookworm main\ndeb http://one.test/debian bookworm-backports main\n",
        );
        write(
            "apt/sources.list.d/debian.sources",
            "Types: deb\n# note\nURIs: http://two.test/debian\nSuites: bookworm bookworm-updates\n\nTypes: deb\nURIs: http://other.test\nSuites: nodistro\n",
        );
        let text = sources(etc.path(), "trixie").unwrap();
        let named: Vec<&str> =
            text.lines().filter(|line| line.starts_with("URIs") || line.starts_with("Suites")).collect();
        assert_eq!(
            named,
            [
                "URIs: http://one.test/debian",
                "Suites: trixie",
                "URIs: http://two.test/debian",
                "Suites: trixie",
                "URIs: http://two.test/debian",
                "Suites: trixie-updates",
            ]
        );
    }

    #[test]
    fn without_a_network_it_says_what_is_missing() {
        let home = tempfile::tempdir().unwrap();
        if Command::new("apt-get").arg("--version").output().is_err() {
            eprintln!("skipped: this is no Debian machine");
            return;
        }
        // A folder that is not there stands for a source that cannot be reached.
        let none = home.path().join("none");
        let sources = format!(
            "Types: deb\nURIs: file://{}\nSuites: trixie\nComponents: main\nTrusted: yes\n",
            none.display()
        );
        let error = Apt::new(home.path(), sources).fetch(&pin(b"deb"), "trixie").unwrap_err().to_string();
        assert!(error.contains("apt-get update failed"), "{error}");
    }

    #[test]
    fn a_pin_that_vanished_says_how_to_move_on() {
        let (home, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        if Command::new("apt-get").arg("--version").output().is_err() {
            eprintln!("skipped: this is no Debian machine");
            return;
        }
        // A source with no package in it: a flat one, an empty list.
        fs::write(source.path().join("Packages"), "").unwrap();
        let sources =
            format!("Types: deb\nURIs: file://{}\nSuites: ./\nTrusted: yes\n", source.path().display());
        let error = Apt::new(home.path(), sources).fetch(&pin(b"deb"), "trixie").unwrap_err().to_string();
        assert!(error.contains("no longer in trixie") && error.contains("--move-lock"), "{error}");
    }
}
