//! Conversations.

use std::net::IpAddr;

use assets::doc::Stamp;
use platform_core::views::TalkQuery;

use crate::operator::answer::{Answer, List, list};
use crate::operator::call::{Call, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/flows", all)
    .about("Conversations by reporting period, newest first.")
    .query(&[
        ("asset", "Only of this asset, by id"),
        ("ip", "Only with this address as either end"),
        ("network", "Only of this network, by name"),
        ("port", "Only with this server port"),
        ("after", "Only after this time, RFC 3339 in UTC"),
        ("before", "Only before this time"),
        ("cursor", "`next` of the page before"),
        ("limit", "Rows, 1 to 1000; 50 when absent"),
    ])
    .gives(200, "List<Conversation>")];

fn all(call: &Call) -> Answer {
    let text = |name: &str| call.parameter(name).map(str::to_owned);
    let time = |name: &str| call.parsed(name, "a time such as 2026-11-17T14:05:00Z", Stamp::parse);
    let query = TalkQuery {
        asset: text("asset"),
        ip: call.parsed("ip", "an IPv4 or IPv6 address", |text| text.parse::<IpAddr>().ok())?,
        network: text("network"),
        port: call.parsed("port", "a number from 0 to 65535", |text| text.parse().ok())?,
        after: time("after")?,
        before: time("before")?,
        cursor: text("cursor"),
        limit: call.limit()?,
    };
    let page = call.platform.talks(&query)?;
    list(call, &List { items: page.items, next: page.next, total: None })
}
