//! What a command tells: text as it comes, or one JSON object at the end.

use std::io::Write;

use serde_json::{Map, Value, json};
use settings::item;
use wire::local::{Failed, Say, Step, Wrong};

use crate::form::wrong_line;
use crate::screen::step_line;
use crate::text::plain;

/// Collects and tells.
pub struct Report {
    json: bool,
    steps: Vec<Value>,
    lines: Vec<Value>,
    fields: Map<String, Value>,
    /// A step of a test failed.
    pub step_failed: bool,
}

impl Report {
    /// As JSON, or as text.
    pub fn new(json: bool) -> Report {
        Report { json, steps: Vec::new(), lines: Vec::new(), fields: Map::new(), step_failed: false }
    }

    /// A line of text; not in JSON.
    pub fn text(&self, line: &str) {
        if !self.json {
            // Who closed the pipe wants no more of it.
            writeln!(std::io::stdout(), "{}", plain(line)).ok();
        }
    }

    /// A field of the JSON object; not in text.
    pub fn field(&mut self, name: &str, value: Value) {
        self.fields.insert(name.into(), value);
    }

    /// What came before the last answer.
    pub fn say(&mut self, say: &Say) {
        match say {
            Say::Step(step) => self.step(step),
            Say::Line(line) => {
                self.text(line);
                self.lines.push(json!(plain(line)));
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &Step) {
        self.text(&step_line(step));
        self.step_failed |= step.outcome.is_err();
        let mut value = match &step.outcome {
            Ok(words) => json!({ "ok": true, "words": plain(words) }),
            Err(failed) => failed_json(failed),
        };
        value["name"] = json!(plain(&step.name));
        self.steps.push(value);
    }

    /// It is done.
    pub fn done(&mut self, words: &str) -> Exit {
        self.text(words);
        self.field("words", json!(plain(words)));
        self.end(true)
    }

    /// It went wrong.
    pub fn failed(&mut self, failed: &Failed) -> Exit {
        if !self.json {
            eprintln!("stillwatch-console: {}", plain(&failed.to_string()));
        }
        if let Value::Object(fields) = failed_json(failed) {
            self.fields.extend(fields);
        }
        self.end(false)
    }

    /// It was not taken.
    pub fn wrong(&mut self, wrong: &[Wrong]) -> Exit {
        for wrong in wrong {
            if !self.json {
                let id = if item(&wrong.id).is_some() { &wrong.id } else { "" };
                eprintln!("stillwatch-console: {id}: {}", plain(&wrong_line(wrong)));
            }
        }
        let wrong = wrong.iter().map(
            |wrong| json!({ "id": wrong.id, "words": plain(&wrong.words), "remedy": plain(&wrong.remedy) }),
        );
        self.fields.insert("wrong".into(), wrong.collect());
        self.field("words", json!("Not taken: nothing was changed."));
        self.end(false)
    }

    /// Writes the JSON object.
    pub fn end(&mut self, ok: bool) -> Exit {
        if self.json {
            let mut fields = std::mem::take(&mut self.fields);
            fields.insert("ok".into(), json!(ok));
            for (name, list) in [("steps", &mut self.steps), ("lines", &mut self.lines)] {
                if !list.is_empty() {
                    fields.insert(name.into(), Value::Array(std::mem::take(list)));
                }
            }
            writeln!(std::io::stdout(), "{:#}", Value::Object(fields)).ok();
        }
        if ok { Exit::Ok } else { Exit::Failed }
    }
}

/// `{"ok": false, "code": "E05", "words": …, "remedy": …}`.
pub fn failed_json(failed: &Failed) -> Value {
    json!({
        "ok": false,
        "code": failed.code.map(|code| format!("E{:02}", code.number())),
        "words": plain(&failed.words),
        "remedy": plain(&failed.remedy),
    })
}

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed, not taken, or the service is away.
    Failed = 1,
    /// Wrong usage; nothing was asked of the service.
    Usage = 2,
}
