//! The name of this machine (hostname(7)).

use std::io;

/// The name; what is not UTF-8 in it is replaced.
///
/// # Errors
/// What the kernel says.
pub fn get() -> io::Result<String> {
    Ok(nix::unistd::gethostname()?.to_string_lossy().into_owned())
}

/// Sets it; at most 64 bytes.
///
/// # Errors
/// What the kernel says: `EPERM` without `CAP_SYS_ADMIN`, `EINVAL` when it is too long.
pub fn set(name: &str) -> io::Result<()> {
    Ok(nix::unistd::sethostname(name)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_one() {
        assert!(!super::get().unwrap().is_empty());
        // Too long for anyone, so that no machine is renamed by its tests.
        assert!(super::set(&"x".repeat(65)).is_err());
    }
}
