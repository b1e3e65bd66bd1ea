//! What is said at a start.

use std::fmt::Write;

use crate::server::Running;

/// How to sign in and where sensors go. With the first account's password at the
/// first start, and never again.
pub fn greeting(running: &Running) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let mut line = |words: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{words}");
    };
    line(format_args!("Stillwatch platform: {}", running.url()));
    line(format_args!("Sensors:             {}", running.sensor_name()));
    if let Some(print) = running.fingerprint() {
        line(format_args!("CA SHA-256:          {print}"));
    }
    if let Some((name, password)) = running.first_account() {
        line(format_args!(""));
        line(format_args!("First start. Sign in as {name} with the password"));
        line(format_args!(""));
        line(format_args!("    {password}"));
        line(format_args!(""));
        line(format_args!("It is shown this once and must be changed at the first sign-in."));
    }
    text
}
