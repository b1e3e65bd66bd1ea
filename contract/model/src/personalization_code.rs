//! The code that registers one sensor: `dddd-dddd-dddd-dddd`.

use core::fmt;
use core::str::FromStr;

/// 16 decimal digits: 6 that name the pending registration, 8 secret ones, 2
/// check digits (ISO/IEC 7064 MOD 97-10 over the first 14), so that a typing
/// error is found before any network use (`setup.md` §4).
///
/// The secret part is never printed by `Debug`; only [`fmt::Display`] writes the
/// whole code, for the one time it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonalizationCode {
    id: u32,
    secret: u32,
}

/// One more than the largest id.
pub const CODE_IDS: u32 = 1_000_000;
/// One more than the largest secret.
pub const CODE_SECRETS: u32 = 100_000_000;

/// The text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotACode {
    /// Not 16 digits; dashes and spaces between them are allowed.
    Length(usize),
    /// Something else than digits, dashes and spaces.
    Character(char),
    /// The check digits do not fit: a digit is wrong, or two are swapped.
    Check,
}

impl fmt::Display for NotACode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotACode::Length(digits) => write!(f, "a code has 16 digits, this has {digits}"),
            NotACode::Character(c) => write!(f, "a code has digits only, not {c:?}"),
            NotACode::Check => f.write_str("a digit is wrong or two are swapped: compare with the platform"),
        }
    }
}

impl core::error::Error for NotACode {}

impl PersonalizationCode {
    /// A code from random numbers; both are taken modulo their range.
    pub const fn new(id: u32, secret: u32) -> PersonalizationCode {
        PersonalizationCode { id: id % CODE_IDS, secret: secret % CODE_SECRETS }
    }

    /// The part that names the pending registration, below [`CODE_IDS`]. Not secret.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The secret part, below [`CODE_SECRETS`].
    pub const fn secret(&self) -> u32 {
        self.secret
    }

    const fn body(&self) -> u64 {
        self.id as u64 * CODE_SECRETS as u64 + self.secret as u64
    }

    /// The check digits: what makes the whole number 1 modulo 97.
    const fn check(&self) -> u64 {
        98 - self.body() * 100 % 97
    }
}

impl fmt::Display for PersonalizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.body() * 100 + self.check();
        let group = |shift: u64| number / shift % 10_000;
        write!(
            f,
            "{:04}-{:04}-{:04}-{:04}",
            group(1_000_000_000_000),
            group(100_000_000),
            group(10_000),
            group(1)
        )
    }
}

impl fmt::Debug for PersonalizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalizationCode({:06}, …)", self.id)
    }
}

impl FromStr for PersonalizationCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<PersonalizationCode, NotACode> {
        let (mut number, mut digits) = (0u64, 0usize);
        for c in text.trim().chars().filter(|c| !matches!(c, '-' | ' ')) {
            let digit = c.to_digit(10).ok_or(NotACode::Character(c))?;
            digits += 1;
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        }
        if digits != 16 {
            return Err(NotACode::Length(digits));
        }
        let body = number / 100;
        let code = PersonalizationCode {
            id: (body / u64::from(CODE_SECRETS)) as u32,
            secret: (body % u64::from(CODE_SECRETS)) as u32,
        };
        if code.check() == number % 100 { Ok(code) } else { Err(NotACode::Check) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    #[test]
    fn round_trip() {
        for (id, secret) in [(0, 0), (1, 2), (999_999, 99_999_999), (123_456, 7)] {
            let code = PersonalizationCode::new(id, secret);
            let text = code.to_string();
            assert_eq!(text.len(), 19);
            assert_eq!(text.parse(), Ok(code));
            assert_eq!(text.replace('-', "").parse(), Ok(code));
            let number: u64 = text.replace('-', "").parse().unwrap();
            assert_eq!(number % 97, 1, "ISO/IEC 7064 MOD 97-10");
        }
    }

    #[test]
    fn every_single_wrong_digit_and_every_swap_is_found() {
        let good: String = PersonalizationCode::new(483_920, 10_293_847).to_string().replace('-', "");
        let digits: alloc::vec::Vec<char> = good.chars().collect();
        for at in 0..16 {
            for digit in '0'..='9' {
                let mut typed = digits.clone();
                typed[at] = digit;
                let text: String = typed.iter().collect();
                assert_eq!(text.parse::<PersonalizationCode>().is_ok(), text == good);
            }
            if at < 15 && digits[at] != digits[at + 1] {
                let mut typed = digits.clone();
                typed.swap(at, at + 1);
                let text: String = typed.iter().collect();
                assert_eq!(text.parse::<PersonalizationCode>(), Err(NotACode::Check));
            }
        }
    }

    #[test]
    fn says_what_is_wrong_and_hides_the_secret() {
        assert_eq!("1234".parse::<PersonalizationCode>(), Err(NotACode::Length(4)));
        assert_eq!("12x4".parse::<PersonalizationCode>(), Err(NotACode::Character('x')));
        let shown = alloc::format!("{:?}", PersonalizationCode::new(7, 12_345_678));
        assert!(!shown.contains("12345678"));
    }
}
