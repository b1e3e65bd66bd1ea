//! One asset: summary, evidence, identity, traffic, raw.

use askama::Template;
use assets::doc::{Address, Attribute, Evidence, IdentityKey};
use axum::http::{HeaderValue, StatusCode, header};
use platform_core::views::{AssetAnswer, AssetDetail, TalkPage, TalkQuery};

use super::traffic::{Filter, TalkRow, rows};
use crate::answer::{Answer, Problems, Refusal, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::parts::{Html, confidence, html, mark, nothing};
use crate::text::{counted, escaped, title};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/assets/{id}", summary),
    Route::get("/assets/{id}/evidence", evidence),
    Route::get("/assets/{id}/identity", identity),
    Route::get("/assets/{id}/traffic", talks),
    Route::get("/assets/{id}/raw", raw),
];

/// The tabs: address after the asset's, words.
pub const TABS: &[(&str, &str)] = &[
    ("", "Summary"),
    ("/evidence", "Evidence"),
    ("/identity", "Identity"),
    ("/traffic", "Traffic"),
    ("/raw", "Raw"),
];

/// Values that people may set: field, label, hint.
pub const EDITABLE: &[(&str, &str, &str)] = &[
    ("name", "Name", ""),
    ("type", "Type", "server, printer, plc …"),
    ("maker", "Maker", ""),
    ("model", "Model", ""),
    ("os", "System", ""),
    ("owner", "Owner", ""),
    ("criticality", "Criticality", "low, medium, high, critical"),
    ("tags", "Tags", "parted by ;"),
    ("notes", "Notes", ""),
];

/// Whether people may set an attribute.
pub fn editable(attribute: &str) -> bool {
    EDITABLE.iter().any(|field| field.0 == attribute)
}

/// What every tab shows.
pub struct Detail {
    /// The asset.
    pub detail: AssetDetail,
    /// Its tab: address after the asset's.
    pub tab: &'static str,
    /// What was wrong with a form.
    pub problems: Problems,
}

/// Summary.
#[derive(Template)]
#[template(path = "asset.html")]
pub struct SummaryPage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub of: Detail,
}

/// Evidence.
#[derive(Template)]
#[template(path = "asset_evidence.html")]
pub struct EvidencePage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub of: Detail,
}

/// The observations behind a value.
#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidenceTable<'a> {
    frame: &'a Frame,
    of: &'a Detail,
    list: &'a [Evidence],
    words: &'a str,
}

/// Identity.
#[derive(Template)]
#[template(path = "asset_identity.html")]
pub struct IdentityPage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub of: Detail,
}

/// Traffic.
#[derive(Template)]
#[template(path = "asset_traffic.html")]
pub struct TrafficPage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub of: Detail,
    /// A page of its conversations.
    pub rows: Vec<TalkRow>,
    /// Address of the next page.
    pub next: Option<String>,
}

/// Raw.
#[derive(Template)]
#[template(path = "asset_raw.html")]
pub struct RawPage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub of: Detail,
    /// Its document.
    pub json: String,
}

/// The asset of the address, or what to answer instead.
pub fn find(
    ask: &Ask,
    tab: &'static str,
) -> Result<Result<(Frame, Detail), axum::response::Response>, Refusal> {
    let id = ask.path.get("id");
    match ask.platform.asset(id)? {
        AssetAnswer::Found(detail) => {
            let frame = ask.frame(detail.row.name.clone(), Section::Inventory)?;
            Ok(Ok((frame, Detail { detail: *detail, tab, problems: Problems::default() })))
        }
        AssetAnswer::Moved(to) => {
            let mut answer = crate::answer::redirect("/");
            *answer.status_mut() = StatusCode::MOVED_PERMANENTLY;
            let address = HeaderValue::from_str(&format!("/assets/{to}{tab}"));
            answer
                .headers_mut()
                .insert(header::LOCATION, address.unwrap_or_else(|_| HeaderValue::from_static("/")));
            Ok(Err(answer))
        }
        AssetAnswer::Missing => {
            let words = format!("There is no asset {id}.");
            let cure = "It may have been known by a key that is gone. Search for its address, MAC or name.";
            Err(Refusal::new(StatusCode::NOT_FOUND, "No such asset", words, cure)
                .on("/inventory", "Open inventory"))
        }
    }
}

macro_rules! tab {
    ($ask:expr, $tab:literal) => {
        match find($ask, $tab)? {
            Ok(found) => found,
            Err(moved) => return Ok(moved),
        }
    };
}

fn summary(ask: &Ask) -> Answer {
    let (frame, of) = tab!(ask, "");
    page(&SummaryPage { frame, of })
}

fn evidence(ask: &Ask) -> Answer {
    let (frame, of) = tab!(ask, "/evidence");
    page(&EvidencePage { frame, of })
}

fn identity(ask: &Ask) -> Answer {
    let (frame, of) = tab!(ask, "/identity");
    page(&IdentityPage { frame, of })
}

fn talks(ask: &Ask) -> Answer {
    let (frame, of) = tab!(ask, "/traffic");
    let cursor = Some(ask.query.get("cursor").to_owned()).filter(|cursor| !cursor.is_empty());
    let asset = of.detail.asset.asset_id.clone();
    let query = TalkQuery { asset: Some(asset), cursor, limit: 100, ..TalkQuery::default() };
    let found: TalkPage = ask.platform.talks(&query)?;
    let path = format!("/assets/{}/traffic", of.detail.asset.asset_id);
    let next = found.next.clone().map(|cursor| Filter { cursor, ..Filter::default() }.address(&path));
    page(&TrafficPage { rows: rows(&frame, &found.items), frame, of, next })
}

fn raw(ask: &Ask) -> Answer {
    let (frame, of) = tab!(ask, "/raw");
    let json = serde_json::to_string_pretty(&of.detail)
        .map_err(|error| platform_core::Error::Internal(error.to_string()))?;
    page(&RawPage { frame, of, json })
}

impl EvidencePage {
    /// The observations behind a value, as a table.
    pub fn table(&self, list: &[Evidence], words: &str) -> Html {
        let table = EvidenceTable { frame: &self.frame, of: &self.of, list, words };
        html(table.render().unwrap_or_default())
    }
}

impl Detail {
    /// Address of the asset.
    pub fn address(&self) -> String {
        format!("/assets/{}", self.detail.asset.asset_id)
    }

    /// A value that somebody set.
    pub fn set(&self, field: &str) -> Option<&platform_core::views::ManualValue> {
        self.detail.manual.iter().find(|value| value.field == field)
    }

    /// The mark of a value: you, or auto.
    pub fn mark(&self, field: &str) -> Html {
        mark(self.set(field).is_some(), self.set(field).map_or("", |value| value.by.as_str()))
    }

    /// What was decided without people, when somebody set something else.
    pub fn auto(&self, field: &str) -> Html {
        let said = self.detail.asset.attributes.iter().find(|attribute| attribute.name == field);
        match (self.set(field), said) {
            (Some(set), Some(said)) if said.value != set.value => {
                html(format!("auto would say {} ({:.2})", escaped(&said.value), said.confidence))
            }
            _ => nothing(),
        }
    }

    /// Confidence of an attribute; 1 when a person set it.
    pub fn confidence(&self, field: &str) -> Html {
        if self.set(field).is_some() {
            return confidence(&1.0);
        }
        let said = self.detail.asset.attributes.iter().find(|attribute| attribute.name == field);
        said.map_or_else(nothing, |said| confidence(&said.confidence))
    }

    /// The value of a field to be edited.
    pub fn value(&self, field: &str) -> String {
        let row = &self.detail.row;
        match (self.set(field), field) {
            (Some(set), _) => set.value.clone(),
            (None, "name") => row.name.clone(),
            (None, "type") => row.kind.clone(),
            (None, "maker") => row.maker.clone(),
            (None, "model") => row.model.clone(),
            (None, "os") => row.os.clone(),
            (None, "tags") => row.tags.join(";"),
            _ => String::new(),
        }
    }

    /// What it is: field, label, value.
    pub fn heads(&self) -> Vec<(&'static str, &'static str, String)> {
        EDITABLE[..5].iter().map(|(field, words, _)| (*field, *words, self.value(field))).collect()
    }

    /// VLANs of an interface.
    pub fn vlans(&self, vlans: &[u16]) -> String {
        vlans.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Kind of an address in words.
    pub fn address_kind(&self, address: &Address) -> String {
        address.kind.name().replace("unknown", "kind not known")
    }

    /// Sensors that heard an observation.
    pub fn sensors(&self, evidence: &Evidence) -> String {
        let field = format!("{}.{}", evidence.proto, evidence.field);
        let mut names: Vec<&str> = self
            .detail
            .heard_by
            .iter()
            .filter(|heard| heard.field == field && heard.value == evidence.raw)
            .map(|heard| heard.sensor.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    /// A key as it is written and sent.
    pub fn key(&self, key: &IdentityKey) -> String {
        format!("{} {}", key.kind, key.value)
    }

    /// Why an attribute is what it is, in one sentence.
    pub fn sentence(&self, attribute: &Attribute) -> String {
        let said = |evidence: &Evidence| {
            format!(
                "{}.{} \u{201c}{}\u{201d} by rule {} ({:.2})",
                evidence.proto,
                evidence.field,
                short(&evidence.raw),
                evidence.rule,
                evidence.weight
            )
        };
        let head = format!("{} is {} ({:.2})", title(&attribute.name), attribute.value, attribute.confidence);
        let for_it = match attribute.evidence.as_slice() {
            [] => String::new(),
            [one] => format!(", because of {}", said(one)),
            [one, two] => format!(", because of {} and {}", said(one), said(two)),
            [one, two, rest @ ..] => {
                format!(
                    ", because of {}, {} and {}",
                    said(one),
                    said(two),
                    counted(rest.len(), "more observation", "more observations")
                )
            }
        };
        let against = match attribute.candidates.first() {
            Some(lost) => format!("; {} ({:.2}) lost: {}", lost.value, lost.confidence, lost.lost_because),
            None => String::new(),
        };
        format!("{head}{for_it}{against}.")
    }
}

/// The beginning of a long value.
fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character() {
        assert_eq!(short("abc"), "abc");
        assert_eq!(short(&"ż".repeat(80)), format!("{}…", "ż".repeat(60)));
    }
}
