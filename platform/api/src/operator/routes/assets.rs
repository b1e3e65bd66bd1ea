//! Assets: lists, exports, one with its evidence, who had an address.

use std::net::IpAddr;

use assets::doc::Stamp;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform_core::Error;
use platform_core::views::{AssetAnswer, AssetDetail, AssetQuery, Facet};
use serde::Serialize;

use crate::operator::answer::{Answer, List, json, list};
use crate::operator::call::{Call, Parameter, Route};
use crate::operator::problem::Problem;
use crate::operator::{BASE, stream};

const QUERY: Parameter = ("q", "Query, as in the search box; empty: all");
const SORT: Parameter = ("sort", "Column to order by, - before it for descending; empty: name");

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/assets", all)
        .about("Assets that match a query, page by page.")
        .query(&[
            QUERY,
            SORT,
            ("cursor", "`next` of the page before"),
            ("limit", "Rows, 1 to 1000; 50 when absent"),
            ("facets", "`true`: count values by column too"),
        ])
        .gives(200, "AssetList"),
    Route::get("/assets/export", export)
        .about("Every asset that matches, in the query's order, as a file.")
        .query(&[("format!", "`csv` or `jsonl`"), QUERY, SORT])
        .gives(200, "File"),
    Route::get("/assets/who-had", who_had)
        .about("Who had an address, at a time or ever.")
        .query(&[("ip!", "The address"), ("at", "RFC 3339 in UTC; absent: ever")])
        .gives(200, "List<Holder>"),
    Route::get("/assets/{id}", one)
        .about("One asset with everything behind it; the id of a merged one answers 301.")
        .gives(200, "AssetDetail"),
    Route::get("/assets/{id}/evidence", evidence)
        .about("Why an asset's values are what they are, with what lost.")
        .gives(200, "Evidence"),
];

#[derive(Serialize)]
struct AssetList<T> {
    #[serde(flatten)]
    list: List<T>,
    total_exact: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facets: Vec<Facet>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    asset_id: &'a str,
    attributes: &'a [assets::doc::Attribute],
    heard_by: &'a [platform_core::views::HeardBy],
    manual: &'a [platform_core::views::ManualValue],
}

fn query(call: &Call) -> Result<AssetQuery, Problem> {
    let text = |name: &str| call.parameter(name).unwrap_or_default().to_owned();
    Ok(AssetQuery {
        q: text("q"),
        sort: text("sort"),
        cursor: call.parameter("cursor").map(str::to_owned),
        limit: call.limit()?,
        facets: call.parameter("facets") == Some("true"),
    })
}

fn all(call: &Call) -> Answer {
    let page = call.platform.assets(&query(call)?)?;
    let rows = List { items: page.items, next: page.next, total: Some(page.total) };
    // `Link` as for every list, and the facets beside the rows.
    let link = list(call, &List { items: Vec::<()>::new(), next: rows.next.clone(), total: None })?;
    let mut answer = json(StatusCode::OK, &AssetList { list: rows, total_exact: true, facets: page.facets })?;
    if let Some(link) = link.headers().get(header::LINK) {
        answer.headers_mut().insert(header::LINK, link.clone());
    }
    Ok(answer)
}

fn export(call: &Call) -> Answer {
    let (format, kind) = match call.parameter("format") {
        Some("csv") => ("csv", "text/csv; charset=utf-8"),
        Some("jsonl") => ("jsonl", "application/x-ndjson"),
        _ => return Err(Problem::field("format", "is `csv` or `jsonl`")),
    };
    let asked = AssetQuery { cursor: None, facets: false, ..query(call)? };
    // What is wrong with the query must be said before the first byte.
    call.platform.assets(&AssetQuery { limit: 1, ..asked.clone() })?;
    let platform = call.platform.clone();
    let body = stream::body(move |to| platform.export(&asked, format, to));
    let mut answer = Response::new(body);
    let name = format!("attachment; filename=\"stillwatch-assets-v1.{format}\"");
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&name) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

fn who_had(call: &Call) -> Answer {
    let ip = call.parsed("ip", "an IPv4 or IPv6 address", |text| text.parse::<IpAddr>().ok())?;
    let ip = ip.ok_or_else(|| Problem::field("ip", "is missing"))?;
    let at = call.parsed("at", "a time such as 2026-11-17T14:05:00Z", Stamp::parse)?;
    list(call, &List::whole(call.platform.who_had(ip, at)?))
}

/// The asset of the address, or the way to the one it is part of now.
fn find(call: &Call, rest: &str) -> Result<Result<Box<AssetDetail>, Response>, Problem> {
    let id = call.part("id");
    match call.platform.asset(id)? {
        AssetAnswer::Found(detail) => Ok(Ok(detail)),
        AssetAnswer::Moved(to) => {
            let mut answer = StatusCode::MOVED_PERMANENTLY.into_response();
            if let Ok(address) = HeaderValue::from_str(&format!("{BASE}/assets/{to}{rest}")) {
                answer.headers_mut().insert(header::LOCATION, address);
            }
            Ok(Err(answer))
        }
        AssetAnswer::Missing => Err(Error::Missing { what: "asset", id: id.into() }.into()),
    }
}

fn one(call: &Call) -> Answer {
    match find(call, "")? {
        Ok(detail) => json(StatusCode::OK, &detail),
        Err(moved) => Ok(moved),
    }
}

fn evidence(call: &Call) -> Answer {
    let detail = match find(call, "/evidence")? {
        Ok(detail) => detail,
        Err(moved) => return Ok(moved),
    };
    let evidence = Evidence {
        asset_id: &detail.asset.asset_id,
        attributes: &detail.asset.attributes,
        heard_by: &detail.heard_by,
        manual: &detail.manual,
    };
    json(StatusCode::OK, &evidence)
}
