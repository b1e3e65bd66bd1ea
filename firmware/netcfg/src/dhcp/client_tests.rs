//! The state machine over hours of made-up time, and fed with hostile bytes.

use super::super::options::tests::reply;
use super::*;
use proptest::prelude::*;
use smoltcp::wire::DhcpPacket;

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
const SERVER: [u8; 4] = [10, 0, 0, 1];
const ADDRESS: [u8; 4] = [10, 0, 0, 50];

/// A client with a clock, and all that it did.
struct Bench {
    client: Client,
    now: Duration,
    done: Vec<(Duration, Action)>,
}

impl Bench {
    fn new(remembered: Option<Lease>) -> Bench {
        let now = Duration::from_secs(1000);
        let who = Identity { mac: MAC, hostname: "hall-3".into() };
        Bench { client: Client::new(who, Timing::RFC, remembered, 42, now), now, done: Vec::new() }
    }

    fn note(&mut self, actions: Vec<Action>) -> Vec<Action> {
        self.done.extend(actions.iter().map(|action| (self.now, action.clone())));
        actions
    }

    /// Goes on to the next thing that the client does by itself.
    fn step(&mut self) -> Vec<Action> {
        loop {
            self.now = self.client.next().expect("it waits for something").max(self.now);
            let actions = self.client.poll(self.now);
            if !actions.is_empty() {
                return self.note(actions);
            }
        }
    }

    /// Goes on until a time from now has passed.
    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.client.next().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            let actions = self.client.poll(self.now);
            self.note(actions);
        }
        self.now = end;
    }

    /// Answers the last thing that was asked.
    fn answer(&mut self, kind: u8, seconds: u32) -> Vec<Action> {
        let options: &[(u8, &[u8])] = &[
            (53, &[kind]),
            (54, &SERVER),
            (51, &seconds.to_be_bytes()),
            (1, &[255, 255, 255, 0]),
            (3, &SERVER),
        ];
        self.answer_with(ADDRESS, options)
    }

    fn answer_with(&mut self, address: [u8; 4], options: &[(u8, &[u8])]) -> Vec<Action> {
        let actions = self.client.receive(&reply(self.client.xid, address, options), self.now);
        self.note(actions)
    }

    fn nak(&mut self) -> Vec<Action> {
        self.answer_with([0; 4], &[(53, &[6]), (54, &SERVER)])
    }

    /// To a lease of so many seconds.
    fn bound(seconds: u32) -> Bench {
        let mut bench = Bench::new(None);
        assert_eq!(sent(&bench.step()), [1]);
        assert_eq!(sent(&bench.answer(2, seconds)), [3]);
        bench.answer(5, seconds);
        bench.free();
        bench
    }

    /// Nobody answers the probes.
    fn free(&mut self) {
        assert_eq!(self.client.phase(), Phase::Probing);
        for _ in 0..3 {
            assert_eq!(self.step(), [Action::Arp(Arp::probe(Mac(MAC), ADDRESS.into()))]);
            assert_eq!(self.client.lease(), None, "it is not used before");
        }
        let last = self.step();
        assert!(matches!(&last[..], [Action::Arp(_), Action::Gained(_)]), "{last:?}");
    }
}

/// Kinds of the messages among these actions.
fn sent(actions: &[Action]) -> Vec<u8> {
    actions.iter().filter_map(|action| Some(option(message(action)?, 53)?[0])).collect()
}

fn message(action: &Action) -> Option<&[u8]> {
    match action {
        Action::Broadcast(bytes, _) | Action::Unicast(bytes, ..) => Some(bytes),
        _ => None,
    }
}

fn option(bytes: &[u8], code: u8) -> Option<Vec<u8>> {
    let packet = DhcpPacket::new_checked(bytes).unwrap();
    packet.options().find(|option| option.kind == code).map(|option| option.data.to_vec())
}

fn own(bytes: &[u8]) -> Ipv4Addr {
    DhcpPacket::new_checked(bytes).unwrap().client_ip()
}

#[test]
fn discover_offer_request_ack_probe_bound() {
    let mut bench = Bench::new(None);
    let discover = bench.step();
    assert!(matches!(&discover[..], [Action::Broadcast(_, from)] if from.is_unspecified()));
    let request = bench.answer(2, 3600);
    let bytes = message(&request[0]).unwrap();
    assert_eq!(option(bytes, 53), Some(vec![3]));
    assert_eq!(option(bytes, 50), Some(ADDRESS.to_vec()));
    assert_eq!(option(bytes, 54), Some(SERVER.to_vec()));
    assert!(own(bytes).is_unspecified(), "it is not used yet");
    let given = bench.now;
    bench.now += Duration::from_secs(3);
    assert_eq!(bench.answer(5, 3600), []);
    bench.free();
    assert_eq!(bench.client.phase(), Phase::Bound);
    assert_eq!(bench.client.ends(), Some(given + Duration::from_secs(3600)), "it counts from the request");
    assert_eq!(bench.client.next(), Some(given + Duration::from_secs(1800)));
}

#[test]
fn nobody_answers_and_it_asks_less_and_less() {
    let mut bench = Bench::new(None);
    bench.run(Duration::from_secs(3600));
    let at: Vec<Duration> = bench.done.iter().map(|(at, _)| *at).collect();
    let waits: Vec<Duration> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, full) in waits.iter().zip([4, 8, 16, 32, 64, 64, 64]) {
        let full = Duration::from_secs(full);
        assert!(wait.abs_diff(full) <= Duration::from_secs(1), "{wait:?} for {full:?}");
    }
    assert!((55..65).contains(&at.len()), "{} in an hour", at.len());
    assert!(bench.done.iter().all(|(_, action)| sent(std::slice::from_ref(action)) == [1]));
}

#[test]
fn an_offer_without_an_acknowledgement_is_given_up() {
    let mut bench = Bench::new(None);
    bench.step();
    assert_eq!(sent(&bench.answer(2, 3600)), [3]);
    for _ in 0..3 {
        assert_eq!(sent(&bench.step()), [3]);
    }
    assert_eq!(sent(&bench.step()), [1]);
    assert_eq!(bench.client.phase(), Phase::Selecting);
}

#[test]
fn renewing_by_unicast_then_rebinding_then_the_end() {
    let mut bench = Bench::bound(3600);
    let given = bench.client.given;
    let at = |bench: &Bench| (bench.now - given).as_secs();
    let renew = bench.step();
    assert!(
        matches!(&renew[0], Action::Unicast(_, from, to) if from.octets() == ADDRESS && to.octets() == SERVER)
    );
    let bytes = message(&renew[0]).unwrap();
    assert_eq!((own(bytes).octets(), option(bytes, 50), option(bytes, 54)), (ADDRESS, None, None));
    assert_eq!((at(&bench), bench.client.phase()), (1800, Phase::Renewing));
    // Halves of what is left until T2, at least a minute apart.
    let mut times = Vec::new();
    let rebind = loop {
        let actions = bench.step();
        if bench.client.phase() == Phase::Rebinding {
            break actions;
        }
        times.push(at(&bench));
    };
    assert_eq!(times, [2475, 2812, 2981, 3065, 3125]);
    assert_eq!(at(&bench), 3150);
    assert!(matches!(&rebind[0], Action::Broadcast(_, from) if from.octets() == ADDRESS));
    assert!(bench.client.lease().is_some());
    let end = loop {
        let actions = bench.step();
        if actions[0] == Action::Lost(Loss::Expired) {
            break actions;
        }
    };
    assert_eq!((at(&bench), sent(&end), bench.client.lease()), (3600, vec![1], None));
}

#[test]
fn an_acknowledgement_gives_more_time_without_another_probe() {
    let mut bench = Bench::bound(3600);
    bench.step();
    let now = bench.now;
    assert!(matches!(&bench.answer(5, 7200)[..], [Action::Renewed(lease)] if lease.seconds == 7200));
    assert_eq!(bench.client.ends(), Some(now + Duration::from_secs(7200)));
    assert_eq!(bench.client.phase(), Phase::Bound);
}

#[test]
fn a_refusal_takes_the_address_away_and_it_begins_anew_but_not_at_once() {
    let mut bench = Bench::bound(3600);
    bench.step();
    let actions = bench.nak();
    assert!(matches!(&actions[..], [Action::Refused(..), Action::Lost(Loss::Refused)]), "{actions:?}");
    assert_eq!((bench.client.phase(), bench.client.lease()), (Phase::Init, None));
    // Refusal after refusal: less and less often.
    let mut waits = Vec::new();
    for _ in 0..8 {
        let before = bench.now;
        assert_eq!(sent(&bench.step()), [1]);
        waits.push((bench.now - before).as_secs());
        bench.answer(2, 3600);
        bench.nak();
    }
    assert!(waits[0] <= 2 && waits[1] >= 3 && waits[7] >= 60, "{waits:?}");
}

#[test]
fn who_is_not_asked_cannot_refuse() {
    let mut bench = Bench::bound(3600);
    assert_eq!(bench.nak(), [], "nothing was asked");
    bench.step();
    assert_eq!(bench.answer_with([0; 4], &[(53, &[6]), (54, &[10, 0, 0, 66])]), [], "another server");
    assert_eq!(bench.client.phase(), Phase::Renewing);
    let foreign = reply(bench.client.xid ^ 1, ADDRESS, &[(53, &[6]), (54, &SERVER)]);
    assert_eq!(bench.client.receive(&foreign, bench.now), [], "another exchange");
}

#[test]
fn a_conflict_is_declined_and_another_address_asked_for_after_ten_seconds() {
    let mut bench = Bench::new(None);
    bench.step();
    bench.answer(2, 3600);
    bench.answer(5, 3600);
    bench.step();
    let theirs = Arp { request: false, mac: OTHER, sender: ADDRESS.into(), target: ADDRESS.into() };
    let actions = bench.client.arp(&theirs, bench.now);
    let bytes = message(&actions[0]).unwrap();
    assert_eq!(option(bytes, 53), Some(vec![4]));
    assert_eq!((option(bytes, 50), option(bytes, 54)), (Some(ADDRESS.to_vec()), Some(SERVER.to_vec())));
    assert!(own(bytes).is_unspecified());
    assert_eq!(actions[1], Action::Declined(ADDRESS.into(), OTHER));
    let before = bench.now;
    assert_eq!(sent(&bench.step()), [1]);
    assert!(bench.now - before >= Duration::from_secs(10));
}

#[test]
fn a_conflict_later_is_defended_once_and_lost_the_second_time() {
    let mut bench = Bench::bound(3600);
    let theirs = Arp { request: true, mac: OTHER, sender: ADDRESS.into(), target: SERVER.into() };
    let ours = Action::Arp(Arp::announcement(Mac(MAC), ADDRESS.into()));
    assert_eq!(bench.client.arp(&theirs, bench.now), [ours.clone(), Action::Defended(OTHER)]);
    bench.now += Duration::from_secs(11);
    assert_eq!(bench.client.arp(&theirs, bench.now), [ours, Action::Defended(OTHER)]);
    bench.now += Duration::from_secs(2);
    let actions = bench.client.arp(&theirs, bench.now);
    assert_eq!((sent(&actions), &actions[1]), (vec![4], &Action::Lost(Loss::Conflict(OTHER))));
    assert_eq!(bench.client.lease(), None);
}

#[test]
fn what_was_had_before_is_asked_for_first() {
    let before = Bench::bound(3600).client.lease().unwrap().clone();
    let mut bench = Bench::new(Some(before.clone()));
    assert_eq!(bench.client.lease(), None, "it is not used before a server says so");
    let request = bench.step();
    let bytes = message(&request[0]).unwrap();
    assert_eq!((option(bytes, 53), option(bytes, 50)), (Some(vec![3]), Some(ADDRESS.to_vec())));
    assert_eq!(option(bytes, 54), None, "any server may answer (RFC 2131 table 4)");
    bench.answer(5, 3600);
    bench.free();

    // A server of another network refuses; nobody answers.
    let mut refused = Bench::new(Some(before.clone()));
    refused.step();
    assert!(matches!(&refused.nak()[..], [Action::Refused(..)]));
    assert_eq!(sent(&refused.step()), [1]);
    let mut silent = Bench::new(Some(before));
    assert_eq!([sent(&silent.step()), sent(&silent.step()), sent(&silent.step())], [[3], [3], [1]]);
}

#[test]
fn a_cable_that_comes_back_keeps_the_address_until_somebody_refuses_it() {
    let mut bench = Bench::bound(3600);
    bench.client.link_up(bench.now);
    assert!(bench.client.lease().is_some());
    let ask = bench.step();
    assert!(matches!(&ask[..], [Action::Broadcast(_, from)] if from.octets() == ADDRESS));
    assert!(matches!(&bench.answer(5, 3600)[..], [Action::Renewed(_)]));
    bench.client.link_up(bench.now);
    bench.step();
    let actions = bench.answer_with([0; 4], &[(53, &[6]), (54, &[192, 168, 7, 1])]);
    assert!(matches!(&actions[..], [Action::Refused(..), Action::Lost(Loss::Refused)]), "{actions:?}");
}

#[test]
fn an_address_that_is_there_already_is_used_on_for_a_minute_at_most() {
    let before = Bench::bound(3600).client.lease().unwrap().clone();
    let resume = || {
        let mut bench = Bench::new(None);
        let who = Identity { mac: MAC, hostname: String::new() };
        bench.client = Client::resume(who, Timing::RFC, before.clone(), 7, bench.now);
        assert_eq!(bench.client.lease().unwrap().address.octets(), ADDRESS);
        let ask = bench.step();
        assert!(matches!(&ask[..], [Action::Broadcast(_, from)] if from.octets() == ADDRESS), "{ask:?}");
        bench
    };
    let mut confirmed = resume();
    assert!(matches!(&confirmed.answer(5, 3600)[..], [Action::Renewed(_)]));
    assert_eq!(confirmed.client.ends(), Some(confirmed.now + Duration::from_secs(3600)));
    let mut silent = resume();
    let start = silent.now;
    // Asked again after 4, 8, 16 s … in case the switch was not ready.
    assert_eq!(sent(&silent.step()), [3]);
    assert!((silent.now - start).abs_diff(Duration::from_secs(4)) <= Duration::from_secs(1));
    silent.run(Duration::from_secs(60));
    let lost = silent.done.iter().find(|(_, action)| *action == Action::Lost(Loss::Expired)).unwrap();
    assert_eq!(lost.0 - start, Duration::from_secs(60));
}

#[test]
fn release_gives_the_address_back_and_it_rests() {
    let mut bench = Bench::bound(3600);
    let actions = bench.client.release(bench.now);
    assert!(
        matches!(&actions[0], Action::Unicast(_, from, to) if from.octets() == ADDRESS && to.octets() == SERVER)
    );
    assert_eq!((sent(&actions), &actions[1]), (vec![7], &Action::Lost(Loss::Released)));
    assert_eq!((bench.client.phase(), bench.client.next()), (Phase::Stopped, None));
    assert_eq!(bench.client.release(bench.now), []);
    bench.client.link_up(bench.now);
    assert_eq!(bench.client.next(), None);
}

#[test]
fn a_lease_without_end_is_never_renewed() {
    let bench = Bench::bound(u32::MAX);
    assert_eq!((bench.client.next(), bench.client.ends()), (None, None));
}

#[test]
fn an_acknowledgement_of_another_address_is_none() {
    let mut bench = Bench::new(None);
    bench.step();
    bench.answer(2, 3600);
    let options: &[(u8, &[u8])] =
        &[(53, &[5]), (54, &SERVER), (51, &[0, 0, 14, 16]), (1, &[255, 255, 255, 0])];
    assert_eq!(bench.answer_with([10, 0, 0, 51], options), []);
    assert_eq!(bench.client.phase(), Phase::Requesting);
}

/// What a hostile network may do next.
#[derive(Clone, Debug)]
enum Event {
    Time(u16),
    /// A well-made answer: kind, address, lease seconds.
    Answer(u8, [u8; 4], u32),
    /// A well-made answer with some bytes changed.
    Damaged(u8, Vec<(u16, u8)>),
    Noise(Vec<u8>),
    Arp(bool, [u8; 4], [u8; 4]),
    LinkUp,
}

fn event() -> impl Strategy<Value = Event> {
    let kind = 1_u8..8;
    let address = prop_oneof![Just(ADDRESS), any::<[u8; 4]>()];
    let damage = proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6);
    prop_oneof![
        any::<u16>().prop_map(Event::Time),
        (kind.clone(), address.clone(), prop_oneof![0_u32..20, any::<u32>()])
            .prop_map(|(kind, address, seconds)| Event::Answer(kind, address, seconds)),
        (kind, damage).prop_map(|(kind, damage)| Event::Damaged(kind, damage)),
        proptest::collection::vec(any::<u8>(), 0..400).prop_map(Event::Noise),
        (any::<bool>(), address.clone(), address)
            .prop_map(|(request, from, to)| Event::Arp(request, from, to)),
        Just(Event::LinkUp),
    ]
}

proptest! {
    #[test]
    fn a_hostile_network_cannot_make_it_panic_or_hammer(
        seed in any::<u64>(),
        events in proptest::collection::vec(event(), 0..200),
    ) {
        let who = Identity { mac: MAC, hostname: "x".repeat(300) };
        let mut now = Duration::ZERO;
        let mut client = Client::new(who, Timing::RFC, None, seed, now);
        let (mut spoken, mut provoked) = (0_u64, 0_u64);
        for event in events {
            let options = |kind, seconds: u32| reply_options(kind, seconds);
            let mut actions = match event {
                Event::Time(millis) => {
                    now += Duration::from_millis(millis.into());
                    Vec::new()
                }
                Event::Answer(kind, address, seconds) => {
                    client.receive(&reply(client.xid, address, &as_slices(&options(kind, seconds))), now)
                }
                Event::Damaged(kind, damage) => {
                    let mut bytes = reply(client.xid, ADDRESS, &as_slices(&options(kind, 3600)));
                    for (at, value) in damage {
                        let len = bytes.len();
                        bytes[usize::from(at) % len] = value;
                    }
                    client.receive(&bytes, now)
                }
                Event::Noise(bytes) => client.receive(&bytes, now),
                Event::Arp(request, from, to) => {
                    client.arp(&Arp { request, mac: OTHER, sender: from.into(), target: to.into() }, now)
                }
                Event::LinkUp => {
                    client.link_up(now);
                    provoked += 1;
                    Vec::new()
                }
            };
            // All that is due, which must end.
            for turn in 0.. {
                prop_assert!(turn < 8, "it never rests at {now:?} in {:?}", client.phase());
                let more = client.poll(now);
                let due = client.next().is_some_and(|next| next <= now);
                actions.extend(more);
                if !due {
                    break;
                }
            }
            spoken += actions.iter().filter(|action| message(action).is_some() || matches!(action, Action::Arp(_))).count() as u64;
            if let Some(lease) = client.lease() {
                prop_assert!(lease.seconds >= Lease::SHORTEST && lease.routes.len() <= Lease::MOST_ROUTES);
                prop_assert!(client.ends().is_none_or(|end| end + Duration::from_secs(70) > now));
            }
        }
        // A handful at once when an exchange goes through, then at most two a second.
        let most = 16 + 2 * now.as_secs() + 2 * provoked;
        prop_assert!(spoken <= most, "{spoken} frames in {now:?}");
    }
}

fn reply_options(kind: u8, seconds: u32) -> Vec<(u8, Vec<u8>)> {
    vec![
        (53, vec![kind]),
        (54, SERVER.to_vec()),
        (51, seconds.to_be_bytes().to_vec()),
        (1, vec![255, 255, 255, 0]),
    ]
}

fn as_slices(options: &[(u8, Vec<u8>)]) -> Vec<(u8, &[u8])> {
    options.iter().map(|(code, value)| (*code, value.as_slice())).collect()
}
