//! Every page over the sample answers: what strangers name runs nowhere, forms
//! are guarded, viewers see no button that they may not use.

#[path = "../examples/sample/fleet.rs"]
mod fleet;
#[path = "../examples/sample/pages.rs"]
mod pages;
#[path = "../examples/sample/views.rs"]
mod views;

use std::collections::BTreeSet;

use platform_core::views::Role;

/// Values of an attribute on a page.
fn attributes<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let mark = format!(" {name}=\"");
    text.match_indices(&mark).map(|(at, _)| text[at + mark.len()..].split('"').next().unwrap_or("")).collect()
}

#[test]
fn nothing_that_strangers_name_runs() {
    let mut shown = 0;
    for (name, text) in pages::all(Role::Admin) {
        for bad in ["<script>alert", "<b>box", "javascript:", " style=", " onclick=", "<style"] {
            assert!(!text.contains(bad), "{name} has {bad}");
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{name} has a control character");
        assert!(!text.contains('\u{202e}'), "{name} turns text around");
        assert!(
            !text.contains("&lt;svg") && !text.contains("&lt;span") && !text.contains("&amp;lt;"),
            "{name} is escaped twice"
        );
        shown += usize::from(text.contains("&lt;script&gt;alert(1)"));
    }
    assert!(shown >= 8, "the hostile name is shown on {shown} pages only");
}

#[test]
fn every_page_can_be_read_by_machines_that_read_aloud() {
    for (name, text) in pages::all(Role::Admin) {
        assert_eq!(text.matches("<h1").count(), 1, "{name}");
        assert!(text.contains("lang=\"en\"") && text.contains("<main id=\"main\""), "{name}");
        let ids = attributes(&text, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name} has an id twice: {ids:?}");
        for target in attributes(&text, "for").into_iter().chain(attributes(&text, "aria-describedby")) {
            assert!(unique.contains(target), "{name}: nothing has the id {target}");
        }
        for table in text.split("<table").skip(1) {
            assert!(
                table.split("</table>").next().unwrap_or("").contains("<caption"),
                "{name} has a table without caption"
            );
        }
    }
}

#[test]
fn every_form_is_guarded() {
    for (name, text) in pages::all(Role::Admin) {
        for form in text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or("");
            if form.contains("method=\"post\"") && name != "sign-in" {
                assert!(form.contains("name=\"token\" value=\""), "{name}: {form}");
            }
            assert!(!form.contains("action=\"http"), "{name}");
        }
    }
}

#[test]
fn viewers_see_no_button_that_they_may_not_use() {
    for (name, text) in pages::all(Role::Viewer) {
        // Pages that only operators and admins reach.
        let others = [
            "sign-in",
            "password",
            "sensor-new",
            "sensor-code",
            "sensor-code-problem",
            "asset-merge",
            "users",
            "keys",
        ];
        if others.contains(&name) {
            continue;
        }
        for form in text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or("");
            let own = form.contains("\"/preferences\"") || form.contains("\"/sign-out\"");
            // Configuration is shown to viewers in a form that cannot be sent.
            let posts = form.contains("method=\"post\"") && form.contains("<button");
            assert!(own || !posts, "{name}: {form}");
        }
        assert!(!text.contains("/sensors/new"), "{name} leads a viewer to New sensor");
    }
}

#[test]
fn what_is_empty_says_why_and_gives_a_way_on() {
    for (name, text) in pages::all(Role::Admin) {
        for empty in text.split("class=\"panel empty\"").skip(1).chain(text.split("class=\"empty\"").skip(1))
        {
            let empty = empty.split("</section>").next().unwrap_or("");
            assert!(empty.contains("<p>") && empty.contains("class=\"button"), "{name}: {empty}");
        }
    }
}
