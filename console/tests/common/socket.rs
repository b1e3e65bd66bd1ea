//! The double behind a real Unix socket, with the real framing.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use wire::local::{Ask, Say, frame, unframe};

use super::double::Double;

/// A listening service; gone when dropped.
pub struct Served {
    pub double: Arc<Mutex<Double>>,
    path: PathBuf,
    _dir: TempDir,
}

impl Served {
    /// Begins to serve.
    pub fn new(double: Double) -> Served {
        Served::slow(double, Duration::ZERO)
    }

    /// The same with a pause before each step of an answer, as real tests have.
    pub fn slow(double: Double, pause: Duration) -> Served {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("setup.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let double = Arc::new(Mutex::new(double));
        let shared = double.clone();
        // Ends with the test's process; each connection has its own thread.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                std::thread::spawn(move || serve(stream, &shared, pause));
            }
        });
        Served { double, path, _dir: dir }
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn serve(mut stream: UnixStream, double: &Mutex<Double>, pause: Duration) {
    let (mut arrived, mut buffer) = (Vec::new(), [0; 1_024]);
    loop {
        while let Ok(Some(ask)) = unframe::<Ask>(&mut arrived) {
            let says = double.lock().unwrap().answer(ask);
            for say in says {
                if matches!(say, Say::Step(_)) {
                    std::thread::sleep(pause);
                }
                if stream.write_all(&frame(&say)).is_err() {
                    return;
                }
            }
        }
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => arrived.extend(&buffer[..count]),
            _ => return,
        }
    }
}
