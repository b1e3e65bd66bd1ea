//! Keeps a clock: asks servers in rounds, and holds it above its floor.

use std::net::ToSocketAddrs;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use model::ErrorCode;

use super::{Clock, Decision, PORT, choose, decide, query};
use crate::error::Fault;
use crate::random::{Random, seed};

/// Most servers that are asked in a round.
const MOST: usize = 4;

/// Waits between rounds: after the first failure, doubled up to the usual one.
const AFTER_FAILURE: Duration = Duration::from_secs(16);
const USUAL: Duration = Duration::from_secs(1024);

/// Wait for a server to become known.
const UNKNOWN: Duration = Duration::from_secs(1);

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Microseconds that our clock was late.
    pub offset: i64,
    /// What was done about it.
    pub done: Decision,
    /// Servers that answered.
    pub servers: Vec<String>,
}

/// Keeps one clock.
#[derive(Debug)]
pub struct Keeper<C> {
    clock: C,
    floor: Duration,
    first: bool,
    failures: u32,
    timeout: Duration,
    random: Random,
}

impl<C: Clock> Keeper<C> {
    /// Of a clock, and the latest time that is known to have passed: when this was built,
    /// and the last good time that was kept. A clock before that is set to it: it has no battery.
    pub fn new(clock: C, floor: Duration) -> Keeper<C> {
        let random = Random::new(seed());
        let timeout = Duration::from_secs(3);
        let mut keeper = Keeper { clock, floor: Duration::ZERO, first: true, failures: 0, timeout, random };
        keeper.learn(floor);
        keeper
    }

    /// Waits at most so long for each server.
    pub fn patience(mut self, timeout: Duration) -> Keeper<C> {
        self.timeout = timeout;
        self
    }

    /// Somebody who can be trusted said that it is at least so late, as the platform does
    /// when it registers us: where NTP is blocked, this is what time we have.
    pub fn learn(&mut self, time: Duration) {
        self.floor = self.floor.max(time);
        if self.clock.now() < self.floor {
            // Without the right to set it, the next round says so.
            let _ = self.clock.step(self.floor);
        }
    }

    /// The latest time that is known to have passed: to be kept over a reboot. Only
    /// [`Keeper::learn`] raises it: time servers prove nothing, and one that lies once must not
    /// make the right time impossible for ever.
    pub fn good(&self) -> Duration {
        self.floor
    }

    /// The clock.
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// Asks servers, by name or address (with a port, or at [`PORT`]), and sets the clock as
    /// they say.
    ///
    /// # Errors
    /// E10: none can be reached, or what they say cannot be, or the clock cannot be set.
    pub fn round(&mut self, servers: &[String]) -> Result<Report, Fault> {
        let (mut answered, mut offsets, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for server in servers.iter().take(MOST) {
            match self.ask(server) {
                Ok(offset) => {
                    answered.push(server.clone());
                    offsets.push(offset);
                }
                Err(why) => words.push(why),
            }
        }
        let fault = |words: String| Fault::new(ErrorCode::ClockOff, words);
        let done = match choose(&offsets) {
            None if servers.is_empty() => Err(fault("no time server is known".into())),
            None => Err(fault(words.join("; "))),
            Some(offset) => {
                self.set(offset).map_err(fault).map(|done| Report { offset, done, servers: answered })
            }
        };
        self.failures = if done.is_ok() { 0 } else { self.failures.saturating_add(1) };
        done
    }

    /// How long to wait before the next round; spread, so that not everyone asks at once.
    pub fn wait(&mut self) -> Duration {
        let wait = match self.failures {
            0 => USUAL,
            failures => (AFTER_FAILURE * (1 << (failures - 1).min(6))).min(USUAL),
        };
        wait - wait / 8 + self.random.time(wait / 4)
    }

    /// Asks the servers that `servers` names, round after round, and tells what came of each,
    /// until `end` says something or its other end is gone. As long as none is known – no
    /// lease yet – it looks again every second, and tells nothing.
    pub fn run(
        &mut self,
        mut servers: impl FnMut() -> Vec<String>,
        mut tell: impl FnMut(&Result<Report, Fault>),
        end: &Receiver<()>,
    ) {
        let mut wait = Duration::ZERO;
        while matches!(end.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) {
            let known = servers();
            wait = UNKNOWN;
            if !known.is_empty() {
                tell(&self.round(&known));
                wait = self.wait();
            }
        }
    }

    fn ask(&self, server: &str) -> Result<i64, String> {
        let resolve = |at: &dyn Fn() -> std::io::Result<std::vec::IntoIter<std::net::SocketAddr>>| {
            at().map_err(|error| format!("{server}: {error}"))
        };
        let address: Result<std::net::SocketAddr, _> = server.parse();
        let mut addresses = match address {
            Ok(address) => vec![address].into_iter(),
            Err(_) => resolve(&|| (server, PORT).to_socket_addrs())?,
        };
        let address = addresses.next().ok_or_else(|| format!("{server} has no address"))?;
        query(address, self.timeout)
    }

    /// Sets the clock by an offset in microseconds.
    fn set(&mut self, offset: i64) -> Result<Decision, String> {
        let now = self.clock.now();
        let size = Duration::from_micros(offset.unsigned_abs());
        let right = if offset < 0 { now.saturating_sub(size) } else { now.saturating_add(size) };
        if right < self.floor && self.floor - right > Duration::from_secs(60) {
            return Err("the time servers tell a time that has passed already".into());
        }
        let mut decision = decide(offset, self.first);
        if decision == Decision::Step && right < self.floor {
            // Never before the floor, not even by the seconds that are forgiven.
            decision = Decision::Slew;
        }
        let set = match decision {
            Decision::Step => self.clock.step(right),
            Decision::Slew => self.clock.slew(offset),
            Decision::Nothing => Ok(()),
        };
        set.map_err(|error| format!("the clock cannot be set: {error}"))?;
        self.first = false;
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, Default)]
    struct Toy {
        now: Duration,
        steps: Vec<Duration>,
        slews: Vec<i64>,
        refuses: bool,
    }

    impl Clock for Toy {
        fn now(&self) -> Duration {
            self.now
        }

        fn step(&mut self, to: Duration) -> io::Result<()> {
            if self.refuses {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            self.now = to;
            self.steps.push(to);
            Ok(())
        }

        fn slew(&mut self, micros: i64) -> io::Result<()> {
            self.slews.push(micros);
            Ok(())
        }
    }

    const BUILT: Duration = Duration::from_secs(1_700_000_000);

    #[test]
    fn a_clock_without_battery_is_lifted_to_the_floor() {
        let keeper = Keeper::new(Toy::default(), BUILT);
        assert_eq!(keeper.clock.now, BUILT);
        let late = Toy { now: BUILT * 2, ..Toy::default() };
        assert_eq!(Keeper::new(late, BUILT).clock.steps, [], "a good clock is left alone");
    }

    #[test]
    fn steps_once_then_slews_and_only_who_is_trusted_lifts_the_floor() {
        let mut keeper = Keeper::new(Toy { now: BUILT, ..Toy::default() }, BUILT);
        assert_eq!(keeper.set(3_600_000_000), Ok(Decision::Step));
        assert_eq!(keeper.clock.now, BUILT + Duration::from_secs(3600));
        assert_eq!(keeper.good(), BUILT, "a time server proves nothing");
        keeper.learn(BUILT + Duration::from_secs(60));
        assert_eq!((keeper.good(), keeper.clock.steps.len()), (BUILT + Duration::from_secs(60), 1));
        assert_eq!(keeper.set(2_000_000), Ok(Decision::Slew));
        assert_eq!(keeper.set(-2_000_000), Ok(Decision::Slew));
        assert_eq!((keeper.clock.steps.len(), &keeper.clock.slews[..]), (1, &[2_000_000, -2_000_000][..]));
        assert_eq!(keeper.set(10), Ok(Decision::Nothing));
    }

    #[test]
    fn time_that_has_passed_is_not_believed() {
        let mut keeper = Keeper::new(Toy { now: BUILT, ..Toy::default() }, BUILT);
        let error = keeper.set(-3_600_000_000).unwrap_err();
        assert!(error.contains("passed"), "{error}");
        assert_eq!(keeper.clock.steps, []);
        // A little before the floor: slewed, never stepped below it.
        assert_eq!(keeper.set(-30_000_000), Ok(Decision::Slew));
        assert_eq!(keeper.clock.now, BUILT);
    }

    #[test]
    fn it_waits_for_a_server_to_be_known_and_ends_when_told() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap().to_string();
        let mut keeper =
            Keeper::new(Toy { now: BUILT, ..Toy::default() }, BUILT).patience(Duration::from_millis(5));
        let (end, ended) = std::sync::mpsc::channel();
        let (mut asked, mut told) = (0, Vec::new());
        let servers = || {
            asked += 1;
            if asked == 1 { Vec::new() } else { vec![server.clone()] }
        };
        let tell = |result: &Result<Report, Fault>| {
            told.push(result.clone().unwrap_err().code);
            end.send(()).unwrap();
        };
        keeper.run(servers, tell, &ended);
        assert_eq!((asked, told), (2, vec![ErrorCode::ClockOff]));
    }

    proptest::proptest! {
        #[test]
        fn no_offset_is_too_strange(offsets in proptest::collection::vec(proptest::num::i64::ANY, 1..9)) {
            let mut keeper = Keeper::new(Toy { now: BUILT, ..Toy::default() }, BUILT);
            for offset in offsets {
                let _ = keeper.set(offset);
                proptest::prop_assert!(keeper.clock.now >= BUILT);
            }
        }
    }

    #[test]
    fn a_clock_that_cannot_be_set_is_said() {
        let mut keeper = Keeper::new(Toy { now: BUILT, refuses: true, ..Toy::default() }, BUILT);
        assert!(keeper.set(3_600_000_000).unwrap_err().contains("cannot be set"));
    }

    #[test]
    fn rounds_without_an_answer_are_e10_and_come_less_often() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap().to_string();
        let mut keeper =
            Keeper::new(Toy { now: BUILT, ..Toy::default() }, BUILT).patience(Duration::from_millis(20));
        let fault = keeper.round(&[server]).unwrap_err();
        assert_eq!(fault.code, ErrorCode::ClockOff);
        assert!(fault.words.contains("does not answer"), "{fault}");
        assert!(keeper.wait() <= Duration::from_secs(18));
        for _ in 0..20 {
            assert!(keeper.round(&[]).unwrap_err().words.contains("no time server"));
        }
        assert!(keeper.wait() >= Duration::from_secs(896));
    }
}
