//! Texts that many assets share (types, makers, systems) are kept once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::locks::lock;

/// A shared text.
pub type Word = Arc<str>;

/// Texts in use.
#[derive(Debug, Default)]
pub struct Words(Mutex<Pool>);

#[derive(Debug, Default)]
struct Pool {
    words: HashSet<Word>,
    /// Size at which unused ones are thrown away.
    sweep: usize,
}

/// Smallest pool that is swept.
const SMALL: usize = 4_096;

impl Words {
    /// The one copy of a text.
    pub fn word(&self, text: &str) -> Word {
        let mut pool = lock(&self.0);
        if let Some(word) = pool.words.get(text) {
            return word.clone();
        }
        if pool.words.len() >= pool.sweep.max(SMALL) {
            pool.words.retain(|word| Arc::strong_count(word) > 1);
            pool.sweep = pool.words.len() * 2;
        }
        let word: Word = text.into();
        pool.words.insert(word.clone());
        word
    }

    /// Several.
    pub fn all<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Box<[Word]> {
        texts.into_iter().map(|text| self.word(text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_and_forgotten_when_nobody_has_them() {
        let words = Words::default();
        let kept = words.word("kept");
        assert!(Arc::ptr_eq(&kept, &words.word("kept")));
        for n in 0..3 * SMALL {
            words.word(&n.to_string());
        }
        assert!(lock(&words.0).words.len() <= SMALL + 1);
        assert!(Arc::ptr_eq(&kept, &words.word("kept")));
    }
}
