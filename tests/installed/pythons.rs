//! The Pythons whose `importlib.metadata` is asked.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::images::{Image, Recipe, SID_3_15};
use crate::support::interpreters::{Interpreter, Interpreters};

/// Those that the table covers.
pub(super) const WANTED: [(u32, u32); 4] = [(3, 8), (3, 11), (3, 13), (3, 15)];

/// The newest of them comes from an image.
const OF_IMAGE: &Recipe = &SID_3_15;

/// A Python that answers questions.
pub(super) struct Asked {
    /// Its name in the table: `3.13`.
    pub(super) name: String,
    /// The program, and arguments before all others.
    command: Vec<OsString>,
    /// The directory of its library, if that does not follow from its own path.
    home: Option<OsString>,
}

impl Asked {
    /// All that are available on this machine, and the names of the others. An image is copied to an
    /// unused place.
    pub(super) fn all(place: &Path) -> (Vec<Asked>, Vec<String>) {
        let (mut asked, mut missing) = (Vec::new(), Vec::new());
        for (major, minor) in WANTED {
            let name = format!("{major}.{minor}");
            let found = &Interpreters::of_this_machine().found;
            let found = found.iter().find(|python| python.version == (major, minor));
            match found.map(Asked::of) {
                Some(python) => asked.push(python),
                None if name == OF_IMAGE.version => match OF_IMAGE.copy_to(place) {
                    Ok(image) => asked.push(Asked::in_image(&image)),
                    Err(absent) => missing.push(absent),
                },
                None => missing.push(name),
            }
        }
        (asked, missing)
    }

    /// An interpreter of this machine.
    pub(super) fn of(interpreter: &Interpreter) -> Asked {
        let command = vec![interpreter.executable.clone().into_os_string()];
        Asked { name: interpreter.name(), command, home: None }
    }

    /// That of an image, which is not run in a chroot but by the image's own loader: it must see
    /// everything that the tool sees.
    fn in_image(image: &Image) -> Asked {
        let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        let is_loader = |name: &OsStr| name.to_string_lossy().starts_with("ld-linux-");
        let names = fs::read_dir(image.at(&libraries)).expect("there are libraries").flatten();
        let loader = names.map(|entry| entry.file_name()).find(|name| is_loader(name));
        let loader = image.at(&libraries).join(loader.expect("there is a loader"));
        let path = OsString::from("--library-path");
        let python = image.at(format!("usr/bin/python{}", image.recipe.version));
        let command =
            vec![loader.into(), path, image.at(&libraries).into(), python.into_os_string()];
        let name = image.recipe.version.to_owned();
        Asked { name, command, home: Some(image.at("usr").into_os_string()) }
    }

    /// The answer of a script to a question, both JSON.
    pub(super) fn ask(&self, script: &str, arguments: &[&Path], question: &Value) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/installed").join(script);
        let file = tempfile::NamedTempFile::new().expect("a file can be made");
        serde_json::to_writer(&file, question).expect("it can be written");
        let mut command = Command::new(&self.command[0]);
        command.env_clear();
        if let Some(home) = &self.home {
            command.env("PYTHONHOME", home);
        }
        let output = command
            .args(&self.command[1..])
            .args(["-s", "-B"])
            .arg(script)
            .args(arguments)
            .stdin(File::open(file.path()).expect("it was written"))
            .output()
            .expect("a Python can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    }
}
