//! The pages as a browser meets them: over a real platform, by HTTP.

mod browser;

use axum::http::StatusCode;
use browser::{Bench, form};
use platform_core::views::Role;

#[tokio::test]
async fn the_first_password_must_be_changed_and_then_all_is_open() {
    let bench = Bench::new();
    let (name, password) = bench.platform.first_account().unwrap().unwrap();
    let mut browser = bench.browser();
    let page = browser.get("/inventory?q=type:plc").await;
    assert_eq!(page.location(), "/sign-in?to=%2Finventory%3Fq%3Dtype%3Aplc".replace(":plc", "%3Aplc"));
    let page = browser.post("/sign-in", &form(&[("name", &name), ("password", "wrong")])).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text.contains("role=\"alert\""));
    let page =
        browser.post("/sign-in", &form(&[("name", &name), ("password", &password), ("to", "//evil")])).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/password".into()));
    let cookie = page.cookie();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(cookie.contains("Secure"), "{cookie}");
    assert_eq!(browser.get("/sensors").await.location(), "/password");
    let token = browser.get("/password").await.token();
    let new = "three blue lamps";
    let changes = [
        ("old", "wrong", new, new),
        ("new", &password, "short", "short"),
        ("again", &password, new, "another one"),
    ];
    for (field, old, first, second) in changes {
        let page = browser
            .post("/password", &form(&[("token", &token), ("old", old), ("new", first), ("again", second)]))
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.text.contains(&format!("id=\"{field}-problem\"")), "{field}");
    }
    let page = browser
        .post("/password", &form(&[("token", &token), ("old", &password), ("new", new), ("again", new)]))
        .await;
    assert_eq!(page.location(), "/?done=password");
    let page = browser.get("/sensors").await;
    assert_eq!(page.status, StatusCode::OK);
    browser.post("/sign-out", &form(&[("token", &page.token())])).await;
    assert!(browser.get("/sensors").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn every_form_wants_a_session_a_token_and_a_role() {
    let bench = Bench::new();
    let mut viewer = bench.signed_in("viewer", Role::Viewer).await;
    let mut operator = bench.signed_in("operator", Role::Operator).await;
    let (viewers, operators) =
        (viewer.get("/settings").await.token(), operator.get("/settings").await.token());
    let (mut tried, mut uploads) = (0, 0);
    for route in web::pages::ROUTES.iter().copied().flatten() {
        let path = route.path.replace("{id}", "nothing");
        if let Some((role, _)) = route.upload {
            assert_eq!(role, Role::Admin, "{path}");
            let page = bench.browser().upload(&path, &viewers, b"x").await;
            assert!(page.location().starts_with("/sign-in"), "{path} without a session");
            for token in ["", "guess", &operators] {
                let page = viewer.upload(&path, token, b"x").await;
                assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with the token {token:?}");
            }
            for (browser, token) in [(&mut viewer, &viewers), (&mut operator, &operators)] {
                let page = browser.upload(&path, token, b"x").await;
                assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
                assert!(page.text.contains("needs the role"), "{path}");
            }
            uploads += 1;
        }
        let Some((role, _)) = route.post.filter(|_| route.reader.is_some()) else { continue };
        tried += 1;
        let page = bench.browser().post(&path, &form(&[("token", &viewers)])).await;
        assert!(page.location().starts_with("/sign-in"), "{path} without a session");
        for token in ["", "guess", &operators] {
            let page = viewer.post(&path, &form(&[("token", token)])).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with the token {token:?}");
        }
        if role > Role::Viewer {
            let page = viewer.post(&path, &form(&[("token", &viewers)])).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} by a viewer");
            assert!(page.text.contains("needs the role"), "{path}");
        }
        if role == Role::Admin {
            let page = operator.post(&path, &form(&[("token", &operators)])).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} by an operator");
        }
        let page = viewer
            .send("POST", &path, &form(&[("token", &viewers)]), &[("sec-fetch-site", "cross-site")])
            .await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} from another site");
    }
    assert!(tried > 20 && uploads == 2, "{tried} {uploads}");
    for path in ["/settings/users", "/settings/keys", "/sensors/new"] {
        assert_eq!(viewer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn every_answer_is_kept_to_ours() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Admin).await;
    for path in
        ["/sensors", "/nothing", "/sign-in", "/static/stillwatch.css", "/static/nothing", "/sensors/nothing"]
    {
        let page = browser.get(path).await;
        let header = |name: &str| {
            page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
        };
        assert_eq!(header("content-security-policy"), web::answer::POLICY, "{path}");
        assert_eq!(
            (header("x-content-type-options"), header("referrer-policy")),
            ("nosniff".into(), "no-referrer".into())
        );
        let kept = header("cache-control");
        assert_eq!(kept.contains("immutable"), path == "/static/stillwatch.css", "{path}: {kept}");
        assert!(kept.contains("immutable") || kept == "no-store", "{path}: {kept}");
    }
    let page = browser.get("/nothing/%3Cscript%3E").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("No such page") && !page.text.contains("<script>"));
    assert_eq!(browser.send("PUT", "/sensors", "", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_sensor_is_made_led_and_removed() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Operator).await;
    let page = browser.get("/sensors").await;
    assert!(page.text.contains("No sensor yet"));
    let token = page.token();
    let page =
        browser.post("/sensors/new", &form(&[("token", &token), ("name", ""), ("home", "default")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("id=\"name-problem\""));
    let made = form(&[
        ("token", &token),
        ("name", "hq-core-1"),
        ("site", "HQ"),
        ("home", "default"),
        ("hours", "24"),
    ]);
    let page = browser.post("/sensors/new", &made).await;
    let code = page.text.split("id=\"code\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    assert!(code.parse::<model::PersonalizationCode>().is_ok(), "{code}");
    assert!(page.text.contains(&format!("stillwatch register {code}")));
    let sensor = bench.platform.sensors().unwrap().remove(0);
    for path in
        [format!("/sensors/{}", sensor.id), format!("/sensors/{}/watch", sensor.id), "/sensors".into()]
    {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("hq-core-1") && !page.text.contains(code), "{path} shows the code again");
    }
    let base = format!("/sensors/{}", sensor.id);
    let page = browser.post(&format!("{base}/code"), &form(&[("token", &token), ("hours", "1")])).await;
    assert!(page.text.contains("id=\"code\">"));
    let open = bench.platform.sensor(&sensor.id).unwrap().codes.remove(0).id;
    browser.post(&format!("{base}/revoke-code"), &form(&[("token", &token), ("code", &open)])).await;
    assert!(browser.get(&base).await.text.contains("Revoked"));
    let page = browser.post(&format!("{base}/deregister"), &form(&[("token", &token), ("name", "hq")])).await;
    assert!(page.text.contains("type the sensor&#39;s name"), "{}", page.status);
    let page =
        browser.post(&format!("{base}/deregister"), &form(&[("token", &token), ("name", "hq-core-1")])).await;
    assert_eq!(page.location(), format!("{base}?done=removed"));
}

#[tokio::test]
async fn configuration_is_changed_from_the_version_that_was_read() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Admin).await;
    let page = browser.get("/configuration/internal").await;
    let token = page.token();
    let version = bench.platform.configuration().unwrap().version.to_string();
    let groups = |version: &str, ranges: &str| {
        form(&[
            ("token", &token),
            ("version", version),
            ("at", "0"),
            ("name-0", "Office"),
            ("ranges-0", ranges),
            ("inventory-0", "yes"),
        ])
    };
    let page = browser.post("/configuration/internal", &groups(&version, "10.1.0.0/16\r\n10.2.0.0/99")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("id=\"internal[0]-problem\"") && page.text.contains("10.2.0.0/99"),
        "what was typed stays"
    );
    let page = browser.post("/configuration/internal", &groups(&version, "10.1.0.0/16")).await;
    assert_eq!(page.location(), "/configuration/internal?done=saved");
    assert_eq!(bench.platform.configuration().unwrap().internal[0].ranges, ["10.1.0.0/16"]);
    let page = browser.post("/configuration/internal", &groups(&version, "10.9.0.0/16")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let now = bench.platform.configuration().unwrap().version.to_string();
    let ticked = [
        ("token", token.as_str()),
        ("version", &now),
        ("range", "172.20.4.0/24"),
        ("range", "10.1.0.0/16"),
        ("into", "Office"),
        ("as", "inventory"),
    ];
    browser.post("/configuration/heard", &form(&ticked)).await;
    assert_eq!(bench.platform.configuration().unwrap().internal[0].ranges, ["10.1.0.0/16", "172.20.4.0/24"]);
    let now = bench.platform.configuration().unwrap().version.to_string();
    let ticked = [("token", token.as_str()), ("version", &now), ("range", "10.9.0.0/24"), ("as", "excluded")];
    browser.post("/configuration/heard", &form(&ticked)).await;
    assert_eq!(bench.platform.configuration().unwrap().excluded, ["10.9.0.0/24"]);
    let page = browser.post("/configuration/networks", &form(&[("token", &token), ("name", "cell-3")])).await;
    assert_eq!(page.location(), "/configuration/general?done=network");
    assert!(browser.get("/configuration/versions").await.text.contains("anna"));
}

#[tokio::test]
async fn preferences_are_kept_in_the_browser() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Viewer).await;
    let page = browser.get("/settings").await;
    assert!(page.text.contains("data-theme=\"\"") && page.text.contains(" data-keys"));
    let token = page.token();
    let chosen =
        [("token", token.as_str()), ("theme", "dark"), ("utc", "yes"), ("keys", "no"), ("to", "/settings")];
    assert_eq!(browser.post("/preferences", &form(&chosen)).await.location(), "/settings");
    let page = browser.get("/settings").await;
    assert!(
        page.text.contains("data-theme=\"dark\"")
            && page.text.contains(" data-utc")
            && !page.text.contains(" data-keys")
    );
}
