//! Faults on purpose, for the drills: `stillwatch.drill=PART:WHAT:SECONDS` on the kernel's command
//! line, WHAT being `crash`, `loop`, `memory` or `panic` (of one thread; for `init` the kernel's);
//! for `init` also `hang`, and `modules`, which is no fault: every module is loaded. `syslog`, a thread of `setup`, is
//! a PART too.
//!
//! The command line is inside the system's file. Who can add to it all the same (a hypervisor, by
//! SMBIOS) owns the machine anyway. Each fault happens once a start: what comes back stays well.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use capture::{Error, Frame, Interface, Losses, PortStatus, Progress, Source};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The part ends by a signal.
    Crash,
    /// It turns in an endless loop.
    Loop,
    /// It takes memory without end.
    Memory,
    /// One thread panics; for PID 1: the kernel stops.
    Panic,
}

/// Whether every module of the board is to be loaded, whatever devices there are: `stillwatch.drill=init:modules:0`.
pub fn every_module() -> bool {
    std::fs::read_to_string("/proc/cmdline").is_ok_and(|line| line.contains("stillwatch.drill=init:modules:"))
}

/// The fault of a part, and seconds after its start.
fn of(part: &str) -> Option<(Fault, u64)> {
    let line = std::fs::read_to_string("/proc/cmdline").ok()?;
    read(&line, part)
}

fn read(line: &str, part: &str) -> Option<(Fault, u64)> {
    let word = line.split_whitespace().find_map(|word| word.strip_prefix("stillwatch.drill="))?;
    word.split(',').find_map(|one| {
        let mut parts = one.split(':');
        (parts.next()? == part).then_some(())?;
        let fault = match parts.next()? {
            "crash" => Fault::Crash,
            "loop" | "hang" => Fault::Loop,
            "memory" => Fault::Memory,
            "panic" => Fault::Panic,
            _ => return None,
        };
        Some((fault, parts.next()?.parse().ok()?))
    })
}

/// A fault that waits for its time.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    fault: Fault,
    due: Instant,
}

impl Waiting {
    /// The fault of a part, unless it happened already.
    pub fn of(part: &str) -> Option<Waiting> {
        let (fault, seconds) = of(part)?;
        let done = Path::new(crate::paths::RUN).join(format!("drilled-{part}"));
        if done.exists() || std::fs::write(&done, "").is_err() {
            return None;
        }
        Some(Waiting { fault, due: Instant::now() + Duration::from_secs(seconds) })
    }

    /// Does it when it is due.
    pub fn turn(&self) {
        if self.due > Instant::now() {
            return;
        }
        eprintln!("drill: {:?}, as the command line asks", self.fault);
        match self.fault {
            Fault::Crash => std::process::abort(),
            Fault::Loop => loop {
                std::hint::spin_loop();
            },
            Fault::Memory => {
                let mut all = Vec::new();
                loop {
                    all.push(vec![1_u8; 1 << 20]);
                }
            }
            Fault::Panic if std::process::id() != 1 => panic!("the drill's"),
            Fault::Panic => {
                let _ = std::fs::write("/proc/sys/kernel/sysrq", "1");
                let _ = std::fs::write("/proc/sysrq-trigger", "c");
            }
        }
    }

    /// Does it on a thread of its own.
    pub fn beside(self) {
        std::thread::spawn(move || {
            loop {
                self.turn();
                std::thread::sleep(Duration::from_millis(100));
            }
        });
    }
}

/// PID 1's own fault.
pub fn of_init() {
    static WAITING: OnceLock<Option<Waiting>> = OnceLock::new();
    if let Some(waiting) = WAITING.get_or_init(|| Waiting::of("init")) {
        waiting.turn();
    }
}

/// A source whose reader goes wrong when it is due.
pub struct Faulty {
    inner: Box<dyn Source>,
    waiting: Waiting,
}

impl Faulty {
    /// Around a source, where the sensor has a fault to come.
    pub fn around(inner: Box<dyn Source>) -> Box<dyn Source> {
        match Waiting::of("sensor") {
            None => inner,
            // Beside the loop, or its silence would be found before the memory is full.
            Some(waiting) if waiting.fault == Fault::Memory => {
                waiting.beside();
                inner
            }
            Some(waiting) => Box::new(Faulty { inner, waiting }),
        }
    }
}

impl Source for Faulty {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
        self.waiting.turn();
        self.inner.batch(each)
    }

    fn losses(&self) -> Losses {
        self.inner.losses()
    }

    fn interfaces(&self) -> &[Interface] {
        self.inner.interfaces()
    }

    fn sees_vlans(&self) -> bool {
        self.inner.sees_vlans()
    }

    fn ports(&self) -> Vec<PortStatus> {
        self.inner.ports()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_of_one_part() {
        let line = "quiet stillwatch.drill=sensor:loop:20,setup:crash:5 panic=5";
        assert_eq!(read(line, "sensor"), Some((Fault::Loop, 20)));
        assert_eq!(read(line, "setup"), Some((Fault::Crash, 5)));
        assert_eq!(read(line, "init"), None);
        assert_eq!(read("quiet", "sensor"), None);
        assert_eq!(read("stillwatch.drill=sensor:explode:1", "sensor"), None);
    }
}
