//! A laboratory for tests and benchmarks: a network namespace of its own, a
//! cable in it, and someone at its far end. Not part of the product, which has
//! no way to send: this is a crate of its own so that it stays so.
#![cfg(target_os = "linux")]

mod namespace;

pub use namespace::Namespace;

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{MsgFlags, MultiHeaders, sendmmsg, setsockopt, sockopt};

use sys::link::{ifinfo, links, set_flags};
use sys::netlink::Request;
use sys::packet_socket::PacketSocket;

/// `VETH_INFO_PEER` of `linux/veth.h`.
const VETH_INFO_PEER: u16 = 1;

/// Frames that [`Sender::burst`] hands over in one call.
pub const BURST: usize = 64;

/// Runs `inside` in a thread with a network namespace of its own, which ends with
/// it; programs started there are in the namespace too.
///
/// # Errors
/// In words, when namespaces are refused: a test then has to skip.
///
/// # Panics
/// When `inside` does.
pub fn in_namespace<T: Send>(inside: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)
                .map_err(|error| format!("no network namespace of our own: {error} (needs root)"))?;
            Ok(inside())
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Lays a cable: two Ethernet interfaces, both switched off.
///
/// # Errors
/// What the kernel says.
pub fn veth(near: &str, far: &str) -> io::Result<()> {
    let name = |name: &str| format!("{name}\0").into_bytes();
    let request = Request::new(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &ifinfo(0, 0, 0))
        .with(libc::IFLA_IFNAME, &name(near))
        .nested(libc::IFLA_LINKINFO, |info| {
            info.with(libc::IFLA_INFO_KIND, b"veth\0").nested(libc::IFLA_INFO_DATA, |data| {
                data.nested(VETH_INFO_PEER, |peer| {
                    peer.raw(&ifinfo(0, 0, 0)).with(libc::IFLA_IFNAME, &name(far))
                })
            })
        });
    request.send().map(drop)
}

/// Takes an interface away, and the other end of its cable.
///
/// # Errors
/// What the kernel says.
pub fn remove(name: &str) -> io::Result<()> {
    Request::new(libc::RTM_DELLINK, 0, &ifinfo(index(name)?, 0, 0)).send().map(drop)
}

/// Switches an interface on or off.
///
/// # Errors
/// What the kernel says.
pub fn switch(name: &str, on: bool) -> io::Result<()> {
    set_flags(index(name)?, if on { libc::IFF_UP } else { 0 }, libc::IFF_UP)
}

/// Waits until frames really get through these interfaces: the kernel sees to a
/// carrier in the background, up to a second later, and drops what is sent before.
///
/// # Panics
/// When that does not happen within ten seconds.
pub fn wait_running(names: &[&str]) {
    let start = std::time::Instant::now();
    let runs = |name: &&str| {
        let links = links().unwrap_or_default();
        links.iter().any(|link| link.name == **name && link.operational)
    };
    while !names.iter().all(runs) {
        assert!(start.elapsed().as_secs() < 10, "no carrier on {names:?}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Lets one processor do the kernel's part of receiving on an interface; otherwise
/// the sender's does it at a cable like this. For the namespace of the calling thread.
///
/// # Errors
/// What the kernel says: this needs a `/sys` of our own, so that mounting must be allowed.
pub fn steer(name: &str, processor: usize) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let (none, private) = (None::<&str>, MsFlags::MS_PRIVATE | MsFlags::MS_REC);
    mount(none, "/", none, private, none)?;
    mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), none)?;
    std::fs::write(format!("/sys/class/net/{name}/queues/rx-0/rps_cpus"), format!("{:x}", 1_u64 << processor))
}

/// Gives an interface an IPv4 address, as an administrator might by mistake.
///
/// # Errors
/// What the kernel says.
pub fn add_address(name: &str, ip: [u8; 4], prefix: u8) -> io::Result<()> {
    // struct ifaddrmsg: family, prefix length, flags, scope, index.
    let mut body = [libc::AF_INET as u8, prefix, 0, 0, 0, 0, 0, 0];
    body[4..].copy_from_slice(&index(name)?.to_ne_bytes());
    let request = Request::new(libc::RTM_NEWADDR, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body);
    request.with(libc::IFA_LOCAL, &ip).with(libc::IFA_ADDRESS, &ip).send().map(drop)
}

/// Lets an interface be the way to everywhere.
///
/// # Errors
/// What the kernel says.
pub fn add_default_route(name: &str) -> io::Result<()> {
    // struct rtmsg: family, lengths, tos, table main, protocol static, scope link, unicast.
    let body = [libc::AF_INET as u8, 0, 0, 0, 254, 4, 253, 1, 0, 0, 0, 0];
    let request = Request::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body);
    request.with(libc::RTA_OIF, &index(name)?.to_ne_bytes()).send().map(drop)
}

/// Index of an interface.
///
/// # Errors
/// `ENODEV` when there is none of that name.
pub fn index(name: &str) -> io::Result<u32> {
    let links = links()?;
    let found = links.iter().find(|link| link.name == name);
    found.map(|link| link.index).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
}

/// Calls into the network through an interface as any program might: a datagram to everyone.
///
/// # Errors
/// What the kernel says.
pub fn shout(name: &str) -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    socket.set_broadcast(true)?;
    setsockopt(&socket, sockopt::BindToDevice, &name.into())?;
    socket.send_to(b"is anybody there", "255.255.255.255:9").map(drop)
}

/// Someone who sends frames out of an interface, byte for byte.
pub struct Sender {
    socket: PacketSocket,
}

impl Sender {
    /// At this interface.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new(name: &str) -> io::Result<Sender> {
        let socket = PacketSocket::open()?;
        socket.bind_protocol(index(name)?, 0)?;
        Ok(Sender { socket })
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` on an interface that is off.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        nix::sys::socket::send(self.socket.as_fd().as_raw_fd(), frame, MsgFlags::empty())?;
        Ok(())
    }

    /// Sends a frame [`BURST`] times, as fast as it goes; gives how many got out.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn burst(&self, frame: &[u8]) -> io::Result<usize> {
        let mut headers = MultiHeaders::<()>::preallocate(BURST, None);
        let frames = [[io::IoSlice::new(frame)]; BURST];
        let fd = self.socket.as_fd().as_raw_fd();
        let sent = sendmmsg(fd, &mut headers, &frames, [None; BURST], [], MsgFlags::empty())?;
        Ok(sent.count())
    }
}
