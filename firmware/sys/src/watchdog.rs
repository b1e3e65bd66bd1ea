//! The watchdog: restarts the machine unless it hears a sign of life in time
//! (`Documentation/watchdog/watchdog-api.rst` of the kernel).
#![expect(unsafe_code, reason = "the time limit is set by an ioctl")]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Where the kernel describes watchdogs.
const CLASS: &str = "/sys/class/watchdog";

/// The machine was restarted by it (`WDIOF_CARDRESET`).
const CARD_RESET: u32 = 0x20;

mod ioctl {
    nix::ioctl_readwrite!(set_timeout, b'W', 6, libc::c_int);
}

/// A watchdog that is armed. Dropping it does not disarm it: who forgets to feed it is restarted.
#[derive(Debug)]
pub struct Watchdog {
    device: File,
    /// What it is, as its driver says (`i6300ESB timer`).
    pub name: String,
    /// Seconds without a sign of life until it restarts the machine, as the device took them.
    pub seconds: u32,
}

/// Names of the watchdogs there are (`watchdog0`), in order.
pub fn all() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(CLASS)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// True when the device says that the last start was its doing.
pub fn restarted_us(name: &str) -> bool {
    let text = fs::read_to_string(Path::new(CLASS).join(name).join("bootstatus")).unwrap_or_default();
    text.trim().parse::<u32>().is_ok_and(|status| status & CARD_RESET != 0)
}

impl Watchdog {
    /// Arms the watchdog of that name.
    ///
    /// # Errors
    /// There is none, or somebody else has it.
    pub fn arm(name: &str, seconds: u32) -> io::Result<Watchdog> {
        use std::os::fd::AsRawFd;
        let device = File::options().write(true).open(Path::new("/dev").join(name))?;
        let mut taken = libc::c_int::try_from(seconds).unwrap_or(60);
        // SAFETY: the kernel reads and writes one int. A device that cannot be set keeps its own time.
        let _ = unsafe { ioctl::set_timeout(device.as_raw_fd(), &raw mut taken) };
        let identity = fs::read_to_string(Path::new(CLASS).join(name).join("identity")).unwrap_or_default();
        let seconds = u32::try_from(taken).unwrap_or(seconds);
        Ok(Watchdog { device, name: identity.trim().to_owned(), seconds })
    }

    /// A sign of life.
    ///
    /// # Errors
    /// What the device says.
    pub fn feed(&mut self) -> io::Result<()> {
        self.device.write_all(b"1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_armed() {
        assert!(Watchdog::arm("no-such-watchdog", 30).is_err());
        assert!(!restarted_us("no-such-watchdog"));
        assert!(all().iter().all(|name| name.starts_with("watchdog")));
    }
}
