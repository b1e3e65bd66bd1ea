//! The language as people use it, over a small row.

use std::borrow::Cow;
use std::net::IpAddr;

use model::Time;
use proptest::prelude::*;
use query::{COLUMNS, Column, MAX_DEPTH, MAX_TERMS, Query, Row, Value, exactly};

/// A camera, last heard two hours before [`NOW`].
struct Camera;

const NOW: u64 = 1_795_183_083;

impl Row for Camera {
    fn any(&self, column: Column, take: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let mut texts = |all: &[&str]| all.iter().any(|text| take(Value::Text(text)));
        match column {
            Column::Name => texts(&["Lab-Cam-7", "axis-accc8e000001.local"]),
            Column::Type => texts(&["ip camera"]),
            Column::Maker => texts(&["Axis"]),
            Column::Os => texts(&[""]),
            Column::Flag => texts(&["nat-suspect"]),
            Column::Network => texts(&["cctv"]),
            Column::Mac => texts(&["ac:cc:8e:00:00:01"]),
            Column::SeenBy => texts(&["hq-core-1", "branch-b"]),
            Column::Ip => ["10.2.3.14", "fe80::aecc:8eff:fe00:1"]
                .iter()
                .any(|ip| take(Value::Address(ip.parse::<IpAddr>().unwrap()))),
            Column::Port => [80.0, 554.0].iter().any(|port| take(Value::Number(*port))),
            Column::Confidence => take(Value::Number(0.6)),
            Column::FirstSeen => take(Value::Time(Time::new(NOW - 20 * 86_400, 0))),
            Column::LastSeen | Column::Age => take(Value::Time(Time::new(NOW - 7_200, 0))),
            _ => false,
        }
    }

    fn text(&self) -> Cow<'_, str> {
        "lab-cam-7 ip camera axis 10.2.3.14 ac:cc:8e:00:00:01".into()
    }
}

fn holds(text: &str) -> bool {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&Camera, Time::new(NOW, 0))
}

#[test]
fn what_holds() {
    for text in [
        "",
        "  ",
        "cam",
        "AXIS lab",
        "\"ip camera\"",
        "type:ip_camera",
        "type:\"IP Camera\" AND NOT network:office",
        "name:cam name:*7 name:lab-cam-?",
        "name:~\"^lab-\" name:~accc8e",
        "name:=lab-cam-7",
        "ip:10.2.0.0/16 age:<1d",
        "ip:10.2.3.14 ip:10.2. ip:10.2.3.10-10.2.3.20 ip:10.2.3.10..10.2.3.20 ip:10.2.*",
        "ip:fe80::/10 fe80::aecc:8eff:fe00:1",
        "10.2.3.14 10.2.0.0/16 ac:cc:8e",
        "mac:accc8e000001 mac:AC-CC-8E mac:8e:00 accc.8e00.0001",
        "port:554 port:>80 port:<=80 port:500..600",
        "confidence:<=0.6 confidence:>0.5",
        "has:nat_suspect has:NAT-suspect has:maker NOT has:os NOT has:tag",
        "seen_by:hq-core-1 AND seen_by:branch-b",
        "NOT seen_by:hq-core",
        "type:nothing OR (port:554 NOT port:9)",
        "NOT type:x AND NOT (type:y OR type:z)",
        // 20 days before 2026-11-20T13:58:03Z.
        "first_seen:2026-10-31 first_seen:>=2026-10-31 first_seen:<2026-11-01 first_seen:<=2026-10-31",
        "first_seen:2026-10-31T13:58 first_seen:2026-10-30..2026-10-31 first_seen:>2026-10-30",
        "last_seen:24h last_seen:<3h last_seen:>1h age:>1h age:2h",
        "first_seen:>19d NOT first_seen:<19d",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn what_does_not() {
    for text in [
        "camx",
        "type:camera",
        "name:=lab",
        "ip:10.3.0.0/16",
        "10.2.3.1",
        "port:81..553",
        "confidence:<0.6",
        "has:os",
        "age:>1d",
        "cam AND NOT axis",
        "type:x OR type:y cam",
        "name:~\"^cam\"",
        "maker:\"Ax*\"",
        "first_seen:>2026-10-31",
        "first_seen:2026-11-01..2026-11-02",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn faults_point_at_the_character() {
    for (text, at, words) in [
        ("tpye:camera", 0, "did you mean `type`?"),
        ("a colour:red", 2, "there is no column `colour`: there are name, category"),
        ("type:", 5, "a value was expected behind `type:`"),
        ("a AND", 5, "the query ends here"),
        ("AND a", 0, "AND stands between two parts"),
        ("a OR OR b", 5, "OR stands between"),
        ("(a OR b", 0, "this parenthesis is never closed"),
        ("a) b", 1, "this parenthesis closes none"),
        ("()", 1, "was expected before this parenthesis"),
        ("é name:\"x", 7, "this quotation mark has no end"),
        ("port:many", 5, "`many` does not fit `port`: a number"),
        ("ip:<10.0.0.1", 4, "an address, its beginning"),
        ("ip:router", 3, "an address, its beginning"),
        ("age:7", 4, "a duration (30m, 24h, 7d)"),
        ("first_seen:yesterday", 11, "a date (2026-11-01"),
        ("name:~\"(\"", 6, "this is no regular expression"),
        ("port:~5", 6, "`~` asks a text"),
        ("name:<b", 6, "a text, `=` and a text"),
        ("has:", 4, "the name of a flag"),
    ] {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.words.contains(words), "{text}: {error}");
    }
    let error = Query::parse("a tpye:b").unwrap_err();
    assert_eq!(error.pointing("a tpye:b"), "a tpye:b\n  ^");
    assert!(error.to_string().starts_with("at character 3: "));
}

#[test]
fn size_is_bounded() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Query::parse(&nested(MAX_DEPTH)).is_ok());
    assert!(Query::parse(&nested(MAX_DEPTH + 1)).unwrap_err().words.contains("within each other"));
    assert!(Query::parse(&"NOT ".repeat(MAX_DEPTH + 1)).is_err());
    assert!(Query::parse(&"a ".repeat(MAX_TERMS)).is_ok());
    assert!(Query::parse(&"a ".repeat(MAX_TERMS + 1)).unwrap_err().words.contains("terms"));
    assert!(Query::parse("name:~\"((((a{100}){100}){100}){100})\"").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_in_its_bounds(text in "[a-z:\"()<>=~.* \\\\0-9é-]{0,60}|\\PC{0,60}") {
        match Query::parse(&text) {
            Ok(query) => { query.matches(&Camera, Time(5)); }
            Err(error) => prop_assert!(error.at <= text.chars().count()),
        }
    }

    #[test]
    fn a_facet_finds_its_own_value(value in "\\PC{1,20}", at in 0..COLUMNS.len()) {
        struct One(Column, String);
        impl Row for One {
            fn any(&self, column: Column, take: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
                column == self.0 && take(Value::Text(&self.1))
            }
            fn text(&self) -> Cow<'_, str> {
                "".into()
            }
        }
        let column = COLUMNS[at];
        if matches!(column.kind(), query::Kind::Text | query::Kind::Word) {
            let query = Query::parse(&exactly(column, &value)).unwrap();
            prop_assert!(query.matches(&One(column, value.clone()), Time(0)));
            let longer = format!("{value}x");
            prop_assert!(!query.matches(&One(column, longer), Time(0)));
        }
    }
}
