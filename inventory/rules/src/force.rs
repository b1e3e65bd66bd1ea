//! The set in force: one for the process, replaced as a whole.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::pack::Pack;
use crate::set::{Set, built_in};

/// `None`: the set compiled in.
static NOW: RwLock<Option<&'static Set>> = RwLock::new(None);

/// Sets that came in packs. What is looked up in them lives on in answers (`&'static str`), so they are
/// never freed: somebody with a signing key makes each one, each has a bound, and one that comes again
/// is the one that is here, so going back and forth costs nothing.
static KEPT: Mutex<Vec<&'static Set>> = Mutex::new(Vec::new());

/// The set that look-ups read now. Who looks up several things that must fit takes it once.
pub fn in_force() -> &'static Set {
    NOW.read().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(built_in)
}

/// Keeps a pack's tables for as long as the program runs; the others are those compiled in.
pub fn keep(pack: Pack) -> &'static Set {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = kept.iter().find(|set| set.is_of(&pack)) {
        return same;
    }
    let set: &'static Set = Box::leak(Box::new(Set::of(pack)));
    kept.push(set);
    set
}

/// Puts a set in force: the next look-up reads it. Gives the one before.
pub fn put(set: &'static Set) -> &'static Set {
    let mut now = NOW.write().unwrap_or_else(PoisonError::into_inner);
    now.replace(set).unwrap_or_else(built_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{by_agent, by_name};

    /// One test: the set in force is the process's.
    #[test]
    fn a_pack_is_in_force_whole_and_goes_again() {
        let pack = || Pack::read("2.0.0", &[("agents.tsv", b"testagent\tTest agent\tupdate\n")]).unwrap();
        let set = keep(pack());
        assert!(std::ptr::eq(set, keep(pack())), "the same pack is kept once");
        assert!(by_agent("testagent/1").is_none() && in_force().version().is_empty());
        assert!(std::ptr::eq(put(set), built_in()));
        assert_eq!(in_force().version(), "2.0.0");
        assert_eq!(by_agent("testagent/1").unwrap().application, "Test agent");
        assert_eq!(by_agent("nmap"), None, "a table that is brought replaces the whole of it");
        assert_eq!(by_name("zoom.us").unwrap().application, "Zoom", "one that is not brought stays");
        let rows = |name: &str| set.tables().into_iter().find(|rows| rows.table.name == name).unwrap();
        assert_eq!((rows("agents.tsv").rows, rows("agents.tsv").of_pack), (1, true));
        assert!(rows("names.tsv").rows > 100 && !rows("names.tsv").of_pack);
        assert!(std::ptr::eq(put(built_in()), set));
        assert!(by_agent("testagent/1").is_none() && by_agent("nmap").is_some());
    }
}
