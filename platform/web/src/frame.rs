//! What stands around every page: rail, header, who is signed in, how they like to see it.

use model::Time;
use platform_core::views::{Role, Session};

/// The entries of the left rail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// None of them.
    #[default]
    None,
    /// First page.
    Home,
    /// Sensors.
    Sensors,
    /// Assets.
    Inventory,
    /// Conversations.
    Traffic,
    /// Events.
    Events,
    /// Bundles and their roll-outs.
    Updates,
    /// Address space and networks.
    Configuration,
    /// Own settings, users, keys.
    Settings,
    /// API and keys.
    Help,
}

/// The rail in display order: section, address, words, icon.
pub const RAIL: &[(Section, &str, &str, &str)] = &[
    (Section::Home, "/", "Home", "home"),
    (Section::Sensors, "/sensors", "Sensors", "sensors"),
    (Section::Inventory, "/inventory", "Inventory", "inventory"),
    (Section::Traffic, "/traffic", "Traffic", "traffic"),
    (Section::Events, "/events", "Events", "events"),
    (Section::Updates, "/updates", "Updates", "updates"),
    (Section::Configuration, "/configuration/internal", "Configuration", "configuration"),
    (Section::Settings, "/settings", "Settings", "settings"),
];

/// A role as it is written.
pub fn role_name(role: &Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Admin => "admin",
    }
}

/// What a viewer chose for this browser; kept in a cookie of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// `light`, `dark`, or empty for what the system says.
    pub theme: String,
    /// Times in UTC instead of the viewer's zone.
    pub utc: bool,
    /// Single-letter keys work.
    pub keys: bool,
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences { theme: String::new(), utc: false, keys: true }
    }
}

impl Preferences {
    /// Reads the cookie's text (`dark.utc.nokeys`); what is not understood is left out.
    pub fn read(text: &str) -> Preferences {
        let has = |word: &str| text.split('.').any(|part| part == word);
        let theme = ["light", "dark"].into_iter().find(|theme| has(theme)).unwrap_or_default();
        Preferences { theme: theme.into(), utc: has("utc"), keys: !has("nokeys") }
    }

    /// The cookie's text.
    pub fn write(&self) -> String {
        let parts =
            [self.theme.as_str(), if self.utc { "utc" } else { "" }, if self.keys { "" } else { "nokeys" }];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    }
}

/// Everything around a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Title of the page.
    pub title: String,
    /// Which entry of the rail it belongs to.
    pub section: Section,
    /// Who looks.
    pub who: Session,
    /// All networks by name.
    pub networks: Vec<String>,
    /// The one chosen in the header, empty: all.
    pub network: String,
    /// What is in the search box.
    pub search: String,
    /// How they like to see it.
    pub preferences: Preferences,
    /// The clock.
    pub now: Time,
    /// Path and query of this page.
    pub url: String,
    /// Product's version.
    pub version: &'static str,
    /// A short message about what was just done.
    pub done: String,
}

impl Frame {
    /// Whether the viewer may do what the role may.
    pub fn may(&self, role: Role) -> bool {
        self.who.role >= role
    }

    /// Whether they may change things.
    pub fn operator(&self) -> bool {
        self.may(Role::Operator)
    }

    /// Whether they may do everything.
    pub fn admin(&self) -> bool {
        self.may(Role::Admin)
    }

    /// An address of the rail, with the chosen network.
    pub fn rail(&self, address: &str) -> String {
        match self.network.as_str() {
            "" => address.to_owned(),
            network if matches!(address, "/inventory" | "/traffic") => {
                format!("{address}?network={}", crate::text::url_part(network))
            }
            _ => address.to_owned(),
        }
    }

    /// Where the network picker leads: the page itself when it lists by network.
    pub fn picker(&self) -> &str {
        if self.section == Section::Traffic { "/traffic" } else { "/inventory" }
    }

    /// Address of a file of ours, with what it contains in it so that it may be kept for ever.
    pub fn file(&self, name: &str) -> String {
        crate::files::address(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_read_back() {
        for preferences in [
            Preferences::default(),
            Preferences { theme: "dark".into(), utc: true, keys: false },
            Preferences { theme: "light".into(), utc: false, keys: true },
        ] {
            assert_eq!(Preferences::read(&preferences.write()), preferences);
        }
        assert_eq!(Preferences::read("\"><script>.purple"), Preferences::default());
    }
}
