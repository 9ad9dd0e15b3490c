//! Writes what a host of another language needs to a directory: the component, its contract, and the
//! scripts that describe a Python and compile bytecode.

use std::path::Path;
use std::{env, fs, io};

/// The scripts that `ensurepip-host` has Python run.
const SCRIPTS: [(&str, &str); 2] = [
    ("query.py", include_str!("../src/interpreter/query.py")),
    ("compile.py", include_str!("../src/bytecode/compile.py")),
];

fn main() -> io::Result<()> {
    let directory = env::args_os().nth(1).unwrap_or_else(|| ".".into());
    write(Path::new(&directory))
}

pub(crate) fn write(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory.join("wit"))?;
    fs::write(directory.join("ensurepip.wasm"), ensurepip_host::component())?;
    for (name, text) in ensurepip_host::WIT {
        fs::write(directory.join("wit").join(name), text)?;
    }
    for (name, text) in SCRIPTS {
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}
