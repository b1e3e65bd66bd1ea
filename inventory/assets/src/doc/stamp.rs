//! Times in documents: RFC 3339 in UTC with milliseconds.

use model::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, written `2026-11-17T13:58:04.201Z` (the sub-millisecond part is cut).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub Time);

impl Stamp {
    /// Reads the written form; `None` for anything else. Fractions of one to
    /// nine digits are taken, and `Z` only as the offset.
    pub fn parse(text: &str) -> Option<Stamp> {
        let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, day] = numbers(date, '-')?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [hour, minute, second] = numbers(clock, ':')?;
        let valid = (1970..=2554).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 61;
        if !valid
            || fraction.is_empty()
            || fraction.len() > 9
            || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
        // Days since the epoch, counting years from March (Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = if month <= 2 { year - 1 } else { year };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
        Some(Stamp(Time::new(days * 86_400 + hour * 3_600 + minute * 60 + second, nanos)))
    }
}

fn numbers(text: &str, mark: char) -> Option<[u64; 3]> {
    let mut parts = text.split(mark).map(|part| part.parse().ok());
    let out = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(out)
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
        let text = String::deserialize(from)?;
        Stamp::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a UTC time in RFC 3339")))
    }
}

impl JsonSchema for Stamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Stamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for millis in [0, 951_782_400_005, 1_795_183_083_999, 4_102_444_800_000, 1_709_164_800_000] {
            let time = Time(millis * 1_000_000);
            assert_eq!(Stamp::parse(&time.to_string()), Some(Stamp(time)), "{time}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_time() {
        for bad in [
            "",
            "2026-11-17",
            "2026-13-01T00:00:00Z",
            "2026-11-17T13:58:04+01:00",
            "1969-01-01T00:00:00Z",
            "2026-11-17T13:58:04.Z",
        ] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
    }
}
