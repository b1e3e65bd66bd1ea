//! How everything stands, from what the network, the machine and the sensing
//! process say; and what to do next.

use model::{ErrorCode, Time};
use spool::Disk;
use uplink::Seen;
use wire::State;
use wire::local::{Overview, Platform, Sensing, Sniffing, Standing};

use crate::service::Service;

/// What sensing told is of no use after so long, nanoseconds.
const STALE: u64 = 15 * Time::SECOND;

/// All of it.
pub fn overview<D: Disk>(service: &Service<D>) -> Overview {
    let state = service.net.state();
    let identity = service.identity();
    let elapsed = service.world.elapsed();
    let (settings, sensing, trying, password, warnings) = {
        let now = service.lock();
        let fresh = now.sensing.as_ref().filter(|(_, at)| elapsed.saturating_sub(*at) < STALE);
        let trying = now.trying.as_ref().map(|trying| trying.left(elapsed));
        (
            now.kept.settings.clone(),
            fresh.map(|(told, _)| told.clone()),
            trying,
            !now.kept.password.is_empty(),
            now.warnings.clone(),
        )
    };
    let told = sensing.clone().unwrap_or_default();
    let status = told.status.clone().unwrap_or_default();
    let hardware = agent::hardware(&service.version);
    let platform = Platform {
        address: identity
            .as_ref()
            .map_or_else(|| settings.platform().into(), |identity| identity.platform.to_string()),
        proxy: settings.proxy().map_or_else(String::new, |proxy| crate::way::orders(&proxy).address),
        standing: match (&identity, &sensing) {
            (None, _) => Standing::Unregistered,
            (Some(_), None) => Standing::Offline,
            (Some(_), Some(told)) if told.standing == Standing::Unregistered => Standing::Offline,
            (Some(_), Some(told)) => told.standing,
        },
        heard: told.heard,
        fault: told.fault.clone(),
        certificate_ends: identity.as_ref().map_or(Time(0), |identity| identity.good()[1]),
    };
    let fingerprints = identity.iter().flat_map(|identity| {
        let of = |what: &str, der: &[u8]| {
            let hash = Seen::fingerprint(der).map(|byte| format!("{byte:02x}"));
            (what.to_owned(), hash.join(":"))
        };
        let own = of("this sensor", &identity.certificate);
        identity.authorities.iter().map(move |der| of("platform CA", der)).chain([own])
    });
    let mut overview = Overview {
        version: service.version.clone(),
        slot: service.machine.slot(),
        serial: hardware.serial,
        name: identity.as_ref().map_or_else(String::new, |identity| identity.name.clone()),
        hostname: sys::hostname::get().unwrap_or_default(),
        uptime: sys::clock::since_boot(),
        time: (service.world.now(), settings.zone()),
        clock_offset: state.clock_offset,
        management: state.management,
        platform,
        sensing: sensing.as_ref().and_then(|told| told.status.as_ref()).map(|status| status.state),
        ports: ports(service.sniffing_ports(&settings), &told, &settings),
        findings: service.machine.findings().into_iter().chain(status.findings).chain(warnings).collect(),
        sightings: status.sightings,
        new: told.new,
        cores: status.cores,
        memory_kib: agent::memory(),
        disk_kib: sys::disk::used(&service.state).unwrap_or_default(),
        spool: status.spool,
        temperature: sys::temperature::hottest(),
        fingerprints: fingerprints.collect(),
        next: String::new(),
        trying,
        password,
        pin: !settings.get(&settings::items::panel_pin::ITEM).is_empty(),
    };
    let has_port = !service.management_port(&settings).is_empty();
    overview.next = next(&overview, service.net.managed(), has_port);
    overview
}

/// The sniffing ports: those that sensing tells of, and those that are only set.
fn ports(named: Vec<String>, told: &Sensing, settings: &settings::Settings) -> Vec<Sniffing> {
    let mut known = told.status.as_ref().map_or_else(Vec::new, |status| status.ports.clone());
    for name in named {
        if !known.iter().any(|port| port.name == name) {
            known.push(wire::PortStatus { name, ..wire::PortStatus::default() });
        }
    }
    let neighbour = |name: &str| {
        let found = told.neighbours.iter().find(|(port, _)| port == name);
        found.map_or_else(String::new, |(_, who)| who.clone())
    };
    known
        .into_iter()
        .map(|port| Sniffing {
            label: settings.port_label(&port.name).into(),
            neighbour: neighbour(&port.name),
            port,
        })
        .collect()
}

/// The first thing that keeps this box from its work, as something to do.
fn next(seen: &Overview, managed: bool, has_port: bool) -> String {
    let remedy = |code: ErrorCode, what: &str| format!("{code}: {what} {}", code.remedy());
    let management = &seen.management;
    if seen.trying.is_some() {
        return "Keep or undo the network settings that are being tried.".into();
    }
    // A network that the system manages is the system's to mend.
    if managed {
        if management.port.is_empty() && has_port {
            return "Wait: the management network is being brought up.".into();
        }
        if management.port.is_empty() {
            return "No management port was found: add a network card.".into();
        }
        if !management.link {
            return remedy(ErrorCode::NoLink, &format!("{} has no link.", management.port));
        }
        if let Some(fault) = &management.fault {
            return fault.to_string();
        }
        if management.addresses.is_empty() {
            return "Set the management network: it has no address yet.".into();
        }
    }
    if seen.platform.address.is_empty() {
        return "Set the platform's address and enter the personalization code.".into();
    }
    match seen.platform.standing {
        Standing::Unregistered => {
            return "Enter the personalization code that the platform shows under Sensors.".into();
        }
        Standing::Deregistered => {
            return "The platform removed this sensor: enter a new personalization code.".into();
        }
        Standing::Quarantined => {
            return "A copy of this sensor reports too: choose on the platform which goes on.".into();
        }
        Standing::Offline if seen.ports.is_empty() => {}
        Standing::Offline => {
            let fault = seen.platform.fault.as_ref();
            return fault
                .map_or_else(|| "The platform is away: test the connection.".into(), ToString::to_string);
        }
        Standing::Online => {}
    }
    if seen.ports.is_empty() {
        return "No port listens yet: give a port the role sniffing.".into();
    }
    match seen.sensing {
        None => return "Sensing has not started: see the log.".into(),
        Some(State::Holding) => {
            return format!("Choose the internal ranges of {} on the platform.", seen.name);
        }
        Some(State::Failed) => return "No port can be read: see the log.".into(),
        Some(State::Paused | State::Sensing) => {}
    }
    let worst = seen.findings.iter().find_map(|finding| Some((finding.code?, &finding.words)));
    worst.map_or_else(String::new, |(code, words)| match words.ends_with('.') {
        // A whole sentence has its own cure: a verdict on a mirror.
        true => format!("{code}: {words}"),
        false => remedy(code, &format!("{words}.")),
    })
}
