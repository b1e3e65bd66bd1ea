//! The search box: an address, a MAC, a name or a query.

use std::net::IpAddr;

use model::Mac;
use platform_core::views::AssetQuery;

use crate::answer::{Answer, see};
use crate::ask::{Ask, Route};
use crate::terms::term;
use crate::text::url_part;

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/search", search)];

fn search(ask: &Ask) -> Answer {
    let text = ask.query.get("q");
    if let Ok(ip) = text.parse::<IpAddr>() {
        return see(&format!("/assets/by-ip/{ip}"));
    }
    let q = match text.parse::<Mac>() {
        Ok(mac) => term("mac", &mac.to_string()),
        Err(_) => text.to_owned(),
    };
    // One hit is opened at once; a query that cannot be read is explained there.
    let query = AssetQuery { q: q.clone(), limit: 2, ..AssetQuery::default() };
    if !q.is_empty()
        && let Ok(found) = ask.platform.assets(&query)
        && let [one] = found.items.as_slice()
    {
        return see(&format!("/assets/{}", one.asset_id));
    }
    see(&format!("/inventory?q={}", url_part(&q)))
}
