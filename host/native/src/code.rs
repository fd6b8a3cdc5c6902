//! What compiled code depends on: both libraries must agree about every line of it.
use napi_derive::napi;
use wasmtime::Config;

/// Settings that are compiled into code.
#[napi(object)]
#[derive(Clone)]
pub struct CodeSettings {
    /// Address space of a linear memory, in bytes: 4 GiB leaves out bounds checks.
    pub memory_reservation_bytes: f64,
    /// Unmapped bytes behind it.
    pub memory_guard_bytes: f64,
    /// Whether instructions are counted.
    pub fuel: bool,
}

/// WebAssembly's stack of a turn. The guest checks its own stack, which is in linear memory, long before.
const WASM_STACK_BYTES: usize = 16 << 20;
/// Stack of a fibre: the guest's, and what host functions need on top of it.
const FIBRE_STACK_BYTES: usize = 17 << 20;

/// The configuration that both libraries begin with.
pub fn code_config(settings: &CodeSettings) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.concurrency_support(false);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config.wasm_relaxed_simd(false);
    config.epoch_interruption(true);
    config.consume_fuel(settings.fuel);
    config.memory_reservation(settings.memory_reservation_bytes as u64);
    config.memory_guard_size(settings.memory_guard_bytes as u64);
    // A trap names its instruction; frames of guests would cost every trap their unwinding.
    config.wasm_backtrace_max_frames(None);
    // For backtraces alone; a third of an artifact, all of which is authenticated at each start.
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config.max_wasm_stack(WASM_STACK_BYTES);
    config.async_stack_size(FIBRE_STACK_BYTES);
    config
}
