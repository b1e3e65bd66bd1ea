//! Where output goes, and tables.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use crate::exit::Failure;

/// Standard output, or a file that is complete or not there at all.
pub fn open(path: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    match path {
        None => Ok(Box::new(BufWriter::new(anstream::stdout()))),
        Some(path) => match File::create(path) {
            Ok(file) => Ok(Box::new(BufWriter::new(file))),
            Err(error) => Err(Failure::Usage(format!("cannot write {}: {error}", path.display()))),
        },
    }
}

/// Writes every part of the Zeek-style export into a folder, made if need be.
pub fn zeek(inventory: &assets::Inventory, folder: &Path) -> Result<(), Failure> {
    let cannot =
        |path: &Path, error: &io::Error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let mut names = Vec::new();
    for format in export::FORMATS.iter().filter(|format| format.name() == "zeek") {
        for (part, file) in format.parts().iter().enumerate() {
            let path = folder.join(file.file);
            let written = File::create(&path).and_then(|to| {
                let mut to = BufWriter::new(to);
                format.write(part, inventory, &mut to)?;
                to.flush()
            });
            written.map_err(|error| cannot(&path, &error))?;
            names.push(file.file);
        }
    }
    anstream::eprintln!("Wrote {} to {}.", names.join(", "), folder.display());
    Ok(())
}

/// Columns of the terminal; none when standard output is no terminal.
pub fn width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

/// Narrowest a column is made to fit a terminal.
const NARROWEST: usize = 12;

/// Shortens cells of the columns that may give way, the widest first, until the
/// rows fit; what is cut ends in `…`.
pub fn fit<const N: usize>(rows: &mut [[String; N]], headings: &[&str; N], flexible: &[usize], width: u16) {
    let wide = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..N).map(wide).collect();
    while widths.iter().map(|width| width + 2).sum::<usize>() > usize::from(width) {
        let widest = flexible.iter().copied().max_by_key(|column| widths[*column]);
        match widest.filter(|column| widths[*column] > NARROWEST) {
            Some(column) => widths[column] -= 1,
            None => break,
        }
    }
    for row in rows {
        for column in flexible {
            let (cell, most) = (&mut row[*column], widths[*column]);
            if cell.chars().count() > most {
                *cell = cell.chars().take(most - 1).chain(['…']).collect();
            }
        }
    }
}

/// A table of text without rules, columns two spaces apart, indented by one.
pub struct Columns {
    table: Table,
}

impl Columns {
    /// With these headings; those that start with `>` are aligned right.
    pub fn new(headings: &[&str], width: Option<u16>) -> Columns {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(headings.iter().map(|heading| heading.trim_start_matches('>')));
        match width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        for (index, heading) in headings.iter().enumerate() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((1, 1));
                if heading.starts_with('>') {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        Columns { table }
    }

    /// Keeps a column from being wrapped below its content.
    pub fn whole(&mut self, index: usize) {
        if let Some(column) = self.table.column_mut(index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }

    /// Adds a row.
    pub fn row<T: ToString>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.table.add_row(cells.into_iter().map(|cell| cell.to_string()));
    }

    /// Writes the table, without trailing blanks.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        for line in self.table.lines() {
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A count with thousands parted by commas.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that suits them.
pub fn bytes(number: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", units[unit])
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_204_551].map(count), ["0", "999", "1,204,551"]);
        assert_eq!([12, 1_500, 812_000_000].map(bytes), ["12 B", "1.5 kB", "812 MB"]);
    }

    #[test]
    fn rows_fit_a_terminal() {
        let long = || ["a name that is rather long".to_owned(), "00:11:22:33:44:55".to_owned()];
        let mut rows = [long()];
        fit(&mut rows, &["NAME", "MAC"], &[0], 38);
        assert_eq!(rows[0], ["a name that is r…", "00:11:22:33:44:55"]);
        let mut rows = [long()];
        fit(&mut rows, &["NAME", "MAC"], &[0], 200);
        assert_eq!(rows[0], long());
    }

    #[test]
    fn tables_are_plain_text() {
        let mut table = Columns::new(&["NAME", ">N"], None);
        table.row(["a", "1"]);
        table.row(["long name", "22"]);
        let mut text = Vec::new();
        table.write(&mut text).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), " NAME        N\n a           1\n long name  22\n");
    }
}
