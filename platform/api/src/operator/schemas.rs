//! Shapes of the API's documents. The platform's views are plain data without
//! schemas of their own, so their shapes stand here, and a test compares every
//! one with what is really sent. Assets and conversations bring their own.

// tidy: long because it is one list: every shape of the API in the order of the description

use serde_json::{Map, Value, json};

/// A field: name, type, what it is. Types: `text`, `number`, `count`, `yes`,
/// `time`, `any`, a shape's name; `[…]` a list, `…?` may be null.
type Field = (&'static str, &'static str, &'static str);

/// Every shape by name.
pub const SHAPES: &[(&str, &[Field])] = &[
    (
        "Problem",
        &[
            ("type", "text", "A stable word for programs"),
            ("title", "text", "The same in a few words"),
            ("status", "count", "Status of HTTP"),
            ("detail", "text", "What is wrong here and what to do"),
            ("instance", "text", "The address that was asked"),
            ("errors", "[FieldError]", "Fields that cannot be; absent when it is none of them"),
        ],
    ),
    (
        "FieldError",
        &[("field", "text", "Path of the field"), ("detail", "text", "What is wrong and what is wanted")],
    ),
    (
        "Sensor",
        &[
            ("id", "text", "Id"),
            ("name", "text", "Name"),
            ("site", "text", "Site, may be empty"),
            ("state", "text", "unregistered, registered, sensing, paused, deregistered"),
            ("offline", "yes", "Registered and not heard of for three status periods"),
            ("networks", "[text]", "Networks it may speak for; the first is its home network"),
            ("hardware", "any", "What the box says it is; null before it registers"),
            ("status", "any", "Its last status; null before the first"),
            ("system", "any", "A System; null when it is no appliance"),
            ("last_contact", "time?", "When its status came"),
            ("registered", "time?", "When it registered"),
            ("certificate_until", "time?", "Until when its certificate is good"),
            ("config", "count", "Version of the configuration made for it"),
            ("assets", "[count]", "Assets heard by it: in all, in 24 h, new in 24 h"),
            ("codes", "[CodeState]", "Its codes, newest first"),
            ("lines", "[Line]", "Its lines of deliveries, newest first"),
            ("history", "[Point]", "Traffic of the last hour, oldest first"),
        ],
    ),
    (
        "System",
        &[
            ("board", "text", "Board"),
            ("version", "text", "Version that runs"),
            ("slot", "text", "File that was booted; empty where there are no slots"),
            ("update", "Update", "Where its last update stands"),
            ("restart", "text", "Why it should be restarted; empty: no need"),
            ("started", "time?", "When it started"),
            ("ended", "text", "How the run before ended; empty: as it was told to"),
            ("crashes", "[Crash]", "What was started again since, newest first"),
            ("told", "time", "When it said this first"),
        ],
    ),
    (
        "Update",
        &[
            ("state", "text", "none, fetching, installed, trial, good, refused, rolled_back"),
            ("version", "text", "Version, may be empty"),
            ("words", "text", "Why, or how far"),
        ],
    ),
    (
        "Crash",
        &[
            ("part", "text", "Part of the appliance"),
            ("at", "time", "When"),
            ("words", "text", "How it ended, its last words"),
        ],
    ),
    (
        "Shelf",
        &[
            ("bundles", "[Bundle]", "Bundles, newest version first"),
            ("others", "any", "Pairs of a file's name and why it is none"),
        ],
    ),
    (
        "Bundle",
        &[
            ("sha256", "text", "SHA-256 of the file"),
            ("file", "text", "Its name in the folder"),
            ("size", "count", "Bytes"),
            ("board", "text", "Board it is for"),
            ("version", "text", "Version"),
            ("since", "time?", "When its file was written"),
            ("older", "count", "Sensors of the board that run an older version"),
        ],
    ),
    (
        "Rules",
        &[
            ("version", "text", "Version of the pack in force; empty: the tables are the platform's own"),
            ("sha256", "text", "SHA-256 of its file, may be empty"),
            ("by", "text", "Who put it in force, may be empty"),
            ("since", "time?", "When; null without a pack"),
            (
                "before",
                "text?",
                "Version that comes back when it is taken back, empty for the platform's own tables; null without a pack",
            ),
            ("tables", "[RuleTable]", "All tables"),
            ("keys", "count", "Public keys whose packs are taken"),
            ("passed", "[text]", "Files of keys that were passed over, and why"),
            ("refused", "any", "Pairs of a file's name and why it was not taken"),
        ],
    ),
    (
        "RuleTable",
        &[
            ("name", "text", "Name of its file in a pack"),
            ("about", "text", "What it says"),
            ("rows", "count", "Rows"),
            ("of_pack", "yes", "It came in the pack in force; else it is the platform's own"),
        ],
    ),
    (
        "Images",
        &[
            ("images", "[Image]", "Files that are what SHA256SUMS says, newest version first"),
            ("others", "any", "Pairs of a file's name and why it is not given out"),
        ],
    ),
    (
        "Image",
        &[
            ("sha256", "text", "SHA-256 of the file: its address is /images/SHA256"),
            ("file", "text", "Its name in the folder"),
            ("size", "count", "Bytes"),
            ("version", "text", "Version, may be empty"),
            ("board", "text", "Board it is for, may be empty"),
            ("about", "text", "What it is for, may be empty"),
            ("since", "time?", "When its file was written"),
        ],
    ),
    (
        "NewRollout",
        &[
            ("bundle", "text", "SHA-256 of the bundle"),
            ("first", "[text]", "Names of the sensors that come first; empty: one is chosen"),
            ("soak", "count", "Minutes that a stage is watched, at most 10080; 0: 30"),
        ],
    ),
    (
        "Rollout",
        &[
            ("number", "count", "Number"),
            ("version", "text", "Version"),
            ("board", "text", "Board"),
            ("bundle", "text", "SHA-256 of the bundle"),
            ("by", "text", "Who began it"),
            ("begun", "time", "When"),
            ("soak", "count", "Minutes that a stage is watched"),
            ("stage", "count", "1 the first, 2 a tenth, 3 all"),
            ("state", "text", "running, paused, stopped, cancelled, done"),
            ("words", "text", "Why it stopped, else empty"),
            ("members", "[RolloutMember]", "Sensors it is offered to"),
        ],
    ),
    (
        "RolloutMember",
        &[
            ("sensor", "text", "Id of the sensor"),
            ("name", "text", "Its name"),
            ("stage", "count", "Since which stage"),
            ("good", "yes", "It runs it and was well for long enough"),
            ("words", "text", "How it stands"),
        ],
    ),
    (
        "CodeState",
        &[
            ("id", "text", "First six digits"),
            ("state", "text", "issued, used, expired, revoked, locked, void"),
            ("made", "time", "When it was made"),
            ("until", "time", "Until when it is good"),
            ("tries", "count", "Wrong tries so far"),
            ("replaces", "yes", "It replaces hardware"),
        ],
    ),
    (
        "Line",
        &[
            ("epoch", "text", "First 8 digits of its epoch"),
            ("since", "time", "Since when"),
            ("batches", "count", "Batches taken"),
            ("quarantined", "yes", "It is held back"),
            ("gaps", "count", "Batches that the sensor had to drop"),
        ],
    ),
    (
        "Point",
        &[
            ("at", "time", "When"),
            ("bits", "count", "Bits per second over all ports"),
            ("packets", "count", "Frames per second"),
            ("lost", "count", "Frames lost since the point before"),
        ],
    ),
    (
        "NewSensor",
        &[
            ("name", "text", "1 to 63 characters, unique"),
            ("site", "text", "May be empty"),
            ("networks", "[text]", "The home network first; empty: default"),
            ("hours", "count", "Hours the code is good, 1 to 720; 0: 336"),
        ],
    ),
    ("MadeSensor", &[("sensor", "Sensor", "The sensor"), ("code", "text", "Its code, shown this once")]),
    ("NewCode", &[("hours", "count", "Hours it is good, 1 to 720; 0: 336")]),
    ("Code", &[("code", "text", "The code, shown this once")]),
    ("ChosenLine", &[("epoch", "text", "The line that goes on")]),
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

/// Fields that an answer may leave out, and bodies need not give.
pub const OPTIONAL: &[(&str, &[&str])] = &[
    ("Problem", &["errors"]),
    ("AssetList", &["facets"]),
    ("NewSensor", &["site", "networks", "hours"]),
    ("NewRollout", &["first", "soak"]),
    ("NewCode", &["hours"]),
    ("NewApiKey", &["days"]),
    (
        "Configuration",
        &[
            "version",
            "internal",
            "excluded",
            "monitored_external",
            "domains",
            "excluded_hostnames",
            "ip_inactivity_hours",
            "network_maps",
            "external_names",
        ],
    ),
    ("InternalGroup", &["ranges", "inventory", "dhcp", "sensors"]),
];

/// Name of a shape among the components: `List<Sensor>` is `SensorList`.
pub fn component(name: &str) -> String {
    match name.strip_prefix("List<").and_then(|of| of.strip_suffix('>')) {
        Some(of) => format!("{of}List"),
        None => name.to_owned(),
    }
}

/// All components, by name.
pub fn all() -> Map<String, Value> {
    let mut out = Map::new();
    for (name, fields) in SHAPES {
        let optional = OPTIONAL.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, names)| names);
        let properties: Map<String, Value> =
            fields.iter().map(|(field, kind, about)| ((*field).to_owned(), described(kind, about))).collect();
        let required: Vec<&str> =
            fields.iter().map(|field| field.0).filter(|field| !optional.contains(field)).collect();
        out.insert(
            (*name).to_owned(),
            json!({"type": "object", "properties": properties, "required": required}),
        );
    }
    for name in [
        "Sensor",
        "Holder",
        "Conversation",
        "Event",
        "Rollout",
        "Network",
        "ConfigurationVersion",
        "HeardRange",
        "User",
        "ApiKey",
    ] {
        let list = json!({
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": reference(name)},
                "next": {"type": ["string", "null"], "description": "Send it back as cursor; null at the end"},
                "total": {"type": ["integer", "null"], "description": "All rows; null where they are not counted"},
            },
            "required": ["items", "next", "total"],
        });
        out.insert(component(&format!("List<{name}>")), list);
    }
    out.insert("Description".into(), json!({"type": "object", "description": "An OpenAPI 3.1 document"}));
    for (name, schema) in [("Asset", assets::schema()), ("Talk", assets::conversation_schema())] {
        adopt(name, schema, &mut out);
    }
    out
}

/// Takes over a schema of the inventory and the ones it refers to.
fn adopt(name: &str, mut schema: Value, out: &mut Map<String, Value>) {
    if let Some(own) = schema.as_object_mut() {
        own.remove("$schema");
        if let Some(Value::Object(inner)) = own.remove("$defs") {
            for (name, schema) in inner {
                out.insert(definition(&name), moved(schema));
            }
        }
    }
    out.insert(name.to_owned(), moved(schema));
}

/// Names of the inventory's definitions that are another shape's here.
fn definition(name: &str) -> String {
    match name {
        "Evidence" => "EvidenceItem".into(),
        other => other.into(),
    }
}

/// The same schema with its references pointing at the components.
fn moved(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match value.as_str().and_then(|text| text.strip_prefix("#/$defs/")) {
                Some(of) if name == "$ref" => {
                    (name, json!(format!("#/components/schemas/{}", definition(of))))
                }
                _ => (name, moved(value)),
            })
            .collect(),
        Value::Array(values) => values.into_iter().map(moved).collect(),
        other => other,
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn described(kind: &str, about: &str) -> Value {
    let mut schema = typed(kind);
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".into(), json!(about));
    }
    schema
}

fn typed(kind: &str) -> Value {
    if let Some(of) = kind.strip_prefix('[').and_then(|of| of.strip_suffix(']')) {
        return json!({"type": "array", "items": typed(of)});
    }
    if let Some(of) = kind.strip_suffix('?') {
        let mut schema = typed(of);
        if let Some(fields) = schema.as_object_mut() {
            let plain = fields.get("type").cloned().unwrap_or(json!("string"));
            fields.insert("type".into(), json!([plain, "null"]));
        }
        return schema;
    }
    match kind {
        "text" => json!({"type": "string"}),
        "number" => json!({"type": "number"}),
        "count" => json!({"type": "integer", "minimum": 0}),
        "yes" => json!({"type": "boolean"}),
        "time" => json!({"type": "string", "format": "date-time"}),
        "any" => json!({}),
        name => reference(name),
    }
}
