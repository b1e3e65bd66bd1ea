//! A double of the set-up service: the real messages and the real rules of the
//! settings, no network. What it was asked is kept.

use model::{ErrorCode, PersonalizationCode};
use settings::{Hints, ITEMS, Settings};
use wire::local::{Ask, Failed, Look, Overview, Say, Secret, Setting, Standing, Step, Wrong};

/// The service.
pub struct Double {
    pub overview: Overview,
    pub settings: Settings,
    pub password: String,
    /// Steps of a trial beyond the usual ones.
    pub more_steps: usize,
    /// Every question, in order.
    pub asked: Vec<Ask>,
    /// The settings before what is being tried.
    before: Option<Settings>,
}

impl Double {
    pub fn new(overview: Overview) -> Double {
        Double {
            overview,
            settings: Settings::default(),
            password: String::new(),
            more_steps: 0,
            asked: Vec::new(),
            before: None,
        }
    }

    /// With settings of these ids.
    pub fn with(mut self, values: &[(&str, &str)]) -> Double {
        let changes: Vec<_> =
            values.iter().map(|(id, value)| (String::from(*id), String::from(*value))).collect();
        self.settings = self.settings.with(&changes).unwrap();
        self
    }

    /// Its answers to a question.
    pub fn answer(&mut self, ask: Ask) -> Vec<Say> {
        self.asked.push(ask.clone());
        match ask {
            Ask::Overview => {
                self.overview.password = !self.password.is_empty();
                vec![Say::Overview(Box::new(self.overview.clone()))]
            }
            Ask::Settings => vec![self.all()],
            Ask::Check(changes) => match self.settings.with(&changes) {
                Ok(_) => done("These can be applied."),
                Err(wrong) => refused(wrong),
            },
            Ask::Apply(changes) => self.apply(&changes),
            Ask::Restore(text) => {
                let changes = text.lines().filter_map(|line| line.split_once(" = "));
                let changes: Vec<_> = changes
                    .map(|(id, value)| (id.trim().into(), value.trim().trim_matches('"').into()))
                    .collect();
                self.apply(&changes)
            }
            Ask::Confirm => {
                self.before = None;
                done("Kept.")
            }
            Ask::Revert => {
                self.settings = self.before.take().unwrap_or_else(|| self.settings.clone());
                done("Undone: the settings are as they were before.")
            }
            Ask::Test => {
                let wrong = Failed::coded(
                    ErrorCode::NotTrusted,
                    "stillwatch.example shows a certificate of CN=Proxy",
                );
                vec![
                    step("DNS", "stillwatch.example is 203.0.113.7"),
                    step("TCP", "203.0.113.7:443 takes connections"),
                    Say::Step(Step { name: "TLS".into(), outcome: Err(wrong.clone()) }),
                    Say::Failed(wrong),
                ]
            }
            Ask::Register { code, .. } => self.register(&code),
            Ask::Look(Look::Ping(host)) => {
                let line = |at| Say::Line(format!("{at}: {host} answers in 0.4 ms"));
                let mut said: Vec<Say> = (1..=4).map(line).collect();
                said.extend(done("4 of 4 came back."));
                said
            }
            Ask::Look(Look::Resolve(name)) => {
                let mut said = vec![Say::Line(format!("{name} is 203.0.113.7"))];
                said.extend(done("2 servers were asked."));
                said
            }
            Ask::Look(Look::Routes) => {
                let mut said = vec![Say::Line("default via 192.168.1.1 dev eth0".into())];
                said.extend(done("1 route."));
                said
            }
            Ask::Log(lines) => {
                let line =
                    |at| Say::Line(format!("2026-11-26 21:{:02}:{:02} setup: line {at}", at / 60, at % 60));
                let mut said: Vec<Say> = (1..=lines.min(5_000)).map(line).collect();
                said.extend(done("That is the end of the log."));
                said
            }
            Ask::Blink(port, seconds) => done(&format!("{port} blinks for {seconds} s.")),
            Ask::Login(Secret(typed)) if typed == self.password => done("Welcome."),
            Ask::Password { old, .. } if old.0 != self.password => wrong_password(),
            Ask::Password { new, .. } => {
                self.password = new.0;
                done(if self.password.is_empty() {
                    "There is no password any more."
                } else {
                    "The password is set."
                })
            }
            Ask::Login(_) | Ask::Pin(_) => wrong_password(),
            Ask::Power { off, .. } => done(if off { "Switching off." } else { "Rebooting." }),
            Ask::ResetNetwork => done("Network and proxy are as at delivery."),
            Ask::FactoryReset(_) => done("Everything is deleted. Rebooting."),
            Ask::Backup => {
                let lines = self.settings.iter().filter(|(item, _)| !item.secret);
                vec![Say::Text(lines.map(|(item, value)| format!("{} = {value:?}\n", item.id)).collect())]
            }
            Ask::Support => vec![Say::Text("support.tar.zst, 12 KiB:\nsettings without secrets\nlog".into())],
            Ask::Update => {
                let failed = Failed::coded(ErrorCode::UpdateFailed, "no USB stick with a bundle is there");
                vec![Say::Line("Looking for a bundle on USB.".into()), Say::Failed(failed)]
            }
            Ask::RollBack => done("Rebooting into slot B, 0.0.9."),
            Ask::Sensing(_) | Ask::Orders => vec![Say::Orders(wire::local::Orders::default())],
        }
    }

    fn all(&self) -> Say {
        let hints = Hints { search: "example".into(), ..Hints::default() };
        let setting = |item: &&'static settings::Item| Setting {
            id: item.id.into(),
            value: if item.secret || !self.settings.is_set(item) {
                String::new()
            } else {
                self.settings.get(item).into()
            },
            set: self.settings.is_set(item),
            suggestion: if self.settings.is_set(item) {
                String::new()
            } else {
                (item.suggest)(&self.settings, &hints)
            },
        };
        Say::Settings(ITEMS.iter().map(setting).collect())
    }

    fn apply(&mut self, changes: &[settings::Change]) -> Vec<Say> {
        let next = match self.settings.with(changes) {
            Ok(next) => next,
            Err(wrong) => return refused(wrong),
        };
        if let Some((_, value)) = changes.iter().find(|(id, _)| id == "platform.address") {
            self.overview.platform.address = value.clone();
        }
        let before = std::mem::replace(&mut self.settings, next);
        if changes.iter().all(|(id, _)| !id.starts_with("network.")) {
            return done("Applied.");
        }
        self.before = Some(before);
        let mut said = vec![step("link", "eth0 up 1000 Mb/s"); self.more_steps];
        said.extend([
            step("link", "eth0 up 1000 Mb/s"),
            step("address", "nobody else has it"),
            step("gateway", "192.168.1.1 answers in 1 ms"),
            Say::Step(Step {
                name: "DNS".into(),
                outcome: Err(Failed::coded(ErrorCode::DnsFailed, "192.168.1.1 does not answer")),
            }),
            Say::Confirm(120),
        ]);
        said
    }

    fn register(&mut self, code: &Secret) -> Vec<Say> {
        match code.0.parse::<PersonalizationCode>() {
            Ok(code) if code.id() == 123_456 => {
                self.overview.platform.standing = Standing::Online;
                self.overview.name = "edge-9".into();
                let mut said = vec![step("TLS", "CN=stillwatch.example of CN=Example CA")];
                said.extend(done("Registered as edge-9."));
                said
            }
            Ok(_) => {
                vec![Say::Failed(Failed::coded(ErrorCode::CodeExpired, "its time was over at 2026-11-01"))]
            }
            Err(why) => vec![Say::Failed(Failed::coded(ErrorCode::CodeUnknown, why.to_string()))],
        }
    }
}

fn done(words: &str) -> Vec<Say> {
    vec![Say::Done(words.into())]
}

fn step(name: &str, words: &str) -> Say {
    Say::Step(Step { name: name.into(), outcome: Ok(words.into()) })
}

fn wrong_password() -> Vec<Say> {
    vec![Say::Failed(Failed::plain("The password is wrong", "Wait a moment, and try again."))]
}

fn refused(wrong: Vec<(String, settings::Wrong)>) -> Vec<Say> {
    let wrong =
        wrong.into_iter().map(|(id, wrong)| Wrong { id, words: wrong.words.into(), remedy: wrong.remedy });
    vec![Say::Wrong(wrong.collect())]
}
