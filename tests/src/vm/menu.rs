//! Somebody who works through the console's menu: chooses an item and answers its prompts.

use std::time::{Duration, Instant};

use super::Console;

/// The menu's own prompt.
pub const MENU: &str = "Number or name (Enter: this screen, ?: help): ";
/// What other prompts end in: `LABEL [value]: `, `Keep these settings? [y/N], undone in 120 s: `, and after a page.
const PROMPTS: [&str; 4] = [MENU, "]: ", COUNTING, "q: stop --"];
/// What a prompt ends in that gives so many seconds to answer.
const COUNTING: &str = " s: ";

/// Between two looks at the banner.
const BETWEEN: Duration = Duration::from_millis(250);

impl Console {
    /// Waits for the menu.
    ///
    /// # Panics
    /// See [`Console::expect`].
    #[track_caller]
    pub fn menu(&mut self, limit: Duration) -> String {
        self.expect(MENU, limit)
    }

    /// Presses Enter at the menu's prompt until the banner above it holds `text`; gives the banner.
    ///
    /// # Panics
    /// That does not happen within `limit`.
    #[track_caller]
    pub fn shows(&mut self, text: &str, limit: Duration) -> String {
        let end = Instant::now() + limit;
        loop {
            let banner = self.choose("", &[], limit);
            if banner.contains(text) {
                return banner;
            }
            assert!(Instant::now() < end, "the banner never had {text:?}:\n{banner}");
            std::thread::sleep(BETWEEN);
        }
    }

    /// What the box's log says behind these words, the newest line of them, unfolded, as soon as there is one.
    ///
    /// # Panics
    /// That does not happen within `limit`.
    #[track_caller]
    pub fn logged(&mut self, words: &str, limit: Duration) -> String {
        let end = Instant::now() + limit;
        loop {
            let log = self.choose("8", &[("LINES", "200")], limit);
            let flat = log.split_whitespace().collect::<Vec<_>>().join(" ");
            if let Some((_, rest)) = flat.rsplit_once(words) {
                // The next line begins with its time; behind the last one are the console's own words.
                let rest = rest.split(" this is the end").next().unwrap_or_default();
                let time = |word: &&str| word.len() == 24 && word.ends_with('Z') && word.contains('T');
                return rest.split(' ').take_while(|word| !time(word)).collect::<Vec<_>>().join(" ");
            }
            assert!(Instant::now() < end, "nothing in the log says {words:?}:\n{log}");
            std::thread::sleep(BETWEEN);
        }
    }

    /// Chooses an item at the menu's prompt and answers what it asks: an answer for the prompts that begin so, Enter for the
    /// others. Gives all that was said until the menu is back.
    ///
    /// # Panics
    /// See [`Console::expect`]; an answer was not asked for.
    #[track_caller]
    pub fn choose(&mut self, item: &str, answers: &[(&str, &str)], limit: Duration) -> String {
        self.line(item);
        let (mut said, mut given) = (String::new(), vec![false; answers.len()]);
        let mut counting = false;
        loop {
            let (which, before) = match self.any(&PROMPTS, limit) {
                Ok(found) => found,
                Err(why) => panic!("item {item}: no prompt {why}:\n{}", self.tail()),
            };
            said += &before;
            if which == 0 {
                let open: Vec<&str> = answers
                    .iter()
                    .zip(&given)
                    .filter(|(_, given)| !**given)
                    .map(|((prompt, _), _)| *prompt)
                    .collect();
                assert!(open.is_empty(), "item {item} never asked for {open:?}:\n{said}");
                return said;
            }
            // A prompt that counts down is drawn anew every second until the answer has arrived.
            let again = counting && PROMPTS[which] == COUNTING;
            counting = PROMPTS[which] == COUNTING;
            if again {
                continue;
            }
            let prompt = before.rsplit('\n').next().unwrap_or_default();
            let found = answers.iter().position(|(begin, _)| prompt.starts_with(begin));
            let answer = found.map_or("", |at| answers[at].1);
            if let Some(at) = found {
                given[at] = true;
            }
            self.line(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn prompts_get_their_answers() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut console = Console::new(ours, Instant::now()).unwrap();
        let other = std::thread::spawn(move || {
            let mut typed = BufReader::new(theirs.try_clone().unwrap());
            let mut typed = || {
                let mut line = Vec::new();
                typed.read_until(b'\r', &mut line).unwrap();
                String::from_utf8(line).unwrap()
            };
            assert_eq!(typed(), "1\r");
            theirs.write_all(b"Network.\r\nADDRESSING (dhcp, static) [dhcp]: ").unwrap();
            assert_eq!(typed(), "static\r");
            theirs.write_all(b"static\r\nMTU [none]: ").unwrap();
            assert_eq!(typed(), "\r");
            theirs.write_all(b"\r\nKeep these settings? [y/N], undone in 120 s: ").unwrap();
            theirs.write_all(b"\rKeep these settings? [y/N], undone in 119 s: ").unwrap();
            assert_eq!(typed(), "y\r");
            theirs.write_all(format!("\r\nKept.\r\n{MENU}").as_bytes()).unwrap();
            theirs
        });
        let limit = Duration::from_secs(30);
        let said = console.choose("1", &[("ADDRESSING", "static"), ("Keep", "y")], limit);
        let mut theirs = other.join().unwrap();
        theirs.set_nonblocking(true).unwrap();
        assert!(theirs.read(&mut [0]).is_err(), "the countdown is answered once");
        assert!(said.contains("Network.") && said.ends_with("Kept.\n"), "{said}");
    }
}
