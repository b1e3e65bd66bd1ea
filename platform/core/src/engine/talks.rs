//! Conversations with both ends looked up.

use assets::Zone;
use assets::doc::Stamp;
use store::{Page, TalkFilter, TalkRow};

use super::Shared;
use super::locks::read;
use super::summary::AssetId;
use crate::error::{Error, Result};
use crate::views::{TalkPage, TalkQuery, TalkView};

/// Rows of a page when none is asked for, and most of one.
const ROWS: usize = 50;
/// See `ROWS`.
const MOST_ROWS: usize = 1_000;
/// Pages of the store read for one page of an asset's: addresses may have been others' before.
const MOST_READS: usize = 20;

impl Shared {
    /// See [`crate::Platform::talks`].
    pub fn talks(&self, wanted: &TalkQuery) -> Result<TalkPage> {
        let limit = if wanted.limit == 0 { ROWS } else { wanted.limit.min(MOST_ROWS) };
        let context = self.context();
        let mut filter = TalkFilter {
            port: wanted.port,
            after: wanted.after.map(|at| at.0),
            before: wanted.before.map(|at| at.0),
            cursor: wanted.cursor.clone(),
            limit,
            ..TalkFilter::default()
        };
        if let Some(name) = &wanted.network {
            let network = context.network_named(name);
            let network =
                network.ok_or_else(|| Error::invalid("network", format!("there is no network `{name}`")))?;
            filter.network = Some(network);
        }
        let asset = match &wanted.asset {
            Some(id) => {
                let found = self.resolve(id)?;
                Some(found.ok_or_else(|| Error::invalid("asset", format!("there is no asset {id}")))?)
            }
            None => None,
        };
        if let Some(entry) = asset.and_then(|id| self.catalogue.get(id)) {
            filter.ends = entry.held.iter().map(|hold| (hold.network, hold.ip)).collect();
            filter.ends.dedup();
            if filter.ends.is_empty() {
                return Ok(TalkPage::default());
            }
        }
        if let Some(ip) = wanted.ip {
            let ends: Vec<_> = self.networks().into_iter().map(|network| (network, ip)).collect();
            match asset {
                Some(_) => filter.ends.retain(|(_, of)| *of == ip),
                None => filter.ends = ends,
            }
            if filter.ends.is_empty() {
                return Ok(TalkPage::default());
            }
        }
        let mut items = Vec::new();
        for _ in 0..MOST_READS {
            filter.limit = limit - items.len();
            let Page { items: rows, next } = self.store.talks(&filter).map_err(refused)?;
            let views = rows.iter().map(|row| self.view(row));
            items.extend(views.filter(|view| asset.is_none_or(|id| is_of(view, id))));
            filter.cursor = next;
            if filter.cursor.is_none() || items.len() >= limit {
                break;
            }
        }
        Ok(TalkPage { items, next: filter.cursor })
    }

    fn view(&self, row: &TalkRow) -> TalkView {
        let context = self.context();
        // An excluded end was taken out by the sensor.
        let zone = |network, ip: std::net::IpAddr| match ip.is_unspecified() {
            true => Zone::Excluded,
            false => (context.zone)(network, ip),
        };
        let config =
            assets::Config { zone: &zone, networks: context.networks.clone(), ..assets::Config::default() };
        let asset_at = |network, ip, time| {
            let holds = self.directory.holds(network, ip);
            assets::holder_at(holds.iter(), time).map(str::to_owned)
        };
        let talk = assets::talk(&row.conversation, asset_at, &config);
        let name = |id: &Option<String>| {
            let entry = id.as_deref().and_then(|id| self.catalogue.get(AssetId::parse(id)?));
            entry.map_or(String::new(), |entry| entry.name.to_string())
        };
        TalkView {
            start: Stamp(row.start),
            end: Stamp(row.end),
            sensor: super::view::sensor(&read(&self.context).sensors, row.sensor).into_owned(),
            client_name: name(&talk.client_asset),
            server_name: name(&talk.server_asset),
            talk,
        }
    }
}

fn is_of(view: &TalkView, id: AssetId) -> bool {
    let is = |end: &Option<String>| end.as_deref().and_then(AssetId::parse) == Some(id);
    is(&view.talk.client_asset) || is(&view.talk.server_asset)
}

fn refused(error: store::Error) -> Error {
    match error {
        store::Error::Cursor(_) => Error::invalid("cursor", error.to_string()),
        other => other.into(),
    }
}
