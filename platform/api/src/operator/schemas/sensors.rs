//! What is told of sensors, their updates, rules and images; and how errors are told.

use super::Shape;

/// The shapes, in the order of the description.
pub(super) const SHAPES: &[Shape] = &[
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
];
