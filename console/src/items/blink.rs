//! 5: blinks a port's light, and writes a word beside the port.

use settings::items::ports_labels;
use wire::local::{Ask, Say};

use super::Entry;
use crate::form::Form;
use crate::prompt::{Answer, HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED, unfit};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 5,
    names: &["blink", "label"],
    label: "Blink or label a port",
    help: "Blinks a port's light so that it is found; writes a word beside it.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    screen.say(&format!("Blink or label a port. {HOW}"))?;
    let mut ports: Vec<&str> = overview.ports.iter().map(|port| port.port.name.as_str()).collect();
    if !overview.management.port.is_empty() {
        ports.push(&overview.management.port);
    }
    let Some(first) = ports.first() else {
        return screen.say("This box has no port.");
    };
    let label = format!("PORT ({})", ports.join(", "));
    let port = Prompt { label: &label, current: first, help: "Which port.", limit: 40, secret: false }
        .word(screen, &ports)?;
    blink(screen, port)?;

    let mut form = Form::load(screen, &overview)?;
    let current = form.settings().port_label(port).to_string();
    let shown = if current.is_empty() { "none" } else { &current };
    let help = "A word or two that stand beside the port, at most 24 characters, no comma.";
    let prompt = Prompt { label: "LABEL", current: shown, help, limit: 40, secret: false };
    loop {
        let label = match prompt.ask(screen)? {
            Answer::Keep => return Ok(()),
            Answer::Clear => String::new(),
            Answer::Text(text) if text.contains([',', ';']) => {
                screen.say(help)?;
                continue;
            }
            Answer::Text(text) => text,
        };
        let labels = labelled(form.settings().get(&ports_labels::ITEM), port, &label);
        match form.set(&ports_labels::ITEM, &labels) {
            Ok(()) if form.finish(screen)? => return Ok(()),
            Ok(()) => return screen.say(UNCHANGED),
            Err(wrong) => screen.say(&wrong.to_string())?,
        }
    }
}

/// All labels, with this port's changed; blank: none.
pub(crate) fn labelled(all: &str, port: &str, label: &str) -> String {
    let others = all.split(", ").filter(|part| !part.is_empty() && part.split('=').next() != Some(port));
    let mut labels: Vec<String> = others.map(String::from).collect();
    if !label.is_empty() {
        labels.push(format!("{port}={label}"));
    }
    labels.join(", ")
}

fn blink(screen: &mut Screen<'_>, port: &str) -> Did<()> {
    let help = "Seconds, 1 to 255; - or 0: it does not blink.";
    let prompt = Prompt { label: "BLINK SECONDS", current: "10", help, limit: 8, secret: false };
    let seconds: u8 = loop {
        let typed = prompt.text(screen)?;
        match typed.parse() {
            Ok(seconds) => break seconds,
            Err(_) if typed.is_empty() => break 0,
            Err(_) => screen.say(help)?,
        }
    };
    if seconds == 0 {
        return Ok(());
    }
    match screen.ask(&Ask::Blink(port.into(), seconds), UNCHANGED)? {
        Say::Done(words) => screen.say(&words),
        Say::Failed(failed) => screen.failure(&failed),
        other => Err(unfit(&other)),
    }
}
