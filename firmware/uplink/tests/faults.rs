//! Uploads over a line that breaks everywhere, in simulated time: in the end the
//! platform has every batch once, in order, or a gap that says what is missing.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::platform::{Ledger, Platform};
use common::world::{START, Simulated};
use model::{ErrorCode, Time};
use rcgen::KeyPair;
use spool::memory::Memory;
use spool::{Limits, Spool};
use tempfile::TempDir;
use uplink::{
    Address, Clock, Condition, Identity, Line, OnConfig, Parts, Phase, Poll, Rolling, Uplink, UplinkError,
    Vault, World,
};
use wire::{Content, Epoch, Nonce, SensorConfig, Status, decode, path};
use zeroize::Zeroizing;

/// A line without wires.
struct Double {
    platform: Arc<Mutex<Platform>>,
    world: Arc<Simulated>,
    connected: bool,
    /// One in so many operations breaks; 0: none.
    breaks: u64,
    /// Nothing gets through before this.
    away_until: u64,
    /// Batches are delivered twice, or late once more.
    repeats: bool,
    late: Option<(String, Vec<u8>)>,
}

impl Double {
    fn broken(&mut self) -> Result<(), UplinkError> {
        let away = self.world.elapsed() < self.away_until;
        if away || (self.breaks > 0 && self.world.below(self.breaks) == 0) {
            self.connected = false;
            return Err(UplinkError::new(ErrorCode::Blocked, "cut"));
        }
        Ok(())
    }
}

impl Line for Double {
    fn open(&mut self) -> Result<bool, UplinkError> {
        self.broken()?;
        Ok(!std::mem::replace(&mut self.connected, true))
    }

    fn post(&mut self, at: &str, body: &[u8], _: Duration) -> Result<Option<Vec<u8>>, UplinkError> {
        self.world.pass(Time::SECOND / 200);
        // Cut before it arrives, or before the answer does.
        self.broken()?;
        let mut platform = self.platform.lock().unwrap();
        platform.time = self.world.now();
        if self.repeats && at == path::BATCH {
            if let Some((at, body)) = self.late.take() {
                platform.handle(&at, &body, true);
            }
            self.late = Some((at.into(), body.to_vec()));
        }
        let (status, answer) = platform.handle(at, body, true);
        drop(platform);
        self.broken()?;
        match status {
            200 => Ok(Some(answer)),
            204 => Ok(None),
            status => Err(UplinkError::new(ErrorCode::Platform, format!("status {status}"))),
        }
    }

    fn close(&mut self) {
        self.connected = false;
    }
}

type Engine = Uplink<Double, Memory>;

struct Sensor {
    world: Arc<Simulated>,
    platform: Arc<Mutex<Platform>>,
    spool: Arc<Mutex<Spool<Memory>>>,
    vault: Vault,
    dir: TempDir,
    engine: Engine,
    condition: Arc<Mutex<Condition>>,
}

const LIMITS: Limits =
    Limits { bytes: 64 << 10, segment: 4 << 10, sync_bytes: 4 << 10, sync_after: Time::SECOND };

fn identity(platform: &mut Platform) -> Identity {
    let (certificate, key) = platform.authority.server((2025, 12), (2026, 12));
    Identity {
        platform: Address { host: "platform".into(), port: 443 },
        sensor: "s-1".into(),
        name: "hall 3".into(),
        key: Zeroizing::new(key),
        certificate,
        authorities: vec![platform.authority.der.clone()],
    }
}

fn engine(
    world: &Arc<Simulated>,
    platform: &Arc<Mutex<Platform>>,
    vault: &Vault,
    disk: Memory,
) -> (Engine, Arc<Mutex<Spool<Memory>>>) {
    let mut epoch = [0; 16];
    world.fill(&mut epoch);
    let spool = Arc::new(Mutex::new(Spool::open(disk, LIMITS, epoch).unwrap().0));
    let identity = vault.identity().unwrap().unwrap();
    let line = Double {
        platform: Arc::clone(platform),
        world: Arc::clone(world),
        connected: false,
        breaks: 0,
        away_until: 0,
        repeats: false,
        late: None,
    };
    let world: Arc<dyn World> = Arc::<Simulated>::clone(world);
    let parts = Parts {
        line,
        spool: Arc::clone(&spool),
        vault: vault.clone(),
        credentials: Arc::new(Mutex::new(Arc::new(identity))),
        clock: Clock::new(Arc::clone(&world), Time(0)),
        world,
        version: "stillwatch test".into(),
        on_status: Box::new(|spool| Some(Status { spool, ..Status::default() })),
    };
    (Uplink::new(parts).unwrap(), spool)
}

fn sensor(seed: u64) -> Sensor {
    let world = Arc::new(Simulated::new(seed));
    let mut platform = Platform::new();
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    vault.keep_identity(&identity(&mut platform)).unwrap();
    vault.keep_rolling(&Rolling { nonce: platform.first_nonce(), good: Time(0) }).unwrap();
    let platform = Arc::new(Mutex::new(platform));
    let (engine, spool) = engine(&world, &platform, &vault, Memory::default());
    let condition = engine.condition();
    Sensor { world, platform, spool, vault, dir, engine, condition }
}

impl Sensor {
    fn append(&self, number: u64) {
        let content = content(number);
        self.spool.lock().unwrap().append(&content, self.world.now()).unwrap();
    }

    /// Works for so long.
    fn run(&mut self, nanos: u64) {
        let end = self.world.elapsed() + nanos;
        while self.world.elapsed() < end {
            let wait = self.engine.step();
            self.world.pass(wait);
        }
    }

    fn error(&self) -> Option<UplinkError> {
        self.condition.lock().unwrap().error.clone()
    }

    fn phase(&self) -> Phase {
        self.condition.lock().unwrap().phase
    }

    fn line(&mut self) -> &mut Double {
        self.engine.line_mut()
    }
}

fn content(number: u64) -> Vec<u8> {
    [&number.to_le_bytes()[..], &[0x77; 40]].concat()
}

/// What a line of batches brought: numbers of contents, and numbers told as gaps.
fn brought(ledger: &Ledger) -> (Vec<u64>, u64) {
    let (mut numbers, mut gaps, mut next) = (Vec::new(), 0, 1);
    for (first, last, bytes) in &ledger.taken {
        assert_eq!(*first, next, "in order, without holes");
        next = last + 1;
        match decode::<Content>(bytes) {
            Ok(Content::Gap(_)) => gaps += last - first + 1,
            _ => numbers.push(u64::from_le_bytes(bytes[..8].try_into().unwrap())),
        }
    }
    (numbers, gaps)
}

fn all(platform: &Platform) -> BTreeMap<Epoch, (Vec<u64>, u64)> {
    platform.lines.iter().map(|(epoch, ledger)| (*epoch, brought(ledger))).collect()
}

#[test]
fn whatever_breaks_everything_arrives_once_and_in_order() {
    for seed in 1..=6 {
        let mut sensor = sensor(seed);
        sensor.line().breaks = 4 + seed % 5;
        sensor.line().repeats = seed % 2 == 0;
        for number in 1..=100 {
            sensor.append(number);
            sensor.run(Time::SECOND / 2);
        }
        sensor.line().breaks = 0;
        sensor.run(900 * Time::SECOND);
        let platform = sensor.platform.lock().unwrap();
        let lines = all(&platform);
        assert_eq!(lines.len(), 1, "seed {seed}: one line");
        assert_eq!(lines.into_values().next().unwrap(), ((1..=100).collect(), 0), "seed {seed}");
        assert!(platform.events.is_empty(), "a lost answer is no copy: {:?}", platform.events);
        assert_eq!(sensor.phase(), Phase::Online);
    }
}

#[test]
fn a_day_without_a_platform_ends_in_what_is_kept_and_a_gap() {
    let mut sensor = sensor(1);
    sensor.line().away_until = 86_400 * Time::SECOND;
    let mut tries = Vec::new();
    for minute in 1..=1440 {
        sensor.append(minute);
        let end = sensor.world.elapsed() + 60 * Time::SECOND;
        while sensor.world.elapsed() < end {
            let wait = sensor.engine.step();
            tries.push(wait);
            let left = end - sensor.world.elapsed();
            // The rest of a long wait is waited in the next minute: here it is cut short.
            sensor.world.pass(wait.min(left));
        }
    }
    assert_eq!(sensor.error().unwrap().code, ErrorCode::Blocked);
    let steady = &tries[20..tries.len() - 5];
    assert!(
        steady.iter().all(|wait| (150 * Time::SECOND..=300 * Time::SECOND).contains(wait)),
        "2.5 to 5 min"
    );
    assert!(tries[0] <= Time::SECOND && steady.iter().min() != steady.iter().max(), "from 1 s, with jitter");
    let dropped = sensor.spool.lock().unwrap().status().dropped;
    sensor.run(900 * Time::SECOND);
    let platform = sensor.platform.lock().unwrap();
    let (numbers, gaps) = all(&platform).into_values().next().unwrap();
    assert_eq!(gaps, dropped);
    assert_eq!(numbers, (dropped + 1..=1440).collect::<Vec<_>>());
    assert_eq!(sensor.error(), None);
}

#[test]
fn a_platform_restored_from_a_backup_is_followed() {
    let mut sensor = sensor(2);
    (1..=10).for_each(|number| sensor.append(number));
    sensor.run(10 * Time::SECOND);
    let backup = sensor.platform.lock().unwrap().lines.clone();
    (11..=20).for_each(|number| sensor.append(number));
    sensor.run(10 * Time::SECOND);
    sensor.platform.lock().unwrap().lines = backup;
    sensor.engine.line_mut().close();
    sensor.append(21);
    sensor.run(10 * Time::SECOND);
    let (numbers, gaps) = all(&sensor.platform.lock().unwrap()).into_values().next().unwrap();
    // What the spool still had is sent again, the rest is told.
    assert_eq!(numbers.len() as u64 + gaps, 21, "{numbers:?}");
    assert_eq!(numbers.last(), Some(&21));
}

#[test]
fn a_sensor_restored_from_an_older_state_gets_a_new_line_and_an_event() {
    let mut sensor = sensor(3);
    (1..=5).for_each(|number| sensor.append(number));
    sensor.run(10 * Time::SECOND);
    sensor.line().close();
    sensor.run(10 * Time::SECOND);
    // A snapshot of the machine: spool and vault.
    let disk = sensor.spool.lock().unwrap().disk().clone();
    let rolling = sensor.vault.rolling().unwrap();
    for round in 0..3 {
        (6..=8).for_each(|number| sensor.append(number + round * 3));
        sensor.line().close();
        sensor.run(10 * Time::SECOND);
    }
    // Back to the snapshot.
    sensor.vault.keep_rolling(&rolling).unwrap();
    let (engine, spool) = engine(&sensor.world, &sensor.platform, &sensor.vault, disk);
    (sensor.condition, sensor.engine, sensor.spool) = (engine.condition(), engine, spool);
    (100..=105).for_each(|number| sensor.append(number));
    sensor.run(60 * Time::SECOND);
    let platform = sensor.platform.lock().unwrap();
    assert_eq!(platform.events, ["restored or cloned"]);
    let (old, new) = (&platform.lines[&platform.begun[0]], &platform.lines[&platform.begun[1]]);
    assert_eq!(brought(old).0, (1..=14).collect::<Vec<_>>());
    let (numbers, _) = brought(new);
    assert!(numbers.ends_with(&[100, 101, 102, 103, 104, 105]), "{numbers:?}");
    assert_eq!(sensor.phase(), Phase::Online);
}

#[test]
fn of_a_clone_and_its_twin_the_newer_line_is_quarantined_and_keeps_its_reports() {
    let mut twin = sensor(4);
    (1..=5).for_each(|number| twin.append(number));
    twin.run(10 * Time::SECOND);
    // The clone: the same disk in another box.
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    vault.keep_identity(&twin.vault.identity().unwrap().unwrap()).unwrap();
    vault.keep_rolling(&twin.vault.rolling().unwrap()).unwrap();
    let disk = twin.spool.lock().unwrap().disk().clone();
    let (engine, spool) = engine(&twin.world, &twin.platform, &vault, disk);
    let (world, platform) = (Arc::clone(&twin.world), Arc::clone(&twin.platform));
    let mut clone = Sensor { world, platform, spool, vault, dir, condition: engine.condition(), engine };
    for round in 0..4 {
        twin.append(10 + round);
        twin.line().close();
        twin.run(10 * Time::SECOND);
        clone.append(20 + round);
        clone.line().close();
        clone.run(10 * Time::SECOND);
    }
    assert_eq!((twin.phase(), clone.phase()), (Phase::Online, Phase::Quarantined));
    let waiting = clone.spool.lock().unwrap().status().batches;
    assert!(waiting > 0, "the newer keeps what it has not sent");
    // The operator chooses the clone.
    let newer = twin.platform.lock().unwrap().begun[1];
    twin.platform.lock().unwrap().lines.get_mut(&newer).unwrap().quarantined = false;
    clone.run(120 * Time::SECOND);
    assert_eq!(clone.phase(), Phase::Online);
    let platform = twin.platform.lock().unwrap();
    let (numbers, gaps) = brought(&platform.lines[&newer]);
    assert!(numbers.ends_with(&[20, 21, 22, 23]) && gaps == 0, "{numbers:?}");
    drop(platform);
    assert!(clone.dir.path() != twin.dir.path());
}

#[test]
fn a_lost_nonce_and_a_lost_spool_are_new_lines() {
    let mut sensor = sensor(5);
    sensor.append(1);
    sensor.run(5 * Time::SECOND);
    sensor.vault.keep_rolling(&Rolling { nonce: Nonce([0xee; 16]), good: Time(0) }).unwrap();
    let (engine, spool) = engine(&sensor.world, &sensor.platform, &sensor.vault, Memory::default());
    (sensor.condition, sensor.engine, sensor.spool) = (engine.condition(), engine, spool);
    sensor.append(2);
    sensor.run(5 * Time::SECOND);
    let platform = sensor.platform.lock().unwrap();
    assert_eq!(all(&platform)[platform.begun.last().unwrap()].0, [2]);
}

#[test]
fn a_batch_that_can_never_be_taken_is_counted_and_skipped() {
    let mut sensor = sensor(6);
    sensor.platform.lock().unwrap().refuse = vec![content(2)];
    (1..=3).for_each(|number| sensor.append(number));
    sensor.run(5 * Time::SECOND);
    let rejected = sensor.condition.lock().unwrap().rejected.clone();
    assert_eq!(rejected, (1, "of a foreign network".into()));
    let platform = sensor.platform.lock().unwrap();
    let contents: Vec<u64> =
        platform.lines.values().next().unwrap().taken.iter().map(|taken| taken.0).collect();
    assert_eq!(contents, [1, 3]);
}

#[test]
fn a_removed_sensor_stops_and_forgets() {
    let mut sensor = sensor(7);
    sensor.append(1);
    sensor.platform.lock().unwrap().deregistered = true;
    sensor.run(5 * Time::SECOND);
    assert_eq!(sensor.phase(), Phase::Deregistered);
    assert!(sensor.vault.identity().unwrap().is_none());
    assert!(sensor.platform.lock().unwrap().lines.is_empty());
}

#[test]
fn certificates_are_renewed_at_two_thirds_and_an_expired_one_only_renews() {
    let mut sensor = sensor(8);
    sensor.append(1);
    sensor.run(5 * Time::SECOND);
    assert_eq!(sensor.platform.lock().unwrap().renewed, 0);
    let identity = sensor.vault.identity().unwrap().unwrap();
    let [from, to] = identity.good();
    let two_thirds = Time(from.0 + (to.0 - from.0) / 3 * 2);
    sensor.world.set_wall(Time(two_thirds.0 - 120 * Time::SECOND));
    sensor.run(90 * Time::SECOND);
    assert_eq!(sensor.platform.lock().unwrap().renewed, 0, "not before");
    sensor.run(120 * Time::SECOND);
    assert_eq!(sensor.platform.lock().unwrap().renewed, 1);
    let renewed = sensor.vault.identity().unwrap().unwrap();
    assert!(renewed.certificate != identity.certificate && renewed.key != identity.key, "with a new key");
    KeyPair::try_from(&renewed.key[..]).unwrap();

    // Years on a shelf.
    let [_, to] = renewed.good();
    sensor.world.set_wall(Time(to.0 + 400 * 86_400 * Time::SECOND));
    sensor.platform.lock().unwrap().time = sensor.world.now();
    let before = sensor.platform.lock().unwrap().statuses.len();
    sensor.append(2);
    sensor.line().away_until = sensor.world.elapsed() + 100 * Time::SECOND;
    sensor.run(99 * Time::SECOND);
    assert_eq!(sensor.platform.lock().unwrap().statuses.len(), before);
    sensor.run(300 * Time::SECOND);
    let platform = sensor.platform.lock().unwrap();
    assert_eq!(platform.renewed, 2);
    assert_eq!(all(&platform).into_values().next().unwrap().0, [1, 2]);
}

#[test]
fn a_clock_that_lost_its_time_takes_it_from_the_platform() {
    let mut sensor = sensor(9);
    let real = sensor.world.now();
    sensor.run(5 * Time::SECOND);
    let good = sensor.vault.rolling().unwrap().good;
    assert!(good >= real);
    // After a power cut without a battery: 1970.
    sensor.world.set_wall(Time::new(100, 0));
    let world: Arc<dyn World> = Arc::<Simulated>::clone(&sensor.world);
    let clock = Clock::new(world, sensor.vault.rolling().unwrap().good);
    assert_eq!(clock.now(), good, "the last good time is the floor");
    sensor.world.set_wall(Time::new(START + 1000, 0));
    assert_eq!(clock.now(), Time::new(START + 1000, 0), "the clock counts again when it is later");
}

#[test]
fn the_configuration_is_kept_and_used_while_the_platform_is_away() {
    let sensor = sensor(10);
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    let poll = |away: u64| {
        let line = Double {
            platform: Arc::clone(&sensor.platform),
            world: Arc::clone(&sensor.world),
            connected: false,
            breaks: 0,
            away_until: sensor.world.elapsed() + away,
            repeats: false,
            late: None,
        };
        let seen = Arc::clone(&seen);
        let on_config: OnConfig =
            Box::new(move |config: &SensorConfig| seen.lock().unwrap().push(config.version));
        let world: Arc<dyn World> = Arc::<Simulated>::clone(&sensor.world);
        let rate = Arc::default();
        (Poll::new(line, sensor.vault.clone(), world, Arc::clone(&rate), on_config).unwrap(), rate)
    };
    let (mut first, rate) = poll(0);
    sensor.platform.lock().unwrap().config.rate_limit = 64_000;
    assert_eq!(first.step(), 0);
    assert_eq!(first.step(), 0, "nothing new: asked again at once");
    assert_eq!(rate.load(std::sync::atomic::Ordering::SeqCst), 64_000);
    sensor.platform.lock().unwrap().config.version = 2;
    first.step();
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2]);
    // A restart without a platform.
    let (mut second, rate) = poll(1000 * Time::SECOND);
    assert_eq!(second.current().version, 2);
    assert_eq!(rate.load(std::sync::atomic::Ordering::SeqCst), 64_000);
    assert!(second.step() > 0 && second.error().is_some());
    assert_eq!(second.current().name, "hall 3");
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 2]);
}

/// A platform that answers nonsense is left in peace.
#[test]
fn answers_that_lead_nowhere_end_in_a_wait() {
    let mut sensor = sensor(11);
    sensor.append(1);
    sensor.run(5 * Time::SECOND);
    let epoch = sensor.spool.lock().unwrap().epoch();
    // It forgets the line at every batch, and never takes anything.
    sensor.platform.lock().unwrap().lines.get_mut(&epoch).unwrap().quarantined = true;
    sensor.append(2);
    let begin = sensor.world.elapsed();
    let mut steps = 0;
    while sensor.world.elapsed() < begin + 60 * Time::SECOND {
        let wait = sensor.engine.step();
        sensor.world.pass(wait);
        steps += 1;
    }
    assert!(steps < 400, "{steps} steps in a minute");
    assert_eq!(sensor.phase(), Phase::Quarantined);
}
