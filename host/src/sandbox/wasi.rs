//! The part of WASI 0.2 that the component gets: the filesystem, and what Rust's standard library
//! requires.
//!
//! Preopens are our own. Those of `WasiCtxBuilder` are paths that are opened a second time; ours
//! are the handles that were resolved. A component that imports anything else, such as sockets,
//! cannot be instantiated.

use super::{State, moves};
use std::time::Duration;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::HostWallClock;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{
    Descriptor, Dir, FsPerms, OpenMode, WasiFilesystem, WasiFilesystemView as _,
};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sync};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::{WasiCtxView, WasiView};

/// The name of the preopen from which the component reads wheels.
const WHEELS: &str = "wheels";

/// Links the WASI interfaces that the component may import.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    filesystem::preopens::add_to_linker::<State, Grants>(linker, |state| state)?;
    sync::filesystem::types::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    moves::link(linker)?;

    wasmtime_wasi_io::bindings::wasi::io::error::add_to_linker::<State, Table>(linker, table)?;
    sync::io::poll::add_to_linker::<State, Table>(linker, table)?;
    sync::io::streams::add_to_linker::<State, Table>(linker, table)?;

    cli::environment::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::exit::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;

    // For the type of a file's times; and for the seeds of hash maps.
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(linker, State::clocks)?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(linker, State::random)
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A clock that stands still: the component does not use the time.
pub(super) struct NoClock;

impl HostWallClock for NoClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// Marks the table of handles, for the interfaces that need nothing else.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn table(state: &mut State) -> &mut ResourceTable {
    &mut state.table
}

/// Marks the whole state, for our own preopens.
struct Grants;

impl HasData for Grants {
    type Data<'a> = &'a mut State;
}

impl filesystem::preopens::Host for State {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let perms = self.perms();
        let mode =
            if self.access.writable { OpenMode::READ | OpenMode::WRITE } else { OpenMode::READ };
        let mut directories = Vec::with_capacity(self.access.grants.len());
        for grant in self.access.grants.iter() {
            let directory = Dir::new(grant.handle()?, perms, mode, true);
            let descriptor = self.table.push(Descriptor::Dir(directory))?;
            directories.push((descriptor, grant.name.to_owned()));
        }
        if let Some(wheels) = &self.wheels {
            let handle = wheels.try_clone()?.into_std_file();
            let directory = Dir::new(handle, FsPerms::ReadOnly, OpenMode::READ, true);
            let descriptor = self.table.push(Descriptor::Dir(directory))?;
            directories.push((descriptor, WHEELS.to_owned()));
        }
        Ok(directories)
    }
}
