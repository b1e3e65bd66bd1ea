//! The columns of an asset, as queries, orders, facets and pages name them.

/// What a column holds, and so what may be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Text: a part of it is enough, in any case.
    Text,
    /// One of few words: whole, in any case; `-`, `_` and a blank are the same.
    Word,
    /// Addresses: one, `10.0.0.0/8`, `a-b`, `a..b`, or the beginning of one (`10.1.`).
    Ip,
    /// A MAC or a part of it, in any usual form.
    Mac,
    /// Numbers: one, `<`, `>`, `a..b`.
    Number,
    /// A time: a date, `<`, `>`, `a..b`, or how long ago (`<7d`).
    Time,
    /// How long ago: `<7d`, `>2h`.
    Age,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident $name:literal $label:literal $kind:ident [$($also:literal)*],)*) => {
        /// A column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $variant,)* }

        /// Every column, in display order.
        pub const COLUMNS: &[Column] = &[$(Column::$variant,)*];

        impl Column {
            /// Its name in queries.
            pub fn name(self) -> &'static str {
                match self { $(Column::$variant => $name,)* }
            }

            /// What people call it.
            pub fn label(self) -> &'static str {
                match self { $(Column::$variant => $label,)* }
            }

            /// What it holds.
            pub fn kind(self) -> Kind {
                match self { $(Column::$variant => Kind::$kind,)* }
            }

            /// Other names it may be called by.
            pub fn also(self) -> &'static [&'static str] {
                match self { $(Column::$variant => &[$($also,)*],)* }
            }
        }
    };
}

columns! {
    /// Its name and all others it was heard with.
    Name "name" "Name" Text ["hostname"],
    /// Category.
    Category "category" "Category" Word [],
    /// Type.
    Type "type" "Type" Word [],
    /// Maker.
    Maker "maker" "Maker" Text ["manufacturer" "vendor"],
    /// Model.
    Model "model" "Model" Text [],
    /// Operating system, and its family.
    Os "os" "Operating system" Text [],
    /// Family of the operating system.
    OsFamily "os_family" "OS family" Word [],
    /// Addresses.
    Ip "ip" "IP address" Ip ["ips"],
    /// MACs.
    Mac "mac" "MAC" Mac ["macs"],
    /// Makers of the MACs' blocks.
    MacVendor "mac_vendor" "MAC vendor" Text ["oui"],
    /// Network.
    Network "network" "Network" Word [],
    /// VLANs.
    Vlan "vlan" "VLAN" Number ["vlans"],
    /// Switch and port.
    Switch "switch" "Switch port" Text ["switch_port"],
    /// Ports it answers on, with or without transport, and their protocols.
    Service "service" "Service" Word ["services" "protocol"],
    /// Ports it answers on, as numbers.
    Port "port" "Port" Number ["ports" "open_ports"],
    /// Flags.
    Flag "flag" "Flag" Word ["flags"],
    /// Roles.
    Role "role" "Role" Word ["roles"],
    /// Tags.
    Tag "tag" "Tag" Word ["tags"],
    /// Owner.
    Owner "owner" "Owner" Text [],
    /// Criticality.
    Criticality "criticality" "Criticality" Word [],
    /// Sensors that heard it.
    SeenBy "seen_by" "Seen by" Word ["sensor" "sensors"],
    /// `unmanaged` or `managed`.
    State "state" "State" Word [],
    /// How sure the type is, 0 to 1.
    Confidence "confidence" "Confidence" Number [],
    /// First time.
    FirstSeen "first_seen" "First seen" Time ["first"],
    /// Last time.
    LastSeen "last_seen" "Last seen" Time ["last"],
    /// Time since it was heard last.
    Age "age" "Age" Age [],
    /// Its id.
    Id "id" "Id" Text ["asset_id"],
}

impl Column {
    /// The column of a name, in any case.
    pub fn named(name: &str) -> Option<Column> {
        let is = |one: &str| one.eq_ignore_ascii_case(name);
        COLUMNS.iter().copied().find(|column| is(column.name()) || column.also().iter().any(|also| is(also)))
    }

    /// The column whose name is most like this one, if any is.
    pub fn like(name: &str) -> Option<Column> {
        let name = name.to_lowercase();
        let names = |column: &Column| {
            let distances = std::iter::once(column.name()).chain(column.also().iter().copied());
            distances.map(|one| distance(one, &name)).min().unwrap_or(usize::MAX)
        };
        let nearest = COLUMNS.iter().copied().min_by_key(names)?;
        (names(&nearest) <= 2).then_some(nearest)
    }
}

/// Letters to change, add or take away (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, a) in a.chars().enumerate() {
        let mut before = at;
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
        let mut left = at + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&b) {
            let here = (before + usize::from(a != *b)).min(*cell + 1).min(left + 1);
            before = *cell;
            *cell = here;
            left = here;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for column in COLUMNS {
            for name in std::iter::once(&column.name()).chain(column.also()) {
                assert!(seen.insert(*name), "{name} twice");
                assert_eq!(Column::named(&name.to_uppercase()), Some(*column));
            }
        }
    }

    #[test]
    fn mistyped_names_are_understood() {
        assert_eq!(Column::like("tpye"), Some(Column::Type));
        assert_eq!(Column::like("mac-vendor"), Some(Column::MacVendor));
        assert_eq!(Column::like("hostnam"), Some(Column::Name));
        assert_eq!(Column::like("quite something"), None);
        assert_eq!((distance("", "abc"), distance("abc", "abc"), distance("abc", "")), (3, 0, 3));
    }
}
