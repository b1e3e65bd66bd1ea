//! The one way a moment is written in a signature: `2027-11-27T00:00:00Z`.

use model::Time;

/// Reads it: RFC 3339 in UTC, whole seconds, years 1970 to 2553.
pub fn read(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    if bytes.len() != 20 {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u64> {
        let digits = bytes.get(from..to)?;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let real = (1970..=2553).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !real {
        return None;
    }
    let years = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum::<u64>();
    let months = (1..month).map(|month| days_in(year, month)).sum::<u64>();
    let days = years + months + day - 1;
    Some(Time::new(days * 86_400 + hour * 3_600 + minute * 60 + second, 0))
}

/// Writes it; what is below a second falls away.
pub fn write(time: Time) -> String {
    let text = Time::new(time.seconds(), 0).to_string();
    text.replace(".000Z", "Z")
}

fn leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_that_are_none() {
        for text in [
            "",
            "2027-11-27",
            "2027-11-27T00:00:00",
            "2027-11-27T00:00:00+01",
            "2027-13-01T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2027-00-01T00:00:00Z",
            "2027-01-00T00:00:00Z",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z",
            "1969-12-31T00:00:00Z",
            "2027-01-01 00:00:00Z",
            "2027-01-01T0a:00:00Z",
            "ÿÿÿÿÿÿÿÿÿÿ",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(Time(0)));
    }

    proptest! {
        #[test]
        fn written_and_read_again(seconds in 0..18_429_000_000_u64) {
            prop_assert_eq!(read(&write(Time::new(seconds, 7))), Some(Time::new(seconds, 0)));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = read(&text);
        }
    }
}
