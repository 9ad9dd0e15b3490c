//! The component in a store of one's own, with imports and limits of one's own.
//!
//! The engine has no compiler, because the component comes compiled. One that has a compiler takes
//! the bytes: `Component::new(&engine, ensurepip_host::component())`.

use bindings::Bootstrap;
use bindings::ensurepip::bootstrap::{
    digests, helpers, interpreter, permissions, progress, shims, types,
};
use ensurepip_guest_artifact::Variant;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{Result, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    // Where `ensurepip_host::WIT` was written to.
    wasmtime::component::bindgen!({ path: "../wit", world: "bootstrap" });
}

/// A host that has wheels checked, and nothing installed: it knows no Python and grants nothing.
struct Gate {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Gate {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Gate {}

impl digests::Host for Gate {
    fn available(&mut self) -> bool {
        false
    }

    fn of(&mut self, _: Vec<u8>) -> digests::Digest {
        unreachable!("it is not available")
    }
}

impl helpers::Host for Gate {
    fn count(&mut self) -> u32 {
        0
    }

    fn stage(&mut self, _: Vec<types::KeptFile>, _: Vec<Vec<types::Place>>) {}

    fn staged(&mut self) -> Result<Vec<Vec<bool>>, types::Error> {
        Ok(Vec::new())
    }
}

impl interpreter::Host for Gate {
    fn recall(
        &mut self,
        portions: Vec<Vec<interpreter::SourceDigest>>,
        _: interpreter::Invalidation,
    ) -> Vec<bool> {
        vec![false; portions.len()]
    }

    fn compile(
        &mut self,
        _: Vec<interpreter::Source>,
        _: interpreter::Invalidation,
    ) -> Result<(), String> {
        Err("there is no Python".to_owned())
    }

    fn compiled(&mut self) -> Result<Vec<Option<Vec<u8>>>, String> {
        Err("there is no Python".to_owned())
    }
}

impl shims::Host for Gate {
    fn stage(
        &mut self,
        _: Vec<shims::Script>,
        _: u64,
        _: Vec<String>,
    ) -> Result<Vec<shims::Written>, String> {
        Err("there is no scripts directory".to_owned())
    }

    fn publish(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn withdraw(&mut self) {}
}

impl permissions::Host for Gate {
    fn normalize(&mut self, _: types::Role, _: String, _: Vec<String>) -> Result<(), String> {
        Err("nothing is granted".to_owned())
    }
}

impl progress::Host for Gate {
    fn report(&mut self, _: progress::Step, _: u32, _: u32) -> progress::Decision {
        progress::Decision::Proceed
    }
}

fn main() -> Result<()> {
    let engine = ensurepip_guest_artifact::engine(Variant::Fast)?;
    let component = ensurepip_guest_artifact::component(&engine, Variant::Fast)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    Bootstrap::add_to_linker::<Gate, HasSelf<Gate>>(&mut linker, |gate| gate)?;

    let gate = Gate { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
    let mut store = Store::new(&engine, gate);
    // The engine can stop what does not end, at `Engine::increment_epoch`; here it never does.
    store.set_epoch_deadline(1);
    let instance = Bootstrap::instantiate(&mut store, &component, &linker)?;
    let installer = instance.ensurepip_bootstrap_installer();

    let (wheels, name) = (installer.wheel(), "pip-1.0-py3-none-any.whl");
    let wheel = wheels.call_constructor(&mut store, name, b"not a wheel", false)?;
    match wheels.call_check(&mut store, wheel, &[])? {
        Err(types::Error::UnsoundWheel(faults)) => {
            assert_eq!(faults[0].code, types::FaultCode::Archive);
        }
        other => panic!("it was not refused: {other:?}"),
    }
    wheel.resource_drop(&mut store)
}
