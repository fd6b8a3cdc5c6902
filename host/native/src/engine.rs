//! The engine as JavaScript sees it: numbers for tools and calls, so that nothing waits for a finalizer. Everything here runs on one thread.
use crate::call::{self, Control, Done, Live, Task};
use crate::crossing::{self, kind, number, rich};
use crate::fault::Fault;
use crate::js::{Js, Raw};
use crate::refused;
use crate::settings::{EngineSettings, config};
use crate::ticker::Ticker;
use crate::tool::{HostFunction, Tool};
use crate::turn::CallStart;
use crate::workers::{Workers, thread_safe};
use napi::bindgen_prelude::Float64Array;
use napi::{Env, Result, sys};
use napi_derive::napi;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wasmtime::Module;
use wasmtime::component::Component;

/// Figures of the pool and the calls.
#[napi(object)]
pub struct EngineFigures {
    pub instances: f64,
    pub memories: f64,
    pub stacks: f64,
    pub suspended: f64,
    pub on_workers: f64,
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
    /// Gone once the engine is closed, and its address space with it: JavaScript may keep the object for long.
    engine: Option<wasmtime::Engine>,
    functions: Arc<Vec<HostFunction>>,
    /// Written and read by both sides, between calls only.
    numbers: Float64Array,
    ticker: Option<Ticker>,
    workers: Option<Workers>,
    tell: sys::napi_threadsafe_function,
    on_workers: u32,
    modules: HashMap<u32, Module>,
    tools: HashMap<u32, Arc<Tool>>,
    calls: HashMap<u32, Slot>,
    finished: VecDeque<(u32, Done)>,
    /// The instance of a call that is over and has not been cleared.
    spent: Option<Box<dyn Send>>,
    last_number: u32,
}

#[napi]
impl Engine {
    /// `finished` is called without arguments after turns on workers have ended; `nextFinished` then gives them.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        settings: EngineSettings,
        functions: Vec<HostFunction>,
        numbers: Float64Array,
        finished: Raw,
    ) -> Result<Engine> {
        if numbers.len() < number::COUNT {
            return Err(refused("the numbers are too few"));
        }
        let engine = wasmtime::Engine::new(&config(&settings)).map_err(refused)?;
        let ticker = Ticker::start(&engine).map_err(refused)?;
        let tell = thread_safe(Js(env.raw()), finished)?;
        wasmtime::Engine::tls_eager_initialize();
        Ok(Engine {
            engine: Some(engine),
            functions: Arc::new(functions),
            numbers,
            ticker: Some(ticker),
            workers: Some(Workers::new(env.raw(), settings.workers as usize, tell)),
            tell,
            on_workers: 0,
            modules: HashMap::new(),
            tools: HashMap::new(),
            calls: HashMap::new(),
            finished: VecDeque::new(),
            spent: None,
            last_number: 0,
        })
    }

    /// Loads a compiled core module; gives its number. The caller has authenticated the file: this host made it.
    #[napi(catch_unwind)]
    pub fn load_module(&mut self, path: String) -> Result<u32> {
        // SAFETY: the contract above.
        let module = unsafe { Module::deserialize_file(self.open()?, path) }.map_err(refused)?;
        let number = self.next_number();
        self.modules.insert(number, module);
        Ok(number)
    }

    /// Loads a compiled component; gives its number. The caller has authenticated the file: this host made it.
    /// `has_start`: whether instantiation runs code of the guest.
    #[napi(catch_unwind)]
    pub fn load(&mut self, path: String, module: Option<u32>, has_start: bool) -> Result<u32> {
        // SAFETY: the contract above.
        let component = unsafe { Component::deserialize_file(self.open()?, path) }.map_err(refused)?;
        let shared = module.and_then(|number| self.modules.get(&number));
        let tool = Tool::new(self.open()?, &component, shared, &self.functions, has_start).map_err(refused)?;
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
        call::probe(self.open()?, tool).map_err(refused)
    }

    /// Forgets a tool or a module; calls that run keep it.
    #[napi]
    pub fn unload(&mut self, number: u32) {
        self.tools.remove(&number);
        self.modules.remove(&number);
    }

    /// Begins a call, whose number is the caller's. `numbers` has time and limits. What it returns is described in `native.ts`.
    #[allow(clippy::too_many_arguments, reason = "an object of JavaScript around them would cost more than the call")]
    #[napi(catch_unwind)]
    pub fn begin(
        &mut self,
        env: Env,
        call: u32,
        tool: u32,
        input: Raw,
        blobs: Raw,
        seed: Raw,
        on_worker: bool,
    ) -> Result<Raw> {
        let js = Js(env.raw());
        let tool = self.tools.get(&tool).ok_or_else(|| refused("there is no such tool"))?.clone();
        let start = CallStart {
            input: js.read_text(input.0)?,
            blobs: js.read_blobs(blobs.0)?,
            now_ms: self.numbers[number::NOW_MS],
            seed: js.read_bytes(seed.0)?,
        };
        let limits = crossing::limits(&self.numbers);
        let control = Arc::new(Control::new(limits.compute_ns));
        let task = call::begin(self.open()?, tool.clone(), limits, control.clone(), start);
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
        let delivered = crossing::deliver(js, &slot.tool, &self.functions, &mut live, ready);
        let ids = match delivered {
            Ok(ids) => ids,
            Err(error) => {
                let fault = Fault::new(
                    "TOOL_TRAPPED",
                    "Cannot go on: a completion is not of the type that the component takes",
                    error.reason.clone(),
                );
                return self.out(js, &slot.tool, Done::failed(fault, slot.control.computed_ns()));
            }
        };
        let task =
            call::resume(slot.tool.clone(), live, slot.control.clone(), (ids, blobs, self.numbers[number::NOW_MS]));
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
    pub fn drop_call(&mut self, env: Env, call: u32) {
        let Some(slot) = self.calls.remove(&call) else { return };
        slot.control.cancelled.store(true, Ordering::Relaxed);
        if slot.live.is_some() {
            return;
        }
        // Its room is given back now, so its instance goes now wherever it can.
        let js = Js(env.raw());
        if self.workers.as_ref().is_some_and(|workers| workers.forget(call)) {
            self.left_workers(js, 1);
        } else {
            self.collect_finished(js);
            let calls = &self.calls;
            self.finished.retain(|(number, _)| calls.contains_key(number));
        }
    }

    /// Figures of the pool and the calls.
    #[napi(catch_unwind)]
    pub fn figures(&self) -> EngineFigures {
        let pool = self.engine.as_ref().and_then(|engine| engine.pooling_allocator_metrics());
        let of =
            |read: fn(&wasmtime::PoolingAllocatorMetrics) -> u64| pool.as_ref().map_or(0.0, |pool| read(pool) as f64);
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

    /// Clears the instance of a call that is over.
    #[napi(catch_unwind)]
    pub fn tidy(&mut self) {
        self.spent = None;
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
        self.spent = None;
        self.tools.clear();
        self.modules.clear();
        self.ticker = None;
        self.engine = None;
    }

    fn open(&self) -> Result<&wasmtime::Engine> {
        self.engine.as_ref().ok_or_else(|| refused("the engine is closed"))
    }

    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    fn numbers_mut(&mut self) -> &mut [f64] {
        // SAFETY: the array belongs to this engine and its mirror in TypeScript, on this thread, and JavaScript does not run meanwhile.
        unsafe { self.numbers.as_mut() }
    }

    fn drive(&mut self, js: Js, call: u32, slot: Slot, mut task: Task, on_worker: bool) -> Result<Raw> {
        self.turn_begins();
        let polled = if on_worker { Ok(None) } else { catch_unwind(AssertUnwindSafe(|| task.poll())) };
        let Ok(polled) = polled else {
            self.turn_ends();
            return Err(refused("the host failed in the middle of a turn"));
        };
        if let Some(mut done) = polled {
            self.turn_ends();
            drop(task);
            let tool = slot.tool.clone();
            let spent = done.spent.take();
            self.keep(call, slot, &mut done);
            let turn = self.out(js, &tool, done);
            self.bury(spent);
            return turn;
        }
        let workers = self.workers.as_mut().ok_or_else(|| refused("the engine is closed"))?;
        if let Err(error) = workers.submit(call, task) {
            self.turn_ends();
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

    /// The result goes first, and JavaScript calls `tidy` when it has nothing else to do. Where calls follow each other without that, each clears its own
    /// instance: the next one then finds the same memory, still in the processor's cache.
    fn bury(&mut self, spent: Option<Box<dyn Send>>) {
        if self.spent.is_none() {
            self.spent = spent;
        }
    }

    fn collect_finished(&mut self, js: Js) {
        let finished = self.workers.as_ref().map_or_else(Vec::new, Workers::take);
        if !finished.is_empty() {
            self.left_workers(js, finished.len() as u32);
            self.finished.extend(finished);
        }
    }

    fn left_workers(&mut self, js: Js, tasks: u32) {
        self.on_workers -= tasks;
        for _ in 0..tasks {
            self.turn_ends();
        }
        if self.on_workers == 0 {
            // SAFETY: as in `drive`.
            unsafe { sys::napi_unref_threadsafe_function(js.0, self.tell) };
        }
    }

    fn turn_begins(&self) {
        if let Some(ticker) = &self.ticker {
            ticker.enter();
        }
    }

    fn turn_ends(&self) {
        if let Some(ticker) = &self.ticker {
            ticker.leave();
        }
    }

    fn keep(&mut self, call: u32, mut slot: Slot, done: &mut Done) {
        slot.live = done.live.take();
        if slot.live.is_some() {
            self.calls.insert(call, slot);
        }
    }

    fn out(&mut self, js: Js, tool: &Tool, done: Done) -> Result<Raw> {
        let Done { result, recorded, memory_bytes, computed_ns, .. } = done;
        let (kind, outcome) = crossing::outcome(js, &result)?;
        let blobs = result.as_ref().map_or(&[][..], |turn| &turn.blobs);
        let bare = recorded.abandoned.is_empty() && recorded.logs.is_empty() && blobs.is_empty();
        let (rich, value) = if bare && recorded.started.is_empty() {
            (rich::OUTCOME, outcome)
        } else if bare && kind == kind::WAITING {
            (rich::OPERATIONS, crossing::operations(js, tool, &recorded)?)
        } else {
            let abandoned: Vec<_> = recorded.abandoned.iter().map(|id| js.integer(*id)).collect();
            let operations = crossing::operations(js, tool, &recorded)?;
            let logs = crossing::logs(js, &recorded)?;
            (rich::EVERYTHING, js.array(&[outcome, js.blobs(blobs)?, operations, js.array(&abandoned), logs]))
        };
        let numbers = self.numbers_mut();
        numbers[number::KIND] = kind;
        numbers[number::COMPUTE_MS] = computed_ns as f64 / 1e6;
        numbers[number::MEMORY_BYTES] = memory_bytes as f64;
        numbers[number::LOG_BYTES_DROPPED] = recorded.log_bytes_dropped as f64;
        numbers[number::RICH] = rich;
        Ok(Raw(value))
    }
}
