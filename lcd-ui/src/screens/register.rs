//! REGISTER: the platform's address where it is not known, then the code.

use model::PersonalizationCode;
use settings::{Item, items};
use wire::local::{Ask, Overview, Say, Secret, Standing};

use super::field::{Field, Outcome};
use super::parts::{Choice, End, Job, List, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// The setting that must be there before a code is of any use.
const PLATFORM: &Item = &items::platform_address::ITEM;

/// The screen.
pub struct Register {
    anew: bool,
    stage: Stage,
}

enum Stage {
    /// It is registered: anew?
    Anew(List),
    Platform(Field),
    Code(Field),
    Busy(Job, Field),
    /// What was typed is kept behind what is said; none: it is done.
    Told(Message, Option<Box<Stage>>),
}

impl Register {
    /// Asks first what is missing.
    pub fn new(world: &World) -> Register {
        let standing = world.overview.as_ref().map(|overview: &Overview| overview.platform.standing);
        let fresh = matches!(standing, None | Some(Standing::Unregistered | Standing::Deregistered));
        let mut screen = Register { anew: false, stage: Stage::Anew(List::confirm("REGISTER ANEW?")) };
        if fresh {
            screen.next(world);
        }
        screen
    }

    fn next(&mut self, world: &World) {
        let known = world.setting(PLATFORM).is_some_and(|setting| !setting.value.is_empty());
        self.stage = if known {
            Stage::Code(Field::digits("CODE", 16, false))
        } else {
            let start = (PLATFORM.suggest)(&world.draft(), &world.hints());
            let told = world.setting(PLATFORM).map_or(start, |setting| setting.suggestion.clone());
            Stage::Platform(Field::setting(PLATFORM, &told, ""))
        };
    }

    /// Says what is wrong; what was typed is there again afterwards.
    fn tell(&mut self, message: Message, then: Stage) {
        self.stage = Stage::Told(message, Some(Box::new(then)));
    }

    fn platform(&mut self, typed: &str, field: Field, world: &mut World) {
        match PLATFORM.read(typed) {
            Ok(address) if !address.is_empty() => {
                world.ask(Ask::Apply(vec![(PLATFORM.id.into(), address)]));
                self.stage = Stage::Busy(Job::new("SAVING"), field);
            }
            Ok(_) => {
                let remedy = "Write the platform's name or address.";
                self.tell(Message::wrong("address missing", remedy), Stage::Platform(field));
            }
            Err(wrong) => self.tell(Message::wrong(wrong.words, &wrong.remedy), Stage::Platform(field)),
        }
    }

    fn code(&mut self, typed: String, field: Field, world: &mut World) {
        match typed.parse::<PersonalizationCode>() {
            Ok(_) => {
                world.ask(Ask::Register { code: Secret(typed), anew: self.anew });
                self.stage = Stage::Busy(Job::new("REGISTERING"), field);
            }
            Err(why) => self.tell(Message::done("MISTYPED", &why.to_string()), Stage::Code(field)),
        }
    }
}

impl Screen for Register {
    fn view(&self, world: &World) -> View {
        match &self.stage {
            Stage::Anew(list) => list.view(),
            Stage::Platform(field) | Stage::Code(field) => field.view(world.six, world.now.as_secs()),
            Stage::Busy(job, _) => job.view(world.now),
            Stage::Told(message, _) => message.view(),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        match &mut self.stage {
            Stage::Anew(list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Taken(1) => {
                    self.anew = true;
                    self.next(world);
                }
                Choice::Taken(_) | Choice::Left => return Next::Back,
            },
            Stage::Platform(field) | Stage::Code(field) => match field.stroke(stroke, world.six) {
                Outcome::Open => {}
                Outcome::Left => return Next::Back,
                Outcome::Taken(typed) => {
                    let field = field.clone();
                    match self.stage {
                        Stage::Platform(_) => self.platform(&typed, field, world),
                        _ => self.code(typed, field, world),
                    }
                }
            },
            Stage::Busy(..) => {}
            Stage::Told(message, then) => {
                if message.stroke(stroke, world) {
                    match then.take() {
                        Some(stage) => self.stage = *stage,
                        None => return Next::Back,
                    }
                }
            }
        }
        Next::Stay
    }

    fn answer(&mut self, say: Say, world: &mut World) -> Next {
        let Stage::Busy(job, field) = &mut self.stage else { return Next::Stay };
        let Some(end) = job.answer(say) else { return Next::Stay };
        let code = field.value().len() == 16 && field.value().bytes().all(|byte| byte.is_ascii_digit());
        let again = if code { Stage::Code(field.clone()) } else { Stage::Platform(field.clone()) };
        world.refresh();
        match end {
            End::Done(words) if code => self.stage = Stage::Told(Message::done("REGISTERED", &words), None),
            // The platform's address is kept now.
            End::Done(_) | End::Confirm(_) => self.stage = Stage::Code(Field::digits("CODE", 16, false)),
            End::Failed(failed) => self.tell(Message::failed(&failed), again),
            End::Wrong(wrong) => {
                let (words, remedy) = wrong
                    .first()
                    .map_or(("not taken", ""), |wrong| (wrong.words.as_str(), wrong.remedy.as_str()));
                self.tell(Message::wrong(words, remedy), again);
            }
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        matches!(self.stage, Stage::Busy(..))
    }
}
