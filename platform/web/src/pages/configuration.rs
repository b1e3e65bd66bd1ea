//! Configuration of address space: internal, excluded, monitored external, general.

use askama::Template;
use platform_core::views::{Configuration, ConfigurationVersion, Heard, NetworkView, Role};

use super::configuration_edit as edit;

use crate::answer::{Answer, Problems, page, see};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/configuration", |_| see("/configuration/internal")),
    Route::get("/configuration/internal", |ask| show(ask, Tab::Internal))
        .post(Role::Operator, edit::internal),
    Route::get("/configuration/excluded", |ask| show(ask, Tab::Excluded))
        .post(Role::Operator, edit::excluded),
    Route::get("/configuration/external", |ask| show(ask, Tab::External))
        .post(Role::Operator, edit::external),
    Route::get("/configuration/general", |ask| show(ask, Tab::General)).post(Role::Operator, edit::general),
    Route::get("/configuration/versions", |ask| show(ask, Tab::Versions)),
];

/// The tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Internal groups and heard ranges.
    Internal,
    /// What never leaves the sensor.
    Excluded,
    /// Named groups outside.
    External,
    /// De-duplication and networks.
    General,
    /// Who changed what.
    Versions,
}

/// The tabs in display order: address and words.
pub const TABS: &[(Tab, &str, &str)] = &[
    (Tab::Internal, "/configuration/internal", "Internal assets"),
    (Tab::Excluded, "/configuration/excluded", "Excluded assets"),
    (Tab::External, "/configuration/external", "Monitored external"),
    (Tab::General, "/configuration/general", "General"),
    (Tab::Versions, "/configuration/versions", "History"),
];

/// The page.
#[derive(Template)]
#[template(path = "configuration.html")]
pub struct ConfigurationPage {
    /// What stands around it.
    pub frame: Frame,
    /// Which tab.
    pub tab: Tab,
    /// What is configured, or what was typed.
    pub now: Configuration,
    /// Ranges heard, for the first tab.
    pub heard: Vec<Heard>,
    /// Networks.
    pub networks: Vec<NetworkView>,
    /// Names of the sensors.
    pub sensors: Vec<String>,
    /// Earlier versions, for the last tab.
    pub versions: Vec<ConfigurationVersion>,
    /// What was wrong.
    pub problems: Problems,
}

fn show(ask: &Ask, tab: Tab) -> Answer {
    page(&build(ask, tab, ask.platform.configuration()?, Problems::default())?)
}

/// Puts a tab together around a configuration, which may be one that was refused.
///
/// # Errors
/// When the platform fails.
pub fn build(
    ask: &Ask,
    tab: Tab,
    now: Configuration,
    problems: Problems,
) -> Result<ConfigurationPage, crate::answer::Refusal> {
    let platform = &ask.platform;
    Ok(ConfigurationPage {
        frame: ask.frame("Configuration", Section::Configuration)?,
        heard: if tab == Tab::Internal { platform.heard_ranges()? } else { Vec::new() },
        networks: if tab == Tab::General { platform.networks()? } else { Vec::new() },
        sensors: platform.sensors()?.into_iter().map(|sensor| sensor.name).collect(),
        versions: if tab == Tab::Versions { platform.configuration_versions()? } else { Vec::new() },
        tab,
        now,
        problems,
    })
}

impl ConfigurationPage {
    /// A list, one entry a line, as text areas show it.
    pub fn lines(&self, entries: &[String]) -> String {
        entries.join("\n")
    }

    /// Problems that stand beside no field of this tab.
    pub fn others(&self) -> Vec<&(String, String)> {
        let beside = |field: &str| match self.tab {
            Tab::Internal => field.starts_with("internal["),
            Tab::External => field.starts_with("monitored_external["),
            _ => [
                "excluded",
                "domains",
                "excluded_hostnames",
                "ip_inactivity_hours",
                "network_maps",
                "network",
            ]
            .iter()
            .any(|known| field.starts_with(known)),
        };
        self.problems.0.iter().filter(|problem| !beside(&problem.0)).collect()
    }

    /// Ranges heard and not configured.
    pub fn untold(&self) -> usize {
        self.heard.iter().filter(|range| range.group.is_none() && !range.excluded).count()
    }

    /// VLANs of a heard range.
    pub fn vlans(&self, vlans: &[u16]) -> String {
        match vlans {
            [] => "untagged".into(),
            some => some.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    /// Network maps as they are typed: one a line.
    pub fn maps(&self) -> String {
        let line =
            |map: &platform_core::views::NetworkMap| format!("{} {} {}", map.sensor, map.source, map.network);
        self.now.network_maps.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
