//! What the kernel says (`/dev/kmsg`, `Documentation/ABI/testing/dev-kmsg` of the kernel).

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::libc::{O_NONBLOCK, c_int};

/// Least urgent level that is noted: warnings (syslog(2)).
const LEVEL: u32 = 4;

/// Reads the kernel's messages.
#[derive(Debug)]
pub struct Kmsg(File);

impl Kmsg {
    /// From the first message that is still kept.
    ///
    /// # Errors
    /// What the system says.
    pub fn open() -> std::io::Result<Kmsg> {
        let flags: c_int = O_NONBLOCK;
        Ok(Kmsg(File::options().read(true).custom_flags(flags).open("/dev/kmsg")?))
    }

    /// Messages that are worth a line in the log.
    pub fn next(&mut self) -> Vec<String> {
        let (mut lines, mut buffer) = (Vec::new(), [0; 8_192]);
        for _ in 0..256 {
            match self.0.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => lines.extend(line(&String::from_utf8_lossy(&buffer[..length]))),
                // Overwritten before it was read: the next one is there.
                Err(error) if error.raw_os_error() == Some(nix::libc::EPIPE) => {}
                Err(_) => break,
            }
        }
        lines
    }
}

impl AsFd for Kmsg {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `LEVEL,NUMBER,MICROSECONDS,…;TEXT`.
fn line(record: &str) -> Option<String> {
    let (head, text) = record.split_once(';')?;
    let level = head.split(',').next()?.parse::<u32>().ok()? & 7;
    let text = text.lines().next()?;
    (level <= LEVEL).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn warnings_and_worse_are_noted() {
        let record = "3,120,5140900,-;Out of memory: Killed process 77 (sensor)\n SUBSYSTEM=x\n";
        assert_eq!(line(record).unwrap(), "Out of memory: Killed process 77 (sensor)");
        assert_eq!(line("6,1,0,-;Linux version 6"), None);
        assert_eq!(line("nonsense"), None);
    }
}
