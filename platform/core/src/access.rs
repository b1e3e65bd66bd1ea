//! Users, sessions, API keys.

use crate::error::{Result, absent};
use crate::platform::Platform;
use crate::views::{ApiKey, NewKey, Role, Session, User};

impl Platform {
    /// Makes the first account when there is none, and gives its name and the
    /// password to print once; the password must be changed at the first sign-in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn first_account(&self) -> Result<Option<(String, String)>> {
        absent()
    }

    /// Signs in; `source` (an address) and the name are slowed down after wrong
    /// passwords. Gives the session's token for the cookie.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] (the same words for an unknown name), [`crate::Error::TooOften`].
    pub fn sign_in(&self, name: &str, password: &str, source: &str) -> Result<(String, Session)> {
        let _ = (name, password, source);
        absent()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_out(&self, token: &str) -> Result<()> {
        let _ = token;
        absent()
    }

    /// Who has this session's token; `None`: nobody, or it is over.
    ///
    /// # Errors
    /// When the store fails.
    pub fn session(&self, token: &str) -> Result<Option<Session>> {
        let _ = token;
        absent()
    }

    /// Who has this API key.
    ///
    /// # Errors
    /// When the store fails.
    pub fn key_session(&self, secret: &str) -> Result<Option<Session>> {
        let _ = secret;
        absent()
    }

    /// Changes the own password; other sessions of the user end.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when the old one is wrong; [`crate::Error::Invalid`] when the new one is shorter than 12 characters or the old one.
    pub fn change_password(&self, token: &str, old: &str, new: &str) -> Result<()> {
        let _ = (token, old, new);
        absent()
    }

    /// Users by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn users(&self) -> Result<Vec<User>> {
        absent()
    }

    /// Makes a user; gives the password to hand over, to be changed at the first sign-in.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the name is taken or of a wrong form.
    pub fn new_user(&self, name: &str, role: Role, by: &str) -> Result<String> {
        let _ = (name, role, by);
        absent()
    }

    /// Removes a user and ends their sessions.
    ///
    /// # Errors
    /// [`crate::Error::Missing`]; [`crate::Error::Invalid`] for the last admin.
    pub fn remove_user(&self, name: &str, by: &str) -> Result<()> {
        let _ = (name, by);
        absent()
    }

    /// API keys by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        absent()
    }

    /// Makes an API key good for so many days, 0: for ever.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`].
    pub fn new_key(&self, name: &str, role: Role, days: u32, by: &str) -> Result<NewKey> {
        let _ = (name, role, days, by);
        absent()
    }

    /// Ends an API key, by prefix.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn revoke_key(&self, prefix: &str, by: &str) -> Result<()> {
        let _ = (prefix, by);
        absent()
    }
}
