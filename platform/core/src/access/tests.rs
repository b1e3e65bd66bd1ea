//! Signing in, slowing down, sessions, users, keys.

use super::*;
use crate::testing::Bench;

fn signed_in(bench: &Bench) -> (String, String) {
    let (name, password) = bench.platform.first_account().unwrap().unwrap();
    let (token, session) = bench.platform.sign_in(&name, &password, "a").unwrap();
    assert!(session.must_change && session.role == Role::Admin);
    (token, password)
}

#[test]
fn the_first_account_is_made_once_with_a_password_nobody_can_guess() {
    let mut bench = Bench::new();
    let (name, password) = bench.platform.first_account().unwrap().unwrap();
    assert_eq!((name.as_str(), password.len()), ("admin", 24));
    assert_eq!(bench.platform.first_account().unwrap(), None);
    bench.restart();
    assert_eq!(bench.platform.first_account().unwrap(), None);
    assert!(bench.platform.sign_in("Admin ", &password, "a").is_ok());
    let kept = store::Store::documents(&*bench.store, store::Kind::User).unwrap();
    assert!(!kept[0].json.contains(&password));
}

#[test]
fn the_same_words_for_a_wrong_name_and_a_wrong_password() {
    let bench = Bench::new();
    bench.platform.first_account().unwrap();
    let words = |name: &str| bench.platform.sign_in(name, "wrong", "a").unwrap_err().to_string();
    assert_eq!(words("admin"), words("nobody"));
}

#[test]
fn guessers_wait_and_others_do_not() {
    let bench = Bench::new();
    let (_, password) = bench.platform.first_account().unwrap().unwrap();
    for _ in 0..5 {
        assert!(matches!(bench.platform.sign_in("admin", "wrong", "a"), Err(Error::Denied(_))));
    }
    let refused = bench.platform.sign_in("admin", &password, "a");
    assert!(matches!(refused, Err(Error::TooOften(300))), "{refused:?}");
    assert!(bench.platform.sign_in("admin", &password, "b").is_ok());
    bench.clock.pass(300);
    for _ in 0..7 {
        assert!(bench.platform.sign_in("admin", &password, "a").is_ok(), "right ones are not slowed down");
    }
}

#[test]
fn a_session_ends_when_it_is_idle_old_or_signed_out() {
    let bench = Bench::new();
    let (token, password) = signed_in(&bench);
    let lives = |token: &str| bench.platform.session(token).unwrap().is_some();
    assert!(lives(&token) && !lives("nonsense"));
    for _ in 0..13 {
        bench.clock.pass(12 * 3_600 - 1);
        assert!(lives(&token), "in use");
    }
    bench.clock.pass(12 * 3_600);
    assert!(!lives(&token), "a week is over");
    let (token, _) = bench.platform.sign_in("admin", &password, "a").unwrap();
    bench.clock.pass(12 * 3_600);
    assert!(!lives(&token), "idle");
    bench.platform.tick().unwrap();
    assert_eq!(store::Store::documents(&*bench.store, store::Kind::Session).unwrap(), []);
    let (token, _) = bench.platform.sign_in("admin", &password, "a").unwrap();
    let kept = store::Store::documents(&*bench.store, store::Kind::Session).unwrap();
    assert!(!kept[0].id.contains(&token) && !kept[0].json.contains(&token));
    bench.platform.sign_out(&token).unwrap();
    assert!(!lives(&token));
}

#[test]
fn a_changed_password_ends_the_other_sessions() {
    let bench = Bench::new();
    let (token, password) = signed_in(&bench);
    let (other, _) = bench.platform.sign_in("admin", &password, "b").unwrap();
    let change = |old: &str, new: &str| bench.platform.change_password(&token, old, new);
    assert!(matches!(change("wrong", "a long new password"), Err(Error::Denied(_))));
    for bad in ["short", password.as_str(), "aaaaaaaaaaaaaaaa", "my admin password", &"x".repeat(2_000)] {
        assert!(matches!(change(&password, bad), Err(Error::Invalid { .. })), "{bad}");
        bench.clock.pass(300);
    }
    change(&password, "a long new password").unwrap();
    assert!(bench.platform.session(&other).unwrap().is_none());
    assert!(!bench.platform.session(&token).unwrap().unwrap().must_change);
    assert!(bench.platform.sign_in("admin", &password, "c").is_err());
    assert!(bench.platform.sign_in("admin", "a long new password", "c").is_ok());
}

#[test]
fn users_are_made_reset_and_removed_and_one_admin_stays() {
    let bench = Bench::new();
    signed_in(&bench);
    let password = bench.platform.new_user("bert@example.org", Role::Viewer, "admin").unwrap();
    for bad in ["bert@example.org", "", "Bert", "a b", &"x".repeat(65)] {
        assert!(bench.platform.new_user(bad, Role::Viewer, "admin").is_err(), "{bad}");
    }
    let (token, session) = bench.platform.sign_in("bert@example.org", &password, "a").unwrap();
    assert_eq!(session.role, Role::Viewer);
    let second = bench.platform.reset_password("bert@example.org", "admin").unwrap();
    assert!(bench.platform.session(&token).unwrap().is_none());
    let (token, _) = bench.platform.sign_in("bert@example.org", &second, "b").unwrap();
    assert!(bench.platform.remove_user("admin", "bert").is_err(), "the last admin");
    bench.platform.remove_user("bert@example.org", "admin").unwrap();
    assert!(bench.platform.session(&token).unwrap().is_none());
    assert!(matches!(bench.platform.remove_user("bert@example.org", "admin"), Err(Error::Missing { .. })));
    assert_eq!(bench.platform.users().unwrap().len(), 1);
}

#[test]
fn keys_are_shown_once_end_and_can_be_taken_back() {
    let mut bench = Bench::new();
    let made = bench.platform.new_key("export", Role::Viewer, 30, "admin").unwrap();
    let lasting = bench.platform.new_key("script", Role::Operator, 0, "admin").unwrap();
    assert!(bench.platform.new_key("export", Role::Viewer, 30, "admin").is_err());
    assert!(made.secret.starts_with("swk_") && made.secret.starts_with(&made.key.prefix));
    bench.restart();
    let session = |secret: &str| bench.platform.key_session(secret).unwrap();
    let shown = session(&made.secret).unwrap();
    assert_eq!((shown.name.as_str(), shown.role), ("key:export", Role::Viewer));
    for wrong in ["", "swk_", &made.key.prefix, &format!("{}_{}", made.key.prefix, "0".repeat(64))] {
        assert_eq!(session(wrong), None, "{wrong}");
    }
    let kept = store::Store::documents(&*bench.store, store::Kind::ApiKey).unwrap();
    assert!(kept.iter().all(|key| !key.json.contains(&made.secret)));
    assert!(bench.platform.keys().unwrap()[0].last.is_some());
    bench.clock.pass(30 * 86_400);
    assert_eq!(session(&made.secret), None, "over");
    bench.platform.revoke_key(&lasting.key.prefix, "admin").unwrap();
    assert_eq!(session(&lasting.secret), None);
    assert!(bench.platform.revoke_key(&lasting.key.prefix, "admin").is_err());
}
