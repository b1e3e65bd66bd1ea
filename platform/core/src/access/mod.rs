//! Users, sessions, API keys.

mod documents;
mod keys;
mod password;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use assets::doc::Stamp;
use model::Time;

use crate::error::{Error, Result};
use crate::limits::Limit;
use crate::parts::{digest, hex, random};
use crate::platform::{Inner, Platform};
use crate::registry::Tables;
use crate::views::{Role, Session, User};

pub(crate) use documents::{KeyDocument, SessionDocument, UserDocument};
use password::{Hashed, drawn, fit};

/// A session ends after so many seconds without use, and after so many in all.
const IDLE: u64 = 12 * 3_600;
const LIFE: u64 = 7 * 86_400;
/// Use of a session or key is written down after so many seconds.
const WRITE_EVERY: u64 = 300;
/// Sessions of one user; the oldest ends first.
const MOST_SESSIONS: usize = 32;

/// How often passwords may be tried.
pub(crate) struct Doors {
    pair: Limit,
    name: Limit,
    source: Limit,
    /// Each hash takes 19 MiB: one at a time.
    pub(super) hashing: Mutex<()>,
}

impl Default for Doors {
    fn default() -> Doors {
        Doors {
            pair: Limit::new(5, 300),
            name: Limit::new(50, 900),
            source: Limit::new(100, 900),
            hashing: Mutex::default(),
        }
    }
}

impl Doors {
    /// Counts a try before it is made, so that many at once are no way around.
    fn knock(&self, name: &str, source: &str, now: Time) -> Result<()> {
        let pair = format!("{source} {name}");
        let limits = [(&self.pair, pair.as_str()), (&self.name, name), (&self.source, source)];
        if let Some(wait) = limits.iter().filter_map(|(limit, key)| limit.wait(key, now)).max() {
            return Err(Error::TooOften(wait));
        }
        limits.iter().for_each(|(limit, key)| limit.count(key, now));
        Ok(())
    }
}

fn user<'t>(tables: &'t mut Tables, name: &str) -> Result<&'t mut UserDocument> {
    let found = tables.users.get_mut(name).map(Arc::make_mut);
    found.ok_or_else(|| Error::Missing { what: "user", id: name.into() })
}

impl Platform {
    /// Makes the first account when there is none, and gives its name and the
    /// password to print once; the password must be changed at the first sign-in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn first_account(&self) -> Result<Option<(String, String)>> {
        let inner = self.inner();
        if !inner.tables().users.is_empty() {
            return Ok(None);
        }
        let password = self.add_user("admin", Role::Admin)?;
        Ok(Some(("admin".into(), password)))
    }

    /// Signs in; `source` (an address) and the name are slowed down after wrong
    /// passwords. Gives the session's token for the cookie.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] (the same words for an unknown name), [`crate::Error::TooOften`].
    pub fn sign_in(&self, name: &str, password: &str, source: &str) -> Result<(String, Session)> {
        let inner = self.inner();
        let now = inner.clock.now();
        let name = name.trim().to_lowercase();
        if name.len() > 64 || password.len() > password::LONGEST {
            return Err(Error::Denied("wrong name or password".into()));
        }
        inner.doors.knock(&name, source, now)?;
        let known = inner.tables().users.get(&name).map(|user| user.password.clone());
        // An unknown name costs the same time.
        let hashed = known.clone().unwrap_or_else(|| Hashed::nobody(&name));
        let right = hashed.is(password, &inner.doors)?;
        if known.is_none() || !right {
            tracing::warn!(?name, ?source, "sign-in refused");
            return Err(Error::Denied("wrong name or password".into()));
        }
        inner.doors.pair.clear(&format!("{source} {name}"));
        let (token, form): ([u8; 32], [u8; 16]) = (random(&*inner.clock)?, random(&*inner.clock)?);
        let token = hex(&token);
        let document = SessionDocument { user: name.clone(), made: now, seen: now, form: hex(&form) };
        let session = inner.change(|tables| {
            let user = user(tables, &name)?;
            // Changed while this one was hashed.
            if Some(&user.password) != known.as_ref() {
                return Err(Error::Denied("wrong name or password".into()));
            }
            user.last = Some(now);
            let session = session_of(&name, user, &document);
            let mut others: Vec<(Time, String)> = tables
                .sessions
                .iter()
                .filter(|(_, session)| session.user == name)
                .map(|(id, session)| (session.seen, id.clone()))
                .collect();
            others.sort();
            let over = (others.len() + 1).saturating_sub(MOST_SESSIONS);
            for (_, id) in others.into_iter().take(over) {
                tables.sessions.remove(&id);
            }
            tables.sessions.insert(id_of(&token), Arc::new(document));
            Ok(session)
        })?;
        tracing::info!(?name, ?source, "signed in");
        Ok((token, session))
    }

    /// Opens a session of a user without their password: for the program that runs
    /// the platform for the one person before it (the demonstration, a capture in a
    /// browser). A password that nobody was given need not be changed. Gives the
    /// session's token.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn open_session(&self, name: &str) -> Result<String> {
        let inner = self.inner();
        let now = inner.clock.now();
        let (token, form): ([u8; 32], [u8; 16]) = (random(&*inner.clock)?, random(&*inner.clock)?);
        let token = hex(&token);
        let document = SessionDocument { user: name.into(), made: now, seen: now, form: hex(&form) };
        inner.change(|tables| {
            user(tables, name)?.must_change = false;
            tables.sessions.insert(id_of(&token), Arc::new(document));
            Ok(())
        })?;
        Ok(token)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_out(&self, token: &str) -> Result<()> {
        self.inner().change(|tables| {
            tables.sessions.remove(&id_of(token));
            Ok(())
        })
    }

    /// Who has this session's token; `None`: nobody, or it is over.
    ///
    /// # Errors
    /// When the store fails.
    pub fn session(&self, token: &str) -> Result<Option<Session>> {
        let inner = self.inner();
        let (tables, now, id) = (inner.tables(), inner.clock.now(), id_of(token));
        let Some(session) = tables.sessions.get(&id).filter(|session| session.lives(now)) else {
            return Ok(None);
        };
        let Some(user) = tables.users.get(&session.user) else { return Ok(None) };
        if now.since(session.seen) > WRITE_EVERY * Time::SECOND {
            inner.change(|tables| {
                if let Some(session) = tables.sessions.get_mut(&id) {
                    Arc::make_mut(session).seen = now;
                }
                Ok(())
            })?;
        }
        Ok(Some(session_of(&session.user, user, session)))
    }

    /// Changes the own password; other sessions of the user end.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when the old one is wrong; [`crate::Error::Invalid`] when the new one is shorter than 12 characters or the old one.
    pub fn change_password(&self, token: &str, old: &str, new: &str) -> Result<()> {
        let inner = self.inner();
        let (tables, now, id) = (inner.tables(), inner.clock.now(), id_of(token));
        let session = tables.sessions.get(&id).filter(|session| session.lives(now));
        let session = session.ok_or_else(|| Error::Denied("not signed in".into()))?;
        let name = session.user.clone();
        inner.doors.knock(&name, "own password", now)?;
        let kept = user(&mut Tables::clone(&tables), &name)?.password.clone();
        if old.len() > password::LONGEST || !kept.is(old, &inner.doors)? {
            return Err(Error::Denied("the old password is wrong".into()));
        }
        fit(&name, old, new)?;
        let hashed = Hashed::of(new, random(&*inner.clock)?, &inner.doors)?;
        inner.change(|tables| {
            let user = user(tables, &name)?;
            (user.password, user.must_change) = (hashed, false);
            tables.sessions.retain(|other, session| session.user != name || *other == id);
            Ok(())
        })?;
        inner.doors.pair.clear(&format!("own password {name}"));
        tracing::info!(?name, "password changed");
        Ok(())
    }

    /// Users by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn users(&self) -> Result<Vec<User>> {
        let tables = self.inner().tables();
        let view = |(name, user): (&String, &Arc<UserDocument>)| User {
            name: name.clone(),
            role: user.role,
            made: Stamp(user.made),
            last: user.last.map(Stamp),
            must_change: user.must_change,
        };
        Ok(tables.users.iter().map(view).collect())
    }

    /// Makes a user; gives the password to hand over, to be changed at the first sign-in.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the name is taken or of a wrong form.
    pub fn new_user(&self, name: &str, role: Role, by: &str) -> Result<String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
            return Err(Error::invalid("name", "a name has 1 to 64 of a-z, 0-9, '.', '_', '-', '@'"));
        }
        let password = self.add_user(name, role)?;
        tracing::info!(?name, ?role, ?by, "user made");
        Ok(password)
    }

    /// Gives a user another password, to be changed at the next sign-in; their
    /// sessions end. For who has forgotten theirs.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn reset_password(&self, name: &str, by: &str) -> Result<String> {
        let inner = self.inner();
        let password = drawn(&*inner.clock)?;
        let hashed = Hashed::of(&password, random(&*inner.clock)?, &inner.doors)?;
        inner.change(|tables| {
            let user = user(tables, name)?;
            (user.password, user.must_change) = (hashed, true);
            tables.sessions.retain(|_, session| session.user != name);
            Ok(())
        })?;
        tracing::info!(?name, ?by, "password reset");
        Ok(password)
    }

    /// Removes a user and ends their sessions.
    ///
    /// # Errors
    /// [`crate::Error::Missing`]; [`crate::Error::Invalid`] for the last admin.
    pub fn remove_user(&self, name: &str, by: &str) -> Result<()> {
        self.inner().change(|tables| {
            let admin = user(tables, name)?.role == Role::Admin;
            let admins: BTreeSet<&String> = tables
                .users
                .iter()
                .filter(|(_, user)| user.role == Role::Admin)
                .map(|(name, _)| name)
                .collect();
            if admin && admins.len() == 1 {
                return Err(Error::invalid("name", "this is the last admin: make another one first"));
            }
            tables.users.remove(name);
            tables.sessions.retain(|_, session| session.user != name);
            Ok(())
        })?;
        tracing::info!(?name, ?by, "user removed");
        Ok(())
    }

    fn add_user(&self, name: &str, role: Role) -> Result<String> {
        let inner = self.inner();
        let password = drawn(&*inner.clock)?;
        let hashed = Hashed::of(&password, random(&*inner.clock)?, &inner.doors)?;
        let made = inner.clock.now();
        inner.change(|tables| {
            if tables.users.contains_key(name) {
                return Err(Error::invalid("name", format!("there is a user {name:?} already")));
            }
            let user = UserDocument { role, password: hashed, made, last: None, must_change: true };
            tables.users.insert(name.into(), Arc::new(user));
            Ok(())
        })?;
        Ok(password)
    }
}

impl Inner {
    /// Ends sessions whose time is over.
    pub(crate) fn forget_sessions(&self) -> Result<()> {
        let now = self.clock.now();
        if self.tables().sessions.values().all(|session| session.lives(now)) {
            return Ok(());
        }
        self.change(|tables| {
            tables.sessions.retain(|_, session| session.lives(now));
            Ok(())
        })
    }
}

/// A session's id: the token itself is kept nowhere.
fn id_of(token: &str) -> String {
    hex(&digest(token.as_bytes()))
}

fn session_of(name: &str, user: &UserDocument, session: &SessionDocument) -> Session {
    Session {
        name: name.into(),
        role: user.role,
        form_token: session.form.clone(),
        must_change: user.must_change,
    }
}

#[cfg(test)]
mod tests;
