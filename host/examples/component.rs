//! Writes the component and its contract to a directory: `ensurepip.wasm`, and `wit/`.

use std::path::Path;
use std::{env, fs, io};

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
    Ok(())
}
