//! A serial line: two pseudo-terminals with a bridge between them that lets through no
//! more than the line's speed, since a pty has none of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{OpenptyResult, openpty};
use nix::sys::termios::{InputFlags, SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;

/// A line with two ends.
pub struct Line {
    /// Where the console sits.
    pub box_end: PathBuf,
    /// Where the operator's program sits.
    pub desk_end: PathBuf,
    /// Bytes that went to the operator.
    pub down: Arc<AtomicU64>,
    box_tty: File,
    box_master: File,
    // Held open, so that an end that nobody has opened yet is no hang-up.
    _desk_tty: File,
}

impl Line {
    /// At so many bits a second, 10 for each byte (8N1). The box's end honours XON/XOFF, or
    /// does not.
    pub fn new(bits: u64, xon: bool) -> Line {
        let (one, other) = (pty(), pty());
        let (box_end, desk_end) = (ttyname(&one.slave).unwrap(), ttyname(&other.slave).unwrap());
        // The desk's end is raw until its program sets it: else the kernel would echo.
        for (tty, xon) in [(&one.slave, xon), (&other.slave, false)] {
            let mut set = tcgetattr(tty).unwrap();
            cfmakeraw(&mut set);
            set.input_flags.set(InputFlags::IXON, xon);
            tcsetattr(tty, SetArg::TCSANOW, &set).unwrap();
        }
        let down = Arc::new(AtomicU64::new(0));
        let (box_master, desk_master) = (File::from(one.master), File::from(other.master));
        let copy = |file: &File| file.try_clone().unwrap();
        carry(copy(&box_master), copy(&desk_master), bits / 10, down.clone());
        let typed = copy(&box_master);
        carry(desk_master, box_master, bits / 10, Arc::default());
        Line {
            box_end,
            desk_end,
            down,
            box_tty: one.slave.into(),
            box_master: typed,
            _desk_tty: other.slave.into(),
        }
    }

    /// The console at the box's end.
    pub fn console(&self, socket: &Path) -> Running {
        let child = Command::new(env!("CARGO_BIN_EXE_stillwatch-console"))
            .arg("--socket")
            .arg(socket)
            .args(["menu", "--tty"])
            .arg(&self.box_end)
            .env_remove("TERM")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Running(child)
    }

    /// Types at the box's end, as if it had come over the line.
    pub fn type_in(&mut self, bytes: &[u8]) {
        self.box_master.write_all(bytes).unwrap();
    }

    /// Does the box's end honour XON/XOFF now?
    pub fn honours_xon(&self) -> bool {
        tcgetattr(self.box_tty.as_fd()).unwrap().input_flags.contains(InputFlags::IXON)
    }
}

/// A pseudo-terminal whose ends no other program inherits: an end that somebody else holds
/// open is never a hang-up.
pub fn pty() -> OpenptyResult {
    let pty = openpty(None, None).unwrap();
    for end in [&pty.master, &pty.slave] {
        fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
    }
    pty
}

/// Carries bytes one way until an end is gone, no faster than the line. The pause stands
/// for the time on the wire, it waits for nothing.
fn carry(mut from: File, mut to: File, bytes_a_second: u64, count: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16];
        let mut free = Instant::now();
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let wire = Duration::from_micros(length as u64 * 1_000_000 / bytes_a_second);
            free = free.max(Instant::now()) + wire;
            std::thread::sleep(free.saturating_duration_since(Instant::now()));
            if to.write_all(&buffer[..length]).is_err() {
                return;
            }
            count.fetch_add(length as u64, Ordering::Relaxed);
        }
    });
}

/// A program; ended when dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both forms of end are fine: it is ours, and this is the end of the test.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The path of a program; says that the test is skipped when it is not installed.
pub fn find(program: &str) -> Option<PathBuf> {
    let found = ["/usr/bin", "/bin", "/usr/local/bin"]
        .iter()
        .map(|dir| Path::new(dir).join(program))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {program} is not installed (ci/10-install does it)");
    }
    found
}

/// A program whose input and output are the operator's: `plink -serial`.
pub struct Desk {
    running: Running,
    shown: Arc<(Mutex<Vec<u8>>, Condvar)>,
    seen: usize,
}

impl Desk {
    /// Starts it.
    pub fn start(mut command: Command) -> Desk {
        let mut child =
            command.env_remove("TERM").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let shown: Arc<(Mutex<Vec<u8>>, Condvar)> = Arc::default();
        let (mut out, into) = (child.stdout.take().unwrap(), shown.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok(length @ 1..) = out.read(&mut buffer) {
                into.0.lock().unwrap().extend(&buffer[..length]);
                into.1.notify_all();
            }
        });
        Desk { running: Running(child), shown, seen: 0 }
    }

    /// Types.
    pub fn send(&mut self, bytes: &[u8]) {
        let input = self.running.0.stdin.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Waits until the text is shown, behind what was waited for before.
    pub fn expect(&mut self, text: &str) {
        assert!(self.shows(text, Duration::from_secs(60)), "{text:?} is not shown:\n{}", self.text());
    }

    /// The text is shown within so long.
    pub fn shows(&mut self, text: &str, within: Duration) -> bool {
        let end = Instant::now() + within;
        let mut shown = self.shown.0.lock().unwrap();
        loop {
            let new = shown.get(self.seen..).unwrap_or_default();
            if let Some(at) = new.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.seen += at + text.len();
                return true;
            }
            let Some(left) = end.checked_duration_since(Instant::now()) else { return false };
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Everything shown so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.0.lock().unwrap()).into_owned()
    }
}
