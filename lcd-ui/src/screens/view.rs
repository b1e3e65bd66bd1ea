//! What a screen shows, without knowing how large a panel is.

/// The content of a screen. `layout` puts it on character panels, `graphic` on pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Something to read, page by page.
    Page {
        /// Heading; blank: none. At most 16 characters.
        title: String,
        /// Blocks of paragraphs. A paragraph begins in a new row and is wrapped at spaces;
        /// a block stays on one page where it fits one.
        text: Vec<Vec<String>>,
        /// Which page, from 0; beyond the last one counts on from the first.
        page: usize,
        /// Turns by itself: no mark that more follows.
        turns: bool,
    },
    /// One of several things to choose.
    Menu {
        /// Heading, at most 16 characters.
        title: String,
        /// At most 16 characters each.
        items: Vec<String>,
        /// The one under the cursor.
        at: usize,
    },
    /// A value being edited, or offered as a whole.
    Edit {
        /// What it is, at most 16 characters.
        label: String,
        /// As it stands now.
        value: String,
        /// The character under the cursor; `None`: the whole is offered.
        cursor: Option<usize>,
        /// Where the value may be broken on a panel too narrow for it.
        split: Option<usize>,
        /// Seconds for which it has been offered: what does not fit is shown in turns.
        since: u64,
        /// Two rows for larger panels.
        hint: [&'static str; 2],
    },
    /// Something is under way.
    Busy {
        /// What, at most 14 characters.
        title: String,
        /// What was done so far; the newest last, at most 16 characters each.
        steps: Vec<String>,
        /// Counts up while it goes on.
        beat: u64,
    },
}

impl View {
    /// Something that turns its own pages.
    pub fn turning(title: impl Into<String>, text: Vec<String>, page: usize) -> View {
        View::Page { title: title.into(), text: vec![text], page, turns: true }
    }
}
