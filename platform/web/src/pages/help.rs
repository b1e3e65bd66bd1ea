//! Help: the query language, what words mean, the API.

use askama::Template;

use crate::answer::{Answer, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/help", show)];

/// Queries and what they find.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("type:camera AND NOT network:cctv", "cameras outside the network cctv"),
    ("ip:10.2.0.0/16 first_seen:<1d", "what is new today in a range"),
    ("mac_vendor:siemens service:tcp/102", "Siemens devices that answer on port 102"),
    ("printer", "the word in any column"),
];

/// Requests and what they are for.
pub const REQUESTS: &[(&str, &str)] = &[
    ("GET /api/v1/assets?q=type:plc", "assets that match a query, page by page"),
    ("GET /api/v1/assets/export?format=csv&q=type:plc", "the same as CSV"),
    ("GET /api/v1/assets/who-had?ip=10.1.2.3&at=2026-11-17T14:05:00Z", "who had an address then"),
    ("GET /api/v1/sensors", "sensors and how they are"),
    ("POST /api/v1/sensors", "make a sensor; the code is in the answer"),
    ("GET /api/v1/config", "the configuration, with its ETag"),
];

/// The page.
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// What stands around it.
    pub frame: Frame,
}

fn show(ask: &Ask) -> Answer {
    page(&HelpPage { frame: ask.frame("Help and API", Section::Help)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_query() {
        for (query, _) in EXAMPLES {
            assert_eq!(crate::terms::problem(query), None, "{query}");
        }
    }
}
