//! Text of any length in memory taken at the start: blocks one behind the other,
//! moved together in small steps where others were let go.

use std::ops::Range;

use crate::slab::room;

/// Bytes before each text: who owns it (32 bits) and its length (16 bits), little endian.
const HEAD: usize = 6;

/// No owner: the block may be overwritten.
const NOBODY: u32 = u32::MAX;

/// The texts.
#[derive(Debug)]
pub struct Texts {
    bytes: Vec<u8>,
    /// Bytes of blocks that were let go and still lie between others.
    dead: usize,
    /// While blocks move: where the next one to look at lies, and where it goes.
    moving: Option<(usize, usize)>,
}

impl Texts {
    /// Room for that many bytes, six for each text included.
    pub fn new(bytes: usize) -> Texts {
        Texts { bytes: Vec::with_capacity(bytes.min(NOBODY as usize)), dead: 0, moving: None }
    }

    /// Addresses of its memory.
    pub fn region(&self) -> Range<usize> {
        room(&self.bytes)
    }

    /// Bytes in use, and bytes there are.
    pub fn fill(&self) -> [usize; 2] {
        [self.bytes.len() - self.dead, self.bytes.capacity()]
    }

    /// Bytes that a text takes.
    pub fn size(text: &[u8]) -> usize {
        HEAD + text.len()
    }

    /// True when [`Texts::add`] would find room.
    pub fn has_room(&self, text: &[u8]) -> bool {
        self.bytes.capacity() - self.bytes.len() >= Texts::size(text)
    }

    /// Takes a text of at most 65,535 bytes in, for which [`Texts::has_room`]; gives its place.
    pub fn add(&mut self, owner: u32, text: &[u8]) -> u32 {
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&owner.to_le_bytes());
        self.bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(text);
        at
    }

    /// Owner and length of the block at a place.
    fn head(&self, at: usize) -> (u32, usize) {
        match self.bytes.get(at..at + HEAD) {
            Some([a, b, c, d, e, f]) => {
                (u32::from_le_bytes([*a, *b, *c, *d]), usize::from(u16::from_le_bytes([*e, *f])))
            }
            _ => (NOBODY, 0),
        }
    }

    /// The text at a place.
    #[inline]
    pub fn get(&self, at: u32) -> &[u8] {
        let at = at as usize;
        let (_, len) = self.head(at);
        &self.bytes[at + HEAD..at + HEAD + len]
    }

    /// The text at a place has another owner now.
    pub fn own(&mut self, at: u32, owner: u32) {
        self.bytes[at as usize..at as usize + 4].copy_from_slice(&owner.to_le_bytes());
    }

    /// Lets a text go, and overwrites it: it may be what was excluded.
    pub fn free(&mut self, at: u32) {
        self.own(at, NOBODY);
        let len = self.get(at).len();
        self.bytes[at as usize + HEAD..at as usize + HEAD + len].fill(0);
        self.dead += HEAD + len;
    }

    /// Moves up to `blocks` blocks together when an eighth of the room is dead;
    /// `moved` is told whose text is where now.
    pub fn step(&mut self, blocks: usize, mut moved: impl FnMut(u32, u32)) {
        let worth = self.dead >= self.bytes.capacity() / 8 && self.dead > 0;
        let Some((mut from, mut to)) = self.moving.or(worth.then_some((0, 0))) else { return };
        for _ in 0..blocks {
            if from >= self.bytes.len() {
                self.dead -= self.bytes.len() - to;
                self.bytes.truncate(to);
                self.moving = None;
                return;
            }
            let (owner, len) = self.head(from);
            if owner != NOBODY {
                if from != to {
                    self.bytes.copy_within(from..from + HEAD + len, to);
                    moved(owner, to as u32);
                }
                to += HEAD + len;
            }
            from += HEAD + len;
        }
        self.moving = Some((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds and lets go for long, moving a little in between: every text stays what
    /// it was, and the room is used again.
    #[test]
    fn texts_stay_while_others_go() {
        let mut texts = Texts::new(4_096);
        let mut held: Vec<Option<(u32, String)>> = vec![None; 64];
        let mut chance = 7_u64;
        for step in 0..50_000 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let owner = (chance >> 40) as usize % held.len();
            if let Some((at, _)) = held[owner].take() {
                texts.free(at);
            }
            let text = format!("{step}").repeat((chance >> 50) as usize % 8);
            if texts.has_room(text.as_bytes()) {
                held[owner] = Some((texts.add(owner as u32, text.as_bytes()), text));
            } else {
                assert!(texts.dead > 0, "it is full only of what was let go");
            }
            texts.step(3, |owner, at| {
                if let Some((place, _)) = &mut held[owner as usize] {
                    *place = at;
                }
            });
            for (at, text) in held.iter().flatten() {
                assert_eq!(texts.get(*at), text.as_bytes());
            }
        }
        assert_eq!(texts.bytes.capacity(), 4_096);
        let used: usize = held.iter().flatten().map(|(_, text)| Texts::size(text.as_bytes())).sum();
        assert_eq!(texts.fill()[0], used);
    }
}
