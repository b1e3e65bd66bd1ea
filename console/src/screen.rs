//! A conversation on a terminal: text that pauses, lines that are typed, and
//! questions to the service whose answers are shown as they come.

use std::collections::VecDeque;

use wire::local::{Ask, Failed, Overview, Say, Step};

use crate::edit::{Edit, Editor};
use crate::host::{Away, Event, Host, Wait};
use crate::keys::{Key, Keys};
use crate::text::{WIDTH, plain, wrap};

/// Lines after which output pauses: what a terminal of 24 shows, the pause's own
/// line and the one it scrolled away.
pub const PAGE: usize = 22;
/// Bytes kept that are typed while the service is waited for.
const AHEAD: usize = 4_096;
/// Seconds between two tries to reach the service, and how often it is tried.
const RETRY: (u32, u32) = (2, 5);
/// Seconds without an answer after which that is said.
const PATIENCE: u32 = 10;
/// Seconds in which the banner's question must be answered.
const PROMPT: u32 = 5;

/// Why a dialog ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The operator left, and what that means.
    Left(&'static str),
    /// The operator logged out.
    LoggedOut,
    /// The service is away: why, and what it means.
    Away(String),
    /// The terminal is gone.
    HungUp,
}

impl Stop {
    /// Leaving means this.
    #[must_use]
    pub fn left_as(self, words: &'static str) -> Stop {
        if let Stop::Left(_) = self { Stop::Left(words) } else { self }
    }
}

/// What a step of a dialog gives.
pub type Did<T> = Result<T, Stop>;

/// What is said when a dialog is left before anything was applied.
pub const UNCHANGED: &str = "Nothing was changed.";

/// What came of waiting for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A line, without its Enter.
    Line(String),
    /// Nothing was typed for as long as was to be waited.
    Idle,
    /// Ctrl-L.
    Redraw,
}

/// A terminal in use.
pub struct Screen<'h> {
    pub(crate) host: &'h mut dyn Host,
    keys: Keys,
    ahead: VecDeque<u8>,
    /// Lines written since somebody last pressed a key.
    rows: usize,
    /// The operator wants no more of this output.
    skipping: bool,
    /// The first step that failed since the last question.
    failed: Option<Step>,
}

impl<'h> Screen<'h> {
    /// On a host.
    pub fn new(host: &'h mut dyn Host) -> Screen<'h> {
        Screen { host, keys: Keys::default(), ahead: VecDeque::new(), rows: 0, skipping: false, failed: None }
    }

    /// A paragraph, wrapped; it pauses when the page is full.
    ///
    /// # Errors
    /// When the terminal is gone, as everywhere here.
    pub fn say(&mut self, text: &str) -> Did<()> {
        self.say_in(text, 0)
    }

    /// A paragraph whose lines after the first are set in by `indent` columns. Line
    /// breaks in it count for nothing: a neighbour's name must not begin a line.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn say_in(&mut self, text: &str, indent: usize) -> Did<()> {
        for row in wrap(text, WIDTH, indent) {
            self.row(&row)?;
        }
        Ok(())
    }

    /// Text of several lines, as it stands.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn lines(&mut self, text: &str) -> Did<()> {
        text.lines().try_for_each(|line| self.say(line))
    }

    /// A step of a test: `  gateway   ok    192.168.1.1 answers`.
    pub fn step(&mut self, step: &Step) -> Did<()> {
        self.say_in(&step_line(step), STEP_INDENT)
    }

    /// What went wrong; in short, when it stands above as a step already.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn failure(&mut self, failed: &Failed) -> Did<()> {
        match self.failed.take() {
            Some(step) if step.outcome.as_ref() == Err(failed) => {
                self.say(&format!("{} fails first. What to do stands beside it.", step.name))
            }
            _ => self.say(&failed.to_string()),
        }
    }

    fn row(&mut self, row: &str) -> Did<()> {
        if self.rows >= PAGE && !self.skipping {
            self.pause()?;
        }
        if self.skipping {
            return Ok(());
        }
        self.rows += 1;
        self.host.write(plain(row).as_bytes());
        self.host.write(b"\r\n");
        Ok(())
    }

    /// The next so many rows are not to be torn by a pause: it comes before them. They
    /// are shown even to who wanted no more.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn together(&mut self, rows: usize) -> Did<()> {
        if self.rows + rows > PAGE && !self.skipping {
            self.pause()?;
        }
        self.skipping = false;
        Ok(())
    }

    /// Waits for Enter, or for a minute: nobody may sit there.
    fn pause(&mut self) -> Did<()> {
        const WORDS: &str = "-- Enter: more, q: stop --";
        self.host.write(WORDS.as_bytes());
        let mut left = 60;
        while left > 0 {
            match self.key(Wait::Keys)? {
                Pressed::Key(Key::Char(b'q' | b'Q') | Key::Cancel | Key::End) => {
                    self.skipping = true;
                    break;
                }
                Pressed::Key(Key::Enter | Key::Char(b' ')) => break,
                Pressed::Seconds(seconds) => left -= seconds.min(left),
                _ => {}
            }
        }
        self.rows = 0;
        self.host.write(format!("\r{}\r", " ".repeat(WORDS.len())).as_bytes());
        Ok(())
    }

    /// Forgets what was typed ahead: the next answer must be meant.
    pub fn fresh(&mut self) {
        self.ahead.clear();
    }

    fn key(&mut self, wait: Wait) -> Did<Pressed> {
        let event = match self.ahead.pop_front() {
            Some(byte) if wait == Wait::Keys => Event::Byte(byte),
            Some(byte) => {
                self.ahead.push_front(byte);
                self.host.event(wait)
            }
            None => self.host.event(wait),
        };
        Ok(match event {
            Event::Byte(byte) if wait == Wait::Keys => {
                self.keys.key(byte).map_or(Pressed::Nothing, Pressed::Key)
            }
            Event::Byte(0x03) => Pressed::Key(Key::Cancel),
            Event::Byte(byte) => {
                if self.ahead.len() < AHEAD {
                    self.ahead.push_back(byte);
                }
                Pressed::Nothing
            }
            Event::Say(say) => Pressed::Say(say),
            Event::Away(away) => Pressed::Away(away),
            Event::Seconds(seconds) => Pressed::Seconds(seconds),
            Event::HungUp => return Err(Stop::HungUp),
        })
    }

    /// Reads a line of at most `limit` characters behind a prompt; what cannot be
    /// taken is told and asked again.
    ///
    /// # Errors
    /// [`Stop::Left`] on Ctrl-C.
    pub fn line(&mut self, prompt: &str, limit: usize, secret: bool) -> Did<String> {
        let last = self.prompt(prompt)?;
        loop {
            if let Read::Line(line) = self.read(&last, limit, secret, None)? {
                return Ok(line);
            }
        }
    }

    /// Writes a prompt; gives back its last row, behind which is typed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn prompt(&mut self, prompt: &str) -> Did<String> {
        let mut rows = wrap(prompt.trim_end(), WIDTH - 1, 0);
        let last = format!("{} ", rows.pop().unwrap_or_default());
        self.skipping = false;
        for row in rows {
            self.row(&row)?;
        }
        self.host.write(last.as_bytes());
        Ok(last)
    }

    /// As [`Screen::line`], behind a prompt that stands there already; gives up, and leaves
    /// the cursor there, when nothing was typed for `idle` seconds.
    ///
    /// # Errors
    /// As [`Screen::line`].
    pub fn read(&mut self, last: &str, limit: usize, secret: bool, idle: Option<u32>) -> Did<Read> {
        let mut editor = Editor::new(last.len(), limit, secret);
        let mut waited = 0;
        loop {
            let key = match self.key(Wait::Keys)? {
                Pressed::Key(key) => key,
                Pressed::Seconds(seconds) if editor.is_blank() => {
                    waited += seconds;
                    if idle.is_some_and(|idle| waited >= idle) {
                        return Ok(Read::Idle);
                    }
                    continue;
                }
                _ => continue,
            };
            waited = 0;
            match editor.press(key) {
                Edit::Echo(echo) => self.host.write(&echo),
                Edit::Again => self.again(last, &editor),
                Edit::Redraw if editor.is_blank() && idle.is_some() => {
                    self.new_page();
                    return Ok(Read::Redraw);
                }
                Edit::Redraw => self.again(last, &editor),
                Edit::Left => {
                    self.new_page();
                    return Err(Stop::Left(UNCHANGED));
                }
                Edit::Done => {
                    self.new_page();
                    match editor.take() {
                        Ok(line) => return Ok(Read::Line(line)),
                        Err(why) => {
                            self.say(&why)?;
                            self.host.write(last.as_bytes());
                        }
                    }
                }
            }
        }
    }

    fn again(&mut self, prompt: &str, editor: &Editor) {
        let first_row = editor.shown().len() == editor.text().len();
        let prompt = if first_row { prompt } else { "" };
        self.host.write(format!("\r\n{prompt}{}", editor.shown()).as_bytes());
    }

    /// Ends the line; a page begins: somebody is there, or nothing above is lost.
    pub fn new_page(&mut self) {
        self.host.write(b"\r\n");
        self.rows = 0;
    }

    /// Yes or no; Enter means no. Only what is typed from now on counts.
    ///
    /// # Errors
    /// [`Stop::Left`] on `q` and Ctrl-C.
    pub fn yes(&mut self, question: &str) -> Did<bool> {
        self.fresh();
        loop {
            let answer = self.line(&format!("{question} [y/N]:"), 8, false)?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                "q" => return Err(Stop::Left(UNCHANGED)),
                _ => self.say("Write y for yes, or press Enter for no.")?,
            }
        }
    }

    /// As [`Screen::yes`], while so many seconds are counted down in the prompt;
    /// none: the time is over. Leaving means no.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn yes_within(&mut self, question: &str, seconds: u32) -> Did<Option<bool>> {
        self.fresh();
        self.skipping = false;
        let mut left = seconds;
        let mut editor = Editor::new(0, 8, false);
        let prompt = |left: u32| format!("{question} [y/N], undone in {left:>3} s: ");
        self.host.write(prompt(left).as_bytes());
        loop {
            match self.key(Wait::Keys)? {
                Pressed::Seconds(gone) => {
                    left = left.saturating_sub(gone);
                    // The same columns are written each time, so nothing is left over.
                    self.host.write(format!("\r{}{}", prompt(left), editor.shown()).as_bytes());
                    if left == 0 {
                        self.new_page();
                        return Ok(None);
                    }
                }
                Pressed::Key(key) => match editor.press(key) {
                    Edit::Echo(echo) => self.host.write(&echo),
                    Edit::Again | Edit::Redraw => self.again(&prompt(left), &editor),
                    Edit::Left => {
                        self.new_page();
                        return Ok(Some(false));
                    }
                    Edit::Done => {
                        self.new_page();
                        match editor.take().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                            "y" | "yes" => return Ok(Some(true)),
                            "" | "n" | "no" | "q" => return Ok(Some(false)),
                            _ => {
                                self.say("Write y to keep them, n to undo them.")?;
                                self.host.write(prompt(left).as_bytes());
                            }
                        }
                    }
                },
                _ => {}
            }
        }
    }

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

/// Columns before a step's words.
const STEP_INDENT: usize = 18;

/// A step in a line; a failed one with its remedy.
pub(crate) fn step_line(step: &Step) -> String {
    match &step.outcome {
        Ok(words) => format!("  {:<9} ok    {words}", step.name),
        Err(failed) => format!("  {:<9} FAIL  {failed}", step.name),
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

/// What a key or the service brought.
enum Pressed {
    Key(Key),
    Say(Say),
    Away(Away),
    Seconds(u32),
    Nothing,
}
