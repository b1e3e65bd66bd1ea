//! Boards and sets of modules: those of the source tree, taken in when this crate is built
//! (`build.rs`), or those of a folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::def::Board;
use crate::error::Error;

include!(concat!(env!("OUT_DIR"), "/found.rs"));

/// Texts of boards by name.
#[derive(Clone, Debug, Default)]
pub struct Boards(BTreeMap<String, String>);

impl Boards {
    /// Names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The board of that name.
    ///
    /// # Errors
    /// There is none, or its file is wrong.
    pub fn board(&self, name: &str) -> Result<Board, Error> {
        let known = || self.names().collect::<Vec<_>>().join(", ");
        let text = self.0.get(name).ok_or_else(|| Error::Unknown { name: name.into(), known: known() })?;
        Board::read(name, text)
    }
}

/// Those of `board/defs`.
pub fn boards() -> Boards {
    Boards(DEFS.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect())
}

/// Those of a folder: its files `NAME.toml`.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn in_folder(folder: &Path) -> Result<Boards, Error> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Read { path, source }
    };
    let mut out = Boards::default();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(stem), true) = (stem, path.extension().is_some_and(|end| end == "toml")) {
            out.0.insert(stem.into(), std::fs::read_to_string(&path).map_err(at(&path))?);
        }
    }
    Ok(out)
}

/// The shape of `modules/NAME.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    modules: Vec<String>,
}

/// `modules` with each `@NAME` put in place; sorted, each once, `-` written `_`.
///
/// # Errors
/// There is no such set, or it is not TOML.
pub(crate) fn expand(board: &str, modules: &[String]) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    for word in modules {
        let Some(set) = word.strip_prefix('@') else {
            out.push(word.clone());
            continue;
        };
        let known = || SETS.iter().map(|(name, _)| format!("@{name}")).collect::<Vec<_>>().join(", ");
        let no_set = || Error::Set { name: board.into(), set: set.into(), known: known() };
        let (_, text) = SETS.iter().find(|(name, _)| *name == set).ok_or_else(no_set)?;
        let shape = |source| Error::Shape { name: format!("{board}, set @{set}"), source: Box::new(source) };
        out.extend(toml::from_str::<Set>(text).map_err(shape)?.modules);
    }
    for module in &mut out {
        *module = module.replace('-', "_");
    }
    out.sort();
    out.dedup();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_of_the_tree_is_good() {
        let boards = boards();
        assert!(boards.names().count() >= 7);
        for name in boards.names() {
            let board = boards.board(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Board::read(name, &board.to_text()).unwrap(), board);
            assert!(
                usize::from(board.sensor.workers) < usize::from(board.machine.cpus),
                "{name}: a core for all else"
            );
            if let Some(panel) = &board.panel {
                assert!(lcd_ui::displays::kind(&panel.kind).is_some(), "{name}: no panel {}", panel.kind);
            }
        }
    }

    #[test]
    fn a_folder_is_read_and_an_unknown_name_tells_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.toml"), DEFS[0].1).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        let boards = in_folder(folder.path()).unwrap();
        assert_eq!(boards.names().collect::<Vec<_>>(), ["mine"]);
        assert_eq!(boards.board("mine").unwrap().name, "mine");
        let error = boards.board("yours").unwrap_err().to_string();
        assert!(error.starts_with("there is no board yours; there are: mine"), "{error}");
        let error = in_folder(&folder.path().join("none")).unwrap_err().to_string();
        assert!(error.starts_with("reading "), "{error}");
    }

    #[test]
    fn sets_are_put_in_place() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let all = expand("b", &words(&["zz-top", "@base", "zz_top"])).unwrap();
        assert!(all.contains(&"zz_top".into()) && all.contains(&"ext4".into()));
        assert_eq!(all.iter().filter(|module| *module == "zz_top").count(), 1);
        assert!(!all.iter().any(|module| module.contains(['@', '-'])));
    }
}
