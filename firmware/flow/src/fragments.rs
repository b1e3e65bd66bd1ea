//! Which ports the later fragments of an IP packet belong to.
//!
//! Fragments are counted to their flow; their payload is not put together
//! again, so a message is read as far as its first fragment goes.

/// Datagrams in flight whose ports are remembered.
const SLOTS: usize = 256;

/// A small direct-mapped memory of first fragments.
#[derive(Debug)]
pub struct Fragments {
    slots: Box<[(u64, [u16; 2])]>,
}

impl Default for Fragments {
    fn default() -> Fragments {
        Fragments { slots: vec![(0, [0; 2]); SLOTS].into() }
    }
}

impl Fragments {
    /// Remembers the ports of a first fragment by a hash of (source, destination,
    /// protocol, identification).
    pub fn first(&mut self, datagram: u64, ports: [u16; 2]) {
        self.slots[datagram as usize % SLOTS] = (datagram, ports);
    }

    /// The ports of a later fragment, if its first one was heard before it.
    pub fn later(&self, datagram: u64) -> Option<[u16; 2]> {
        let (held, ports) = self.slots[datagram as usize % SLOTS];
        (held == datagram).then_some(ports)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_until_overwritten() {
        let mut fragments = Fragments::default();
        fragments.first(9, [53, 1234]);
        assert_eq!(fragments.later(9), Some([53, 1234]));
        assert_eq!(fragments.later(9 + SLOTS as u64), None);
    }
}
