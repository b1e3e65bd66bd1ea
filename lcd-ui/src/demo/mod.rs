//! A box that is not there: answers like the set-up service, from memory.
//!
//! For tests, for pictures of screens, and for `stillwatch panel --demo`. Settings are checked
//! by the real rules; the network, the platform and the code are made up, and say so.

mod hands;
mod tour;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use model::{ErrorCode, Time};
use settings::{Change, Hints, ITEMS, Settings};
use wire::State;
use wire::local::{
    Ask, Failed, Management, Overview, Platform, Say, Setting, Sniffing, Standing, Step, Wrong,
};
use wire::local::{frame, unframe};

pub use hands::Hands;
pub use tour::{Stop, tour};

/// The one code that registers this box.
pub const CODE: &str = "1234-5687-6543-2125";
/// The PIN of [`Demo::locked`].
pub const PIN: &str = "2580";

/// The box.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// What is set.
    pub settings: Settings,
    /// What is tried and not yet kept.
    trying: Option<Settings>,
    standing: Standing,
    /// Everything that was asked, without the questions about how it is.
    pub asked: Vec<Ask>,
    /// Goes wrong at the next job.
    pub fault: Option<ErrorCode>,
    locked: bool,
}

impl Demo {
    /// As at delivery, on a link without DHCP.
    pub fn new() -> Demo {
        Demo::default()
    }

    /// The same with [`PIN`] set.
    pub fn locked() -> Demo {
        Demo { locked: true, ..Demo::default() }
    }

    /// How it stands.
    pub fn overview(&self) -> Overview {
        let mut overview = overview();
        if self.standing == Standing::Unregistered {
            overview.name = String::new();
            overview.platform.heard = Time::default();
            overview.management.addresses.clear();
            overview.sensing = None;
            overview.ports.clear();
            overview.findings.clear();
            overview.sightings = [0; 2];
            overview.new = 0;
        }
        let address = value(&self.settings, "network.address");
        if !address.is_empty() {
            overview.management.addresses = vec![(address, "static".into())];
        }
        overview.platform.standing = self.standing;
        overview.platform.address = value(&self.settings, "platform.address");
        overview.pin = self.locked;
        overview.trying = self.trying.is_some().then_some(90);
        overview
    }

    /// Everything it says to a request.
    pub fn answer(&mut self, ask: Ask) -> Vec<Say> {
        if !matches!(ask, Ask::Overview | Ask::Settings) {
            self.asked.push(ask.clone());
        }
        let fault = if matches!(ask, Ask::Apply(_) | Ask::Test | Ask::Register { .. }) {
            self.fault.take()
        } else {
            None
        };
        match ask {
            Ask::Overview => vec![Say::Overview(Box::new(self.overview()))],
            Ask::Settings => vec![Say::Settings(self.told())],
            Ask::Apply(changes) => self.apply(&changes, fault),
            Ask::Confirm => {
                if let Some(next) = self.trying.take() {
                    self.settings = next;
                }
                vec![Say::Done("the settings are kept".into())]
            }
            Ask::Revert => {
                self.trying = None;
                vec![Say::Done("the settings before are in force again".into())]
            }
            Ask::Test => match fault {
                None => steps(
                    &["link", "gateway", "DNS", "TCP", "TLS", "platform", "time"],
                    "The platform answers.",
                ),
                Some(code) => failing(&["link", "gateway"], "DNS", code),
            },
            Ask::Register { code, .. } => self.register(&code.0, fault),
            Ask::Pin(pin) if pin.0 == PIN => vec![Say::Done(String::new())],
            Ask::Pin(_) => vec![Say::Failed(Failed::plain("The PIN is wrong", "Try again."))],
            Ask::Power { off, .. } => {
                vec![Say::Done(if off { "Wait until it is off." } else { "Back in a minute." }.into())]
            }
            Ask::ResetNetwork => {
                let changed = self
                    .settings
                    .iter()
                    .filter(|(item, _)| item.id.starts_with("network") || item.id.starts_with("proxy"));
                let clear: Vec<Change> = changed.map(|(item, _)| (item.id.into(), String::new())).collect();
                self.apply(&clear, fault)
            }
            Ask::FactoryReset(name) if name == self.factory_word() => {
                vec![Say::Done("The box starts anew.".into())]
            }
            Ask::FactoryReset(name) => {
                let words = format!("{name:?} is not this sensor's name");
                vec![Say::Failed(Failed::plain(
                    words,
                    format!("Type {} to reset everything.", self.factory_word()),
                ))]
            }
            Ask::Support => {
                let text = "support-demo.tar.zst\nlog, settings, status\nno passwords, no codes";
                vec![Say::Text(text.into())]
            }
            _ => vec![Say::Failed(Failed::plain("The demo cannot do that", "Ask a real box."))],
        }
    }

    /// Answers requests on a stream until it ends, as the service does on its socket.
    ///
    /// # Errors
    /// The stream's, and requests that are none.
    pub fn serve(demo: &Mutex<Demo>, mut stream: UnixStream) -> std::io::Result<()> {
        let (mut arrived, mut bytes) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut bytes)?;
            if count == 0 {
                return Ok(());
            }
            arrived.extend_from_slice(&bytes[..count]);
            while let Some(ask) = unframe::<Ask>(&mut arrived).map_err(std::io::Error::other)? {
                let says = demo.lock().unwrap_or_else(PoisonError::into_inner).answer(ask);
                for say in says {
                    stream.write_all(&frame(&say))?;
                }
            }
        }
    }

    /// What must be typed: the name, once there is one.
    fn factory_word(&self) -> String {
        let name = self.overview().name;
        if name.is_empty() { "factory".into() } else { name }
    }

    fn told(&self) -> Vec<Setting> {
        let told = ITEMS.iter().map(|item| Setting {
            id: item.id.into(),
            value: if item.secret { String::new() } else { self.settings.get(item).into() },
            set: self.settings.is_set(item),
            suggestion: (item.suggest)(&self.settings, &Hints::default()),
        });
        told.collect()
    }

    fn apply(&mut self, changes: &[Change], fault: Option<ErrorCode>) -> Vec<Say> {
        let next = match self.settings.with(changes) {
            Ok(next) => next,
            Err(wrong) => {
                let wrong = wrong.into_iter().map(|(id, wrong)| Wrong {
                    id,
                    words: wrong.words.into(),
                    remedy: wrong.remedy,
                });
                return vec![Say::Wrong(wrong.collect())];
            }
        };
        if changes.is_empty() {
            return vec![Say::Done("nothing is changed".into())];
        }
        if !changes.iter().any(|(id, _)| id.starts_with("network")) {
            self.settings = next;
            return vec![Say::Done("the settings are kept".into())];
        }
        if let Some(code) = fault {
            return failing(&["link"], "address", code);
        }
        self.trying = Some(next);
        let mut says = steps(&["link", "address", "gateway", "DNS"], "");
        says.pop();
        says.push(Say::Confirm(120));
        says
    }

    fn register(&mut self, code: &str, fault: Option<ErrorCode>) -> Vec<Say> {
        let digits: String = CODE.chars().filter(char::is_ascii_digit).collect();
        let code = if code == digits { fault } else { fault.or(Some(ErrorCode::CodeUnknown)) };
        match code {
            Some(code) => failing(&["DNS", "TCP"], "code", code),
            None => {
                self.standing = Standing::Online;
                steps(&["DNS", "TCP", "TLS", "code"], "This is plant-7-core (demo).")
            }
        }
    }
}

/// A registered box in a busy network.
pub fn overview() -> Overview {
    let mut port = Sniffing { label: "core".into(), neighbour: "sw1 Gi1/0/7".into(), ..Sniffing::default() };
    port.port.name = "eth1".into();
    port.port.link = true;
    port.port.speed = 10_000;
    port.port.bits = 812_000_000;
    let management = Management {
        port: "eth0".into(),
        mac: "00:50:56:9a:3c:71".into(),
        link: true,
        speed: 1_000,
        addresses: vec![("192.168.100.150/24".into(), "DHCP until 14:05".into())],
        gateways: Vec::new(),
        dns: Vec::new(),
        fault: None,
    };
    Overview {
        version: "stillwatch 0.1.0".into(),
        serial: "VMW-4C4C4544".into(),
        name: "plant-7-core".into(),
        hostname: "stillwatch".into(),
        uptime: 93_784,
        time: (Time::new(1_795_183_083, 0), 0),
        management,
        platform: Platform {
            standing: Standing::Online,
            heard: Time::new(1_795_183_071, 0),
            ..Platform::default()
        },
        sensing: Some(State::Sensing),
        ports: vec![port],
        sightings: [1_502, 1_234],
        new: 12,
        ..Overview::default()
    }
}

fn value(settings: &Settings, id: &str) -> String {
    settings::item(id).map_or("", |item| settings.get(item)).into()
}

fn steps(names: &[&str], done: &str) -> Vec<Say> {
    let step = |name: &&str| Say::Step(Step { name: (*name).into(), outcome: Ok("(demo)".into()) });
    let mut says: Vec<Say> = names.iter().map(step).collect();
    says.push(Say::Done(done.into()));
    says
}

fn failing(good: &[&str], bad: &str, code: ErrorCode) -> Vec<Say> {
    let mut says = steps(good, "");
    says.pop();
    let failed = Failed::coded(code, "made up by the demo");
    says.push(Say::Step(Step { name: bad.into(), outcome: Err(failed.clone()) }));
    says.push(Say::Failed(failed));
    says
}
