//! The menu: banner, numbered items, one prompt.

use wire::local::{Ask, Overview, Say, Secret};

use crate::banner;
use crate::host::Host;
use crate::items::{ENTRIES, Entry};
use crate::screen::{Did, Read, Screen, Stop};

/// Seconds after which an untouched menu is drawn anew.
const REDRAW: u32 = 60;
/// Seconds between two tries to reach the service while the menu waits.
const RETRY: u32 = 5;
/// Seconds until the second try, when nothing was shown yet.
const FIRST_RETRY: u32 = 1;
/// Longest password.
const PASSWORD: usize = 128;

/// The menu of one terminal.
pub struct Menu<'h> {
    screen: Screen<'h>,
    /// Why the service does not answer; none: it did when it was last asked.
    away: Option<String>,
}

impl<'h> Menu<'h> {
    /// On a host.
    pub fn new(host: &'h mut dyn Host) -> Menu<'h> {
        Menu { screen: Screen::new(host), away: None }
    }

    /// Runs until the terminal is gone: behind a session comes the next. With `once`, until
    /// the operator logs out.
    pub fn run(mut self, once: bool) {
        loop {
            match self.session() {
                Err(Stop::HungUp) => return,
                Err(Stop::LoggedOut) => {
                    if self.screen.say("Logged out.").is_err() || once {
                        return;
                    }
                }
                Ok(()) | Err(Stop::Left(_) | Stop::Away(_)) => {}
            }
        }
    }

    /// From the password, where there is one, to logging out.
    fn session(&mut self) -> Did<()> {
        let overview = self.reach()?;
        if overview.password {
            self.log_in(&overview)?;
        }
        self.show(Some(&overview))?;
        loop {
            let entry = match self.choose() {
                Ok(Some(entry)) => entry,
                Ok(None) => {
                    self.draw()?;
                    continue;
                }
                Err(Stop::Left(_)) => {
                    self.screen.say("This is the menu already; 0 logs out.")?;
                    continue;
                }
                Err(stop) => return Err(stop),
            };
            match (entry.run)(&mut self.screen) {
                Ok(()) => {}
                Err(Stop::Left(words)) => self.screen.say(words)?,
                Err(Stop::Away(words)) => self.screen.say(&words)?,
                Err(stop) => return Err(stop),
            }
        }
    }

    /// Waits until the service tells how everything stands: without it nobody knows
    /// whether there is a password.
    fn reach(&mut self) -> Did<Box<Overview>> {
        let mut told = String::new();
        let mut first = true;
        loop {
            match self.screen.overview_now()? {
                Ok(overview) => return Ok(overview),
                // When the machine starts, menu and service begin together.
                Err(_) if first => {}
                Err(why) if why == told => {}
                Err(why) => {
                    self.screen.say(&away_words(&why))?;
                    told = why;
                }
            }
            match self.screen.wait(if first { FIRST_RETRY } else { RETRY }) {
                Ok(()) | Err(Stop::Left(_)) => {}
                Err(stop) => return Err(stop),
            }
            first = false;
        }
    }

    fn log_in(&mut self, overview: &Overview) -> Did<()> {
        self.screen
            .say(&format!("Stillwatch console of {}. It has a password.", banner::called(overview)))?;
        loop {
            let typed = match self.screen.line("Password:", PASSWORD, true) {
                Ok(typed) if typed.trim().is_empty() => continue,
                Ok(typed) => typed,
                Err(Stop::Left(_)) => continue,
                Err(stop) => return Err(stop),
            };
            match self.screen.ask_to_the_end(&Ask::Login(Secret(typed.trim().into()))) {
                Ok(Say::Done(_)) => return Ok(()),
                Ok(Say::Failed(failed)) => self.screen.say(&failed.to_string())?,
                Ok(_) => self.screen.say("The set-up service's answer does not fit the question.")?,
                Err(Stop::Away(words)) => self.screen.say(&words)?,
                Err(stop) => return Err(stop),
            }
            // What was typed while the answer was waited for is no password.
            self.screen.fresh();
        }
    }

    /// Asks how everything stands and shows it above the menu.
    fn draw(&mut self) -> Did<()> {
        match self.screen.overview_now()? {
            Ok(overview) => {
                self.away = None;
                self.show(Some(&overview))
            }
            Err(why) => {
                self.away = Some(why);
                self.show(None)
            }
        }
    }

    fn show(&mut self, overview: Option<&Overview>) -> Did<()> {
        self.screen.say("")?;
        match overview {
            Some(overview) => {
                for line in banner::lines(overview) {
                    self.screen.say_in(&line, banner::INDENT)?;
                }
            }
            None => self.screen.say(&away_words(self.away.as_deref().unwrap_or_default()))?,
        }
        let rows = rows();
        self.screen.together(rows.len() + 1)?;
        self.screen.say("")?;
        rows.iter().try_for_each(|row| self.screen.say(row))
    }

    /// What is to be done; none: draw anew.
    fn choose(&mut self) -> Did<Option<&'static Entry>> {
        loop {
            let prompt = self.screen.prompt(PROMPT)?;
            let idle = if self.away.is_some() { RETRY } else { REDRAW };
            let mut read = self.screen.read(&prompt, 40, false, Some(idle))?;
            // As long as it stays away nothing is written: the prompt stands there.
            while read == Read::Idle && self.away.is_some() && self.screen.overview_now()?.is_err() {
                read = self.screen.read(&prompt, 40, false, Some(idle))?;
            }
            if read == Read::Idle {
                self.screen.new_page();
            }
            let Read::Line(line) = read else { return Ok(None) };
            let typed = line.trim().to_ascii_lowercase();
            match typed.as_str() {
                "" => return Ok(None),
                "?" | "help" => self.explain()?,
                _ => match ENTRIES.iter().find(|entry| entry.answers(&typed)) {
                    Some(entry) => return Ok(Some(entry)),
                    None => self.screen.say(&format!(
                        "There is no item {}. Write a number of the menu or a name; ? lists them.",
                        line.trim()
                    ))?,
                },
            }
        }
    }

    fn explain(&mut self) -> Did<()> {
        for entry in ENTRIES {
            let names = entry.names.iter().take(2).copied().collect::<Vec<&str>>().join(", ");
            self.screen.say_in(&format!("{:>2}  {names:<16} {}", entry.number, entry.help), 21)?;
        }
        self.screen.say(crate::prompt::HOW)
    }
}

const PROMPT: &str = "Number or name (Enter: this screen, ?: help):";

fn away_words(why: &str) -> String {
    format!("The set-up service does not answer: {why}. Trying again every {RETRY} s.")
}

/// The items in three columns, top to bottom.
fn rows() -> Vec<String> {
    let height = ENTRIES.len().div_ceil(3);
    let cell = |at: usize| ENTRIES.get(at).map(|entry| format!("{:>2} {:<23}", entry.number, entry.label));
    (0..height)
        .map(|row| {
            (0..3).filter_map(|column| cell(column * height + row)).collect::<String>().trim_end().into()
        })
        .collect()
}
