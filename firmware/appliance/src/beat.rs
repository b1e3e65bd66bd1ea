//! Signs of life of a part: a byte through a named pipe that PID 1 reads.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use nix::libc::O_NONBLOCK;
use nix::sys::stat::Mode;

/// Between two signs.
pub const EVERY: Duration = Duration::from_millis(500);

fn path(part: &str) -> PathBuf {
    PathBuf::from(crate::paths::RUN).join("beat").join(part)
}

/// PID 1's end.
#[derive(Debug)]
pub struct Ear(File);

impl Ear {
    /// Makes the pipe of a part.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(part: &str) -> std::io::Result<Ear> {
        let path = path(part);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let _ = fs::remove_file(&path);
        nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        // Written to as well, so that it never ends while a part is away.
        let file = File::options().read(true).write(true).custom_flags(O_NONBLOCK).open(&path)?;
        Ok(Ear(file))
    }

    /// True when something was heard since the last call.
    pub fn heard(&mut self) -> bool {
        let (mut heard, mut buffer) = (false, [0; 256]);
        while self.0.read(&mut buffer).is_ok_and(|count| count > 0) {
            heard = true;
        }
        heard
    }
}

impl AsFd for Ear {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A part's end. Where there is no PID 1 of ours, nobody hears it, and that is no fault.
#[derive(Debug)]
pub struct Heart(Option<File>);

impl Heart {
    /// Of a part.
    pub fn of(part: &str) -> Heart {
        Heart(File::options().write(true).custom_flags(O_NONBLOCK).open(path(part)).ok())
    }

    /// One sign.
    pub fn beat(&mut self) {
        if let Some(pipe) = &mut self.0 {
            // A full pipe: PID 1 has plenty to read.
            let _ = pipe.write(b".");
        }
    }

    /// Signs for as long as `alive` says so, on a thread of its own.
    pub fn while_alive(mut self, mut alive: impl FnMut() -> bool + Send + 'static) {
        std::thread::spawn(move || {
            loop {
                if alive() {
                    self.beat();
                }
                std::thread::sleep(EVERY);
            }
        });
    }
}
