//! Questions to the service: what it says is shown as it comes; while it is away that is
//! said, and it is tried again.

use wire::local::{Ask, Overview, Say};

use super::{Did, Pressed, Screen, Stop, UNCHANGED};
use crate::host::{Away, Wait};
use crate::keys::Key;

/// Seconds between two tries to reach the service, and how often it is tried.
const RETRY: (u32, u32) = (2, 5);
/// Seconds without an answer after which that is said.
const PATIENCE: u32 = 10;
/// Seconds in which the banner's question must be answered.
const PROMPT: u32 = 5;

impl Screen<'_> {
    /// Asks the service. Steps and lines are shown as they come; the last answer is
    /// given back. While the service is away it is tried again, and that is said.
    ///
    /// # Errors
    /// [`Stop::Left`] with `left` on Ctrl-C; [`Stop::Away`] when the service stays away.
    pub fn ask(&mut self, ask: &Ask, left: &'static str) -> Did<Say> {
        let mut tries = 0;
        loop {
            match self.answer(ask, Some(left), None)? {
                Ok(say) => return Ok(say),
                Err(away) if away.asked && !harmless(ask) => {
                    return Err(Stop::Away(format!(
                        "The set-up service is gone before its answer ({}). Look whether it was done \
                         before you try again.",
                        away.why
                    )));
                }
                Err(away) if tries == RETRY.1 => {
                    return Err(Stop::Away(format!("The set-up service does not answer: {}.", away.why)));
                }
                Err(away) => {
                    if tries == 0 {
                        self.say(&format!(
                            "The set-up service does not answer: {}. Trying again; Ctrl-C returns to the menu.",
                            away.why
                        ))?;
                    }
                    tries += 1;
                    self.rest(RETRY.0, left)?;
                }
            }
        }
    }

    /// Waits so many seconds, or until Enter is pressed.
    ///
    /// # Errors
    /// [`Stop::Left`] on Ctrl-C.
    pub fn wait(&mut self, seconds: u32) -> Did<()> {
        let mut gone = 0;
        while gone < seconds {
            match self.key(Wait::Keys)? {
                Pressed::Key(Key::Enter) => break,
                Pressed::Key(Key::Cancel) => return Err(Stop::Left(UNCHANGED)),
                Pressed::Seconds(more) => gone += more,
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits; Ctrl-C leaves.
    fn rest(&mut self, seconds: u32, left: &'static str) -> Did<()> {
        let mut gone = 0;
        while gone < seconds {
            match self.key(Wait::Answer)? {
                Pressed::Key(Key::Cancel) => {
                    self.new_page();
                    return Err(Stop::Left(left));
                }
                Pressed::Seconds(more) => gone += more,
                _ => {}
            }
        }
        Ok(())
    }

    /// One question, asked once. Without `left` Ctrl-C does not end it; with `within`
    /// it is given up after so many seconds.
    fn answer(
        &mut self,
        ask: &Ask,
        left: Option<&'static str>,
        within: Option<u32>,
    ) -> Did<Result<Say, Away>> {
        self.host.ask(ask);
        self.failed = None;
        let mut waited = 0;
        loop {
            match self.key(Wait::Answer)? {
                Pressed::Say(say) if say.ends() => return Ok(Ok(say)),
                Pressed::Say(say) => {
                    waited = 0;
                    match say {
                        Say::Step(step) => {
                            // A trial's seconds run: a pause would eat them.
                            if matches!(ask, Ask::Apply(_) | Ask::Restore(_)) {
                                self.rows = 0;
                            }
                            self.step(&step)?;
                            if step.outcome.is_err() && self.failed.is_none() {
                                self.failed = Some(step);
                            }
                        }
                        Say::Line(line) => self.say_in(&line, 4)?,
                        _ => {}
                    }
                }
                Pressed::Away(away) => return Ok(Err(away)),
                Pressed::Key(Key::Cancel) => {
                    if let Some(left) = left {
                        self.host.give_up();
                        self.ahead.clear();
                        self.new_page();
                        return Err(Stop::Left(left));
                    }
                }
                Pressed::Seconds(seconds) => {
                    let before = waited;
                    waited += seconds;
                    if within.is_some_and(|within| waited >= within) {
                        self.host.give_up();
                        let why = format!("no answer within {waited} s");
                        return Ok(Err(Away { why, asked: true }));
                    }
                    if before < PATIENCE && waited >= PATIENCE && left.is_some() {
                        self.say("Still waiting for an answer. Ctrl-C returns to the menu.")?;
                    }
                }
                _ => {}
            }
        }
    }

    /// Asks, and lets nothing end it but an answer: a wrong password's delay counts.
    ///
    /// # Errors
    /// When the terminal or the service is gone.
    pub fn ask_to_the_end(&mut self, ask: &Ask) -> Did<Say> {
        let away = |away: Away| Stop::Away(format!("The set-up service does not answer: {}.", away.why));
        self.answer(ask, None, None)?.map_err(away)
    }

    /// How everything stands; or why that is not known. Asked once, for a few seconds.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn overview_now(&mut self) -> Did<Result<Box<Overview>, String>> {
        Ok(match self.answer(&Ask::Overview, None, Some(PROMPT))? {
            Ok(Say::Overview(overview)) => Ok(overview),
            Ok(Say::Failed(failed)) => Err(failed.to_string()),
            Ok(_) => Err("its answer is none to this question".into()),
            Err(away) => Err(away.why),
        })
    }

    /// How everything stands.
    ///
    /// # Errors
    /// As [`Screen::ask`].
    pub fn overview(&mut self) -> Did<Box<Overview>> {
        match self.ask(&Ask::Overview, UNCHANGED)? {
            Say::Overview(overview) => Ok(overview),
            other => Err(unfit(&other)),
        }
    }
}

/// Asking twice does no harm.
fn harmless(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Overview | Ask::Settings | Ask::Check(_) | Ask::Test | Ask::Look(_) | Ask::Log(_) | Ask::Backup
    )
}

/// An answer that does not fit the question: service and console are not of one build.
pub(crate) fn unfit(say: &Say) -> Stop {
    Stop::Away(match say {
        Say::Failed(failed) => failed.to_string(),
        _ => "The set-up service's answer does not fit the question: is it of the same version?".into(),
    })
}
