//! The trees of odd images, compared with what umoci unpacks: `images.py` lists the images.

use crate::support::{Outcome, are_installed, is_small, read, run, script, tree_of, unpack};
use ensurepip_oci::{Kind, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

#[test]
fn odd_images_are_read_as_umoci_unpacks_them() -> Outcome {
    if !are_installed(&["umoci", "python3", "tar", "gzip", "zstd"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    run(Command::new("python3").arg(script("images.py")).arg(directory.path()))?;
    let images = fs::read_dir(directory.path())?.map(|image| Ok(image?.path()));
    let mut images: Vec<_> = images.collect::<std::io::Result<_>>()?;
    images.sort();
    assert!(images.len() > 100);
    let began = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let mut differences = Vec::new();
    for image in &images {
        let name = image.file_name().ok_or("a name")?.to_string_lossy();
        let is_unpacked = unpack(image)?;
        match (name.split('-').next().unwrap_or_default(), tree_of(image)?, is_unpacked) {
            ("same", Ok(tree), true) => {
                let found = differences_of(&tree, &image.join("bundle/rootfs"), began)?;
                differences.extend(found.into_iter().map(|found| format!("{name}: {found}")));
            }
            ("ours", Ok(_), false) | ("refused", Err(_), false) => {}
            (_, ours, _) => {
                let ours = ours.map_or_else(|error| error.to_string(), |_| "read".to_owned());
                differences.push(format!("{name}: {ours}, and unpacked by umoci: {is_unpacked}"));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    Ok(())
}

#[test]
fn sparse_files_are_read_as_gnu_tar_has_packed_them() -> Outcome {
    if !are_installed(&["tar"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let mut contents = vec![0; 1 << 20];
    let mut file = fs::File::create(directory.path().join("holes"))?;
    file.set_len(contents.len() as u64)?;
    for start in (50_000..contents.len()).step_by(30_000) {
        contents[start..start + 4].copy_from_slice(b"data");
        file.seek(SeekFrom::Start(start as u64))?;
        file.write_all(b"data")?;
    }
    for form in
        ["--format=gnu", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0"]
    {
        let mut command = Command::new("tar");
        command.args(["--format=posix", "--sparse", form, "-c", "holes"]);
        let archive = run(command.current_dir(directory.path()))?;
        assert!(archive.len() < contents.len() / 2, "{form}: sparse");
        let mut tree = Tree::new();
        tree.apply(read(&archive, &archive)?)?;
        let node = tree.get(b"holes").ok_or("it is there")?;
        let mut found = Vec::new();
        tree.contents(&node).ok_or("it was kept")?.read_to_end(&mut found)?;
        assert!(found == contents, "{form}");
    }
    Ok(())
}

/// What is compared of a path.
#[derive(Debug, PartialEq)]
struct Seen {
    kind: &'static str,
    mode: u32,
    modified: i64,
    size: u64,
    contents: Vec<u8>,
}

/// Where a tree differs from a directory.
fn differences_of(tree: &Tree, root: &Path, began: i64) -> Outcome<Vec<String>> {
    let mut theirs = BTreeMap::new();
    look(root, &[], &mut theirs)?;
    let ours = seen(tree)?;
    for (path, seen) in &mut theirs {
        let Some(ours) = ours.get(path) else { continue };
        // umoci leaves the time of the day on some directories: on those that no layer describes, and
        // where it has created such a directory, or removed something from one that it creates.
        if ours.kind == "directory" && seen.modified >= began {
            seen.modified = ours.modified;
        }
        // Without root, it makes an empty file of a device.
        if ours.kind == "other" && seen.kind == "file" && seen.size == 0 {
            seen.kind = "other";
        }
    }
    let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let differing = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
    let told = differing.map(|path| {
        let (ours, theirs) = (ours.get(path), theirs.get(path));
        format!("`{}`: we have {ours:?}, and umoci {theirs:?}", String::from_utf8_lossy(path))
    });
    Ok(told.collect())
}

fn seen(tree: &Tree) -> Outcome<BTreeMap<Vec<u8>, Seen>> {
    let mut all = BTreeMap::new();
    for (path, node) in tree.nodes() {
        assert_eq!(tree.get(&path).as_ref(), Some(&node));
        let (mut mode, mut size, mut contents) = (node.mode, 0, Vec::new());
        let kind = match node.kind {
            Kind::Directory { .. } => "directory",
            Kind::File { size: length } => {
                size = length;
                if let Some(mut kept) = tree.contents(&node) {
                    kept.read_to_end(&mut contents)?;
                }
                "file"
            }
            Kind::Link { target } => {
                mode = 0o777;
                contents.extend_from_slice(target);
                "link"
            }
            Kind::Other => "other",
        };
        let seen = Seen { kind, mode, modified: node.modified, size, contents };
        assert!(all.insert(path, seen).is_none(), "a path was listed twice");
    }
    Ok(all)
}

fn look(root: &Path, path: &[u8], all: &mut BTreeMap<Vec<u8>, Seen>) -> Outcome {
    let there = root.join(OsStr::from_bytes(path));
    let metadata = fs::symlink_metadata(&there)?;
    let file_type = metadata.file_type();
    let (mut size, mut contents) = (0, Vec::new());
    let kind = if file_type.is_dir() {
        for child in fs::read_dir(&there)? {
            let name = child?.file_name();
            let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
            look(root, &[path, slash, name.as_bytes()].concat(), all)?;
        }
        "directory"
    } else if file_type.is_symlink() {
        contents = fs::read_link(&there)?.as_os_str().as_bytes().to_vec();
        "link"
    } else if file_type.is_file() {
        size = metadata.len();
        if is_small(path, size) {
            contents = fs::read(&there)?;
        }
        "file"
    } else {
        "other"
    };
    let (mode, modified) = (metadata.mode() & 0o7777, metadata.mtime());
    all.insert(path.to_vec(), Seen { kind, mode, modified, size, contents });
    Ok(())
}
