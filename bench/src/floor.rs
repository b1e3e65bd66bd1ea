//! The floor: the least that anything keeping flows must do for a packet.

/// Slots of the table (2²⁰, 16 bytes each).
const SLOTS: usize = 1 << 20;

/// One hash slot a packet.
pub struct Floor {
    slots: Vec<[u64; 2]>,
}

impl Floor {
    /// An empty table.
    pub fn new() -> Floor {
        Floor { slots: vec![[0; 2]; SLOTS] }
    }

    /// Ethernet (one tag), IPv4 or IPv6, ports; counts packets and bytes of the slot.
    #[inline]
    pub fn frame(&mut self, frame: &[u8]) {
        let hash = key(frame).unwrap_or(0);
        let slot = &mut self.slots[(hash >> 44) as usize % SLOTS];
        slot[0] += 1;
        slot[1] += frame.len() as u64;
    }

    /// All packets counted.
    pub fn sum(&self) -> u64 {
        self.slots.iter().map(|slot| slot[0]).sum()
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn key(frame: &[u8]) -> Option<u64> {
    let mut at = 12;
    let mut kind = u16::from_be_bytes(frame.get(at..at + 2)?.try_into().ok()?);
    if kind == 0x8100 {
        at += 4;
        kind = u16::from_be_bytes(frame.get(at..at + 2)?.try_into().ok()?);
    }
    let ip = frame.get(at + 2..)?;
    let (ends, protocol, header) = match kind {
        0x0800 => {
            let ends = u64::from(word(ip, 12)?) ^ u64::from(word(ip, 16)?);
            (ends, *ip.get(9)?, usize::from(ip.first()? & 15) * 4)
        }
        0x86dd => {
            let fold = |from: usize| {
                (from..from + 16).step_by(4).try_fold(0u64, |sum, at| Some(sum ^ u64::from(word(ip, at)?)))
            };
            (fold(8)? ^ fold(24)?, *ip.get(6)?, 40)
        }
        _ => return None,
    };
    let ports = if matches!(protocol, 6 | 17) { word(ip, header).unwrap_or(0) } else { 0 };
    let ports = u64::from(ports >> 16 ^ ports & 0xffff);
    Some((ends << 24 ^ ports << 8 ^ u64::from(protocol)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_touch_one_slot() {
        let mut there = vec![0; 54];
        there[12] = 8;
        there[14] = 0x45;
        there[23] = 6;
        there[26..38].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0, 80]);
        let mut back = there.clone();
        back[26..38].copy_from_slice(&[10, 0, 0, 2, 10, 0, 0, 1, 0, 80, 0x12, 0x34]);
        assert_eq!(key(&there), key(&back));
        assert!(key(&there[..30]).is_none());
        let mut floor = Floor::new();
        floor.frame(&there);
        floor.frame(&back);
        assert_eq!(floor.sum(), 2);
    }
}
