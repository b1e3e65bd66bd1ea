//! What the kernel tells of devices that come and go (netlink, `NETLINK_KOBJECT_UEVENT`).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// Group of the kernel's own messages; udev's, which is not here, is another.
const KERNEL: u32 = 1;

/// Longest message (`UEVENT_BUFFER_SIZE` of the kernel, and its head).
const LONGEST: usize = 8_192;

/// Hears of devices.
#[derive(Debug)]
pub struct Uevents(OwnedFd);

/// A device came, went or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uevent {
    /// `add`, `remove`, `change` …
    pub action: String,
    /// `net`, `block`, `pci` …
    pub subsystem: String,
    /// What asks for a module, if it does.
    pub modalias: Option<String>,
}

impl Uevents {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn open() -> io::Result<Uevents> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket =
            socket(AddressFamily::Netlink, SockType::Datagram, flags, SockProtocol::NetlinkKObjectUEvent)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, KERNEL))?;
        Ok(Uevents(socket))
    }

    /// The next one, if there is one.
    pub fn next(&self) -> Option<Uevent> {
        let mut buffer = [0; LONGEST];
        // Too many at once (`ENOBUFS`) are an event like another: look again at everything.
        match recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(length) => Some(read(&buffer[..length.min(LONGEST)])),
            Err(nix::errno::Errno::ENOBUFS) => Some(Uevent { action: "add".into(), ..Uevent::default() }),
            Err(_) => None,
        }
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `ACTION@PATH`, and lines `KEY=VALUE` that end in a zero.
fn read(message: &[u8]) -> Uevent {
    let mut event = Uevent::default();
    for line in message.split(|byte| *byte == 0) {
        let line = String::from_utf8_lossy(line);
        match line.split_once('=') {
            Some(("ACTION", value)) => event.action = value.into(),
            Some(("SUBSYSTEM", value)) => event.subsystem = value.into(),
            Some(("MODALIAS", value)) => event.modalias = Some(value.into()),
            _ => {}
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let message =
            b"add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=pci\0MODALIAS=pci:v1\0SEQNUM=1\0";
        let event = read(message);
        assert_eq!((event.action.as_str(), event.subsystem.as_str()), ("add", "pci"));
        assert_eq!(event.modalias.as_deref(), Some("pci:v1"));
        assert_eq!(read(b"\xff\xff=="), Uevent::default());
    }
}
