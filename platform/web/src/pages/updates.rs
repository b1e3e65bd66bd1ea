//! Updates: bundles that are here, roll-outs that go on, the tables of rules in force, and what to do
//! with them (`docs/updates.md`, `docs/rules.md`).

use std::io::Read;

use askama::Template;
use axum::http::StatusCode;
use platform_core::Error;
use platform_core::views::{
    NewRollout, Role, RolloutMember, RolloutState, RolloutView, RulesView, SensorView, ShelfView,
};

use crate::answer::{Answer, Problems, Refusal, page, page_with, see};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::parts::{Html, Level, status};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/updates", |ask| page(&all(ask, NewRollout::default(), Problems::default())?))
        .post(Role::Admin, start),
    Route::get("/updates/{id}", one),
    Route::act("/updates/{id}/pause", Role::Operator, |ask| {
        lead(ask, RolloutState::Paused, "rollout-paused")
    }),
    Route::act("/updates/{id}/resume", Role::Admin, |ask| {
        lead(ask, RolloutState::Running, "rollout-resumed")
    }),
    Route::act("/updates/{id}/cancel", Role::Admin, |ask| {
        lead(ask, RolloutState::Cancelled, "rollout-cancelled")
    }),
    Route::upload("/updates/bundles", Role::Admin, add),
    Route::act("/updates/bundles/{id}/remove", Role::Admin, remove),
    Route::upload("/updates/rules", Role::Admin, install),
    Route::act("/updates/rules/back", Role::Admin, back),
];

/// Digits of a SHA-256 that are shown; the whole stands on hover.
const SHORT: usize = 12;

/// The page.
#[derive(Template)]
#[template(path = "updates.html")]
pub struct UpdatesPage {
    /// What stands around it.
    pub frame: Frame,
    /// Bundles, and files that are none.
    pub shelf: ShelfView,
    /// Roll-outs that can still go on, newest first.
    pub open: Vec<RolloutView>,
    /// Those that ended.
    pub ended: Vec<RolloutView>,
    /// Tables of rules in force.
    pub rules: RulesView,
    /// Sensors that may come first: name, board, version.
    pub able: Vec<(String, String, String)>,
    /// What is in the form.
    pub new: NewRollout,
    /// What was wrong with it.
    pub problems: Problems,
}

/// One roll-out that ended.
#[derive(Template)]
#[template(path = "rollout.html")]
pub struct RolloutPage {
    /// What stands around it.
    pub frame: Frame,
    /// It.
    pub rollout: RolloutView,
}

/// Puts the page together.
pub fn build(
    frame: Frame,
    shelf: ShelfView,
    rollouts: Vec<RolloutView>,
    rules: RulesView,
    sensors: Vec<SensorView>,
    new: NewRollout,
    problems: Problems,
) -> UpdatesPage {
    let (open, ended) = rollouts.into_iter().partition(is_open);
    let may = |sensor: SensorView| {
        let system = sensor.system?;
        let for_it = shelf.bundles.iter().any(|bundle| {
            bundle.board == system.board && bundle.version != system.version && bundle.older > 0
        });
        for_it.then_some((sensor.name, system.board, system.version))
    };
    let able = sensors.into_iter().filter_map(may).collect();
    UpdatesPage { frame, shelf, open, ended, rules, able, new, problems }
}

fn all(ask: &Ask, new: NewRollout, problems: Problems) -> Result<UpdatesPage, Refusal> {
    let frame = ask.frame("Updates", Section::Updates)?;
    let platform = &ask.platform;
    let (shelf, rollouts, rules) = (platform.bundles(), platform.rollouts(), platform.rules());
    Ok(build(frame, shelf, rollouts, rules, platform.sensors()?, new, problems))
}

fn one(ask: &Ask) -> Answer {
    let rollout = ask.platform.rollout(number(ask)?)?;
    let title = format!("Roll-out of {}", rollout.version);
    page(&RolloutPage { frame: ask.frame(title, Section::Updates)?, rollout })
}

fn start(ask: &Ask) -> Answer {
    let form = &ask.form;
    let mut new = NewRollout {
        bundle: form.get("bundle").into(),
        first: form.all("first").map(str::to_owned).collect(),
        soak: 0,
    };
    let wrong = |field: &str, words: &str| Problems(vec![(field.into(), words.into())]);
    let problems = if new.bundle.is_empty() {
        wrong("bundle", "choose one")
    } else if let Ok(soak @ 1..) = form.get("soak").parse() {
        new.soak = soak;
        match Problems::of(ask.platform.start_rollout(&new, ask.by()))? {
            Ok(_) => return see("/updates?done=rollout-started"),
            Err(problems) => problems,
        }
    } else {
        wrong("soak", "is a whole number of minutes, at least 1")
    };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &all(ask, new, problems)?)
}

fn lead(ask: &Ask, to: RolloutState, done: &str) -> Answer {
    match Problems::of(ask.platform.lead_rollout(number(ask)?, to, ask.by()))? {
        Ok(_) => see(&format!("/updates?done={done}")),
        Err(problems) => {
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &all(ask, NewRollout::default(), problems)?)
        }
    }
}

fn remove(ask: &Ask) -> Answer {
    match Problems::of(ask.platform.remove_bundle(ask.path.get("id"), ask.by()))? {
        Ok(()) => see("/updates?done=removed"),
        Err(mut problems) => {
            // It is about a row of the table, not about the field of the form.
            problems.0.iter_mut().for_each(|problem| problem.0 = "Not removed".into());
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &all(ask, NewRollout::default(), problems)?)
        }
    }
}

fn add(ask: &Ask, file: &mut dyn Read) -> Answer {
    let added = Problems::of(ask.platform.add_bundle(file, ask.by()))?;
    taken(ask, added.map(drop), "bundle-file", "bundle-added")
}

fn install(ask: &Ask, file: &mut dyn Read) -> Answer {
    let installed = Problems::of(ask.platform.install_rules(file, ask.by()))?;
    taken(ask, installed.map(drop), "rules-file", "rules-installed")
}

/// After a file came: what was wrong with it stands beside its field.
fn taken(ask: &Ask, result: Result<(), Problems>, field: &str, done: &str) -> Answer {
    match result {
        Ok(()) => see(&format!("/updates?done={done}")),
        Err(mut problems) => {
            problems.0.iter_mut().for_each(|problem| problem.0 = field.into());
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &all(ask, NewRollout::default(), problems)?)
        }
    }
}

fn back(ask: &Ask) -> Answer {
    match Problems::of(ask.platform.take_rules_back(ask.by()))? {
        Ok(_) => see("/updates?done=rules-back"),
        Err(mut problems) => {
            problems.0.iter_mut().for_each(|problem| problem.0 = "Not taken back".into());
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &all(ask, NewRollout::default(), problems)?)
        }
    }
}

fn number(ask: &Ask) -> Result<u64, Refusal> {
    let text = ask.path.get("id");
    text.parse().map_err(|_| Error::Missing { what: "roll-out", id: text.into() }.into())
}

/// It goes on, or can be resumed.
fn is_open(rollout: &RolloutView) -> bool {
    matches!(rollout.state, RolloutState::Running | RolloutState::Paused | RolloutState::Stopped)
}

/// State of a roll-out as a word.
pub fn state(state: &RolloutState) -> Html {
    match state {
        RolloutState::Running => status(Level::Good, "Goes on"),
        RolloutState::Paused => status(Level::Warn, "Paused"),
        RolloutState::Stopped => status(Level::Bad, "Stopped by itself"),
        RolloutState::Cancelled => status(Level::Idle, "Cancelled"),
        RolloutState::Done => status(Level::Good, "Done"),
    }
}

/// Who a stage is for.
pub fn stage(stage: &u8) -> &'static str {
    match stage {
        0 | 1 => "1 of 3, the first",
        2 => "2 of 3, a tenth",
        _ => "3 of 3, all",
    }
}

/// How a sensor of a roll-out stands.
pub fn member(member: &RolloutMember) -> Html {
    status(if member.good { Level::Good } else { Level::Idle }, &member.words)
}

/// How many of them have it and are well.
pub fn well(rollout: &RolloutView) -> String {
    let good = rollout.members.iter().filter(|member| member.good).count();
    format!("{good} of {}", crate::text::counted(rollout.members.len(), "sensor", "sensors"))
}

/// The beginning of a hash.
pub fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

impl UpdatesPage {
    /// Minutes in the form.
    pub fn soak(&self) -> u32 {
        if self.new.soak == 0 { 30 } else { self.new.soak }
    }

    /// Problems that stand beside no field.
    pub fn top(&self) -> Vec<&(String, String)> {
        let mut fields = vec!["bundle-file", "rules-file"];
        if self.can_start() {
            fields.extend(["bundle", "first", "soak"]);
        }
        self.problems.others(&fields)
    }

    /// Something can be rolled out.
    pub fn can_start(&self) -> bool {
        self.shelf.bundles.iter().any(|bundle| bundle.older > 0)
    }
}
