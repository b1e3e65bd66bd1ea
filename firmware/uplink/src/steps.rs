//! The connection test: DNS → TCP → proxy → TLS → platform → time, each `ok` or
//! `FAIL` with code and cause. The first failure ends it (`setup.md` §3).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::{ErrorCode, Time};
use wire::{Refusal, WaitConfig, decode, encode, path};

use crate::address::Route;
use crate::client::{Client, Credentials, refusal};
use crate::clock::Clock;
use crate::dial::{first_hop, resolve, tcp, through};
use crate::{UplinkError, World};

/// Longest wait for the platform's answer.
const WAIT: Duration = Duration::from_secs(20);
/// A clock may be off by so much: certificates are good from an hour before.
const OFF: u64 = 300 * Time::SECOND;

/// One step of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was tested: at most 8 characters.
    pub name: &'static str,
    /// What was found, or why it failed.
    pub outcome: Result<String, UplinkError>,
}

/// `DNS: ok (platform.example.com is 10.0.0.1)`, `TCP: FAIL E06 blocked: …`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(found) => write!(f, "{}: ok ({found})", self.name),
            Err(error) => write!(f, "{}: FAIL {error}. {}", self.name, error.remedy),
        }
    }
}

/// Tests the way to the platform. With credentials it tests what uploads need;
/// without, what registration needs. Changes nothing on either end.
pub fn test(
    route: &Route,
    credentials: Option<&Credentials>,
    clock: &Clock,
    world: &Arc<dyn World>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    // An error was pushed as the last step; there is nothing to add.
    let _ = walk(route, credentials, clock, world, &mut steps);
    steps
}

/// The first failure ended the walk.
struct Ended;

fn walk(
    route: &Route,
    credentials: Option<&Credentials>,
    clock: &Clock,
    world: &Arc<dyn World>,
    steps: &mut Vec<Step>,
) -> Result<(), Ended> {
    let (hop, whose) = first_hop(route);
    let addresses = note(steps, "DNS", resolve(hop, whose, &**world), |found| {
        let found: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
        format!("{} is {}", hop.host, found.join(", "))
    })?;
    let stream = note(steps, "TCP", tcp(&addresses, whose, world), |stream| {
        let to = stream.peer().map_or_else(|_| hop.to_string(), |address| address.to_string());
        format!("the {whose} at {to} answers")
    })?;
    let socket = note(steps, "proxy", through(route, stream, clock), |_| match route.via() {
        None => "none on this way".into(),
        Some(proxy) => format!("{} connects to {}", proxy.address, route.platform),
    })?;
    let mut client = match credentials {
        None => Client::recording(route.clone(), clock.clone(), Arc::clone(world)),
        Some(credentials) => {
            let credentials = Arc::clone(credentials);
            Client::mutual(route.clone(), clock.clone(), Arc::clone(world), credentials, Arc::default())
        }
    };
    let started = client.start(socket);
    let seen = client.seen();
    note(steps, "TLS", started, |()| match &seen {
        Some(seen) if credentials.is_some() => format!("{}, issued by {}", seen.subject, seen.issuer),
        Some(seen) => format!("{}, issued by {}; not yet trusted", seen.subject, seen.issuer),
        None => "no certificate can be read".into(),
    })?;
    let asked = if credentials.is_some() { authenticated(&mut client) } else { anonymous(&mut client) };
    let date = note(steps, "platform", asked, |_| format!("{} answers as a platform does", route.platform))?;
    let here = world.now();
    note(steps, "time", compare(date, here), |words| words.clone())?;
    Ok(())
}

fn note<T>(
    steps: &mut Vec<Step>,
    name: &'static str,
    outcome: Result<T, UplinkError>,
    words: impl FnOnce(&T) -> String,
) -> Result<T, Ended> {
    let told = outcome.as_ref().map(words).map_err(UplinkError::clone);
    steps.push(Step { name, outcome: told });
    outcome.map_err(|_| Ended)
}

/// Asks for the configuration: nothing is changed by it.
fn authenticated(client: &mut Client) -> Result<Option<Time>, UplinkError> {
    let answer = client.exchange(path::CONFIG, &encode(&WaitConfig { have: u64::MAX, wait: 0 }), WAIT)?;
    match answer.status {
        200 | 204 => Ok(answer.date),
        _ => Err(refusal(&answer)),
    }
}

/// A message that is none: a platform refuses it, anything else does not know the path.
fn anonymous(client: &mut Client) -> Result<Option<Time>, UplinkError> {
    let answer = client.exchange(path::START, b"", WAIT)?;
    if decode::<Refusal>(&answer.body).is_ok() || answer.status == 400 {
        return Ok(answer.date);
    }
    if answer.page.is_some() {
        return Err(refusal(&answer));
    }
    let words =
        format!("what answers is no platform: it knows no registration (HTTP status {})", answer.status);
    Err(UplinkError::platform(words))
}

fn compare(date: Option<Time>, here: Time) -> Result<String, UplinkError> {
    let Some(date) = date else { return Ok(format!("it is {here} here; the platform told no time")) };
    let (off, how) = if date > here { (date.since(here), "behind") } else { (here.since(date), "ahead") };
    let words = format!("the clock here is {} s {how}: {here}", off / Time::SECOND);
    if off <= OFF { Ok(words) } else { Err(UplinkError::new(ErrorCode::ClockOff, words)) }
}
