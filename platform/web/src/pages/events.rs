//! Events: what happened, how bad it is, what to do.

use askama::Template;
use platform_core::views::EventPage;

use crate::answer::{Answer, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/events", show)];

/// The page.
#[derive(Template)]
#[template(path = "events.html")]
pub struct EventsPage {
    /// What stands around it.
    pub frame: Frame,
    /// A page of events.
    pub page: EventPage,
    /// It is not the first page.
    pub later: bool,
}

fn show(ask: &Ask) -> Answer {
    let cursor = Some(ask.query.get("cursor")).filter(|cursor| !cursor.is_empty());
    let events = ask.platform.events(cursor, 100)?;
    page(&EventsPage { frame: ask.frame("Events", Section::Events)?, page: events, later: cursor.is_some() })
}
