//! Compiles a component ahead of time.
//!
//! `ensurepip-guest-compiler TARGET COMPONENT DIRECTORY`, see `compile.rs`. The build script of
//! `guest/artifact` runs it: the compiler is large, so it is a separate program, which all builds in a
//! target directory share.

use anyhow::{Result, bail};
use std::env;
use std::path::Path;

#[path = "../../artifact/compile.rs"]
mod compile;

fn main() -> Result<()> {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let [target, component, directory] = &arguments[..] else {
        bail!("usage: ensurepip-guest-compiler TARGET COMPONENT DIRECTORY");
    };
    compile::compile(target, Path::new(component), Path::new(directory))
}
