//! The set-up service, and with it the management network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use setup::{Managed, Parts, Service, Store, hands_free, socket};
use spool::{Folder, SpoolError};
use uplink::{System, Vault, World};

use crate::beat::Heart;
use crate::machine::Appliance;
use crate::paths::{self, RESOLV_CONF, STATE};

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
    std::thread::spawn(move || {
        let (found, wrong) = hands_free::in_machine();
        wrong.iter().for_each(|words| eprintln!("{words}"));
        looked.take(found);
    });
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
