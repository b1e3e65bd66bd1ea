//! The rows of the score, one shape: a name and how one capture is counted.

mod addresses;
mod applications;
mod conversations;
mod device;
mod dhcp;
mod facts;
mod names;
mod persons;
mod services;

use super::case::Case;
use super::tally::Tally;

/// One row.
pub struct Row {
    /// Name, as in `--row NAME`, the thresholds and the list of wrong expectations.
    pub name: &'static str,
    /// Counts one capture.
    pub score: fn(&Case, &mut Tally),
}

const fn row(name: &'static str, score: fn(&Case, &mut Tally)) -> Row {
    Row { name, score }
}

/// Every row, in the order of the report.
pub const ROWS: &[Row] = &[
    row("mac", addresses::mac),
    row("ip", addresses::ip),
    row("mac-ip", addresses::link),
    row("vlan", addresses::vlan),
    row("oui", addresses::oui),
    row("dhcp", dhcp::score),
    row("hostname", names::score),
    row("conversation", conversations::present),
    row("flows", conversations::flows),
    row("packets", conversations::packets),
    row("bytes", conversations::bytes),
    row("service", services::ports),
    row("service-protocol", services::protocols),
    row("service-product", services::products),
    row("application", applications::score),
    row("os", device::os),
    row("maker", device::maker),
    row("model", device::model),
    row("facts", facts::score),
    row("persons", persons::score),
];
