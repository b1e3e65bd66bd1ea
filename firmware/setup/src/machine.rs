//! What the service does to the machine itself, behind a trait: an ordinary host
//! now, the appliance's own PID 1 beside it.

use std::process::Command;

use settings::{Port, Role};
use wire::Fact;
use wire::local::Failed;

/// The machine.
pub trait Machine: Send + Sync {
    /// Names of its Ethernet ports, in the order of the case.
    fn ports(&self) -> Vec<String>;

    /// What each port is for while nobody set it.
    fn roles(&self) -> Vec<Port>;

    /// Restarts it, or switches it off.
    ///
    /// # Errors
    /// What the system says.
    fn power(&self, off: bool, reason: &str) -> Result<(), Failed>;

    /// The slot that runs; empty where there are none.
    fn slot(&self) -> String {
        String::new()
    }

    /// Installs a bundle from a USB stick and tells what it does.
    ///
    /// # Errors
    /// E20, or that there is nothing to install here.
    fn update(&self, _tell: &mut dyn FnMut(String)) -> Result<String, Failed> {
        Err(no_slots())
    }

    /// Goes back to the version before.
    ///
    /// # Errors
    /// E20, or that there is none.
    fn roll_back(&self) -> Result<String, Failed> {
        Err(no_slots())
    }

    /// What is wrong with it, or worth a look, worst first.
    fn findings(&self) -> Vec<Fact> {
        Vec::new()
    }

    /// Notes a line of the service's log where the machine's other lines are too.
    fn note(&self, _words: &str) {}

    /// The newest lines of the whole machine's log, at most so many, oldest first; none: there
    /// is the service's own alone.
    fn log(&self, _most: usize) -> Option<Vec<String>> {
        None
    }

    /// A factory reset is being done: takes away what is not the service's to know.
    ///
    /// # Errors
    /// What could not be taken away.
    fn forget(&self) -> Result<(), Failed> {
        Ok(())
    }
}

fn no_slots() -> Failed {
    Failed::plain(
        "this is an ordinary install without slots",
        "Update the program as you installed it; only the appliance's image has two slots.",
    )
}

/// An ordinary host: it has other work, so no port is listened at unasked.
pub struct Host {
    /// The port that the service manages, if it manages one.
    pub manage: Option<String>,
}

impl Machine for Host {
    fn ports(&self) -> Vec<String> {
        let links = sys::link::links().unwrap_or_default();
        let wired = links.into_iter().filter(|link| {
            let virtual_ends = ["veth", "vlan"];
            link.mac.is_some()
                && link.flags & nix::libc::IFF_LOOPBACK as u32 == 0
                && (link.kind.is_empty() || virtual_ends.contains(&link.kind.as_str()))
        });
        wired.map(|link| link.name).collect()
    }

    fn roles(&self) -> Vec<Port> {
        self.manage.iter().map(|name| Port { name: name.clone(), role: Role::Management }).collect()
    }

    fn power(&self, off: bool, reason: &str) -> Result<(), Failed> {
        let how = if off { "-P" } else { "-r" };
        let reason = if reason.is_empty() { "asked for at the Stillwatch console" } else { reason };
        let done = Command::new("shutdown").args([how, "now", reason]).status();
        match done {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(refused(&format!("shutdown ended with {status}"))),
            Err(error) => Err(refused(&format!("shutdown: {error}"))),
        }
    }
}

fn refused(words: &str) -> Failed {
    Failed::plain(words, "Restart it by the system's own tools.")
}
