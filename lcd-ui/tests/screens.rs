//! Every screen on every panel, as text: complete, and as it was when somebody last looked.
//!
//! `UPDATE_SNAPSHOTS=1 cargo nextest run -p stillwatch-lcd-ui --test screens` writes the files
//! anew. A graphic panel's screens are their text and a digest of the pixels; the pictures
//! themselves are made by `--example screens`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use lcd_ui::demo::{Stop, tour};
use lcd_ui::displays::{Characters, DISPLAYS, Kind, Picture, Shape};
use lcd_ui::screens::{View, characters};

/// Columns and rows of a panel, a graphic one's in its usual font.
fn size(kind: &Kind) -> (usize, usize) {
    match kind.shape {
        Shape::Characters { columns, rows } => (columns.into(), rows.into()),
        Shape::Pixels { .. } => (21, 6),
    }
}

fn text(kind: &Kind, stop: &Stop) -> String {
    let mut out = format!("{}\n", stop.name);
    let shown = characters(&stop.view, kind.shape);
    let (columns, rows) = size(kind);
    for row in 0..rows {
        let line = shown.rows.get(row).map_or("", String::as_str);
        let _ = writeln!(out, "  |{line:<columns$}|");
        if let Some((column, _)) = shown.cursor.filter(|cursor| usize::from(cursor.1) == row) {
            let _ = writeln!(out, "   {:>width$}", '^', width = usize::from(column) + 1);
        }
    }
    if let Picture::Pixels(canvas) = &stop.picture {
        // FNV-1a over the pixels, row by row.
        let (width, height) = canvas.dimensions();
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let digest = pixels.fold(0xCBF2_9CE4_8422_2325_u64, |digest, (x, y)| {
            (digest ^ u64::from(canvas.pixel(x, y))).wrapping_mul(0x0100_0000_01B3)
        });
        let _ = writeln!(out, "  pixels {digest:016x}");
    }
    out
}

#[test]
fn every_screen_looks_as_it_did() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for kind in DISPLAYS {
        let now: String = tour(kind.shape).iter().map(|stop| text(kind, stop)).collect();
        let file = folder.join(format!("{}.txt", kind.name));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &now).expect("a file");
            continue;
        }
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = now.lines().zip(before.lines()).position(|(now, before)| now != before);
        let at = differs.unwrap_or(now.lines().count().min(before.lines().count()));
        let near =
            |text: &str| text.lines().skip(at.saturating_sub(4)).take(8).collect::<Vec<_>>().join("\n");
        assert!(
            now == before,
            "{}: line {} differs; look, then UPDATE_SNAPSHOTS=1\nbefore:\n{}\nnow:\n{}",
            file.display(),
            at + 1,
            near(&before),
            near(&now)
        );
    }
}

#[test]
fn every_screen_is_complete_and_readable() {
    for kind in DISPLAYS {
        let (columns, rows) = size(kind);
        let mut names = BTreeSet::new();
        for stop in tour(kind.shape) {
            let Stop { name, view, .. } = &stop;
            assert!(names.insert(name.clone()), "{}: {name} twice", kind.name);
            let Characters { rows: lines, cursor } = characters(view, kind.shape);
            assert!(lines.len() <= rows, "{} {name}: {lines:?}", kind.name);
            for line in &lines {
                assert!(line.chars().count() <= columns, "{} {name}: {line:?} is cut", kind.name);
                assert!(
                    line.chars().all(|c| (' '..='~').contains(&c) || "↑↓←→".contains(c)),
                    "{name}: {line}"
                );
            }
            assert!(lines.iter().any(|line| !line.trim().is_empty()), "{} {name} is blank", kind.name);
            assert!(
                cursor.is_none_or(|(column, row)| usize::from(column) < columns && usize::from(row) < rows)
            );
            match view {
                View::Menu { title, items, .. } => {
                    assert!(items.iter().all(|item| item.chars().count() <= 16), "{name}: {items:?}");
                    assert!(title.chars().count() <= 16, "{name}: {title}");
                }
                View::Page { title, .. } | View::Busy { title, .. } | View::Edit { label: title, .. } => {
                    assert!(title.chars().count() <= 20, "{name}: {title}");
                }
            }
        }
    }
}

/// What is written on its pages is all of what a screen has to say.
#[test]
fn no_word_is_lost_between_pages() {
    for kind in DISPLAYS {
        let stops = tour(kind.shape);
        for first in stops.iter().filter(|stop| stop.name.ends_with("-1")) {
            let View::Page { title, text, turns: false, .. } = &first.view else { continue };
            let stem = first.name.trim_end_matches('1');
            let pages = stops.iter().filter(|stop| {
                let number = stop.name.strip_prefix(stem);
                number.is_some_and(|number| number.parse::<u32>().is_ok())
            });
            let shown: String = pages
                .flat_map(|stop| characters(&stop.view, kind.shape).rows)
                .flat_map(|row| row.chars().collect::<Vec<char>>())
                .filter(|c| !c.is_whitespace() && !"↑↓".contains(*c))
                .collect();
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            assert!(shown.contains(&squeeze(title)), "{} {}: {title}", kind.name, first.name);
            for paragraph in text.iter().flatten() {
                let headed = match kind.shape {
                    Shape::Characters { rows: 2, .. } => false,
                    _ => shown.matches(&squeeze(title)).count() > 1,
                };
                // With a heading on each page a paragraph may be interrupted by it.
                if !headed {
                    assert!(shown.contains(&squeeze(paragraph)), "{} {}: {paragraph}", kind.name, first.name);
                }
            }
        }
    }
}
