//! The driver of Crystalfontz' packet panels; `cfa533.rs` and `cfa635.rs` say how they differ.
//!
//! Sources as in `packet.rs`. A command is answered by `0x40 | command`, or `0xC0 | command`
//! when its content is wrong; key reports (`0x80`, one byte: 1–6 up, down, left, right,
//! enter, exit pressed, 7–12 released) come at any time between. One command is under way
//! at a time. Commands used: 0 ping, 1 version, 9 special character, 11 cursor position,
//! 12 cursor style, 14 backlight, 23 key reports, 31 text, 34 outputs (LEDs of the CFA635).

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::packet::{Packet, Reader, encode};
use super::{Display, DisplayError, Key, KeyEvent, Led, Leds, Line, Picture};

/// How long an answer may take. The slowest, a full line at 19,200 bits a second there and
/// its answer back, is about 15 ms on the wire; the rest is the panel's.
const ANSWER: Duration = Duration::from_millis(250);
/// How often a command is sent before the panel counts as silent.
const TRIES: usize = 3;
/// After so long without a sign of life the panel is asked for one.
const QUIET: Duration = Duration::from_secs(5);
/// Keys kept for the next poll; more are nobody's presses.
const MOST_KEYS: usize = 64;

const PING: u8 = 0;
const VERSION: u8 = 1;
const GLYPH: u8 = 9;
const CURSOR_AT: u8 = 11;
const CURSOR_STYLE: u8 = 12;
const BACKLIGHT: u8 = 14;
const KEY_REPORTS: u8 = 23;
const TEXT: u8 = 31;
const OUTPUT: u8 = 34;
const KEY_REPORT: u8 = 0x80;
/// All six keys, in the masks of [`KEY_REPORTS`].
const ALL_KEYS: u8 = 0x3F;

/// How a type of panel differs from its brothers.
pub struct Model {
    /// How its version text begins.
    pub name: &'static str,
    /// Cells in a row.
    pub columns: u8,
    /// Rows.
    pub rows: u8,
    /// The code of a character in its ROM or among its special characters.
    pub code: fn(char) -> u8,
    /// Special characters to define: code and eight rows of five dots, the right one lowest.
    pub glyphs: &'static [(u8, [u8; 8])],
    /// Outputs of the lights, top first: green, red.
    pub leds: &'static [(u8, u8)],
}

/// A panel that speaks Crystalfontz packets.
pub struct Cfa {
    model: &'static Model,
    reader: Reader,
    keys: VecDeque<KeyEvent>,
    /// What stands in each row, in the panel's codes; `None` when that is not known.
    shown: Vec<Option<Vec<u8>>>,
    cursor: Option<Option<(u8, u8)>>,
    heard: Instant,
}

impl Cfa {
    /// A driver that has spoken to nobody yet.
    pub fn new(model: &'static Model) -> Cfa {
        let shown = vec![None; usize::from(model.rows)];
        Cfa {
            model,
            reader: Reader::default(),
            keys: VecDeque::new(),
            shown,
            cursor: None,
            heard: Instant::now(),
        }
    }

    /// Sends a command until it is answered; gives the answer's data.
    fn ask(&mut self, line: &mut dyn Line, command: u8, data: &[u8]) -> Result<Vec<u8>, DisplayError> {
        for _ in 0..TRIES {
            write(line, &encode(command, data))?;
            let until = Instant::now() + ANSWER;
            while Instant::now() < until {
                for packet in self.read(line)? {
                    if packet.kind == 0x40 | command {
                        return Ok(packet.data);
                    }
                    if packet.kind == 0xC0 | command {
                        return Err(DisplayError::Refused { command });
                    }
                }
            }
        }
        Err(DisplayError::Silent { command })
    }

    /// What came within the line's time limit: keys are kept, the rest is given.
    fn read(&mut self, line: &mut dyn Line) -> Result<Vec<Packet>, DisplayError> {
        let mut bytes = [0; 64];
        let mut packets = Vec::new();
        match line.read(&mut bytes) {
            Ok(0) => return Err(DisplayError::Gone(ErrorKind::UnexpectedEof.into())),
            Ok(count) => packets.extend(bytes[..count].iter().filter_map(|&byte| self.reader.push(byte))),
            Err(error) if is_pause(error.kind()) => {
                while let Some(packet) = self.reader.quiet() {
                    packets.push(packet);
                }
            }
            Err(error) => return Err(error.into()),
        }
        if !packets.is_empty() {
            self.heard = Instant::now();
        }
        packets.retain(|packet| match key(packet) {
            Some(event) if self.keys.len() < MOST_KEYS => {
                self.keys.push_back(event);
                false
            }
            event => event.is_none(),
        });
        Ok(packets)
    }

    /// Sends what differs in a row, from the first changed cell to the last.
    fn row(&mut self, line: &mut dyn Line, row: usize, text: &str) -> Result<(), DisplayError> {
        let columns = usize::from(self.model.columns);
        let mut want: Vec<u8> = text.chars().take(columns).map(self.model.code).collect();
        want.resize(columns, b' ');
        let (from, to) = match &self.shown[row] {
            None => (0, columns),
            Some(shown) => {
                let differs = |(a, b): (&u8, &u8)| a != b;
                let Some(from) = shown.iter().zip(&want).position(differs) else { return Ok(()) };
                let last = shown.iter().zip(&want).rposition(differs).unwrap_or(from);
                (from, last + 1)
            }
        };
        // Until it is acknowledged nobody knows what the row shows.
        self.shown[row] = None;
        let mut data = vec![from as u8, row as u8];
        data.extend_from_slice(&want[from..to]);
        self.ask(line, TEXT, &data)?;
        self.shown[row] = Some(want);
        Ok(())
    }
}

impl Display for Cfa {
    fn start(&mut self, line: &mut dyn Line) -> Result<(), DisplayError> {
        *self = Cfa::new(self.model);
        self.ask(line, PING, &[])?;
        let version = self.ask(line, VERSION, &[])?;
        if !version.starts_with(self.model.name.as_bytes()) {
            let found = version.iter().filter(|byte| byte.is_ascii_graphic()).map(|&byte| char::from(byte));
            return Err(DisplayError::Other { want: self.model.name, found: found.collect() });
        }
        self.ask(line, KEY_REPORTS, &[ALL_KEYS, ALL_KEYS])?;
        self.ask(line, CURSOR_STYLE, &[0])?;
        self.cursor = Some(None);
        for (code, dots) in self.model.glyphs {
            let mut data = vec![*code];
            data.extend_from_slice(dots);
            self.ask(line, GLYPH, &data)?;
        }
        Ok(())
    }

    fn show(&mut self, line: &mut dyn Line, picture: &Picture) -> Result<(), DisplayError> {
        let Picture::Characters(characters) = picture else { return Ok(()) };
        for row in 0..usize::from(self.model.rows) {
            let text = characters.rows.get(row).map_or("", String::as_str);
            self.row(line, row, text)?;
        }
        let inside = |&(column, row): &(u8, u8)| column < self.model.columns && row < self.model.rows;
        let cursor = characters.cursor.filter(inside);
        if self.cursor != Some(cursor) {
            let was = self.cursor.take().flatten();
            if let Some((column, row)) = cursor {
                self.ask(line, CURSOR_AT, &[column, row])?;
            }
            if was.is_some() != cursor.is_some() || was.is_none() {
                // 2 is an underline: it leaves the character readable.
                self.ask(line, CURSOR_STYLE, &[if cursor.is_some() { 2 } else { 0 }])?;
            }
            self.cursor = Some(cursor);
        }
        Ok(())
    }

    fn poll(&mut self, line: &mut dyn Line, wait: Duration) -> Result<Vec<KeyEvent>, DisplayError> {
        let until = Instant::now() + wait;
        while self.keys.is_empty() {
            self.read(line)?;
            if Instant::now() >= until {
                break;
            }
        }
        if self.heard.elapsed() > QUIET {
            self.ask(line, PING, &[])?;
        }
        Ok(self.keys.drain(..).collect())
    }

    fn backlight(&mut self, line: &mut dyn Line, percent: u8) -> Result<(), DisplayError> {
        self.ask(line, BACKLIGHT, &[percent.min(100)]).map(drop)
    }

    fn leds(&mut self, line: &mut dyn Line, leds: Leds) -> Result<(), DisplayError> {
        for (led, (green, red)) in leds.into_iter().zip(self.model.leds) {
            // In percent. Red is the stronger of the two, so amber has less of it.
            let (greens, reds) = match led {
                Led::Off => (0, 0),
                Led::Green => (100, 0),
                Led::Amber => (100, 60),
                Led::Red => (0, 100),
            };
            self.ask(line, OUTPUT, &[*green, greens])?;
            self.ask(line, OUTPUT, &[*red, reds])?;
        }
        Ok(())
    }
}

/// The key event in a report. Reports of keys that this panel lacks are none.
fn key(packet: &Packet) -> Option<KeyEvent> {
    let code = (packet.kind == KEY_REPORT).then(|| packet.data.first().copied()).flatten()?;
    let keys = [Key::Up, Key::Down, Key::Left, Key::Right, Key::Enter, Key::Esc];
    let at = usize::from(code.checked_sub(1)?);
    Some(KeyEvent { key: *keys.get(at % 6)?, pressed: at < 6 }).filter(|_| at < 12)
}

/// Whether a read ended because nothing came, and not because the line is gone.
pub(super) fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Writes all, or says that the panel is gone: a line that takes nothing for the
/// length of its time limit is stuck.
pub(super) fn write(line: &mut dyn Line, bytes: &[u8]) -> Result<(), DisplayError> {
    Ok(line.write_all(bytes)?)
}
