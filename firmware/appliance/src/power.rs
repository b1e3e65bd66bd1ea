//! A wish to restart or to switch off: any part writes it down and tells PID 1, which does it in order.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Switch off instead of restarting.
    pub off: bool,
    /// Why.
    pub reason: String,
}

fn path() -> PathBuf {
    Path::new(crate::paths::RUN).join("power")
}

/// Asks PID 1.
pub fn ask(off: bool, reason: &str) -> bool {
    let word = if off { "off" } else { "restart" };
    fs::write(path(), format!("{word} {reason}")).is_ok() && kill(Pid::from_raw(1), Signal::SIGUSR1).is_ok()
}

/// What was asked, for PID 1.
pub fn asked() -> Option<Wish> {
    let text = fs::read_to_string(path()).ok()?;
    let _ = fs::remove_file(path());
    read(&text)
}

fn read(text: &str) -> Option<Wish> {
    let (word, reason) = text.split_once(' ').unwrap_or((text, ""));
    let off = match word {
        "off" => true,
        "restart" => false,
        _ => return None,
    };
    Some(Wish { off, reason: reason.trim().to_owned() })
}

/// A key's event (`EV_KEY`) and the power key (`KEY_POWER`, `linux/input-event-codes.h`).
const POWER: (u16, u16) = (1, 116);
/// `struct input_event`: a time of 16 bytes, type, code, value.
const EVENT: usize = 24;

/// Everything that may have a power button: ACPI's own, and what a hypervisor presses.
#[derive(Debug, Default)]
pub struct Buttons(Vec<(PathBuf, File)>);

impl Buttons {
    /// Looks for new ones.
    pub fn look(&mut self) {
        for entry in fs::read_dir("/dev/input").into_iter().flatten().flatten() {
            let path = entry.path();
            let event = entry.file_name().to_string_lossy().starts_with("event");
            if !event || self.0.iter().any(|(known, _)| *known == path) {
                continue;
            }
            let file = File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(&path);
            self.0.extend(file.map(|file| (path, file)));
        }
    }

    /// What there is to wait for.
    pub fn waits_on(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.0.iter().map(|(_, file)| file.as_fd())
    }

    /// True when somebody pressed one.
    pub fn pressed(&mut self) -> bool {
        let mut pressed = false;
        self.0.retain_mut(|(_, file)| {
            let mut buffer = [0; EVENT * 64];
            loop {
                match file.read(&mut buffer) {
                    Ok(0) => return false,
                    Ok(length) => pressed |= buffer[..length].chunks_exact(EVENT).any(is_power),
                    Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
                }
            }
        });
        pressed
    }
}

fn is_power(event: &[u8]) -> bool {
    let half = |at: usize| u16::from_ne_bytes([event[at], event[at + 1]]);
    // Value 1: pressed, not held nor released.
    (half(16), half(18)) == POWER && half(20) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_a_word_and_a_reason() {
        assert_eq!(read("off too hot"), Some(Wish { off: true, reason: "too hot".into() }));
        assert_eq!(read("restart"), Some(Wish { off: false, reason: String::new() }));
        assert_eq!(read("explode now"), None);
    }

    #[test]
    fn only_the_power_key_counts() {
        let mut event = [0; EVENT];
        event[16..22].copy_from_slice(&[1, 0, 116, 0, 1, 0]);
        assert!(is_power(&event));
        event[20] = 0;
        assert!(!is_power(&event), "released");
        event[18..22].copy_from_slice(&[30, 0, 1, 0]);
        assert!(!is_power(&event), "another key");
    }
}
