//! An initramfs: cpio "newc" (kernel's `Documentation/driver-api/early-userspace/buffer-format.rst`),
//! sorted, numbered, without times and owners.

use std::collections::BTreeMap;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File { mode: u32, bytes: Vec<u8> },
    Link(String),
    Device { major: u32, minor: u32 },
}

/// Files of an archive. Folders above them are made.
#[derive(Clone, Debug, Default)]
pub struct Archive(BTreeMap<String, Node>);

impl Archive {
    /// An empty folder.
    pub fn folder(&mut self, path: &str) {
        self.put(path, Node::Folder);
    }

    /// A file; `mode` is its permissions (`0o755`).
    pub fn file(&mut self, path: &str, mode: u32, bytes: impl Into<Vec<u8>>) {
        self.put(path, Node::File { mode, bytes: bytes.into() });
    }

    /// A symbolic link.
    pub fn link(&mut self, path: &str, to: &str) {
        self.put(path, Node::Link(to.into()));
    }

    /// A character device, for root alone.
    pub fn device(&mut self, path: &str, major: u32, minor: u32) {
        self.put(path, Node::Device { major, minor });
    }

    /// Paths with their sizes, for a listing.
    pub fn files(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().filter_map(|(path, node)| match node {
            Node::File { bytes, .. } => Some((path.as_str(), bytes.len())),
            _ => None,
        })
    }

    fn put(&mut self, path: &str, node: Node) {
        let path = path.trim_matches('/');
        for (at, _) in path.match_indices('/') {
            self.0.entry(path[..at].into()).or_insert(Node::Folder);
        }
        self.0.insert(path.into(), node);
    }

    /// The archive's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // A folder sorts before what is in it.
        for (number, (path, node)) in (1..).zip(&self.0) {
            match node {
                Node::Folder => member(&mut out, number, path, 0o040_755, (0, 0), &[]),
                Node::File { mode, bytes } => member(&mut out, number, path, 0o100_000 | mode, (0, 0), bytes),
                Node::Link(to) => member(&mut out, number, path, 0o120_777, (0, 0), to.as_bytes()),
                Node::Device { major, minor } => {
                    member(&mut out, number, path, 0o020_600, (*major, *minor), &[]);
                }
            }
        }
        member(&mut out, 0, "TRAILER!!!", 0, (0, 0), &[]);
        out
    }
}

fn member(out: &mut Vec<u8>, number: u32, name: &str, mode: u32, device: (u32, u32), bytes: &[u8]) {
    let links = if mode & 0o170_000 == 0o040_000 { 2 } else { 1 };
    let size = u32::try_from(bytes.len()).expect("a file of an initramfs is below 4 GiB");
    let name_size = name.len() as u32 + 1;
    // Inode, mode, owner, group, links, time, size, device, device of the node, name, check sum.
    let fields = [number, mode, 0, 0, links, 0, size, 0, 0, device.0, device.1, name_size, 0];
    out.extend(b"070701");
    for field in fields {
        out.extend(format!("{field:08x}").as_bytes());
    }
    out.extend(name.as_bytes());
    out.push(0);
    pad(out);
    out.extend(bytes);
    pad(out);
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Archive {
        let mut archive = Archive::default();
        archive.file("/lib/modules/a.ko", 0o644, *b"module");
        archive.file("init", 0o755, *b"#!");
        archive.folder("proc");
        archive.link("bin/sh", "../init");
        archive.device("dev/console", 5, 1);
        archive
    }

    #[test]
    fn order_of_adding_changes_nothing() {
        let mut other = Archive::default();
        other.device("dev/console", 5, 1);
        other.link("bin/sh", "../init");
        other.folder("proc");
        other.file("init", 0o755, *b"#!");
        other.file("lib/modules/a.ko", 0o644, *b"module");
        assert_eq!(other.to_bytes(), sample().to_bytes());
        assert_eq!(sample().files().collect::<Vec<_>>(), [("init", 2), ("lib/modules/a.ko", 6)]);
    }

    #[test]
    fn a_member_lies_as_the_kernel_says() {
        let bytes = sample().to_bytes();
        assert!(bytes.starts_with(b"070701\x30\x30\x30\x30\x30\x30\x30\x31000041ed"));
        assert!(bytes.len().is_multiple_of(4));
        let at = bytes.windows(12).position(|window| window == b"dev/console\0").unwrap();
        assert_eq!(&bytes[at - 32..at - 16], b"0000000500000001");
    }
}
