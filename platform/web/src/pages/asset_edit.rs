//! What people say of an asset: values, merge, split, never, undo.

use askama::Template;
use axum::http::StatusCode;
use model::Mac;
use platform_core::views::{AssetAnswer, AssetDetail, AssetQuery, Role};

use super::asset::{IdentityPage, SummaryPage, find};
use crate::answer::{Answer, Problems, Refusal, page, page_with, see};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};
use crate::terms::{part, term};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::act("/assets/{id}/set", Role::Operator, set),
    Route::act("/assets/{id}/clear", Role::Operator, clear),
    Route::get("/assets/{id}/merge", compare).post(Role::Operator, merge).only(Role::Operator),
    Route::act("/assets/{id}/never", Role::Operator, never),
    Route::act("/assets/{id}/split", Role::Operator, split),
    Route::act("/assets/{id}/undo", Role::Operator, undo),
];

/// Two assets side by side, before they are merged or kept apart.
#[derive(Template)]
#[template(path = "asset_merge.html")]
pub struct MergePage {
    /// What stands around it.
    pub frame: Frame,
    /// The asset.
    pub one: AssetDetail,
    /// The other.
    pub other: AssetDetail,
}

/// A row of the comparison: label and both values.
pub struct Difference {
    /// What.
    pub words: &'static str,
    /// Of the one.
    pub one: String,
    /// Of the other.
    pub other: String,
}

fn set(ask: &Ask) -> Answer {
    let (id, field) = (ask.path.get("id"), ask.form.get("field"));
    match Problems::of(ask.platform.set_value(id, field, ask.form.get("value"), ask.by()))? {
        Ok(()) => see(&format!("/assets/{id}?done=set")),
        Err(problems) => summary(ask, problems),
    }
}

fn clear(ask: &Ask) -> Answer {
    let (id, field) = (ask.path.get("id"), ask.form.get("field"));
    ask.platform.clear_value(id, field, ask.by())?;
    see(&format!("/assets/{id}?done=cleared"))
}

fn summary(ask: &Ask, problems: Problems) -> Answer {
    match find(ask, "")? {
        Ok((frame, mut of)) => {
            of.problems = problems;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &SummaryPage { frame, of })
        }
        Err(moved) => Ok(moved),
    }
}

fn identity(ask: &Ask, problems: Problems) -> Answer {
    match find(ask, "/identity")? {
        Ok((frame, mut of)) => {
            of.problems = problems;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &IdentityPage { frame, of })
        }
        Err(moved) => Ok(moved),
    }
}

/// The one asset that a person means: by id, address, MAC or name.
fn meant(ask: &Ask, text: &str) -> Result<Result<AssetDetail, Problems>, Refusal> {
    let problem = |words: String| Ok(Err(Problems(vec![("other".into(), words)])));
    if let AssetAnswer::Found(detail) = ask.platform.asset(text)? {
        return Ok(Ok(*detail));
    }
    let q = match (text.parse::<std::net::IpAddr>(), text.parse::<Mac>()) {
        (Ok(ip), _) => term("ip", &ip.to_string()),
        (_, Ok(mac)) => term("mac", &mac.to_string()),
        _ => part("name", text),
    };
    let query = AssetQuery { q, limit: 100, ..AssetQuery::default() };
    let found = match Problems::of(ask.platform.assets(&query))? {
        Ok(found) => found,
        Err(problems) => return Ok(Err(problems)),
    };
    let exact: Vec<_> = found.items.iter().filter(|row| row.name.eq_ignore_ascii_case(text)).collect();
    let id = match (exact.as_slice(), found.items.as_slice()) {
        ([one], _) => one.asset_id.clone(),
        (_, [one]) => one.asset_id.clone(),
        (_, []) => return problem(format!("no asset has this address, MAC, name or id: {text}")),
        _ => return problem(format!("several assets fit {text}: give an address, a MAC or the id")),
    };
    match ask.platform.asset(&id)? {
        AssetAnswer::Found(detail) => Ok(Ok(*detail)),
        _ => problem(format!("the asset {id} is no longer there")),
    }
}

fn compare(ask: &Ask) -> Answer {
    let (frame, of) = match find(ask, "/identity")? {
        Ok(found) => found,
        Err(moved) => return Ok(moved),
    };
    let same = |other: &AssetDetail| other.asset.asset_id == of.detail.asset.asset_id;
    match meant(ask, ask.query.get("other"))? {
        Ok(other) if same(&other) => {
            identity(ask, Problems(vec![("other".into(), "this is the same asset".into())]))
        }
        Ok(other) => {
            let frame = Frame { title: "Merge".into(), section: Section::Inventory, ..frame };
            page(&MergePage { frame, one: of.detail, other })
        }
        Err(problems) => identity(ask, problems),
    }
}

fn merge(ask: &Ask) -> Answer {
    let id = ask.path.get("id");
    match Problems::of(ask.platform.merge(id, ask.form.get("other"), ask.by()))? {
        Ok(_) => see(&format!("/assets/{id}/identity?done=merged")),
        Err(problems) => identity(ask, problems),
    }
}

fn never(ask: &Ask) -> Answer {
    let id = ask.path.get("id");
    match Problems::of(ask.platform.never_merge(id, ask.form.get("other"), ask.by()))? {
        Ok(_) => see(&format!("/assets/{id}/identity?done=never")),
        Err(problems) => identity(ask, problems),
    }
}

fn split(ask: &Ask) -> Answer {
    let id = ask.path.get("id");
    let keys: Vec<String> = ask.form.all("key").map(str::to_owned).collect();
    if keys.is_empty() {
        return identity(ask, Problems(vec![("keys".into(), "tick at least one key to split off".into())]));
    }
    match Problems::of(ask.platform.split(id, &keys, ask.by()))? {
        Ok(_) => see(&format!("/assets/{id}/identity?done=split")),
        Err(problems) => identity(ask, problems),
    }
}

fn undo(ask: &Ask) -> Answer {
    ask.platform.undo(ask.form.get("assertion"), ask.by())?;
    see(&format!("/assets/{}/identity?done=undone", ask.path.get("id")))
}

impl MergePage {
    /// Both side by side.
    pub fn differences(&self) -> Vec<Difference> {
        let of = |words, read: &dyn Fn(&AssetDetail) -> String| Difference {
            words,
            one: read(&self.one),
            other: read(&self.other),
        };
        let joined = |list: &[String]| list.join(", ");
        vec![
            of("Name", &|detail| detail.row.name.clone()),
            of("Type", &|detail| detail.row.kind.clone()),
            of("Maker", &|detail| detail.row.maker.clone()),
            of("Model", &|detail| detail.row.model.clone()),
            of("System", &|detail| detail.row.os.clone()),
            of("Network", &|detail| detail.row.network.clone()),
            of("Addresses", &|detail| {
                joined(&detail.row.ips.iter().map(ToString::to_string).collect::<Vec<_>>())
            }),
            of("MACs", &|detail| {
                joined(&detail.row.macs.iter().map(ToString::to_string).collect::<Vec<_>>())
            }),
            of("Names", &|detail| joined(&detail.row.hostnames)),
            of("First heard", &|detail| crate::text::exact(detail.row.first_seen)),
            of("Last heard", &|detail| crate::text::exact(detail.row.last_seen)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::asset::EDITABLE;

    #[test]
    fn editable_fields_are_those_of_the_platform() {
        let fields: Vec<&str> = EDITABLE.iter().map(|field| field.0).collect();
        assert_eq!(fields, ["name", "type", "maker", "model", "os", "owner", "criticality", "tags", "notes"]);
    }
}
