//! Which sightings are one device: keys, rules, assertions, time.
