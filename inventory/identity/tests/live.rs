//! The index that is kept while more is heard says the same as one made from
//! scratch, after every step, and names every component whose result changed.

use std::collections::{BTreeMap, BTreeSet};

use identity::assertion::in_force;
use identity::{
    Act, Assertion, ComponentId, Config, Context, Group, Key, Knowledge, Live, Member, Piece, resolve,
    resolve_all,
};
use model::{Interval, Mac, NetworkId, Sighting, Time};
use proptest::prelude::*;

/// Fields that bear on identity, each with values.
const HEARD: &[(&str, &[&str])] = &[
    ("eth.source", &["frame"]),
    ("ip.ttl", &["64", "127", "57", "100"]),
    ("ip.forwarded", &["router"]),
    ("arp.binding", &["request", "reply", "announce"]),
    ("ndp.binding", &["ns"]),
    ("ndp.router", &["lifetime=1800 managed=0", "lifetime=0 managed=0"]),
    ("dhcp.lease", &["600", "86400"]),
    ("dhcp.router", &["10.0.0.1", "10.0.0.2, 10.0.0.1"]),
    ("dhcp.hostname", &["one", "Two", "three", "raspberrypi", "one.example"]),
    ("dhcp.client_id", &["duid:0004aabb", "text:longenough"]),
    ("nbns.name", &["ONE<20>", "TWO<00>"]),
    ("nbns.mac", &["00:1b:1b:00:00:01"]),
    ("dns.ptr", &["one.example.org"]),
];

fn ip(number: u8) -> std::net::IpAddr {
    match number {
        0..5 => [10, 0, 0, number + 1].into(),
        5 => [192, 0, 2, 9].into(),
        6 => "fe80::21b:1bff:fe00:1".parse().unwrap(),
        7 => "fd00::21b:1bff:fe00:2".parse().unwrap(),
        _ => "2001:db8::7".parse().unwrap(),
    }
}

fn mac(number: u8) -> Mac {
    match number {
        0..3 => Mac([0, 0x1b, 0x1b, 0, 0, number]),
        3 => Mac([0, 0, 0x5e, 0, 1, 7]),
        _ => Mac([2, 0, 0, 0, 0, number]),
    }
}

fn interval() -> impl Strategy<Value = Interval> {
    let sighting =
        (0..2u16, proptest::option::weighted(0.8, 0..6u8), proptest::option::weighted(0.8, 0..9u8))
            .prop_filter_map("names a host", |(network, m, i)| {
                Sighting::new(NetworkId(network / 2), m.map(mac), i.map(ip))
            });
    let field = (0..HEARD.len()).prop_flat_map(|at| (Just(HEARD[at].0), 0..HEARD[at].1.len(), Just(at)));
    (sighting, field, 0..50u64, 0..20u64, 1..9u64).prop_map(
        |(sighting, (field, value, at), first, more, count)| Interval {
            sighting,
            field: field.into(),
            port: None,
            value: HEARD[at].1[value].to_owned(),
            first: Time::new(first * 1_000, 0),
            last: Time::new((first + more) * 1_000, 0),
            count,
            frame: first + 1,
        },
    )
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        (0..6u8).prop_map(|n| Key::of_mac(NetworkId(0), mac(n)).unwrap()),
        (0..9u8, 0..2u64).prop_map(|(n, since)| Key::Ip {
            network: NetworkId(0),
            ip: ip(n),
            since: Time::new(since * 20_000, 0)
        }),
        prop_oneof!["one", "two"].prop_map(|name| Key::Hostname { name }),
    ]
}

fn assertion() -> impl Strategy<Value = Assertion> {
    let act = prop_oneof![
        (key(), key()).prop_map(|(a, b)| Act::Merge { a, b }),
        (key(), key()).prop_map(|(a, b)| Act::Never { a, b }),
        proptest::collection::btree_set(key(), 1..3).prop_map(|keys| Act::Split { keys }),
        (0..6u8).prop_map(|of| Act::Undo { of: of.to_string() }),
    ];
    (0..9u64, 0..6u8, act).prop_map(|(time, id, act)| Assertion { time: Time(time), id: id.to_string(), act })
}

fn config() -> impl Strategy<Value = Config> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(domain, excluded, idle)| {
        let mut config = Config::default();
        config.domains.extend(domain.then(|| "example".to_owned()));
        config.excluded_hostnames.extend(excluded.then(|| "ONE".to_owned()));
        config.ip_inactivity = if idle { 60 } else { 86_400 };
        config
    })
}

#[derive(Clone, Debug)]
enum Step {
    /// These were heard by one of two sensors.
    Heard(u8, Vec<Interval>),
    /// The sighting with this number (of those there are) is gone.
    Forget(usize),
    Say(Assertion),
    Unsay(u8),
    Configure(Config),
    /// Whether 192.0.2.0/24 is internal.
    Zones(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..2u8, proptest::collection::vec(interval(), 1..8)).prop_map(|(s, all)| Step::Heard(s, all)),
        3 => any::<usize>().prop_map(Step::Forget),
        2 => assertion().prop_map(Step::Say),
        1 => (0..6u8).prop_map(Step::Unsay),
        1 => config().prop_map(Step::Configure),
        1 => any::<bool>().prop_map(Step::Zones),
    ]
}

/// A group with its pieces and evidence in words, so that indices do not matter.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    group: Group,
    pieces: Vec<(Interval, Time, Time, u64)>,
    evidence: Vec<Vec<Interval>>,
}

fn told(mut group: Group, intervals: &[&Interval]) -> Told {
    let words = |piece: &Piece| (intervals[piece.interval].clone(), piece.first, piece.last, piece.count);
    let pieces = std::mem::take(&mut group.pieces).iter().map(words).collect();
    let joins = group.joins.iter_mut().map(|join| std::mem::take(&mut join.evidence));
    let evidence = joins.map(|all| all.into_iter().map(|at| intervals[at].clone()).collect()).collect();
    Told { group, pieces, evidence }
}

fn fold<'a>(heard: impl Iterator<Item = &'a Interval>) -> Vec<Interval> {
    let mut sorted: Vec<Interval> = heard.cloned().collect();
    sorted.sort();
    let mut folded: Vec<Interval> = Vec::new();
    for interval in sorted {
        match folded.last_mut() {
            Some(last) if last.same_key(&interval) => last.fold(&interval),
            _ => folded.push(interval),
        }
    }
    folded
}

/// A platform in small: rows by number, and what was made of each component.
struct Small {
    live: Live,
    config: Config,
    internal: bool,
    numbers: BTreeMap<(u8, Sighting), Member>,
    rows: BTreeMap<Member, Vec<Interval>>,
    said: BTreeMap<String, Assertion>,
    made: BTreeMap<ComponentId, Vec<Told>>,
}

fn internal(all: bool) -> impl Fn(NetworkId, std::net::IpAddr) -> bool {
    move |network, ip| {
        (Knowledge::default().internal)(network, ip) || (all && ip == std::net::IpAddr::from([192, 0, 2, 9]))
    }
}

impl Small {
    fn new() -> Small {
        Small {
            live: Live::new(Config::default()),
            config: Config::default(),
            internal: false,
            numbers: BTreeMap::new(),
            rows: BTreeMap::new(),
            said: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        let internal = internal(self.internal);
        let knowledge = Knowledge { internal: &internal, ..Knowledge::default() };
        match step {
            Step::Heard(sensor, all) => {
                let mut by_member: BTreeMap<Member, Vec<Interval>> = BTreeMap::new();
                for interval in all {
                    let next = Member(self.numbers.len() as u64 + 1);
                    let member = *self.numbers.entry((*sensor, interval.sighting)).or_insert(next);
                    by_member.entry(member).or_default().push(interval.clone());
                }
                for (member, intervals) in by_member {
                    let row = self.rows.entry(member).or_default();
                    *row = fold(row.iter().chain(&intervals));
                    self.live.note(member, &intervals, &knowledge);
                }
            }
            Step::Forget(which) => {
                let members: Vec<Member> = self.rows.keys().copied().collect();
                if let Some(member) = members.get(which % members.len().max(1)) {
                    self.rows.remove(member);
                    self.live.forget(*member);
                }
            }
            Step::Say(assertion) => {
                let kept = self.said.entry(assertion.id.clone()).or_insert_with(|| assertion.clone());
                *kept = assertion.clone().max(kept.clone());
                self.live.assert(assertion);
            }
            Step::Unsay(id) => {
                self.said.remove(&id.to_string());
                self.live.unsay(&id.to_string());
            }
            Step::Configure(config) => {
                self.config = config.clone();
                self.live.set_config(config.clone());
            }
            Step::Zones(all) => {
                self.internal = *all;
                let internal = self::internal(*all);
                self.live.relearn(&Knowledge { internal: &internal, ..Knowledge::default() });
            }
        }
        self.make();
    }

    /// Makes what was touched, as a platform does.
    fn make(&mut self) {
        let internal = internal(self.internal);
        let knowledge = Knowledge { internal: &internal, ..Knowledge::default() };
        let touched = self.live.touched();
        for id in &touched {
            self.made.remove(id);
        }
        let context = Context { routers: self.live.routers(), knowledge: &knowledge, config: &self.config };
        for id in touched {
            let members = self.live.members(id);
            let held = fold(members.iter().flat_map(|member| &self.rows[member]));
            let held: Vec<&Interval> = held.iter().collect();
            let groups = resolve(&held, &self.live.routers_of(id), &self.live.in_force(id), &context);
            let told: Vec<Told> = groups.into_iter().map(|group| told(group, &held)).collect();
            if !told.is_empty() {
                self.made.insert(id, told);
            }
        }
    }

    fn same_as_from_scratch(&self) -> Result<(), TestCaseError> {
        let internal = internal(self.internal);
        let knowledge = Knowledge { internal: &internal, ..Knowledge::default() };
        let all = fold(self.rows.values().flatten());
        let said: Vec<Assertion> = self.said.values().cloned().collect();
        prop_assert_eq!(self.live.routers(), &identity::Routers::find(&all, &knowledge));
        let refs: Vec<&Interval> = all.iter().collect();
        let order =
            |a: &Told, b: &Told| (a.group.contested, &a.group.keys).cmp(&(b.group.contested, &b.group.keys));
        let groups = resolve_all(&all, &said, &knowledge, &self.config);
        let want: Vec<Told> = groups.into_iter().map(|group| told(group, &refs)).collect();
        let mut have: Vec<Told> = self.made.values().flatten().cloned().collect();
        have.sort_by(order);
        prop_assert_eq!(have, want);
        let covered: BTreeSet<Member> = self.live.components().flat_map(|id| self.live.members(id)).collect();
        prop_assert_eq!(covered.len(), self.rows.len());
        prop_assert_eq!(self.live.len(), self.rows.len());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_every_step_it_is_as_from_scratch(steps in proptest::collection::vec(step(), 1..24)) {
        let mut small = Small::new();
        for step in &steps {
            small.take(step);
            small.same_as_from_scratch()?;
        }
    }

    #[test]
    fn the_way_there_does_not_matter(
        steps in proptest::collection::vec(step(), 1..16),
        turn in any::<usize>(),
    ) {
        let mut one = Small::new();
        steps.iter().for_each(|step| one.take(step));
        let mut other = Small::new();
        other.numbers = one.numbers.clone();
        other.take(&Step::Zones(one.internal));
        other.take(&Step::Configure(one.config.clone()));
        let mut again: Vec<Interval> = Vec::new();
        for (member, row) in &one.rows {
            again.extend(row.iter().rev().cloned());
            let sensor = one.numbers.iter().find(|(_, number)| *number == member).unwrap().0.0;
            let mut row = row.clone();
            let len = row.len();
            row.rotate_left(turn % len);
            row.into_iter().for_each(|interval| other.take(&Step::Heard(sensor, vec![interval])));
        }
        for assertion in one.said.values().rev() {
            other.take(&Step::Say(assertion.clone()));
        }
        other.same_as_from_scratch()?;
        let sets = |small: &Small| -> BTreeSet<Vec<Member>> {
            small.live.components().map(|id| small.live.members(id)).collect()
        };
        prop_assert_eq!(sets(&one), sets(&other));
        prop_assert_eq!(one.live.routers(), other.live.routers());
    }

    #[test]
    fn forgetting_everything_leaves_nothing(steps in proptest::collection::vec(step(), 1..12)) {
        let mut small = Small::new();
        steps.iter().for_each(|step| small.take(step));
        while !small.rows.is_empty() {
            small.take(&Step::Forget(0));
        }
        for id in small.said.keys().cloned().collect::<Vec<_>>() {
            small.live.unsay(&id);
        }
        prop_assert_eq!(small.live.components().count(), 0);
        prop_assert!(small.made.is_empty());
        prop_assert_eq!(small.live.routers(), &identity::Routers::default());
    }
}

/// An assertion about an address holds whichever owner's time it names.
#[test]
fn what_is_said_of_an_address_reaches_its_component() {
    let at = |mac: u8, first: u64, field: &str, value: &str| Interval {
        sighting: Sighting::new(NetworkId(0), Some(self::mac(mac)), Some(ip(0))).unwrap(),
        field: field.to_owned().into(),
        port: None,
        value: value.into(),
        first: Time::new(first, 0),
        last: Time::new(first + 10, 0),
        count: 1,
        frame: 1,
    };
    let mut named = at(2, 5, "dhcp.hostname", "one");
    named.sighting.ip = None;
    let heard =
        fold([at(0, 0, "arp.binding", "request"), at(1, 100, "arp.binding", "request"), named].iter());
    let later = Key::Ip { network: NetworkId(0), ip: ip(0), since: Time::new(10, 0) };
    let act = Act::Merge { a: later, b: Key::Hostname { name: "one".into() } };
    let said = [Assertion { time: Time(1), id: "m".into(), act }];
    let groups = resolve_all(&heard, &said, &Knowledge::default(), &Config::default());
    assert_eq!(groups.len(), 2);
    let joined = groups.iter().find(|group| group.macs.len() == 2).expect("the later owner has the name");
    assert!(joined.macs.iter().all(|seen| seen.mac != mac(0)));
    assert_eq!(in_force(&said).len(), 1);
}

/// The same id said later in other words takes the place of the earlier.
#[test]
fn what_is_said_again_otherwise_is_followed() {
    let mut small = Small::new();
    let one = |n: u8| Interval {
        sighting: Sighting::new(NetworkId(0), Some(mac(n)), None).unwrap(),
        field: "dhcp.hostname".into(),
        port: None,
        value: "one".into(),
        first: Time(1),
        last: Time(1),
        count: 1,
        frame: 1,
    };
    small.take(&Step::Heard(0, vec![one(0), one(1)]));
    let keys = [0, 1].map(|n| Key::of_mac(NetworkId(0), mac(n)).unwrap());
    let [a, b] = keys;
    let merge = Act::Merge { a: a.clone(), b: b.clone() };
    small.take(&Step::Say(Assertion { time: Time(1), id: "s".into(), act: merge }));
    assert_eq!(small.made.values().flatten().count(), 1);
    small.take(&Step::Say(Assertion { time: Time(2), id: "s".into(), act: Act::Never { a, b } }));
    assert_eq!(small.made.values().flatten().count(), 2);
    small.same_as_from_scratch().unwrap();
}
