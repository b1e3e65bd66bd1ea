//! The shape of a board's file, and what its values may be.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::found;
use crate::kernel::{COMMON, Kernel, SOFT};
use crate::ports::{PortRule, Role};

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name of its file; not written in the file itself, but in the image's copy.
    #[serde(default)]
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Files made for it, by the names of the formats (`raw`, `ova`, `vhdx` …).
    pub outputs: Vec<String>,
    /// Consoles, the one with the kernel's own messages last.
    #[serde(rename = "console")]
    pub consoles: Vec<Console>,
    /// Front panel, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
    /// What restarts it when it hangs.
    pub watchdog: Watchdog,
    /// How the sensor uses it.
    pub sensor: Sensor,
    /// What a virtual machine is given, and the least a real one has.
    pub machine: Machine,
    /// What the kernel is told.
    pub kernel: Kernel,
    /// Which port is for what.
    #[serde(rename = "port")]
    pub ports: Vec<PortRule>,
}

/// `[[console]]`: where the set-up menu is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Name under `/dev`: `ttyS0`, `tty1`.
    pub tty: String,
    /// Bits a second of a serial line, 8N1; none for a screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
}

/// `[panel]`: the display and keys at the front.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Name of the type, as `lcd-ui` lists it.
    pub kind: String,
    /// Serial ports it may be at, in the order in which they are tried.
    pub ports: Vec<String>,
}

/// `[watchdog]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Watchdog {
    /// Modules that may drive it, in the order in which they are tried; the first that gives a
    /// device is used. `softdog` alone means that no hardware watches.
    pub drivers: Vec<String>,
    /// Seconds without a sign of life until it restarts the machine, 5 to 60.
    pub seconds: u8,
}

impl Watchdog {
    /// True when no hardware can watch.
    pub fn is_soft(&self) -> bool {
        self.drivers.iter().all(|driver| driver == "softdog")
    }
}

/// `[sensor]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// Threads that read frames, at least 1.
    pub workers: u16,
    /// Parts the tables are made of, for one part's worth of memory each; at least 1.
    pub table_shards: u16,
}

/// `[machine]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Processors.
    pub cpus: u16,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Disk in MiB: what the image's disk grows to, or is made with.
    pub disk_mib: u32,
    /// Network ports a virtual machine is made with.
    pub ports: u16,
}

/// Least size of a disk in MiB: two system files and room for a day of reports.
const LEAST_DISK: u32 = 1_024;

impl Board {
    /// Reads a board's file; `name` is that of the file. A set of modules is put in place.
    ///
    /// # Errors
    /// It is no board; the error names place and cure.
    pub fn read(name: &str, text: &str) -> Result<Board, Error> {
        let shape = |source| Error::Shape { name: name.into(), source: Box::new(source) };
        let mut board: Board = toml::from_str(text).map_err(shape)?;
        board.name = name.into();
        board.kernel.modules = found::expand(name, &board.kernel.modules)?;
        board.check()?;
        Ok(board)
    }

    /// The board as text that [`Board::read`] takes: what the image holds.
    pub fn to_text(&self) -> String {
        // Strings, numbers and lists of them: all of it can be written.
        toml::to_string(self).expect("a board is TOML")
    }

    /// The kernel's command line without what says where the system is.
    pub fn command_line(&self) -> String {
        let consoles = self.consoles.iter().map(|console| match console.baud {
            Some(baud) => format!("console={},{baud}", console.tty),
            None => format!("console={}", console.tty),
        });
        let mut words: Vec<String> = consoles.collect();
        words.extend(COMMON.iter().map(|word| (*word).into()));
        if self.watchdog.is_soft() {
            words.extend(SOFT.iter().map(|word| (*word).into()));
        }
        words.extend(self.kernel.arguments.iter().cloned());
        words.join(" ")
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |key, what: &str| Err(Error::Value { name: self.name.clone(), key, what: what.into() });
        let plain = |word: &String| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_graphic() && !"\"'/".contains(c))
        };
        if !self.ports.iter().any(|rule| rule.role == Role::Management) {
            return wrong("port", "none is for management: without it nobody reaches the platform");
        }
        if !self.ports.iter().any(|rule| rule.role == Role::Sniffing) {
            return wrong("port", "none is for sniffing: there is nothing to hear");
        }
        if self.ports.iter().any(|rule| rule.order == Some(0)) {
            return wrong("port.order", "ports are counted from 1");
        }
        if self.consoles.is_empty() || !self.consoles.iter().all(|console| plain(&console.tty)) {
            return wrong("console.tty", "name at least one, without /dev/: tty = \"ttyS0\"");
        }
        if self.panel.as_ref().is_some_and(|panel| panel.ports.is_empty()) {
            return wrong("panel.ports", "name the serial ports it may be at: ports = [\"/dev/ttyS1\"]");
        }
        if !(5..=60).contains(&self.watchdog.seconds) {
            return wrong("watchdog.seconds", "write 5 to 60");
        }
        let has = |module: &String| self.kernel.modules.contains(module);
        if self.watchdog.drivers.is_empty() || !self.watchdog.drivers.iter().all(has) {
            return wrong("watchdog.drivers", "name at least one, and put each into kernel.modules");
        }
        if !self.kernel.load.iter().all(has) {
            return wrong("kernel.load", "put each of them into kernel.modules too");
        }
        if !self.kernel.arguments.iter().all(|word| word.chars().all(|c| c.is_ascii_graphic())) {
            return wrong("kernel.arguments", "write one argument a string, without spaces");
        }
        if self.sensor.workers == 0 || self.sensor.table_shards == 0 {
            return wrong("sensor", "workers and table_shards are at least 1");
        }
        if self.machine.cpus == 0 || self.machine.ports < 2 {
            return wrong("machine", "cpus is at least 1, ports at least 2: one speaks, one listens");
        }
        if self.machine.memory_mib < 512 || !self.machine.memory_mib.is_multiple_of(4) {
            return wrong("machine.memory_mib", "at least 512, in steps of 4");
        }
        if self.machine.disk_mib < LEAST_DISK {
            return wrong("machine.disk_mib", "at least 1024: two systems and a day of reports");
        }
        if self.outputs.is_empty() {
            return wrong("outputs", "name at least one format: outputs = [\"raw\"]");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "A box"
outputs = ["raw"]
console = [{ tty = "tty1" }, { tty = "ttyS0", baud = 115200 }]
watchdog = { drivers = ["softdog"], seconds = 30 }
sensor = { workers = 1, table_shards = 1 }
machine = { cpus = 2, memory_mib = 1024, disk_mib = 2048, ports = 2 }
kernel = { arguments = ["a=b"], modules = ["softdog", "igb"] }
port = [{ role = "management", order = 1 }, { role = "sniffing" }]
"#;

    #[test]
    fn reads_and_writes() {
        let board = Board::read("box", GOOD).unwrap();
        assert_eq!(board.name, "box");
        assert_eq!(Board::read("box", &board.to_text()).unwrap(), board);
        let line = board.command_line();
        assert!(line.starts_with("console=tty1 console=ttyS0,115200 panic=5 "), "{line}");
        assert!(line.ends_with(" softlockup_panic=1 hung_task_panic=1 a=b"), "{line}");
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (good, bad, words) in [
            ("title = ", "titel = ", "unknown field `titel`"),
            ("workers = 1", "workers = \"1\"", "line 6"),
            ("\"management\"", "\"manager\"", "unknown variant `manager`"),
            ("\"management\"", "\"unused\"", "port: none is for management"),
            ("\"sniffing\"", "\"unused\"", "port: none is for sniffing"),
            ("order = 1", "order = 0", "port.order: ports are counted from 1"),
            ("\"tty1\"", "\"/dev/tty1\"", "without /dev/"),
            ("seconds = 30", "seconds = 61", "watchdog.seconds: write 5 to 60"),
            ("[\"softdog\"]", "[\"iTCO_wdt\"]", "watchdog.drivers"),
            ("\"a=b\"", "\"a b\"", "without spaces"),
            ("workers = 1", "workers = 0", "at least 1"),
            ("1024", "1023", "in steps of 4"),
            ("disk_mib = 2048", "disk_mib = 512", "at least 1024"),
            ("ports = 2", "ports = 1", "ports at least 2"),
            ("[\"raw\"]", "[]", "name at least one format"),
            ("\"igb\"", "\"@nothing\"", "there is no set @nothing; there are:"),
        ] {
            assert!(GOOD.contains(good), "{good}");
            let error = Board::read("box", &GOOD.replacen(good, bad, 1)).unwrap_err().to_string();
            assert!(error.starts_with("board box: ") && error.contains(words), "{bad}: {error}");
        }
    }
}
