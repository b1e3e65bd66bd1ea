//! The machine that a board's file describes, as far as QEMU has its parts.

use super::{Bus, Card, Fingers, Hardware, Image, Line, Start, Wire};

/// Most memory a machine is given, in MiB: the boards' 16 GiB are for more traffic than a test sends.
const MEMORY: u32 = 4096;

impl Hardware {
    /// Without disks; with one card for management at `management` and, where the board's listening ports can be
    /// emulated, one with a cable. The panel is a new one, with somebody at its keys.
    ///
    /// # Panics
    /// The board's panel has no emulator.
    pub fn of(image: &Image, start: Start, management: Wire) -> (Hardware, Option<Fingers>) {
        let board = &image.board;
        let has = |module: &str| board.kernel.modules.iter().any(|one| one == module);
        let mut hardware = Hardware::new(start);
        hardware.memory_mib = board.machine.memory_mib.min(MEMORY);
        hardware.watchdog = has("i6300esb");
        let named = board.ports.iter().find_map(|rule| rule.driver.as_deref());
        let card = match named {
            Some("igb") => Card::Igb,
            _ if has("virtio_net") => Card::Virtio,
            _ if has("vmxnet3") => Card::Vmxnet3,
            _ => Card::E1000e,
        };
        hardware.cards = vec![(card, management), (card, Wire::Cable)];
        let panel = board.panel.as_ref().map(|panel| {
            let fingers = Fingers::at(&panel.kind);
            let usb = panel.ports.first().is_some_and(|port| port.contains("USB"));
            let line = if usb { Line::Usb } else { Line::Serial };
            hardware.panel = Some((fingers.path().to_owned(), line));
            fingers
        });
        (hardware, panel)
    }

    /// Where this machine's disk hangs: as its hypervisor has it, if what runs first can read it there.
    pub fn bus(&self, image: &Image) -> Bus {
        let has = |module: &str| image.board.kernel.modules.iter().any(|one| one == module);
        match self.start {
            _ if has("virtio_blk") => Bus::VirtioBlk,
            Start::Kernel(_) if has("vmw_pvscsi") => Bus::PvScsi,
            _ => Bus::Ahci,
        }
    }
}
