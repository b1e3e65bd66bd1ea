//! What HTTP remembers of a flow: where each direction stands between heads,
//! bodies and chunks, and what was asked for, in the four words of scratch.

use crate::Scratch;
use crate::http_head::LONGEST;

/// What is wanted of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing: skip it.
    Nothing,
    /// The title of an HTML page.
    Title,
    /// A UPnP device description.
    Device,
}

impl Want {
    /// Bytes from the body's start that are looked at.
    pub const fn window(self) -> usize {
        match self {
            Want::Nothing => 0,
            Want::Title => 1024,
            Want::Device => LONGEST,
        }
    }
}

/// Where one direction stands; packed into one word of scratch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A head comes next.
    Head,
    /// A body of that many bytes; [`Place::UNTIL_CLOSE`] without a length.
    Body(Want, u32),
    /// A chunk's size line.
    Chunk(Want),
    /// The fields behind the last chunk.
    Trailer,
}

impl Place {
    /// The length of a body that ends with the connection.
    pub const UNTIL_CLOSE: u32 = 0x0fff_ffff;

    /// From a word of scratch.
    pub const fn unpack(word: u32) -> Place {
        let want = match word >> 28 & 3 {
            1 => Want::Title,
            2 => Want::Device,
            _ => Want::Nothing,
        };
        match word >> 30 {
            1 => Place::Body(want, word & Place::UNTIL_CLOSE),
            2 => Place::Chunk(want),
            3 => Place::Trailer,
            _ => Place::Head,
        }
    }

    /// As a word of scratch.
    pub const fn pack(self) -> u32 {
        match self {
            Place::Head => 0,
            Place::Body(want, rest) => 1 << 30 | (want as u32) << 28 | rest,
            Place::Chunk(want) => 2 << 30 | (want as u32) << 28,
            Place::Trailer => 3 << 30,
        }
    }
}

/// What is remembered of a flow: `[place to server, place to client, counts and
/// flags, which of the last 32 requests were HEAD]`.
pub struct Memory<'a>(pub &'a mut Scratch);

impl Memory<'_> {
    // Bits of the third word, above two counts of eight bits.
    /// A page was looked at for its title.
    pub const TITLE_SEEN: u32 = 1 << 16;
    /// A tunnel was asked for.
    pub const CONNECT: u32 = 1 << 17;
    /// A message was read, in either direction.
    pub const READ: u32 = 1 << 18;

    /// Is this bit set?
    pub const fn flag(&self, flag: u32) -> bool {
        let [_, _, flags, _] = *self.0;
        flags & flag != 0
    }

    /// Sets this bit.
    pub const fn set(&mut self, flag: u32) {
        self.0[2] |= flag;
    }

    /// Counts a request; true for the first.
    pub fn request(&mut self, is_head: bool) -> bool {
        let [_, _, counts, heads] = self.0;
        let number = *counts & 0xff;
        let bit = 1 << (number % 32);
        *heads = if is_head { *heads | bit } else { *heads & !bit };
        if number < 0xff {
            *counts = counts.wrapping_add(1);
        }
        number == 0
    }

    /// Counts a final response; true when a HEAD asked for it.
    pub fn response(&mut self) -> bool {
        let [_, _, counts, heads] = self.0;
        let (asked, number) = (*counts & 0xff, *counts >> 8 & 0xff);
        if number >= asked || asked == 0xff {
            return false;
        }
        *counts = counts.wrapping_add(0x100);
        *heads >> (number % 32) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_packing() {
        let places = [
            Place::Head,
            Place::Trailer,
            Place::Chunk(Want::Title),
            Place::Body(Want::Device, 7),
            Place::Body(Want::Title, Place::UNTIL_CLOSE),
        ];
        for place in places {
            assert_eq!(Place::unpack(place.pack()), place);
        }
    }

    #[test]
    fn an_answer_knows_whether_head_asked_for_it() {
        let mut scratch = [0; 4];
        let mut memory = Memory(&mut scratch);
        assert!(!memory.response(), "nothing was asked");
        assert!(memory.request(true));
        assert!(!memory.request(false));
        assert!(memory.response());
        assert!(!memory.response());
        assert!(!memory.response());
        (0..300).for_each(|_| {
            memory.request(true);
        });
        assert!(!memory.response(), "more than can be counted");
    }
}
