//! Assets through the pages: the same rows as API and exports, and what people
//! say of them.

#[allow(dead_code, reason = "cookies are looked at in doors.rs")]
mod browser;
#[path = "browser/world.rs"]
mod world;

use axum::http::StatusCode;
use browser::{Bench, Browser, form};
use platform_core::views::{AssetQuery, Role};
use serde_json::Value;
use web::text::url_part;
use world::{HOSTILE, fill};

/// Ids of the rows of a page, in order.
fn rows(text: &str) -> Vec<String> {
    let body = text.split("<tbody").nth(1).unwrap_or("").split("</tbody>").next().unwrap_or("");
    let hrefs = body.split("href=\"/assets/").skip(1);
    hrefs.map(|rest| rest.split('"').next().unwrap_or("").to_owned()).collect()
}

/// Address of the next page.
fn next(text: &str) -> Option<String> {
    let (before, _) = text.split_once("\" rel=\"next\"")?;
    Some(before.rsplit("href=\"").next()?.replace("&amp;", "&"))
}

async fn by_page(browser: &mut Browser, first: &str) -> Vec<String> {
    let (mut out, mut address) = (Vec::new(), Some(first.to_owned()));
    while let Some(here) = address {
        let page = browser.get(&here).await;
        assert_eq!(page.status, StatusCode::OK, "{here}: {}", page.text);
        out.extend(rows(&page.text));
        address = next(&page.text);
    }
    out
}

async fn by_api(browser: &mut Browser, query: &str) -> Vec<String> {
    let (mut out, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = browser.get(&format!("/api/v1/assets?{query}&limit=70{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let list: Value = serde_json::from_str(&page.text).unwrap();
        out.extend(
            list["items"].as_array().unwrap().iter().map(|row| row["asset_id"].as_str().unwrap().to_owned()),
        );
        match list["next"].as_str() {
            Some(next) => {
                let link = page.headers["link"].to_str().unwrap();
                assert!(link.ends_with("; rel=\"next\"") && link.contains(&url_part(next)), "{link}");
                cursor = format!("&cursor={}", url_part(next));
            }
            None => return out,
        }
    }
}

#[tokio::test]
async fn page_api_and_exports_give_the_same_rows_in_the_same_order() {
    let bench = Bench::new();
    fill(&bench.platform, 260);
    let mut browser = bench.signed_in("anna", Role::Viewer).await;
    let queries = [
        "",
        "os:windows OR name:~\"^pc-01\"",
        "ip:10.0.1.0/24",
        "NOT has:os first_seen:<1d",
        "nothing-like-this",
    ];
    for q in queries {
        for sort in ["", "-last_seen", "ip"] {
            let query = format!("q={}&sort={sort}", url_part(q));
            let page = by_page(&mut browser, &format!("/inventory?{query}")).await;
            let api = by_api(&mut browser, &query).await;
            assert_eq!(page, api, "{query}");
            let text = browser.get(&format!("/api/v1/assets/export?format=csv&{query}")).await.text;
            let mut csv = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(csv.headers().unwrap().get(0), Some("asset_id"));
            let exported: Vec<String> = csv.records().map(|row| row.unwrap()[0].to_owned()).collect();
            assert_eq!(page, exported, "{query}");
            let text = browser.get(&format!("/api/v1/assets/export?format=jsonl&{query}")).await.text;
            let lines: Vec<String> = text
                .lines()
                .map(|line| {
                    serde_json::from_str::<Value>(line).unwrap()["asset_id"].as_str().unwrap().to_owned()
                })
                .collect();
            assert_eq!(page, lines, "{query}");
        }
    }
    assert_eq!(by_api(&mut browser, "q=").await.len(), 260);
    assert!(by_api(&mut browser, "q=ip:10.0.1.0/24").await.len() == 4);
    // The page's own export links ask for the same.
    let page = browser.get("/inventory?q=type:x%20OR%20name:pc&network=default").await;
    let link = page
        .text
        .split("href=\"/api/v1/assets/export?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let exported = browser.get(&format!("/api/v1/assets/export?{link}")).await.text;
    assert_eq!(exported.lines().count() - 1, rows(&page.text).len().max(256));
}

#[tokio::test]
async fn hostile_names_are_shown_and_run_nowhere() {
    let bench = Bench::new();
    fill(&bench.platform, 8);
    let mut browser = bench.signed_in("anna", Role::Operator).await;
    let found = bench.platform.assets(&AssetQuery { limit: 100, ..AssetQuery::default() }).unwrap();
    assert_eq!(found.items.len(), 8);
    let mut addresses = vec!["/".to_owned(), "/inventory".into(), "/traffic".into(), "/events".into()];
    for row in &found.items {
        let tabs = web::pages::asset::TABS.iter().map(|tab| format!("/assets/{}{}", row.asset_id, tab.0));
        addresses.extend(tabs);
        addresses.extend(row.ips.iter().map(|ip| format!("/assets/by-ip/{ip}")));
    }
    let mut seen = 0;
    for address in addresses {
        let page = browser.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.text);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{address}");
        assert!(!page.text.chars().any(|c| c == '\u{202e}' || c.is_control() && c != '\n'), "{address}");
        seen += usize::from(page.text.contains("&lt;script&gt;alert(1)"));
    }
    assert!(seen >= 5, "{seen}");
    let text = browser.get("/api/v1/assets/export?format=csv").await.text;
    assert!(
        text.contains(&format!("'{}", HOSTILE[0])) && !text.contains(&format!(",{}", HOSTILE[0])),
        "{text}"
    );
}

#[tokio::test]
async fn the_search_box_knows_addresses_macs_names_and_queries() {
    let bench = Bench::new();
    fill(&bench.platform, 30);
    let mut browser = bench.signed_in("anna", Role::Viewer).await;
    let to = async |browser: &mut Browser, q: &str| {
        browser.get(&format!("/search?q={}", url_part(q))).await.location()
    };
    assert_eq!(to(&mut browser, "10.0.0.9").await, "/assets/by-ip/10.0.0.9");
    let id = rows(&browser.get("/inventory?q=pc-0009").await.text).remove(0);
    for q in ["00:1b:1b:00:00:09", "001B.1B00.0009", "pc-0009"] {
        assert_eq!(to(&mut browser, q).await, format!("/assets/{id}"), "{q}");
    }
    assert_eq!(to(&mut browser, "type:(").await, "/inventory?q=type%3A%28");
    let page = browser.get("/inventory?q=type%3A%28").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("type:(\n     ^"), "the mark stands under the character");
    let page = browser.get("/assets/by-ip/10.0.0.9").await;
    assert!(page.text.contains(&id) && page.text.contains("00:1b:1b:00:00:09"));
    assert!(browser.get("/assets/by-ip/10.0.0.9?at=Tuesday").await.text.contains("id=\"at-problem\""));
    assert_eq!(browser.get("/assets/by-ip/nonsense").await.status, StatusCode::NOT_FOUND);
    assert!(browser.get("/traffic?ip=10.0.0.9&port=445").await.text.contains("tcp/445"));
    assert_eq!(browser.get("/traffic?ip=10.0").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_people_say_of_an_asset_holds_and_can_be_undone() {
    let bench = Bench::new();
    fill(&bench.platform, 12);
    let mut browser = bench.signed_in("anna", Role::Operator).await;
    let token = browser.get("/settings").await.token();
    let id = async |browser: &mut Browser, name: &str| {
        rows(&browser.get(&format!("/inventory?q={name}")).await.text).remove(0)
    };
    let (one, two) = (id(&mut browser, "pc-0005").await, id(&mut browser, "pc-0006").await);
    let base = format!("/assets/{one}");
    let set = |value: &str| form(&[("token", &token), ("field", "owner"), ("value", value)]);
    assert_eq!(
        browser.post(&format!("{base}/set"), &set("Accounting <2>")).await.location(),
        format!("{base}?done=set")
    );
    assert!(browser.get(&base).await.text.contains("Accounting &lt;2&gt;"));
    let page = browser.post(&format!("{base}/set"), &set(&"x".repeat(300))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post(&format!("{base}/clear"), &form(&[("token", &token), ("field", "owner")])).await;
    assert!(!browser.get(&base).await.text.contains("Accounting"));

    let page = browser.get(&format!("{base}/merge?other=10.0.0.6")).await;
    assert!(page.text.contains("Are these one device?") && page.text.contains(&two), "{}", page.text);
    let page = browser.get(&format!("{base}/merge?other=pc-0005")).await;
    assert!(page.text.contains("this is the same asset"));
    let page = browser.get(&format!("{base}/merge?other=pc-00")).await;
    assert!(page.text.contains("several assets fit"));
    let page = browser.post(&format!("{base}/merge"), &form(&[("token", &token), ("other", &two)])).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    bench.platform.inventory().settle().unwrap();
    assert_eq!(id(&mut browser, "pc-0005").await, id(&mut browser, "pc-0006").await);
    // One of the two ids is the other's now; page and API lead on.
    let survivor = id(&mut browser, "pc-0005").await;
    let gone = if survivor == one { &two } else { &one };
    let moved = browser.get(&format!("/assets/{gone}/evidence")).await;
    assert_eq!(
        (moved.status, moved.location()),
        (StatusCode::MOVED_PERMANENTLY, format!("/assets/{survivor}/evidence"))
    );
    let moved = browser.get(&format!("/api/v1/assets/{gone}")).await;
    assert_eq!(
        (moved.status, moved.location()),
        (StatusCode::MOVED_PERMANENTLY, format!("/api/v1/assets/{survivor}"))
    );
    let page = browser.get(&format!("/assets/{survivor}/identity")).await;
    let assertion =
        page.text.split("name=\"assertion\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    browser
        .post(&format!("/assets/{survivor}/undo"), &form(&[("token", &token), ("assertion", &assertion)]))
        .await;
    bench.platform.inventory().settle().unwrap();
    assert_eq!(
        [id(&mut browser, "pc-0005").await, id(&mut browser, "pc-0006").await],
        [one.clone(), two.clone()]
    );

    browser.post(&format!("{base}/never"), &form(&[("token", &token), ("other", &two)])).await;
    assert!(browser.get(&format!("{base}/identity")).await.text.contains("Never"));
    let page = browser.post(&format!("{base}/split"), &form(&[("token", &token)])).await;
    assert!(page.text.contains("tick at least one key"));
    let page = browser
        .post(&format!("{base}/split"), &form(&[("token", &token), ("key", "mac 00:00:00:00:00:01")]))
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.get("/assets/00000000-0000-0000-0000-000000000000").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("No such asset"));
}
