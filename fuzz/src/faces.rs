//! What faces read: keys of a panel's packets, and whatever comes down the console's line.

use ::wire::local::{Ask, Failed, Overview, Say, Setting};
use console::{Event, Host, Menu, Wait};
use lcd_ui::displays::Reader as Packets;

use crate::{Fault, Said, hash};

/// Bytes of a line that are handed to one console.
const LINE: usize = 2_000;
/// Bytes that a console may write for each byte it reads: a whole screen, and another.
const WRITES: usize = 8_192;

/// Packets as the panels send them: an acknowledgement, keys, and a damaged one.
pub fn packet_seeds() -> Vec<Vec<u8>> {
    vec![vec![0x80, 0x01, 0x05, 0x55, 0x84], vec![0x80, 0x01, 0x05, 0x80, 0x01, 0x05, 0x55, 0x84]]
}

/// Every byte ends in a packet or is counted as garbage, and nothing is held for ever.
pub fn packets(bytes: &[u8]) -> Result<Said, Fault> {
    let (mut reader, mut used, mut said) = (Packets::default(), 0_u64, Said::default());
    let mut note = |packet: lcd_ui::displays::Packet| {
        used += 4 + packet.data.len() as u64;
        said.count += 1;
        said.shape = hash(said.shape, &[packet.kind]);
    };
    for byte in bytes {
        reader.push(*byte).into_iter().for_each(&mut note);
    }
    while let Some(packet) = reader.quiet() {
        note(packet);
    }
    if used + reader.garbage() != bytes.len() as u64 {
        let words = format!("{used} used, {} garbage, of {}", reader.garbage(), bytes.len());
        return Err(Fault::new("bytes are lost or made", words));
    }
    Ok(said)
}

/// Ways through the menu.
pub fn console_seeds() -> Vec<Vec<u8>> {
    [
        "1\rstatic\r10.0.0.5/24\r\r\r?\r-\r\ry\r",
        "2\rhttp\rp\r\r\rq\r",
        "3\r1234\r\x03",
        "net\r\x1b[A\x7f\x08\r",
        "14\rno\r0\r",
    ]
    .map(|keys| keys.as_bytes().to_vec())
    .into()
}

/// A line that sends these bytes and then hangs up; the service has an answer to all.
struct Script<'a> {
    keys: std::slice::Iter<'a, u8>,
    answers: Vec<Say>,
    wrote: usize,
    idle: u32,
}

impl Host for Script<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.wrote += bytes.len();
    }

    fn ask(&mut self, ask: &Ask) {
        self.answers = match ask {
            Ask::Overview => vec![Say::Overview(Box::<Overview>::default())],
            Ask::Settings => vec![Say::Settings(every_setting())],
            Ask::Apply(changes) if changes.len() > 3 => vec![Say::Confirm(120)],
            Ask::Register { .. } => vec![Say::Failed(Failed::plain("no", "Try again."))],
            Ask::Log(_) => vec![Say::Line("a line".into()), Say::Done("the end".into())],
            _ => vec![Say::Done("done".into())],
        };
        self.answers.reverse();
    }

    fn give_up(&mut self) {
        self.answers.clear();
    }

    fn event(&mut self, wait: Wait) -> Event {
        if wait == Wait::Answer
            && let Some(say) = self.answers.pop()
        {
            return Event::Say(say);
        }
        match self.keys.next() {
            Some(byte) => Event::Byte(*byte),
            // Long enough for every pause to end by itself.
            None if self.idle < 4 => {
                self.idle += 1;
                Event::Seconds(200)
            }
            None => Event::HungUp,
        }
    }
}

fn every_setting() -> Vec<Setting> {
    let setting = |item: &&'static settings::Item| Setting {
        id: item.id.into(),
        value: item.default.into(),
        set: false,
        suggestion: String::new(),
    };
    settings::ITEMS.iter().map(setting).collect()
}

/// The menu ends when the line does, and does not write without end.
pub fn console_line(bytes: &[u8]) -> Result<Said, Fault> {
    let bytes = &bytes[..bytes.len().min(LINE)];
    let mut host = Script { keys: bytes.iter(), answers: Vec::new(), wrote: 0, idle: 0 };
    Menu::new(&mut host).run(true);
    if host.wrote > (bytes.len() + 8) * WRITES {
        return Err(Fault::new("writes without end", format!("{} bytes for {}", host.wrote, bytes.len())));
    }
    let size = host.wrote.ilog2();
    Ok(Said { count: host.wrote as u64, shape: hash(0, &size.to_le_bytes()), ..Said::default() })
}
