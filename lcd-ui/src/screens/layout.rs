//! Screens on character panels.

use super::view::View;
use super::wrap::{Grid, pages};
use crate::displays::{Characters, Shape};

/// How much text a panel holds.
pub fn grid(shape: Shape) -> Grid {
    match shape {
        Shape::Characters { columns, rows } if rows > 2 => {
            Grid { columns: columns.into(), rows: usize::from(rows) - 1, headed: true }
        }
        Shape::Characters { columns, rows } => {
            Grid { columns: columns.into(), rows: rows.into(), headed: false }
        }
        // Five rows of 6x10 below the bar (`graphic.rs`).
        Shape::Pixels { .. } => Grid { columns: 21, rows: 5, headed: true },
    }
}

/// Puts a view on a panel of characters.
pub fn characters(view: &View, shape: Shape) -> Characters {
    let grid = grid(shape);
    match view {
        View::Page { title, text, page, turns } => self::page(title, text, *page, *turns, grid),
        View::Menu { title, items, at } => menu(title, items, *at, grid),
        View::Edit { label, value, cursor: Some(cursor), split: Some(split), .. }
            if value.chars().count() > grid.columns =>
        {
            broken(label, value, *cursor, *split, grid)
        }
        View::Edit { label, value, cursor: Some(cursor), hint, .. } => {
            let window = Window::new(value, *cursor, grid.columns);
            let mut lines = vec![label.clone(), window.text];
            lines.extend(hints(hint, grid));
            Characters { rows: lines, cursor: Some((window.cursor as u8, 1)) }
        }
        View::Edit { label, value, since, hint, .. } => offer(label, value, *since, hint, grid),
        View::Busy { title, steps, beat } => {
            let mut lines = vec![apart(title, spinner(*beat), grid.columns)];
            let room = if grid.headed { grid.rows } else { grid.rows - 1 };
            lines.extend(steps.iter().skip(steps.len().saturating_sub(room)).cloned());
            Characters::new(lines)
        }
    }
}

/// The bar that turns while something goes on.
pub fn spinner(beat: u64) -> &'static str {
    ["-", "/", "|", "*"][(beat % 4) as usize]
}

/// Two texts at the ends of a row; the right one gives way where both do not fit.
pub fn apart(left: &str, right: &str, columns: usize) -> String {
    let (wide, narrow) = (left.chars().count(), right.chars().count());
    if wide + 1 + narrow > columns {
        return left.into();
    }
    format!("{left}{}{right}", " ".repeat(columns - wide - narrow))
}

/// `2/5`.
pub fn place(at: usize, of: usize) -> String {
    format!("{}/{of}", at + 1)
}

fn page(title: &str, text: &[Vec<String>], page: usize, turns: bool, grid: Grid) -> Characters {
    let grid = Grid { headed: grid.headed && !title.is_empty(), ..grid.below(title) };
    let pages = pages(title, text, turns, grid);
    let at = page % pages.len();
    let mut lines = pages[at].clone();
    if pages.len() > 1 && !turns {
        lines.resize(grid.rows, String::new());
        let mark = if at + 1 < pages.len() { "↓" } else { "↑" };
        if let Some(last) = lines.last_mut() {
            *last = apart(last, mark, grid.columns);
        }
    }
    if grid.headed {
        let right = if pages.len() > 1 { place(at, pages.len()) } else { String::new() };
        lines.insert(0, apart(title, &right, grid.columns));
    }
    Characters::new(lines)
}

fn menu(title: &str, items: &[String], at: usize, grid: Grid) -> Characters {
    let head = apart(title, &place(at, items.len()), grid.columns);
    if !grid.headed {
        return Characters::new([head, items.get(at).cloned().unwrap_or_default()]);
    }
    let from = top(at, items.len(), grid.rows);
    let shown = items.iter().enumerate().skip(from).take(grid.rows);
    let list = shown.map(|(item, words)| format!("{}{words}", if item == at { '→' } else { ' ' }));
    Characters::new(std::iter::once(head).chain(list))
}

/// The first item shown, such that the chosen one is in the middle where possible.
pub fn top(at: usize, of: usize, rows: usize) -> usize {
    at.saturating_sub(rows / 2).min(of.saturating_sub(rows))
}

/// A value offered as a whole: beside its label where it fits, else both in turns of two seconds.
fn offer(label: &str, value: &str, since: u64, hint: &[&str; 2], grid: Grid) -> Characters {
    let head = apart(label, "OK?", grid.columns);
    let value_rows = super::wrap::rows(&[value.to_owned()], |_| grid.columns);
    let room = if grid.headed { grid.rows } else { 1 };
    if value_rows.len() <= room {
        let mut lines = vec![head];
        let count = value_rows.len().max(1);
        lines.extend(value_rows);
        lines.resize(1 + count, String::new());
        lines.extend(hints(hint, grid).into_iter().skip(count - 1));
        return Characters::new(lines);
    }
    let all = if grid.headed { grid.rows + 1 } else { grid.rows };
    let (near, far) = value_rows.split_at(room);
    let mut pages = vec![std::iter::once(head).chain(near.iter().cloned()).collect::<Vec<String>>()];
    pages.extend(far.chunks(all).map(<[String]>::to_vec));
    let at = (since / 2) as usize % pages.len();
    Characters::new(pages.swap_remove(at))
}

/// A value in two rows, its first part beside the label.
fn broken(label: &str, value: &str, cursor: usize, split: usize, grid: Grid) -> Characters {
    let (head, tail): (Vec<char>, Vec<char>) =
        (value.chars().take(split).collect(), value.chars().skip(split).collect());
    let indent = grid.columns.saturating_sub(split);
    let first = apart(label, &head.iter().collect::<String>(), grid.columns);
    let second = format!("{}{}", " ".repeat(indent), tail.iter().collect::<String>());
    let at = if cursor < split { (indent + cursor, 0) } else { (indent + cursor - split, 1) };
    Characters { rows: vec![first, second], cursor: Some((at.0 as u8, at.1)) }
}

fn hints(hint: &[&str; 2], grid: Grid) -> Vec<String> {
    let room = if grid.headed { grid.rows - 1 } else { 0 };
    hint.iter().take(room).map(|&row| row.to_owned()).collect()
}

/// The part of a value around the cursor; arrows where it goes on.
pub struct Window {
    /// What is seen.
    pub text: String,
    /// Where the cursor is in it.
    pub cursor: usize,
}

impl Window {
    /// A window of so many columns that holds the cursor.
    pub fn new(value: &str, cursor: usize, columns: usize) -> Window {
        let mut value: Vec<char> = value.chars().collect();
        if cursor >= value.len() {
            value.resize(cursor + 1, ' ');
        }
        if value.len() <= columns {
            return Window { text: value.into_iter().collect(), cursor };
        }
        // The cursor stays off the edges, where the arrows are.
        let from = (cursor + 2).saturating_sub(columns).min(value.len() - columns);
        let from = if cursor + 1 == value.len() { value.len() - columns } else { from };
        let mut seen: Vec<char> = value[from..from + columns].to_vec();
        if from > 0 {
            seen[0] = '←';
        }
        if from + columns < value.len() {
            seen[columns - 1] = '→';
        }
        Window { text: seen.into_iter().collect(), cursor: cursor - from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_follows_the_cursor() {
        let value = "192.168.100.150/24";
        let first = Window::new(value, 0, 16);
        assert_eq!((first.text.as_str(), first.cursor), ("192.168.100.150→", 0));
        let last = Window::new(value, 17, 16);
        assert_eq!((last.text.as_str(), last.cursor), ("←.168.100.150/24", 15));
    }

    #[test]
    fn the_cursor_is_never_under_an_arrow() {
        let value: String = ('a'..='z').cycle().take(60).collect();
        for cursor in 0..=60 {
            let window = Window::new(&value, cursor, 16);
            assert_eq!(window.text.chars().count(), 16);
            let under = window.text.chars().nth(window.cursor);
            let want = value.chars().nth(cursor).or(Some(' '));
            assert_eq!(under, want, "{cursor}: {}", window.text);
        }
    }
}
