//! What a setting is: its words, its characters, its rules.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use crate::address::Prefixed;
use crate::set::Settings;

/// Longest label, and longest first line of a fault: one line of a 2x16 panel.
pub const LINE: usize = 16;

/// One setting. A new one is a file under `items/` and a line in its list.
pub struct Item {
    /// Stable id (`network.address`): files, scripts and the protocol use it.
    pub id: &'static str,
    /// Where it is asked.
    pub group: Group,
    /// What the panel shows; at most 16 characters.
    pub label: &'static str,
    /// What `?` explains; one or two sentences.
    pub help: &'static str,
    /// What it is made of.
    pub kind: Kind,
    /// Never shown again once it is set.
    pub secret: bool,
    /// Asked on the front panel too; what is not can be set on the console.
    pub panel: bool,
    /// Canonical text when nothing is set; empty: none.
    pub default: &'static str,
    /// Reads what was typed (trimmed, not empty) into canonical text.
    pub parse: fn(&str) -> Result<String, Wrong>,
    /// Asked at all, given the other settings.
    pub applies: fn(&Settings) -> bool,
    /// Fits the other settings. Gets the canonical text, empty when nothing is set.
    pub check: fn(&str, &Settings) -> Result<(), Wrong>,
    /// What a face starts with when nothing is set; empty: nothing.
    pub suggest: fn(&Settings, &Hints) -> String,
}

impl Item {
    /// Reads what was typed; blank clears the setting.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn read(&self, typed: &str) -> Result<String, Wrong> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(String::new());
        }
        if let Kind::Choice(choices) = self.kind {
            return Choice::read(choices, typed);
        }
        if let Some(strange) = typed.chars().find(|c| !self.kind.takes(*c)) {
            let words = alloc::format!("{strange:?} cannot stand here; allowed: {}", self.kind);
            return Err(Wrong::new("bad character", words));
        }
        (self.parse)(typed)
    }

    /// The value as people read it: a choice by its label, a secret as `(set)`.
    pub fn show(&self, value: &str) -> String {
        match self.kind {
            _ if value.is_empty() => "(none)".into(),
            _ if self.secret => "(set)".into(),
            Kind::Choice(choices) => choices
                .iter()
                .find(|choice| choice.value == value)
                .map_or(value, |choice| choice.label)
                .into(),
            _ => value.into(),
        }
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({})", self.id)
    }
}

/// Where settings are asked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Management network.
    Network,
    /// Proxy.
    Proxy,
    /// Time.
    Time,
    /// Platform and registration.
    Platform,
    /// What each port is for.
    Ports,
    /// Who may use panel and console.
    Access,
}

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these.
    Choice(&'static [Choice]),
    /// Text of the wheel's characters, at most so many.
    Text(Wheel, usize),
}

impl Kind {
    /// Characters that may be typed.
    pub fn takes(&self, c: char) -> bool {
        match self {
            Kind::Choice(_) => true,
            Kind::Text(wheel, _) => wheel.takes(c),
        }
    }
}

/// The characters in words, for an error: `0-9 . /`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Choice(choices) => {
                for (at, choice) in choices.iter().enumerate() {
                    write!(f, "{}{}", if at == 0 { "" } else { ", " }, choice.value)?;
                }
                Ok(())
            }
            Kind::Text(wheel, _) => f.write_str(wheel.words()),
        }
    }
}

/// One value of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Canonical text.
    pub value: &'static str,
    /// What people see; at most 16 characters.
    pub label: &'static str,
}

impl Choice {
    /// The value or label typed, in any case.
    fn read(choices: &[Choice], typed: &str) -> Result<String, Wrong> {
        let same = |choice: &&Choice| {
            choice.value.eq_ignore_ascii_case(typed) || choice.label.eq_ignore_ascii_case(typed)
        };
        let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
        choices.iter().find(same).map(|choice| choice.value.into()).ok_or_else(|| {
            Wrong::new("no such choice", alloc::format!("Write one of: {}.", values.join(", ")))
        })
    }
}

/// The characters that a wheel on the panel turns through, likely ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wheel {
    /// `0-9`.
    Digits,
    /// An IPv4 address, perhaps with a prefix length.
    Ip,
    /// An IPv6 address, perhaps with a prefix length.
    Ipv6,
    /// An IPv4 address of a server; a keyboard may write IPv6.
    Dns,
    /// A host name.
    Name,
    /// A host name or, likelier, an IP address.
    Host,
    /// An offset from UTC.
    Zone,
    /// An address with a port (`name:443`).
    Address,
    /// Lists of such, with spaces and commas.
    List,
    /// Printable ASCII.
    Printable,
    /// A certificate in PEM: several lines.
    Certificate,
    /// A personalization code: 16 digits, dashes are shown between them.
    Code,
}

impl Wheel {
    /// In the order in which the wheel turns.
    pub const fn characters(self) -> &'static str {
        match self {
            Wheel::Digits | Wheel::Code => "0123456789",
            Wheel::Ip => "0123456789./",
            Wheel::Ipv6 => "0123456789abcdef:/",
            Wheel::Dns => "0123456789.",
            Wheel::Host => "0123456789.abcdefghijklmnopqrstuvwxyz-",
            Wheel::Zone => "0123456789:+-",
            Wheel::Name => "abcdefghijklmnopqrstuvwxyz0123456789.-",
            Wheel::Address => "abcdefghijklmnopqrstuvwxyz0123456789.-:",
            Wheel::List => "abcdefghijklmnopqrstuvwxyz0123456789.-:/*= ,",
            Wheel::Printable | Wheel::Certificate => {
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
                 .-_@!#$%&'()*+,/:;<=>?[\\]^`{|}~\" "
            }
        }
    }

    /// Typed on a keyboard, more is taken: capitals, a mask's space, brackets.
    fn takes(self, c: char) -> bool {
        let more = match self {
            Wheel::Digits => "",
            Wheel::Ip => " ",
            Wheel::Ipv6 => "ABCDEF",
            Wheel::Code => "- ",
            Wheel::Dns => "abcdefABCDEF:",
            Wheel::Host => "_:[]",
            Wheel::Zone => "UTCutc",
            Wheel::Name => "_",
            Wheel::Address => "_/[]",
            Wheel::List => "_;+",
            Wheel::Printable => "",
            Wheel::Certificate => "\r\n",
        };
        let folds = matches!(self, Wheel::Name | Wheel::Host | Wheel::Address | Wheel::List);
        let c = if folds { c.to_ascii_lowercase() } else { c };
        self.characters().contains(c) || more.contains(c)
    }

    const fn words(self) -> &'static str {
        match self {
            Wheel::Digits => "0-9",
            Wheel::Ip => "0-9 . /",
            Wheel::Ipv6 => "0-9 a-f : /",
            Wheel::Code => "0-9 and dashes",
            Wheel::Dns => "an IPv4 or IPv6 address",
            Wheel::Zone => "+02:00 or UTC",
            Wheel::Host => "letters, digits, dots, dashes",
            Wheel::Name => "letters, digits, dots, dashes",
            Wheel::Address => "letters, digits, dots, dashes, a colon",
            Wheel::List => "letters, digits, dots, dashes, commas",
            Wheel::Printable => "printable ASCII",
            Wheel::Certificate => "the lines of a PEM certificate",
        }
    }
}

/// What is wrong with a value, in the shape of the error table: a line and a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// At most 16 characters: `not on link`.
    pub words: &'static str,
    /// What to write instead; a sentence.
    pub remedy: String,
}

impl Wrong {
    /// Of words and a remedy.
    pub fn new(words: &'static str, remedy: impl Into<String>) -> Wrong {
        Wrong { words, remedy: remedy.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.words, self.remedy)
    }
}

impl core::error::Error for Wrong {}

/// What the network says of itself just now: faces start from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Address held, from DHCP or otherwise.
    pub address: Option<Prefixed>,
    /// Gateway in use.
    pub gateway: Option<Ipv4Addr>,
    /// DNS servers in use.
    pub dns: Vec<IpAddr>,
    /// Search domain in use.
    pub search: String,
}

/// What most settings are: never secret, on the panel too, without a default, taken as
/// typed, always asked, fitting anything, begun with nothing. An item says what is otherwise.
pub(crate) const PLAIN: Item = Item {
    id: "",
    group: Group::Network,
    label: "",
    help: "",
    kind: Kind::Choice(&[]),
    secret: false,
    panel: true,
    default: "",
    parse: |typed| Ok(typed.into()),
    applies: |_| true,
    check: |_, _| Ok(()),
    suggest: |_, _| String::new(),
};

/// A number within bounds, without leading zeros.
pub(crate) fn number(typed: &str, least: u32, most: u32, what: &str) -> Result<String, Wrong> {
    let number = typed.trim().parse::<u32>().ok().filter(|number| (least..=most).contains(number));
    number
        .map(|number| alloc::format!("{number}"))
        .ok_or_else(|| Wrong::new("out of range", alloc::format!("{what} is {least} to {most}.")))
}
