//! The management network of an appliance: `netcfg` in the service's words, the
//! lease kept over a restart, and the clock kept by network time.

use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{ErrorCode, Time};
use netcfg::manager::{How, Options};
use netcfg::time::{Keeper, Machine as Wall};
use netcfg::{Error, Fault, LinkSpeed, Manager, State, Wanted};
use settings::{Hints, Ipv4, Ipv6, Network, Prefixed};
use wire::local::{Failed, Management, Step};

use crate::net::{Net, NetState};

/// Longest wait for a link: autonegotiation takes up to 3 s, a switch's spanning
/// tree longer, but that is no fault of ours.
const LINK: Duration = Duration::from_secs(8);
/// Longest wait for a lease.
const LEASE: Duration = Duration::from_secs(30);
/// Longest wait for the gateway.
const GATEWAY: Duration = Duration::from_secs(4);

/// File of the remembered lease. Without it, DHCP begins anew: nothing is lost.
const LEASE_FILE: &str = "lease";

/// The manager, to be asked while it is busy with a change.
type Shared = Arc<Mutex<Option<Arc<Manager>>>>;

/// The managed network.
pub struct Managed {
    /// None until the first change.
    manager: Shared,
    options: Mutex<Options>,
    lease_file: PathBuf,
    clock: Arc<Mutex<ClockState>>,
    ended: Arc<AtomicBool>,
}

#[derive(Default)]
struct ClockState {
    offset: Option<i64>,
    fault: Option<Fault>,
}

impl Managed {
    /// For a machine whose name servers are written to `resolv_conf`; `floor` is the
    /// latest time that is known to have passed, when the clock is to be kept too.
    /// Nothing is touched before the first change.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(resolv_conf: &Path, state: &Path, floor: Option<Time>) -> std::io::Result<Managed> {
        let lease_file = state.join(LEASE_FILE);
        let mut options = Options::new(resolv_conf);
        options.remembered =
            std::fs::read_to_string(&lease_file).ok().and_then(|text| toml::from_str(&text).ok());
        let managed = Managed {
            manager: Arc::default(),
            options: Mutex::new(options),
            lease_file,
            clock: Arc::default(),
            ended: Arc::default(),
        };
        if let Some(floor) = floor {
            let (manager, clock, ended) =
                (Arc::clone(&managed.manager), Arc::clone(&managed.clock), Arc::clone(&managed.ended));
            let keep = move || keep_clock(floor, &manager, &clock, &ended);
            std::thread::Builder::new().name("clock".into()).spawn(keep)?;
        }
        Ok(managed)
    }

    /// The manager, if it has begun; nobody else waits meanwhile.
    fn manager(&self) -> Option<Arc<Manager>> {
        lock(&self.manager).clone()
    }

    fn now(&self) -> State {
        self.manager().map(|manager| manager.state()).unwrap_or_default()
    }

    /// Waits without holding others up: a lease may take half a minute.
    fn wait(&self, patience: Duration, holds: impl Fn(&State) -> bool) -> (State, bool) {
        let until = Instant::now() + patience;
        loop {
            let state = self.now();
            if holds(&state) {
                return (state, true);
            }
            if Instant::now() >= until {
                return (state, false);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn keep_lease(&self, state: &State) {
        let text = state.lease.as_ref().and_then(|lease| toml::to_string(lease).ok()).unwrap_or_default();
        if std::fs::read_to_string(&self.lease_file).unwrap_or_default() != text {
            let _ = std::fs::write(&self.lease_file, text);
        }
    }
}

impl Net for Managed {
    fn change(&self, port: &str, network: &Network) -> Result<(), Failed> {
        let wanted = wanted(port, network);
        let done = match self.manager() {
            Some(manager) => manager.change(wanted),
            None => Manager::start(wanted, lock(&self.options).clone())
                .map(|begun| *lock(&self.manager) = Some(Arc::new(begun))),
        };
        done.map_err(failed)
    }

    fn state(&self) -> NetState {
        let state = self.now();
        self.keep_lease(&state);
        let clock = lock(&self.clock);
        let fault = state.fault.as_ref().or(clock.fault.as_ref());
        NetState { management: management(&state, fault), hints: hints(&state), clock_offset: clock.offset }
    }

    fn settle(&self, tell: &mut dyn FnMut(Step)) -> bool {
        let step = |name: &str, outcome| Step { name: name.into(), outcome };
        let (state, linked) = self.wait(LINK, |state| state.link);
        if !linked {
            let words = format!("{} has no carrier", state.interface);
            tell(step("link", Err(Failed::coded(ErrorCode::NoLink, words))));
            return false;
        }
        tell(step("link", Ok(speed_words(&state))));
        let settled = |state: &State| {
            state.address().is_some()
                || state.fault.as_ref().is_some_and(|fault| fault.code == ErrorCode::AddressInUse)
        };
        let (state, _) = self.wait(LEASE, settled);
        match (state.address(), &state.fault) {
            (_, Some(fault)) if fault.code == ErrorCode::AddressInUse => {
                tell(step("address", Err(coded(fault))));
                return false;
            }
            (Some(held), _) => {
                tell(step("address", Ok(format!("{}/{}, {}", held.ip, held.prefix, how(held.how)))))
            }
            (None, fault) => {
                let lease = Failed::coded(ErrorCode::NoLease, "no server answered in 30 s");
                tell(step("address", Err(fault.as_ref().map_or(lease, coded))));
                return false;
            }
        }
        let Some(gateway) = state.gateways.first() else {
            tell(step("gateway", Ok("none is set".into())));
            return true;
        };
        let checked = self.manager().map_or(Ok(()), |manager| manager.check_gateway(GATEWAY));
        let good = checked.is_ok();
        tell(step("gateway", checked.map(|()| format!("{gateway} answers")).map_err(failed)));
        good
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wanted(port: &str, network: &Network) -> Wanted {
    let route = |route: &settings::StaticRoute| netcfg::Route {
        destination: route.to.ip.into(),
        prefix: route.to.prefix,
        gateway: Some(route.via.into()),
    };
    Wanted {
        interface: port.into(),
        vlan: network.vlan,
        mtu: network.mtu.map(u32::from),
        speed: network
            .link
            .map_or(LinkSpeed::Auto, |link| LinkSpeed::Fixed { speed: link.speed, full_duplex: link.full }),
        hostname: network.hostname.clone(),
        ipv4: match network.ipv4 {
            Ipv4::Dhcp => netcfg::Ipv4::Dhcp,
            Ipv4::Static { address, gateway } => {
                netcfg::Ipv4::Static { address: address.ip, prefix: address.prefix, gateway }
            }
        },
        ipv6: match network.ipv6 {
            Ipv6::Off => netcfg::Ipv6::Off,
            Ipv6::Slaac => netcfg::Ipv6::Slaac,
            Ipv6::Static { address, gateway } => {
                netcfg::Ipv6::Static { address: address.ip, prefix: address.prefix, gateway }
            }
        },
        dns: network.dns.clone(),
        search: network.search.clone(),
        routes: network.routes.iter().map(route).collect(),
        ntp: network.ntp.clone(),
    }
}

fn failed(error: Error) -> Failed {
    match error {
        Error::Fault(fault) => coded(&fault),
        other => Failed::plain(other.to_string(), "See the log, and set the network again."),
    }
}

fn coded(fault: &Fault) -> Failed {
    Failed::coded(fault.code, fault.words.clone())
}

fn management(state: &State, fault: Option<&Fault>) -> Management {
    Management {
        port: state.interface.clone(),
        mac: state.mac.map_or_else(String::new, |mac| mac.map(|byte| format!("{byte:02x}")).join(":")),
        link: state.link,
        speed: state.speed.unwrap_or(0),
        addresses: state
            .addresses
            .iter()
            .map(|held| (format!("{}/{}", held.ip, held.prefix), how(held.how)))
            .collect(),
        gateways: state.gateways.iter().map(ToString::to_string).collect(),
        dns: state.dns.iter().map(ToString::to_string).collect(),
        fault: fault.map(coded),
    }
}

fn hints(state: &State) -> Hints {
    let v4 = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => Some(*ip),
        IpAddr::V6(_) => None,
    };
    let held = state.addresses.iter().find(|held| held.ip.is_ipv4() && held.how != How::LinkLocal);
    Hints {
        address: held.and_then(|held| Some(Prefixed { ip: v4(&held.ip)?, prefix: held.prefix })),
        gateway: state.gateways.iter().find_map(v4),
        dns: state.dns.clone(),
        search: state.search.first().cloned().unwrap_or_default(),
    }
}

fn how(how: How) -> String {
    match how {
        How::Dhcp(Some(until)) => format!("DHCP until {}", minute(until)),
        How::Dhcp(None) => "DHCP".into(),
        How::Static => "static".into(),
        How::Slaac(Some(until)) => format!("SLAAC until {}", minute(until)),
        How::Slaac(None) => "SLAAC".into(),
        How::LinkLocal => "link-local".into(),
    }
}

/// `2026-11-26 23:56 UTC`.
fn minute(time: Time) -> String {
    let text = time.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

fn speed_words(state: &State) -> String {
    let mut words = format!("{} is up", state.interface);
    if let Some(speed) = state.speed {
        let _ = write!(words, " at {speed} Mb/s");
    }
    if state.full_duplex == Some(false) {
        words.push_str(", half duplex");
    }
    words
}

/// Asks time servers in rounds until the network ends; at once when there are others.
fn keep_clock(
    floor: Time,
    manager: &Mutex<Option<Arc<Manager>>>,
    told: &Mutex<ClockState>,
    ended: &AtomicBool,
) {
    let mut keeper = Keeper::new(Wall, Duration::from_nanos(floor.0));
    let (mut due, mut asked) = (Instant::now(), Vec::new());
    while !ended.load(Ordering::SeqCst) {
        let state = lock(manager).clone().map(|manager| manager.state()).unwrap_or_default();
        let ready = state.address().is_some();
        if ready && (state.ntp != asked || Instant::now() >= due) {
            let report = keeper.round(&state.ntp);
            asked.clone_from(&state.ntp);
            due = Instant::now() + keeper.wait();
            let mut told = lock(told);
            match report {
                Ok(report) => {
                    told.offset = Some(report.offset.saturating_mul(1_000));
                    told.fault = None;
                }
                // Without a server, the time of the platform's answers has to do.
                Err(_) if state.ntp.is_empty() => *told = ClockState::default(),
                Err(fault) => told.fault = Some(fault),
            }
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[cfg(test)]
mod tests {
    use netcfg::dhcp::Lease;

    #[test]
    fn a_lease_comes_back_or_is_forgotten() {
        let lease = Lease {
            address: [10, 0, 0, 5].into(),
            prefix: 24,
            server: [10, 0, 0, 1].into(),
            seconds: 3_600,
            renew: 1_800,
            rebind: 3_150,
            routes: vec![netcfg::Route::default_by([10, 0, 0, 1].into())],
            dns: vec![[10, 0, 0, 2].into()],
            domain: "plant.example".into(),
            ntp: Vec::new(),
        };
        let text = toml::to_string(&lease).unwrap();
        assert_eq!(toml::from_str::<Lease>(&text).unwrap(), lease);
        assert!(toml::from_str::<Lease>(&text[..text.len() / 2]).is_err());
    }
}
