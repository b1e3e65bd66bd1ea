//! Text of several lines that is pasted into the terminal. Bounded; Ctrl-C leaves.

use crate::screen::{Did, Screen, Stop, UNCHANGED};

/// Longest line of a paste.
const LINE: usize = 2_048;

fn next(screen: &mut Screen<'_>, prompt: &str) -> Did<String> {
    let line = screen.line(prompt, LINE, false)?;
    if line == "q" { Err(Stop::Left(UNCHANGED)) } else { Ok(line) }
}

/// Certificates in PEM: the first line was typed already, each ends with its END
/// line, and another may follow at once. `Err` says why they are not taken.
///
/// # Errors
/// [`Stop::Left`] on Ctrl-C, and on a line `q`, which stands in neither.
pub fn certificates(screen: &mut Screen<'_>, first: String, most: usize) -> Did<Result<String, String>> {
    if !first.starts_with("-----BEGIN ") {
        return Ok(Err("no certificate: paste it with its BEGIN and END lines.".into()));
    }
    let (mut text, mut line) = (String::new(), first);
    let mut long = false;
    loop {
        long |= text.len() + line.len() > most;
        if !long {
            text.push_str(line.trim());
            text.push('\n');
        }
        let ended = line.trim_start().starts_with("-----END ");
        line = next(screen, if ended { "More (Enter: no):" } else { ">" })?;
        if ended && line.trim().is_empty() {
            break;
        }
        if ended && !line.starts_with("-----BEGIN ") {
            return Ok(Err("bad paste: behind an END line only a BEGIN line may stand.".into()));
        }
    }
    if long {
        return Ok(Err(format!("too long: at most {most} characters.")));
    }
    Ok(Ok(text))
}

/// Lines until one that holds a single dot, or nothing but `end`.
///
/// # Errors
/// [`Stop::Left`] on Ctrl-C, and on a line `q`, which stands in neither.
pub fn text(screen: &mut Screen<'_>, end: &str, most: usize) -> Did<Result<String, String>> {
    let (mut text, mut long) = (String::new(), false);
    loop {
        let line = next(screen, ">")?;
        if line.trim() == "." || line.trim() == end {
            break;
        }
        long |= text.len() + line.len() > most;
        if !long {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    Ok(if long { Err(format!("Too long: at most {most} characters.")) } else { Ok(text) })
}
