//! What is on the networks: lists, queries, one asset with its evidence.

use std::net::IpAddr;

use assets::Holder;
use assets::doc::Stamp;

use zones::Range;

use crate::error::Result;
use crate::platform::Platform;
use crate::views::{AssetAnswer, AssetPage, AssetQuery, Checklist, Coverage, Home, SensorState, SensorView};

/// Events shown on the first page.
const EVENTS: usize = 8;

impl Platform {
    /// A page of assets.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a query, an order or a cursor that cannot be
    /// read; the words point at the character.
    pub fn assets(&self, query: &AssetQuery) -> Result<AssetPage> {
        self.inner().engine.assets(query)
    }

    /// One asset, made up to date first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn asset(&self, id: &str) -> Result<AssetAnswer> {
        self.inner().engine.asset(id)
    }

    /// Who had an address, at a time or (without one) ever.
    ///
    /// # Errors
    /// When the store fails.
    pub fn who_had(&self, ip: IpAddr, at: Option<Stamp>) -> Result<Vec<Holder>> {
        self.inner().engine.who_had(ip, at)
    }

    /// Writes every asset that matches, in the query's order, in an export's
    /// format (`csv`, `jsonl`).
    ///
    /// # Errors
    /// As [`Platform::assets`], and those of `out`.
    pub fn export(&self, query: &AssetQuery, format: &str, out: &mut dyn std::io::Write) -> Result<()> {
        self.inner().engine.export(query, format, out)
    }

    /// The first page.
    ///
    /// # Errors
    /// When the store fails.
    pub fn home(&self) -> Result<Home> {
        let found = self.inner().engine.home();
        let sensors: Vec<SensorView> =
            self.sensors()?.into_iter().filter(|sensor| is_registered(sensor.state)).collect();
        let problems: Vec<(String, String)> =
            sensors.iter().filter_map(|sensor| Some((sensor.name.clone(), problem(sensor)?))).collect();
        let coverage = self.coverage()?;
        let frames = |sensor: &SensorView| {
            sensor.status.as_ref().is_some_and(|status| status.ports.iter().any(|port| port.packets > 0))
        };
        let checklist = Checklist {
            sensor: !self.sensors()?.is_empty(),
            registered: !sensors.is_empty(),
            mirror: sensors.iter().any(frames),
            ranges: !coverage.is_empty(),
            assets: found.assets[0] > 0,
        };
        Ok(Home {
            sensors: [sensors.len() as u64, (sensors.len() - problems.len()) as u64],
            problems,
            assets: found.assets,
            categories: found.categories,
            makers: found.makers,
            os_families: found.os_families,
            newest: found.newest,
            events: self.events(None, EVENTS)?.items,
            coverage,
            checklist,
        })
    }

    /// Inventoried ranges with what is heard in them, silent ones first.
    fn coverage(&self) -> Result<Vec<Coverage>> {
        let configured = self.configuration()?;
        let groups = configured.internal.iter().filter(|group| group.inventory);
        let texts = groups.flat_map(|group| group.ranges.iter().map(|range| (range, &group.name)));
        // What was put was checked, so every text is a range.
        let ranges: Vec<(Range, &String, &String)> =
            texts.filter_map(|(text, group)| Some((text.parse().ok()?, text, group))).collect();
        let only: Vec<Range> = ranges.iter().map(|(range, ..)| *range).collect();
        let found = self.inner().engine.in_ranges(&only);
        let mut coverage: Vec<Coverage> = ranges
            .into_iter()
            .zip(found)
            .map(|((_, range, group), (assets, last))| Coverage {
                range: range.clone(),
                group: group.clone(),
                assets,
                last: last.map(Stamp),
            })
            .collect();
        coverage.sort_by(|a, b| (a.assets > 0, &a.group, &a.range).cmp(&(b.assets > 0, &b.group, &b.range)));
        Ok(coverage)
    }
}

fn is_registered(state: SensorState) -> bool {
    matches!(state, SensorState::Registered | SensorState::Sensing | SensorState::Paused)
}

/// What is wrong with a sensor, the worst first; `None`: it is well.
fn problem(sensor: &SensorView) -> Option<String> {
    if sensor.offline {
        return Some("not heard of: check its power, its management port and the way to the platform".into());
    }
    if sensor.lines.iter().any(|line| line.quarantined) {
        return Some("two boxes report in its name: choose the one to go on".into());
    }
    match sensor.state {
        SensorState::Registered => {
            Some("no internal range is configured for it: it reports nothing yet".into())
        }
        SensorState::Paused => Some("sensing is paused".into()),
        _ => None,
    }
}
