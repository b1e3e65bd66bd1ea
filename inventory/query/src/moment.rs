//! Dates and durations as people type them.

use model::Time;

/// Reads `90s`, `30m`, `24h`, `7d`, `2w` as nanoseconds.
pub fn duration(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let seconds: u64 = match unit.to_ascii_lowercase() {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    number.checked_mul(seconds)?.checked_mul(Time::SECOND)
}

/// Reads `2026-11-01`, `2026-11-01T10:00`, `2026-11-01T10:00:05` (UTC, with or
/// without `Z`) as the span it names: its first nanosecond, and the first after it.
pub fn span(text: &str) -> Option<(Time, Time)> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let [year, month, day] = numbers(date, '-')?;
    let days = days(year, month, day)?;
    let (seconds, length) = match clock {
        None => (0, 86_400),
        Some(clock) => {
            let whole = clock.split('.').next().unwrap_or_default();
            let ([hour, minute, second], length) = match whole.matches(':').count() {
                1 => (numbers(&format!("{whole}:0"), ':')?, 60),
                _ => (numbers(whole, ':')?, 1),
            };
            if hour > 23 || minute > 59 || second > 60 {
                return None;
            }
            (hour * 3_600 + minute * 60 + second, length)
        }
    };
    let start = days * 86_400 + seconds;
    Some((Time::new(start, 0), Time::new(start + length, 0)))
}

fn numbers(text: &str, mark: char) -> Option<[u64; 3]> {
    let mut parts = text.split(mark).map(|part| part.parse::<u16>().ok().map(u64::from));
    let out = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(out)
}

/// Days since 1970, counting years from March (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let valid = (1970..=2500).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    valid.then(|| 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let hours = |n: u64| Some(n * 3_600 * Time::SECOND);
        assert_eq!((duration("24h"), duration("7d"), duration("2W")), (hours(24), hours(168), hours(336)));
        for bad in ["", "d", "7", "7y", "-7d", "99999999999999999999d", "300000000d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_spans() {
        let text = |(from, until): (Time, Time)| format!("{from} {until}");
        let day = span("2026-11-01").map(text);
        assert_eq!(day.as_deref(), Some("2026-11-01T00:00:00.000Z 2026-11-02T00:00:00.000Z"));
        let minute = span("2026-02-28T23:59Z").map(text);
        assert_eq!(minute.as_deref(), Some("2026-02-28T23:59:00.000Z 2026-03-01T00:00:00.000Z"));
        assert_eq!(span("2026-02-28T23:59:01.123Z").map(|s| s.1.since(s.0)), Some(Time::SECOND));
        for bad in ["2026", "2026-13-01", "2026-11-01T24:00", "11/01/2026", "1960-01-01"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
