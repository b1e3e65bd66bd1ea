//! `stillwatch-bench identity`: what it costs to keep the inventory while more is heard.
//!
//! One process, one core, CPU seconds. A host has three sightings (MAC and IPv4,
//! MAC and link-local IPv6, IPv4 alone) with ten intervals together; one name in
//! ten is another host's too. The intervals are made while they are noted, outside
//! the time that counts.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context, Result};
use assets::{Assignment, Component, Config, Shared, component};
use identity::{Act, Assertion, Key, Live, Member};
use model::{Interval, Mac, NetworkId, Sighting, Time};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Addresses behind one router.
const REMOTE: u32 = 10_000;
/// Times that tables in force are asked for.
const ASKED: u32 = 20_000_000;
/// Components made for the distribution of times.
const MADE: usize = 5_000;

/// Runs it; `args` is the number of hosts, 100,000 without one.
pub fn run(args: &[String]) -> Result<()> {
    let hosts: u32 = match args.first() {
        Some(text) => text.parse().context("identity [HOSTS]: wants a number")?,
        None => 100_000,
    };
    println!("{hosts} hosts, ten intervals each; CPU seconds of one core");
    let config = Config::default();
    let before = resident_kib()?;
    let mut live = Live::new(config.identity.clone());
    let mut assignment = Assignment::default();
    for (what, later) in [("first notes", 0), ("repeated notes", 0), ("grown notes", 60)] {
        let all = (1..=hosts).flat_map(|host| rows(host, later));
        let mut spent = Spent::note(&mut live, &mut assignment, &config, all)?;
        let touched = spent.of(|| live.touched())?.len();
        println!("{what:<26} {:>9.0} intervals/s  {touched} components touched", spent.rate());
    }
    let kept = resident_kib()?.saturating_sub(before);
    println!(
        "{:<26} {:>9.0} bytes/interval  {} MiB, {} members, {} components",
        "memory",
        kept as f64 * 1024.0 / f64::from(hosts * 10),
        kept / 1024,
        live.len(),
        live.components().count()
    );
    tables()?;
    router(&mut live, &mut assignment, &config)?;
    components(&mut live, &assignment, &config, hosts)?;
    glued(&config)?;
    changes(&mut live, &config)?;
    let mut spent = Spent::default();
    for host in 1..=hosts {
        for number in 0..3 {
            spent.count += 1;
            spent.of(|| live.forget(member(host, number)))?;
        }
    }
    println!("{:<26} {:>9.0} members/s", "forgotten", spent.rate());
    Ok(())
}

/// A router's remote addresses, one by one, twice each.
fn router(live: &mut Live, assignment: &mut Assignment, config: &Config<'_>) -> Result<()> {
    let mac = Mac([0, 0x1b, 0x1b, 0xff, 0xff, 0xff]);
    let all = [0, 60].into_iter().flat_map(|later| {
        (0..REMOTE).map(move |n| {
            let ip = IpAddr::V4(Ipv4Addr::from(0x0ac0_0000 + n));
            let heard = [("ip.ttl", "63"), ("eth.source", "frame")];
            let heard = heard.map(|(field, value)| interval(Some(mac), Some(ip), field, value.into(), later));
            (Member(1 << 40 | u64::from(n)), heard.to_vec())
        })
    });
    let spent = Spent::note(live, assignment, config, all)?;
    println!(
        "{:<26} {:>9.0} intervals/s  {REMOTE} addresses, {} routers",
        "behind one router",
        spent.rate(),
        live.routers().len()
    );
    Ok(())
}

/// What it costs to ask which tables are in force, beside those compiled in.
fn tables() -> Result<()> {
    let nanos = |tables: fn() -> &'static rules::Set| -> Result<f64> {
        let begun = cpu_micros()?;
        for _ in 0..ASKED {
            black_box(black_box(tables)());
        }
        Ok((cpu_micros()? - begun) as f64 * 1_000.0 / f64::from(ASKED))
    };
    let (direct, in_force) = (nanos(rules::built_in)?, nanos(rules::in_force)?);
    println!("{:<26} {in_force:>9.1} ns a look-up  {direct:.1} ns for those compiled in", "tables in force");
    Ok(())
}

/// Makes the assets of some components, spread over all.
fn components(live: &mut Live, assignment: &Assignment, config: &Config<'_>, hosts: u32) -> Result<()> {
    let ids: Vec<_> = live.components().collect();
    let step = (ids.len() / MADE).max(1);
    let mut micros: Vec<u64> = Vec::new();
    let mut made = 0;
    for id in ids.into_iter().step_by(step) {
        let mut intervals = Vec::new();
        for Member(number) in live.members(id) {
            let host = (number / 3) as u32;
            if number >> 40 == 0 && host <= hosts {
                intervals.extend(rows(host, 60).into_iter().find(|(m, _)| m.0 == number).map(|(_, all)| all));
            }
        }
        let intervals: Vec<Interval> = intervals.into_iter().flatten().collect();
        let each: Vec<&Interval> = intervals.iter().collect();
        let begun = cpu_micros()?;
        let part = Component {
            intervals: &each,
            addresses: &live.addresses(id),
            routers: &live.routers_of(id),
            in_force: &live.in_force(id),
            conversations: &[],
        };
        made += component(&part, &Shared { routers: live.routers(), assignment, config }).assets.len();
        micros.push(cpu_micros()? - begun);
    }
    micros.sort_unstable();
    let at = |share: usize| micros.get(micros.len() * share / 100).copied().unwrap_or(0);
    println!(
        "{:<26} {:>9} us median     {} us at 99 %, {made} assets of {} components",
        "one component made",
        at(50),
        at(99),
        micros.len()
    );
    Ok(())
}

/// Hosts that one factory name glues into one component.
const GLUED: u32 = 10_000;

/// One name on many hosts: the largest component there may be.
fn glued(config: &Config<'_>) -> Result<()> {
    let (mut live, mut assignment) = (Live::new(config.identity.clone()), Assignment::default());
    let heard = |host: u32| {
        let [_, a, b, c] = host.to_be_bytes();
        let ip = Some(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + host)));
        interval(Some(Mac([0, 0x1b, 0x1b, a, b, c])), ip, "dhcp.hostname", "factory".to_owned(), 0)
    };
    let all = (1..=GLUED).map(|host| (member(host, 0), vec![heard(host)]));
    let noted = Spent::note(&mut live, &mut assignment, config, all)?;
    let intervals: Vec<Interval> = (1..=GLUED).map(heard).collect();
    let each: Vec<&Interval> = intervals.iter().collect();
    let part = Component { intervals: &each, ..Component::default() };
    let mut spent = Spent { count: 1, ..Spent::default() };
    let shared = Shared { routers: live.routers(), assignment: &assignment, config };
    let made = spent.of(|| component(&part, &shared).assets.len())?;
    println!(
        "{:<26} {:>9.3} s            {made} assets of {} component; {:.0} intervals/s noted",
        "one name on many hosts",
        1.0 / spent.rate(),
        live.components().count(),
        noted.rate()
    );
    Ok(())
}

/// What people change.
fn changes(live: &mut Live, config: &Config<'_>) -> Result<()> {
    live.touched();
    let mut spent = Spent::default();
    let name = |n: u32| Key::Hostname { name: format!("pc-{n}") };
    for n in 0..100 {
        let act = Act::Merge { a: name(n * 20 + 1), b: name(n * 20 + 2) };
        let merge = Assertion { time: Time(u64::from(n)), id: n.to_string(), act };
        spent.count += 1;
        spent.of(|| live.assert(&merge))?;
    }
    let touched = live.touched().len();
    println!("{:<26} {:>9.0} merges/s     {touched} components touched", "assertions", spent.rate());
    let mut changed = config.identity.clone();
    changed.excluded_hostnames.insert("pc-7".into());
    let mut spent = Spent { count: 1, ..Spent::default() };
    spent.of(|| live.set_config(changed))?;
    let touched = live.touched().len();
    println!(
        "{:<26} {:>9.3} s            {touched} components touched",
        "one name excluded",
        1.0 / spent.rate()
    );
    Ok(())
}

fn member(host: u32, number: u64) -> Member {
    Member(u64::from(host) * 3 + number)
}

/// The rows of one host: member and its intervals.
fn rows(host: u32, later: u64) -> Vec<(Member, Vec<Interval>)> {
    let [_, a, b, c] = host.to_be_bytes();
    let mac = Some(Mac([0, 0x1b, 0x1b, a, b, c]));
    let v4 = Some(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + host)));
    let v6 = Some(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, (host >> 16) as u16, host as u16)));
    let one = |mac, ip, field, value| interval(mac, ip, field, value, later);
    let ipv4 = vec![
        one(mac, v4, "eth.source", "frame".to_owned()),
        one(mac, v4, "ip.ttl", "128".to_owned()),
        one(mac, v4, "arp.binding", "request".to_owned()),
        one(mac, v4, "dhcp.hostname", format!("pc-{}", host - u32::from(host.is_multiple_of(10)))),
        one(mac, v4, "dhcp.vendor_class", "MSFT 5.0".to_owned()),
        one(mac, v4, "dhcp.prl", "1,3,6,15,31,33,43,44,46,47,119,121,249,252".to_owned()),
        one(mac, v4, "nbns.name", format!("PC-{host}<20>")),
    ];
    let ipv6 = vec![
        one(mac, v6, "eth.source", "frame".to_owned()),
        one(mac, v6, "mdns.hostname", format!("pc-{host}.local")),
    ];
    let alone = vec![one(None, v4, "dns.ptr", format!("pc-{host}.example.org"))];
    vec![(member(host, 0), ipv4), (member(host, 1), ipv6), (member(host, 2), alone)]
}

fn interval(
    mac: Option<Mac>,
    ip: Option<IpAddr>,
    field: &'static str,
    value: String,
    later: u64,
) -> Interval {
    Interval {
        sighting: Sighting { network: NetworkId(0), mac, ip },
        field: field.into(),
        port: None,
        value,
        first: Time::new(1_000_000, 0),
        last: Time::new(1_000_500 + later, 0),
        count: 1 + later,
        frame: 1,
    }
}

/// CPU time over what was done in it.
#[derive(Default)]
struct Spent {
    micros: u64,
    count: u64,
}

impl Spent {
    /// Notes rows as a platform does. They are made in portions, of which only
    /// the noting counts.
    fn note(
        live: &mut Live,
        assignment: &mut Assignment,
        config: &Config<'_>,
        mut rows: impl Iterator<Item = (Member, Vec<Interval>)>,
    ) -> Result<Spent> {
        let mut spent = Spent::default();
        let internal = config.internal();
        let knowledge = config.knowledge(&internal);
        loop {
            let portion: Vec<_> = rows.by_ref().take(10_000).collect();
            if portion.is_empty() {
                return Ok(spent);
            }
            spent.count += portion.iter().map(|(_, intervals)| intervals.len() as u64).sum::<u64>();
            spent.of(|| {
                for (member, intervals) in &portion {
                    live.note(*member, intervals, &knowledge);
                    for network in assignment.note(*member, intervals) {
                        live.touch_network(network);
                    }
                }
            })?;
        }
    }

    fn of<T>(&mut self, work: impl FnOnce() -> T) -> Result<T> {
        let begun = cpu_micros()?;
        let made = work();
        self.micros += cpu_micros()? - begun;
        Ok(made)
    }

    /// Per CPU second.
    fn rate(&self) -> f64 {
        self.count as f64 * 1e6 / self.micros.max(1) as f64
    }
}

fn cpu_micros() -> Result<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as u64)
}

/// Resident memory of this process.
fn resident_kib() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS line")?;
    line.trim().trim_end_matches(" kB").parse().context("VmRSS is not a number")
}
