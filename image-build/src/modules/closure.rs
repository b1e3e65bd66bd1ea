//! Which modules a board needs: those it names and all that these need, in the order of loading.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use lzma_rust2::XzReader;

use crate::cpio::Archive;
use crate::error::{Error, wrong};
use crate::modules::{Info, plain};
use crate::packages::Member;

/// Folder whose modules are looked through for other names: algorithms of checksums and ciphers, which
/// file systems ask for by name (`crypto-crc32c`).
const ALGORITHMS: &str = "/crypto/";

/// The modules of a kernel, still packed.
#[derive(Debug, Default)]
pub struct Tree {
    /// The kernel's release: `6.12.1+deb13-amd64`.
    pub release: String,
    /// By plain name.
    packed: BTreeMap<String, Member>,
    /// Names of those that are part of the kernel itself.
    built_in: BTreeSet<String>,
    /// Other names of algorithms → modules.
    names: BTreeMap<String, Vec<String>>,
}

/// A board's modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// By plain name: bytes, unpacked.
    pub bytes: BTreeMap<String, Vec<u8>>,
    /// What each says.
    pub info: BTreeMap<String, Info>,
    /// What is loaded before each, in this order.
    pub before: BTreeMap<String, Vec<String>>,
}

impl Tree {
    /// True for the files of a kernel's package that [`Tree::read`] wants.
    pub fn wants(path: &str) -> bool {
        path.contains("lib/modules/") && (path.contains(".ko") || path.ends_with("/modules.builtin"))
    }

    /// From the files of a kernel's package.
    ///
    /// # Errors
    /// There are no modules among them.
    pub fn read(files: Vec<Member>) -> Result<Tree, Error> {
        let mut out = Tree::default();
        for file in files {
            let behind = file.path.split_once("lib/modules/").map(|(_, behind)| behind);
            let Some((release, rest)) = behind.and_then(|behind| behind.split_once('/')) else { continue };
            out.release = release.into();
            let name = |path: &str| {
                let (stem, _) = path.rsplit('/').next().unwrap_or(path).split_once(".ko")?;
                Some(plain(stem))
            };
            if rest == "modules.builtin" {
                out.built_in = String::from_utf8_lossy(&file.bytes).lines().filter_map(name).collect();
            } else if let Some(name) = name(rest) {
                out.packed.insert(name, file);
            }
        }
        if out.packed.is_empty() {
            return Err(wrong("the kernel's package", "holds no modules".into()));
        }
        let algorithms: Vec<String> = out
            .packed
            .iter()
            .filter(|(_, file)| file.path.contains(ALGORITHMS))
            .map(|(name, _)| name.clone())
            .collect();
        for name in algorithms {
            for alias in Info::read(&name, &out.open(&name)?)?.aliases {
                out.names.entry(alias).or_default().push(name.clone());
            }
        }
        Ok(out)
    }

    /// A module's bytes, unpacked.
    fn open(&self, name: &str) -> Result<Vec<u8>, Error> {
        let bad = |why: String| wrong(&format!("the module {name}"), why);
        let file = self.packed.get(name).ok_or_else(|| bad("is not in the kernel's package".into()))?;
        let mut out = Vec::new();
        let read = if file.path.ends_with(".xz") {
            XzReader::new(file.bytes.as_slice(), true).read_to_end(&mut out)
        } else {
            file.bytes.as_slice().read_to_end(&mut out)
        };
        read.map_err(|error| bad(format!("cannot be unpacked: {error}")))?;
        Ok(out)
    }

    /// The modules named, with all that they need.
    ///
    /// # Errors
    /// The kernel has no such module.
    pub fn closure(&self, wanted: &[String]) -> Result<Modules, Error> {
        let mut out = Modules::default();
        for name in wanted.iter().map(|name| plain(name)) {
            if !self.packed.contains_key(&name) && !self.built_in.contains(&name) {
                let why = format!("is not in kernel {}: correct the board's kernel.modules", self.release);
                return Err(wrong(&format!("the module {name}"), why));
            }
            self.take(&name, &mut out, &mut Vec::new())?;
        }
        Ok(out)
    }

    /// Takes one module after all that it needs. `above` are those that wait for it: a kernel's
    /// modules need each other in no circle, but their wishes may.
    fn take(&self, name: &str, out: &mut Modules, above: &mut Vec<String>) -> Result<(), Error> {
        let known = out.before.contains_key(name) || above.iter().any(|one| one == name);
        if known || self.built_in.contains(name) {
            return Ok(());
        }
        let bytes = self.open(name)?;
        let info = Info::read(name, &bytes)?;
        let mut needs: Vec<String> = info.before.iter().flat_map(|wish| self.called(wish)).collect();
        needs.extend(info.depends.iter().cloned());
        above.push(name.into());
        let mut before: Vec<String> = Vec::new();
        for need in needs {
            self.take(&need, out, above)?;
            let above_it = out.before.get(&need).cloned().unwrap_or_default();
            let taken = out.bytes.contains_key(&need).then_some(need);
            for one in above_it.into_iter().chain(taken) {
                if !before.contains(&one) {
                    before.push(one);
                }
            }
        }
        above.pop();
        out.before.insert(name.into(), before);
        out.info.insert(name.into(), info);
        out.bytes.insert(name.into(), bytes);
        Ok(())
    }

    /// Modules of a name or another name; none where the kernel has none: it was a wish.
    fn called(&self, wish: &str) -> Vec<String> {
        let name = plain(wish);
        if self.packed.contains_key(&name) {
            return vec![name];
        }
        let by = |text: &str| self.names.get(text).cloned();
        by(wish).or_else(|| by(&format!("crypto-{wish}"))).unwrap_or_default()
    }
}

impl Modules {
    /// Puts them into an archive: `lib/modules/RELEASE/NAME.ko`, and beside them two lists for whoever
    /// loads them. `modules.dep` has a line a module: itself, a colon, what is loaded before it in
    /// this order. `modules.alias` has lines `alias PATTERN NAME`, as depmod writes them.
    pub fn add_to(&self, archive: &mut Archive, release: &str) {
        let folder = format!("lib/modules/{release}");
        let (mut dep, mut alias) = (String::new(), String::new());
        for (name, bytes) in &self.bytes {
            archive.file(&format!("{folder}/{name}.ko"), 0o644, bytes.clone());
            let before = self.before[name].iter().map(|one| format!(" {one}.ko"));
            dep += &format!("{name}.ko:{}\n", before.collect::<String>());
            for pattern in &self.info[name].aliases {
                alias += &format!("alias {pattern} {name}\n");
            }
        }
        archive.file(&format!("{folder}/modules.dep"), 0o644, dep);
        archive.file(&format!("{folder}/modules.alias"), 0o644, alias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::info::tests::module;

    fn tree() -> Tree {
        let file = |path: &str, bytes: Vec<u8>| Member { path: format!("usr/lib/modules/6.1/{path}"), bytes };
        let modules = [
            ("kernel/fs/ext4.ko", &["depends=jbd2", "softdep=pre: crypto-crc32c nothing"][..]),
            ("kernel/fs/jbd2.ko", &["depends=", "softdep=pre: crc32c"]),
            ("kernel/crypto/crc32c_generic.ko", &["depends=lib-crc", "alias=crypto-crc32c"]),
            ("kernel/lib/lib-crc.ko", &["depends="]),
            ("kernel/drivers/a.ko", &["depends=", "softdep=pre: b", "alias=pci:1*"]),
            ("kernel/drivers/b.ko", &["depends=", "softdep=pre: a"]),
        ];
        let mut files: Vec<Member> = modules.iter().map(|(path, lines)| file(path, module(lines))).collect();
        files.push(file("modules.builtin", b"kernel/drivers/virtio/virtio-pci.ko\n".to_vec()));
        Tree::read(files).unwrap()
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).into()).collect()
    }

    #[test]
    fn all_that_is_needed_comes_first() {
        let modules = tree().closure(&words(&["ext4", "virtio_pci"])).unwrap();
        assert_eq!(modules.before["ext4"], ["lib_crc", "crc32c_generic", "jbd2"]);
        assert_eq!(modules.bytes.len(), 4);
        let mut archive = Archive::default();
        modules.add_to(&mut archive, "6.1");
        let bytes = archive.to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("ext4.ko: lib_crc.ko crc32c_generic.ko jbd2.ko\n"), "{text}");
        assert!(text.contains("lib_crc.ko:\n") && text.contains("alias crypto-crc32c crc32c_generic\n"));
    }

    #[test]
    fn wishes_in_a_circle_end() {
        let modules = tree().closure(&words(&["a"])).unwrap();
        assert_eq!(
            (modules.before["a"].as_slice(), modules.before["b"].as_slice()),
            (&words(&["b"])[..], &[][..])
        );
    }

    #[test]
    fn a_module_that_is_not_there_is_named() {
        let error = tree().closure(&words(&["ext5"])).unwrap_err().to_string();
        assert_eq!(error, "the module ext5 is not in kernel 6.1: correct the board's kernel.modules");
        assert!(Tree::read(Vec::new()).unwrap_err().to_string().contains("holds no modules"));
    }
}
