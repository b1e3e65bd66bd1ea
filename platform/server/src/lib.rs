//! The platform as a whole: a store, a core, two listeners, and what time makes due.
//!
//! [`run`] is the program's; [`Server::start`] gives a handle, for tests and the
//! demonstration. All of it runs in threads of its own: the caller needs no
//! async runtime.

mod files;
mod greeting;
mod listen;
mod log;
mod names;
mod options;
mod routes;
mod server;
mod tls;
mod verifier;

pub use greeting::greeting;
pub use log::log;
pub use options::{CertificateFiles, Options};
pub use server::{Running, Server};

/// Runs until `wait` returns, and says on standard output how to sign in when it
/// is the first start.
///
/// # Errors
/// When it cannot start: what is wrong with which option, file or address.
pub fn run(options: Options, wait: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let running = Server::start(options)?;
    print!("{}", greeting(&running));
    let waited = wait();
    running.stop();
    waited
}

/// Waits for SIGINT or SIGTERM; to be given to [`run`].
///
/// # Errors
/// When signals cannot be waited for.
pub fn until_signal() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
