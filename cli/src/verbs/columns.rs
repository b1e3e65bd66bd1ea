//! The columns of an asset in a table.

use std::borrow::Cow;

use ::assets::Asset;
use ::assets::doc::{AddressKind, MacNature};
use query::{Column, Row, Value};

use crate::args::Sort;
use crate::out::{self, Columns};

/// Headings of the table of assets.
const HEADINGS: [&str; 8] = ["NAME", "TYPE", "MAKER / MODEL", "OS", "IP", "MAC", "VLAN", "CONF"];

/// What stands for a value nobody knows.
const NOTHING: &str = "-";

/// The cells of an asset.
pub fn cells(asset: &Asset) -> [String; 8] {
    let or_nothing =
        |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| NOTHING.into());
    let ip = asset.interfaces.iter().flat_map(|interface| &interface.addresses).min_by_key(|address| {
        let link_local = matches!(address.kind, AddressKind::LinkLocal);
        (link_local, address.ip.is_ipv6(), std::cmp::Reverse(address.count), address.ip)
    });
    let more =
        asset.interfaces.iter().map(|interface| interface.addresses.len()).sum::<usize>().saturating_sub(1);
    let ip = ip.map(|address| match more {
        0 => address.ip.to_string(),
        more => format!("{} +{more}", address.ip),
    });
    let mac = asset.interfaces.iter().find_map(|interface| {
        let mac = interface.mac?;
        Some(match interface.mac_kind {
            MacNature::LocalRotating => format!("{mac} private"),
            _ => mac.to_string(),
        })
    });
    let mut vlans: Vec<u16> = asset.interfaces.iter().flat_map(|interface| interface.vlan.clone()).collect();
    vlans.sort_unstable();
    vlans.dedup();
    let vlans: Vec<String> = vlans.iter().map(u16::to_string).collect();
    let kind = if asset.kind == "unknown" { &asset.category } else { &asset.kind };
    let confidence = if kind == "unknown" { NOTHING.into() } else { format!("{:.2}", asset.confidence) };
    [
        asset.name.clone(),
        kind.clone(),
        or_nothing(made_by(asset)),
        or_nothing(asset.os.as_ref().map(|os| os.value.clone())),
        or_nothing(ip),
        or_nothing(mac),
        or_nothing(Some(vlans.join(","))),
        confidence,
    ]
}

/// Maker and model; a maker known from the network interface alone is marked.
fn made_by(asset: &Asset) -> Option<String> {
    let maker = asset.maker.as_deref();
    match (maker, asset.model.as_deref()) {
        (Some(maker), Some(model)) if model.to_lowercase().starts_with(&maker.to_lowercase()) => {
            Some(model.to_owned())
        }
        (Some(maker), Some(model)) => Some(format!("{maker} {model}")),
        (Some(maker), None) => Some(maker.to_owned()),
        (None, Some(model)) => Some(model.to_owned()),
        (None, None) => {
            let vendor = asset.interfaces.iter().find_map(|interface| interface.vendor.clone())?;
            Some(format!("{vendor} (NIC)"))
        }
    }
}

/// Puts assets in the order that was asked for.
pub fn sort(assets: &mut [&Asset], by: Sort) {
    let ip = |asset: &Asset| {
        asset.interfaces.iter().flat_map(|interface| &interface.addresses).map(|address| address.ip).min()
    };
    match by {
        Sort::Kind => assets.sort_by_key(|asset| {
            (
                asset.category == "unknown",
                asset.category.clone(),
                asset.kind.clone(),
                asset.name.to_lowercase(),
                ip(asset),
            )
        }),
        Sort::Name => assets.sort_by_key(|asset| (asset.name.to_lowercase(), ip(asset))),
        Sort::Ip => assets.sort_by_key(|asset| (ip(asset).is_none(), ip(asset), asset.name.clone())),
        Sort::First => assets.sort_by_key(|asset| (asset.first_seen, asset.name.clone())),
    }
}

/// A table of assets.
pub fn table(assets: &[&Asset], width: Option<u16>) -> Columns {
    let mut rows: Vec<[String; 8]> = assets.iter().map(|asset| cells(asset)).collect();
    if let Some(width) = width {
        out::fit(&mut rows, &HEADINGS, &[0, 2, 3], width);
    }
    let mut table = Columns::new(&HEADINGS, None);
    for row in rows {
        table.row(row);
    }
    table
}

/// An asset as queries see it; tags, owners and sensors are the platform's alone.
pub struct Queried<'a>(pub &'a Asset);

impl Row for Queried<'_> {
    fn any(&self, column: Column, take: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let Queried(asset) = self;
        let addresses = || asset.interfaces.iter().flat_map(|interface| &interface.addresses);
        match column {
            Column::Name => {
                text(take, &asset.name) || asset.hostnames.iter().any(|hostname| text(take, &hostname.name))
            }
            Column::Category => text(take, &asset.category),
            Column::Type => text(take, &asset.kind),
            Column::Maker => asset.maker.iter().any(|maker| text(take, maker)),
            Column::Model => asset.model.iter().any(|model| text(take, model)),
            Column::Os => asset.os.iter().any(|os| text(take, &os.value) || text(take, &os.family)),
            Column::OsFamily => asset.os.iter().any(|os| text(take, &os.family)),
            Column::Ip => addresses().any(|address| take(Value::Address(address.ip))),
            Column::Mac => {
                let macs = asset.interfaces.iter().filter_map(|interface| interface.mac);
                macs.map(|mac| mac.to_string()).any(|mac| text(take, &mac))
            }
            Column::MacVendor => {
                let vendors = asset.interfaces.iter().filter_map(|interface| interface.vendor.as_deref());
                vendors.into_iter().any(|vendor| text(take, vendor))
            }
            Column::Network => asset.interfaces.iter().any(|interface| text(take, &interface.network)),
            Column::Vlan => {
                let mut vlans = asset.interfaces.iter().flat_map(|interface| &interface.vlan);
                vlans.any(|vlan| take(Value::Number(f64::from(*vlan))))
            }
            Column::Switch => {
                let switches = asset.interfaces.iter().filter_map(|interface| interface.switch.as_ref());
                switches.map(|at| format!("{} {}", at.name, at.port)).any(|at| text(take, &at))
            }
            Column::Service => asset.services.iter().any(|service| {
                text(take, &service.protocol)
                    || text(take, &service.port.to_string())
                    || text(take, &format!("{}/{}", service.transport, service.port))
            }),
            Column::Port => asset.services.iter().any(|service| take(Value::Number(f64::from(service.port)))),
            Column::Flag => asset.flags.iter().any(|flag| text(take, &flag.name)),
            Column::Role => asset.roles.iter().any(|role| text(take, &role.name)),
            Column::Tag => asset.tags.iter().any(|tag| text(take, tag)),
            Column::State => text(take, &asset.state),
            Column::Confidence => take(Value::Number(asset.confidence)),
            Column::FirstSeen => take(Value::Time(asset.first_seen.0)),
            Column::LastSeen | Column::Age => take(Value::Time(asset.last_seen.0)),
            Column::Id => text(take, &asset.asset_id),
            Column::Owner | Column::Criticality | Column::SeenBy => false,
        }
    }

    fn text(&self) -> Cow<'_, str> {
        let mut all = cells(self.0).join("\n");
        for column in [Column::Name, Column::Ip, Column::Mac, Column::MacVendor, Column::Role, Column::Flag] {
            self.any(column, &mut |value| {
                all.push('\n');
                match value {
                    Value::Text(text) => all.push_str(text),
                    Value::Address(ip) => all.push_str(&ip.to_string()),
                    Value::Number(_) | Value::Time(_) => {}
                }
                false
            });
        }
        Cow::Owned(all.to_lowercase())
    }
}

fn text(take: &mut dyn FnMut(Value<'_>) -> bool, text: &str) -> bool {
    take(Value::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::assets::{Config, Input, build};
    use model::{Interval, NetworkId, Sighting, Time};
    use query::Query;

    #[test]
    fn queries_see_what_the_table_shows() {
        let said = |field: &'static str, value: &str| Interval {
            sighting: Sighting {
                network: NetworkId(0),
                mac: "00:1b:1b:00:00:01".parse().ok(),
                ip: "10.0.0.5".parse().ok(),
            },
            field: field.into(),
            port: None,
            value: value.into(),
            first: Time::new(1_000, 0),
            last: Time::new(2_000, 0),
            count: 1,
            frame: 1,
        };
        let intervals =
            [said("arp.binding", "request"), said("dhcp.hostname", "Lab-7"), said("eth.vlan", "20")];
        let inventory = build(&Input { intervals: &intervals, ..Input::default() }, &Config::default());
        let asset = &inventory.assets[0];
        let holds = |text: &str| Query::parse(text).unwrap().matches(&Queried(asset), Time::new(2_600, 0));
        for text in
            ["lab", "10.0.0.5", "00:1b:1b", "vlan:20", "name:~^lab", "age:<11m", "ip:10.0.0.0/24", "siemens"]
        {
            assert!(holds(text), "{text}");
        }
        for text in ["lab-8", "10.0.0.50", "vlan:2", "age:<5m", "NOT lab", "type:printer"] {
            assert!(!holds(text), "{text}");
        }
    }
}
