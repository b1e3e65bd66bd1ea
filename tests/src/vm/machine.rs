//! A machine that runs: switched on, looked at, switched off, and ended with the test.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::json;
use tempfile::TempDir;

use super::hardware::{self, Card, Hardware, Start, Wire};
use super::{Cable, Console, Qmp, VARIABLES, tool};

/// Longest time QEMU takes to come, and to go after the guest went.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether QEMU ended.
const LOOK: u16 = 100;

/// Why a machine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It switched itself off.
    Off,
    /// It started again by itself ([`Hardware::no_reboot`]).
    Reset,
    /// Its watchdog had it started again ([`Hardware::no_reboot`]).
    Watchdog,
}

/// A running machine. Dropping it is like pulling its plug.
pub struct Machine {
    child: Child,
    folder: TempDir,
    /// Somebody at the first serial port.
    pub console: Console,
    /// QEMU's control line.
    pub qmp: Qmp,
    /// Cables of those cards that have one, by the number of the card.
    cables: Vec<(usize, Cable)>,
    cards: usize,
}

impl Machine {
    /// Switches it on.
    ///
    /// # Panics
    /// QEMU does not start; with what it says.
    pub fn start(hardware: &Hardware) -> Machine {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        if hardware.start == Start::Firmware {
            fs::copy(VARIABLES, folder.path().join("variables")).expect("the firmware's variables");
        }
        for log in hardware.disks.iter().filter_map(|disk| disk.log.as_ref()) {
            fs::File::create(log).expect("a file for the recording");
        }
        let listen = |name: &str| UnixListener::bind(folder.path().join(name)).expect("a socket");
        let (console, qmp) = (listen("console"), listen("qmp"));
        let wired = |number: &usize| hardware.cards[*number].1 == Wire::Cable;
        let cables = (0..hardware.cards.len()).filter(wired).map(|number| {
            let (ours, theirs) = hardware::cable(folder.path(), number);
            (number, Cable::new(&ours, &theirs).expect("a cable"))
        });
        let cables = cables.collect();
        let said = fs::File::create(folder.path().join("said")).expect("a file");
        let mut command = Command::new(tool("qemu-system-x86_64").expect("QEMU is installed"));
        command.args(hardware.arguments(folder.path())).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(said).spawn().expect("QEMU can be run");
        let began = Instant::now();
        // In the order in which QEMU opens them.
        let opened = connected(&mut child, &qmp).and_then(|control| {
            let serial = connected(&mut child, &console)?;
            Ok((Qmp::new(control)?, Console::new(serial, began)?))
        });
        let (qmp, console) = opened.unwrap_or_else(|error| {
            let _ = child.kill();
            let _ = child.wait();
            let said = fs::read_to_string(folder.path().join("said")).unwrap_or_default();
            panic!("QEMU does not start: {error}\n{said}\n{}", hardware.arguments(folder.path()).join(" "))
        });
        Machine { child, folder, console, qmp, cables, cards: hardware.cards.len() }
    }

    /// The cable at card `number`.
    ///
    /// # Panics
    /// It has none.
    pub fn cable(&self, number: usize) -> &Cable {
        let found = self.cables.iter().find(|(at, _)| *at == number);
        &found.unwrap_or_else(|| panic!("card {number} has no cable")).1
    }

    /// Presses the power button: the guest is asked to switch itself off.
    ///
    /// # Panics
    /// QEMU is gone.
    pub fn power_button(&mut self) {
        self.ask("system_powerdown", json!({}));
    }

    /// Presses the reset button.
    ///
    /// # Panics
    /// QEMU is gone.
    pub fn reset_button(&mut self) {
        self.ask("system_reset", json!({}));
    }

    /// Has QEMU do something.
    ///
    /// # Panics
    /// It refuses, or is gone.
    #[track_caller]
    pub fn ask(&mut self, command: &str, arguments: serde_json::Value) -> serde_json::Value {
        match self.qmp.ask(command, arguments) {
            Ok(returned) => returned,
            Err(error) => panic!("{error}\n{}", self.console.tail()),
        }
    }

    /// What the screen shows, as PNG.
    ///
    /// # Panics
    /// The file cannot be written.
    pub fn screen(&mut self, to: &Path) {
        self.ask("screendump", json!({ "filename": to, "format": "png" }));
    }

    /// Puts a card into a free slot while it runs; gives its number. With [`Wire::Cable`] it has a cable.
    ///
    /// # Panics
    /// QEMU refuses: there are two slots.
    pub fn add_card(&mut self, card: Card, slot: u8) -> usize {
        let number = self.cards;
        self.cards += 1;
        let (ours, theirs) = hardware::cable(self.folder.path(), number);
        self.cables.push((number, Cable::new(&ours, &theirs).expect("a cable")));
        self.ask(
            "netdev_add",
            json!({
                "type": "dgram", "id": format!("net{number}"),
                "local": { "type": "unix", "path": theirs },
                "remote": { "type": "unix", "path": ours },
            }),
        );
        self.ask(
            "device_add",
            json!({
                "driver": card.model(), "id": format!("card{number}"), "netdev": format!("net{number}"),
                "mac": hardware::mac(number), "romfile": "", "bus": format!("slot{slot}"),
            }),
        );
        number
    }

    /// Puts a USB stick with this content into the machine while it runs, by a USB controller in a free slot.
    ///
    /// # Panics
    /// QEMU refuses: there are two slots.
    pub fn add_stick(&mut self, file: &Path, slot: u8) {
        let bus = format!("slot{slot}");
        self.ask("device_add", json!({ "driver": "qemu-xhci", "id": "sticks", "bus": bus }));
        let disk = json!({ "driver": "file", "filename": file });
        self.ask("blockdev-add", json!({ "driver": "raw", "node-name": "stick", "file": disk }));
        let stick =
            json!({ "driver": "usb-storage", "bus": "sticks.0", "drive": "stick", "removable": true });
        self.ask("device_add", stick);
    }

    /// Waits until it ended by itself.
    ///
    /// # Panics
    /// That does not happen within `limit`.
    #[track_caller]
    pub fn ended(&mut self, limit: Duration) -> End {
        let data = match self.qmp.event("SHUTDOWN", limit) {
            Ok(data) => data,
            Err(error) => panic!("it did not end ({error}):\n{}", self.console.tail()),
        };
        let watched = self.qmp.event("WATCHDOG", Duration::ZERO).is_ok();
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("a child can be waited for").is_none() {
            assert!(Instant::now() < end, "QEMU does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        match data["reason"].as_str() {
            Some("guest-shutdown") => End::Off,
            Some("guest-reset") if watched => End::Watchdog,
            Some("guest-reset") => End::Reset,
            _ => panic!("it ended otherwise: {data}\n{}", self.console.tail()),
        }
    }

    /// Waits until it started again by itself.
    ///
    /// # Panics
    /// That does not happen within `limit`.
    #[track_caller]
    pub fn started_again(&mut self, limit: Duration) {
        if let Err(error) = self.qmp.event("RESET", limit) {
            panic!("it did not start again ({error}):\n{}", self.console.tail());
        }
    }

    /// Pulls the plug.
    pub fn cut(mut self) {
        self.kill();
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// QEMU's connection to a socket of ours.
fn connected(child: &mut Child, listener: &UnixListener) -> io::Result<UnixStream> {
    let end = Instant::now() + PATIENCE;
    loop {
        let mut wait = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
        if poll(&mut wait, PollTimeout::from(LOOK))? > 0 {
            return Ok(listener.accept()?.0);
        }
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("it ended with {status}")));
        }
        if Instant::now() > end {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it connects to nothing"));
        }
    }
}
