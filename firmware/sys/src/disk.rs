//! How full a file system is (statvfs(3)).

use std::io;
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Used and present, in KiB, of the file system that holds a path.
///
/// # Errors
/// What the system says of the path.
pub fn used(path: &Path) -> io::Result<[u64; 2]> {
    let seen = statvfs(path)?;
    let kib = |blocks: u64| (u128::from(blocks) * u128::from(seen.fragment_size()) / 1_024) as u64;
    let (all, free) = (seen.blocks(), seen.blocks_available());
    Ok([kib(all.saturating_sub(free)), kib(all)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_a_size() {
        let [used, all] = used(Path::new("/")).unwrap();
        assert!(used <= all && all > 0);
        assert!(super::used(Path::new("/no/such/place")).is_err());
    }
}
