//! What the kernel unpacks into memory: PID 1, the modules, and a few words of configuration. There is
//! no other root.

use board::Board;

use crate::cpio::Archive;
use crate::modules::Modules;

/// Folders that PID 1 mounts something on.
const MOUNTS: &[&str] = &["boot", "dev", "mnt", "proc", "run", "state", "sys", "tmp"];

/// glibc looks names up by these two, which are linked in; another would be a file that is not there.
const NSSWITCH: &str = "passwd: files\ngroup: files\nhosts: files dns\n";

/// What goes in.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// The machine.
    pub board: &'a Board,
    /// The product's version.
    pub version: &'a str,
    /// PID 1: a static program.
    pub init: &'a [u8],
    /// Public keys of those whose updates it installs: name, bytes.
    pub keys: &'a [(String, Vec<u8>)],
    /// The kernel's release.
    pub release: &'a str,
    /// The board's modules.
    pub modules: &'a Modules,
    /// The state's file system as it begins, packed (zstd).
    pub state: &'a [u8],
}

/// What `/etc/os-release` says; also what systemd-boot shows and sorts by.
pub fn os_release(version: &str, title: &str) -> String {
    let title = title.replace(['"', '\\', '$', '`'], "");
    format!(
        "ID=stillwatch\nNAME=Stillwatch\nVERSION_ID={version}\nIMAGE_VERSION={version}\n\
         PRETTY_NAME=\"Stillwatch {version}\"\nVARIANT=\"{title}\"\n"
    )
}

impl Root<'_> {
    /// All of it, not yet packed.
    pub fn archive(&self) -> Archive {
        let mut out = Archive::default();
        for folder in MOUNTS {
            out.folder(folder);
        }
        // What the kernel gives PID 1 as its input and output before anything is mounted.
        out.device("dev/console", 5, 1);
        out.device("dev/null", 1, 3);
        out.file("init", 0o755, self.init);
        out.file("etc/os-release", 0o644, os_release(self.version, &self.board.title));
        out.file("etc/nsswitch.conf", 0o644, NSSWITCH);
        out.file("etc/hosts", 0o644, "127.0.0.1 localhost\n::1 localhost\n");
        out.file("etc/passwd", 0o644, "root:x:0:0::/:\n");
        out.file("etc/group", 0o644, "root:x:0:\n");
        out.file("etc/stillwatch/board.toml", 0o644, self.board.to_text());
        for (name, bytes) in self.keys {
            out.file(&format!("etc/stillwatch/keys/{name}"), 0o644, bytes.clone());
        }
        out.file("lib/stillwatch/state.ext4.zst", 0o644, self.state);
        self.modules.add_to(&mut out, self.release);
        out
    }
}

/// Packs an archive as the kernel unpacks it: one zstd frame with a window that its decoder has
/// room for.
///
/// # Errors
/// None but the packer's.
pub fn pack(archive: &Archive) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 19)?;
    // 8 MiB.
    encoder.window_log(23)?;
    encoder.include_checksum(true)?;
    std::io::Write::write_all(&mut encoder, &archive.to_bytes())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_pid_1_reads() {
        let board = board::boards().board("virtual-kvm").unwrap();
        let modules = Modules::default();
        let root = Root {
            board: &board,
            version: "1.2.3",
            init: b"ELF",
            keys: &[("a.pub".into(), b"key".to_vec())],
            release: "6.1",
            modules: &modules,
            state: b"",
        };
        let archive = root.archive();
        let files: Vec<&str> = archive.files().map(|(path, _)| path).collect();
        for path in [
            "init",
            "etc/os-release",
            "etc/stillwatch/board.toml",
            "etc/stillwatch/keys/a.pub",
            "lib/modules/6.1/modules.alias",
        ] {
            assert!(files.contains(&path), "{path}: {files:?}");
        }
        let packed = pack(&archive).unwrap();
        assert_eq!(zstd::decode_all(packed.as_slice()).unwrap(), archive.to_bytes());
        assert!(os_release("1", "a \"b\"$").ends_with("VARIANT=\"a b\"\n"));
    }
}
