//! Being asked to end by another program (`kill`, a closed terminal), for those
//! who have something to put back first.

use std::io;

use nix::sys::signal::{SigSet, Signal};

/// Calls `each` in a thread of its own whenever SIGTERM or SIGHUP arrives,
/// instead of ending the process. To be called before other threads are started:
/// they take over that the signals are held back.
///
/// # Errors
/// When the thread cannot be started.
pub fn on_terminate(mut each: impl FnMut() + Send + 'static) -> io::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGHUP);
    signals.thread_block()?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        while signals.wait().is_ok() {
            each();
        }
    })?;
    Ok(())
}
