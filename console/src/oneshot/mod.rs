//! One-shot commands: one question to the service, its answer, an exit code.

mod args;
mod json;
mod report;

use std::io::Read;
use std::path::Path;

use serde_json::json;
use settings::items::ports_labels;
use settings::{Change, Group, ITEMS};
use wire::local::{Ask, Failed, Look, Overview, Say, Secret, Setting};

use crate::banner;
use crate::drive::Link;
use crate::form::shown;
use crate::items::port_lines;

pub use args::{Cli, Verb};
use args::{Power, Sure, What};
pub use report::Exit;
use report::Report;

/// Longest value or text read from a file, in bytes.
const MOST: u64 = 65_536;

/// Does what a command says.
pub fn run(cli: &Cli, verb: &Verb) -> Exit {
    let mut shot = Shot { link: Link::new(&cli.socket), report: Report::new(cli.json) };
    match shot.verb(verb) {
        Ok(exit) => exit,
        Err(Stopped::Usage(words)) => {
            eprintln!("stillwatch-console: {words}");
            Exit::Usage
        }
        Err(Stopped::Failed(failed)) => shot.report.failed(&failed),
    }
}

/// Why a command ended early.
enum Stopped {
    /// Wrong usage.
    Usage(String),
    /// The service, or a file.
    Failed(Failed),
}

type Did<T> = Result<T, Stopped>;

struct Shot {
    link: Link,
    report: Report,
}

impl Shot {
    fn verb(&mut self, verb: &Verb) -> Did<Exit> {
        if let Some((group, settings)) = verb.group() {
            return match &settings.what {
                None | Some(What::Show) => self.show(group),
                Some(What::Set { changes, confirm }) => self.set(group, changes, *confirm),
            };
        }
        match verb {
            Verb::Overview => self.overview_shown(),
            Verb::Confirm => self.plain(&Ask::Confirm),
            Verb::Revert => self.plain(&Ask::Revert),
            Verb::Register { code, anew } => {
                let code = if code == "-" { first_line(&read(Path::new("-"))?) } else { code.clone() };
                if let Err(why) = code.parse::<model::PersonalizationCode>() {
                    return Err(Stopped::Usage(format!("{}: {why}", model::ErrorCode::CodeUnknown)));
                }
                self.plain(&Ask::Register { code: Secret(code), anew: *anew })
            }
            Verb::Blink { port, seconds } => self.plain(&Ask::Blink(port.clone(), *seconds)),
            Verb::Label { port, label } => self.label(port, label),
            Verb::Test => self.plain(&Ask::Test),
            Verb::Ping { host } => self.plain(&Ask::Look(Look::Ping(host.clone()))),
            Verb::Resolve { name } => self.plain(&Ask::Look(Look::Resolve(name.clone()))),
            Verb::Routes => self.plain(&Ask::Look(Look::Routes)),
            Verb::Log { lines } => self.plain(&Ask::Log(*lines)),
            Verb::Password { clear } => self.password(*clear),
            Verb::Reboot(power) => self.power(power, false),
            Verb::Shutdown(power) => self.power(power, true),
            Verb::Update(sure) => self.when_sure(sure, &Ask::Update),
            Verb::RollBack(sure) => self.when_sure(sure, &Ask::RollBack),
            Verb::Backup => self.plain(&Ask::Backup),
            Verb::Restore { file, confirm } => {
                let text = read(file)?;
                self.apply(&Ask::Restore(text), *confirm)
            }
            Verb::Support => self.plain(&Ask::Support),
            Verb::ResetNetwork(sure) => self.when_sure(sure, &Ask::ResetNetwork),
            Verb::FactoryReset { name } => {
                let overview = self.overview()?;
                if name != banner::called(&overview) {
                    return Err(Stopped::Usage(format!(
                        "this sensor is {}, not {name}: nothing was reset",
                        banner::called(&overview)
                    )));
                }
                self.plain(&Ask::FactoryReset(name.clone()))
            }
            // The menu has its own way, and groups were taken above.
            _ => Err(Stopped::Usage("this is not a command".into())),
        }
    }

    /// Asks; what comes before the last answer is reported as it comes.
    fn ask(&mut self, ask: &Ask) -> Did<Say> {
        let away = |away: crate::host::Away| {
            let words = format!("the set-up service does not answer: {}", away.why);
            let remedy = if away.asked { "Look whether it was done before you try again." } else { "" };
            Stopped::Failed(Failed::plain(words, remedy))
        };
        self.link.ask(ask).map_err(away)?;
        loop {
            match self.link.answer().map_err(away)? {
                Some(say) if say.ends() => return Ok(say),
                Some(say) => self.report.say(&say),
                None => self.link.read().map_err(away)?,
            }
        }
    }

    /// Asks, and reports the answer.
    fn plain(&mut self, ask: &Ask) -> Did<Exit> {
        let said = self.ask(ask)?;
        self.told(said)
    }

    fn told(&mut self, say: Say) -> Did<Exit> {
        Ok(match say {
            Say::Done(words) => self.report.done(&words),
            Say::Wrong(wrong) => self.report.wrong(&wrong),
            Say::Text(text) => {
                text.lines().for_each(|line| self.report.text(line));
                self.report.field("text", json!(text));
                self.report.end(true)
            }
            Say::Failed(failed) => return Err(Stopped::Failed(failed)),
            _ => return Err(unfit()),
        })
    }

    fn overview(&mut self) -> Did<Box<Overview>> {
        match self.ask(&Ask::Overview)? {
            Say::Overview(overview) => Ok(overview),
            Say::Failed(failed) => Err(Stopped::Failed(failed)),
            _ => Err(unfit()),
        }
    }

    fn settings(&mut self) -> Did<Vec<Setting>> {
        match self.ask(&Ask::Settings)? {
            Say::Settings(settings) => Ok(settings),
            Say::Failed(failed) => Err(Stopped::Failed(failed)),
            _ => Err(unfit()),
        }
    }

    fn overview_shown(&mut self) -> Did<Exit> {
        let overview = self.overview()?;
        banner::lines(&overview).iter().for_each(|line| self.report.text(line));
        self.report.field("overview", json::overview(&overview));
        Ok(self.report.end(true))
    }

    fn show(&mut self, group: Group) -> Did<Exit> {
        if group == Group::Ports {
            let overview = self.overview()?;
            port_lines(&overview).iter().for_each(|line| self.report.text(line));
            self.report.field("ports", json::ports(&overview));
        }
        let known = self.settings()?;
        for item in ITEMS.iter().filter(|item| item.group == group) {
            let Some(known) = known.iter().find(|known| known.id == item.id) else { continue };
            let value = if known.set { &known.value } else { item.default };
            self.report.text(&format!("{:<22} {}", item.id, shown(item, value, known.set)));
        }
        self.report.field("settings", json::settings(&known, group));
        Ok(self.report.end(true))
    }

    fn set(&mut self, group: Group, typed: &[String], confirm: bool) -> Did<Exit> {
        let mut changes: Vec<Change> = Vec::new();
        for typed in typed {
            let (id, value) = typed
                .split_once('=')
                .ok_or_else(|| Stopped::Usage(format!("{typed}: write ID=VALUE, as network.mode=dhcp")))?;
            match json::group_of(id) {
                Some(of) if of == group => {}
                Some(of) => return Err(Stopped::Usage(format!("{id} belongs to another command ({of:?})"))),
                None => return Err(Stopped::Usage(format!("{id} is no setting; show lists them"))),
            }
            let value = match value.strip_prefix('@') {
                Some(file) => read(Path::new(file))?.trim_end().into(),
                None => value.into(),
            };
            changes.push((id.into(), value));
        }
        self.apply(&Ask::Apply(changes), confirm)
    }

    /// Applies; what is being tried is kept only when that was asked for and every test passed.
    fn apply(&mut self, ask: &Ask, confirm: bool) -> Did<Exit> {
        let seconds = match self.ask(ask)? {
            Say::Confirm(seconds) => seconds,
            other => return self.told(other),
        };
        if !confirm {
            self.report.field("undone_in", json!(seconds));
            return Ok(self.report.done(&format!(
                "In force, and undone in {seconds} s unless you keep it: stillwatch-console confirm"
            )));
        }
        if !self.report.step_failed {
            return self.plain(&Ask::Confirm);
        }
        let why = match self.ask(&Ask::Revert)? {
            Say::Done(words) => words,
            _ => format!("it is undone by itself in {seconds} s"),
        };
        Err(Stopped::Failed(Failed::plain(format!("a test failed, so it was not kept. {why}"), "")))
    }

    fn label(&mut self, port: &str, label: &str) -> Did<Exit> {
        if label.contains([',', ';']) {
            return Err(Stopped::Usage("a label has no comma".into()));
        }
        let known = self.settings()?;
        let all =
            known.iter().find(|known| known.id == ports_labels::ITEM.id).map_or("", |known| &known.value);
        let changes = vec![(ports_labels::ITEM.id.into(), crate::items::labelled(all, port, label))];
        self.apply(&Ask::Apply(changes), false)
    }

    fn password(&mut self, clear: bool) -> Did<Exit> {
        let had = self.overview()?.password;
        let text = read(Path::new("-"))?;
        let mut lines = text.lines().map(|line| Secret(line.trim().into()));
        let old = if had { lines.next().unwrap_or_default() } else { Secret::default() };
        let new = if clear { Secret::default() } else { lines.next().unwrap_or_default() };
        if !clear && new.0.is_empty() {
            let wanted = if had { "the old and the new password" } else { "the new password" };
            return Err(Stopped::Usage(format!("standard input must hold {wanted}, each on a line")));
        }
        self.plain(&Ask::Password { old, new })
    }

    fn power(&mut self, power: &Power, off: bool) -> Did<Exit> {
        self.when_sure(&power.sure, &Ask::Power { off, reason: power.reason.clone() })
    }

    fn when_sure(&mut self, sure: &Sure, ask: &Ask) -> Did<Exit> {
        if sure.yes { self.plain(ask) } else { Err(Stopped::Usage("nothing was done: add --yes".into())) }
    }
}

fn unfit() -> Stopped {
    let words = "the set-up service's answer does not fit the question";
    Stopped::Failed(Failed::plain(words, "Is it of the same version?"))
}

/// A file as text; `-`: standard input.
fn read(path: &Path) -> Did<String> {
    let failed = |why: &dyn std::fmt::Display| {
        Stopped::Failed(Failed::plain(format!("{} cannot be read: {why}", path.display()), ""))
    };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MOST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST + 1).read_to_string(&mut text))
    };
    match read {
        Ok(length) if length as u64 > MOST => Err(failed(&format!("it is longer than {MOST} bytes"))),
        Ok(_) => Ok(text),
        Err(why) => Err(failed(&why)),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().into()
}
