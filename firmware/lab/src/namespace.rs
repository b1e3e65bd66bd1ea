//! A network namespace that stays while it is held, for tests with programs at
//! both ends of a cable: a server in one, what is tested in another.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use nix::sched::{CloneFlags, setns, unshare};

use sys::link::ifinfo;
use sys::netlink::Request;

use crate::{index, veth};

/// One, gone with its last user.
#[derive(Debug)]
pub struct Namespace {
    file: File,
}

impl Namespace {
    /// A new one, with nothing in it but a loopback that is off.
    ///
    /// # Errors
    /// In words, when namespaces are refused: a test then has to skip.
    pub fn new() -> Result<Namespace, String> {
        crate::in_namespace(|| {
            let file = File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())?;
            Ok(Namespace { file })
        })?
    }

    /// Runs `inside` in a thread that is in it, with a hostname of its own; threads and
    /// programs started there are too.
    ///
    /// # Panics
    /// When `inside` does, and when the namespace cannot be entered.
    pub fn run<T: Send>(&self, inside: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(&self.file, CloneFlags::CLONE_NEWNET).expect("a namespace can be entered");
                unshare(CloneFlags::CLONE_NEWUTS).expect("a hostname of our own");
                inside()
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Lays a cable from an interface `near` here to `far` in the other; both are off.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn cable(&self, near: &str, other: &Namespace, far: &str) -> io::Result<()> {
        self.run(|| {
            veth(near, far)?;
            Request::new(libc::RTM_NEWLINK, 0, &ifinfo(index(far)?, 0, 0))
                .with(libc::IFLA_NET_NS_FD, &other.file.as_raw_fd().to_ne_bytes())
                .send()
                .map(drop)
        })
    }
}
