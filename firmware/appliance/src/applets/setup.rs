//! The set-up service, and with it the management network.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use setup::{Managed, Parts, Service, Store, hands_free, socket};
use spool::{Folder, SpoolError};
use sys::uevent::Uevents;
use uplink::{System, Vault, World};

use crate::beat::Heart;
use crate::machine::Appliance;
use crate::paths::{self, RESOLV_CONF, STATE};

/// Devices are quiet when none was told of for so long, milliseconds: a stick's disk comes before its partitions.
const QUIET: u16 = 300;

/// Serves until PID 1 says stop.
pub fn run() -> Result<(), String> {
    super::end_when_told()?;
    let state = PathBuf::from(STATE);
    let disk = |error: SpoolError| error.to_string();
    let store = Store::open(Folder::open(&state.join("settings")).map_err(disk)?).map_err(disk)?;
    let good = Vault::open(&state).and_then(|vault| vault.rolling()).map(|rolling| rolling.good);
    let floor = good.unwrap_or_default().max(uplink::BUILT);
    let net =
        Managed::start(Path::new(RESOLV_CONF), &state, Some(floor)).map_err(|error| error.to_string())?;
    let parts = Parts {
        store,
        net: Box::new(net),
        machine: Box::new(Appliance::new()?),
        state,
        version: format!("stillwatch {}", paths::version()),
        confirm: setup::CONFIRM,
        world: Arc::new(System::default()) as Arc<dyn World>,
    };
    let service = Arc::new(Service::start(parts).map_err(|error| error.to_string())?);
    let listener = socket::listen(Path::new(wire::local::SOCKET))
        .map_err(|error| format!("cannot listen at {}: {error}", wire::local::SOCKET))?;
    let looked = Arc::clone(&service);
    std::thread::spawn(move || keep_looking(&looked));
    let alive = Arc::clone(&service);
    Heart::of("setup").while_alive(move || {
        // Takes the service's lock as every answer does: whoever holds it for ever is found.
        alive.tick();
        true
    });
    super::syslog::follow(&service);
    socket::serve(&service, listener);
    Err("the socket is gone".into())
}

/// Takes what stands beside the box, and again whenever a medium comes: many a stick shows itself only when the parts
/// run already, and somebody may put one in at any time.
fn keep_looking(service: &Service<Folder>) {
    // Before the first look, so that nothing comes unseen.
    let devices = Uevents::open();
    loop {
        let (found, wrong) = hands_free::in_machine();
        wrong.iter().for_each(|words| eprintln!("{words}"));
        service.take(found);
        match &devices {
            Ok(devices) => while !medium_came(devices) {},
            Err(error) => return eprintln!("sticks that are put in now are not seen: {error}"),
        }
    }
}

/// Waits for news of devices, and then until they are quiet; true when there may be something new to look at: a medium,
/// or the file system that reads one.
fn medium_came(devices: &Uevents) -> bool {
    let mut came = false;
    let mut within = PollTimeout::NONE;
    while poll(&mut [PollFd::new(devices.as_fd(), PollFlags::POLLIN)], within).is_ok_and(|ready| ready > 0) {
        while let Some(event) = devices.next() {
            came |= event.action == "add" && ["block", "module", ""].contains(&event.subsystem.as_str());
        }
        within = PollTimeout::from(QUIET);
    }
    came
}
