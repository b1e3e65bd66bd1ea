//! The table of de-duplication, row by row.
//!
//! | rule | correlation id | MAC | hostname | IP | network | same asset? |
//! |---|---|---|---|---|---|---|
//! | R1 | same | any | any | any | any | yes |
//! | R2 | unknown | same | any | any | any | yes |
//! | R3 | unknown | differs | same | any | any | yes |
//! | R4 | unknown | differs | differs | same | same | yes, within the time rule |
//! | R5 | unknown | differs | differs | same | differs | no |
//! | R6 | unknown | unknown | unknown | same | same | yes, within the time rule |
//! | R7 | unknown | unknown | unknown | same | differs | no |
//!
//! Among unmanaged assets R1, R2, R3 and R6 join; R4 is for matching with a
//! managed asset only ([`decide`]).

use serde::{Deserialize, Serialize};

/// Why two keys are of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// A user said so (merge).
    Asserted,
    /// Same correlation id.
    R1,
    /// Same MAC.
    R2,
    /// Private MACs with the same DHCP client identifier (not made of a MAC):
    /// one device that changes its MAC. Narrower than R3, so it also holds for mobiles.
    R2Private,
    /// Same hostname.
    R3,
    /// Same IP in the same network, other MAC and name: managed assets only.
    R4,
    /// Same IP in another network: never.
    R5,
    /// Same IP in the same network where one side is known by nothing else, within the time rule.
    R6,
    /// Same IP in another network, known by nothing else: never.
    R7,
}

impl Rule {
    /// Every rule in the order of the table.
    pub const ALL: &[Rule] = &[
        Rule::Asserted,
        Rule::R1,
        Rule::R2,
        Rule::R2Private,
        Rule::R3,
        Rule::R4,
        Rule::R5,
        Rule::R6,
        Rule::R7,
    ];

    /// Short id as written in `joined_by`.
    pub fn id(self) -> &'static str {
        match self {
            Rule::Asserted => "asserted",
            Rule::R1 => "R1",
            Rule::R2 => "R2",
            Rule::R2Private => "R2-private",
            Rule::R3 => "R3",
            Rule::R4 => "R4",
            Rule::R5 => "R5",
            Rule::R6 => "R6",
            Rule::R7 => "R7",
        }
    }

    /// The rule in one sentence.
    pub fn words(self) -> &'static str {
        match self {
            Rule::Asserted => "a user merged them",
            Rule::R1 => "same correlation id",
            Rule::R2 => "same MAC",
            Rule::R2Private => "private MACs with the same DHCP client identifier",
            Rule::R3 => "same hostname (not mobile, not excluded)",
            Rule::R4 => {
                "same IP in the same network within the time rule, MAC and hostname differ (managed assets only)"
            }
            Rule::R5 => "same IP in another network: not the same asset",
            Rule::R6 => "same IP in the same network within the time rule, no other MAC known",
            Rule::R7 => "same IP in another network, nothing else known: not the same asset",
        }
    }
}

/// How one property of two assets compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Not known on one side at least.
    Unknown,
    /// Known on both and equal.
    Same,
    /// Known on both and not equal.
    Differs,
}

/// Two assets side by side. Whether hostnames are comparable at all (mobile,
/// excluded, domains) is settled before: then they are `Unknown`.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Correlation ids.
    pub correlation: Compared,
    /// MACs.
    pub mac: Compared,
    /// Normalised hostnames.
    pub hostname: Compared,
    /// IP addresses.
    pub ip: Compared,
    /// Whether both are in one network.
    pub same_network: bool,
    /// Whether the two sightings of the address satisfy the time rule.
    pub in_time: bool,
}

/// Matches a sensed asset with a managed one: the row that decides, and whether
/// they are the same. `None`: no row applies, so they are two.
pub fn decide(pair: &Comparison) -> Option<(Rule, bool)> {
    use Compared::{Same, Unknown};
    if pair.correlation == Same {
        return Some((Rule::R1, true));
    }
    if pair.mac == Same {
        return Some((Rule::R2, true));
    }
    if pair.hostname == Same {
        return Some((Rule::R3, true));
    }
    if pair.ip != Same {
        return None;
    }
    let bare = pair.mac == Unknown && pair.hostname == Unknown;
    Some(match (bare, pair.same_network) {
        (false, true) => (Rule::R4, pair.in_time),
        (false, false) => (Rule::R5, false),
        (true, true) => (Rule::R6, pair.in_time),
        (true, false) => (Rule::R7, false),
    })
}

#[cfg(test)]
mod tests {
    use super::Compared::{Differs, Same, Unknown};
    use super::*;

    fn row(
        correlation: Compared,
        mac: Compared,
        hostname: Compared,
        ip: Compared,
        same_network: bool,
    ) -> Comparison {
        Comparison { correlation, mac, hostname, ip, same_network, in_time: true }
    }

    #[test]
    fn every_row_of_the_table() {
        let rows = [
            (row(Same, Differs, Differs, Differs, false), Rule::R1, true),
            (row(Unknown, Same, Differs, Differs, false), Rule::R2, true),
            (row(Unknown, Differs, Same, Differs, false), Rule::R3, true),
            (row(Unknown, Differs, Differs, Same, true), Rule::R4, true),
            (row(Unknown, Differs, Differs, Same, false), Rule::R5, false),
            (row(Unknown, Unknown, Unknown, Same, true), Rule::R6, true),
            (row(Unknown, Unknown, Unknown, Same, false), Rule::R7, false),
        ];
        for (pair, rule, same) in rows {
            assert_eq!(decide(&pair), Some((rule, same)));
        }
    }

    #[test]
    fn addresses_wait_for_the_time_rule() {
        let late = Comparison { in_time: false, ..row(Unknown, Differs, Differs, Same, true) };
        assert_eq!(decide(&late), Some((Rule::R4, false)));
        assert_eq!(decide(&row(Unknown, Differs, Differs, Differs, true)), None);
    }
}
