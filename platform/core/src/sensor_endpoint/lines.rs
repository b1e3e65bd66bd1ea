//! Lines of deliveries (`setup.md` §5): at which number each is, which nonce is
//! good, and whether two go on side by side.
//!
//! A line is one spool's numbered batches. Its nonce changes at each connection;
//! one that was replaced already means that the sensor was restored from an
//! older state, or that it has a twin: it is given a line of its own. If the
//! older line goes on after that, there are two boxes, and the newer line is
//! quarantined until somebody chooses.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, RwLock};

use store::{Changes, Line, SensorNumber, Store};
use wire::Epoch;

use crate::error::{Error, Result};
use crate::parts::{hex, lock, read, write};
use crate::platform::Inner;

/// Lines of one sensor that are kept.
const MOST: usize = 8;

/// All lines, those of a sensor oldest first.
#[derive(Default)]
pub(crate) struct Lines {
    lines: RwLock<BTreeMap<SensorNumber, Vec<Line>>>,
    /// One batch or greeting of a sensor at a time.
    turns: Mutex<HashMap<SensorNumber, Arc<Mutex<()>>>>,
}

/// An epoch as people see it: its first 8 hexadecimal digits.
pub(crate) fn short(epoch: Epoch) -> String {
    hex(&epoch.0).chars().take(8).collect()
}

impl Lines {
    /// Reads what there is.
    pub(crate) fn open(store: &dyn Store) -> Result<Lines> {
        let mut lines: BTreeMap<SensorNumber, Vec<Line>> = BTreeMap::new();
        for line in store.lines()? {
            lines.entry(line.sensor).or_default().push(line);
        }
        lines.values_mut().for_each(|of_one| of_one.sort_by_key(|line| (line.since, line.epoch)));
        Ok(Lines { lines: RwLock::new(lines), turns: Mutex::default() })
    }

    /// Lines of a sensor, oldest first.
    pub(crate) fn of(&self, sensor: SensorNumber) -> Vec<Line> {
        read(&self.lines).get(&sensor).cloned().unwrap_or_default()
    }

    /// Edits the lines of a sensor, one caller at a time; others see them when
    /// `edit` has written them, and not at all when it fails.
    pub(crate) fn edit<T>(
        &self,
        sensor: SensorNumber,
        edit: impl FnOnce(&mut Vec<Line>) -> Result<T>,
    ) -> Result<T> {
        let turn = lock(&self.turns).entry(sensor).or_default().clone();
        let _turn = lock(&turn);
        let mut lines = self.of(sensor);
        let out = edit(&mut lines)?;
        write(&self.lines).insert(sensor, lines);
        Ok(out)
    }
}

/// The line of this epoch is heard of: newer ones that are not quarantined yet
/// go on beside it, so they are now. Gives their epochs.
pub(super) fn goes_on(lines: &mut [Line], epoch: Epoch) -> Vec<Epoch> {
    let newer = lines.iter_mut().skip_while(|line| line.epoch != epoch).skip(1);
    let found = newer.filter(|line| !line.quarantined).map(|line| {
        line.quarantined = true;
        line.epoch
    });
    found.collect()
}

/// Takes the oldest lines away that nobody waits for, until they are few enough.
pub(super) fn thin(lines: &mut Vec<Line>) -> Vec<Epoch> {
    let mut gone = Vec::new();
    while lines.len() > MOST {
        let main = lines.iter().rposition(|line| !line.quarantined);
        let Some(at) = (0..lines.len() - 1).find(|at| Some(*at) != main) else { break };
        gone.push(lines.remove(at).epoch);
    }
    gone
}

impl Inner {
    /// Ends all lines of a sensor but the one named.
    pub(crate) fn choose_line(&self, sensor: SensorNumber, epoch: &str) -> Result<()> {
        self.lines.edit(sensor, |lines| {
            let missing = || Error::Missing { what: "line", id: epoch.into() };
            let at = lines.iter().position(|line| short(line.epoch) == epoch).ok_or_else(missing)?;
            let mut chosen = lines.remove(at);
            chosen.quarantined = false;
            let gone_lines = lines.iter().map(|line| (sensor, line.epoch)).collect();
            let changes = Changes { lines: vec![chosen.clone()], gone_lines, ..Changes::default() };
            self.store.commit(&changes)?;
            *lines = vec![chosen];
            Ok(())
        })
    }
}
