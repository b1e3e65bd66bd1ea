//! Settings asked one after the other, then applied together.
//!
//! Each is checked as it is typed, by the rules of `contract/settings`, so that most faults
//! are told before anything is tried. What the service refuses or cannot do leaves what was
//! typed where it is.

use std::collections::BTreeMap;
use std::time::Duration;

use settings::{Item, Kind, Settings, Wheel, item};
use wire::local::{Ask, Say};

use super::facts;
use super::field::{Field, Outcome};
use super::parts::{Choice, List, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::trial::{Refused, Trial};
use super::view::View;
use super::world::World;

/// The screen.
pub struct Form {
    title: &'static str,
    way: Vec<&'static Item>,
    more: Vec<&'static Item>,
    draft: Settings,
    /// What was typed for what was changed.
    changes: BTreeMap<&'static str, String>,
    stage: Stage,
    /// Since when the stage is shown.
    since: Duration,
}

enum Stage {
    /// Asking for an item.
    Asked(Question),
    /// Everything was asked.
    Summary(List),
    /// Which of the others?
    More(List),
    /// To read, then this stage.
    Told(Message, Box<Stage>),
    /// To read, then out.
    Over(Message),
    /// The service works, and then it has to be decided.
    Trial(Trial),
}

/// How an item is asked.
enum Question {
    Choice(&'static Item, List),
    /// A host: by address or by name?
    Host(&'static Item, List),
    /// A secret that is set: keep it, another one, none?
    Secret(&'static Item, List),
    Field(&'static Item, Field),
}

impl Question {
    fn item(&self) -> &'static Item {
        match self {
            Question::Choice(item, _) | Question::Host(item, _) | Question::Secret(item, _) => item,
            Question::Field(item, _) => item,
        }
    }
}

impl Form {
    /// `way` is asked one after the other, `more` on wish.
    pub fn new(
        title: &'static str,
        way: Vec<&'static Item>,
        more: Vec<&'static Item>,
        world: &World,
    ) -> Form {
        let summary = Stage::Summary(List::new(title, [""; 0], 0));
        let draft = world.draft();
        let mut form =
            Form { title, way, more, draft, changes: BTreeMap::new(), stage: summary, since: world.now };
        match form.way.first() {
            Some(first) => form.stage = Stage::Asked(form.question(first, world)),
            None => form.stage = form.summary(),
        }
        form
    }

    fn go(&mut self, stage: Stage, world: &World) {
        self.stage = stage;
        self.since = world.now;
    }

    fn summary(&self) -> Stage {
        let mut items = vec!["APPLY", "REVIEW"];
        if !self.more.is_empty() {
            items.push("MORE");
        }
        items.push("CANCEL");
        Stage::Summary(List::new(self.title, items, 0))
    }

    fn more(&self, at: usize) -> Stage {
        let items = self.shown_more();
        Stage::More(List::new("MORE", items.iter().map(|item| item.label), at))
    }

    fn shown_more(&self) -> Vec<&'static Item> {
        self.more.iter().copied().filter(|item| (item.applies)(&self.draft)).collect()
    }

    /// What an item has now, or may start with.
    fn start(&self, item: &'static Item, world: &World) -> String {
        let value = self.draft.get(item);
        if !value.is_empty() { value.into() } else { (item.suggest)(&self.draft, &world.hints()) }
    }

    fn question(&self, item: &'static Item, world: &World) -> Question {
        match item.kind {
            Kind::Choice(choices) => {
                let at = choices.iter().position(|choice| choice.value == self.draft.get(item));
                let labels = choices.iter().map(|choice| choice.label);
                Question::Choice(item, List::new(item.label, labels, at.unwrap_or(0)))
            }
            _ if item.secret && world.is_set(item) && !self.changes.contains_key(item.id) => {
                Question::Secret(item, List::new(item.label, ["KEEP IT", "CHANGE IT", "CLEAR IT"], 0))
            }
            Kind::Text(Wheel::Host, _) => {
                let start = self.start(item, world);
                let named = !start.is_empty() && Field::address(item.label, &start).is_none();
                Question::Host(item, List::new(item.label, ["BY IP ADDRESS", "BY NAME"], named.into()))
            }
            Kind::Text(Wheel::Digits, 4) if item.secret => {
                Question::Field(item, Field::digits(item.label, 4, true))
            }
            Kind::Text(..) => {
                let base = self.base(world);
                Question::Field(item, Field::setting(item, &self.start(item, world), &base))
            }
        }
    }

    /// Where an address begins of which nothing is known: near the gateway.
    fn base(&self, world: &World) -> String {
        let near = item("network.gateway").map(|gateway| self.start(gateway, world));
        near.filter(|near| !near.is_empty()).unwrap_or_else(|| "192.168.1.1".into())
    }

    /// The item before or behind one on the way, of those that are asked now.
    fn beside(&self, item: &'static Item, behind: bool) -> Option<&'static Item> {
        let at = self.way.iter().position(|other| other.id == item.id)?;
        let asked = |other: &&&'static Item| (other.applies)(&self.draft);
        if behind {
            self.way[at + 1..].iter().find(asked).copied()
        } else {
            self.way[..at].iter().rev().find(asked).copied()
        }
    }

    /// Goes on behind an item that was answered.
    fn on(&mut self, item: &'static Item, world: &World) {
        let stage = match self.beside(item, true) {
            Some(next) => Stage::Asked(self.question(next, world)),
            None if self.way.iter().any(|other| other.id == item.id) => self.summary(),
            None => self.more(self.shown_more().iter().position(|other| other.id == item.id).unwrap_or(0)),
        };
        self.go(stage, world);
    }

    /// Goes back from an item that was left.
    fn back(&mut self, item: &'static Item, world: &World) -> Next {
        let stage = match self.beside(item, false) {
            Some(before) => Stage::Asked(self.question(before, world)),
            None if self.way.iter().any(|other| other.id == item.id) => return Next::Back,
            None => self.more(self.shown_more().iter().position(|other| other.id == item.id).unwrap_or(0)),
        };
        self.go(stage, world);
        Next::Stay
    }

    /// Takes what was typed, or says what is wrong with it and keeps it.
    fn take(&mut self, item: &'static Item, typed: &str, again: Question, world: &World) {
        let mut draft = self.draft.clone();
        // A secret that stays is not known here, so it cannot be checked here.
        let kept = item.secret && typed.is_empty() && world.is_set(item);
        let checked = draft
            .set(item, typed)
            .and_then(|()| if kept { Ok(()) } else { (item.check)(draft.get(item), &draft) });
        if let Err(wrong) = checked {
            let mut again = again;
            if let Question::Field(_, field) = &mut again {
                field.again();
            }
            let message = Message::wrong(wrong.words, &wrong.remedy);
            self.go(Stage::Told(message, Box::new(Stage::Asked(again))), world);
            return;
        }
        let before = world.setting(item).map(|setting| setting.value.as_str());
        let same = !item.secret && before.unwrap_or(item.default) == draft.get(item);
        if same || kept {
            self.changes.remove(item.id);
        } else {
            self.changes.insert(item.id, typed.into());
        }
        self.draft = draft;
        self.on(item, world);
    }

    fn apply(&mut self, world: &mut World) {
        if self.changes.is_empty() {
            let text = "Everything is as it was.".into();
            self.go(Stage::Over(Message::new("NOTHING CHANGED", vec![text])), world);
            return;
        }
        let changes = self.changes.iter().map(|(id, typed)| ((*id).to_owned(), typed.clone())).collect();
        let trial = Trial::start("APPLYING", Ask::Apply(changes), world);
        self.go(Stage::Trial(trial), world);
    }

    fn asked(&mut self, mut question: Question, stroke: Stroke, world: &mut World) -> Next {
        let item = question.item();
        match &mut question {
            Question::Choice(item, list) => match (list.stroke(stroke), item.kind) {
                (Choice::Taken(at), Kind::Choice(choices)) => {
                    let value = choices.get(at).map_or("", |choice| choice.value);
                    let again = self.question(item, world);
                    self.take(item, value, again, world);
                    return Next::Stay;
                }
                (Choice::Left, _) => return self.back(item, world),
                _ => {}
            },
            Question::Host(item, list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Left => return self.back(item, world),
                Choice::Taken(way) => {
                    let start = self.start(item, world);
                    let address = Field::address(item.label, &start);
                    let known = address.is_some();
                    let field = match (way, address) {
                        (0, Some(field)) => field,
                        (0, None) => Field::address(item.label, &self.base(world))
                            .unwrap_or_else(|| Field::setting(item, "", "")),
                        _ => Field::setting(item, if known { "" } else { &start }, ""),
                    };
                    self.go(Stage::Asked(Question::Field(item, field)), world);
                    return Next::Stay;
                }
            },
            Question::Secret(item, list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Left => return self.back(item, world),
                Choice::Taken(0) => {
                    self.on(item, world);
                    return Next::Stay;
                }
                Choice::Taken(1) => {
                    let field = match item.kind {
                        Kind::Text(Wheel::Digits, 4) => Field::digits(item.label, 4, true),
                        _ => Field::setting(item, "", ""),
                    };
                    self.go(Stage::Asked(Question::Field(item, field)), world);
                    return Next::Stay;
                }
                Choice::Taken(_) => {
                    self.changes.insert(item.id, String::new());
                    self.on(item, world);
                    return Next::Stay;
                }
            },
            Question::Field(item, field) => match field.stroke(stroke, world.six) {
                Outcome::Open => {}
                Outcome::Left => return self.back(item, world),
                Outcome::Taken(typed) => {
                    let item = *item;
                    self.take(item, &typed, question, world);
                    return Next::Stay;
                }
            },
        }
        debug_assert_eq!(item.id, question.item().id);
        self.stage = Stage::Asked(question);
        Next::Stay
    }

    fn listed(&mut self, list: List, at: usize, world: &mut World) -> Next {
        let all: Vec<&'static Item> = self.way.iter().chain(&self.more).copied().collect();
        match at {
            0 => self.apply(world),
            1 => {
                let asked = |item: &Item| self.way.iter().any(|other| other.id == item.id);
                let told = |item: &Item| asked(item) || self.draft.is_set(item) || world.is_set(item);
                let all: Vec<&'static Item> = all.into_iter().filter(|item| told(item)).collect();
                let text = facts::values(&all, &self.draft, |item| world.is_set(item));
                let review = Message::list(self.title, text, world);
                self.go(Stage::Told(review, Box::new(Stage::Summary(list))), world);
            }
            2 if !self.more.is_empty() => self.go(self.more(0), world),
            _ => return Next::Back,
        }
        Next::Stay
    }
}

impl Screen for Form {
    fn view(&self, world: &World) -> View {
        let since = world.now.saturating_sub(self.since).as_secs();
        match &self.stage {
            Stage::Asked(Question::Field(_, field)) => field.view(world.six, since),
            Stage::Asked(Question::Choice(_, list) | Question::Host(_, list) | Question::Secret(_, list)) => {
                list.view()
            }
            Stage::Summary(list) | Stage::More(list) => list.view(),
            Stage::Told(message, _) | Stage::Over(message) => message.view(),
            Stage::Trial(trial) => trial.view(world),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        let aside = self.summary();
        let stage = std::mem::replace(&mut self.stage, aside);
        match stage {
            Stage::Asked(question) => return self.asked(question, stroke, world),
            Stage::Summary(mut list) => match list.stroke(stroke) {
                Choice::Open => self.stage = Stage::Summary(list),
                Choice::Taken(at) => return self.listed(list, at, world),
                Choice::Left => match self.way.iter().rev().find(|item| (item.applies)(&self.draft)) {
                    Some(last) => self.go(Stage::Asked(self.question(last, world)), world),
                    None => return Next::Back,
                },
            },
            Stage::More(mut list) => match list.stroke(stroke) {
                Choice::Open => self.stage = Stage::More(list),
                Choice::Left => self.go(self.summary(), world),
                Choice::Taken(at) => match self.shown_more().get(at) {
                    Some(item) => self.go(Stage::Asked(self.question(item, world)), world),
                    None => self.stage = Stage::More(list),
                },
            },
            Stage::Told(mut message, then) => {
                if message.stroke(stroke, world) {
                    self.go(*then, world);
                } else {
                    self.stage = Stage::Told(message, then);
                }
            }
            Stage::Over(mut message) => {
                if message.stroke(stroke, world) {
                    return Next::Back;
                }
                self.stage = Stage::Over(message);
            }
            Stage::Trial(mut trial) => {
                if trial.stroke(stroke, world) {
                    return Next::Back;
                }
                self.stage = Stage::Trial(trial);
            }
        }
        Next::Stay
    }

    fn answer(&mut self, say: Say, world: &mut World) -> Next {
        let Stage::Trial(trial) = &mut self.stage else { return Next::Stay };
        let stage = match trial.answer(say, world) {
            None => return Next::Stay,
            Some(Refused::Failed(failed)) => Stage::Told(Message::failed(&failed), Box::new(self.summary())),
            Some(Refused::Wrong(wrong)) => match wrong.first() {
                None => self.summary(),
                Some(first) => {
                    let message = Message::wrong(&first.words, &first.remedy);
                    let item = item(&first.id).filter(|item| item.panel);
                    let then = item.map(|item| Stage::Asked(self.question(item, world)));
                    Stage::Told(message, Box::new(then.unwrap_or_else(|| self.summary())))
                }
            },
        };
        self.go(stage, world);
        Next::Stay
    }

    fn tick(&mut self, world: &mut World) -> Next {
        if let Stage::Trial(trial) = &mut self.stage {
            trial.tick(world);
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        matches!(&self.stage, Stage::Trial(trial) if trial.holds())
    }
}
