//! The page of updates over a real platform: a bundle comes, is rolled out, held and ended.

#[allow(dead_code, reason = "cookies are looked at in doors.rs")]
mod browser;

use axum::http::StatusCode;
use browser::{Bench, form};
use bundle::testing::{Signer, signed_rules, whole};
use bundle::{Manifest, Payload, Version, tar};
use platform_core::views::{NewSensor, Role};
use platform_core::{Caller, Platform};
use wire::{Crash, System, UpdateState};

/// A bundle with a signature that nobody can check: the platform does not.
fn bundle(version: &str) -> Vec<u8> {
    let manifest = Manifest::of_system("virtual", Version::parse(version).unwrap(), b"efi!");
    whole(&manifest, Payload::System, vec![b"none".to_vec()], b"efi!")
}

/// Makes a sensor and registers it, as its side does it.
fn registered(platform: &Platform, name: &str) -> Caller {
    let new = NewSensor { name: name.into(), ..NewSensor::default() };
    platform.serves_sensors(vec![[5; 32]], Vec::new());
    let (_, code) = platform.new_sensor(&new, "test").unwrap();
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &[7; 32]);
    let (confirming, confirm) =
        waiting.confirm(&platform.register_start(&start, "192.0.2.9").unwrap()).unwrap();
    let offered = confirming.offer(&platform.register_confirm(&confirm).unwrap()).unwrap();
    let keys = offered.offer().endpoint_keys.clone();
    let key = rcgen::KeyPair::generate().unwrap();
    let csr = rcgen::CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
    let request = wire::RegistrationRequest { csr, hardware: wire::Hardware::default() };
    let (asking, sealed) = offered.request(&keys, &request).unwrap();
    let grant = asking.grant(&platform.register_request(&sealed).unwrap()).unwrap();
    platform.caller(&grant.certificate).unwrap()
}

#[tokio::test]
async fn a_version_is_rolled_out_held_and_ended() {
    let bench = Bench::new();
    let mut admin = bench.signed_in("ada", Role::Admin).await;
    let page = admin.get("/updates").await;
    assert!(page.text.contains("No bundle is here") && page.text.contains("/api/v1/bundles"));
    assert!(page.text.contains("href=\"/updates\" aria-current=\"page\""), "it stands in the navigation");
    let token = page.token();
    let made = bench.platform.add_bundle(&mut &bundle("1.1.0")[..], "ada").unwrap();
    assert!(made.since.is_some());
    let start = |first: &str, soak: &str| {
        form(&[("token", &token), ("bundle", &made.sha256), ("soak", soak), ("first", first)])
    };
    // Nobody needs it yet: that is said, though there is no form.
    let page = admin.get("/updates").await;
    assert!(
        page.text.contains("1.1.0") && page.text.contains(&made.sha256) && !page.text.contains("Start a")
    );
    let page = admin.post("/updates", &start("", "30")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);

    let caller = registered(&bench.platform, "hall 3");
    let address = format!("/sensors/{}", caller.sensor);
    assert!(!admin.get(&address).await.text.contains("<h2>System"), "it told nothing yet");
    let system = System {
        board: "virtual".into(),
        version: "1.0.0".into(),
        update: UpdateState::RolledBack { version: "1.0.5".into(), words: "no <network>".into() },
        crashes: vec![Crash {
            part: "uplink".into(),
            at: model::Time::new(1_700_000_000, 0),
            words: "exit 1".into(),
        }],
        ..System::default()
    };
    bench.platform.system(&caller, system).unwrap();
    let page = admin.get(&address).await;
    for words in ["<h2>System", "1.0.5 did not work", "no &lt;network&gt;", "uplink", "exit 1", "not needed"]
    {
        assert!(page.text.contains(words), "{words}");
    }
    assert!(!page.text.contains("rolled_back"));

    let cases = [(("hall 3", "x"), "soak-problem"), (("hall 4", "30"), "first-problem")];
    for ((first, soak), id) in cases {
        let page = admin.post("/updates", &start(first, soak)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}");
        assert!(page.text.contains(id), "{id}");
    }
    let page = admin.post("/updates", &start("hall 3", "45")).await;
    assert_eq!(page.location(), "/updates?done=rollout-started");
    let page = admin.get("/updates").await;
    for words in ["Goes on", "1 of 3, the first", "45 min", "hall 3", "offered"] {
        assert!(page.text.contains(words), "{words}");
    }
    // An operator may hold it, and no more.
    let mut operator = bench.signed_in("otto", Role::Operator).await;
    let page = operator.get("/updates").await;
    assert!(page.text.contains("/updates/1/pause") && !page.text.contains("/updates/1/cancel"));
    let own = form(&[("token", &page.token())]);
    assert_eq!(operator.post("/updates/1/pause", &own).await.location(), "/updates?done=rollout-paused");
    assert_eq!(operator.post("/updates/1/resume", &own).await.status, StatusCode::FORBIDDEN);
    let token = form(&[("token", &token)]);
    assert!(admin.get("/updates").await.text.contains("Paused"));
    let remove = format!("/updates/bundles/{}/remove", made.sha256);
    let page = admin.post(&remove, &token).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("Not removed: a roll-out needs it"), "{}", page.text);
    assert!(!operator.get("/updates").await.text.contains("/remove"));
    assert_eq!(admin.post("/updates/1/resume", &token).await.location(), "/updates?done=rollout-resumed");
    assert_eq!(admin.post("/updates/1/cancel", &token).await.location(), "/updates?done=rollout-cancelled");
    let page = admin.post("/updates/1/resume", &token).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("role=\"alert\"") && page.text.contains("Cancelled"));
    assert!(admin.get("/updates").await.text.contains(&remove));
    assert_eq!(admin.post(&remove, &token).await.location(), "/updates?done=removed");
    assert!(admin.get("/updates").await.text.contains("No bundle is here"));
    assert_eq!(admin.post(&remove, &token).await.status, StatusCode::NOT_FOUND);
    assert!(admin.get("/updates/1").await.text.contains("hall 3"));
    for missing in ["/updates/9", "/updates/x"] {
        assert_eq!(admin.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn a_bundle_and_rules_come_by_form_and_rules_go_again() {
    let bench = Bench::new();
    let signer = Signer::new();
    let mut admin = bench.signed_in("ada", Role::Admin).await;
    let page = admin.get("/updates").await;
    let token = page.token();
    for words in
        ["None: all tables are those of version", "no pack can be installed", "oui.bin", "rules-file"]
    {
        assert!(page.text.contains(words), "{words}");
    }
    assert!(!page.text.contains("/updates/rules/back"));
    let refused = |page: &browser::Page, id: &str, words: &str| {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains(&format!("id=\"{id}-problem\"")) && page.text.contains(words), "{words}");
    };
    let page = admin.upload("/updates/bundles", &token, b"no bundle at all").await;
    refused(&page, "bundle-file", "no update bundle");
    // Larger than one piece, and than other forms may be.
    let manifest = Manifest::of_system("virtual", Version::new(1, 1, 0), &[7; 3 << 20]);
    let large = whole(&manifest, Payload::System, vec![b"none".to_vec()], &[7; 3 << 20]);
    let page = admin.upload("/updates/bundles", &token, &large).await;
    assert_eq!(page.location(), "/updates?done=bundle-added");
    assert_eq!(bench.platform.bundles().bundles[0].size, large.len() as u64);
    assert!(admin.get("/updates?done=bundle-added").await.text.contains("Nothing is installed before"));

    let tables = tar::archive(&[("agents.tsv", b"lamp\tLamp\tiot\n")]);
    let pack = signed_rules(&signer, "expires:2099-01-01T00:00:00Z", "2.0.0", &tables);
    let page = admin.upload("/updates/rules", &token, &pack).await;
    refused(&page, "rules-file", "there is no key here");
    std::fs::write(bench.folder.path().join("keys/ours.pub"), signer.public_text()).unwrap();
    refused(
        &admin.upload("/updates/rules", &token, &large).await,
        "rules-file",
        "its signature does not fit",
    );
    let page = admin.upload("/updates/rules", &token, &pack[..1_500]).await;
    refused(&page, "rules-file", "cut");
    let page = admin.upload("/updates/rules", &token, &pack).await;
    assert_eq!(page.location(), "/updates?done=rules-installed");
    let page = admin.get("/updates").await;
    for words in ["pack 2.0.0", "Take 2.0.0 back", ", by <span class=\"wrap\">ada", "1 key in"] {
        assert!(page.text.contains(words), "{words}");
    }
    assert!(admin.get("/events").await.text.contains("rule pack 2.0.0 are in force"));
    // A viewer sees it, and no more.
    let mut viewer = bench.signed_in("vera", Role::Viewer).await;
    let page = viewer.get("/updates").await;
    assert!(page.text.contains("pack 2.0.0") && !page.text.contains("rules-file"));
    let own = form(&[("token", &token)]);
    assert_eq!(admin.post("/updates/rules/back", &own).await.location(), "/updates?done=rules-back");
    let page = admin.post("/updates/rules/back", &own).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("Not taken back: "));
}

#[tokio::test]
async fn a_form_with_a_file_is_whole_or_changes_nothing() {
    let bench = Bench::new();
    let mut admin = bench.signed_in("ada", Role::Admin).await;
    let token = admin.get("/updates").await.token();
    let good = browser::multipart(&[("token", token.as_bytes()), ("file", &bundle("1.1.0"))]);
    let late = browser::multipart(&[("file", &bundle("1.1.0")), ("token", token.as_bytes())]);
    let long = browser::multipart(&[("token", &[b'x'; 9_000]), ("file", b"")]);
    let none = browser::multipart(&[("token", token.as_bytes())]);
    let cases: [(&[u8], StatusCode); 6] = [
        (&late, StatusCode::FORBIDDEN),
        (&long, StatusCode::FORBIDDEN),
        (b"nonsense", StatusCode::FORBIDDEN),
        (&none, StatusCode::BAD_REQUEST),
        (&good[..good.len() - 60], StatusCode::BAD_REQUEST),
        (&good[..120], StatusCode::FORBIDDEN),
    ];
    for (body, status) in cases {
        let page = admin.send_parts("/updates/bundles", body).await;
        assert_eq!(page.status, status, "{}", String::from_utf8_lossy(&body[..60.min(body.len())]));
        assert!(bench.platform.bundles().bundles.is_empty());
    }
    // A plain form is none of this kind.
    let page = admin.post("/updates/bundles", &form(&[("token", &token)])).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.send_parts("/updates/bundles", &good).await.location(), "/updates?done=bundle-added");
}
