//! A value under the fingers: the wheel, and addresses number by number.
//!
//! A value that is known is offered as a whole: Enter takes it, any arrow goes into it. Up and
//! Down turn what is under the cursor, Right moves on, Left back, both around the ends. With
//! six keys Enter takes the value and Esc leaves it. With four, Enter moves on and takes it at
//! the end, Esc moves back and leaves it at the start. An address goes number by number: a held
//! key turns by tens after a while. `←` on the wheel removes its place; `0.0.0.0` is none.

use settings::{Item, Kind, Wheel};

use super::repeat::Stroke;
use super::view::View;
use crate::displays::Key;

/// On the wheel: this place is removed when the cursor moves away.
const REMOVE: char = '←';

/// What came of a stroke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Open,
    /// This value, please.
    Taken(String),
    /// Left; nothing changed.
    Left,
}

/// A value being entered.
#[derive(Clone, Debug)]
pub struct Field {
    label: String,
    secret: bool,
    value: Value,
    /// Place under the cursor; `None`: the whole is offered.
    at: Option<usize>,
    /// Started as none.
    none: bool,
}

#[derive(Clone, Debug)]
enum Value {
    /// Numbers with their most, the last perhaps the length of a prefix.
    Numbers(Vec<Number>),
    /// Characters of a wheel, at most so many.
    Text { places: Vec<char>, wheel: Vec<char>, most: usize },
    /// So many digits, all of them wanted.
    Digits { places: Vec<char>, of: usize },
}

#[derive(Clone, Copy, Debug)]
struct Number {
    value: u16,
    least: u16,
    most: u16,
}

impl Field {
    /// For a setting that has this text now, or may start with `start` when it has none.
    /// Numbers that have neither start from `base`.
    pub fn setting(item: &Item, start: &str, base: &str) -> Field {
        let Kind::Text(wheel, most) = item.kind else {
            return Field::text(item.label, Wheel::Name, 16, start);
        };
        let prefix = wheel == Wheel::Ip && most > 15;
        let numeric = matches!(wheel, Wheel::Ip | Wheel::Dns);
        let mut field = match numbers(if start.is_empty() { base } else { start }, prefix) {
            Some(numbers) if numeric => Field {
                label: item.label.into(),
                secret: false,
                value: Value::Numbers(numbers),
                at: None,
                none: start.is_empty(),
            },
            _ => Field::text(item.label, wheel, most, start),
        };
        field.secret = item.secret;
        field
    }

    /// An IPv4 address, number by number.
    pub fn address(label: &str, start: &str) -> Option<Field> {
        let value = Value::Numbers(numbers(start, false)?);
        Some(Field { label: label.into(), secret: false, value, at: None, none: false })
    }

    /// Text of a wheel's characters.
    pub fn text(label: &str, wheel: Wheel, most: usize, start: &str) -> Field {
        let places: Vec<char> = start.chars().collect();
        let none = places.is_empty();
        let value = Value::Text { places, wheel: wheel.characters().chars().collect(), most };
        Field { label: label.into(), secret: false, value, at: None, none }
    }

    /// So many digits; `hidden` shows only the one under the cursor.
    pub fn digits(label: &str, of: usize, hidden: bool) -> Field {
        let value = Value::Digits { places: vec!['0'], of };
        Field { label: label.into(), secret: hidden, value, at: Some(0), none: false }
    }

    /// The value as it stands.
    pub fn value(&self) -> String {
        match &self.value {
            _ if self.none => String::new(),
            Value::Numbers(numbers) if numbers.iter().take(4).all(|number| number.value == 0) => {
                String::new()
            }
            Value::Numbers(numbers) => written(numbers),
            Value::Text { places, .. } => places.iter().filter(|&&place| place != REMOVE).collect(),
            Value::Digits { places, .. } => places.iter().collect(),
        }
    }

    /// Offers the value again as a whole, or goes on where it was.
    pub fn again(&mut self) {
        if matches!(self.value, Value::Numbers(_)) {
            self.at = None;
        }
    }

    /// A key, on a panel with six or with four.
    pub fn stroke(&mut self, stroke: Stroke, six: bool) -> Outcome {
        let Some(at) = self.at else { return self.whole(stroke) };
        match stroke.key {
            Key::Up => self.turn(at, true, stroke.fast),
            Key::Down => self.turn(at, false, stroke.fast),
            Key::Right => self.on(at),
            Key::Left => self.back(at),
            Key::Enter if self.complete(at, six) => return Outcome::Taken(self.value()),
            Key::Enter => self.on(at),
            Key::Esc if six || at == 0 => return Outcome::Left,
            Key::Esc => self.back(at),
        }
        Outcome::Open
    }

    fn whole(&mut self, stroke: Stroke) -> Outcome {
        match stroke.key {
            Key::Enter => return Outcome::Taken(self.value()),
            Key::Esc => return Outcome::Left,
            Key::Left => self.at = Some(self.places().saturating_sub(1)),
            Key::Right => self.at = Some(0),
            Key::Up | Key::Down => {
                self.at = Some(0);
                // Numbers that are none begin as they stand; text has nothing to begin with.
                if !self.none || matches!(self.value, Value::Text { .. }) {
                    self.turn(0, stroke.key == Key::Up, false);
                }
            }
        }
        self.none = false;
        Outcome::Open
    }

    /// Whether Enter takes the value now.
    fn complete(&self, at: usize, six: bool) -> bool {
        match &self.value {
            Value::Digits { of, .. } => at + 1 == *of,
            _ if six => true,
            Value::Numbers(numbers) => at + 1 == numbers.len(),
            Value::Text { places, most, .. } => at == places.len() || at + 1 == *most,
        }
    }

    /// Places that the cursor may stand on, less one that may be added.
    fn places(&self) -> usize {
        match &self.value {
            Value::Numbers(numbers) => numbers.len(),
            Value::Text { places, .. } | Value::Digits { places, .. } => places.len(),
        }
    }

    fn turn(&mut self, at: usize, up: bool, fast: bool) {
        match &mut self.value {
            Value::Numbers(numbers) => numbers[at].turn(up, fast),
            Value::Text { places, wheel, .. } => match places.get_mut(at) {
                Some(place) => *place = turned(wheel, Some(*place), up),
                None => places.push(turned(wheel, None, up)),
            },
            Value::Digits { places, .. } => {
                let digit = places[at].to_digit(10).unwrap_or(0);
                let digit = (digit + if up { 1 } else { 9 }) % 10;
                places[at] = char::from_digit(digit, 10).unwrap_or('0');
            }
        }
    }

    fn on(&mut self, at: usize) {
        let at = self.tidy(at);
        let next = match &mut self.value {
            Value::Numbers(numbers) => (at + 1) % numbers.len(),
            Value::Text { places, most, .. } if at < places.len() && at + 1 < *most => at + 1,
            Value::Text { .. } => 0,
            Value::Digits { places, of } => {
                let next = (at + 1) % *of;
                if next == places.len() {
                    places.push('0');
                }
                next
            }
        };
        self.at = Some(next);
    }

    fn back(&mut self, at: usize) {
        let removed = self.removes(at);
        let at = if removed { self.tidy(at) } else { at };
        let last = match &self.value {
            Value::Text { places, most, .. } => places.len().min(most - 1),
            _ => self.places() - 1,
        };
        self.at = Some(at.checked_sub(1).unwrap_or(last));
    }

    fn removes(&self, at: usize) -> bool {
        matches!(&self.value, Value::Text { places, .. } if places.get(at) == Some(&REMOVE))
    }

    /// Takes a place away that was turned to [`REMOVE`]; gives where the cursor would
    /// have to be for the next place to be the one behind it.
    fn tidy(&mut self, at: usize) -> usize {
        if !self.removes(at) {
            return at;
        }
        if let Value::Text { places, .. } = &mut self.value {
            places.remove(at);
        }
        at.saturating_sub(1)
    }

    /// How it looks; `since` counts the seconds for which it has been there.
    pub fn view(&self, six: bool, since: u64) -> View {
        let (value, cursor) = self.shown();
        let hint = match (self.at, six, &self.value) {
            (None, ..) => ["check mark takes it", "arrows change it"],
            (_, true, Value::Digits { .. }) => ["↑↓ turn, → moves on", "check mark at end"],
            (_, true, _) => ["↑↓ turn, ←→ move", "check mark takes it"],
            (_, false, _) => ["↑↓ turn the place", "check mark moves on"],
        };
        let split = matches!(self.value, Value::Digits { of: 16, .. }).then_some(10);
        View::Edit { label: self.label.clone(), value, cursor, split, since, hint }
    }

    /// The value as it is shown, and the character under the cursor.
    fn shown(&self) -> (String, Option<usize>) {
        match &self.value {
            _ if self.none => ("(none)".into(), None),
            Value::Numbers(numbers) => {
                // The last digit of the number under the cursor.
                let cursor = self.at.map(|at| written(&numbers[..=at]).chars().count() - 1);
                let prefix = numbers.len() == 5 && self.at == Some(4);
                (written(numbers), if prefix { Some(written(numbers).chars().count() - 1) } else { cursor })
            }
            Value::Text { places, .. } => (hidden(places, self.at, self.secret), self.at),
            Value::Digits { places, of: 16 } => {
                let digit = |at: usize| places.get(at).copied().unwrap_or('_');
                let text = (0..16).fold(String::new(), |mut text, at| {
                    if at > 0 && at % 4 == 0 {
                        text.push('-');
                    }
                    text.push(digit(at));
                    text
                });
                (text, self.at.map(|at| at + at / 4))
            }
            Value::Digits { places, of } => {
                let mut text = hidden(places, self.at, self.secret);
                text.extend(std::iter::repeat_n('_', of - places.len()));
                (text, self.at)
            }
        }
    }
}

/// Characters with stars for all but the one under the cursor, when they are secret.
fn hidden(places: &[char], at: Option<usize>, secret: bool) -> String {
    let star =
        |(place, character): (usize, &char)| if !secret || Some(place) == at { *character } else { '*' };
    places.iter().enumerate().map(star).collect()
}

impl Number {
    fn turn(&mut self, up: bool, fast: bool) {
        let Number { value, least, most } = *self;
        self.value = match (up, fast) {
            (true, _) if value >= most => least,
            (false, _) if value <= least => most,
            (true, false) => value + 1,
            (false, false) => value - 1,
            // To the next whole ten.
            (true, true) => (value / 10 * 10 + 10).min(most),
            (false, true) => ((value - 1) / 10 * 10).max(least),
        };
    }
}

/// The next character of a wheel. A place that is there may be removed; one at the
/// end begins with the likeliest character.
fn turned(wheel: &[char], now: Option<char>, up: bool) -> char {
    let (first, last) = (wheel[0], wheel[wheel.len() - 1]);
    let at = now.and_then(|now| wheel.iter().position(|&character| character == now));
    match (now, at, up) {
        (None, _, true) | (Some(REMOVE), _, true) => first,
        (None, _, false) | (Some(REMOVE), _, false) => last,
        (_, Some(at), true) => wheel.get(at + 1).copied().unwrap_or(REMOVE),
        (_, Some(0), false) => REMOVE,
        (_, Some(at), false) => wheel[at - 1],
        // A character typed elsewhere that this wheel does not have.
        (_, None, true) => first,
        (_, None, false) => last,
    }
}

/// The numbers of an IPv4 address, with the length of its prefix when that is wanted.
fn numbers(text: &str, prefix: bool) -> Option<Vec<Number>> {
    let (address, length) = text.split_once('/').unwrap_or((text, "24"));
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    let number = |value: u8| Number { value: value.into(), least: 0, most: 255 };
    let mut numbers: Vec<Number> = address.octets().map(number).into();
    if prefix {
        numbers.push(Number { value: length.parse().ok()?, least: 1, most: 32 });
    }
    Some(numbers)
}

fn written(numbers: &[Number]) -> String {
    let mut text = String::new();
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            text.push(if at == 4 { '/' } else { '.' });
        }
        text.push_str(&number.value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::item;

    fn press(field: &mut Field, keys: &[Key], six: bool) -> Outcome {
        let mut outcome = Outcome::Open;
        for &key in keys {
            assert_eq!(outcome, Outcome::Open);
            outcome = field.stroke(Stroke { key, fast: false }, six);
        }
        outcome
    }

    #[test]
    fn an_offered_address_is_one_press() {
        let address = item("network.address").unwrap();
        let mut field = Field::setting(address, "192.168.1.50/24", "");
        assert_eq!(press(&mut field, &[Key::Enter], true), Outcome::Taken("192.168.1.50/24".into()));
        let keys = [Key::Left, Key::Down, Key::Left, Key::Up, Key::Enter];
        assert_eq!(press(&mut field, &keys, true), Outcome::Taken("192.168.1.51/23".into()));
    }

    #[test]
    fn four_keys_reach_everything() {
        let address = item("network.gateway").unwrap();
        let mut field = Field::setting(address, "10.0.0.1", "");
        let keys = [Key::Up, Key::Enter, Key::Enter, Key::Esc, Key::Up, Key::Enter, Key::Enter, Key::Enter];
        assert_eq!(press(&mut field, &keys, false), Outcome::Taken("11.1.0.1".into()));
    }

    #[test]
    fn a_held_number_goes_by_whole_tens() {
        let mut number = Number { value: 192, least: 0, most: 255 };
        let mut seen = Vec::new();
        for _ in 0..4 {
            number.turn(true, true);
            seen.push(number.value);
        }
        assert_eq!(seen, [200, 210, 220, 230]);
        number.value = 254;
        number.turn(true, true);
        assert_eq!(number.value, 255);
        number.turn(true, true);
        assert_eq!(number.value, 0);
        number.turn(false, true);
        assert_eq!(number.value, 255);
        number.turn(false, true);
        assert_eq!(number.value, 250);
    }

    #[test]
    fn places_are_added_and_removed() {
        let mut field = Field::text("NAME", Wheel::Name, 8, "");
        // a, then c, then the c is turned back past a to removal.
        press(&mut field, &[Key::Up, Key::Right, Key::Up, Key::Up, Key::Up], true);
        assert_eq!(field.value(), "ac");
        press(&mut field, &[Key::Down, Key::Down, Key::Down], true);
        assert_eq!((field.value(), field.shown().0), ("a".into(), "a←".into()));
        assert_eq!(press(&mut field, &[Key::Right, Key::Up, Key::Enter], true), Outcome::Taken("aa".into()));
    }

    #[test]
    fn a_code_wants_all_its_digits() {
        let mut field = Field::digits("CODE", 16, false);
        assert_eq!(press(&mut field, &[Key::Up, Key::Enter], true), Outcome::Open);
        assert_eq!(field.shown(), ("10__-____-____-____".into(), Some(1)));
        for _ in 0..14 {
            assert_eq!(press(&mut field, &[Key::Right], true), Outcome::Open);
        }
        assert_eq!(
            press(&mut field, &[Key::Down, Key::Enter], true),
            Outcome::Taken("1000000000000009".into())
        );
    }

    #[test]
    fn secrets_show_the_place_under_the_cursor_alone() {
        let mut field = Field::digits("PIN", 4, true);
        press(&mut field, &[Key::Up, Key::Right, Key::Up, Key::Up], true);
        assert_eq!(field.shown().0, "*2__");
    }
}
