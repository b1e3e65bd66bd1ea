//! 3: registers this sensor with a platform by a personalization code.

use model::PersonalizationCode;
use settings::Group;
use wire::local::{Ask, Secret, Standing};

use super::{Entry, told};
use crate::form::Form;
use crate::prompt::{Answer, HOW, Prompt};
use crate::screen::{Did, Screen, Stop};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 3,
    names: &["reg", "register", "personalize"],
    label: "Personalize this sensor",
    help: "Registers with the platform by the 16 digits that it shows under Sensors.",
    run,
};

const HELP: &str = "16 digits, dddd-dddd-dddd-dddd; dashes may be left out. The platform makes one under Sensors. \
                    It registers one sensor, once.";
const WATCHING: &str =
    "Not watched any longer: the registration may still succeed. The menu's first lines tell.";

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    screen.say(&format!("Personalize this sensor: register with the platform. {HOW}"))?;
    let mut form = Form::load(screen, &overview)?;
    form.run(screen, &[Group::Platform])?;
    register(screen).map_err(|stop| stop.left_as("Not registered."))
}

fn register(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    if overview.platform.address.is_empty() {
        return screen.say("Without the platform's address nothing can be registered.");
    }
    let anew = !matches!(overview.platform.standing, Standing::Unregistered | Standing::Deregistered);
    if anew {
        let name = if overview.name.is_empty() { "this sensor" } else { &overview.name };
        screen.say(&format!(
            "This box is registered already, as {name}. Registered anew, that identity is lost."
        ))?;
        if !screen.yes("Register anew?")? {
            return screen.say("Not registered.");
        }
    }
    let prompt = Prompt { label: "CODE", current: "none", help: HELP, limit: 40, secret: false };
    let code = loop {
        match prompt.ask(screen)? {
            Answer::Keep | Answer::Clear => return screen.say("Not registered."),
            Answer::Text(typed) => match typed.parse::<PersonalizationCode>() {
                Ok(_) => break typed,
                Err(why) => screen.say(&format!("{}: {why}.", model::ErrorCode::CodeUnknown))?,
            },
        }
    };
    match screen.ask(&Ask::Register { code: Secret(code), anew }, "") {
        Err(Stop::Left(_)) => screen.say(WATCHING),
        Err(stop) => Err(stop),
        Ok(said) => told(screen, said),
    }
}
