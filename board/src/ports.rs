//! Which port is for what: rules tried in order, the first that fits wins.

use serde::{Deserialize, Serialize};

/// What a port is for; the words of the setting `ports.roles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Speaks with the platform.
    Management,
    /// Listens and never sends.
    Sniffing,
    /// Left alone.
    Unused,
}

impl Role {
    /// `management`, `sniffing`, `unused`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Management => "management",
            Role::Sniffing => "sniffing",
            Role::Unused => "unused",
        }
    }
}

/// `[[port]]`: what it says must all fit; one that says nothing fits every port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortRule {
    /// What it is for.
    pub role: Role,
    /// What stands beside the socket; `%n` becomes its number among the ports of this rule,
    /// `%a` among all, both from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its driver, as the kernel names it (`igb`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Its place, as the kernel names it: `0000:01:00.0`, or the beginning (`0000:01:`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci: Option<String>,
    /// Its number, from 1, among the ports that fit `driver` and `pci`, in the order of places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u16>,
}

/// A port as the kernel shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port<'a> {
    /// Its driver.
    pub driver: &'a str,
    /// Its place on the bus: a PCI address, or another name that does not change.
    pub place: &'a str,
}

impl PortRule {
    /// True when it fits port `at` of `ports`, which stand in the order of places.
    fn fits(&self, ports: &[Port<'_>], at: usize) -> bool {
        let kind = |port: &Port<'_>| {
            self.driver.as_deref().is_none_or(|driver| driver == port.driver)
                && self.pci.as_deref().is_none_or(|pci| port.place.starts_with(pci))
        };
        let number = |at: usize| ports[..at].iter().filter(|port| kind(port)).count() + 1;
        kind(&ports[at]) && self.order.is_none_or(|order| number(at) == usize::from(order))
    }

    /// What stands beside port `at` of `ports`, which this rule was assigned to as `assigned` says.
    pub fn label_of(&self, assigned: &[Option<&PortRule>], at: usize) -> Option<String> {
        let same = assigned[..at].iter().filter(|rule| **rule == Some(self)).count() + 1;
        Some(self.label.as_ref()?.replace("%n", &same.to_string()).replace("%a", &(at + 1).to_string()))
    }

    /// The rule for each of `ports`, which stand in the order of places (PCI addresses sort as
    /// text). `None`: no rule fits.
    pub fn assign<'r>(rules: &'r [PortRule], ports: &[Port<'_>]) -> Vec<Option<&'r PortRule>> {
        (0..ports.len()).map(|at| rules.iter().find(|rule| rule.fits(ports, at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(role: Role, driver: Option<&str>, pci: Option<&str>, order: Option<u16>) -> PortRule {
        PortRule { role, label: None, driver: driver.map(Into::into), pci: pci.map(Into::into), order }
    }

    fn roles(rules: &[PortRule], ports: &[Port<'_>]) -> String {
        let words =
            PortRule::assign(rules, ports).into_iter().map(|rule| rule.map_or("-", |rule| rule.role.word()));
        words.collect::<Vec<_>>().join(" ")
    }

    const PORTS: [Port<'_>; 4] = [
        Port { driver: "e1000e", place: "0000:00:1f.6" },
        Port { driver: "igb", place: "0000:01:00.0" },
        Port { driver: "igb", place: "0000:01:00.1" },
        Port { driver: "igb", place: "0000:02:00.0" },
    ];

    #[test]
    fn by_order_driver_and_place() {
        use Role::{Management, Sniffing, Unused};
        let first = rule(Management, None, None, Some(1));
        let rest = rule(Sniffing, None, None, None);
        assert_eq!(roles(&[first.clone(), rest.clone()], &PORTS), "management sniffing sniffing sniffing");
        let second_igb = rule(Management, Some("igb"), None, Some(2));
        assert_eq!(roles(&[second_igb, rest.clone()], &PORTS), "sniffing sniffing management sniffing");
        let card = rule(Unused, None, Some("0000:01:"), None);
        assert_eq!(roles(&[card, first, rest], &PORTS), "management unused unused sniffing");
        assert_eq!(
            roles(&[rule(Sniffing, Some("igb"), Some("0000:02:00.0"), None)], &PORTS),
            "- - - sniffing"
        );
        assert_eq!(roles(&[], &PORTS), "- - - -");
    }

    #[test]
    fn labels_count() {
        let sniffing =
            PortRule { label: Some("PORT %n (%a)".into()), ..rule(Role::Sniffing, Some("igb"), None, None) };
        let rules = [sniffing, rule(Role::Unused, None, None, None)];
        let assigned = PortRule::assign(&rules, &PORTS);
        let labels = (0..4).map(|at| assigned[at].unwrap().label_of(&assigned, at).unwrap_or_default());
        assert_eq!(labels.collect::<Vec<_>>(), ["", "PORT 1 (2)", "PORT 2 (3)", "PORT 3 (4)"]);
    }

    #[test]
    fn the_words_are_those_of_the_setting() {
        for role in [Role::Management, Role::Sniffing, Role::Unused] {
            let item = settings::item("ports.roles").unwrap();
            assert!(item.read(&format!("eth0=management, eth1={}", role.word())).is_ok(), "{role:?}");
        }
    }
}
