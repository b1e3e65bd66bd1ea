//! A sensor that is registered: greeting, batches, configuration, renewal.

use std::sync::Arc;

use store::{Changes, Line};
use wire::{
    Batch, BatchReply, Content, Epoch, Gap, Hello, HelloReply, Mark, Nonce, RenewReply, RenewRequest,
    SensorConfig, Standing, WaitConfig,
};

use super::Caller;
use super::lines::{goes_on, short, thin};
use crate::configuration::compile;
use crate::error::{Error, Result};
use crate::events::{Raise, kind};
use crate::parts::{hex, random};
use crate::platform::{Inner, Platform};
use crate::registry::{CertificateDocument, CertificateState, SensorDocument, Tables};
use crate::views::Severity;

/// Nonces with which a new line may begin that are kept: answers may be lost.
const MOST_OPENINGS: usize = 4;

impl Inner {
    /// The caller's sensor, if its certificate allows more than to renew.
    pub(crate) fn able<'t>(&self, tables: &'t Tables, caller: &Caller) -> Result<&'t Arc<SensorDocument>> {
        if caller.expired {
            return Err(Error::Denied("the certificate is over: it may only renew".into()));
        }
        tables.sensor(&caller.sensor).map_err(|_| Error::Denied("this sensor was removed".into()))
    }

    fn fresh_nonce(&self) -> Result<Nonce> {
        Ok(Nonce(random(&*self.clock)?))
    }
}

impl Platform {
    /// A sensor connects.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hello(&self, caller: &Caller, hello: &Hello) -> Result<HelloReply> {
        let inner = self.inner();
        let tables = inner.tables();
        let sensor = inner.able(&tables, caller)?;
        let now = inner.clock.now();
        let nonce = inner.fresh_nonce()?;
        let mut raises = Vec::new();
        let standing = inner.lines.edit(sensor.number, |lines| {
            let mut changes = Changes::default();
            let shown = hello.nonce;
            // The tables again: an opening may have been used while this one waited.
            let openings = inner.tables().sensor(&caller.sensor)?.openings.clone();
            let good = |line: &Line| line.nonce == shown || line.offered == Some(shown);
            let of_epoch = lines.iter().position(|line| line.epoch == hello.epoch);
            let opens = of_epoch.is_none() && (openings.contains(&shown) || lines.iter().any(good));
            let mut new_openings = openings.clone();
            let standing =
                if let Some(line) = of_epoch.and_then(|at| lines.get_mut(at)).filter(|line| good(line)) {
                    (line.nonce, line.offered) = (shown, Some(nonce));
                    let (next, mark) = (line.next, line.mark);
                    if line.quarantined {
                        Standing::Quarantined
                    } else {
                        raises.extend(two_lines(sensor, caller, lines, hello.epoch));
                        Standing::Continue { next, mark }
                    }
                } else if opens {
                    // Whoever shows this nonce is who got it: the line that had it ends here.
                    let burnt = inner.fresh_nonce()?;
                    for line in lines.iter_mut().filter(|line| good(line)) {
                        (line.nonce, line.offered) = (burnt, None);
                    }
                    new_openings.retain(|opening| *opening != shown);
                    lines.push(Line {
                        sensor: sensor.number,
                        epoch: hello.epoch,
                        next: 1,
                        nonce: shown,
                        offered: Some(nonce),
                        since: now,
                        quarantined: false,
                        mark: Mark::default(),
                    });
                    Standing::Continue { next: 1, mark: Mark::default() }
                } else {
                    new_openings.push(nonce);
                    if new_openings.len() > MOST_OPENINGS {
                        new_openings.remove(0);
                    }
                    raises.push(restored(sensor, caller, hello));
                    Standing::NewEpoch
                };
            changes.gone_lines.extend(thin(lines).into_iter().map(|epoch| (sensor.number, epoch)));
            changes.lines.clone_from(lines);
            inner.change_beside(changes, |tables| {
                let document = tables.sensor_mut(&caller.sensor)?;
                document.openings.clone_from(&new_openings);
                Ok(())
            })?;
            Ok(standing)
        })?;
        inner.live.contact(&caller.sensor, now);
        inner.raise_all(raises)?;
        Ok(HelloReply { standing, nonce, time: now, authorities: inner.authorities(now) })
    }

    /// A batch; on return it is on disk.
    ///
    /// # Errors
    /// When the store fails; nothing was taken then.
    pub fn batch(&self, caller: &Caller, batch: &Batch) -> Result<BatchReply> {
        let inner = self.inner();
        let tables = inner.tables();
        let sensor = inner.able(&tables, caller)?;
        let now = inner.clock.now();
        let mut raises = Vec::new();
        let reply = inner.lines.edit(sensor.number, |lines| {
            let Some(at) = lines.iter().position(|line| line.epoch == batch.epoch) else {
                return Ok(BatchReply::Greet);
            };
            if lines.get(at).is_none_or(|line| line.quarantined) {
                return Ok(BatchReply::Greet);
            }
            if let Some(raise) = two_lines(sensor, caller, lines, batch.epoch) {
                inner.store.commit(&Changes { lines: lines.clone(), ..Changes::default() })?;
                raises.push(raise);
            }
            let Some(line) = lines.get_mut(at) else { return Ok(BatchReply::Greet) };
            let next = line.next;
            // Taken already, too: the sensor greets and compares marks, since it may
            // have been a copy of it that sent that number.
            if batch.first != next || batch.last < batch.first || batch.last == u64::MAX {
                return Ok(BatchReply::Want { next });
            }
            let mut after =
                Line { next: batch.last + 1, mark: line.mark.content(&batch.content), ..line.clone() };
            let reply = match read(batch) {
                Ok(Content::Report(report)) => {
                    let assets = !report.intervals.is_empty();
                    match self.take(sensor, &compile::allowed(&tables, sensor), report, &after)? {
                        Ok(()) if assets => {
                            inner.live.reported(&caller.sensor, now);
                            BatchReply::Taken { next: after.next }
                        }
                        Ok(()) => BatchReply::Taken { next: after.next },
                        Err(words) => self.skip(sensor, caller, &after, words, &mut raises)?,
                    }
                }
                Ok(Content::Gap(gap)) => {
                    after.mark = line.mark.gap(batch.last);
                    raises.push(self.gap(sensor, caller, after.next - next, &after, &gap)?);
                    BatchReply::Taken { next: after.next }
                }
                Err(words) => self.skip(sensor, caller, &after, words, &mut raises)?,
            };
            *line = after;
            Ok(reply)
        })?;
        inner.live.contact(&caller.sensor, now);
        inner.raise_all(raises)?;
        Ok(reply)
    }

    /// The configuration of a sensor if it is another than it has; `None`: not yet.
    /// The caller asks again when [`Platform::on_configuration_change`] wakes it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn config_for(&self, caller: &Caller, wait: &WaitConfig) -> Result<Option<SensorConfig>> {
        let inner = self.inner();
        let tables = inner.tables();
        inner.able(&tables, caller)?;
        inner.live.contact(&caller.sensor, inner.clock.now());
        let config = tables.configs.get(&caller.sensor);
        Ok(config.filter(|config| config.version != wait.have).map(|config| SensorConfig::clone(config)))
    }

    /// A successor of a certificate that is two thirds over, or over.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a request that cannot be read.
    pub fn renew(&self, caller: &Caller, request: &RenewRequest) -> Result<RenewReply> {
        let inner = self.inner();
        let now = inner.clock.now();
        let tables = inner.tables();
        let sensor =
            tables.sensor(&caller.sensor).map_err(|_| Error::Denied("this sensor was removed".into()))?;
        // Not at two thirds sharp: the sensor's clock may be ahead.
        let early = |one: &CertificateDocument| one.until.since(now) > one.until.since(one.since) / 2;
        if sensor.certificates.iter().any(|one| one.state == CertificateState::Good && early(one)) {
            return Err(Error::invalid("csr", "the certificate is less than half over: renew it later"));
        }
        let (document, der) = inner.sign_for(&caller.sensor, &request.csr, false, now)?;
        inner.change(|tables| {
            tables.sensor_mut(&caller.sensor)?.give(document);
            Ok(())
        })?;
        inner.live.contact(&caller.sensor, now);
        Ok(RenewReply { certificate: der, authorities: inner.authorities(now) })
    }

    /// Skips a batch that can never be taken.
    fn skip(
        &self,
        sensor: &SensorDocument,
        caller: &Caller,
        after: &Line,
        words: String,
        raises: &mut Vec<Raise>,
    ) -> Result<BatchReply> {
        self.inner().store.commit(&Changes { lines: vec![after.clone()], ..Changes::default() })?;
        raises.push(Raise {
            sensor: sensor.name.clone(),
            subject: caller.sensor.clone(),
            ..Raise::new(kind::REPORT_REJECTED, Severity::High, format!("A report was not taken: {words}."))
        });
        Ok(BatchReply::Rejected { next: after.next, words })
    }

    /// Counts what a sensor had to drop.
    fn gap(
        &self,
        sensor: &SensorDocument,
        caller: &Caller,
        lost: u64,
        after: &Line,
        gap: &Gap,
    ) -> Result<Raise> {
        let lines = self.inner().lines.of(sensor.number);
        let known: Vec<String> = lines.iter().map(|line| hex(&line.epoch.0)).collect();
        let changes = Changes { lines: vec![after.clone()], ..Changes::default() };
        self.inner().change_beside(changes, |tables| {
            let gaps = &mut tables.sensor_mut(&caller.sensor)?.gaps;
            *gaps.entry(hex(&after.epoch.0)).or_default() += lost;
            gaps.retain(|epoch, _| known.contains(epoch));
            Ok(())
        })?;
        let reason: String = gap.reason.chars().take(200).collect();
        let words = format!(
            "{lost} reports ({} bytes) made from {} to {} were dropped by the sensor: {reason}. What was heard again \
             since is in the inventory; conversations of that time are not.",
            gap.bytes, gap.since, gap.until
        );
        Ok(Raise {
            sensor: sensor.name.clone(),
            subject: caller.sensor.clone(),
            ..Raise::new(kind::GAP, Severity::High, words)
        })
    }
}

/// This line is heard of: do newer ones stand beside it?
fn two_lines(sensor: &SensorDocument, caller: &Caller, lines: &mut [Line], epoch: Epoch) -> Option<Raise> {
    let newer = goes_on(lines, epoch);
    (!newer.is_empty()).then(|| quarantined(sensor, caller, &newer))
}

/// What a batch holds, if it can be and its numbers fit.
fn read(batch: &Batch) -> std::result::Result<Content, String> {
    let content = wire::decode(&batch.content).map_err(|cause| cause.to_string())?;
    match &content {
        Content::Report(_) if batch.first != batch.last => Err("a report has one number only".into()),
        _ => Ok(content),
    }
}

fn restored(sensor: &SensorDocument, caller: &Caller, hello: &Hello) -> Raise {
    let words = format!(
        "It showed a nonce that was replaced already (line {}): it was restored from an older state, or another box \
         runs with its identity. It goes on in a line of its own; nothing is lost. If both go on, the newer one is \
         quarantined.",
        short(hello.epoch)
    );
    Raise {
        sensor: sensor.name.clone(),
        subject: caller.sensor.clone(),
        ..Raise::new(kind::RESTORED_OR_CLONED, Severity::Medium, words)
    }
}

fn quarantined(sensor: &SensorDocument, caller: &Caller, newer: &[Epoch]) -> Raise {
    let names: Vec<String> = newer.iter().map(|epoch| short(*epoch)).collect();
    let words = format!(
        "Two boxes report as this sensor. The newer line ({}) is quarantined: its reports wait on the box. Choose on \
         the sensor's page which one goes on, and register the other with a code of its own.",
        names.join(", ")
    );
    Raise {
        sensor: sensor.name.clone(),
        subject: caller.sensor.clone(),
        ..Raise::new(kind::QUARANTINED, Severity::High, words)
    }
}
