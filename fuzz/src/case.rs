//! One input: what is sent by whom and how it is handed over, and its text form.

use std::fmt::Write;

/// Bytes of one direction, handed over one piece after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// From the side that was asked.
    pub back: bool,
    /// What it sends.
    pub bytes: Vec<u8>,
}

/// An input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Which of the target's carriers; taken modulo their number.
    pub carrier: usize,
    /// The usual port is on neither side.
    pub strange_ports: bool,
    /// The flow was taken the wrong way round.
    pub reversed: bool,
    /// Nothing follows the last byte.
    pub cut: bool,
    /// Bytes handed over at a time; 0: all of a turn.
    pub step: usize,
    /// The turns, in order.
    pub turns: Vec<Turn>,
}

impl Case {
    /// A case of one turn.
    pub fn of(bytes: Vec<u8>) -> Case {
        Case { turns: vec![Turn { back: false, bytes }], ..Case::default() }
    }

    /// All bytes of all turns, for targets that know no turns.
    pub fn bytes(&self) -> Vec<u8> {
        self.turns.iter().flat_map(|turn| turn.bytes.iter().copied()).collect()
    }

    /// How many bytes there are.
    pub fn size(&self) -> usize {
        self.turns.iter().map(|turn| turn.bytes.len()).sum()
    }

    /// The case as text: a `case` line, then a line `> hex` or `< hex` for each turn.
    pub fn to_text(&self) -> String {
        let Case { carrier, strange_ports, reversed, cut, step, turns } = self;
        let mut text = format!(
            "case carrier={carrier} strange_ports={strange_ports} reversed={reversed} cut={cut} step={step}\n"
        );
        for turn in turns {
            text.push_str(if turn.back { "< " } else { "> " });
            for byte in &turn.bytes {
                let _ = write!(text, "{byte:02x}");
            }
            text.push('\n');
        }
        text
    }

    /// Reads that text; lines of other kinds are passed over. `None` when a value
    /// or a digit is wrong.
    pub fn from_text(text: &str) -> Option<Case> {
        let mut case = Case::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("case", pairs)) => {
                    for (key, value) in pairs.split(' ').filter_map(|pair| pair.split_once('=')) {
                        match key {
                            "carrier" => case.carrier = value.parse().ok()?,
                            "strange_ports" => case.strange_ports = value.parse().ok()?,
                            "reversed" => case.reversed = value.parse().ok()?,
                            "cut" => case.cut = value.parse().ok()?,
                            "step" => case.step = value.parse().ok()?,
                            _ => return None,
                        }
                    }
                }
                Some((arrow @ (">" | "<"), digits)) => {
                    case.turns.push(Turn { back: arrow == "<", bytes: from_hex(digits)? });
                }
                _ => {}
            }
        }
        Some(case)
    }
}

/// Bytes of hexadecimal text; white space is passed over.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trip() {
        let mut case = Case::of(vec![0, 255]);
        case.turns.push(Turn { back: true, bytes: vec![] });
        (case.cut, case.step, case.carrier) = (true, 3, 1);
        assert_eq!(Case::from_text(&format!("# why\ntarget x\n{}", case.to_text())), Some(case));
        assert_eq!(Case::from_text("> 0g"), None);
        assert_eq!(from_hex("0 1"), Some(vec![1]));
    }
}
