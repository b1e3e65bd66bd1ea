//! The Unix socket of the service: one thread a face. Only root and the user that
//! the service runs as are let in (peer credentials), whatever the file's mode.

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use spool::Disk;
use wire::local::{Ask, Failed, Say, frame, unframe};

use crate::service::Service;

/// Faces at once.
const FACES: usize = 32;

/// Listens at a path; what lies there is taken away.
///
/// # Errors
/// What the system says of the path.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Serves faces until the world ends; undoes in time what nobody confirms.
pub fn serve<D: Disk + Send + 'static>(service: &Arc<Service<D>>, listener: UnixListener) {
    let connections = Arc::new(());
    // A registration may take a minute: what nobody confirms is undone in time all the same.
    for turn in [Service::tick as fn(&Service<D>), Service::try_code] {
        let service = Arc::clone(service);
        std::thread::spawn(move || {
            while service.world.wait(model::Time::SECOND / 2) {
                turn(&service);
            }
        });
    }
    for stream in listener.incoming() {
        if !service.world.wait(0) {
            return;
        }
        let Ok(stream) = stream else {
            service.world.wait(model::Time::SECOND / 10);
            continue;
        };
        if !allowed(&stream) || Arc::strong_count(&connections) > FACES {
            continue;
        }
        let (service, connection) = (Arc::clone(service), Arc::clone(&connections));
        std::thread::spawn(move || {
            let _counted = connection;
            // A face that goes away is no fault.
            let _ = converse(&service, stream);
        });
    }
}

fn allowed(stream: &UnixStream) -> bool {
    let own = nix::unistd::geteuid().as_raw();
    getsockopt(stream, PeerCredentials).is_ok_and(|peer| peer.uid() == 0 || peer.uid() == own)
}

fn converse<D: Disk>(service: &Service<D>, mut stream: UnixStream) -> io::Result<()> {
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    let (mut arrived, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let asked = match unframe::<Ask>(&mut arrived) {
            Ok(asked) => asked,
            Err(error) => {
                let refused = Failed::plain(error.to_string(), "Use the console of the same version.");
                return stream.write_all(&frame(&Say::Failed(refused)));
            }
        };
        let Some(ask) = asked else {
            match stream.read(&mut buffer)? {
                0 => return Ok(()),
                more => arrived.extend_from_slice(&buffer[..more]),
            }
            continue;
        };
        let mut sent = Ok(());
        // A face that hung up does not stop what it asked for: a test of a new
        // address goes on when the operator is cut off, and is undone in time.
        service.answer(ask, &mut |say| {
            if sent.is_ok() {
                sent = stream.write_all(&frame(&say));
            }
        });
        sent?;
    }
}
