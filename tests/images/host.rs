//! Does the Python of this machine make no difference to an image that has its own?

use std::fs;
use std::path::{Path, PathBuf};

use super::for_each;
use crate::support::copy::link_tree;
use crate::support::images::{BOOKWORM, Image};
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::venv;

/// The `python3` of this machine while the tool runs.
#[derive(Clone, Copy, Debug)]
enum Host {
    /// There is none.
    Nothing,
    WithoutPip,
    /// With a pip that `-U` would replace.
    WithOlderPip,
    /// With the pip to be installed.
    WithSamePip,
}

const HOSTS: [Host; 4] = [Host::Nothing, Host::WithoutPip, Host::WithOlderPip, Host::WithSamePip];

#[test]
fn host_pythons_and_image_do_not_affect_each_other() {
    for_each("hosts", &[&BOOKWORM], |image, scratch| {
        let mut trees = Vec::new();
        for host in HOSTS {
            let environment = environment(host, scratch);
            let before = Tree::of(&environment);
            let root = scratch.work().join("copy");
            link_tree(&image.root, &root);
            let copy = Image { recipe: image.recipe, root };
            let path = environment.join("bin").to_string_lossy().into_owned();
            // As if activated: the variable names a target where there is no root.
            let active = environment.to_string_lossy().into_owned();
            for options in [&["-U"][..], &[], &["-U", "--default-pip"]] {
                copy.tool(scratch.home())
                    .arguments(options)
                    .environment("PATH", &path)
                    .environment("VIRTUAL_ENV", &active)
                    .environment("PYTHONPATH", &venv_library(&environment))
                    .run()
                    .expect_success();
            }
            let changes = before.differences("before", &Tree::of(&environment), "after");
            assert!(changes.is_empty(), "{host:?} was changed:\n{}", changes.join("\n"));
            trees.push((host, Tree::of(&copy.root)));
            fs::remove_dir_all(&copy.root).expect("a copy can be removed");
        }
        let (_, first) = &trees[0];
        assert!(first.paths().any(|path| path.ends_with("usr/local/bin/pip3")));
        for (host, tree) in &trees {
            let changes = first.differences("Nothing", tree, &format!("{host:?}"));
            assert!(changes.is_empty(), "{}", changes.join("\n"));
        }
    });
}

/// Makes an environment that serves as the host's Python.
fn environment(host: Host, scratch: &Scratch) -> PathBuf {
    let directory = scratch.work().join(format!("{host:?}"));
    fs::create_dir(&directory).expect("a directory can be made");
    let version = match host {
        Host::Nothing => return directory,
        Host::WithoutPip => None,
        Host::WithSamePip => Some(NEWEST),
        Host::WithOlderPip => Some(OLDER),
    };
    let python = venv::make_without_pip(Interpreters::newest(), &directory, scratch.home());
    if let Some(wheel) = version.map(PipWheel::of) {
        wheel.install(&wheel.path, &["--no-compile"], &python, scratch.home());
    }
    directory
}

fn venv_library(environment: &Path) -> String {
    if environment.join("lib").is_dir() {
        venv::library_of(environment).to_string_lossy().into_owned()
    } else {
        "/nowhere".to_owned()
    }
}
