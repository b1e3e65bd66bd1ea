//! Every page: one file, its template beside it, one line in [`ROUTES`].

pub mod asset;
pub mod asset_edit;
pub mod by_ip;
pub mod configuration;
pub mod configuration_edit;
pub mod events;
pub mod help;
pub mod home;
pub mod images;
pub mod inventory;
pub mod new_sensor;
pub mod password;
pub mod search;
pub mod sensor;
pub mod sensor_code;
pub mod sensors;
pub mod settings;
pub mod sign_in;
pub mod traffic;
pub mod updates;
pub mod users;

use crate::ask::Route;

/// The addresses of all pages.
pub const ROUTES: &[&[Route]] = &[
    sign_in::ROUTES,
    password::ROUTES,
    home::ROUTES,
    sensors::ROUTES,
    new_sensor::ROUTES,
    sensor::ROUTES,
    sensor_code::ROUTES,
    images::ROUTES,
    inventory::ROUTES,
    asset::ROUTES,
    asset_edit::ROUTES,
    by_ip::ROUTES,
    search::ROUTES,
    traffic::ROUTES,
    events::ROUTES,
    updates::ROUTES,
    configuration::ROUTES,
    configuration_edit::ROUTES,
    settings::ROUTES,
    users::ROUTES,
    help::ROUTES,
];
