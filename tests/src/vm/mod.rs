//! Machines that are not there: one QEMU (its own processor, no KVM), its serial console, front panel, screen and
//! network cables in the hands of a test.
//!
//! Tests skip, saying so, where QEMU or its firmware is missing; see [`missing`].

mod boards;
mod cable;
mod console;
mod fingers;
mod hardware;
mod image;
pub mod lan;
mod machine;
mod menu;
mod plain;
pub mod ports;
mod qmp;

use std::path::{Path, PathBuf};

pub use cable::Cable;
pub use console::Console;
pub use fingers::Fingers;
pub use hardware::{Bus, Card, Disk, Hardware, Line, Start, Wire};
pub use image::{APPLIANCE, Image, Kernel, images, overlay, versions};
pub use machine::{End, Machine};
pub use menu::MENU;
pub use qmp::Qmp;

/// Firmware of a PC: the code, and the variables that each machine gets a copy of.
pub const CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
/// See [`CODE`].
pub const VARIABLES: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/// A program on the search path, or in the folders that root has on his.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/sbin"]);
    folders.map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

/// What a machine lacks here, in words; `None`: one can be started.
pub fn missing() -> Option<String> {
    for name in ["qemu-system-x86_64", "qemu-img"] {
        if tool(name).is_none() {
            return Some(format!("{name} is not installed (ci/10-install does it)"));
        }
    }
    let there = [CODE, VARIABLES].iter().all(|file| Path::new(file).exists());
    (!there)
        .then(|| "there is no firmware for machines: ovmf is not installed (ci/10-install does it)".into())
}
