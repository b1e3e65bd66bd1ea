//! `stillwatch setup`: the set-up service behind console and panel.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use setup::hands_free::{self, Found, Origin};
use setup::{Host, Managed, Net, Parts, Service, Store, Unmanaged, socket};
use spool::Folder;
use uplink::{System, Vault, World};

use crate::exit::{Exit, Failure};
use crate::read;
use crate::way::{self, Way};

/// How the service runs.
#[derive(Debug, Args)]
pub struct Setup {
    /// Unix socket at which console, panel and sensor ask
    #[arg(long, value_name = "PATH", default_value = wire::local::SOCKET)]
    pub socket: PathBuf,
    /// Folder of settings, identity and spool
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Manage the network of this port: DHCP or static address, routes, name servers, time.
    /// Without it the machine's own system does
    #[arg(long, value_name = "IFACE")]
    pub manage: Option<String>,
    /// Where the name servers are written to, with --manage
    #[arg(long, value_name = "FILE", default_value = "/etc/resolv.conf", requires = "manage")]
    pub resolv_conf: PathBuf,
    /// Keep this machine's clock by network time too, with --manage
    #[arg(long, requires = "manage")]
    pub clock: bool,
    /// Seconds after which a change of the network is undone unless somebody confirms it
    #[arg(long, value_name = "SECONDS", default_value_t = setup::CONFIRM, requires = "manage")]
    pub confirm_within: u64,
    /// Take stillwatch.toml, ovf-env.xml or user-data from this folder; may be given several times
    #[arg(long, value_name = "DIR")]
    pub from: Vec<PathBuf>,
    /// Look at removable media and the hypervisor too, as the appliance does at its start
    #[arg(long)]
    pub media: bool,
}

/// Runs the verb until Ctrl-C.
pub fn run(args: &Setup) -> Result<Exit, Failure> {
    let state = Way { state: args.state.clone(), ..Way::default() }.state();
    let disk = |error: spool::SpoolError| Failure::Invalid(error.to_string());
    let store = Store::open(Folder::open(&state.join("settings")).map_err(disk)?).map_err(disk)?;
    let world = Arc::new(System::default());
    let net: Box<dyn Net> = match &args.manage {
        None => Box::new(Unmanaged),
        Some(_) => {
            let good = Vault::open(&state).and_then(|vault| vault.rolling()).map(|rolling| rolling.good);
            let floor = args.clock.then(|| good.unwrap_or_default().max(uplink::BUILT));
            let managed = Managed::start(&args.resolv_conf, &state, floor);
            Box::new(managed.map_err(|error| Failure::Invalid(error.to_string()))?)
        }
    };
    let parts = Parts {
        store,
        net,
        machine: Box::new(Host { manage: args.manage.clone() }),
        state,
        version: super::VERSION.to_owned(),
        confirm: args.confirm_within,
        world: Arc::clone(&world) as Arc<dyn World>,
    };
    let service = Arc::new(Service::start(parts).map_err(|error| way::failure(&error))?);
    let listener = socket::listen(&args.socket)
        .map_err(|error| Failure::Invalid(format!("cannot listen at {}: {error}", args.socket.display())))?;
    beside(args, &service);
    anstream::eprintln!("The set-up service answers at {}.", args.socket.display());
    read::catch_interrupts();
    std::thread::spawn(move || {
        while read::interrupts() == 0 {
            read::pause(Duration::from_secs(3_600));
        }
        world.end();
        // It waits for faces, not for the world.
        std::process::exit(0);
    });
    socket::serve(&service, listener);
    Ok(Exit::Ok)
}

/// Takes what lies beside this machine, and says what it cannot use.
fn beside(args: &Setup, service: &Service<Folder>) {
    let mut all: Vec<Found> = Vec::new();
    let mut wiped: Vec<PathBuf> = Vec::new();
    for folder in &args.from {
        let (found, wrong) = hands_free::in_folder(folder);
        wrong.iter().for_each(|words| anstream::eprintln!("stillwatch: {words}"));
        if found.iter().any(|one| one.origin == Origin::Usb) {
            wiped.push(folder.clone());
        }
        all.extend(found);
    }
    #[cfg(target_os = "linux")]
    if args.media {
        let (found, wrong) = hands_free::in_machine();
        wrong.iter().for_each(|words| anstream::eprintln!("stillwatch: {words}"));
        all.extend(found);
    }
    service.take(all);
    for folder in wiped {
        if let Err(error) = hands_free::wipe(&folder) {
            anstream::eprintln!("stillwatch: stillwatch.toml in {} stays: {error}", folder.display());
        }
    }
}
