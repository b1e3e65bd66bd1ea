//! What changes while a sensor runs: exclusions, privacy, pause, the clock.

mod support;

use capture::craft::{Craft, Link, Path};
use model::{Mac, Time};
use support::{Running, Talk, at, configured, folded, ip, mac, path, private, text};
use wire::{SensorConfig, State};
use zones::{Config, Group, InventoryMode};

const MINUTE: u64 = 60_000;
const HIDDEN: u8 = 99;

/// The forms in which host 99 could show.
const FORMS: [&str; 6] =
    ["10.0.0.99", "00:1b:1b:00:00:63", "001b1b000063", "00-1b-1b-00-00-63", "001b.1b00.0063", "1bff:fe00:63"];

fn shown(text: &str) -> Vec<&'static str> {
    FORMS.iter().copied().filter(|form| text.contains(form)).collect()
}

/// An HTTP answer of host 2 that redirects to `location`.
fn redirect(craft: &mut Craft, now: u64, port: u16, location: &str) {
    let mut talk = Talk::new(craft, path(1, 2), port, 80);
    talk.now = now;
    talk.open();
    talk.say(0, b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
    let head = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ";
    talk.say(1, format!("{head}{location}\r\n\r\n").as_bytes());
    talk.close();
}

/// Host 99 as sender, subject, in values, in a name looked up, as an end.
fn full_of_host_99(now: u64) -> Craft {
    let mut craft = Craft::new();
    let link = Link { src: mac(HIDDEN), dst: Mac([0xff; 6]), vlan: None };
    craft.arp(at(now), &link, 1, (mac(HIDDEN), [10, 0, 0, 99].into()), (Mac([0; 6]), [10, 0, 0, 2].into()));
    craft.ethernet(at(now + 1), &link, 0x8999, b"an unknown protocol");
    let eui64 = Path {
        src: "fe80::21b:1bff:fe00:63".parse().unwrap(),
        dst: "fe80::1".parse().unwrap(),
        ..path(1, 2)
    };
    craft.udp(at(now + 2), &eui64, 40_000, 50_000, b"relayed by host 1");
    for (place, location) in [
        "http://10.0.0.99:8080/",
        "http://host-001b1b000063.example.org/",
        "http://h00-1b-1b-00-00-63/",
        "http://001b.1b00.0063.example.org/",
    ]
    .into_iter()
    .enumerate()
    {
        redirect(&mut craft, now + 10 + 20 * place as u64, 41_000 + place as u16, location);
    }
    let mut talk = Talk::new(&mut craft, path(1, 2), 42_000, 443);
    talk.now = now + 100;
    talk.open();
    talk.say(0, &support::client_hello("x.10.0.0.99.test", 0));
    let mut talk = Talk::new(&mut craft, path(HIDDEN, 2), 43_000, 50_000);
    talk.now = now + 200;
    talk.open();
    craft
}

fn hiding() -> SensorConfig {
    configured(Config {
        excluded: vec!["10.0.0.99".parse().unwrap()],
        excluded_macs: vec![mac(HIDDEN)],
        ..private()
    })
}

#[test]
fn what_is_excluded_late_never_shows_again() {
    // Told already, held back, and just being told of when it is excluded.
    for (holding, wait) in
        [(false, 20 * MINUTE), (true, 20 * MINUTE), (false, 300), (false, 5 * MINUTE + 100)]
    {
        let config = if holding { SensorConfig::default() } else { configured(private()) };
        let mut running = Running::new(&config);
        running.pace = 100;
        running.hear(&full_of_host_99(1_000));
        running.until(at(1_000 + wait));
        running.sensor.set_config(&hiding());
        let before = running.told.len();
        running.until(at(22 * MINUTE));
        running.hear(&full_of_host_99(22 * MINUTE + 1_000));
        running.until(at(70 * MINUTE));
        let counted = running.sensor.stats().ip;
        assert!(counted > 50, "it is counted all the same: {counted}");
        let reports = running.finish();
        if !holding && wait > MINUTE {
            assert!(!shown(&text(&reports[..before])).is_empty(), "the test is of use");
        }
        let after = text(&reports[before..]);
        assert!(after.contains("10.0.0.2"), "others are told of");
        assert_eq!(shown(&after), [""; 0], "holding {holding}, after {wait} ms: {after}");
        assert!(after.contains(" 10.0.0.2 "), "{after}");
    }
}

#[test]
fn an_address_excluded_late_is_in_no_range() {
    let mut running = Running::new(&SensorConfig::default());
    running.hear(&full_of_host_99(1_000));
    running.until(at(10_000));
    let hosts =
        |running: &Running| running.sensor.heard_ranges().iter().map(|range| range.hosts).sum::<u32>();
    let before = hosts(&running);
    running
        .sensor
        .set_config(&SensorConfig { zones: Config { internal: vec![], ..hiding().zones }, ..hiding() });
    assert!(hosts(&running) < before);
    assert_eq!(running.sensor.counts().state, State::Holding);
}

/// A client of ours visits a site outside.
fn visit(now: u64, port: u16) -> Craft {
    let mut craft = Craft::new();
    let far = Path { dst: [203, 0, 113, 9].into(), ..path(1, 200) };
    let mut talk = Talk::new(&mut craft, far, port, 443);
    talk.now = now;
    talk.open();
    talk.say(0, &support::client_hello("secret.example.org", 0));
    talk.close();
    craft
}

#[test]
fn which_sites_are_visited_is_told_only_when_allowed() {
    let told = |config: &SensorConfig| {
        let mut running = Running::new(config);
        running.hear(&visit(1_000, 40_000));
        let mut craft = Craft::new();
        let mut inside = Talk::new(&mut craft, path(1, 2), 40_001, 443);
        inside.now = 2_000;
        inside.open();
        inside.say(0, &support::client_hello("intranet.example.org", 0));
        running.hear(&craft);
        running.until(at(6 * MINUTE));
        let text = text(&running.finish());
        assert!(text.contains("intranet") && text.contains("ja4"), "{text}");
        text.contains("secret")
    };
    let private = SensorConfig { external_names: false, ..configured(private()) };
    assert!(!told(&private));
    assert!(told(&SensorConfig { external_names: true, ..private.clone() }));
    let group = Group::new("watched", &["203.0.113.0/24"], InventoryMode::FlowsOnly);
    let zones = Config { monitored_external: vec![group], ..private.zones.clone() };
    assert!(told(&SensorConfig { zones, ..private }));
}

#[test]
fn while_paused_no_frame_is_taken_in_and_time_goes_on() {
    let mut running = Running::new(&configured(private()));
    let say = |running: &mut Running, host: u8, minute: u64| {
        let mut craft = Craft::new();
        craft.udp(at(minute * MINUTE + 5), &path(host, 9), 40_000, 50_000, b"hello");
        running.hear(&craft);
    };
    say(&mut running, 1, 1);
    let paused = SensorConfig { paused: true, ..configured(private()) };
    running.sensor.set_config(&paused);
    assert_eq!(running.sensor.counts().state, State::Paused);
    (2..20).for_each(|minute| say(&mut running, 2, minute));
    assert_eq!(running.records().count(), 1, "what was counted before is told in time");
    running.sensor.set_config(&configured(private()));
    say(&mut running, 3, 20);
    running.until(at(40 * MINUTE));
    let has = |host| running.intervals().any(|one| one.sighting.ip == Some(ip(host)));
    assert_eq!([has(1), has(2), has(3)], [true, false, true]);
    assert_eq!(running.sensor.stats().frames, 2);
}

/// Somebody says something every ten seconds for two hours; the wall clock is moved
/// after one and a quarter by so many seconds.
fn with_clock_step(seconds: i64) -> Vec<wire::Report> {
    let mut running = Running::new(&configured(private()));
    for step in 0..720_u64 {
        if step == 450 {
            running.sensor.clock_step(seconds * Time::SECOND as i64);
        }
        let mut craft = Craft::new();
        craft.udp(at(step * 10_000 + 1), &path(1, 2), 40_000, 50_000, b"again");
        running.hear(&craft);
    }
    running.finish()
}

#[test]
fn a_clock_step_is_told_and_moves_no_timer() {
    for step in [7, -7, 100, 3_600, -3_600, 86_400 * 20_000, -86_400 * 365] {
        let reports = with_clock_step(step);
        let steps: Vec<i64> =
            reports.iter().map(|report| report.clock_step).filter(|step| *step != 0).collect();
        assert_eq!(steps, [step * Time::SECOND as i64]);
        let moved = reports.iter().position(|report| report.clock_step != 0).unwrap();
        let (before, after) = reports.split_at(moved);
        for pair in before.windows(2).chain(after.windows(2)) {
            let apart = pair[1].made.since(pair[0].made);
            assert!(apart <= 1_800 * Time::SECOND + 10 * Time::SECOND, "no period was left out");
        }
        let shift = |time: Time| Time(time.0.saturating_add_signed(step * Time::SECOND as i64));
        let begin = at(4_490_001);
        assert!(before.last().unwrap().made <= begin && after[0].made >= shift(begin));
        // Of either clock the records are well-formed; together they hold every packet.
        let packets =
            |reports: &[wire::Report]| folded(reports).1.iter().map(|talk| talk.packets[0]).sum::<u64>();
        assert_eq!(packets(before) + packets(after), 720);
        // And none can be taken for another's repeat.
        let mut keys: Vec<_> = reports
            .iter()
            .flat_map(|report| report.records.iter().map(|record| (report.run, record.start)))
            .collect();
        keys.sort();
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{step}: {keys:?}");
    }
}
