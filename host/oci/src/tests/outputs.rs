//! Where an update goes.

use super::changes::update;
use super::made::{
    INDEX, MANIFEST, Made, REFERENCE, addition, archived, listed, named, pack, read, text, tree,
};
use crate::{Digest, Layout, Location};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The names of the files of a layout in a directory.
fn names(path: &Path) -> Vec<String> {
    let tree = tree(path);
    let names = tree.iter().map(|(file, _)| file.strip_prefix(path).expect("it is inside"));
    names.map(|name| name.to_str().expect("it is Unicode").replace('\\', "/")).collect()
}

fn output(made: &Made, name: &str) -> std::path::PathBuf {
    made.scratch().join(name)
}

#[test]
fn new_layout_gets_what_the_image_needs() {
    let made = Made::new();
    made.blob("text/plain", b"of nothing");
    let (a, b) = (made.image("amd64", "a"), made.image("arm64", "b"));
    let other = made.image("amd64", "c");
    made.list(&[named(made.index(&[a.clone(), b.clone()]), "x"), named(other, "y")]);
    let before = tree(&made.path());
    let changed = update(&made.path(), Some("x"), &["linux/amd64"], Some(&output(&made, "new:z")));
    let changed = changed.expect("it can be written");
    assert!(tree(&made.path()) == before, "the source has changed");

    let new = output(&made, "new");
    let marker = fs::read_to_string(new.join("oci-layout")).expect("it is there");
    assert_eq!(marker, r#"{"imageLayoutVersion":"1.0.0"}"#);
    let root = &listed(&new)["manifests"][0];
    assert_eq!(root["annotations"], json!({REFERENCE: "z"}));
    let index = read(&new, root);
    assert_eq!(index["manifests"][1], b);
    let mut expected = vec!["blobs".to_owned(), "blobs/sha256".to_owned()];
    let blob = |descriptor: &Value| format!("blobs/sha256/{}", &text(&descriptor["digest"])[7..]);
    expected.push(blob(root));
    for image in index["manifests"].as_array().expect("an array") {
        expected.push(blob(image));
        let manifest = read(&new, image);
        expected.push(blob(&manifest["config"]));
        expected.extend(manifest["layers"].as_array().expect("an array").iter().map(blob));
    }
    expected.extend(["index.json".to_owned(), "oci-layout".to_owned()]);
    expected.sort();
    assert_eq!(names(&new), expected);
    assert_eq!(text(&root["digest"]), changed.root().to_string());
}

#[test]
fn other_images_of_an_existing_layout_stay() {
    let (made, target) = (Made::with_image(), Made::new());
    let keep = target.image("s390x", "keep");
    let former = target.image("amd64", "former");
    target.list(&[named(keep.clone(), "a"), named(former, "x"), named(keep.clone(), "b")]);
    let before = tree(&target.path());
    update(&made.path(), None, &[], Some(&target.path())).expect("it can be written");
    let listed = target.listed();
    assert_eq!(listed["manifests"].as_array().expect("an array").len(), 3);
    assert_eq!(listed["manifests"][0], named(keep.clone(), "a"));
    assert_eq!(text(&listed["manifests"][1]["annotations"][REFERENCE]), "x");
    assert_eq!(listed["manifests"][2], named(keep, "b"));
    for (path, contents) in before.iter().filter(|(path, _)| !path.ends_with("index.json")) {
        assert!(path.is_dir() || fs::read(path).expect("it is there") == *contents);
    }
    // Once more, under another name.
    let mut path = target.path().into_os_string();
    path.push(":new");
    update(&made.path(), None, &[], Some(Path::new(&path))).expect("it can be written");
    let listed = target.listed();
    assert_eq!(listed["manifests"].as_array().expect("an array").len(), 4);
    assert_eq!(listed["manifests"][3]["digest"], listed["manifests"][1]["digest"]);
}

#[test]
fn same_layout_can_get_a_new_reference() {
    let made = Made::with_image();
    let before = made.listed();
    update(&made.path(), None, &[], Some(&output(&made, "layout:y"))).expect("it can be written");
    let after = made.listed();
    assert_eq!(after["manifests"][0], before["manifests"][0]);
    assert_eq!(text(&after["manifests"][1]["annotations"][REFERENCE]), "y");
    assert_ne!(after["manifests"][1]["digest"], before["manifests"][0]["digest"]);
}

#[test]
fn unchanged_image_is_copied_as_it_is() {
    let made = Made::new();
    let inner = made.index(&[made.image("arm64", "b")]);
    made.list(&[named(made.index(&[made.image("amd64", "a"), inner]), "x")]);
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(None, &[]).expect("it can be read");
    let update = selection.update(&layout, vec![None, None]).expect("nothing is changed");
    let new = output(&made, "new");
    let location = Location::parse(new.as_os_str());
    update.write(layout, Some(&location)).expect("there is room");
    assert_eq!(names(&new), names(&made.path()));
    assert_eq!(listed(&new)["manifests"], made.listed()["manifests"]);
}

#[test]
fn archive_does_not_depend_on_its_writer() {
    let made = Made::with_image();
    let [first, second] = ["first.tar", "second.tar"].map(|name| output(&made, name));
    update(&made.path(), None, &[], Some(&first)).expect("it can be written");
    update(&made.path(), None, &[], Some(&second)).expect("it can be written");
    let contents = fs::read(&first).expect("it is there");
    assert!(contents == fs::read(&second).expect("it is there"));
    let mut archive = tar::Archive::new(&contents[..]);
    let mut last = String::new();
    for entry in archive.entries().expect("it is an archive") {
        let entry = entry.expect("it can be read");
        let header = entry.header();
        let name = entry.path().expect("it has a name").to_str().expect("Unicode").to_owned();
        assert!(last < name, "{last} is before {name}");
        last = name;
        for number in [header.mtime(), header.uid(), header.gid()] {
            assert_eq!(number.expect("it is a number"), 0);
        }
        let expected = if header.entry_type().is_dir() { 0o755 } else { 0o644 };
        assert_eq!(header.mode().expect("it is a number"), expected);
    }
    // The archive and a directory contain the same.
    let new = output(&made, "new");
    update(&made.path(), None, &[], Some(&new)).expect("it can be written");
    let from_archive = Layout::open(&first).expect("it is a layout");
    let selection = from_archive.select(Some("x"), &[]).expect("it can be read");
    assert_eq!(
        selection.images[0].manifest.to_string(),
        text(&listed(&new)["manifests"][0]["digest"])
    );
    // And so do copies of the archive.
    let (copy, packed) = (output(&made, "copy"), output(&made, "copy.tar"));
    for target in [&copy, &packed] {
        let selection = from_archive.select(Some("x"), &[]).expect("it can be read");
        let update = selection.update(&from_archive, vec![None]).expect("nothing is changed");
        let source = Layout::open(&first).expect("it is a layout");
        let location = Location::parse(target.as_os_str());
        update.write(source, Some(&location)).expect("there is room");
    }
    assert_eq!(listed(&copy), listed(&new));
    assert!(fs::read(&packed).expect("it is there") == contents);
}

#[test]
fn archive_is_changed_in_place_and_keeps_the_rest() {
    let made = Made::with_image();
    let other = named(made.image("arm64", "b"), "y");
    made.list(&[made.listed()["manifests"][0].clone(), other.clone()]);
    let path = output(&made, "made");
    let mut builder = tar::Builder::new(fs::File::create(&path).expect("it can be made"));
    builder.append_dir_all("./", made.path()).expect("there is room");
    let long = format!("other/{}", "long/".repeat(60));
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    header.set_mode(0o600);
    builder.append_data(&mut header, format!("{long}file"), &b"text"[..]).expect("there is room");
    builder.finish().expect("there is room");
    drop(builder);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).expect("it is ours");
    }
    for _ in 0..2 {
        update(&path, Some("x"), &[], None).expect("it can be changed");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = fs::metadata(&path).expect("it is there").permissions();
        assert_eq!(permissions.mode() & 0o7777, 0o440);
    }
    let contents = archived(&path, &format!("{long}file"));
    assert_eq!(contents.as_deref(), Some(&b"text"[..]));
    let layout = Layout::open(&path).expect("it is a layout");
    let selection = layout.select(Some("x"), &[]).expect("it can be read");
    assert_eq!(selection.images[0].layers.len(), 3);
    let index = archived(&path, "index.json").expect("it is there");
    let index: Value = serde_json::from_slice(&index).expect("it is JSON");
    assert_eq!(index["manifests"][1], other);
    let left = fs::read_dir(made.scratch()).expect("it is there");
    let left = left.map(|entry| entry.expect("it can be read").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with('.')));
}

/// As `docker save` writes it since version 25.
#[test]
fn list_of_docker_follows_the_layout() {
    let made = Made::new();
    let (a, b) = (made.image("amd64", "a"), made.image("amd64", "b"));
    let full = |image: &Value, name: &str, tag: &str| {
        let mut image = named(image.clone(), tag);
        image["annotations"]["io.containerd.image.name"] = json!(format!("{name}:{tag}"));
        image
    };
    made.list(&[
        full(&a, "docker.io/library/a", "1"),
        full(&a, "docker.io/library/a", "2"),
        full(&b, "docker.io/user/b", "1"),
    ]);
    let blob = |descriptor: &Value| format!("blobs/sha256/{}", &text(&descriptor["digest"])[7..]);
    let entry = |image: &Value, tags: &[&str]| {
        let manifest = made.read(image);
        json!({
            "Config": blob(&manifest["config"]),
            "RepoTags": tags,
            "Layers": [blob(&manifest["layers"][0])],
            "LayerSources": {"sha256:0": {}},
            "Parent": "sha256:0",
        })
    };
    let list = json!([entry(&a, &["a:1", "a:2"]), entry(&b, &["user/b:1"])]);
    fs::write(made.path().join("manifest.json"), list.to_string()).expect("there is room");
    fs::write(made.path().join("repositories"), "{}").expect("there is room");
    let path = output(&made, "saved");
    pack(&made.path(), "", &path);

    update(&path, Some("docker.io/library/a:2"), &[], None).expect("it can be changed");
    let unpacked = output(&made, "unpacked");
    let mut archive = tar::Archive::new(fs::File::open(&path).expect("it is there"));
    archive.unpack(&unpacked).expect("it can be unpacked");
    let changed = fs::read(unpacked.join("manifest.json")).expect("it is there");
    let changed: Value = serde_json::from_slice(&changed).expect("it is JSON");
    let new = addition("new");
    let manifest = read(&unpacked, &listed(&unpacked)["manifests"][1]);
    let mut rest = list[0].clone();
    rest["RepoTags"] = json!(["a:1"]);
    let layer = &manifest["layers"][1];
    let mut tagged = list[0].clone();
    tagged["RepoTags"] = json!(["a:2"]);
    tagged["Config"] = json!(blob(&manifest["config"]));
    tagged["Layers"] = json!([list[0]["Layers"][0], blob(layer)]);
    tagged["LayerSources"][new.diff_id.to_string()] = layer.clone();
    tagged.as_object_mut().expect("an object").remove("Parent");
    assert_eq!(changed, json!([rest, tagged, list[1]]));
    assert!(!unpacked.join("repositories").exists());
}

#[test]
fn what_a_killed_run_has_left_is_removed() {
    let made = Made::with_image();
    for name in [".ensurepip-host-lock", ".ensurepip-host-index.json", ".ensurepip-host-0123"] {
        fs::write(made.path().join(name), "left").expect("there is room");
    }
    fs::write(made.path().join(".other"), "kept").expect("there is room");
    let new = addition("new");
    // A machine that lost power may have left an empty blob.
    fs::write(made.blob_path(&new.digest), "").expect("there is room");
    update(&made.path(), None, &[], None).expect("it can be changed");
    let names = names(&made.path());
    assert!(names.iter().all(|name| !name.contains("ensurepip")), "{names:?}");
    assert!(names.contains(&".other".to_owned()));
    assert_eq!(fs::read(made.blob_path(&new.digest)).expect("it is there"), new.compressed);

    let path = output(&made, "out.tar");
    let left = output(&made, ".ensurepip-host-out.tar");
    fs::write(&left, "left".repeat(100_000)).expect("there is room");
    update(&made.path(), None, &[], Some(&path)).expect("it can be written");
    assert!(!left.exists());
    Layout::open(&path).expect("it is a layout");
}

#[test]
fn no_update_of_two_runs_at_once_is_lost() {
    // Wine, unlike Windows, replaces no archive that another run reads.
    for is_archive in if cfg!(windows) { &[false][..] } else { &[false, true] } {
        let made = Made::new();
        let image = made.image("amd64", "a");
        let tags: Vec<String> = (0..8).map(|number| format!("tag{number}")).collect();
        made.list(&tags.iter().map(|tag| named(image.clone(), tag)).collect::<Vec<_>>());
        let mut path = made.path();
        if *is_archive {
            path = output(&made, "made.tar");
            pack(&made.path(), "", &path);
        }
        std::thread::scope(|scope| {
            for tag in &tags {
                let path = &path;
                scope.spawn(move || update(path, Some(tag), &[], None).expect("it can be changed"));
            }
        });
        let layout = Layout::open(&path).expect("it is a layout");
        for tag in &tags {
            let selection = layout.select(Some(tag), &[]).expect("it can be read");
            assert_eq!(selection.images[0].layers.len(), 2, "{tag}");
        }
    }
}

#[test]
fn update_of_what_another_run_has_changed_is_refused() {
    let made = Made::with_image();
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(None, &[]).expect("it can be read");
    let second = selection.update(&layout, vec![Some(addition("second"))]).expect("it can change");
    update(&made.path(), None, &[], None).expect("it can be changed");
    let before = made.listed();
    let error = second.write(layout, None).expect_err("it has to be refused");
    assert!(error.to_string().ends_with("changed by another program during the run"), "{error}");
    assert_eq!(made.listed(), before);
}

#[test]
fn failed_write_leaves_the_listing() {
    let made = Made::with_image();
    let before = made.listed();
    fs::create_dir(made.blob_path(&addition("new").digest)).expect("it can be made");
    let error = update(&made.path(), None, &[], None).expect_err("it has to be refused");
    assert!(error.to_string().ends_with("not a regular file"), "{error}");
    assert_eq!(made.listed(), before);
    assert!(names(&made.path()).iter().all(|name| !name.contains("ensurepip")));
}

#[test]
fn damaged_blob_is_not_copied() {
    let made = Made::new();
    let (image, other) = (made.image("amd64", "a"), made.image("arm64", "b"));
    made.list(&[named(made.index(&[image, other.clone()]), "x")]);
    let layer = made.read(&other)["layers"][0]["digest"].clone();
    let digest: Digest = text(&layer).parse().expect("it is a digest");
    let path = made.blob_path(&digest);
    let mut contents = fs::read(&path).expect("it is there");
    contents[20] ^= 1;
    fs::write(&path, contents).expect("there is room");
    for name in ["new", "new.tar"] {
        let new = output(&made, name);
        let error = update(&made.path(), None, &["linux/amd64"], Some(&new));
        let error = error.expect_err("it has to be refused").to_string();
        let expected = format!("blob {digest}: contents have the digest sha256:");
        assert!(error.starts_with(&expected), "{error}");
        assert!(!new.join("index.json").exists() && !new.is_file());
    }
}

/// containerd saves one platform of an image with the whole index, and with the manifests of all that it
/// has ever seen.
#[test]
fn copy_can_do_without_what_the_source_does_not_have() {
    let made = Made::new();
    let mut missing = made.image("arm64", "b");
    missing["digest"] = json!(Digest::of(b"missing").to_string());
    let partial = made.image("s390x", "c");
    let config = made.read(&partial)["config"]["digest"].clone();
    fs::remove_file(made.blob_path(&text(&config).parse().expect("it is a digest")))
        .expect("it is there");
    let all = [made.image("amd64", "a"), missing.clone(), partial.clone()];
    made.list(&[named(made.index(&all), "x")]);
    let new = output(&made, "new");
    update(&made.path(), None, &[], Some(&new)).expect("it can be written");
    let index = read(&new, &listed(&new)["manifests"][0]);
    assert_eq!(index["manifests"][1], missing);
    assert_eq!(index["manifests"][2], partial);
    read(&new, &partial);
    assert_eq!(text(&index["manifests"][0]["mediaType"]), MANIFEST);
    assert_eq!(text(&listed(&new)["manifests"][0]["mediaType"]), INDEX);
}

#[test]
fn other_places_are_refused_as_output() {
    let made = Made::with_image();
    let before = made.listed();
    fs::create_dir(output(&made, "full")).expect("it can be made");
    fs::write(output(&made, "full/file"), "").expect("there is room");
    fs::write(output(&made, "file.tar"), "text").expect("there is room");
    for (name, reason) in [
        ("full", "no `oci-layout`, but other files"),
        ("file.tar", "not a tar archive"),
        ("missing/new", "cannot create"),
        ("missing/new.tar", "cannot open"),
        ("new:a b", "`a b` is not a valid reference"),
        ("new:a//b", "`a//b` is not a valid reference"),
        ("new:-a", "`-a` is not a valid reference"),
    ] {
        let error = update(&made.path(), None, &[], Some(&output(&made, name)));
        let error = error.expect_err("it has to be refused").to_string();
        assert!(error.contains(reason), "{name}: {error}");
    }
    assert_eq!(fs::read_to_string(output(&made, "file.tar")).expect("it is there"), "text");
    assert_eq!(names(&output(&made, "full")), ["file"]);
    assert_eq!(made.listed(), before);
}
