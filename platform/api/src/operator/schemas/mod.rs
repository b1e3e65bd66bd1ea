//! Shapes of the API's documents. The platform's views are plain data without
//! schemas of their own, so their shapes stand here, a file a theme, and a test compares
//! every one with what is really sent. Assets and conversations bring their own.

mod administration;
mod inventory;
mod sensors;

use serde_json::{Map, Value, json};

/// A field: name, type, what it is. Types: `text`, `number`, `count`, `yes`,
/// `time`, `any`, a shape's name; `[…]` a list, `…?` may be null.
pub type Field = (&'static str, &'static str, &'static str);

/// A shape: its name, its fields.
pub type Shape = (&'static str, &'static [Field]);

/// Every shape, in the order of the description.
pub fn shapes() -> impl Iterator<Item = &'static Shape> {
    [sensors::SHAPES, inventory::SHAPES, administration::SHAPES].into_iter().flatten()
}

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
    for (name, fields) in shapes() {
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
