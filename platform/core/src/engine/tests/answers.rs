//! Lists, details, conversations.

use assets::doc::Stamp;
use model::{NetworkId, Time};
use query::Column;
use wire::Report;

use crate::engine::testing::{Bench, NOW, heard, record};
use crate::error::Error;
use crate::views::{AssetAnswer, AssetDetail, AssetQuery, TalkQuery};

fn detail(bench: &Bench, id: &str) -> AssetDetail {
    match bench.engine.asset(id).unwrap() {
        AssetAnswer::Found(detail) => *detail,
        other => panic!("{id}: {other:?}"),
    }
}

/// Hosts `host-0` to `host-N` heard by ARP and DHCP.
fn hosts(count: u16) -> Vec<model::Interval> {
    let one = |n| [heard(n, "arp.binding", "request", 1), heard(n, "dhcp.hostname", &format!("host-{n}"), 1)];
    (0..count).flat_map(one).collect()
}

#[test]
fn what_is_heard_becomes_an_asset_with_its_evidence() {
    let bench = Bench::new();
    let counts = bench.hear(&hosts(2));
    assert_eq!((counts.new, counts.odd), (2, 0));
    bench.report(2, &Report { intervals: vec![heard(1, "dhcp.hostname", "host-1", 5)], ..Report::default() });
    assert_eq!(bench.names(""), ["host-0", "host-1"]);
    let detail = detail(&bench, &bench.id("host-1"));
    assert_eq!(detail.row.name, "host-1");
    assert_eq!(detail.row.sensors, ["sensor-1", "sensor-2"]);
    let heard_by: Vec<_> =
        detail.heard_by.iter().map(|one| (one.field.as_str(), one.sensor.as_str(), one.count)).collect();
    assert_eq!(
        heard_by,
        [("arp.binding", "sensor-1", 1), ("dhcp.hostname", "sensor-1", 1), ("dhcp.hostname", "sensor-2", 5)]
    );
    assert_eq!(detail.row.macs, ["00:1b:1b:00:00:01".parse().unwrap()]);
    assert!(matches!(bench.engine.asset("no such id").unwrap(), AssetAnswer::Missing));
}

#[test]
fn a_page_is_never_behind_and_the_row_moves_at_once() {
    let bench = Bench::new();
    bench.hear(&hosts(1));
    let id = bench.id("host-0");
    // Only grown: made anew within a minute, but shown at once.
    bench.hear(&[heard(0, "arp.binding", "request", 3_000)]);
    let last = Stamp(Time::new(NOW - 600, 0));
    let row = bench.engine.assets(&AssetQuery::default()).unwrap().items.remove(0);
    assert_eq!(row.last_seen, last);
    let detail = detail(&bench, &id);
    assert_eq!((detail.asset.last_seen, detail.row.last_seen), (last, last));
    // New: made anew at once.
    bench.hear(&[heard(0, "http.server", "nginx", 1)]);
    let shown = self::detail(&bench, &id).asset.observations;
    assert!(shown.iter().any(|one| one.value == "nginx"));
}

#[test]
fn pages_join_without_hole_or_repeat_in_every_order() {
    let bench = Bench::new();
    bench.hear(&hosts(57));
    bench.engine.settle().unwrap();
    for column in query::COLUMNS {
        for sign in ["", "-"] {
            let sort = format!("{sign}{}", column.name());
            let whole = AssetQuery { sort: sort.clone(), limit: 1_000, ..AssetQuery::default() };
            let whole = bench.engine.assets(&whole).unwrap();
            assert_eq!((whole.items.len(), whole.total, whole.next), (57, 57, None));
            let mut pages = Vec::new();
            let mut cursor = None;
            loop {
                let query = AssetQuery { sort: sort.clone(), limit: 10, cursor, ..AssetQuery::default() };
                let page = bench.engine.assets(&query).unwrap();
                assert_eq!(page.total, 57);
                pages.extend(page.items);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(pages, whole.items, "{sort}");
        }
    }
    let names = |sort: &str| {
        let query = AssetQuery { sort: sort.into(), limit: 2, ..AssetQuery::default() };
        bench.engine.assets(&query).unwrap().items.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["host-0", "host-1"]);
    assert_eq!(names("-name"), ["host-9", "host-8"]);
    assert_eq!(names("-ip"), ["host-56", "host-55"]);
}

#[test]
fn queries_facets_and_their_faults() {
    let bench = Bench::new();
    bench.hear(&hosts(20));
    let mut other = heard(30, "dhcp.hostname", "elsewhere", 1);
    other.sighting.network = NetworkId(1);
    bench.hear(&[other]);
    assert_eq!(bench.names("ip:10.0.0.3 OR host-4"), ["host-3", "host-4"]);
    assert_eq!(bench.names("network:network-1 age:<2h seen_by:sensor-1"), ["elsewhere"]);
    assert!(bench.names("age:<10m").is_empty());
    let query = AssetQuery { q: "name:host*".into(), facets: true, limit: 1, ..AssetQuery::default() };
    let page = bench.engine.assets(&query).unwrap();
    let facet = |column: Column| page.facets.iter().find(|facet| facet.column == column.name());
    assert_eq!(facet(Column::Network).map(|facet| &facet.values), Some(&vec![("default".to_owned(), 20)]));
    for (column, value) in page.facets.iter().flat_map(|f| f.values.iter().map(move |v| (&f.column, v))) {
        let term = query::exactly(Column::named(column).unwrap(), &value.0);
        let query = AssetQuery { q: format!("name:host* {term}"), ..AssetQuery::default() };
        assert_eq!(bench.engine.assets(&query).unwrap().total, value.1, "{term}");
    }
    let refused = |query: AssetQuery| match bench.engine.assets(&query).unwrap_err() {
        Error::Invalid { field, words } => format!("{field}: {words}"),
        other => panic!("{other}"),
    };
    let q = refused(AssetQuery { q: "a nam:b".into(), ..AssetQuery::default() });
    assert!(q.starts_with("q: at character 3: there is no column `nam`: did you mean `name`?"), "{q}");
    let sort = refused(AssetQuery { sort: "-colour".into(), ..AssetQuery::default() });
    assert!(sort.starts_with("sort: there is no column `colour`"), "{sort}");
    let cursor = refused(AssetQuery { cursor: Some("ff".into()), ..AssetQuery::default() });
    assert!(cursor.starts_with("cursor: "), "{cursor}");
}

#[test]
fn conversations_have_both_ends_and_pages() {
    let bench = Bench::new();
    bench.hear(&hosts(3));
    let records = (0..30).map(|period| record(1, 2, 443, period % 20)).collect();
    bench.report(1, &Report { records, ..Report::default() });
    bench.report(1, &Report { records: vec![record(0, 1, 22, 3)], ..Report::default() });
    bench.engine.settle().unwrap();
    let id = bench.id("host-2");
    let query = TalkQuery { asset: Some(id.clone()), limit: 7, ..TalkQuery::default() };
    let page = bench.engine.talks(&query).unwrap();
    assert_eq!(page.items.len(), 7);
    let view = &page.items[0];
    assert_eq!((view.client_name.as_str(), view.server_name.as_str()), ("host-1", "host-2"));
    assert_eq!(view.talk.server_asset.as_ref(), Some(&id));
    assert!(page.items.windows(2).all(|pair| pair[0].start > pair[1].start));
    let mut all = page.items.len();
    let mut next = page.next;
    while let Some(cursor) = next {
        let page = bench.engine.talks(&TalkQuery { cursor: Some(cursor), ..query.clone() }).unwrap();
        all += page.items.len();
        next = page.next;
    }
    assert_eq!(all, 20);
    let port = TalkQuery { port: Some(22), ..TalkQuery::default() };
    assert_eq!(bench.engine.talks(&port).unwrap().items.len(), 1);
    let unknown = TalkQuery { network: Some("lab".into()), ..TalkQuery::default() };
    assert!(matches!(bench.engine.talks(&unknown), Err(Error::Invalid { .. })));
    // The sums are in the document.
    let services = detail(&bench, &id).asset.services;
    assert_eq!((services.len(), services[0].port, services[0].clients), (1, 443, 1));
    let used = detail(&bench, &bench.id("host-1")).asset.services_used;
    assert_eq!(used[0].flows, 20);
}

#[test]
fn a_server_known_from_conversations_alone_is_an_asset() {
    let bench = Bench::new();
    let mut outside = record(1, 9, 443, 2);
    outside.conversation.server = "192.0.2.1".parse().unwrap();
    bench.report(1, &Report { records: vec![record(1, 9, 443, 1), outside], ..Report::default() });
    assert_eq!(bench.names(""), ["10.0.0.9"]);
    assert_eq!(bench.reopen().names("port:443"), ["10.0.0.9"]);
}

#[test]
fn who_had_an_address() {
    let bench = Bench::new();
    bench.hear(&hosts(3));
    bench.engine.settle().unwrap();
    let ip = "10.0.0.2".parse().unwrap();
    let now = bench.engine.who_had(ip, None).unwrap();
    assert_eq!(now.iter().map(|holder| holder.name.as_str()).collect::<Vec<_>>(), ["host-2"]);
    let then = bench.engine.who_had(ip, Some(Stamp(Time::new(NOW - 3_600, 0)))).unwrap();
    assert!(then[0].heard_then);
    assert!(bench.engine.who_had("10.9.9.9".parse().unwrap(), None).unwrap().is_empty());
}

#[test]
fn the_first_page_counts() {
    let bench = Bench::new();
    bench.hear(&hosts(12));
    bench.engine.settle().unwrap();
    let home = bench.engine.home();
    assert_eq!(home.assets, [12, 12, 12, 12]);
    assert_eq!(home.categories, [("unknown".to_owned(), 12)]);
    assert_eq!(home.newest.len(), 8);
    let ranges = ["10.0.0.0/24".parse().unwrap(), "10.9.0.0/16".parse().unwrap()];
    let found = bench.engine.in_ranges(&ranges);
    assert_eq!((found[0].0, found[1]), (12, (0, None)));
    assert_eq!(bench.engine.by_sensor().values().next(), Some(&[12, 12, 12]));
    assert_eq!(bench.engine.by_network().get("default"), Some(&12));
}

#[test]
fn exports_are_what_the_list_shows() {
    let bench = Bench::new();
    bench.hear(&hosts(450));
    let query = AssetQuery { q: "name:host-4*".into(), sort: "-name".into(), ..AssetQuery::default() };
    let mut csv = Vec::new();
    bench.engine.export(&query, "csv", &mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let names: Vec<&str> = csv.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    let list = bench.engine.assets(&AssetQuery { limit: 1_000, ..query.clone() }).unwrap();
    let listed: Vec<&str> = list.items.iter().map(|row| row.name.as_str()).collect();
    assert_eq!((names[0], &names[1..]), ("name", &listed[..]));
    let mut all = Vec::new();
    bench.engine.export(&AssetQuery::default(), "csv", &mut all).unwrap();
    assert_eq!(String::from_utf8(all).unwrap().lines().count(), 451);
    let mut none = Vec::new();
    bench.engine.export(&AssetQuery { q: "nobody".into(), ..query }, "csv", &mut none).unwrap();
    assert_eq!(String::from_utf8(none).unwrap().lines().count(), 1);
    let refused = bench.engine.export(&AssetQuery::default(), "zeek", &mut Vec::new()).unwrap_err();
    assert!(refused.to_string().contains("take csv or jsonl"));
}
