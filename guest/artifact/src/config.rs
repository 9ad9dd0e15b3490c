//! The engine's configuration, shared by the build script that compiles the component and by the
//! library that loads it: the two must agree.

use wasmtime::Config;

/// How the component is compiled. The code of one variant does not fit the engine of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Reserves the largest possible address range for the memory of an instance, 4 GiB, so that
    /// accesses need no check. Epochs stop it, which takes a thread that advances them.
    Fast,
    /// Reserves only the addresses in use, and moves the memory when it grows: each access is
    /// checked. Fuel stops it, which takes no thread. It is for processes with narrow limits.
    Frugal,
}

/// How many bytes a movable memory can grow before it moves again.
const ROOM_FOR_GROWTH: u64 = 8 << 20;

/// The size in bytes of the inaccessible area behind the memory, which replaces checks of accesses
/// just beyond the end.
const GUARD: u64 = 64 << 10;

/// Enables components, and epochs to stop one that does not end. Code addresses are not mapped to
/// offsets in the component: nothing reports them, and the map would be a tenth of the loaded bytes.
pub(crate) fn engine(variant: Variant) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true).generate_address_map(false);
    // An image of the initial memory would need an open file; it is small enough to be copied.
    config.memory_init_cow(false);
    if variant == Variant::Frugal {
        config.consume_fuel(true);
        config.memory_reservation(0).memory_may_move(true);
        config.memory_reservation_for_growth(ROOM_FOR_GROWTH);
        config.memory_guard_size(GUARD).guard_before_linear_memory(false);
    }
    config
}
