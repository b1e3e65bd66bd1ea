//! The platform's HTTP: operators and scripts ([`operator_routes`]).

mod operator;

pub use operator::{BASE, operator_routes};
