//! How sensors are doing now: their last status and an hour before it, in
//! memory; when each was heard last is written down once a minute.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Mutex;

use assets::doc::Stamp;
use model::Time;
use store::{Changes, Document, Kind, Store};
use wire::Status;

use super::STATUS_EVERY;
use crate::error::{Error, Result};
use crate::parts::lock;
use crate::registry::SensorDocument;
use crate::views::Point;

/// Seconds after which a sensor counts as offline: three status periods.
pub(crate) const OFFLINE_AFTER: u64 = 3 * STATUS_EVERY as u64;
/// An hour of status periods.
const POINTS: usize = 3_600 / STATUS_EVERY as usize;
/// Seconds between writing down the last contacts.
const WRITE_EVERY: u64 = 60;
/// The document they stand in.
const CONTACTS: &str = "contacts";

/// All sensors.
pub(crate) struct Live {
    /// When the platform began: nobody could be heard before.
    begun: Time,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sensors: HashMap<String, One>,
    contacts: BTreeMap<String, Time>,
    written: Time,
    /// Something was heard since.
    dirty: bool,
}

/// What is known of one.
#[derive(Default)]
pub(super) struct One {
    pub(super) status: Option<Status>,
    pub(super) history: VecDeque<Point>,
    /// Conditions that hold now; each was raised when it began.
    pub(super) holds: BTreeSet<String>,
    /// When an asset was reported last.
    pub(super) reported: Option<Time>,
}

/// For a sensor's page.
#[derive(Default)]
pub(crate) struct Shown {
    /// Last status.
    pub(crate) status: Option<Status>,
    /// Last contact.
    pub(crate) last_contact: Option<Time>,
    /// Last hour.
    pub(crate) history: Vec<Point>,
}

impl Live {
    /// Reads the last contacts.
    pub(crate) fn open(store: &dyn Store, now: Time) -> Result<Live> {
        let documents = store.documents(Kind::Setting)?;
        let contacts = documents.iter().find(|document| document.id == CONTACTS);
        // Lost contacts are no reason not to start.
        let contacts = contacts.and_then(|document| serde_json::from_str(&document.json).ok());
        let state = State { contacts: contacts.unwrap_or_default(), written: now, ..State::default() };
        Ok(Live { begun: now, state: Mutex::new(state) })
    }

    /// A sensor was heard.
    pub(crate) fn contact(&self, id: &str, now: Time) {
        let mut state = lock(&self.state);
        state.contacts.insert(id.into(), now);
        state.dirty = true;
    }

    /// A sensor reported an asset.
    pub(crate) fn reported(&self, id: &str, now: Time) {
        lock(&self.state).sensors.entry(id.into()).or_default().reported = Some(now);
    }

    /// Takes a status in.
    pub(crate) fn take(&self, id: &str, status: Status, now: Time) {
        let mut state = lock(&self.state);
        state.contacts.insert(id.into(), now);
        state.dirty = true;
        let one = state.sensors.entry(id.into()).or_default();
        let sum = |status: &Status| {
            status
                .ports
                .iter()
                .fold(0u64, |sum, port| sum.saturating_add(port.lost[0]).saturating_add(port.lost[1]))
        };
        let before = one.status.as_ref().map_or(sum(&status), sum);
        let total = |of: fn(&wire::PortStatus) -> u64| {
            status.ports.iter().fold(0u64, |sum, port| sum.saturating_add(of(port)))
        };
        one.history.push_back(Point {
            at: Stamp(now),
            bits: total(|port| port.bits),
            packets: total(|port| port.packets),
            lost: sum(&status).saturating_sub(before),
        });
        while one.history.len() > POINTS {
            one.history.pop_front();
        }
        one.status = Some(status);
    }

    /// For a sensor's page.
    pub(crate) fn show(&self, id: &str) -> Shown {
        let state = lock(&self.state);
        let last_contact = state.contacts.get(id).copied();
        match state.sensors.get(id) {
            None => Shown { last_contact, ..Shown::default() },
            Some(one) => Shown {
                status: one.status.clone(),
                last_contact,
                history: one.history.iter().copied().collect(),
            },
        }
    }

    /// Last statuses by sensor's id.
    pub(crate) fn statuses(&self) -> Vec<(String, Status)> {
        let state = lock(&self.state);
        let all = state.sensors.iter().filter_map(|(id, one)| Some((id.clone(), one.status.clone()?)));
        all.collect()
    }

    /// A registered sensor was not heard for `seconds`, of those that the platform ran.
    pub(crate) fn offline(&self, id: &str, sensor: &SensorDocument, now: Time, seconds: u64) -> bool {
        self.silent(id, sensor, now) > seconds * Time::SECOND
    }

    /// Nanoseconds for which a registered sensor was not heard, of those that the platform ran.
    pub(crate) fn silent(&self, id: &str, sensor: &SensorDocument, now: Time) -> u64 {
        let contact = lock(&self.state).contacts.get(id).copied();
        let last = contact.or(sensor.registered).unwrap_or_default().max(self.begun);
        now.since(last)
    }

    /// When an asset was reported last, or could have been first.
    pub(crate) fn last_report(&self, id: &str) -> Time {
        let reported = lock(&self.state).sensors.get(id).and_then(|one| one.reported);
        reported.unwrap_or_default().max(self.begun)
    }

    /// Says whether a condition holds now; true when it did not before.
    pub(crate) fn begins(&self, id: &str, condition: &str, holds: bool) -> bool {
        let mut state = lock(&self.state);
        let one = state.sensors.entry(id.into()).or_default();
        if !holds {
            one.holds.remove(condition);
            return false;
        }
        one.holds.insert(condition.into())
    }

    /// Frames and lost frames of the last status period.
    pub(crate) fn last_point(&self, id: &str) -> Option<Point> {
        lock(&self.state).sensors.get(id)?.history.back().copied()
    }

    /// Writes the last contacts down when it is time.
    pub(crate) fn write(&self, store: &dyn Store, now: Time) -> Result<()> {
        let contacts = {
            let mut state = lock(&self.state);
            if !state.dirty || now.since(state.written) < WRITE_EVERY * Time::SECOND {
                return Ok(());
            }
            (state.dirty, state.written) = (false, now);
            state.contacts.clone()
        };
        let json = serde_json::to_string(&contacts);
        let json = json.map_err(|cause| Error::Internal(format!("contacts: {cause}")))?;
        let document = Document { kind: Kind::Setting, id: CONTACTS.into(), json };
        Ok(store.commit(&Changes { documents: vec![document], ..Changes::default() })?)
    }

    /// Forgets a sensor.
    pub(crate) fn forget(&self, id: &str) {
        let mut state = lock(&self.state);
        state.sensors.remove(id);
        state.contacts.remove(id);
        state.dirty = true;
    }
}
