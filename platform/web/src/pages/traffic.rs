//! Conversations: who talked to whom, newest first.

use std::net::IpAddr;

use askama::Template;
use assets::doc::{Stamp, Zone};
use axum::http::StatusCode;
use platform_core::Error;
use platform_core::views::{TalkPage, TalkQuery, TalkView};

use super::by_ip::read_time;
use crate::answer::{Answer, Problems, page_with};
use crate::ask::{Ask, Fields, Route};
use crate::frame::{Frame, Section};
use crate::parts::{Html, html, moment};
use crate::text::{bytes, count, escaped, url_part};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/traffic", show)];

/// What the address asks for, as typed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Either end.
    pub ip: String,
    /// Network.
    pub network: String,
    /// Server's port.
    pub port: String,
    /// Only after.
    pub after: String,
    /// Only before.
    pub before: String,
    /// Where the page before ended.
    pub cursor: String,
}

/// A conversation, ready to be shown.
pub struct TalkRow {
    /// Start of the period.
    pub start: Html,
    /// Name of the sensor.
    pub sensor: String,
    /// Network.
    pub network: String,
    /// The client and the server.
    pub ends: [Html; 2],
    /// `tcp/443`.
    pub port: String,
    /// Application, or protocol.
    pub application: String,
    /// How it was known.
    pub known_by: String,
    /// Bytes to the server and to the client.
    pub bytes: [String; 2],
    /// Packets both ways, and flows.
    pub packets: String,
    /// See `packets`.
    pub flows: String,
    /// The server was not heard to answer.
    pub unanswered: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "traffic.html")]
pub struct TrafficPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was asked for.
    pub filter: Filter,
    /// What was wrong with it.
    pub problems: Problems,
    /// The conversations.
    pub rows: Vec<TalkRow>,
    /// Address of the next page.
    pub next: Option<String>,
}

fn show(ask: &Ask) -> Answer {
    let filter = Filter::read(&ask.query);
    let frame = ask.frame("Traffic", Section::Traffic)?;
    let found = match filter.query() {
        Ok(query) => match ask.platform.talks(&query) {
            Ok(found) => Ok(found),
            Err(Error::Invalid { field, words }) => Err(Problems(vec![(field, words)])),
            Err(other) => return Err(other.into()),
        },
        Err(problems) => Err(problems),
    };
    let (status, found, problems) = match found {
        Ok(found) => (StatusCode::OK, found, Problems::default()),
        Err(problems) => (StatusCode::BAD_REQUEST, TalkPage::default(), problems),
    };
    page_with(status, &build(frame, filter, &found, problems))
}

/// Puts the page together.
pub fn build(frame: Frame, filter: Filter, found: &TalkPage, problems: Problems) -> TrafficPage {
    let next = found.next.clone().map(|cursor| Filter { cursor, ..filter.clone() }.address("/traffic"));
    TrafficPage { rows: rows(&frame, &found.items), frame, filter, problems, next }
}

impl Filter {
    /// From the address.
    pub fn read(query: &Fields) -> Filter {
        let text = |name: &str| query.get(name).to_owned();
        Filter {
            ip: text("ip"),
            network: text("network"),
            port: text("port"),
            after: text("after"),
            before: text("before"),
            cursor: text("cursor"),
        }
    }

    /// What the platform is asked.
    ///
    /// # Errors
    /// For fields that cannot be read.
    pub fn query(&self) -> Result<TalkQuery, Problems> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, words: &str| problems.push((field.to_owned(), words.to_owned()));
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let ip = some(&self.ip).and_then(|text| {
            let ip = text.parse::<IpAddr>().ok();
            if ip.is_none() {
                wrong("ip", "is no IPv4 or IPv6 address");
            }
            ip
        });
        let port = some(&self.port).and_then(|text| {
            let port = text.parse::<u16>().ok();
            if port.is_none() {
                wrong("port", "is a number from 0 to 65535");
            }
            port
        });
        let mut time = |field: &str, text: &str| -> Option<Stamp> {
            let time = read_time(text);
            if time.is_none() && !text.is_empty() {
                wrong(field, "is no time: write 2026-11-17T14:05 (UTC)");
            }
            time
        };
        let (after, before) = (time("after", &self.after), time("before", &self.before));
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let (network, cursor) = (some(&self.network), some(&self.cursor));
        Ok(TalkQuery { asset: None, ip, network, port, after, before, cursor, limit: 100 })
    }

    /// Its address, from a path on.
    pub fn address(&self, path: &str) -> String {
        let all = [
            ("ip", &self.ip),
            ("network", &self.network),
            ("port", &self.port),
            ("after", &self.after),
            ("before", &self.before),
            ("cursor", &self.cursor),
        ];
        let parts: Vec<String> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", url_part(value)))
            .collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// Something is filtered.
    pub fn any(&self) -> bool {
        [&self.ip, &self.network, &self.port, &self.after, &self.before].iter().any(|text| !text.is_empty())
    }
}

/// Conversations, ready to be shown.
pub fn rows(frame: &Frame, talks: &[TalkView]) -> Vec<TalkRow> {
    talks
        .iter()
        .map(|view| {
            let talk = &view.talk;
            TalkRow {
                start: moment(frame, &view.start),
                sensor: view.sensor.clone(),
                network: talk.network.clone(),
                ends: [
                    end(&view.client_name, talk.client_asset.as_deref(), talk.client, talk.client_zone),
                    end(&view.server_name, talk.server_asset.as_deref(), talk.server, talk.server_zone),
                ],
                port: if talk.port == 0 {
                    talk.transport.clone()
                } else {
                    format!("{}/{}", talk.transport, talk.port)
                },
                application: if talk.application.is_empty() {
                    talk.protocol.clone()
                } else {
                    talk.application.clone()
                },
                known_by: talk.known_by.clone(),
                bytes: talk.bytes.map(bytes),
                packets: count(talk.packets[0].saturating_add(talk.packets[1])),
                flows: count(talk.flows),
                unanswered: !talk.answered,
            }
        })
        .collect()
}

/// An end of a conversation: its asset, or its address, or what it is called.
fn end(name: &str, asset: Option<&str>, ip: IpAddr, zone: Zone) -> Html {
    let note = match zone {
        Zone::Excluded => return html(r#"<span class="none">Excluded</span>"#.into()),
        Zone::Inventoried => "",
        Zone::NonInventoried => r#" <span class="note">not inventoried</span>"#,
        Zone::MonitoredExternal => r#" <span class="note">monitored external</span>"#,
        Zone::External => r#" <span class="note">external</span>"#,
    };
    if ip.is_unspecified() {
        return html(format!(
            r#"<span class="none">External</span>{}"#,
            if name.is_empty() { String::new() } else { format!(" {}", escaped(name)) }
        ));
    }
    match asset {
        Some(id) => html(format!(
            r#"<a href="/assets/{}">{}</a> <span class="note mono">{ip}</span>{note}"#,
            escaped(id),
            if name.is_empty() { ip.to_string() } else { escaped(name) }
        )),
        None => html(format!(r#"<a class="mono" href="/traffic?ip={ip}">{ip}</a>{note}"#)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let filter = Filter {
            ip: "10.0.0".into(),
            port: "99999".into(),
            after: "yesterday".into(),
            ..Filter::default()
        };
        let problems = filter.query().unwrap_err();
        let fields: Vec<&str> = problems.0.iter().map(|problem| problem.0.as_str()).collect();
        assert_eq!(fields, ["ip", "port", "after"]);
        let query = Filter { ip: "fd00::1".into(), port: "443".into(), ..Filter::default() }.query().unwrap();
        assert_eq!((query.port, query.limit), (Some(443), 100));
    }

    #[test]
    fn an_end_gives_nothing_away_and_runs_nothing() {
        let ip = IpAddr::from([0, 0, 0, 0]);
        assert!(end("", None, ip, Zone::Excluded).0.contains("Excluded"));
        assert!(!end("", None, ip, Zone::Excluded).0.contains("0.0.0.0"));
        let shown = end("<script>", Some("id"), IpAddr::from([10, 0, 0, 1]), Zone::Inventoried).0;
        assert!(shown.contains("&lt;script&gt;") && !shown.contains("<script>"));
    }
}
