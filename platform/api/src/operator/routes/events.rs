//! Events: what happened, newest first.

use crate::operator::answer::{Answer, List, list};
use crate::operator::call::{Call, Route};

/// Rows of a page when nothing is said.
const USUAL: usize = 50;

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/events", all)
    .about("Events, newest first; repeats are folded.")
    .query(&[("cursor", "`next` of the page before"), ("limit", "Rows, 1 to 1000; 50 when absent")])
    .gives(200, "List<Event>")];

fn all(call: &Call) -> Answer {
    let limit = call.limit()?;
    let page = call.platform.events(call.parameter("cursor"), if limit == 0 { USUAL } else { limit })?;
    list(call, &List { items: page.items, next: page.next, total: None })
}
