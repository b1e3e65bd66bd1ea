//! The columns of an asset in a table.

use ::assets::Asset;
use ::assets::doc::{AddressKind, MacNature};

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

/// True when an asset matches every part of a query: `column:value` or text in any column.
pub fn matches(asset: &Asset, query: &[String]) -> bool {
    let cells = cells(asset).map(|cell| cell.to_lowercase());
    query.iter().flat_map(|text| text.split_whitespace()).all(|part| {
        let part = part.to_lowercase();
        let (column, value) = part.split_once(':').unwrap_or(("", &part));
        let within = |text: &str| text.to_lowercase().contains(value);
        match column {
            "name" => within(&asset.name) || asset.hostnames.iter().any(|hostname| within(&hostname.name)),
            "type" => within(&asset.kind),
            "category" => within(&asset.category),
            "maker" => asset.maker.as_deref().is_some_and(within),
            "model" => asset.model.as_deref().is_some_and(within),
            "os" => asset.os.as_ref().is_some_and(|os| within(&os.value) || within(&os.family)),
            "network" => within(&asset.network),
            "vlan" => asset
                .interfaces
                .iter()
                .any(|interface| interface.vlan.iter().any(|vlan| vlan.to_string() == value)),
            "role" => asset.roles.iter().any(|role| within(&role.name)),
            "flag" => asset.flags.iter().any(|flag| within(&flag.name)),
            "service" => asset
                .services
                .iter()
                .any(|service| within(&service.protocol) || service.port.to_string() == value),
            _ => {
                cells.iter().any(|cell| cell.contains(&part))
                    || asset.interfaces.iter().any(|interface| {
                        interface.mac.is_some_and(|mac| mac.to_string().contains(&part))
                            || interface.addresses.iter().any(|address| address.ip.to_string() == part)
                    })
            }
        }
    })
}
