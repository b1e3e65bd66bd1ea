//! A port through the `pnet` library, which reads one frame a system call.
//!
//! It works wherever `pnet` does, and it costs: no ring, so that bursts are lost
//! early; and the kernel has already taken the outer VLAN tag off when a frame
//! arrives, with no way to get it back here ([`crate::Source::sees_vlans`] says
//! so). Whole frames are read; the buffer is large enough for merged ones.
//!
//! Times are those at which a frame was read, not those at which it arrived: `pnet`
//! does not pass the kernel's on.

use std::io::ErrorKind;
use std::os::fd::IntoRawFd;
use std::time::Duration;

use model::Time;
use pnet_datalink::{Channel, Config, DataLinkReceiver};
use sys::packet_socket::PacketSocket;

use crate::ports::{Tap, Watch};
use crate::{BATCH, Error, Frame, LinkType, port};

/// Bytes of the buffer for one frame: `pnet`'s own default of 4,096 would cut.
const READ_BUFFER: usize = 128 << 10;

/// Bytes that the kernel is asked to keep for us while we are busy.
const SOCKET_BUFFER: i32 = 8 << 20;

/// One port.
pub struct Pnet {
    /// A second handle of the socket that `pnet` reads from: statistics and errors.
    watch: Watch,
    receiver: Box<dyn DataLinkReceiver>,
    snaplen: usize,
}

impl Pnet {
    /// Listens on a port; `snaplen` cuts frames to so many bytes, 0: not.
    ///
    /// # Errors
    /// [`Error::NoPort`], [`Error::Permission`] without `CAP_NET_RAW`, [`Error::Port`].
    pub fn open(name: &str, snaplen: u32) -> Result<Pnet, Error> {
        let index = port::index(name)?;
        let failed = |source| Error::port(name, "listen", "CAP_NET_RAW", source);
        let interface = pnet_datalink::interfaces()
            .into_iter()
            .find(|interface| interface.index == index)
            .ok_or_else(|| failed(ErrorKind::NotFound.into()))?;
        let socket = PacketSocket::open().map_err(failed)?;
        let _ = socket.ignore_outgoing();
        socket.buffer(SOCKET_BUFFER);
        // `pnet` owns this handle from here on, and closes it also when it fails.
        let theirs = socket.try_clone().map_err(failed)?.into_raw_fd();
        let config = Config {
            read_buffer_size: READ_BUFFER,
            // Nothing will be sent; its sender is dropped at once.
            write_buffer_size: 0,
            read_timeout: Some(Duration::ZERO),
            promiscuous: true,
            socket_fd: Some(theirs),
            ..Config::default()
        };
        let receiver = match pnet_datalink::channel(&interface, config).map_err(failed)? {
            Channel::Ethernet(_, receiver) => receiver,
            _ => return Err(failed(ErrorKind::Unsupported.into())),
        };
        let watch = Watch::new(name, index, socket).map_err(failed)?;
        let snaplen = if snaplen == 0 { usize::MAX } else { snaplen as usize };
        Ok(Pnet { watch, receiver, snaplen })
    }
}

impl Tap for Pnet {
    const SEES_VLANS: bool = false;

    fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    fn watched(&self) -> &Watch {
        &self.watch
    }

    fn take(
        &mut self,
        interface: u16,
        frames: &mut u64,
        each: &mut dyn FnMut(&[Frame<'_>]),
    ) -> Result<bool, Error> {
        let before = *frames;
        for _ in 0..BATCH {
            match self.receiver.next() {
                Ok(data) => {
                    *frames += 1;
                    each(&[Frame {
                        time: Time(sys::clock::wall()),
                        data: data.get(..self.snaplen).unwrap_or(data),
                        number: *frames,
                        wire_len: data.len() as u32,
                        interface,
                        link: LinkType::ETHERNET,
                    }]);
                }
                Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => {
                    self.watch.failed();
                    break;
                }
                // `Other` is how `pnet` says that an error waits at the socket: the wait will see to it.
                Err(error)
                    if [
                        ErrorKind::TimedOut,
                        ErrorKind::WouldBlock,
                        ErrorKind::Interrupted,
                        ErrorKind::Other,
                    ]
                    .contains(&error.kind()) =>
                {
                    break;
                }
                Err(source) => {
                    let name = self.watch.name().to_owned();
                    return Err(Error::Port { name, doing: "read".into(), source });
                }
            }
        }
        Ok(*frames > before)
    }
}
