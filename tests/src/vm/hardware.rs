//! What a machine is made of, as QEMU's arguments. Nothing is started here.

use std::path::{Path, PathBuf};

use super::{CODE, Kernel};

/// Where a disk hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// KVM's own.
    VirtioBlk,
    /// SATA.
    Ahci,
    /// NVMe.
    Nvme,
    /// KVM's SCSI.
    VirtioScsi,
    /// A stick.
    Usb,
    /// VMware's SCSI. This firmware knows it not: start the kernel straight away.
    PvScsi,
}

/// A network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// KVM's own.
    Virtio,
    /// Intel 82574L.
    E1000e,
    /// Intel 82576.
    Igb,
    /// VMware's own.
    Vmxnet3,
}

impl Card {
    /// QEMU's name of it; `romfile=`: no boot over the network.
    pub(super) fn model(self) -> &'static str {
        match self {
            Card::Virtio => "virtio-net-pci",
            Card::E1000e => "e1000e",
            Card::Igb => "igb",
            Card::Vmxnet3 => "vmxnet3",
        }
    }
}

/// What hangs at a card's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// A cable in a test's hands: frames in, and all that comes out is kept.
    Cable,
    /// An interface of this name, made in the network namespace that QEMU is started in (needs root).
    Tap(String),
    /// Nothing: QEMU's own network, which answers DHCP and leads nowhere.
    Nowhere,
}

/// How a front panel is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The second serial port, `ttyS1`.
    Serial,
    /// A serial line over USB (FTDI), `ttyUSB0`.
    Usb,
}

/// What runs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// UEFI firmware, and what it finds on the disk.
    Firmware,
    /// The kernel straight away: seconds quicker.
    Kernel(Kernel),
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Its file. The machine writes to it.
    pub file: PathBuf,
    /// `raw`, `qcow2`, `vmdk`, `vhdx`.
    pub format: &'static str,
    /// Where it hangs.
    pub bus: Bus,
    /// Every write and flush is also kept in this file ([`crate::blocks::Trace`]).
    pub log: Option<PathBuf>,
}

/// A machine's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Memory.
    pub memory_mib: u32,
    /// Processors.
    pub cpus: u16,
    /// What runs first.
    pub start: Start,
    /// Disks; the first is booted from.
    pub disks: Vec<Disk>,
    /// Discs (ISO images), each in a SATA drive of its own. At most three.
    pub discs: Vec<PathBuf>,
    /// Network cards in the order of their places on the bus.
    pub cards: Vec<(Card, Wire)>,
    /// A watchdog in hardware (i6300esb), which resets the machine.
    pub watchdog: bool,
    /// The pty of a front panel, and how it is connected.
    pub panel: Option<(PathBuf, Line)>,
    /// More for the kernel's command line.
    pub words: String,
    /// It ends instead of starting again; [`super::End`] tells why.
    pub no_reboot: bool,
}

/// Place of the first card on the bus.
const FIRST_PLACE: usize = 0x8;
/// The last of the six places at this machine's SATA controller; disks begin at the first.
const LAST_SATA: usize = 5;
/// Slots for cards that are added while it runs.
const SLOTS: usize = 2;

impl Hardware {
    /// Two processors, a gibibyte, a watchdog, and nothing else.
    pub fn new(start: Start) -> Hardware {
        Hardware {
            memory_mib: 1024,
            cpus: 2,
            start,
            disks: Vec::new(),
            discs: Vec::new(),
            cards: Vec::new(),
            watchdog: true,
            panel: None,
            words: String::new(),
            no_reboot: false,
        }
    }

    /// QEMU's arguments. `folder` holds the machine's sockets and its copy of the firmware's variables.
    pub(super) fn arguments(&self, folder: &Path) -> Vec<String> {
        let at = |name: &str| folder.join(name).display().to_string();
        let mut out: Vec<String> = Vec::new();
        let mut add = |words: &[&str]| out.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["-nodefaults", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max"]);
        add(&["-smp", &self.cpus.to_string(), "-m", &self.memory_mib.to_string()]);
        add(&["-display", "none", "-vga", "std", "-device", "virtio-rng-pci"]);
        add(&["-chardev", &format!("socket,id=qmp,path={}", at("qmp")), "-mon", "chardev=qmp,mode=control"]);
        add(&[
            "-chardev",
            &format!("socket,id=console,path={}", at("console")),
            "-serial",
            "chardev:console",
        ]);
        if let Some((tty, line)) = &self.panel {
            add(&["-chardev", &format!("serial,id=panel,path={}", tty.display())]);
            match line {
                Line::Serial => add(&["-serial", "chardev:panel"]),
                Line::Usb => add(&[
                    "-device",
                    "qemu-xhci,id=panels",
                    "-device",
                    "usb-serial,bus=panels.0,chardev=panel",
                ]),
            }
        }
        match &self.start {
            Start::Firmware => {
                add(&["-drive", &format!("if=pflash,format=raw,readonly=on,file={CODE}")]);
                add(&["-drive", &format!("if=pflash,format=raw,file={}", at("variables"))]);
                if !self.words.is_empty() {
                    // systemd's stub takes it from there, without Secure Boot.
                    let key = "io.systemd.stub.kernel-cmdline-extra";
                    add(&["-smbios", &format!("type=11,value={key}={}", self.words.replace(',', ",,"))]);
                }
            }
            Start::Kernel(kernel) => {
                let text = |path: &Path| path.display().to_string();
                add(&["-kernel", &text(&kernel.linux), "-initrd", &text(&kernel.initrd)]);
                add(&["-append", format!("{} {}", kernel.cmdline, self.words).trim()]);
            }
        }
        for (number, (card, wire)) in self.cards.iter().enumerate() {
            add(&["-netdev", &net(wire, number, folder)]);
            let (place, device) = (FIRST_PLACE + number, card_device(*card, number));
            if *card == Card::Igb {
                // Its virtual functions take 16 places of a bus: each has a bus of its own.
                let chassis = SLOTS + 1 + number;
                add(&[
                    "-device",
                    &format!("pcie-root-port,id=lane{number},chassis={chassis},addr={place:#x}"),
                ]);
                add(&["-device", &format!("{device},bus=lane{number}")]);
            } else {
                add(&["-device", &format!("{device},addr={place:#x}")]);
            }
        }
        for slot in 0..SLOTS {
            let place = 0x1c + slot / 2;
            let (function, more) = (slot % 2, if slot % 2 == 0 { ",multifunction=on" } else { "" });
            add(&[
                "-device",
                &format!(
                    "pcie-root-port,id=slot{slot},chassis={},addr={place:#x}.{function}{more}",
                    slot + 1
                ),
            ]);
        }
        for (number, disk) in self.disks.iter().enumerate() {
            add(&["-blockdev", &blockdev(disk, number)]);
            for mut device in disk_devices(disk.bus, number) {
                if disk.log.is_some() && disk.bus == Bus::VirtioBlk {
                    // Requests put together have as many pieces as a call may have; with the recording's
                    // header there is one too many, and the request fails.
                    device += ",request-merging=off";
                }
                add(&["-device", &device]);
            }
        }
        for (number, disc) in self.discs.iter().enumerate() {
            let node = serde_json::json!({
                "driver": "raw", "node-name": format!("disc{number}"), "read-only": true,
                "file": { "driver": "file", "filename": disc },
            });
            add(&["-blockdev", &node.to_string()]);
            add(&["-device", &format!("ide-cd,bus=ide.{},drive=disc{number}", LAST_SATA - number)]);
        }
        if self.watchdog {
            add(&["-device", "i6300esb", "-action", "watchdog=reset"]);
        }
        if self.no_reboot {
            add(&["-action", "reboot=shutdown"]);
        }
        out
    }
}

/// Names of the sockets of cable `number`: ours and QEMU's.
pub(super) fn cable(folder: &Path, number: usize) -> (PathBuf, PathBuf) {
    (folder.join(format!("cable{number}")), folder.join(format!("port{number}")))
}

/// QEMU's end of a wire.
pub(super) fn net(wire: &Wire, number: usize, folder: &Path) -> String {
    match wire {
        Wire::Cable => {
            let (ours, theirs) = cable(folder, number);
            format!(
                "dgram,id=net{number},local.type=unix,local.path={},remote.type=unix,remote.path={}",
                theirs.display(),
                ours.display()
            )
        }
        Wire::Tap(name) => format!("tap,id=net{number},ifname={name},script=no,downscript=no"),
        Wire::Nowhere => format!("user,id=net{number},restrict=on,ipv6=off"),
    }
}

/// A card without its place.
fn card_device(card: Card, number: usize) -> String {
    format!("{},id=card{number},netdev=net{number},mac={},romfile=", card.model(), mac(number))
}

/// Address of card `number`.
pub(super) fn mac(number: usize) -> String {
    format!("52:54:00:57:00:{number:02x}")
}

fn blockdev(disk: &Disk, number: usize) -> String {
    let file = serde_json::json!({ "driver": "file", "filename": disk.file, "locking": "off" });
    let whole = serde_json::json!({ "driver": disk.format, "file": file });
    let mut node = match &disk.log {
        Some(log) => serde_json::json!({
            "driver": "blklogwrites",
            "file": whole,
            "log": { "driver": "file", "filename": log },
            // The count of entries in the file is never behind what the guest was told.
            "log-super-update-interval": 1,
        }),
        None => whole,
    };
    node["node-name"] = format!("disk{number}").into();
    node.to_string()
}

fn disk_devices(bus: Bus, number: usize) -> Vec<String> {
    // 0 is the kernel's, where one is given.
    let first = format!("drive=disk{number},bootindex={}", number + 1);
    match bus {
        Bus::VirtioBlk => vec![format!("virtio-blk-pci,{first}")],
        Bus::Ahci => vec![format!("ide-hd,bus=ide.{number},{first}")],
        Bus::Nvme => vec![format!("nvme,serial=nvme{number},{first}")],
        Bus::VirtioScsi => {
            vec![format!("virtio-scsi-pci,id=scsi{number}"), format!("scsi-hd,bus=scsi{number}.0,{first}")]
        }
        Bus::PvScsi => vec![format!("pvscsi,id=scsi{number}"), format!("scsi-hd,bus=scsi{number}.0,{first}")],
        Bus::Usb => {
            vec![format!("qemu-xhci,id=usb{number}"), format!("usb-storage,bus=usb{number}.0,{first}")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_arguments_in_order() {
        let mut hardware = Hardware::new(Start::Firmware);
        hardware.cards = vec![(Card::Igb, Wire::Nowhere), (Card::E1000e, Wire::Cable)];
        let log = Some("/t/log".into());
        hardware.disks = vec![Disk { file: "/t/d".into(), format: "raw", bus: Bus::PvScsi, log }];
        hardware.discs = vec!["/t/seed.iso".into()];
        hardware.panel = Some(("/dev/pts/9".into(), Line::Usb));
        let words = hardware.arguments(Path::new("/t")).join(" ");
        for part in [
            "igb,id=card0,netdev=net0,mac=52:54:00:57:00:00,romfile=,bus=lane0",
            "local.path=/t/port1,remote.type=unix,remote.path=/t/cable1",
            "scsi-hd,bus=scsi0.0,drive=disk0,bootindex=1",
            "\"driver\":\"blklogwrites\"",
            "ide-cd,bus=ide.5,drive=disc0",
            "serial,id=panel,path=/dev/pts/9",
            "usb-serial,bus=panels.0,chardev=panel",
            "file=/t/variables",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert!(!words.contains("reboot=shutdown"));
    }
}
