//! Every resource: one file, one line in [`ROUTES`].

mod access;
mod assets;
mod config;
mod description;
mod events;
mod flows;
mod images;
mod judgements;
mod networks;
mod rules;
mod sensors;
mod updates;

use super::call::Route;

/// The resources in the order of the description.
const ROUTES: &[&[Route]] = &[
    sensors::ROUTES,
    updates::ROUTES,
    images::ROUTES,
    rules::ROUTES,
    assets::ROUTES,
    judgements::ROUTES,
    flows::ROUTES,
    events::ROUTES,
    networks::ROUTES,
    config::ROUTES,
    access::ROUTES,
    description::ROUTES,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().flat_map(|routes| routes.iter())
}
