//! Roll-outs case by case, and any fleet that behaves in any way.

use model::ErrorCode;
use proptest::prelude::*;

use super::*;

const OLD: &str = "1.0.0";
const NEW: &str = "1.1.0";
const SOAK: u64 = 1_800;

fn at(seconds: u64) -> Time {
    Time::new(1_000_000 + seconds, 0)
}

fn fleet(count: usize) -> Vec<Seen> {
    let one = |n: usize| Seen {
        id: format!("id-{n:02}"),
        name: format!("sensor {n:02}"),
        board: "virtual".into(),
        version: OLD.into(),
        ..Seen::default()
    };
    (0..count).map(one).collect()
}

fn rollout() -> Rollout {
    Rollout { board: "virtual".into(), version: NEW.into(), soak: SOAK, ..Rollout::default() }
}

/// What goes wrong with a sensor.
type Breaks = fn(&mut Seen);

/// Runs it and is well.
fn updated(seen: &mut Seen) {
    seen.version = NEW.into();
    seen.update = UpdateState::Good { version: NEW.into() };
}

fn offered(rollout: &Rollout) -> Vec<&str> {
    rollout.members.keys().map(String::as_str).collect()
}

/// All members that are there take it; then so long passes.
fn take(rollout: &mut Rollout, fleet: &mut [Seen], now: &mut u64) {
    let takes = |seen: &&mut Seen| rollout.members.contains_key(&seen.id) && seen.silent == 0;
    fleet.iter_mut().filter(takes).for_each(updated);
    rollout.step(fleet, at(*now));
    *now += SOAK;
    rollout.step(fleet, at(*now));
}

#[test]
fn one_then_a_tenth_then_all() {
    let (mut fleet, mut rollout, mut now) = (fleet(25), rollout(), 0);
    rollout.step(&fleet, at(now));
    assert_eq!((rollout.stage, offered(&rollout)), (0, vec!["id-00"]));
    updated(&mut fleet[0]);
    rollout.step(&fleet, at(now));
    now += SOAK - 1;
    rollout.step(&fleet, at(now));
    assert_eq!(rollout.members.len(), 1, "it soaks");
    now += 1;
    rollout.step(&fleet, at(now));
    assert_eq!((rollout.stage, rollout.members.len()), (1, 3));
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!((rollout.stage, rollout.members.len()), (2, 25));
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!(rollout.phase, Phase::Done);
}

#[test]
fn those_that_are_named_come_first_even_when_away() {
    let (mut fleet, mut rollout, mut now) = (fleet(10), rollout(), 0);
    rollout.first = vec!["id-07".into(), "id-08".into()];
    fleet[7].silent = 9_999;
    rollout.step(&fleet, at(now));
    assert_eq!(offered(&rollout), ["id-07", "id-08"]);
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!(rollout.stage, 0, "one is away");
    fleet[7].silent = 0;
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!(rollout.stage, 2, "two of ten are more than a tenth");
}

#[test]
fn what_goes_wrong_stops_it_and_says_why() {
    let rolled_back = |seen: &mut Seen| {
        seen.update = UpdateState::RolledBack { version: NEW.into(), words: "no network".into() };
    };
    let refused = |seen: &mut Seen| {
        let words = "signed by nobody".to_string();
        seen.update = UpdateState::Refused { version: NEW.into(), code: ErrorCode::UpdateFailed, words };
    };
    let away = |seen: &mut Seen| {
        updated(seen);
        seen.silent = 1_000;
    };
    let unwell = |seen: &mut Seen| {
        updated(seen);
        seen.codes = vec![18];
    };
    let stuck = |seen: &mut Seen| seen.update = UpdateState::Trial { version: NEW.into() };
    let cases: [(Breaks, u64, &str); 5] = [
        (rolled_back, 0, "sensor 00 went back to the version before: no network"),
        (refused, 0, "sensor 00 refused it: signed by nobody"),
        (away, PATIENCE, "sensor 00 went away after it"),
        (unwell, PATIENCE, "sensor 00 tells of E18 since"),
        (stuck, TRIAL, "sensor 00 installed it and is not back after 30 min"),
    ];
    for (breaks, patience, words) in cases {
        let (mut fleet, mut rollout) = (fleet(5), rollout());
        rollout.step(&fleet, at(0));
        breaks(&mut fleet[0]);
        rollout.step(&fleet, at(10));
        if patience > 0 {
            rollout.step(&fleet, at(10 + patience - 1));
            assert_eq!(rollout.phase, Phase::Running, "{words}");
            rollout.step(&fleet, at(10 + patience));
        }
        assert_eq!(rollout.phase, Phase::Stopped(words.into()));
        assert!(!rollout.offers("id-00", &UpdateState::None));
        // Nothing more happens by itself; told to, it goes on without that one.
        updated(&mut fleet[0]);
        rollout.step(&fleet, at(100_000));
        assert_eq!(rollout.members.len(), 1);
        rollout.resume(&fleet);
        rollout.step(&fleet, at(100_000));
        assert_eq!((&rollout.phase, offered(&rollout)), (&Phase::Running, vec!["id-00", "id-01"]));
        assert!(rollout.offers("id-01", &UpdateState::None) && !rollout.offers("id-00", &UpdateState::None));
    }
}

#[test]
fn short_trouble_only_begins_the_soak_again() {
    let (mut fleet, mut rollout) = (fleet(5), rollout());
    rollout.step(&fleet, at(0));
    updated(&mut fleet[0]);
    rollout.step(&fleet, at(10));
    fleet[0].silent = 100;
    rollout.step(&fleet, at(SOAK));
    fleet[0].silent = 0;
    rollout.step(&fleet, at(SOAK + 100));
    rollout.step(&fleet, at(2 * SOAK));
    assert_eq!(rollout.members.len(), 1);
    rollout.step(&fleet, at(2 * SOAK + 100));
    assert_eq!(rollout.members.len(), 2);
}

/// What was wrong before the update does not count against it.
#[test]
fn old_trouble_is_not_the_updates() {
    let (mut fleet, mut rollout) = (fleet(1), rollout());
    fleet[0].codes = vec![17];
    fleet[0].update = UpdateState::RolledBack { version: NEW.into(), words: "power".into() };
    rollout.step(&fleet, at(0));
    assert!(rollout.members.is_empty(), "it failed there before and nobody named it");
    rollout.first = vec!["id-00".into()];
    rollout.step(&fleet, at(0));
    assert_eq!((&rollout.phase, rollout.members.len()), (&Phase::Running, 1));
    assert!(rollout.offers("id-00", &fleet[0].update));
    updated(&mut fleet[0]);
    let mut now = 0;
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!(rollout.phase, Phase::Done);
}

#[test]
fn other_boards_newer_ones_and_removed_ones_are_left_alone() {
    let (mut fleet, mut rollout, mut now) = (fleet(4), rollout(), 0);
    fleet[0].board = "other".into();
    fleet[1].version = "1.2.0".into();
    fleet[2].version = "home-made".into();
    rollout.step(&fleet, at(now));
    assert_eq!(offered(&rollout), ["id-03"]);
    fleet.remove(3);
    rollout.step(&fleet, at(now));
    assert!(rollout.members.is_empty() && rollout.phase == Phase::Running);
    fleet[2].version = OLD.into();
    take(&mut rollout, &mut fleet, &mut now);
    take(&mut rollout, &mut fleet, &mut now);
    assert_eq!((&rollout.phase, offered(&rollout)), (&Phase::Done, vec!["id-02"]));
}

#[test]
fn in_the_end_nobody_waits_for_who_is_away_and_they_get_it_later() {
    let (mut fleet, mut rollout, mut now) = (fleet(4), rollout(), 0);
    fleet[3].silent = 100_000;
    rollout.step(&fleet, at(now));
    for _ in 0..3 {
        let mut there = fleet[..3].to_vec();
        there.iter_mut().filter(|seen| rollout.members.contains_key(&seen.id)).for_each(updated);
        fleet[..3].clone_from_slice(&there);
        rollout.step(&fleet, at(now));
        now += SOAK;
        rollout.step(&fleet, at(now));
    }
    assert_eq!(rollout.phase, Phase::Done);
    assert!(rollout.offers("id-03", &UpdateState::None));
    let failed = UpdateState::RolledBack { version: NEW.into(), words: "x".into() };
    assert!(!rollout.offers("id-03", &failed), "once is enough");
}

/// What happens to a sensor between two looks.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Fetches,
    Installs,
    Tries,
    Works,
    RollsBack,
    Refuses,
    GoesAway,
    ComesBack,
    Ails,
    Recovers,
    IsRemoved,
}

fn happens() -> impl Strategy<Value = Happens> {
    use Happens::*;
    prop_oneof![
        4 => Just(Fetches), 4 => Just(Installs), 4 => Just(Tries), 20 => Just(Works), 1 => Just(RollsBack),
        1 => Just(Refuses), 2 => Just(GoesAway), 6 => Just(ComesBack), 1 => Just(Ails), 4 => Just(Recovers),
        1 => Just(IsRemoved)
    ]
}

fn apply(rollout: &Rollout, fleet: &mut Vec<Seen>, which: usize, what: Happens) {
    if fleet.is_empty() {
        return;
    }
    let at = which % fleet.len();
    let seen = &mut fleet[at];
    let (version, words) = (NEW.to_string(), "why".to_string());
    let may = rollout.offers(&seen.id, &seen.update);
    match what {
        Happens::Fetches if may => seen.update = UpdateState::Fetching { version, done: 1, size: 2 },
        Happens::Installs if may => seen.update = UpdateState::Installed { version },
        Happens::Tries if may => seen.update = UpdateState::Trial { version },
        Happens::Works if may => updated(seen),
        Happens::RollsBack if may => seen.update = UpdateState::RolledBack { version, words },
        Happens::Refuses if may => {
            seen.update = UpdateState::Refused { version, code: ErrorCode::UpdateFailed, words };
        }
        Happens::GoesAway => seen.silent = AWAY,
        Happens::ComesBack => seen.silent = 0,
        Happens::Ails => seen.codes = vec![18],
        Happens::Recovers => seen.codes.clear(),
        Happens::IsRemoved => drop(fleet.remove(at)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn any_fleet(
        boards in prop::collection::vec((0..5u8, 0..4u8), 1..40),
        first in prop::collection::vec(0..40usize, 0..3),
        story in prop::collection::vec((any::<usize>(), happens(), 1..900u64), 0..300),
        turns in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut fleet = fleet(boards.len());
        for (seen, (board, version)) in fleet.iter_mut().zip(&boards) {
            if *board == 0 { seen.board = "other".into(); }
            if *version == 0 { seen.version = NEW.into(); }
        }
        let able: Vec<String> = fleet.iter()
            .filter(|seen| seen.board == "virtual" && seen.version == OLD)
            .map(|seen| seen.id.clone()).collect();
        let mut rollout = rollout();
        rollout.first = first.iter().filter_map(|at| able.get(*at).cloned()).collect();
        let mut now = 0;
        rollout.step(&fleet, at(now));
        for (step, (which, what, passes)) in story.into_iter().enumerate() {
            apply(&rollout, &mut fleet, which, what);
            now += passes;
            let before = rollout.clone();
            // The order of sensors says nothing; neither does a restart in between.
            let mut turned = fleet.clone();
            if let Some(turn) = turns.get(step % turns.len().max(1)).filter(|_| !turned.is_empty()) {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            let mut again: Rollout = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
            again.step(&turned, at(now));
            rollout.step(&fleet, at(now));
            prop_assert_eq!(&again, &rollout);

            let new: Vec<&String> =
                rollout.members.keys().filter(|id| !before.members.contains_key(*id)).collect();
            let failed = rollout.members.values().filter(|member| member.failed.is_some()).count();
            for id in &new {
                prop_assert!(able.contains(id), "only of this board and older");
            }
            if matches!(before.phase, Phase::Stopped(_) | Phase::Done) {
                prop_assert_eq!(&before, &rollout, "nothing goes on by itself");
            }
            if let Phase::Stopped(words) = &rollout.phase {
                prop_assert!(failed > 0 && words.contains("sensor"), "{}", words);
                prop_assert!(new.is_empty());
            }
            prop_assert!(rollout.stage >= before.stage && rollout.stage <= LAST);
            if rollout.stage > before.stage {
                // Everybody of the stages before runs it and was well all the time.
                for (id, member) in before.members.iter().filter(|(_, member)| member.failed.is_none()) {
                    let Some(seen) = fleet.iter().find(|seen| seen.id == *id) else { continue };
                    prop_assert!(seen.version == NEW && seen.silent < AWAY, "{}", id);
                    prop_assert!(member.good.is_some_and(|good| at(now).since(good) >= SOAK * Time::SECOND));
                }
            }
            if rollout.stage == 0 && rollout.first.is_empty() {
                prop_assert!(rollout.members.len() - failed <= 1);
            }
            if rollout.stage == 1 && rollout.first.is_empty() {
                prop_assert!(rollout.members.len() - failed <= (boards.len()).div_ceil(10).max(2));
            }
            if matches!(rollout.phase, Phase::Stopped(_)) && step % 3 == 0 {
                rollout.resume(&fleet);
            }
        }
    }
}
