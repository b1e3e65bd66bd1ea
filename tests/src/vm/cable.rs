//! A cable to a machine's port: frames go in one by one, and whatever comes out is kept.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a frame is tried again while the machine does not take it.
const AGAIN: Duration = Duration::from_millis(1);
/// Longest time a machine may not take a frame.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cable. Both ends are datagram sockets: one datagram is one frame.
pub struct Cable {
    socket: UnixDatagram,
    theirs: PathBuf,
    sent: Sent,
}

/// What the machine sent, with when.
type Sent = Arc<Mutex<Vec<(Instant, Vec<u8>)>>>;

impl Cable {
    /// Our end at `ours`; QEMU's will be at `theirs`.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub(super) fn new(ours: &Path, theirs: &Path) -> io::Result<Cable> {
        let socket = UnixDatagram::bind(ours)?;
        let (reading, sent) = (socket.try_clone()?, Sent::default());
        let kept = Arc::clone(&sent);
        // Ends when the cable is dropped: the socket is shut down then.
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 17];
            while let Ok(count) = reading.recv(&mut bytes) {
                if count == 0 {
                    return;
                }
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push((Instant::now(), bytes[..count].to_vec()));
            }
        });
        Ok(Cable { socket, theirs: theirs.into(), sent })
    }

    /// A frame goes into the machine's port.
    ///
    /// # Errors
    /// The machine is off, or takes nothing for a long time.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        let end = Instant::now() + PATIENCE;
        // Shorter ones are no Ethernet (IEEE 802.3 §3.2.8); some cards drop them.
        let mut padded = frame.to_vec();
        padded.resize(frame.len().max(60), 0);
        loop {
            match self.socket.send_to(&padded, &self.theirs) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                    std::thread::sleep(AGAIN);
                }
                other => return other.map(drop),
            }
        }
    }

    /// What the machine sent out of this port, from switching on or the last [`Cable::forget`].
    pub fn sent(&self) -> Vec<Vec<u8>> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().map(|(_, frame)| frame.clone()).collect()
    }

    /// Forgets what was sent: firmware may look for a network before the kernel starts.
    pub fn forget(&self) {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The promise of a sniffing port.
    ///
    /// # Panics
    /// Anything was sent.
    #[track_caller]
    pub fn silent(&self) {
        let sent = self.sent();
        let shown: Vec<String> = sent
            .iter()
            .take(5)
            .map(|frame| frame.iter().take(48).map(|byte| format!("{byte:02x}")).collect())
            .collect();
        assert!(sent.is_empty(), "{} frames came out of a sniffing port: {shown:#?}", sent.len());
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::until;

    #[test]
    fn what_comes_out_is_kept_and_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        let port = UnixDatagram::bind(&theirs).unwrap();
        let cable = Cable::new(&ours, &theirs).unwrap();
        cable.send(&[1; 14]).unwrap();
        let mut bytes = [0; 100];
        assert_eq!(port.recv(&mut bytes).unwrap(), 60);
        cable.silent();
        port.send_to(&[2; 60], &ours).unwrap();
        until("it is kept", || !cable.sent().is_empty());
        assert_eq!(cable.sent(), [vec![2; 60]]);
        cable.forget();
        cable.silent();
    }
}
