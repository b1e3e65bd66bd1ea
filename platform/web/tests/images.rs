//! From a new sensor to a box that sets itself up, over a real platform: what is put beside an image, and the image.

#[allow(dead_code, reason = "cookies are looked at in doors.rs")]
mod browser;

use axum::http::StatusCode;
use browser::{Bench, form};
use platform_core::views::Role;
use sha2::{Digest, Sha256};

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap_or_else(|| panic!("{from} in {text}")).1.split(to).next().unwrap()
}

#[tokio::test]
async fn the_page_of_a_code_gives_what_is_put_beside_an_image() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Operator).await;
    let token = browser.get("/sensors/new").await.token();
    let fields = [("token", token.as_str()), ("name", "hall 3"), ("home", "default"), ("hours", "24")];
    let page = browser.post("/sensors/new", &form(&fields)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let code = between(&page.text, "id=\"code\">", "<").to_owned();
    let address = between(&page.text, "method=\"post\" action=\"/sensors/", "\"").to_owned();
    let address = format!("/sensors/{address}");
    let ask = |file: &str, more: &[(&str, &str)]| {
        form(&[&[("token", token.as_str()), ("code", &code), ("file", file)][..], more].concat())
    };
    for file in seed::FILES {
        assert!(page.text.contains(&format!("name=\"file\" value=\"{}\"", file.name)), "{}", file.name);
        let given = browser.post(&address, &ask(file.name, &[])).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text);
        let header = |name: &str| given.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-disposition"), format!("attachment; filename=\"{}\"", file.name));
        assert_eq!(
            (header("cache-control"), header("content-type")),
            ("no-store".into(), "application/octet-stream".into())
        );
        assert_eq!(given.text.contains(&code), file.secret, "{}", file.name);
    }
    let toml = browser.post(&address, &ask("stillwatch.toml", &[])).await.text;
    assert!(toml.contains("platform.address = \"platform.example.org:8443\"") && !toml.contains("network."));
    let wanted = [("network.address", "10.0.0.5/24"), ("network.gateway", "10.0.0.1")];
    let toml = browser.post(&address, &ask("stillwatch.toml", &wanted)).await.text;
    assert!(
        toml.contains("network.mode = \"static\"") && toml.contains("network.gateway = \"10.0.0.1\""),
        "{toml}"
    );
    // The code is shown nowhere else, so what is wrong is told beside it.
    let wrong = [("network.address", "10.0.0.0/24"), ("network.gateway", "10.0.0.1")];
    let again = browser.post(&address, &ask("seed.iso", &wrong)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("id=\"network.address-problem\"") && again.text.contains(&code));
    assert!(again.text.contains("value=\"10.0.0.0/24\""));
    assert_eq!(browser.post(&address, &ask("../secret", &[])).await.status, StatusCode::NOT_FOUND);
    let bad = form(&[("token", token.as_str()), ("code", "1111-1111-1111-1111"), ("file", "seed.iso")]);
    assert_eq!(browser.post(&address, &bad).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn images_are_listed_and_given_out_as_they_are() {
    let bench = Bench::new();
    let mut browser = bench.signed_in("anna", Role::Viewer).await;
    assert!(browser.get("/images").await.text.contains("No image is here"));
    let folder = bench.folder.path().join("images/virtual-kvm");
    std::fs::create_dir_all(&folder).unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at % 95) as u8 + b' ').collect();
    let sum = sum_of(b"another file");
    std::fs::write(folder.join("stillwatch-1.2.0-virtual-kvm.img.zst"), &bytes).unwrap();
    std::fs::write(folder.join("SHA256SUMS"), format!("{sum}  stillwatch-1.2.0-virtual-kvm.img.zst\n"))
        .unwrap();
    bench.platform.tick().unwrap();
    let page = browser.get("/images").await;
    assert!(page.text.contains("is not what SHA256SUMS says"), "{}", page.text);
    let right = sum_of(&bytes);
    std::fs::write(folder.join("SHA256SUMS"), format!("{right}  stillwatch-1.2.0-virtual-kvm.img.zst\n"))
        .unwrap();
    bench.platform.tick().unwrap();
    let page = browser.get("/images").await;
    assert!(!page.text.contains("not given out") && page.text.contains("KVM, Proxmox"), "{}", page.text);
    let link = format!("/api/v1/images/{right}");
    assert!(page.text.contains(&format!("href=\"{link}\"")));
    let given = browser.get(&link).await;
    assert!(given.status == StatusCode::OK && given.text.as_bytes() == bytes);
    let header = |name: &str| given.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("etag"), format!("\"{right}\""));
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"stillwatch-1.2.0-virtual-kvm.img.zst\""
    );
    let rest = browser.send("GET", &link, "", &[("range", "bytes=299990-")]).await;
    assert!(rest.status == StatusCode::PARTIAL_CONTENT && rest.text.as_bytes() == &bytes[299_990..]);
    let known = browser.send("GET", &link, "", &[("if-none-match", &header("etag"))]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    for odd in ["../platform.db", "%2e%2e%2fplatform.db", &right.to_uppercase(), ""] {
        let page = browser.get(&format!("/api/v1/images/{odd}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{odd}");
    }
    assert!(bench.browser().get(&link).await.status == StatusCode::UNAUTHORIZED);
}

/// SHA-256 in hexadecimal digits.
fn sum_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
