//! Home: is it working, and what changed?

use askama::Template;
use platform_core::views::Home;

use crate::answer::{Answer, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::parts::Level;
use crate::terms::term;
use crate::text::{counted, url_part};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/", show)];

/// The page.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What stands around it.
    pub frame: Frame,
    /// The answer.
    pub home: Home,
}

/// One step of the first run.
pub struct Step {
    /// It is done.
    pub done: bool,
    /// It is the one to do now.
    pub next: bool,
    /// What.
    pub words: &'static str,
    /// Why.
    pub why: &'static str,
    /// Where it is done: address and button.
    pub on: (&'static str, &'static str),
}

fn show(ask: &Ask) -> Answer {
    page(&HomePage { frame: ask.frame("Home", Section::Home)?, home: ask.platform.home()? })
}

/// What there is, by one column: title, column, counts.
pub type Composition<'a> = (&'static str, &'static str, &'a [(String, u64)]);

impl HomePage {
    /// The first steps are shown until there are assets: later a silent mirror is
    /// a problem, not a first step.
    pub fn first_run(&self) -> bool {
        !self.home.checklist.assets
    }

    /// What there is, three ways: title, column, counts.
    pub fn composition(&self) -> [Composition<'_>; 3] {
        let home = &self.home;
        [
            ("Categories", "category", &home.categories),
            ("Makers", "maker", &home.makers),
            ("Operating systems", "os_family", &home.os_families),
        ]
    }

    /// There are assets.
    pub fn any(&self) -> bool {
        self.home.assets[0] > 0
    }

    /// The first steps.
    pub fn steps(&self) -> Vec<Step> {
        let list = self.home.checklist;
        let mut steps = vec![
            (
                list.sensor,
                "Make a sensor",
                "It gets a name and a code that registers one box.",
                ("/sensors/new", "New sensor"),
            ),
            (
                list.registered,
                "Register the box",
                "Enter the code on the sensor: stillwatch register CODE.",
                ("/sensors", "See sensors"),
            ),
            (
                list.mirror,
                "Mirror traffic to it",
                "Its sniffing port needs a copy of the traffic: SPAN, TAP or a port group in promiscuous mode.",
                ("/sensors", "See what it hears"),
            ),
            (
                list.ranges,
                "Tick your internal ranges",
                "Hosts in these ranges become assets; until then the sensor keeps what it hears to itself.",
                ("/configuration/internal", "Configure ranges"),
            ),
            (
                list.assets,
                "See the first asset",
                "A host is there within a minute of its first frame.",
                ("/inventory", "Open inventory"),
            ),
        ];
        if !self.frame.operator() {
            // Viewers cannot make one.
            steps[0].3 = ("/sensors", "See sensors");
        }
        let next = steps.iter().position(|step| !step.0);
        steps
            .drain(..)
            .enumerate()
            .map(|(at, (done, words, why, on))| Step { done, next: next == Some(at), words, why, on })
            .collect()
    }

    /// How the sensors are, in one line.
    pub fn trust(&self) -> (Level, String) {
        let [all, well] = self.home.sensors;
        match (all, all.saturating_sub(well)) {
            (0, _) => (Level::Idle, "No sensor is registered yet".into()),
            (1, 0) => (Level::Good, "The sensor is well".into()),
            (_, 0) => (Level::Good, format!("All {all} sensors are well")),
            (_, _) if well == 0 => {
                (Level::Bad, format!("None of {} is well", counted(all, "sensor", "sensors")))
            }
            (_, _) => (Level::Warn, format!("{well} of {all} sensors are well")),
        }
    }

    /// Address of the assets with a value in a column.
    pub fn rows(&self, column: &str, value: &str) -> String {
        format!("/inventory?q={}", url_part(&term(column, value)))
    }

    /// Largest of some counts.
    pub fn most(&self, counts: &[(String, u64)]) -> u64 {
        counts.iter().map(|count| count.1).max().unwrap_or(0)
    }
}
