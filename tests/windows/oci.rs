//! The tool for Windows and that for this system make the same of an OCI image.
//!
//! Images have links, modes and names that Windows lacks. Both tools work on copies of one layout, which
//! `umoci` and `buildah` have made, and must leave the same digests and give the same report.

use super::with_wine;
use crate::support::images::{BOOKWORM_AMD64, copy};
use crate::support::interpreters::Interpreters;
use crate::support::layouts::{Layout, digest, image};
use crate::support::process::{Finished, Program};
use crate::support::wheel_builder::WheelBuilder;
use crate::support::wine::{Wine, own_stderr, windows_path};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Does the same with all images, which takes minutes under Wine.
const EVERY: &str = "ENSUREPIP_HOST_TEST_EVERY";

/// Copies of a layout for both tools.
struct Systems {
    wine: &'static Wine,
    here: Layout,
    there: PathBuf,
}

impl Systems {
    fn new(wine: &'static Wine) -> Result<Systems, String> {
        let here = Layout::new()?;
        let there = here.scratch.work().join("there");
        copy(&here.path, &there);
        Ok(Systems { wine, here, there })
    }

    fn home(&self) -> &Path {
        self.here.scratch.home()
    }

    /// Makes the image `small`: of Debian, what its Python consists of without subdirectories.
    fn make_small(&self) {
        let root = self.here.unpack("amd64", &BOOKWORM_AMD64).root;
        let library = "usr/lib/python3.11";
        let sources = fs::read_dir(root.join(library)).expect("it is there").flatten();
        let sources = sources.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let sources = sources.filter(|name| name.ends_with(".py"));
        let layer = self.here.scratch.work().join("small.tar");
        let tar = Program::new("tar".as_ref(), self.home()).argument("-C").argument(&root);
        let tar = tar.argument("--sort=name").argument("-cf").argument(&layer);
        let tar =
            tar.arguments(["bin", "lib", "usr/bin/python3", "usr/bin/python3.11", "usr/local"]);
        let tar = tar.argument(format!("{library}/EXTERNALLY-MANAGED"));
        tar.arguments(sources.map(|name| format!("{library}/{name}"))).run().expect_success();
        let named = image(&self.here.path, "small");
        let umoci = || Program::new("umoci".as_ref(), self.home());
        umoci().arguments(["new", "--image", &named]).run().expect_success();
        let add = umoci().arguments(["raw", "add-layer", "--image", &named]);
        add.argument(&layer).run().expect_success();
        let config = umoci().arguments(["config", "--image", &named, "--os", "linux"]);
        config.arguments(["--architecture", "amd64"]).run().expect_success();
        self.copy();
    }

    /// A directory with a small wheel, which has an executable file.
    fn wheels(&self) -> PathBuf {
        let wheels = self.here.scratch.work().join("wheels");
        WheelBuilder::pip("20.0").write(&wheels);
        wheels
    }

    /// Makes the copy for Windows anew.
    fn copy(&self) {
        fs::remove_dir_all(&self.there).expect("a directory of the test can be removed");
        copy(&self.here.path, &self.there);
    }

    /// Runs both tools for an image, with these arguments and the option with a path.
    fn both(
        &self,
        reference: &str,
        arguments: &[&str],
        path: Option<(&str, &Path)>,
    ) -> [Finished; 2] {
        let run = |tool: Program, layout: String, shown: &dyn Fn(&Path) -> String| {
            let tool = tool.arguments(arguments).arguments(["--json", "--break-system-packages"]);
            let tool = tool.argument("--image").argument(format!("{layout}:{reference}"));
            match path {
                Some((option, path)) => tool.argument(option).argument(shown(path)).run(),
                None => tool.run(),
            }
        };
        let as_it_is = |path: &Path| path.to_str().expect("paths of tests are UTF-8").to_owned();
        [
            run(Program::under_test(self.home()), as_it_is(&self.here.path), &as_it_is),
            run(self.wine.tool(self.home()), windows_path(&self.there), &windows_path),
        ]
    }

    /// Runs both, which must succeed. Returns the digest, which must be the same.
    fn same(&self, reference: &str, arguments: &[&str], path: Option<(&str, &Path)>) -> String {
        let done = self.both(reference, arguments, path).map(Finished::expect_success);
        let [here, there] = [&self.here.path, &self.there].map(|layout| digest(layout, reference));
        let [ours, theirs] = done.each_ref().map(|done| {
            let mut report: Value = serde_json::from_str(&done.stdout()).expect("it is JSON");
            assert_eq!(own_stderr(done), "", "{done}");
            // The name of the layout is that on each system.
            forget_names(&mut report);
            report
        });
        assert_eq!(ours, theirs, "{reference} {arguments:?}");
        assert_eq!(here, there, "{reference} {arguments:?}");
        here
    }
}

/// Removes from a report what differs by system: how layouts and directories are named, and what confines
/// the run.
fn forget_names(report: &mut Value) {
    match report {
        Value::Object(members) => {
            for name in ["image", "host_root", "confined_by"] {
                members.remove(name);
            }
            let wheels = members.get_mut("wheels").and_then(Value::as_array_mut);
            let listed = wheels.into_iter().flatten().filter_map(Value::as_object_mut);
            listed.for_each(|wheel| drop(wheel.remove("host_directory")));
            if let Some(wheel) = members.get_mut("wheel").and_then(Value::as_object_mut) {
                wheel.remove("host_directory");
            }
            members.values_mut().for_each(forget_names);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_names),
        _ => {}
    }
}

/// A whole Debian, with its links. With the variable, three platforms in one index, each with a Python of
/// its own, and a pip that Debian has put there.
#[test]
fn windows_oci_image_of_debian_has_same_digest_as_on_linux() {
    with_wine("OCI images of Debian", |wine| {
        let systems = Systems::new(wine)?;
        let names: &[&str] =
            if std::env::var_os(EVERY).is_some() { &["all", "pip"] } else { &["amd64"] };
        for name in names {
            let before = digest(&systems.there, name);
            assert_ne!(systems.same(name, &["-U", "--default-pip"], None), before);
        }
        Ok(())
    });
}

/// Installed, upgraded, removed, and installed with bytecode.
#[test]
fn windows_oci_changes_have_same_digests_as_on_linux() {
    with_wine("OCI changes", |wine| {
        let systems = Systems::new(wine)?;
        systems.make_small();
        let wheels = systems.wheels();
        let before = digest(&systems.there, "small");
        let old = systems.same("small", &["--default-pip"], Some(("--wheel-dir", &wheels)));
        let new = systems.same("small", &["-U"], None);
        systems.same("small", &["status"], None);
        let removed = systems.same("small", &["uninstall"], None);
        assert!(before != old && old != new && new != removed);

        let found = &Interpreters::of_this_machine().found;
        let python = found.iter().find(|python| python.version == (3, 11));
        let python = python.ok_or("CPython 3.11")?;
        let pack = systems.here.scratch.work().join("3.11.pack");
        let write = Program::under_test(systems.home()).arguments(["bytecode-pack", "-o"]);
        let write = write.argument(&pack).argument("--python").argument(&python.executable);
        write.run().expect_success();
        let with_bytecode = systems.same("small", &[], Some(("--bytecode-pack", &pack)));
        assert_ne!(with_bytecode, removed);
        Ok(())
    });
}

/// A case: what it is, how the tree gets it, and the words of the error; none if it is accepted.
type UnfitName<'case> = (&'case str, &'case dyn Fn(&Path), Option<&'case str>);

/// What pip depends on and Windows lacks is an error that names it.
#[test]
fn windows_oci_image_with_unfit_names_of_pip_is_refused() {
    with_wine("OCI names", |wine| {
        let systems = Systems::new(wine)?;
        systems.make_small();
        let wheels = systems.wheels();
        let wheels = Some(("--wheel-dir", &*wheels));
        let library = "usr/local/lib/python3.11/dist-packages";
        let cases: [UnfitName; 4] = [
            (
                "a link that is pip",
                &|root| symlink("/srv/pip", root.join(library).join("pip")).expect("it is free"),
                Some("pip`: it is a link that cannot be made"),
            ),
            (
                "metadata that differs only in case",
                &|root| {
                    for name in ["pip-1.dist-info", "PIP-1.dist-info"] {
                        fs::create_dir(root.join(library).join(name)).expect("it is free");
                        fs::write(root.join(library).join(name).join("METADATA"), "")
                            .expect("it is new");
                    }
                },
                Some("takes its name and `"),
            ),
            (
                "a name with a colon",
                &|root| {
                    let name = root.join(library).join("pip-1:1.dist-info");
                    fs::create_dir(&name).expect("it is free");
                    fs::write(name.join("METADATA"), "").expect("it is new");
                },
                Some("no file can have this name"),
            ),
            (
                "names of others",
                &|root| {
                    symlink("/srv/other", root.join(library).join("other")).expect("it is free");
                    for name in ["con.py", "a:b.py", "x.py", "X.py", "end."] {
                        fs::write(root.join(library).join(name), "").expect("it is free");
                    }
                },
                None,
            ),
        ];
        for (name, make, reason) in cases {
            let root = systems.here.scratch.work().join("odd");
            fs::create_dir_all(root.join(library)).expect("a directory can be made");
            make(&root);
            add_layer(&systems, &root);
            fs::remove_dir_all(&root).expect("a directory of the test can be removed");
            let Some(reason) = reason else {
                systems.same("odd", &[], wheels);
                continue;
            };
            let before = fs::read(systems.there.join("index.json")).expect("it is there");
            let [_, refused] = systems.both("odd", &[], wheels);
            assert_eq!(refused.status(), Some(1), "{name}: {refused}");
            assert!(refused.stderr().contains(reason), "{name}: {refused}");
            let after = fs::read(systems.there.join("index.json")).expect("it is there");
            assert!(before == after, "{name}");
        }
        Ok(())
    });
}

/// Makes the image `odd` from `small`, with a directory as one more layer.
fn add_layer(systems: &Systems, root: &Path) {
    let layer = systems.here.scratch.work().join("odd.tar");
    let tar = Program::new("tar".as_ref(), systems.home()).argument("-C").argument(root);
    let tar = tar.arguments(["--sort=name", "--owner=0", "--group=0", "--mtime=@0", "-cf"]);
    tar.argument(&layer).argument("usr").run().expect_success();
    let umoci = Program::new("umoci".as_ref(), systems.home());
    let umoci = umoci.arguments(["raw", "add-layer", "--tag", "odd", "--image"]);
    umoci.argument(image(&systems.here.path, "small")).argument(&layer).run().expect_success();
    systems.copy();
}
