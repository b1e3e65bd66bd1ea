//! Names of what can be observed: protocol and field.

use core::fmt;

/// Whether a field speaks of the host or of one service on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The host as a whole (a name, a model).
    Host,
    /// The one port it was heard on (a banner, a certificate): the interval
    /// then carries the server's port when the server sent it.
    Service,
}

/// One observable field, declared as a `static`/`const` by the dissector that emits it.
///
/// The written form is `protocol.name` (`dhcp.hostname`); rules and evidence
/// refer to it by that text, so a released name never changes its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Protocol, lower case (`dhcp`).
    pub proto: &'static str,
    /// Field, lower case with underscores (`hostname`).
    pub name: &'static str,
    /// The written form, `protocol.name`.
    pub key: &'static str,
    /// Host or service.
    pub scope: Scope,
    /// 32-bit FNV-1a of `key`: the field in fixed-size tables. A test over all
    /// dissectors keeps it free of collisions.
    pub id: u32,
}

impl Field {
    /// A field about the host, from its written form.
    ///
    /// # Panics
    /// At compile time, when `key` has no dot.
    pub const fn host(key: &'static str) -> Field {
        Field::new(key, Scope::Host)
    }

    /// A field about one service of the host, from its written form.
    ///
    /// # Panics
    /// At compile time, when `key` has no dot.
    pub const fn service(key: &'static str) -> Field {
        Field::new(key, Scope::Service)
    }

    const fn new(key: &'static str, scope: Scope) -> Field {
        let bytes = key.as_bytes();
        let mut hash = 0x811c_9dc5_u32;
        let mut dot = usize::MAX;
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'.' && dot == usize::MAX {
                dot = at;
            }
            hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
            at += 1;
        }
        assert!(dot != usize::MAX, "a field is written protocol.name");
        let (proto, rest) = key.split_at(dot);
        let (_, name) = rest.split_at(1);
        Field { proto, name, key, scope, id: hash }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.id == other.id
    }
}

impl Eq for Field {}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_the_written_form() {
        const HOSTNAME: Field = Field::host("dhcp.hostname");
        assert_eq!((HOSTNAME.proto, HOSTNAME.name), ("dhcp", "hostname"));
        assert_ne!(HOSTNAME, Field::service("dhcp.domain"));
    }
}
