//! Asks a group's settings one after the other, has the changes checked, shows and
//! applies them. Made from the list of settings alone, in its order.

use settings::{Change, Group, Hints, ITEMS, Item, Kind, Settings, Wheel, Wrong, item};
use wire::local::{Ask, Overview, Say, Setting};

use crate::apply::apply;
use crate::paste;
use crate::prompt::{Answer, Prompt};
use crate::screen::{Did, Screen, UNCHANGED, unfit};

/// Settings as a face knows them, and what the operator wants changed.
pub struct Form {
    settings: Settings,
    known: Vec<Setting>,
    hints: Hints,
    changes: Vec<Change>,
}

impl Form {
    /// Asks the service what is set.
    ///
    /// # Errors
    /// When the operator leaves, or the service or the terminal is gone.
    pub fn load(screen: &mut Screen<'_>, overview: &Overview) -> Did<Form> {
        match screen.ask(&Ask::Settings, UNCHANGED)? {
            Say::Settings(known) => {
                Ok(Form { settings: mirror(&known), known, hints: hints(overview), changes: Vec::new() })
            }
            other => Err(unfit(&other)),
        }
    }

    /// The settings with the changes made so far.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sets a value without asking; for items that ask in their own way.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn set(&mut self, item: &'static Item, typed: &str) -> Result<(), Wrong> {
        self.settings.set(item, typed)?;
        self.changes.retain(|(id, _)| id != item.id);
        let value = self.settings.get(item);
        let same = match self.known.iter().find(|known| known.id == item.id && known.set) {
            Some(known) => !item.secret && self.settings.is_set(item) && known.value == value,
            None => value == item.default,
        };
        if !same {
            let value = if self.settings.is_set(item) { value } else { "" };
            self.changes.push((item.id.into(), value.into()));
        }
        Ok(())
    }

    /// Asks the settings of groups, checks, and applies what was changed. False: nothing was.
    ///
    /// # Errors
    /// When the operator leaves, or the service or the terminal is gone.
    pub fn run(&mut self, screen: &mut Screen<'_>, groups: &[Group]) -> Did<bool> {
        for item in ITEMS.iter().filter(|item| groups.contains(&item.group)) {
            if (item.applies)(&self.settings) {
                self.ask(screen, item)?;
            }
        }
        self.finish(screen)
    }

    /// Checks, shows and applies the changes; what is wrong is asked again. False: nothing was applied.
    ///
    /// # Errors
    /// As [`Form::run`].
    pub fn finish(&mut self, screen: &mut Screen<'_>) -> Did<bool> {
        loop {
            // What belongs to something that was switched off meanwhile is left as it is.
            let settings = &self.settings;
            self.changes.retain(|(id, value)| {
                item(id).is_some_and(|item| value.is_empty() || (item.applies)(settings))
            });
            if self.changes.is_empty() {
                return Ok(false);
            }
            match screen.ask(&Ask::Check(self.changes.clone()), UNCHANGED)? {
                Say::Done(_) => break,
                Say::Wrong(wrong) => self.again(screen, &wrong)?,
                other => return Err(unfit(&other)),
            }
        }
        self.show(screen)?;
        if !screen.yes("Apply these changes?")? {
            return Ok(false);
        }
        let wrong = apply(screen, &Ask::Apply(self.changes.clone()))?;
        Ok(wrong.is_empty())
    }

    /// Asks again what the service will not take.
    fn again(&mut self, screen: &mut Screen<'_>, wrong: &[wire::local::Wrong]) -> Did<()> {
        for wrong in wrong {
            screen.say_in(&wrong_line(wrong), 4)?;
        }
        let mut asked = false;
        for item in wrong.iter().filter_map(|wrong| item(&wrong.id)) {
            self.ask(screen, item)?;
            asked = true;
        }
        if asked {
            return Ok(());
        }
        Err(crate::screen::Stop::Left(UNCHANGED))
    }

    /// The changes, one a line: `IP ADDRESS       (none) -> 192.168.1.50/24`.
    fn show(&self, screen: &mut Screen<'_>) -> Did<()> {
        screen.say("Changes:")?;
        for (id, value) in &self.changes {
            let Some(item) = item(id) else { continue };
            let before = self.known.iter().find(|known| known.id == *id && known.set);
            let before = before
                .map_or_else(|| shown(item, item.default, false), |known| shown(item, &known.value, true));
            let after = if value.is_empty() { item.default } else { value };
            let mut after = shown(item, after, !value.is_empty());
            if value.is_empty() && !item.default.is_empty() {
                after.push_str(" (default)");
            }
            screen.say_in(&format!("  {:<16} {before} -> {after}", item.label), 19)?;
        }
        Ok(())
    }

    /// Asks one setting until its answer is right.
    fn ask(&mut self, screen: &mut Screen<'_>, item: &'static Item) -> Did<()> {
        loop {
            let suggestion = self.suggestion(item);
            let current = match suggestion.is_empty() {
                true => shown(item, self.settings.get(item), self.settings.is_set(item)),
                false => format!("{suggestion} suggested"),
            };
            let label = match item.kind {
                Kind::Choice(_) => format!("{} ({})", item.label, item.kind),
                Kind::Text(..) => item.label.into(),
            };
            let limit = match item.kind {
                Kind::Choice(_) => 40,
                // Room for what the parser takes off again: spaces, https://, a longer notation.
                Kind::Text(_, most) => most + 16,
            };
            let prompt =
                Prompt { label: &label, current: &current, help: item.help, limit, secret: item.secret };
            let typed = match prompt.ask(screen)? {
                Answer::Keep if suggestion.is_empty() => None,
                Answer::Keep => Some(suggestion),
                Answer::Clear => Some(String::new()),
                Answer::Text(text) if matches!(item.kind, Kind::Text(Wheel::Certificate, _)) => {
                    match paste::certificates(screen, text, limit)? {
                        Ok(pasted) => Some(pasted),
                        Err(why) => {
                            screen.say(&why)?;
                            continue;
                        }
                    }
                }
                Answer::Text(text) => Some(text),
            };
            let before = (self.settings.clone(), self.changes.clone());
            let taken = typed.map_or(Ok(()), |typed| self.set(item, &typed));
            match taken.and_then(|()| (item.check)(self.settings.get(item), &self.settings)) {
                Ok(()) => return Ok(()),
                Err(wrong) => {
                    (self.settings, self.changes) = before;
                    screen.say(&wrong.to_string())?;
                }
            }
        }
    }

    /// What Enter takes when nothing is set. Before anything is changed the service's
    /// own suggestion counts too: it knows more of the network.
    fn suggestion(&self, item: &Item) -> String {
        if self.settings.is_set(item) || !item.default.is_empty() {
            return String::new();
        }
        // Cleared in this form: it is meant.
        if self.changes.iter().any(|(id, _)| id == item.id) {
            return String::new();
        }
        let own = (item.suggest)(&self.settings, &self.hints);
        if own.is_empty() && self.changes.is_empty() {
            let known = self.known.iter().find(|known| known.id == item.id);
            return known.map_or_else(String::new, |known| known.suggestion.clone());
        }
        own
    }
}

/// What is wrong with a setting, in a line.
pub fn wrong_line(wrong: &wire::local::Wrong) -> String {
    let label = item(&wrong.id).map_or(wrong.id.as_str(), |item| item.label);
    format!("{label}: {}: {}", wrong.words, wrong.remedy)
}

/// A value as people read it: canonical text, as it is typed too.
pub fn shown(item: &Item, value: &str, set: bool) -> String {
    match item.kind {
        _ if item.secret && set => "set".into(),
        _ if value.is_empty() => "none".into(),
        Kind::Text(Wheel::Certificate, _) => {
            let count = value.matches("-----BEGIN").count();
            format!("{count} certificate{}", if count == 1 { "" } else { "s" })
        }
        _ => value.into(),
    }
}

/// The service's settings, so that a face can tell early what does not fit. Of a
/// secret only that it is set is known: four digits, which fit a PIN too, stand for it.
fn mirror(known: &[Setting]) -> Settings {
    let mut settings = Settings::default();
    for known in known.iter().filter(|known| known.set) {
        if let Some(item) = item(&known.id) {
            let value = if item.secret { "0000" } else { &known.value };
            // What does not read here is of another build; the service checks again.
            settings.set(item, value).ok();
        }
    }
    settings
}

/// What the network says of itself, as far as the overview tells.
fn hints(overview: &Overview) -> Hints {
    let management = &overview.management;
    Hints {
        address: management.addresses.iter().find_map(|(address, _)| address.parse().ok()),
        gateway: management.gateways.iter().find_map(|gateway| gateway.parse().ok()),
        dns: management.dns.iter().filter_map(|server| server.parse().ok()).collect(),
        search: String::new(),
    }
}
