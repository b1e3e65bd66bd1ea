//! The platform's HTTP: the sensor endpoint ([`sensor_routes`]), the API of
//! operators and scripts ([`operator_routes`]), and how the platform itself is
//! doing ([`health_routes`]). Everything is answered by
//! [`platform_core::Platform`]; here are only bytes, limits and statuses.
//!
//! The server puts `axum::extract::ConnectInfo<SocketAddr>` into every request's
//! extensions and, on the sensor endpoint, [`ClientCertificate`] where one was shown.

mod health;
mod metrics;
mod operator;
mod sensor;
mod transfer;

pub use health::health_routes;
pub use operator::{BASE, operator_routes};
pub use sensor::{ClientCertificate, sensor_routes};
