//! The component in an engine and a store of one's own, with imports and limits of one's own: shows what
//! an installation would do.
//!
//! The engine has no compiler, because the component comes compiled. One that has a compiler takes
//! the bytes: `Component::new(&engine, ensurepip_host::component())`.

use bindings::Bootstrap;
use bindings::ensurepip::bootstrap::types::{
    OsName, Python, Request, SchemeName, SchemeSource, ScriptSet, VersionInfo,
};
use bindings::ensurepip::bootstrap::{digests, progress, types};
use ensurepip_guest_artifact::Variant;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{Result, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    // Where `ensurepip_host::WIT` was written to.
    wasmtime::component::bindgen!({ path: "../wit", world: "bootstrap" });
}

/// How much memory the component may have, in bytes.
const MEMORY_LIMIT: usize = 1 << 30;

/// A host that grants nothing.
struct Planner {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for Planner {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Planner {}

impl digests::Host for Planner {
    /// None: the component computes them itself.
    fn of(&mut self, _: Vec<u8>) -> Option<digests::Digest> {
        None
    }
}

impl progress::Host for Planner {
    fn report(&mut self, _: progress::Step, _: u32, _: u32) -> progress::Decision {
        progress::Decision::Proceed
    }
}

fn main() -> Result<()> {
    let engine = ensurepip_guest_artifact::engine(Variant::Fast)?;
    let component = ensurepip_guest_artifact::component(&engine, Variant::Fast)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    Bootstrap::add_to_linker::<Planner, HasSelf<Planner>>(&mut linker, |planner| planner)?;

    // A host that installs grants directories here: `WasiCtx::builder().preopened_dir(…)`.
    let planner = Planner {
        wasi: WasiCtx::builder().build(),
        table: ResourceTable::new(),
        limits: StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).build(),
    };
    let mut store = Store::new(&engine, planner);
    store.limiter(|planner| &mut planner.limits);
    // `Engine::increment_epoch`, called from another thread, stops what does not end; here nobody does.
    store.set_epoch_deadline(1);
    let instance = Bootstrap::instantiate(&mut store, &component, &linker)?;
    let installer = instance.ensurepip_bootstrap_installer();

    let [bundled, ..] = ensurepip_wheels::BUNDLED else { panic!("a wheel is bundled") };
    let archive = format!("{}/../wheels/{}", env!("CARGO_MANIFEST_DIR"), bundled.file_name);
    let bytes = std::fs::read(archive)?;
    let wheel = installer.wheel().call_constructor(&mut store, bundled.file_name, &bytes, true)?;
    let request = Request {
        scripts: ScriptSet::Versioned,
        upgrade: false,
        compile: false,
        source_date_epoch: None,
        dependencies: Vec::new(),
    };
    match installer.call_plan(&mut store, &[wheel], &python(), &request)?.as_deref() {
        Ok([plan]) => {
            assert_eq!(plan.scheme.purelib, "/opt/python/lib/python3.14/site-packages");
            assert_eq!(plan.scripts, ["pip3", "pip3.14"]);
            assert!(plan.files.iter().any(|file| file.path == "pip/__init__.py"));
        }
        other => panic!("there is no plan for one wheel: {other:?}"),
    }
    wheel.resource_drop(&mut store)
}

/// The Python that will be at `/opt/python`.
fn python() -> Python {
    let prefix = || "/opt/python".to_owned();
    Python {
        version: VersionInfo { major: 3, minor: 14, micro: 0 },
        implementation: "cpython".to_owned(),
        cache_tag: Some("cpython-314".to_owned()),
        os: OsName::Posix,
        platform: "linux-x86_64".to_owned(),
        prefix: prefix(),
        exec_prefix: prefix(),
        base_prefix: prefix(),
        base_exec_prefix: prefix(),
        platlibdir: "lib".to_owned(),
        abiflags: String::new(),
        free_threaded: false,
        winver: None,
        user_base: None,
        scheme_source: SchemeSource::Named(SchemeName::PosixPrefix),
    }
}
