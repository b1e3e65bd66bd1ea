//! Text in rows: wrapped at spaces, in pages, nothing ever left out.

/// How much text fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Characters in a row.
    pub columns: usize,
    /// Rows for text, without the heading's.
    pub rows: usize,
    /// A heading has a row of its own; else it is the first paragraph.
    pub headed: bool,
}

impl Grid {
    /// What is left below a heading: all of it when there is none.
    pub fn below(self, title: &str) -> Grid {
        let rows = self.rows + usize::from(self.headed && title.is_empty());
        Grid { rows, ..self }
    }
}

/// Paragraphs in rows, one after the other. A word longer than a row goes on in the next.
pub fn rows(text: &[String], width: impl Fn(usize) -> usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for paragraph in text {
        let mut row = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = word;
            loop {
                let room = width(rows.len()).max(1);
                let used = row.chars().count();
                let gap = usize::from(used > 0);
                if used + gap + word.chars().count() <= room {
                    if gap == 1 {
                        row.push(' ');
                    }
                    row.push_str(word);
                    break;
                }
                // Not broken where the next row, a wider one, has room for all of it.
                if used > 0 || (room < width(0) && word.chars().count() <= width(0)) {
                    rows.push(std::mem::take(&mut row));
                    continue;
                }
                let end = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
                let (head, tail) = word.split_at(end);
                rows.push(head.into());
                word = tail;
            }
        }
        if !row.is_empty() {
            rows.push(row);
        }
    }
    rows
}

/// Blocks in pages, as many on each as fit whole. One that needs several pages leaves
/// two columns in the last row of each for the mark that more follows, unless they turn
/// by themselves. Without a row of its own the heading is the first paragraph.
pub fn pages(title: &str, blocks: &[Vec<String>], turns: bool, grid: Grid) -> Vec<Vec<String>> {
    let grid = grid.below(title);
    let mut blocks = blocks.to_vec();
    if !grid.headed && !title.is_empty() {
        match blocks.first_mut() {
            Some(first) => first.insert(0, title.to_owned()),
            None => blocks.push(vec![title.to_owned()]),
        }
    }
    let narrow = |row: usize| grid.columns - 2 * usize::from(row % grid.rows == grid.rows - 1);
    let mut pages: Vec<Vec<String>> = Vec::new();
    for block in &blocks {
        let whole = rows(block, |_| grid.columns);
        let lines = if whole.len() <= grid.rows || turns { whole } else { rows(block, narrow) };
        let fits = pages.last().is_some_and(|page| page.len() + lines.len() <= grid.rows);
        match pages.last_mut() {
            Some(page) if fits => page.extend(lines),
            _ => pages.extend(lines.chunks(grid.rows).map(<[String]>::to_vec)),
        }
    }
    if pages.is_empty() {
        pages.push(Vec::new());
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: Grid = Grid { columns: 16, rows: 2, headed: false };

    #[test]
    fn a_long_remedy_on_the_smallest_panel() {
        let text = [vec!["Exempt the platform's name from TLS inspection.".to_owned()]];
        let pages = pages("E09 not trusted", &text, false, SMALL);
        let want = [["E09 not trusted", "Exempt the"], ["platform's name", "from TLS"], ["inspection.", ""]];
        for (page, want) in pages.iter().zip(want) {
            let page: Vec<&str> = page.iter().map(String::as_str).collect();
            assert_eq!(page, want.into_iter().filter(|row| !row.is_empty()).collect::<Vec<_>>());
        }
        assert_eq!(pages.len(), 3);
    }

    #[test]
    fn without_a_heading_there_is_a_row_more() {
        let large = Grid { columns: 20, rows: 3, headed: true };
        assert_eq!((large.below("").rows, large.below("STATUS").rows, SMALL.below("").rows), (4, 3, 2));
    }

    #[test]
    fn entries_stay_together() {
        let entry = |one: &str, two: &str| vec![one.to_owned(), two.to_owned()];
        let entries = [entry("sensor", "10.0.0.1"), entry("online", "sent 1 s ago"), entry("a", "b")];
        assert_eq!(pages("", &entries, true, SMALL).len(), 3);
        let large = Grid { columns: 20, rows: 3, headed: true };
        assert_eq!(
            pages("", &entries, true, large),
            [vec!["sensor", "10.0.0.1", "online", "sent 1 s ago"], vec!["a", "b"]]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_cut(words in proptest::collection::vec("[a-z.:/]{1,40}", 0..30), columns in 4_usize..24, rows in 1_usize..6) {
            let text = [vec![words.join(" ")]];
            let grid = Grid { columns, rows, headed: false };
            let pages = pages("", &text, false, grid);
            let all: String = pages.iter().flatten().map(String::as_str).collect();
            prop_assert_eq!(all.replace(' ', ""), words.concat());
            for page in &pages {
                prop_assert!(page.len() <= rows);
                prop_assert!(page.iter().all(|row| row.chars().count() <= columns));
            }
        }
    }
}
