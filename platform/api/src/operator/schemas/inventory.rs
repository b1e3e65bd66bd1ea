//! What is told of assets and conversations, and what people say of them.

use super::Shape;

/// The shapes, in the order of the description.
pub(super) const SHAPES: &[Shape] = &[
    (
        "AssetRow",
        &[
            ("asset_id", "text", "Id"),
            ("name", "text", "Name"),
            ("category", "text", "Category"),
            ("type", "text", "Type"),
            ("maker", "text", "Empty when not known"),
            ("model", "text", "Empty when not known"),
            ("os", "text", "Empty when not known"),
            ("os_family", "text", "Empty when not known"),
            ("ips", "[text]", "Addresses, the one to show first"),
            ("macs", "[text]", "MACs, the one to show first"),
            ("mac_vendors", "[text]", "Makers of the MACs' blocks"),
            ("private_mac", "yes", "Known by private MACs only"),
            ("hostnames", "[text]", "All names, best first"),
            ("network", "text", "Network"),
            ("vlans", "[count]", "VLANs"),
            ("switch_port", "text", "Switch and port, empty when not known"),
            ("services", "[text]", "Ports it answers on"),
            ("flags", "[text]", "Flags"),
            ("roles", "[text]", "Roles"),
            ("tags", "[text]", "Tags set by people"),
            ("owner", "text", "Owner set by people"),
            ("criticality", "text", "Criticality set by people"),
            ("sensors", "[text]", "Sensors that heard it"),
            ("state", "text", "unmanaged or managed"),
            ("confidence", "number", "How sure the type is, 0 to 1"),
            ("first_seen", "time", "First time"),
            ("last_seen", "time", "Last time"),
        ],
    ),
    (
        "Facet",
        &[
            ("column", "text", "Column in queries"),
            ("label", "text", "What people call it"),
            ("values", "any", "Pairs of value and count, largest first"),
            ("more", "count", "Values beyond those"),
        ],
    ),
    (
        "AssetList",
        &[
            ("items", "[AssetRow]", "Rows"),
            ("next", "text?", "Send it back as cursor; null at the end"),
            ("total", "count?", "All rows that match"),
            ("total_exact", "yes", "The total is counted, not estimated"),
            ("facets", "[Facet]", "Counts by column; absent unless asked for"),
        ],
    ),
    (
        "AssetDetail",
        &[
            ("asset", "Asset", "The document"),
            ("row", "AssetRow", "As lists show it"),
            ("heard_by", "[HeardBy]", "Which sensors heard which observation"),
            ("manual", "[ManualValue]", "Values that people set; they win"),
            ("judgements", "[Judgement]", "What people said of its identity, latest first"),
        ],
    ),
    (
        "HeardBy",
        &[
            ("field", "text", "protocol.field"),
            ("value", "text", "The value heard"),
            ("sensor", "text", "Sensor's name"),
            ("first_seen", "time", "First time"),
            ("last_seen", "time", "Last time"),
            ("count", "count", "How often"),
        ],
    ),
    (
        "ManualValue",
        &[
            ("field", "text", "Field"),
            ("value", "text", "Value"),
            ("by", "text", "Who"),
            ("at", "time", "When"),
        ],
    ),
    (
        "Judgement",
        &[
            ("id", "text", "Id of the assertion"),
            ("act", "text", "merge, split, never"),
            ("keys", "[text]", "Keys it speaks of"),
            ("by", "text", "Who"),
            ("at", "time", "When"),
            ("undone", "yes", "It was undone"),
        ],
    ),
    (
        "Evidence",
        &[
            ("asset_id", "text", "Id"),
            ("attributes", "[Attribute]", "Decided values with what speaks for them and what lost"),
            ("heard_by", "[HeardBy]", "Which sensors heard it"),
            ("manual", "[ManualValue]", "Values that people set"),
        ],
    ),
    (
        "Holder",
        &[
            ("heard_then", "yes", "Heard with it then; false: the nearest in time"),
            ("asset_id", "text", "Id"),
            ("name", "text", "Name"),
            ("network", "text", "Network"),
            ("mac", "text", "MAC, empty when not known"),
            ("proof", "text", "What binds address and MAC"),
            ("first_seen", "time", "First time with it"),
            ("last_seen", "time", "Last time with it"),
        ],
    ),
    ("OtherAsset", &[("other", "text", "Id of the other asset")]),
    ("SplitKeys", &[("keys", "[text]", "Keys as the document writes them: kind, blank, value")]),
    ("Value", &[("value", "text", "The value, at most 256 bytes; notes 4,096")]),
    ("Assertion", &[("assertion", "text", "Id of the assertion, to undo it")]),
    (
        "Conversation",
        &[
            ("start", "time", "Start of the period"),
            ("end", "time", "Its end, not included"),
            ("sensor", "text", "Sensor's name"),
            ("client_name", "text", "Name of the client's asset, may be empty"),
            ("server_name", "text", "Name of the server's asset, may be empty"),
            ("talk", "Talk", "The conversation"),
        ],
    ),
];
