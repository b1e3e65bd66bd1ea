//! Updates: what appliances say of their own systems, the bundles there are, and who gets
//! which when (`docs/updates.md`). The platform chooses when, never what: what may be
//! installed is proved by signatures that the appliances check.

mod images;
mod rollout;
mod shelf;
mod system;
mod system_bundle;

pub(crate) use images::Images;
pub(crate) use rollout::{Phase, Rollout};
pub(crate) use shelf::Shelf;
pub(crate) use system::SystemDocument;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use assets::doc::Stamp;
use bundle::Version;
use model::Time;

use rollout::Seen;
use system_bundle::Bundle;

use crate::error::{Error, Result};
use crate::events::{Raise, kind};
use crate::parts::hex;
use crate::platform::{Inner, Platform};
use crate::registry::Tables;
use crate::sensor_endpoint::Caller;
use crate::views::{BundleView, NewRollout, RolloutMember, RolloutState, RolloutView, Severity, ShelfView};

/// Minutes that a stage has to be well before the next, unless said otherwise, and the most.
const SOAK: u32 = 30;
const MOST_SOAK: u32 = 7 * 24 * 60;
/// Roll-outs that are kept.
const KEPT: usize = 200;

/// `new` is newer than `old`; false when either cannot be read.
fn newer(new: &str, old: &str) -> bool {
    matches!((Version::parse(new), Version::parse(old)), (Some(new), Some(old)) if new > old)
}

impl Inner {
    /// The appliances of registered sensors.
    fn fleet(&self, tables: &Tables, now: Time) -> Vec<Seen> {
        let mut codes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (id, status) in self.live.statuses() {
            let found = status.findings.iter().filter_map(|finding| Some(finding.code?.number()));
            codes.insert(id, found.collect());
        }
        let seen = |(id, document): (&String, &Arc<SystemDocument>)| {
            let sensor = tables.sensor(id).ok().filter(|sensor| sensor.registered.is_some())?;
            Some(Seen {
                id: id.clone(),
                name: sensor.name.clone(),
                board: document.system.board.clone(),
                version: document.system.version.clone(),
                update: document.system.update.clone(),
                silent: self.live.silent(id, sensor, now) / Time::SECOND,
                codes: codes.remove(id).unwrap_or_default(),
            })
        };
        tables.systems.iter().filter_map(seen).collect()
    }

    /// What a sensor may install now.
    fn offer(&self, tables: &Tables, id: &str) -> Option<wire::Bundle> {
        let system = &tables.systems.get(id)?.system;
        // The newest of its board alone counts.
        let rollout = tables.rollouts.values().rev().find(|rollout| rollout.board == system.board)?;
        if !rollout.offers(id, &system.update) || !newer(&rollout.version, &system.version) {
            return None;
        }
        let bundle = self.shelf.bundles().into_iter().find(|bundle| bundle.sha256 == rollout.sha256)?;
        Some(wire::Bundle { sha256: bundle.sha256, size: bundle.size, version: bundle.version })
    }
}

impl Platform {
    /// The file of a bundle for a sensor that it is offered to, by its SHA-256 in hexadecimal digits, and its length.
    ///
    /// # Errors
    /// [`Error::Missing`] for any other; [`Error::Denied`] when its certificate is over.
    pub fn bundle_for(&self, caller: &Caller, sha256: &str) -> Result<(File, u64)> {
        let inner = self.inner();
        let tables = inner.tables();
        inner.able(&tables, caller)?;
        let wanted = bundle::unhex(sha256);
        let offer = inner.offer(&tables, &caller.sensor).filter(|offer| Some(offer.sha256) == wanted);
        let file = offer.and_then(|offer| inner.shelf.open_file(&offer.sha256));
        file.ok_or_else(|| Error::Missing { what: "bundle offered", id: sha256.into() })
    }

    /// What time alone makes true of updates.
    pub(crate) fn look_at_updates(&self) -> Result<()> {
        let inner = self.inner();
        inner.shelf.look();
        let tables = inner.tables();
        let mut raises = Vec::new();
        for bundle in inner.shelf.bundles() {
            let subject = format!("{} {}", bundle.board, bundle.version);
            let for_it = |seen: &Seen| seen.board == bundle.board && newer(&bundle.version, &seen.version);
            let count = inner.fleet(&tables, inner.clock.now()).iter().filter(|seen| for_it(seen)).count();
            if count == 0 || inner.book.knows(kind::UPDATE_AVAILABLE, &subject) {
                continue;
            }
            let words = format!(
                "Version {} for {} is here; sensors that run an older one: {count}. Roll it out under Updates.",
                bundle.version, bundle.board
            );
            raises.push(Raise { subject, ..Raise::new(kind::UPDATE_AVAILABLE, Severity::Info, words) });
        }
        inner.raise_all(raises)?;
        self.roll()
    }

    /// Lets the roll-outs that run go on.
    pub(crate) fn roll(&self) -> Result<()> {
        let inner = self.inner();
        let tables = inner.tables();
        if !tables.rollouts.values().any(|rollout| rollout.phase == Phase::Running) {
            return Ok(());
        }
        let now = inner.clock.now();
        let fleet = inner.fleet(&tables, now);
        let step = |rollout: &Rollout| {
            let mut next = rollout.clone();
            next.step(&fleet, now);
            (next != *rollout).then_some(next)
        };
        // Most looks change nothing: those take no turn at the writer.
        if !tables.rollouts.values().any(|rollout| step(rollout).is_some()) {
            return Ok(());
        }
        let stopped = inner.change(|tables| {
            let mut stopped = Vec::new();
            for (number, rollout) in &mut tables.rollouts {
                let Some(next) = step(rollout) else { continue };
                if let Phase::Stopped(words) = &next.phase {
                    let words = format!(
                        "The roll-out of {} to {} stopped: {words}. Nobody else gets it unless you resume it under \
                         Updates.",
                        next.version, next.board
                    );
                    let subject = number.to_string();
                    stopped.push(Raise { subject, ..Raise::new(kind::ROLLOUT_STOPPED, Severity::High, words) });
                }
                *rollout = Arc::new(next);
            }
            Ok(stopped)
        })?;
        inner.raise_all(stopped)
    }

    /// The bundles there are, newest first, and the files that are none.
    pub fn bundles(&self) -> ShelfView {
        let (mut bundles, mut others) = (Vec::new(), Vec::new());
        let inner = self.inner();
        let tables = inner.tables();
        let fleet = inner.fleet(&tables, inner.clock.now());
        for (file, found) in inner.shelf.all() {
            match found {
                Err(words) => others.push((file, words)),
                Ok(bundle) => {
                    let older =
                        |seen: &&Seen| seen.board == bundle.board && newer(&bundle.version, &seen.version);
                    bundles.push(BundleView {
                        sha256: hex(&bundle.sha256),
                        since: inner.shelf.written(&file),
                        file,
                        size: bundle.size,
                        older: fleet.iter().filter(older).count() as u64,
                        board: bundle.board,
                        version: bundle.version,
                    });
                }
            }
        }
        bundles.sort_by(|a, b| {
            let version = |one: &BundleView| Version::parse(&one.version);
            (version(b), &a.board, &a.file).cmp(&(version(a), &b.board, &b.file))
        });
        ShelfView { bundles, others }
    }

    /// Takes a bundle in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is none, too large, or another one of the same version.
    pub fn add_bundle(&self, from: &mut dyn Read, by: &str) -> Result<BundleView> {
        let bundle = self.inner().shelf.add(from)?;
        tracing::info!(version = bundle.version, board = bundle.board, ?by, "bundle taken in");
        let sha256 = hex(&bundle.sha256);
        let found = self.bundles().bundles.into_iter().find(|view| view.sha256 == sha256);
        found.ok_or_else(|| Error::Internal("the bundle is gone already".into()))
    }

    /// Takes a bundle away.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Invalid`] while a roll-out needs it.
    pub fn remove_bundle(&self, sha256: &str, by: &str) -> Result<()> {
        let inner = self.inner();
        let found = inner.shelf.bundles().into_iter().find(|bundle| hex(&bundle.sha256) == sha256);
        let bundle = found.ok_or_else(|| Error::Missing { what: "bundle", id: sha256.into() })?;
        let uses = |rollout: &Arc<Rollout>| rollout.is_open() && rollout.sha256 == bundle.sha256;
        if inner.tables().rollouts.values().any(uses) {
            return Err(Error::invalid("bundle", "a roll-out needs it: cancel that first"));
        }
        inner.shelf.remove(&bundle.sha256)?;
        tracing::info!(version = bundle.version, board = bundle.board, ?by, "bundle removed");
        Ok(())
    }

    /// Begins a roll-out of a bundle.
    ///
    /// # Errors
    /// [`Error::Missing`] for the bundle; [`Error::Invalid`] for sensors that are not of its board or have it, and
    /// while another roll-out for the board goes on.
    pub fn start_rollout(&self, new: &NewRollout, by: &str) -> Result<RolloutView> {
        let inner = self.inner();
        inner.shelf.look();
        let found = inner.shelf.bundles().into_iter().find(|bundle| hex(&bundle.sha256) == new.bundle);
        let bundle = found.ok_or_else(|| Error::Missing { what: "bundle", id: new.bundle.clone() })?;
        if new.soak > MOST_SOAK {
            return Err(Error::invalid("soak", format!("a stage is watched for 1 to {MOST_SOAK} minutes")));
        }
        let soak = if new.soak == 0 { SOAK } else { new.soak };
        let now = inner.clock.now();
        let number = inner.change(|tables| {
            let fleet = inner.fleet(tables, now);
            let first = first(tables, &fleet, new, &bundle)?;
            let for_it = |seen: &Seen| seen.board == bundle.board && newer(&bundle.version, &seen.version);
            if !fleet.iter().any(for_it) {
                let words = format!("no sensor of the board {} runs an older version", bundle.board);
                return Err(Error::invalid("bundle", words));
            }
            for rollout in tables.rollouts.values_mut().filter(|one| one.board == bundle.board) {
                match rollout.phase {
                    Phase::Running | Phase::Paused => {
                        let words = format!(
                            "the roll-out of {} to {} is under way: cancel it first",
                            rollout.version, rollout.board
                        );
                        return Err(Error::invalid("bundle", words));
                    }
                    Phase::Stopped(_) => Arc::make_mut(rollout).phase = Phase::Cancelled,
                    Phase::Cancelled | Phase::Done => {}
                }
            }
            let number = tables.rollouts.keys().next_back().map_or(1, |last| last + 1);
            let rollout = Rollout {
                board: bundle.board.clone(),
                version: bundle.version.clone(),
                sha256: bundle.sha256,
                by: by.into(),
                begun: now,
                first,
                soak: u64::from(soak) * 60,
                ..Rollout::default()
            };
            tables.rollouts.insert(number, Arc::new(rollout));
            while tables.rollouts.len() > KEPT {
                tables.rollouts.pop_first();
            }
            Ok(number)
        })?;
        tracing::info!(version = bundle.version, board = bundle.board, ?by, "roll-out begun");
        self.roll()?;
        self.rollout(number)
    }

    /// Holds a roll-out, lets it go on (after a stop: without those that failed), or ends it.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Invalid`] when it cannot be led there.
    pub fn lead_rollout(&self, number: u64, to: RolloutState, by: &str) -> Result<RolloutView> {
        let inner = self.inner();
        let now = inner.clock.now();
        inner.change(|tables| {
            let fleet = inner.fleet(tables, now);
            let missing = || Error::Missing { what: "roll-out", id: number.to_string() };
            let rollout = Arc::make_mut(tables.rollouts.get_mut(&number).ok_or_else(missing)?);
            match (to, &rollout.phase) {
                (RolloutState::Paused, Phase::Running) => rollout.phase = Phase::Paused,
                (RolloutState::Running, Phase::Paused | Phase::Stopped(_)) => rollout.resume(&fleet),
                (RolloutState::Cancelled, _) if rollout.is_open() => rollout.phase = Phase::Cancelled,
                (to, now) if RolloutState::from(now) == to => {}
                _ => {
                    let words = "a roll-out can be paused while it runs, go on after that, and be cancelled until it is done";
                    return Err(Error::invalid("state", words));
                }
            }
            Ok(())
        })?;
        tracing::info!(number, ?to, ?by, "roll-out");
        self.roll()?;
        self.rollout(number)
    }

    /// All roll-outs, newest first.
    pub fn rollouts(&self) -> Vec<RolloutView> {
        let tables = self.inner().tables();
        let views = tables.rollouts.iter().rev();
        views.map(|(number, rollout)| self.rollout_view(&tables, *number, rollout)).collect()
    }

    /// One roll-out.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn rollout(&self, number: u64) -> Result<RolloutView> {
        let tables = self.inner().tables();
        let missing = || Error::Missing { what: "roll-out", id: number.to_string() };
        let rollout = tables.rollouts.get(&number).ok_or_else(missing)?;
        Ok(self.rollout_view(&tables, number, rollout))
    }

    fn rollout_view(&self, tables: &Tables, number: u64, rollout: &Rollout) -> RolloutView {
        let now = self.inner().clock.now();
        let mut members: Vec<RolloutMember> = rollout
            .members
            .iter()
            .map(|(id, member)| RolloutMember {
                sensor: id.clone(),
                name: tables.sensors.get(id).map_or_else(String::new, |sensor| sensor.name.clone()),
                stage: member.stage + 1,
                good: member.is_proved(rollout.soak, now),
                words: words(tables, id, member, rollout, now),
            })
            .collect();
        members.sort_by(|a, b| (a.stage, &a.name, &a.sensor).cmp(&(b.stage, &b.name, &b.sensor)));
        RolloutView {
            number,
            version: rollout.version.clone(),
            board: rollout.board.clone(),
            bundle: hex(&rollout.sha256),
            by: rollout.by.clone(),
            begun: Stamp(rollout.begun),
            soak: u32::try_from(rollout.soak / 60).unwrap_or(u32::MAX),
            stage: rollout.stage + 1,
            state: RolloutState::from(&rollout.phase),
            words: match &rollout.phase {
                Phase::Stopped(words) => words.clone(),
                _ => String::new(),
            },
            members,
        }
    }
}

/// Ids of the sensors that are to come first.
fn first(tables: &Tables, fleet: &[Seen], new: &NewRollout, bundle: &Bundle) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for (at, name) in new.first.iter().enumerate() {
        let wrong = |words: String| Error::invalid(format!("first[{at}]"), words);
        let (id, _) =
            tables.sensor_named(name).ok_or_else(|| wrong(format!("there is no sensor {name:?}")))?;
        let seen = fleet.iter().find(|seen| seen.id == *id);
        let seen =
            seen.ok_or_else(|| wrong(format!("{name:?} is no appliance, or never told its version")))?;
        if seen.board != bundle.board {
            return Err(wrong(format!("{name:?} is of the board {:?}", seen.board)));
        }
        if !newer(&bundle.version, &seen.version) {
            return Err(wrong(format!("{name:?} runs {} already", seen.version)));
        }
        if !out.contains(id) {
            out.push(id.clone());
        }
    }
    Ok(out)
}

/// How a sensor stands in a roll-out.
fn words(tables: &Tables, id: &str, member: &rollout::Member, rollout: &Rollout, now: Time) -> String {
    use wire::UpdateState;
    if let Some(words) = &member.failed {
        return words.clone();
    }
    if let Some((_, words)) = &member.unwell {
        return words.clone();
    }
    if member.is_proved(rollout.soak, now) {
        return "runs it and is well".into();
    }
    if let Some(good) = member.good {
        let minutes = rollout.soak.saturating_sub(now.since(good) / Time::SECOND).div_ceil(60);
        return format!("runs it, watched for {minutes} min more");
    }
    match tables.systems.get(id).map(|document| &document.system.update) {
        Some(UpdateState::Fetching { version, done, size }) if *version == rollout.version => {
            format!("fetches it: {} %", done.saturating_mul(100) / (*size).max(1))
        }
        Some(UpdateState::Installed { version }) if *version == rollout.version => {
            "installed, restarts".into()
        }
        Some(UpdateState::Trial { version }) if *version == rollout.version => "runs it on trial".into(),
        _ => "offered".into(),
    }
}

#[cfg(test)]
mod tests;
