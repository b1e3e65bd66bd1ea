//! Every screen there is, by name: for snapshots and for whoever wants to see them.

use std::time::Duration;

use model::ErrorCode;
use wire::local::{Ask, Failed, Say, Step};

use super::{CODE, Demo, Hands};
use crate::displays::{Key, Key::*, Picture, Shape};
use crate::screens::View;

/// A screen of the tour.
pub struct Stop {
    /// Its name: lower case, with dashes; pages are numbered.
    pub name: String,
    /// What it shows.
    pub view: View,
    /// The same on the panel of the tour.
    pub picture: Picture,
}

/// Walks through every screen of a panel with six keys.
pub fn tour(shape: Shape) -> Vec<Stop> {
    let mut guide = Guide { shape, stops: Vec::new() };
    guide.idle();
    guide.menu();
    guide.network();
    guide.network_faults();
    guide.on_trial();
    guide.proxy();
    guide.register();
    guide.tests();
    guide.power_and_reset();
    guide.pin();
    guide.errors();
    guide.stops
}

struct Guide {
    shape: Shape,
    stops: Vec<Stop>,
}

impl Guide {
    fn stop(&mut self, name: &str, hands: &Hands) {
        self.stops.push(Stop { name: name.into(), view: hands.ui.view(), picture: hands.picture() });
    }

    /// All pages of what is to be read, then back on the first.
    fn read(&mut self, name: &str, hands: &mut Hands) {
        let mut page = 1;
        loop {
            self.stop(&format!("{name}-{page}"), hands);
            let before = hands.picture();
            hands.press(Down);
            if hands.picture() == before {
                break;
            }
            page += 1;
            assert!(page < 40, "{name} is nothing to read: {:?}", hands.ui.view());
        }
        (1..page).for_each(|_| hands.press(Up));
    }

    fn fresh(&self) -> Hands {
        Hands::new(Demo::new(), self.shape, true)
    }

    /// At an entry of the main menu.
    fn at(&self, entry: &str, demo: Demo) -> Hands {
        let mut hands = Hands::new(demo, self.shape, true);
        hands.press(Enter);
        hands.open(entry);
        hands
    }

    fn registered(&self) -> Demo {
        let mut demo = Demo::new();
        let digits: String = CODE.chars().filter(char::is_ascii_digit).collect();
        demo.answer(Ask::Register { code: wire::local::Secret(digits), anew: false });
        demo
    }

    /// A job half done: what the box says is held back after so many steps.
    fn busy(&mut self, name: &str, hands: &mut Hands, keys: &[Key], steps: &[&str]) {
        let (last, first) = keys.split_last().expect("a key that starts it");
        hands.type_in(first);
        hands.ui.key(crate::displays::KeyEvent::press(*last));
        while let Some(ask) = hands.ui.ask() {
            if matches!(ask, Ask::Overview | Ask::Settings) {
                for say in hands.demo.answer(ask) {
                    hands.ui.answer(say);
                }
                continue;
            }
            for step in steps {
                let outcome = Ok(String::new());
                hands.ui.answer(Say::Step(Step { name: (*step).into(), outcome }));
            }
            self.stop(name, hands);
            for say in hands.demo.answer(ask) {
                hands.ui.answer(say);
            }
        }
        hands.ui.key(crate::displays::KeyEvent::release(*last));
    }

    fn idle(&mut self) {
        let starting = crate::screens::Ui::new(self.shape, true);
        self.stops.push(Stop { name: "starting".into(), view: starting.view(), picture: starting.picture() });
        for (name, demo) in [("idle-new", Demo::new()), ("idle", self.registered())] {
            let mut hands = Hands::new(demo, self.shape, true);
            let first = hands.picture();
            for page in 1..10 {
                self.stop(&format!("{name}-{page}"), &hands);
                hands.wait(Duration::from_secs(4));
                if hands.picture() == first {
                    break;
                }
            }
        }
        let mut hands = self.fresh();
        hands.ui.lost();
        self.stop("service-lost", &hands);
    }

    fn menu(&mut self) {
        let mut hands = self.fresh();
        hands.press(Enter);
        for entry in 1..=9 {
            self.stop(&format!("menu-{entry}"), &hands);
            hands.press(Down);
        }
        let mut hands = self.at("STATUS", self.registered());
        self.read("status", &mut hands);
    }

    fn network(&mut self) {
        let mut hands = self.at("SETUP NETWORK", Demo::new());
        self.stop("network-mode-dhcp", &hands);
        hands.press(Down);
        self.stop("network-mode-static", &hands);
        hands.press(Enter);
        self.stop("network-address-offered", &hands);
        hands.press(Right);
        self.stop("network-address-first", &hands);
        hands.press(Left);
        self.stop("network-address-prefix", &hands);
        hands.press(Enter);
        self.stop("network-gateway", &hands);
        hands.press(Enter);
        self.stop("network-dns", &hands);
        hands.press(Enter);
        self.stop("network-summary", &hands);
        hands.type_in(&[Down, Enter]);
        self.read("network-review", &mut hands);
        hands.type_in(&[Esc, Down, Enter]);
        for at in 1..=16 {
            self.stop(&format!("network-more-{at}"), &hands);
            hands.press(Down);
            if matches!(hands.ui.view(), View::Menu { at: 0, .. }) {
                break;
            }
        }
        hands.press(Enter);
        self.stop("network-dns-none", &hands);
        hands.press(Right);
        self.stop("network-dns-begun", &hands);
        hands.press(Esc);
        hands.open("HOSTNAME");
        self.stop("network-hostname-offered", &hands);
        hands.press(Left);
        hands.type_in(&[Right, Down]);
        self.stop("network-hostname-added", &hands);
        hands.press(Esc);
        hands.open("NTP SERVERS");
        self.stop("network-ntp-blank", &hands);
        hands.type_in(&[Esc, Esc]);
        self.busy("network-applying", &mut hands, &[Enter], &["link", "address"]);
        self.stop("network-keep", &hands);
        hands.type_in(&[Up, Enter]);
        self.read("network-tests", &mut hands);
        hands.press(Esc);
        hands.type_in(&[Down, Enter]);
        self.stop("network-kept", &hands);
    }

    /// A change that somebody began elsewhere.
    fn on_trial(&mut self) {
        let mut demo = Demo::new();
        demo.answer(Ask::Apply(vec![("network.mtu".into(), "1400".into())]));
        let mut hands = Hands::new(demo, self.shape, true);
        self.stop("trial-idle", &hands);
        hands.press(Enter);
        self.stop("trial-keep", &hands);
        hands.press(Enter);
        self.read("trial-kept", &mut hands);
    }

    fn network_faults(&mut self) {
        let mut hands = self.at("SETUP NETWORK", Demo::new());
        hands.type_in(&[Down, Enter, Enter]);
        hands.type_in(&[Right, Right, Up, Enter]);
        self.read("network-gateway-wrong", &mut hands);
        hands.press(Esc);
        self.stop("network-gateway-again", &hands);
        hands.type_in(&[Right, Right, Down, Enter, Enter]);
        hands.demo.fault = Some(ErrorCode::AddressInUse);
        hands.press(Enter);
        self.read("network-in-use", &mut hands);
        hands.type_in(&[Esc, Enter]);
        self.stop("network-keep-again", &hands);
        hands.wait(Duration::from_secs(121));
        self.read("network-undone", &mut hands);

        let mut hands = self.at("SETUP NETWORK", Demo::new());
        hands.type_in(&[Enter, Enter]);
        hands.press(Enter);
        self.read("network-nothing-changed", &mut hands);
    }

    fn proxy(&mut self) {
        let mut hands = self.at("PROXY", Demo::new());
        self.stop("proxy-kind", &hands);
        hands.type_in(&[Down, Enter]);
        self.stop("proxy-host-how", &hands);
        hands.press(Enter);
        self.stop("proxy-host-address", &hands);
        hands.type_in(&[Esc, Down, Down, Enter, Down, Enter]);
        let mut hands = self.at("PROXY", Demo::new());
        hands.type_in(&[Down, Enter, Down, Enter]);
        self.stop("proxy-host-name", &hands);
        type_text(&mut hands, "proxy.example.org");
        self.stop("proxy-host-typed", &hands);
        hands.press(Enter);
        self.stop("proxy-port", &hands);
        hands.press(Enter);
        self.stop("proxy-user", &hands);
        type_text(&mut hands, "box");
        hands.press(Enter);
        type_text(&mut hands, "se");
        self.stop("proxy-password", &hands);
        hands.press(Enter);
        self.stop("proxy-summary", &hands);
        hands.press(Enter);
        self.read("proxy-done", &mut hands);
        hands.press(Esc);
        hands.press(Enter);
        hands.type_in(&[Enter, Enter]);
        self.stop("proxy-host-long", &hands);
        hands.wait(Duration::from_secs(2));
        self.stop("proxy-host-long-later", &hands);
        hands.press(Right);
        self.stop("proxy-host-long-edited", &hands);
        hands.type_in(&[Enter, Enter, Enter]);
        self.stop("proxy-password-set", &hands);
    }

    fn register(&mut self) {
        let mut hands = self.at("REGISTER", Demo::new());
        self.stop("register-platform", &hands);
        type_text(&mut hands, "sw.example.org");
        hands.press(Enter);
        self.stop("register-code", &hands);
        let wrong = CODE.replace("2125", "2126");
        hands.type_code(&wrong);
        self.read("register-mistyped", &mut hands);
        hands.press(Esc);
        self.stop("register-code-again", &hands);
        hands.demo.fault = Some(ErrorCode::NotTrusted);
        hands.type_in(&[Down, Enter]);
        self.read("register-not-trusted", &mut hands);
        hands.press(Esc);
        self.busy("register-busy", &mut hands, &[Enter], &["DNS", "TCP", "TLS"]);
        self.read("register-done", &mut hands);
        hands.press(Esc);
        hands.press(Enter);
        self.stop("register-anew", &hands);
    }

    fn tests(&mut self) {
        let mut hands = self.fresh();
        hands.press(Enter);
        self.busy("test-busy", &mut hands, &[Up, Up, Up, Up, Up, Enter], &["link", "gateway", "DNS"]);
        self.read("test-well", &mut hands);
        let mut demo = Demo::new();
        demo.fault = Some(ErrorCode::DnsFailed);
        let mut hands = self.at("TEST CONNECTION", demo);
        self.read("test-failed", &mut hands);
        let mut hands = self.at("SUPPORT", Demo::new());
        self.read("support", &mut hands);
    }

    fn power_and_reset(&mut self) {
        for entry in ["REBOOT", "SHUTDOWN"] {
            let name = entry.to_lowercase();
            let mut hands = self.at(entry, Demo::new());
            self.stop(&format!("{name}-sure"), &hands);
            hands.type_in(&[Down, Enter]);
            self.stop(&format!("{name}-reason"), &hands);
            hands.type_in(&[Up, Enter, Up]);
            self.stop(&format!("{name}-typed"), &hands);
            hands.press(Enter);
            self.read(&format!("{name}-done"), &mut hands);
        }
        let mut hands = self.at("RESET", Demo::new());
        self.stop("reset-what", &hands);
        hands.press(Enter);
        self.stop("reset-network-sure", &hands);
        hands.type_in(&[Down, Enter]);
        self.read("reset-network-done", &mut hands);
        let mut hands = self.at("RESET", Demo::new());
        hands.type_in(&[Down, Enter]);
        self.read("reset-factory", &mut hands);
        hands.type_in(&[Enter; 9]);
        let mut hands = self.at("RESET", Demo::new());
        hands.type_in(&[Down, Enter]);
        while matches!(hands.ui.view(), View::Page { .. }) {
            hands.press(Enter);
        }
        type_text(&mut hands, "plant");
        self.stop("reset-factory-name", &hands);
        hands.press(Enter);
        self.read("reset-factory-refused", &mut hands);
    }

    fn pin(&mut self) {
        let mut hands = Hands::new(Demo::locked(), self.shape, true);
        hands.press(Enter);
        self.stop("pin", &hands);
        hands.type_in(&[Up, Right, Up, Right, Right]);
        self.stop("pin-typed", &hands);
        hands.press(Enter);
        self.read("pin-wrong", &mut hands);
    }

    /// Every code of the table, as a test of the connection would tell it.
    fn errors(&mut self) {
        for code in ErrorCode::ALL {
            let mut hands = self.fresh();
            hands.press(Enter);
            hands.type_in(&[Down, Down, Down, Down]);
            hands.ui.key(crate::displays::KeyEvent::press(Enter));
            while let Some(ask) = hands.ui.ask() {
                match ask {
                    Ask::Test => hands.ui.answer(Say::Failed(Failed::coded(code, ""))),
                    other => hands.demo.answer(other).into_iter().for_each(|say| hands.ui.answer(say)),
                }
            }
            hands.ui.key(crate::displays::KeyEvent::release(Enter));
            self.read(&format!("error-{:02}", code.number()), &mut hands);
        }
    }
}

/// Types text into a field that begins blank, each character by the shorter way.
fn type_text(hands: &mut Hands, text: &str) {
    for (at, wanted) in text.chars().enumerate() {
        if at > 0 {
            hands.press(Right);
        }
        let shows = |view: &View| match view {
            View::Edit { value, cursor: Some(cursor), .. } => value.chars().nth(*cursor) == Some(wanted),
            _ => false,
        };
        for _ in 0..100 {
            if shows(&hands.ui.view()) {
                break;
            }
            hands.press(Up);
        }
    }
}
