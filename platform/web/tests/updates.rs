//! The page of updates over a real platform: a bundle comes, is rolled out, held and ended.

#[allow(dead_code, reason = "cookies are looked at in doors.rs")]
mod browser;

use axum::http::StatusCode;
use browser::{Bench, form};
use platform_core::views::{NewSensor, Role};
use platform_core::{Caller, Platform};
use wire::{Crash, System, UpdateState};

/// A ustar archive of members that are shorter than 8 GiB.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        let mut header = [0; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000644");
        put(124, &format!("{:011o}", bytes.len()));
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(header);
        out.extend(*bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

/// A bundle signed by nobody: the platform does not check that.
fn bundle(version: &str) -> Vec<u8> {
    let manifest = format!("kind = \"system\"\nboard = \"virtual\"\nversion = \"{version}\"\nsize = 4\n");
    archive(&[
        ("manifest.toml", manifest.as_bytes()),
        ("manifest.toml.minisig", b"none"),
        ("system.efi", b"efi!"),
    ])
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
