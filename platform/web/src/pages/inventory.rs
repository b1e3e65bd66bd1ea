//! The inventory: query, facets, order, columns, pages, export. All of it is in
//! the address, so a copied link shows the same rows.

use askama::Template;
use axum::http::StatusCode;
use platform_core::Error;
use platform_core::views::{AssetPage, AssetQuery, AssetRow, Role};

use crate::answer::{Answer, page_with};
use crate::ask::{Ask, Fields, Route};
use crate::frame::{Frame, Section};
use crate::parts::{Html, ago, confidence, html, icon, kind, nothing};
use crate::terms::{self, and, and_not, term};
use crate::text::{escaped, title, url_part};

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/inventory", show)];

/// A column: id, words, what to order by (empty: cannot), shown at first.
pub struct Column {
    /// In the address.
    pub id: &'static str,
    /// At its head.
    pub words: &'static str,
    /// What to order by; empty when it has no order.
    pub sort: &'static str,
    /// Shown when nothing is chosen.
    pub first: bool,
}

const fn column(id: &'static str, words: &'static str, sort: &'static str, first: bool) -> Column {
    Column { id, words, sort, first }
}

/// All columns in display order. The name is always there.
pub const COLUMNS: &[Column] = &[
    column("type", "Type", "type", true),
    column("category", "Category", "category", false),
    column("make", "Maker and model", "maker", true),
    column("maker", "Maker", "maker", false),
    column("model", "Model", "model", false),
    column("os", "System", "os", true),
    column("ip", "Address", "ip", true),
    column("mac", "MAC", "mac", true),
    column("mac_vendor", "MAC block", "", false),
    column("confidence", "Confidence", "confidence", true),
    column("last_seen", "Last heard", "last_seen", true),
    column("network", "Network", "network", true),
    column("vlan", "VLAN", "", false),
    column("switch_port", "Switch port", "switch", false),
    column("services", "Services", "", false),
    column("roles", "Roles", "", false),
    column("flags", "Notes", "", false),
    column("owner", "Owner", "owner", false),
    column("criticality", "Criticality", "criticality", false),
    column("tags", "Tags", "", false),
    column("sensors", "Sensors", "", false),
    column("state", "State", "state", false),
    column("first_seen", "First heard", "first_seen", false),
];

/// What the address asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The query as typed.
    pub q: String,
    /// The network picked in the header.
    pub network: String,
    /// Order.
    pub sort: String,
    /// Columns chosen; empty: the first ones.
    pub cols: Vec<String>,
    /// Where the page before ended.
    pub cursor: String,
}

impl Wanted {
    /// From the address.
    pub fn read(query: &Fields) -> Wanted {
        let known = |id: &&str| COLUMNS.iter().any(|column| column.id == *id);
        let cols =
            query.all("cols").flat_map(|text| text.split(',')).filter(known).map(str::to_owned).collect();
        let text = |name: &str| query.get(name).to_owned();
        Wanted { q: text("q"), network: text("network"), sort: text("sort"), cols, cursor: text("cursor") }
    }

    /// The query that the platform is asked.
    pub fn asked(&self) -> AssetQuery {
        let network = if self.network.is_empty() { String::new() } else { term("network", &self.network) };
        AssetQuery {
            q: and(&self.q, &network),
            sort: self.sort.clone(),
            cursor: Some(self.cursor.clone()).filter(|cursor| !cursor.is_empty()),
            limit: 100,
            facets: true,
        }
    }

    /// Its address, from a path on.
    pub fn address(&self, path: &str) -> String {
        let cols = self.cols.join(",");
        let all = [
            ("q", &self.q),
            ("network", &self.network),
            ("sort", &self.sort),
            ("cols", &cols),
            ("cursor", &self.cursor),
        ];
        let parts: Vec<String> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", url_part(value)))
            .collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// What a form that changes the columns keeps.
    pub fn kept(&self) -> Vec<(&'static str, &str)> {
        let all = [("q", &self.q), ("network", &self.network), ("sort", &self.sort)];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.as_str()))
            .collect()
    }

    /// The same with another query, from its first page.
    pub fn with_q(&self, q: String) -> Wanted {
        Wanted { q, cursor: String::new(), ..self.clone() }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "inventory.html")]
pub struct InventoryPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was asked for.
    pub wanted: Wanted,
    /// The answer.
    pub page: AssetPage,
    /// What is wrong with the query.
    pub problem: String,
    /// Nothing at all is in the inventory, and why: words, address and button.
    pub empty: Option<(String, &'static str, &'static str)>,
}

fn show(ask: &Ask) -> Answer {
    let wanted = Wanted::read(&ask.query);
    let mut frame = ask.frame("Inventory", Section::Inventory)?;
    frame.search.clone_from(&wanted.q);
    match ask.platform.assets(&wanted.asked()) {
        Ok(page) => {
            let empty = if page.total == 0 && wanted.q.is_empty() { Some(why_empty(ask)?) } else { None };
            page_with(StatusCode::OK, &InventoryPage { frame, wanted, page, problem: String::new(), empty })
        }
        Err(Error::Invalid { words, .. }) => {
            let words = terms::problem(&wanted.q).unwrap_or(words);
            let page = AssetPage::default();
            page_with(
                StatusCode::BAD_REQUEST,
                &InventoryPage { frame, wanted, page, problem: words, empty: None },
            )
        }
        Err(other) => Err(other.into()),
    }
}

/// Why there is no asset: the first step that is not done.
fn why_empty(ask: &Ask) -> Result<(String, &'static str, &'static str), crate::answer::Refusal> {
    let steps = ask.platform.home()?.checklist;
    let operator = ask.who()?.role >= Role::Operator;
    let (words, address, button) = match () {
        () if !steps.sensor && !operator => (
            "There is no sensor yet. Assets come from what sensors hear; an operator makes one.",
            "/sensors",
            "See sensors",
        ),
        () if !steps.sensor => {
            ("There is no sensor yet. Assets come from what sensors hear.", "/sensors/new", "New sensor")
        }
        () if !steps.registered => (
            "No sensor has registered yet: its code waits to be entered on the box.",
            "/sensors",
            "See sensors",
        ),
        () if !steps.mirror => {
            ("The sensor hears no frames yet: the mirror is silent.", "/sensors", "See what it hears")
        }
        () if !steps.ranges => (
            "No internal range is configured, so sensors keep what they hear to themselves. Tick the ranges that are yours.",
            "/configuration/internal",
            "Configure ranges",
        ),
        () => (
            "Hosts in the configured ranges have not spoken yet. The first asset appears within a minute of its first frame.",
            "/sensors",
            "See sensors",
        ),
    };
    Ok((words.to_owned(), address, button))
}

impl InventoryPage {
    /// The columns shown.
    pub fn columns(&self) -> Vec<&'static Column> {
        let shown = |column: &&Column| match self.wanted.cols.as_slice() {
            // The network says something only when there are several.
            [] if column.id == "network" => self.frame.networks.len() > 1 && self.frame.network.is_empty(),
            [] => column.first,
            chosen => chosen.iter().any(|id| id == column.id),
        };
        COLUMNS.iter().filter(shown).collect()
    }

    /// Whether a column is shown.
    pub fn shows(&self, id: &str) -> bool {
        self.columns().iter().any(|column| column.id == id)
    }

    /// `aria-sort` of a column, and the address that orders by it or turns it round.
    pub fn sorting(&self, sort: &str) -> (&'static str, String) {
        let now = if self.wanted.sort.is_empty() { "name" } else { self.wanted.sort.as_str() };
        let (state, next) = match now.strip_prefix('-') {
            Some(column) if column == sort => ("descending", sort.to_owned()),
            None if now == sort => ("ascending", format!("-{sort}")),
            // Times are looked at from the latest.
            _ if sort.ends_with("_seen") => ("", format!("-{sort}")),
            _ => ("", sort.to_owned()),
        };
        let wanted = Wanted { sort: next, cursor: String::new(), ..self.wanted.clone() };
        (state, wanted.address("/inventory"))
    }

    /// The head of a column: a link that orders by it, with its state.
    pub fn head(&self, words: &str, sort: &str) -> Html {
        if sort.is_empty() {
            return html(format!(r#"<th role="columnheader" scope="col">{words}</th>"#));
        }
        let (state, address) = self.sorting(sort);
        let (aria, arrow) = match state {
            "ascending" => (r#" aria-sort="ascending""#, icon("up").0),
            "descending" => (r#" aria-sort="descending""#, icon("down").0),
            _ => ("", String::new()),
        };
        let address = escaped(&address);
        html(format!(
            r#"<th role="columnheader" scope="col"{aria}><a href="{address}">{words}{arrow}</a></th>"#
        ))
    }

    /// Addresses that narrow the query to a facet's value, and that leave it out.
    pub fn narrow(&self, column: &str, value: &str) -> [String; 2] {
        let term = term(column, value);
        [and(&self.wanted.q, &term), and_not(&self.wanted.q, &term)]
            .map(|q| self.wanted.with_q(q).address("/inventory"))
    }

    /// Address of the next page.
    pub fn next(&self) -> Option<String> {
        let cursor = self.page.next.clone()?;
        Some(Wanted { cursor, ..self.wanted.clone() }.address("/inventory"))
    }

    /// Address of the first page.
    pub fn first(&self) -> String {
        Wanted { cursor: String::new(), ..self.wanted.clone() }.address("/inventory")
    }

    /// Address of an export of these rows: the API's, so that both are one.
    pub fn export(&self, format: &str) -> String {
        self.api_at("/api/v1/assets/export", &format!("format={format}"))
    }

    /// The same rows by the API.
    pub fn api(&self) -> String {
        self.api_at("/api/v1/assets", "")
    }

    fn api_at(&self, path: &str, more: &str) -> String {
        let wanted = Wanted { q: self.wanted.asked().q, sort: self.wanted.sort.clone(), ..Wanted::default() };
        let address = wanted.address(path);
        match (more, address.contains('?')) {
            ("", _) => address,
            (more, true) => format!("{address}&{more}"),
            (more, false) => format!("{address}?{more}"),
        }
    }

    /// One cell: its content, empty when there is nothing to say.
    pub fn cell(&self, row: &AssetRow, column: &str) -> Html {
        let text = |text: &str| html(escaped(text));
        let list = |values: &[String]| text(&values.join(", "));
        match column {
            "type" => kind(&row.kind),
            "category" => kind(&row.category),
            "make" => text(format!("{} {}", row.maker, row.model).trim()),
            "maker" => text(&row.maker),
            "model" => text(&row.model),
            "os" => text(&row.os),
            "ip" => several(row.ips.iter().map(ToString::to_string), ""),
            "mac" => several(row.macs.iter().map(ToString::to_string), private(row)),
            "mac_vendor" => list(&row.mac_vendors),
            "network" => text(&row.network),
            "vlan" => list(&row.vlans.iter().map(u16::to_string).collect::<Vec<_>>()),
            "switch_port" => text(&row.switch_port),
            "services" => list(&row.services),
            "roles" => list(&row.roles),
            "flags" => list(&row.flags.iter().map(|flag| title(flag)).collect::<Vec<_>>()),
            "tags" => html(
                row.tags
                    .iter()
                    .map(|tag| format!(r#"<span class="chip">{}</span> "#, escaped(tag)))
                    .collect(),
            ),
            "sensors" => list(&row.sensors),
            "owner" => text(&row.owner),
            "criticality" => text(&title(&row.criticality)),
            "state" => text(&title(&row.state)),
            "confidence" => confidence(&row.confidence),
            "first_seen" => ago(&self.frame, &row.first_seen),
            "last_seen" => ago(&self.frame, &row.last_seen),
            _ => nothing(),
        }
    }
}

/// A mark for assets that are known by a private MAC only.
fn private(row: &AssetRow) -> &'static str {
    if row.private_mac {
        r#" <span class="chip" title="The device makes this MAC up; it may change.">private</span>"#
    } else {
        ""
    }
}

/// The first of several values, the number of others, and a mark.
fn several(mut values: impl Iterator<Item = String>, mark: &str) -> Html {
    let Some(first) = values.next() else { return nothing() };
    let others: Vec<String> = values.collect();
    let more = match others.len() {
        0 => String::new(),
        n => format!(r#" <span class="more" title="{}">+{n}</span>"#, escaped(&others.join(", "))),
    };
    html(format!(r#"<span class="mono">{}</span>{more}{mark}"#, escaped(&first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_the_address() {
        let query = Fields(vec![
            ("q".into(), "type:plc & x".into()),
            ("network".into(), "cell 3".into()),
            ("sort".into(), "-last_seen".into()),
            ("cols".into(), "ip,nonsense,mac".into()),
        ]);
        let wanted = Wanted::read(&query);
        assert_eq!(wanted.cols, ["ip", "mac"]);
        assert_eq!(wanted.asked().q, "type:plc & x AND network:\"cell 3\"");
        let address = wanted.address("/inventory");
        assert_eq!(
            address,
            "/inventory?q=type%3Aplc%20%26%20x&network=cell%203&sort=-last_seen&cols=ip%2Cmac"
        );
        assert_eq!(Wanted::default().address("/inventory"), "/inventory");
    }

    #[test]
    fn cells_are_escaped() {
        assert_eq!(
            several(["<a>".to_owned(), "\"b".into()].into_iter(), "").0,
            r#"<span class="mono">&lt;a&gt;</span> <span class="more" title="&quot;b">+1</span>"#
        );
    }
}
