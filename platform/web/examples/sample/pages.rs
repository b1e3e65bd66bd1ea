//! Every page over the sample answers: name and text.

use askama::Template;
use platform_core::views::{AssetPage, Configuration, NewRollout, NewSensor, Role, Session};
use web::answer::{Problems, Refusal};
use web::ask::Fields;
use web::frame::{Frame, Preferences, Section};
use web::pages::*;

use crate::{fleet, views};

/// A frame for somebody with a role.
pub fn frame(title: &str, section: Section, role: Role, url: &str) -> Frame {
    Frame {
        title: title.into(),
        section,
        who: Session { name: "anna".into(), role, form_token: "t-1".into(), must_change: false },
        networks: fleet::networks().into_iter().map(|network| network.name).collect(),
        network: String::new(),
        search: String::new(),
        preferences: Preferences::default(),
        now: model::Time::new(views::NOW, 0),
        url: url.into(),
        version: "0.1.0",
        done: String::new(),
    }
}

fn text(template: impl Template) -> String {
    template.render().expect("templates only fail when a value does")
}

fn problems(list: &[(&str, &str)]) -> Problems {
    Problems(list.iter().map(|(field, words)| ((*field).to_owned(), (*words).to_owned())).collect())
}

/// All of them, as somebody with a role sees them.
pub fn all(role: Role) -> Vec<(&'static str, String)> {
    let f = |title: &str, section| frame(title, section, role, "/");
    let inventory = |q: &str, page: AssetPage, problem: &str, empty| inventory::InventoryPage {
        frame: Frame {
            done: if q.is_empty() { "Undone.".into() } else { String::new() },
            ..f("Inventory", Section::Inventory)
        },
        wanted: inventory::Wanted { q: q.into(), sort: "-last_seen".into(), ..inventory::Wanted::default() },
        page,
        problem: problem.into(),
        empty,
    };
    let sensor = |at: usize, problems| {
        sensor::build(f("hq-core-1", Section::Sensors), fleet::sensors().remove(at), fleet::heard(), problems)
    };
    let asset =
        |tab, name: &str| asset::Detail { detail: views::detail(name), tab, problems: Problems::default() };
    let configuration = |tab, now: Configuration, problems| configuration::ConfigurationPage {
        frame: f("Configuration", Section::Configuration),
        tab,
        now,
        heard: fleet::heard(),
        networks: fleet::networks(),
        sensors: fleet::sensors().into_iter().map(|sensor| sensor.name).collect(),
        versions: fleet::versions(),
        problems,
    };
    let updates = |shelf, rollouts, rules, problems| {
        let new = NewRollout { first: vec!["hq-core-1".into()], ..NewRollout::default() };
        let frame = f("Updates", Section::Updates);
        text(updates::build(frame, shelf, rollouts, rules, fleet::sensors(), new, problems))
    };
    let code = |typed, problems| sensor_code::CodePage {
        frame: f("Code", Section::Sensors),
        sensor: fleet::sensors().remove(5),
        code: "4839-2010-2938-4771".into(),
        platform: "stillwatch.example.org:8443".into(),
        replaces: false,
        typed,
        problems,
    };
    use configuration::Tab;
    let watch = |at: usize, heard| new_sensor::WatchPage {
        frame: f("Comes alive", Section::Sensors),
        sensor: fleet::sensors().remove(at),
        heard,
    };
    let new = NewSensor {
        name: "hq-core-1".into(),
        networks: vec!["default".into()],
        hours: 336,
        ..NewSensor::default()
    };
    let refusal = Refusal::from(platform_core::Error::Missing { what: "sensor", id: views::HOSTILE.into() });
    let who = |holders| by_ip::ByIpPage {
        frame: f("Who had", Section::Inventory),
        ip: "10.1.1.10".parse().expect("an address"),
        at: String::new(),
        problem: "",
        holders,
    };
    vec![
        (
            "sign-in",
            text(sign_in::SignIn {
                theme: String::new(),
                name: "anna".into(),
                to: "/".into(),
                problem: "the name or the password is wrong".into(),
            }),
        ),
        (
            "password",
            text(password::Password {
                theme: String::new(),
                token: "t".into(),
                name: "admin".into(),
                must: true,
                problems: problems(&[("new", "is shorter than 12 characters")]),
            }),
        ),
        ("home", text(home::HomePage { frame: f("Home", Section::Home), home: fleet::home() })),
        (
            "home-first-day",
            text(home::HomePage { frame: f("Home", Section::Home), home: fleet::first_day() }),
        ),
        ("sensors", text(sensors::build(f("Sensors", Section::Sensors), fleet::sensors(), false))),
        ("sensors-empty", text(sensors::build(f("Sensors", Section::Sensors), Vec::new(), false))),
        (
            "sensor-new",
            text(new_sensor::NewSensorPage {
                frame: f("New sensor", Section::Sensors),
                new,
                problems: problems(&[("name", "there is a sensor of this name already")]),
            }),
        ),
        ("sensor-code", text(code(Default::default(), Problems::default()))),
        (
            "sensor-code-problem",
            text(code(
                Fields(vec![("network.address".into(), views::HOSTILE.into())]),
                problems(&[
                    ("network.address", "bad address: Write 10.0.0.5/24."),
                    ("platform.address", "bad address: Write name or name:port."),
                ]),
            )),
        ),
        ("images", text(images::ImagesPage { frame: f("Images", Section::Sensors), shelf: fleet::images() })),
        (
            "images-empty",
            text(images::ImagesPage { frame: f("Images", Section::Sensors), shelf: Default::default() }),
        ),
        ("sensor-watch", text(watch(4, fleet::heard()))),
        ("sensor-watch-waiting", text(watch(5, Vec::new()))),
        ("sensor", text(sensor(0, Problems::default()))),
        ("sensor-offline", text(sensor(1, Problems::default()))),
        ("sensor-cloned", text(sensor(2, Problems::default()))),
        ("sensor-losing", text(sensor(3, problems(&[("name", "type the sensor's name to remove it")])))),
        ("sensor-waiting", text(sensor(5, Problems::default()))),
        ("inventory", text(inventory("", views::asset_page(4_000), "", None))),
        (
            "inventory-problem",
            text(inventory("type:(", AssetPage::default(), "type:(\n     ^ a value is missing", None)),
        ),
        ("inventory-nothing", text(inventory("zebra", AssetPage::default(), "", None))),
        (
            "inventory-empty",
            text(inventory(
                "",
                AssetPage::default(),
                "",
                Some((
                    "There is no sensor yet. Assets come from what sensors hear.".into(),
                    if role >= Role::Operator { "/sensors/new" } else { "/sensors" },
                    "New sensor",
                )),
            )),
        ),
        (
            "asset",
            text(asset::SummaryPage { frame: f("Asset", Section::Inventory), of: asset("", "fileserver01") }),
        ),
        (
            "asset-hostile",
            text(asset::SummaryPage { frame: f("Asset", Section::Inventory), of: asset("", "script") }),
        ),
        (
            "asset-evidence",
            text(asset::EvidencePage {
                frame: f("Asset", Section::Inventory),
                of: asset("/evidence", "fileserver01"),
            }),
        ),
        (
            "asset-identity",
            text(asset::IdentityPage {
                frame: f("Asset", Section::Inventory),
                of: asset("/identity", "fileserver01"),
            }),
        ),
        (
            "asset-traffic",
            text(asset::TrafficPage {
                rows: traffic::rows(&f("", Section::None), &views::talks().items),
                frame: f("Asset", Section::Inventory),
                of: asset("/traffic", "fileserver01"),
                next: None,
            }),
        ),
        (
            "asset-raw",
            text(asset::RawPage {
                frame: f("Asset", Section::Inventory),
                json: serde_json::to_string_pretty(&views::detail("script")).unwrap_or_default(),
                of: asset("/raw", "script"),
            }),
        ),
        (
            "asset-merge",
            text(asset_edit::MergePage {
                frame: f("Merge", Section::Inventory),
                one: views::detail("fileserver01"),
                other: views::detail("script"),
            }),
        ),
        (
            "by-ip",
            text(who(assets::who_had(&views::inventory(), "10.1.1.10".parse().expect("an address"), None))),
        ),
        ("by-ip-nobody", text(who(Vec::new()))),
        (
            "traffic",
            text(traffic::build(
                f("Traffic", Section::Traffic),
                traffic::Filter::default(),
                &views::talks(),
                Problems::default(),
            )),
        ),
        (
            "traffic-empty",
            text(traffic::build(
                f("Traffic", Section::Traffic),
                traffic::Filter::default(),
                &Default::default(),
                Problems::default(),
            )),
        ),
        (
            "traffic-problem",
            text(traffic::build(
                f("Traffic", Section::Traffic),
                traffic::Filter { ip: "10.1".into(), ..Default::default() },
                &Default::default(),
                problems(&[("ip", "is no IPv4 or IPv6 address")]),
            )),
        ),
        (
            "events",
            text(events::EventsPage {
                frame: f("Events", Section::Events),
                page: fleet::events(),
                later: false,
            }),
        ),
        (
            "events-empty",
            text(events::EventsPage {
                frame: f("Events", Section::Events),
                page: Default::default(),
                later: false,
            }),
        ),
        ("updates", updates(fleet::shelf(), fleet::rollouts(), fleet::rules(), Problems::default())),
        (
            "updates-problem",
            updates(
                fleet::shelf(),
                Vec::new(),
                fleet::refused_rules(),
                problems(&[
                    ("first[0]", &format!("there is no sensor {}", views::HOSTILE)),
                    ("soak", "is a whole number of minutes, at least 1"),
                    ("state", "a roll-out can be paused while it runs"),
                ]),
            ),
        ),
        ("updates-empty", updates(Default::default(), Vec::new(), fleet::own_rules(), Problems::default())),
        (
            "rollout",
            text(updates::RolloutPage {
                frame: f("Roll-out", Section::Updates),
                rollout: fleet::rollouts().remove(3),
            }),
        ),
        (
            "internal",
            text(configuration(
                Tab::Internal,
                fleet::configuration(),
                problems(&[(
                    "internal[0].ranges[1]",
                    "fd00:1::/132 is no range: a prefix of IPv6 has at most 128 bits",
                )]),
            )),
        ),
        (
            "internal-first-day",
            text(configuration(Tab::Internal, Configuration::default(), Problems::default())),
        ),
        (
            "excluded",
            text(configuration(
                Tab::Excluded,
                fleet::configuration(),
                problems(&[("excluded[1]", "3c:d9 is neither a range nor a MAC")]),
            )),
        ),
        ("external", text(configuration(Tab::External, fleet::configuration(), Problems::default()))),
        (
            "general",
            text(configuration(
                Tab::General,
                fleet::configuration(),
                problems(&[("network_maps[0].source", "vlan:9999 is no VLAN: 1 to 4094")]),
            )),
        ),
        ("versions", text(configuration(Tab::Versions, fleet::configuration(), Problems::default()))),
        (
            "settings",
            text(settings::SettingsPage { frame: frame("Settings", Section::Settings, role, "/settings") }),
        ),
        (
            "users",
            text(users::UsersPage {
                frame: frame("Users", Section::Settings, role, "/settings/users"),
                users: fleet::users(),
                problems: Problems::default(),
                made: Some(("bo".into(), "quiet-river-4711-lamp".into())),
            }),
        ),
        (
            "keys",
            text(users::KeysPage {
                frame: frame("API keys", Section::Settings, role, "/settings/keys"),
                keys: fleet::keys(),
                problems: problems(&[("name", "is taken")]),
                made: None,
            }),
        ),
        ("help", text(help::HelpPage { frame: f("Help and API", Section::Help) })),
        ("error", String::from_utf8_lossy(&error(&refusal, &f("Error", Section::None))).into_owned()),
    ]
}

fn error(refusal: &Refusal, frame: &Frame) -> Vec<u8> {
    web::answer::refusal_text(refusal, Some(frame)).into_bytes()
}
