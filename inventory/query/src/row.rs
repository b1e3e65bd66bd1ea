//! What is asked: anything that has values in columns.

use std::borrow::Cow;
use std::net::IpAddr;

use model::Time;

use crate::Column;

/// One value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Of the kinds text, word and MAC (lower case with colons).
    Text(&'a str),
    /// Of the kind IP.
    Address(IpAddr),
    /// Of the kind number.
    Number(f64),
    /// Of the kinds time and age (then the time it is counted from).
    Time(Time),
}

impl Value<'_> {
    /// True for an empty text.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Value::Text(""))
    }
}

/// Something that queries can be asked of.
pub trait Row {
    /// Gives the values of a column one after the other until one is taken
    /// (`true`); says whether one was.
    fn any(&self, column: Column, take: &mut dyn FnMut(Value<'_>) -> bool) -> bool;

    /// Everything of it that words are looked for in, in lower case.
    fn text(&self) -> Cow<'_, str>;
}
