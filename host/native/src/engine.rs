//! The engine as JavaScript sees it: numbers for tools and calls, so that nothing waits for a finalizer. Everything here runs on one thread.
use crate::call::{self, CallLimits, Control, Done, Live, Task};
use crate::code::{CodeSettings, code_config};
use crate::fault::Fault;
use crate::js::{Js, Raw};
use crate::recorder::{Recorded, RecorderLimits};
use crate::refused;
use crate::tool::{HostFunction, Tool};
use crate::turn::{CallStart, Outcome, Turn};
use crate::values::{completion, to_js};
use crate::workers::Workers;
use napi::bindgen_prelude::Float64Array;
use napi::{Env, Result, sys};
use napi_derive::napi;
use std::collections::{HashMap, VecDeque};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use wasmtime::component::Component;
use wasmtime::{Enabled, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

/// The pool of instances; counts and bytes.
#[napi(object)]
pub struct PoolSettings {
    pub instances: u32,
    pub core_instances_per_component: u32,
    pub tables_per_component: u32,
    pub tables: u32,
    pub table_elements: u32,
    pub memory_bytes_max: f64,
    pub memory_keep_resident_bytes: f64,
    pub table_keep_resident_bytes: f64,
    pub warm_slots: u32,
    pub decommit_batch: u32,
}

/// Settings of an engine; `profiles.ts` has the values and their reasons.
#[napi(object)]
pub struct EngineSettings {
    pub code: CodeSettings,
    /// None: each instance is allocated on demand.
    pub pool: Option<PoolSettings>,
    pub workers: u32,
}

/// Figures of the pool and the calls.
#[napi(object)]
pub struct EngineFigures {
    pub instances: f64,
    pub memories: f64,
    pub stacks: f64,
    pub suspended: f64,
    pub on_workers: f64,
}

/// What numbers in `numbers` mean: first what a turn takes, then what it gives. `native.ts` has the same.
mod number {
    pub const NOW_MS: usize = 0;
    pub const MEMORY_BYTES_MAX: usize = 1;
    pub const COMPUTE_MS_MAX: usize = 2;
    pub const OUTPUT_BYTES_MAX: usize = 3;
    pub const BLOBS_MAX: usize = 4;
    pub const ARGUMENT_BYTES_MAX: usize = 5;
    pub const LOG_BYTES_MAX: usize = 6;
    pub const LOG_LINES_MAX: usize = 7;
    pub const OPERATIONS_OPEN_MAX: usize = 8;
    pub const FUEL_MAX: usize = 9;
    pub const TABLE_ELEMENTS_MAX: usize = 10;
    pub const TABLES_MAX: usize = 11;
    pub const CORE_INSTANCES_MAX: usize = 12;
    pub const KIND: usize = 16;
    pub const COMPUTE_MS: usize = 17;
    pub const MEMORY_BYTES: usize = 18;
    pub const LOG_BYTES_DROPPED: usize = 19;
    pub const CALL: usize = 20;
    /// Whether more than the outcome comes with the turn.
    pub const RICH: usize = 21;
    pub const COUNT: usize = 22;
}

/// `numbers[KIND]`.
mod kind {
    pub const DONE: f64 = 0.0;
    pub const FAILED: f64 = 1.0;
    pub const WAITING: f64 = 2.0;
    pub const ENDED: f64 = 3.0;
    pub const MOVED: f64 = 4.0;
    pub const NONE: f64 = 5.0;
}

/// A millisecond: what a deadline may be late by, and the slice of a turn.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without a turn until the ticker sleeps: waking it costs a system call.
const IDLE_TICKS: u32 = 100;
/// Stack of the ticker.
const TICKER_STACK_BYTES: usize = 64 << 10;

/// Advances the epoch while turns run.
struct Ticker {
    running: Arc<AtomicU32>,
    asleep: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    thread: std::thread::Thread,
}

impl Ticker {
    fn start(engine: &wasmtime::Engine) -> std::io::Result<Ticker> {
        let (running, asleep, stopped) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (turns, sleeps, stop, engine) = (running.clone(), asleep.clone(), stopped.clone(), engine.weak());
        let tick = move || {
            let mut idle = 0;
            while !stop.load(Ordering::Relaxed) {
                if turns.load(Ordering::SeqCst) > 0 {
                    idle = 0;
                } else if idle < IDLE_TICKS {
                    idle += 1;
                } else {
                    sleeps.store(true, Ordering::SeqCst);
                    if turns.load(Ordering::SeqCst) == 0 && !stop.load(Ordering::Relaxed) {
                        std::thread::park();
                    }
                    sleeps.store(false, Ordering::SeqCst);
                }
                std::thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        };
        let handle = std::thread::Builder::new().name("aria-epoch".into()).stack_size(TICKER_STACK_BYTES).spawn(tick)?;
        Ok(Ticker { running, asleep, stopped, thread: handle.thread().clone() })
    }

    fn enter(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }

    fn leave(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

/// A call that waits, or whose turn is on a worker.
struct Slot {
    tool: Arc<Tool>,
    control: Arc<Control>,
    live: Option<Box<Live>>,
}

/// An engine. Its owner calls `close`.
#[napi]
pub struct Engine {
    engine: wasmtime::Engine,
    functions: Arc<Vec<HostFunction>>,
    /// Written and read by both sides, between calls only.
    numbers: Float64Array,
    ticker: Ticker,
    workers: Option<Workers>,
    tell: sys::napi_threadsafe_function,
    on_workers: u32,
    modules: HashMap<u32, Module>,
    tools: HashMap<u32, Arc<Tool>>,
    calls: HashMap<u32, Slot>,
    finished: VecDeque<(u32, Done)>,
    last_number: u32,
}

fn config(settings: &EngineSettings) -> wasmtime::Config {
    let mut config = code_config(&settings.code);
    if let Some(pool) = &settings.pool {
        let mut allocation = PoolingAllocationConfig::default();
        let instances = pool.instances;
        allocation
            .total_component_instances(instances)
            .total_core_instances(instances.saturating_mul(pool.core_instances_per_component))
            .total_memories(instances)
            .total_tables(pool.tables)
            // A store that waits keeps its fibre's stack.
            .total_stacks(instances)
            .max_core_instances_per_component(u32::MAX)
            .max_memories_per_component(u32::MAX)
            .max_tables_per_component(pool.tables_per_component)
            .max_tables_per_module(pool.tables_per_component)
            .max_component_instance_size(1 << 20)
            .max_core_instance_size(1 << 20)
            .table_elements(pool.table_elements as usize)
            .max_memory_size(pool.memory_bytes_max as usize)
            .linear_memory_keep_resident(pool.memory_keep_resident_bytes as usize)
            .table_keep_resident(pool.table_keep_resident_bytes as usize)
            .max_unused_warm_slots(pool.warm_slots)
            .decommit_batch_size(pool.decommit_batch as usize)
            .pagemap_scan(Enabled::Auto);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(allocation));
    }
    config
}

#[napi]
impl Engine {
    /// `finished` is called without arguments after turns on workers have ended; `nextFinished` then gives them.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, settings: EngineSettings, functions: Vec<HostFunction>, numbers: Float64Array, finished: Raw) -> Result<Engine> {
        if numbers.len() < number::COUNT {
            return Err(refused("the numbers are too few"));
        }
        let engine = wasmtime::Engine::new(&config(&settings)).map_err(refused)?;
        let ticker = Ticker::start(&engine).map_err(refused)?;
        let tell = thread_safe(Js(env.raw()), finished)?;
        wasmtime::Engine::tls_eager_initialize();
        Ok(Engine {
            engine,
            functions: Arc::new(functions),
            numbers,
            ticker,
            workers: Some(Workers::new(env.raw(), settings.workers as usize, tell)),
            tell,
            on_workers: 0,
            modules: HashMap::new(),
            tools: HashMap::new(),
            calls: HashMap::new(),
            finished: VecDeque::new(),
            last_number: 0,
        })
    }

    /// Loads a compiled core module; gives its number. The caller has authenticated the file: this host made it.
    #[napi(catch_unwind)]
    pub fn load_module(&mut self, path: String) -> Result<u32> {
        // SAFETY: the contract above.
        let module = unsafe { Module::deserialize_file(&self.engine, path) }.map_err(refused)?;
        let number = self.next_number();
        self.modules.insert(number, module);
        Ok(number)
    }

    /// Loads a compiled component; gives its number. The caller has authenticated the file: this host made it.
    /// `has_start`: whether instantiation runs code of the guest.
    #[napi(catch_unwind)]
    pub fn load(&mut self, path: String, module: Option<u32>, has_start: bool) -> Result<u32> {
        // SAFETY: the contract above.
        let component = unsafe { Component::deserialize_file(&self.engine, path) }.map_err(refused)?;
        let shared = module.and_then(|number| self.modules.get(&number));
        let tool = Tool::new(&self.engine, &component, shared, &self.functions, has_start).map_err(refused)?;
        component.initialize_copy_on_write_image().map_err(refused)?;
        let number = self.next_number();
        self.tools.insert(number, Arc::new(tool));
        Ok(number)
    }

    /// Names of the instances that a tool imports, sorted.
    #[napi(catch_unwind)]
    pub fn imports_of(&self, tool: u32) -> Result<Vec<String>> {
        Ok(self.tools.get(&tool).ok_or_else(|| refused("there is no such tool"))?.imports.clone())
    }

    /// Makes an instance and drops it. Throws where this machine cannot.
    #[napi(catch_unwind)]
    pub fn probe(&self, tool: u32) -> Result<()> {
        let tool = self.tools.get(&tool).ok_or_else(|| refused("there is no such tool"))?;
        call::probe(&self.engine, tool).map_err(refused)
    }

    /// Forgets a tool or a module; calls that run keep it.
    #[napi]
    pub fn unload(&mut self, number: u32) {
        self.tools.remove(&number);
        self.modules.remove(&number);
    }

    /// Begins a call, whose number is the caller's. `numbers` has time and limits. What it returns is described in `native.ts`.
    #[napi(catch_unwind)]
    pub fn begin(&mut self, env: Env, call: u32, tool: u32, input: Raw, blobs: Raw, seed: Raw, on_worker: bool) -> Result<Raw> {
        let js = Js(env.raw());
        let tool = self.tools.get(&tool).ok_or_else(|| refused("there is no such tool"))?.clone();
        let start = CallStart {
            input: js.read_text(input.0)?,
            blobs: js.read_blobs(blobs.0)?,
            now_ms: self.numbers[number::NOW_MS],
            seed: js.read_bytes(seed.0)?,
        };
        let limits = self.limits();
        let control = Arc::new(Control::new(limits.compute_ns));
        let task = call::begin(&self.engine, tool.clone(), limits, control.clone(), start);
        self.drive(js, call, Slot { tool, control, live: None }, task, on_worker)
    }

    /// Goes on with a call that waits. `ready`: `[id, ok, value, …]`, values with blobs as indexes; unknown and repeated ids are ignored.
    #[napi(catch_unwind)]
    pub fn resume(&mut self, env: Env, call: u32, ready: Raw, blobs: Raw, on_worker: bool) -> Result<Raw> {
        let js = Js(env.raw());
        let blobs = js.read_blobs(blobs.0)?;
        let mut slot = self.calls.remove(&call).ok_or_else(|| refused("there is no such call"))?;
        let Some(mut live) = slot.live.take() else {
            self.calls.insert(call, slot);
            return Err(refused("a turn of this call runs"));
        };
        let delivered = deliver(js, &slot.tool, &self.functions, &mut live, ready);
        let ids = match delivered {
            Ok(ids) => ids,
            Err(error) => {
                let fault = Fault::new("TOOL_TRAPPED", "Cannot go on: a completion is not of the type that the component takes", error.reason.clone());
                let done = Done { result: Err(fault), recorded: Recorded::default(), memory_bytes: 0, computed_ns: slot.control.computed_ns(), live: None };
                return self.out(js, &slot.tool, done);
            }
        };
        let task = call::resume(slot.tool.clone(), live, slot.control.clone(), (ids, blobs, self.numbers[number::NOW_MS]));
        self.drive(js, call, slot, task, on_worker)
    }

    /// The next turn that has ended on a worker, with `numbers[CALL]`; `numbers[KIND]` is none where there is no more.
    #[napi(catch_unwind)]
    pub fn next_finished(&mut self, env: Env) -> Result<Raw> {
        let js = Js(env.raw());
        loop {
            if self.finished.is_empty() {
                self.collect_finished(js);
            }
            let Some((call, mut done)) = self.finished.pop_front() else {
                self.numbers_mut()[number::KIND] = kind::NONE;
                return Ok(Raw(js.undefined()));
            };
            // Dropped meanwhile: nobody waits for it.
            let Some(slot) = self.calls.remove(&call) else { continue };
            let tool = slot.tool.clone();
            self.keep(call, slot, &mut done);
            self.numbers_mut()[number::CALL] = call.into();
            return self.out(js, &tool, done);
        }
    }

    /// Drops a call, at any moment: an instance that waits goes now, a turn on a worker ends at its next tick.
    #[napi(catch_unwind)]
    pub fn drop_call(&mut self, call: u32) {
        if let Some(slot) = self.calls.remove(&call) {
            slot.control.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Figures of the pool and the calls.
    #[napi(catch_unwind)]
    pub fn figures(&self) -> EngineFigures {
        let pool = self.engine.pooling_allocator_metrics();
        let of = |read: fn(&wasmtime::PoolingAllocatorMetrics) -> u64| pool.as_ref().map_or(0.0, |pool| read(pool) as f64);
        EngineFigures {
            instances: of(|pool| pool.component_instances()),
            memories: of(|pool| pool.memories() as u64),
            stacks: of(|pool| pool.stacks() as u64),
            suspended: self.calls.values().filter(|slot| slot.live.is_some()).count() as f64,
            on_workers: self.on_workers.into(),
        }
    }

    /// How many tasks wait for a worker.
    #[napi]
    pub fn waiting_for_workers(&self) -> u32 {
        self.workers.as_ref().map_or(0, Workers::waiting) as u32
    }

    /// Drops everything. Turns on workers end at their next tick, and nobody hears of them.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        for slot in std::mem::take(&mut self.calls).into_values() {
            slot.control.cancelled.store(true, Ordering::Relaxed);
        }
        if self.workers.take().is_some() {
            // SAFETY: this engine made it; dropping the workers has let go of it.
            unsafe { sys::napi_release_threadsafe_function(self.tell, sys::ThreadsafeFunctionReleaseMode::abort) };
        }
        self.finished.clear();
        self.tools.clear();
        self.modules.clear();
    }

    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    fn numbers_mut(&mut self) -> &mut [f64] {
        // SAFETY: the array belongs to this engine and its mirror in TypeScript, on this thread, and JavaScript does not run meanwhile.
        unsafe { self.numbers.as_mut() }
    }

    fn limits(&self) -> CallLimits {
        let of = |index: usize| self.numbers[index].max(0.0);
        let (output_bytes, blobs, argument_bytes) = (of(number::OUTPUT_BYTES_MAX) as usize, of(number::BLOBS_MAX) as usize, of(number::ARGUMENT_BYTES_MAX) as usize);
        CallLimits {
            memory_bytes: of(number::MEMORY_BYTES_MAX) as usize,
            compute_ns: (of(number::COMPUTE_MS_MAX) * 1e6) as u64,
            output_bytes,
            blobs,
            // Each blob costs its place in the list beside its bytes.
            lifted_bytes: output_bytes.max(argument_bytes) + (blobs + 1) * size_of::<Vec<u8>>(),
            table_elements: of(number::TABLE_ELEMENTS_MAX) as usize,
            tables: of(number::TABLES_MAX) as usize,
            core_instances: of(number::CORE_INSTANCES_MAX) as usize,
            fuel: of(number::FUEL_MAX) as u64,
            recorder: RecorderLimits {
                operations_open: of(number::OPERATIONS_OPEN_MAX) as usize,
                argument_bytes,
                log_bytes: of(number::LOG_BYTES_MAX) as usize,
                log_lines: of(number::LOG_LINES_MAX) as usize,
            },
        }
    }

    fn drive(&mut self, js: Js, call: u32, slot: Slot, mut task: Task, on_worker: bool) -> Result<Raw> {
        self.ticker.enter();
        if !on_worker && let Some(mut done) = task.poll() {
            self.ticker.leave();
            drop(task);
            let tool = slot.tool.clone();
            self.keep(call, slot, &mut done);
            return self.out(js, &tool, done);
        }
        let workers = self.workers.as_mut().ok_or_else(|| refused("the engine is closed"))?;
        if let Err(error) = workers.submit(call, task) {
            self.ticker.leave();
            return Err(refused(error));
        }
        self.calls.insert(call, slot);
        self.on_workers += 1;
        if self.on_workers == 1 {
            // SAFETY: on JavaScript's thread; the function lives until `close`.
            unsafe { sys::napi_ref_threadsafe_function(js.0, self.tell) };
        }
        self.numbers_mut()[number::KIND] = kind::MOVED;
        Ok(Raw(js.undefined()))
    }

    fn collect_finished(&mut self, js: Js) {
        let Some(workers) = &self.workers else { return };
        let finished = workers.take();
        if finished.is_empty() {
            return;
        }
        self.on_workers -= finished.len() as u32;
        for _ in &finished {
            self.ticker.leave();
        }
        if self.on_workers == 0 {
            // SAFETY: as in `drive`.
            unsafe { sys::napi_unref_threadsafe_function(js.0, self.tell) };
        }
        self.finished.extend(finished);
    }

    fn keep(&mut self, call: u32, mut slot: Slot, done: &mut Done) {
        slot.live = done.live.take();
        if slot.live.is_some() {
            self.calls.insert(call, slot);
        }
    }

    fn out(&mut self, js: Js, tool: &Tool, done: Done) -> Result<Raw> {
        let Done { result, recorded, memory_bytes, computed_ns, .. } = done;
        let (kind, outcome) = outcome(js, &result)?;
        let blobs = result.as_ref().map_or(&[][..], |turn| &turn.blobs);
        let rich = !(recorded.started.is_empty() && recorded.abandoned.is_empty() && recorded.logs.is_empty() && blobs.is_empty());
        let value = if rich {
            let abandoned: Vec<_> = recorded.abandoned.iter().map(|id| js.integer(*id)).collect();
            js.array(&[outcome, js.blobs(blobs)?, operations(js, tool, &recorded)?, js.array(&abandoned), logs(js, &recorded)?])
        } else {
            outcome
        };
        let numbers = self.numbers_mut();
        numbers[number::KIND] = kind;
        numbers[number::COMPUTE_MS] = computed_ns as f64 / 1e6;
        numbers[number::MEMORY_BYTES] = memory_bytes as f64;
        numbers[number::LOG_BYTES_DROPPED] = recorded.log_bytes_dropped as f64;
        numbers[number::RICH] = if rich { 1.0 } else { 0.0 };
        Ok(Raw(value))
    }
}

/// What a turn came to, and what stands for it: the output; code, message, retryable, details and stack; code, message and cause.
fn outcome(js: Js, result: &std::result::Result<Turn, Fault>) -> Result<(f64, sys::napi_value)> {
    Ok(match result {
        Ok(Turn { outcome: Outcome::Done(output), .. }) => (kind::DONE, js.text(output)?),
        Ok(Turn { outcome: Outcome::Waiting, .. }) => (kind::WAITING, js.undefined()),
        Ok(Turn { outcome: Outcome::Failed(error), .. }) => {
            let (details, stack) = (js.optional_text(error.details.as_deref())?, js.optional_text(error.stack.as_deref())?);
            (kind::FAILED, js.array(&[js.text(&error.code)?, js.text(&error.message)?, js.boolean(error.retryable), details, stack]))
        }
        Err(fault) => (kind::ENDED, js.array(&[js.text(fault.code)?, js.text(&fault.message)?, js.text(&fault.cause)?])),
    })
}

/// `[id, number of the host function, arguments, …]`.
fn operations(js: Js, tool: &Tool, recorded: &Recorded) -> Result<sys::napi_value> {
    let array = js.empty_array(recorded.started.len() * 3);
    for (index, started) in recorded.started.iter().enumerate() {
        let shapes = tool.operations[started.operation as usize].as_ref().map_or(&[][..], |operation| &operation.params);
        let args = js.empty_array(started.args.len());
        for (position, (value, shape)) in started.args.iter().zip(shapes).enumerate() {
            js.put(args, position, to_js(js, value, shape)?);
        }
        js.put(array, index * 3, js.integer(started.id));
        js.put(array, index * 3 + 1, js.integer(started.operation.into()));
        js.put(array, index * 3 + 2, args);
    }
    Ok(array)
}

/// `[level, message, fields, …]`.
fn logs(js: Js, recorded: &Recorded) -> Result<sys::napi_value> {
    let array = js.empty_array(recorded.logs.len() * 3);
    for (index, line) in recorded.logs.iter().enumerate() {
        js.put(array, index * 3, js.text(&line.level)?);
        js.put(array, index * 3 + 1, js.text(&line.message)?);
        js.put(array, index * 3 + 2, js.optional_text(line.fields.as_deref())?);
    }
    Ok(array)
}

/// Hands completions to the recorder; gives the ids that are announced. Nothing is delivered where one of them does not fit its type.
fn deliver(js: Js, tool: &Tool, functions: &[HostFunction], live: &mut Live, ready: Raw) -> Result<Vec<i32>> {
    let mut read = Vec::new();
    for index in (0..js.length(ready.0)?).step_by(3) {
        let id = js.read_number(js.at(ready.0, index)?)? as i32;
        let Some(number) = live.recorder().operation_of(id) else { continue };
        if read.iter().any(|(seen, _)| *seen == id) {
            continue;
        }
        let Some(operation) = &tool.operations[number as usize] else { continue };
        let (ok, value) = (js.read_boolean(js.at(ready.0, index + 1)?)?, js.at(ready.0, index + 2)?);
        let taken = completion(js, ok, value, &operation.result).map_err(|error| {
            let HostFunction { interface, name, .. } = &functions[number as usize];
            refused(format!("the completion of {interface}.{name}: {}", error.reason))
        })?;
        read.push((id, taken));
    }
    let ids = read.iter().map(|(id, _)| *id).collect();
    for (id, taken) in read {
        live.recorder().deliver(id, taken);
    }
    Ok(ids)
}

/// A function that threads may call. It does not keep the process alive until it is referenced.
fn thread_safe(js: Js, function: Raw) -> Result<sys::napi_threadsafe_function> {
    let mut made = ptr::null_mut();
    // SAFETY: on JavaScript's thread, with a function of it; the rest are no pointers.
    let status = unsafe {
        sys::napi_create_threadsafe_function(
            js.0,
            function.0,
            ptr::null_mut(),
            js.text("aria-engine")?,
            0,
            1,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            None,
            &mut made,
        )
    };
    if status != sys::Status::napi_ok {
        return Err(refused("Node refuses a function for threads"));
    }
    // SAFETY: it has just been made.
    unsafe { sys::napi_unref_threadsafe_function(js.0, made) };
    Ok(made)
}
