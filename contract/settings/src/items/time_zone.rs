//! Zone in which times are shown.

use alloc::format;
use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "time.zone",
    group: Group::Time,
    label: "TIME ZONE",
    help: "How far from UTC times are shown here: +02:00, -05:30, or UTC. The platform shows each user their own.",
    kind: Kind::Text(Wheel::Zone, 6),
    default: "UTC",
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    if typed.eq_ignore_ascii_case("utc") {
        return Ok("UTC".into());
    }
    let wrong = || Wrong::new("bad time zone", "Write +02:00, -05:30 or UTC.");
    let (sign, rest) = match typed.as_bytes() {
        [b'-', ..] => ('-', &typed[1..]),
        [b'+', ..] => ('+', &typed[1..]),
        _ => ('+', typed),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let hours = hours.parse::<u8>().ok().filter(|hours| *hours <= 14).ok_or_else(wrong)?;
    let minutes = minutes.parse::<u8>().ok().filter(|minutes| *minutes < 60).ok_or_else(wrong)?;
    Ok(format!("{sign}{hours:02}:{minutes:02}"))
}

/// Minutes east of UTC.
pub(crate) fn minutes(value: &str) -> i32 {
    let read = || {
        let (hours, minutes) = value.get(1..)?.split_once(':')?;
        Some(hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?)
    };
    let east = read().unwrap_or(0);
    if value.starts_with('-') { -east } else { east }
}
