//! Which images a reference and platforms select, and what else changes with them.

use super::changes::{refusal, update};
use super::made::{IMAGE_NAME, INDEX, MANIFEST, Made, REFERENCE, named, text};
use crate::{Digest, Dropped, Layout};
use serde_json::{Value, json};

/// The platforms of the images that are selected.
fn selected(made: &Made, reference: Option<&str>, platforms: &[&str]) -> Vec<String> {
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let platforms: Vec<_> =
        platforms.iter().map(|text| text.parse().expect("it is a platform")).collect();
    let selection = layout.select(reference, &platforms).expect("it can be read");
    selection.images.iter().map(|image| image.platform.to_string()).collect()
}

fn digest(descriptor: &Value) -> Digest {
    text(&descriptor["digest"]).parse().expect("it is a digest")
}

#[test]
fn only_the_selected_tag_changes() {
    let made = Made::new();
    let image = made.image("amd64", "a");
    let index = made.index(std::slice::from_ref(&image));
    made.list(&[named(image.clone(), "a"), named(image.clone(), "b"), named(index, "c"), image]);
    let before = made.listed();
    let update = update(&made.path(), Some("b"), &[], None).expect("it can be changed");
    let after = made.listed();
    for position in [0, 2, 3] {
        assert_eq!(after["manifests"][position], before["manifests"][position]);
    }
    assert_eq!(text(&after["manifests"][1]["digest"]), update.root().to_string());
}

#[test]
fn reference_that_is_not_there_lists_what_is() {
    let made = Made::new();
    let image = made.image("amd64", "a");
    made.list(&[named(image.clone(), "b"), named(image.clone(), "docker.io/library/a:12")]);
    let path = made.path();
    let path = path.display();
    assert_eq!(
        refusal(&made, Some("c"), &[]),
        format!("`{path}`: no reference `c`; references: `b`, `docker.io/library/a:12`")
    );
    assert_eq!(
        refusal(&made, None, &[]),
        format!(
            "`{path}`: contains several images, so `:REF` is needed; references: `b`, `docker.io/library/a:12`"
        )
    );
    made.list(&[]);
    assert_eq!(refusal(&made, None, &[]), format!("`{path}`: contains no image"));
    let other = made.image("amd64", "b");
    made.list(&[image.clone(), other.clone()]);
    assert_eq!(
        refusal(&made, None, &[]),
        format!(
            "`{path}`: manifests {} and {} are both for linux/amd64",
            digest(&image),
            digest(&other)
        )
    );
    update(&made.path(), Some(text(&other["digest"])), &[], None).expect("it can be changed");
    assert_eq!(made.listed()["manifests"][0], image);
}

/// `docker save a:latest b:latest` writes both under the reference `latest`.
#[test]
fn full_name_tells_equal_references_apart() {
    let made = Made::new();
    let name = |image: Value, name: &str| {
        let mut image = named(image, "latest");
        image["annotations"][IMAGE_NAME] = json!(name);
        image
    };
    made.list(&[
        name(made.image("amd64", "a"), "docker.io/library/a:latest"),
        name(made.image("amd64", "b"), "docker.io/library/b:latest"),
    ]);
    let reason = refusal(&made, Some("latest"), &[]);
    assert!(
        reason.ends_with(
            "reference `latest` names both `docker.io/library/a:latest` and `docker.io/library/b:latest`"
        ),
        "{reason}"
    );
    let before = made.listed();
    update(&made.path(), Some("docker.io/library/b:latest"), &[], None).expect("it can be changed");
    let after = made.listed();
    assert_eq!(after["manifests"][0], before["manifests"][0]);
    assert_ne!(after["manifests"][1]["digest"], before["manifests"][1]["digest"]);
    assert_eq!(after["manifests"][1]["annotations"], before["manifests"][1]["annotations"]);
}

/// Some tools list every manifest in `index.json`, and only the image has a name.
#[test]
fn manifests_without_a_name_do_not_count_beside_a_named_one() {
    let made = Made::new();
    let (a, b) = (made.image("amd64", "a"), made.image("arm64", "b"));
    made.list(&[a.clone(), named(made.index(&[a.clone(), b.clone()]), "x"), b]);
    assert_eq!(selected(&made, None, &[]), ["linux/amd64", "linux/arm64"]);
}

#[test]
fn platforms_select_and_the_others_stay() {
    let made = Made::new();
    let mut arm = made.image("arm", "c");
    arm["platform"]["variant"] = json!("v6");
    let images = [made.image("amd64", "a"), made.image("arm64", "b"), arm];
    made.list(&[named(made.index(&images), "x")]);
    assert_eq!(selected(&made, None, &[]), ["linux/amd64", "linux/arm64", "linux/arm/v6"]);
    assert_eq!(selected(&made, None, &["linux/aarch64/v8"]), ["linux/arm64"]);
    let reason = refusal(&made, None, &["linux/arm64", "linux/s390x"]);
    assert!(
        reason.ends_with(
            "no image for linux/s390x; platforms: linux/amd64, linux/arm64, linux/arm/v6"
        ),
        "{reason}"
    );
    update(&made.path(), None, &["linux/arm64"], None).expect("it can be changed");
    let index = made.read(&made.listed()["manifests"][0]);
    assert_eq!(index["manifests"][0], images[0]);
    assert_ne!(index["manifests"][1], images[1]);
    assert_eq!(index["manifests"][2], images[2]);
}

#[test]
fn config_states_the_platform_if_the_index_does_not() {
    let made = Made::new();
    let mut image = made.image("arm64", "a");
    image.as_object_mut().expect("an object").remove("platform");
    made.list(&[image]);
    assert_eq!(selected(&made, None, &["linux/arm64"]), ["linux/arm64"]);
}

/// skopeo takes the first of them whatever the platform, and copies nothing from an index inside an index.
#[test]
fn several_manifests_under_one_tag_get_one_index() {
    let made = Made::new();
    let (mut a, b) = (made.image("amd64", "a"), made.image("arm64", "b"));
    a.as_object_mut().expect("an object").remove("platform");
    let inner = made.index(&[made.index(&[made.image("s390x", "c")])]);
    let other = named(made.image("amd64", "d"), "y");
    made.list(&[named(a, "x"), other.clone(), named(b.clone(), "x"), named(inner, "x")]);
    update(&made.path(), Some("x"), &["linux/amd64"], None).expect("it can be changed");
    let listed = made.listed();
    let manifests = listed["manifests"].as_array().expect("an array");
    assert_eq!(manifests.len(), 2);
    assert_eq!(manifests[1], other);
    assert_eq!(text(&manifests[0]["mediaType"]), INDEX);
    assert_eq!(manifests[0]["annotations"], json!({REFERENCE: "x"}));
    let index = made.read(&manifests[0]);
    assert_eq!(index["schemaVersion"], json!(2));
    let inside = index["manifests"].as_array().expect("an array");
    let platforms: Vec<&str> =
        inside.iter().map(|image| text(&image["platform"]["architecture"])).collect();
    assert_eq!(platforms, ["amd64", "arm64", "s390x"]);
    assert!(inside.iter().all(|image| image.get("annotations").is_none()));
    assert!(inside.iter().all(|image| text(&image["mediaType"]) == MANIFEST));
    assert_eq!(inside[1], b);
}

#[test]
fn two_manifests_of_one_platform_are_refused() {
    let made = Made::new();
    let (a, b) = (made.image("amd64", "a"), made.image("amd64", "b"));
    for images in [vec![made.index(&[a.clone(), b.clone()])], vec![a.clone(), b.clone()]] {
        let images: Vec<Value> = images.into_iter().map(|image| named(image, "x")).collect();
        made.list(&images);
        let reason = refusal(&made, Some("x"), &[]);
        let (a, b) = (digest(&a), digest(&b));
        let expected = format!("manifests {a} and {b} are both for linux/amd64");
        assert!(reason.ends_with(&expected), "{reason}");
    }
    // The same manifest twice is one image, and so is one that differs only in its compression.
    made.list(&[named(made.index(&[a.clone(), a.clone()]), "x")]);
    assert_eq!(selected(&made, None, &[]), ["linux/amd64"]);
    let mut zstd = b;
    zstd["annotations"]["io.github.containers.compression.zstd"] = json!("true");
    made.list(&[named(made.index(&[a, zstd]), "x")]);
    assert_eq!(selected(&made, None, &[]), ["linux/amd64", "linux/amd64"]);
}

/// Descriptors as BuildKit writes them.
fn attestation(made: &Made, about: &Value, contents: &str) -> Value {
    let statement = made.blob("application/vnd.in-toto+json", contents.as_bytes());
    let mut descriptor = made.image_of(&json!({}), &[statement], "unknown");
    descriptor["platform"]["os"] = json!("unknown");
    descriptor["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": about["digest"],
    });
    descriptor
}

#[test]
fn attestations_of_changed_images_are_dropped() {
    let made = Made::new();
    let (a, b) = (made.image("amd64", "a"), made.image("arm64", "b"));
    let (about_a, about_b) = (attestation(&made, &a, "1"), attestation(&made, &b, "2"));
    made.list(&[named(made.index(&[a.clone(), b, about_a.clone(), about_b.clone()]), "x")]);
    let update = update(&made.path(), None, &["linux/amd64"], None).expect("it can be changed");
    let dropped = Dropped { digest: digest(&about_a), about: digest(&a) };
    assert_eq!(update.dropped(), [dropped]);
    let index = made.read(&made.listed()["manifests"][0]);
    assert_eq!(index["manifests"].as_array().expect("an array").len(), 3);
    assert_eq!(index["manifests"][2], about_b);
}

#[test]
fn referrers_are_dropped_unless_their_subject_stays() {
    let made = Made::new();
    let image = made.image("amd64", "a");
    let referrer = |about: &Value, contents: &str| {
        let empty = made.blob("application/vnd.oci.empty.v1+json", b"{}");
        let subject = json!({
            "mediaType": MANIFEST, "digest": about["digest"], "size": about["size"],
        });
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "text/x-signature",
            "config": empty, "layers": [made.blob("text/plain", contents.as_bytes())],
            "subject": subject,
        });
        made.document(MANIFEST, &manifest)
    };
    let about = referrer(&image, "1");
    let other = referrer(&about, "2");
    let tagged = named(referrer(&image, "3"), "signature");
    made.list(&[named(image.clone(), "x"), about.clone(), other.clone(), tagged.clone()]);
    let dropped = update(&made.path(), Some("x"), &[], None).expect("it can be changed");
    assert_eq!(dropped.dropped(), [Dropped { digest: digest(&about), about: digest(&image) }]);
    let listed = made.listed();
    assert_eq!(listed["manifests"].as_array().expect("an array")[1..], [other, tagged]);

    let index = named(made.index(std::slice::from_ref(&image)), "y");
    made.list(&[named(image, "x"), about.clone(), index]);
    let kept = update(&made.path(), Some("x"), &[], None).expect("it can be changed");
    assert_eq!(kept.dropped(), []);
    assert_eq!(made.listed()["manifests"][1], about);
}

#[test]
fn what_cannot_be_changed_is_skipped_with_a_reason() {
    let made = Made::new();
    let mut windows = made.image("amd64", "a");
    windows["platform"] = json!({"os": "windows", "architecture": "amd64", "os.version": "10.0.1"});
    let mut missing = made.image("arm64", "b");
    missing["digest"] = json!(Digest::of(b"missing").to_string());
    let chart = made.blob("application/vnd.cncf.helm.config.v1+json", b"{}");
    let chart = json!({"schemaVersion": 2, "config": chart, "layers": []});
    let chart = made.document(MANIFEST, &chart);
    let other = made.blob("text/plain", b"text");
    let all = [windows, missing, chart, other, made.image("s390x", "c")];
    made.list(&[named(made.index(&all), "x")]);
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(None, &[]).expect("it can be read");
    let skipped = selection.skipped.iter().map(|skipped| {
        let platform = skipped.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{platform}: {}", skipped.reason)
    });
    assert_eq!(
        skipped.collect::<Vec<_>>(),
        [
            "windows/amd64: Windows images are not supported",
            "linux/arm64: its manifest is missing from the layout",
            ": an artifact of type `application/vnd.cncf.helm.config.v1+json`",
            ": media type `text/plain`",
        ]
    );
    assert_eq!(selection.images.len(), 1);
    let reason = refusal(&made, None, &["linux/arm64"]);
    assert!(reason.ends_with("its manifest is missing from the layout"), "{reason}");
    update(&made.path(), None, &[], None).expect("it can be changed");
    let index = made.read(&made.listed()["manifests"][0]);
    assert_eq!(index["manifests"].as_array().expect("an array")[..4], all[..4]);
}
