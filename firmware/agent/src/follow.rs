//! A sensor that does what the set-up service orders: it tells the service how it
//! stands every second, and begins again when ports, proxy or identity change.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capture::Source;
use model::{ErrorCode, Time};
use uplink::{Phase, World};
use wire::local::{Ask, Failed, Orders, Say, Sensing, Standing, frame, unframe};

use crate::{AgentError, Control, Notice, Options, proxy, run};

/// Opens sniffing ports; says in words why it cannot.
pub type Open<'a> = dyn Fn(&[String]) -> Result<Box<dyn Source>, String> + 'a;

/// Between words with the service.
const PULSE: u64 = Time::SECOND;
/// Before ports that could not be opened are tried again.
const AGAIN: u64 = 5 * Time::SECOND;
/// Longest wait for the service's answer.
const WAIT: Duration = Duration::from_secs(10);

/// What both threads know.
#[derive(Default)]
struct Shared {
    told: Sensing,
    orders: Option<Orders>,
    /// The sensor that runs, and by which orders.
    running: Option<(Control, u64)>,
}

/// Follows the service at a socket until `control` says stop. Without the service it
/// goes on by the last orders.
///
/// # Errors
/// A thread cannot be started.
pub fn follow(
    socket: &Path,
    options: &Options,
    control: &Control,
    open: &Open<'_>,
    notice: &(dyn Fn(Notice) + Sync),
) -> Result<(), AgentError> {
    let shared = Mutex::new(Shared::default());
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("orders".into())
            .spawn_scoped(scope, || listen(socket, &shared, control))?;
        while !control.stopped() {
            let orders = lock(&shared).orders.clone().filter(|orders| orders.registered);
            match orders {
                Some(orders) if !orders.ports.is_empty() => {
                    obey(&orders, options, control, open, notice, &shared);
                }
                _ => drop(control.world.wait(PULSE / 4)),
            }
        }
        Ok(())
    })
}

/// Senses by these orders until there are others.
fn obey(
    orders: &Orders,
    options: &Options,
    control: &Control,
    open: &Open<'_>,
    notice: &(dyn Fn(Notice) + Sync),
    shared: &Mutex<Shared>,
) {
    let inner = control.inner();
    {
        let mut shared = lock(shared);
        shared.told = Sensing { standing: Standing::Offline, ..Sensing::default() };
        shared.running = Some((inner.clone(), orders.generation));
    }
    let failed = |failed: Failed| {
        lock(shared).told.fault = Some(failed);
        control.world.wait(AGAIN);
    };
    let options = match orders.proxy.as_ref().map(proxy).transpose() {
        Ok(proxy) => Options { proxy, ..options.clone() },
        Err(wrong) => return failed(wrong),
    };
    let mut source = match open(&orders.ports) {
        Ok(source) => source,
        Err(words) => return failed(Failed::coded(ErrorCode::NoLink, words)),
    };
    // What stopped us between the look at the orders and now?
    if control.stopped() || changed(shared, orders) {
        return;
    }
    let told = |what: Notice| {
        note(&mut lock(shared).told, &what);
        notice(what);
    };
    match run(&mut *source, &options, &inner, &told) {
        Ok(()) => {}
        Err(AgentError::Deregistered) => {
            lock(shared).told.standing = Standing::Deregistered;
            while !control.stopped() && !changed(shared, orders) {
                control.world.wait(PULSE / 4);
            }
        }
        Err(AgentError::Uplink(error)) => failed(error.into()),
        Err(error) => failed(Failed::plain(error.to_string(), "It is tried again.")),
    }
}

/// There are other orders than these.
fn changed(shared: &Mutex<Shared>, orders: &Orders) -> bool {
    lock(shared).orders.as_ref().is_some_and(|new| new.generation != orders.generation)
}

/// What a notice means for the service.
fn note(told: &mut Sensing, notice: &Notice) {
    match notice {
        Notice::Line(phase, error) => {
            told.standing = match phase {
                Phase::Away => Standing::Offline,
                Phase::Online => Standing::Online,
                Phase::Quarantined => Standing::Quarantined,
                Phase::Deregistered => Standing::Deregistered,
            };
            told.fault = error.clone().map(Failed::from);
        }
        Notice::Status(standing) => {
            told.status = Some(standing.status.clone());
            told.neighbours.clone_from(&standing.neighbours);
            (told.new, told.heard) = (standing.new, standing.heard);
        }
        Notice::Disk(Some(words)) => {
            told.fault = Some(Failed::coded(ErrorCode::Disk, words.clone()));
        }
        Notice::Config(_) | Notice::Sensing(..) | Notice::Disk(None) => {}
    }
}

/// Tells the service how it stands and takes its orders, until it is time to stop.
fn listen(socket: &Path, shared: &Mutex<Shared>, control: &Control) {
    let mut line: Option<UnixStream> = None;
    loop {
        let stopped = control.stopped();
        if stopped {
            if let Some((running, _)) = &lock(shared).running {
                running.stop();
            }
            return;
        }
        let told = lock(shared).told.clone();
        let asked = match &mut line {
            Some(stream) => exchange(stream, told),
            None => UnixStream::connect(socket).and_then(|mut stream| {
                stream.set_read_timeout(Some(WAIT))?;
                let orders = exchange(&mut stream, told);
                line = Some(stream);
                orders
            }),
        };
        match asked {
            Ok(orders) => {
                let mut shared = lock(shared);
                if let Some((running, by)) = &shared.running
                    && *by != orders.generation
                {
                    running.stop();
                }
                shared.orders = Some(orders);
            }
            Err(_) => line = None,
        }
        control.world.wait(PULSE);
    }
}

fn exchange(stream: &mut UnixStream, told: Sensing) -> io::Result<Orders> {
    stream.write_all(&frame(&Ask::Sensing(Box::new(told))))?;
    let (mut arrived, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match unframe::<Say>(&mut arrived).map_err(io::Error::other)? {
            Some(Say::Orders(orders)) => return Ok(orders),
            Some(other) => return Err(io::Error::other(format!("the set-up service said {other:?}"))),
            None => match stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => arrived.extend_from_slice(&buffer[..more]),
            },
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
