//! What is told of events, networks, the configuration, and who may use the platform.

use super::Shape;

/// The shapes, in the order of the description.
pub(super) const SHAPES: &[Shape] = &[
    (
        "Event",
        &[
            ("number", "count", "Number"),
            ("kind", "text", "Kind"),
            ("severity", "text", "info, low, medium, high"),
            ("sensor", "text", "Sensor's name, may be empty"),
            ("asset", "text", "Asset's id, may be empty"),
            ("words", "text", "What happened and what to do"),
            ("count", "count", "How often"),
            ("first", "time", "First time"),
            ("last", "time", "Last time"),
        ],
    ),
    (
        "Network",
        &[
            ("id", "count", "Number"),
            ("name", "text", "Name"),
            ("assets", "count", "Assets in it"),
            ("sensors", "[text]", "Sensors that speak for it"),
        ],
    ),
    ("NewNetwork", &[("name", "text", "Name")]),
    (
        "Configuration",
        &[
            ("version", "count", "Version; If-Match counts when it is put"),
            ("internal", "[InternalGroup]", "Internal groups"),
            ("excluded", "[text]", "Ranges and MACs that never leave a sensor"),
            ("monitored_external", "any", "Pairs of name and ranges"),
            ("domains", "[text]", "Domains whose short and full names are one"),
            ("excluded_hostnames", "[text]", "Hostnames that never match"),
            ("ip_inactivity_hours", "count", "IP inactivity time"),
            ("network_maps", "[NetworkMap]", "Which frames are of which network"),
            ("external_names", "yes", "Sites that clients visit may be reported"),
        ],
    ),
    (
        "InternalGroup",
        &[
            ("name", "text", "Name"),
            ("ranges", "[text]", "Ranges"),
            ("inventory", "yes", "Its hosts become assets"),
            ("dhcp", "yes", "Addresses are given by DHCP"),
            ("sensors", "[text]", "Sensors it applies to; empty: all"),
        ],
    ),
    (
        "NetworkMap",
        &[
            ("sensor", "text", "Sensor's name"),
            ("source", "text", "vlan:10, tunnel:5001 or port:1"),
            ("network", "text", "Network's name"),
        ],
    ),
    (
        "ConfigurationVersion",
        &[
            ("version", "count", "Number"),
            ("by", "text", "Who"),
            ("at", "time", "When"),
            ("words", "text", "What it changed"),
        ],
    ),
    (
        "HeardRange",
        &[
            ("range", "text", "The range"),
            ("sensor", "text", "Sensor's name"),
            ("network", "text", "Network"),
            ("vlans", "[count]", "VLANs"),
            ("hosts", "count", "Hosts"),
            ("last", "time", "Last time"),
            ("group", "text?", "Group that covers it"),
            ("excluded", "yes", "It is excluded"),
        ],
    ),
    (
        "Session",
        &[
            ("name", "text", "Name of the user, or key: and the key's name"),
            ("role", "text", "viewer, operator, admin"),
        ],
    ),
    (
        "User",
        &[
            ("name", "text", "Name"),
            ("role", "text", "viewer, operator, admin"),
            ("made", "time", "When the account was made"),
            ("last", "time?", "Last sign-in"),
            ("must_change", "yes", "The first password was not changed yet"),
        ],
    ),
    ("NewUser", &[("name", "text", "Name"), ("role", "text", "viewer, operator, admin")]),
    ("MadeUser", &[("name", "text", "Name"), ("password", "text", "The first password, shown this once")]),
    (
        "ApiKey",
        &[
            ("prefix", "text", "Names it"),
            ("name", "text", "What it is for"),
            ("role", "text", "viewer, operator, admin"),
            ("made", "time", "When it was made"),
            ("until", "time?", "Until when it is good"),
            ("last", "time?", "When it was used last"),
        ],
    ),
    (
        "NewApiKey",
        &[
            ("name", "text", "What it is for"),
            ("role", "text", "viewer, operator, admin"),
            ("days", "count", "Days it is good; 0: for ever"),
        ],
    ),
    ("MadeApiKey", &[("key", "ApiKey", "The key"), ("secret", "text", "What to send, shown this once")]),
];
