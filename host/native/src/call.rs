//! A call on its own instance. Each turn is a future that owns the instance: whoever holds it polls it, on JavaScript's thread or on a worker.
//! Dropping the future drops the instance, its fibre and all that it recorded.
use crate::fault::Fault;
use crate::recorder::{Recorded, Recorder, RecorderLimits};
use crate::tool::Tool;
use crate::turn::{CallStart, Outcome, ResumeArguments, Turn};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lower, TypedFunc};
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline};

/// Limits of one call; `host/limits.ts` has the reasons.
#[derive(Clone, Copy)]
pub struct CallLimits {
    pub memory_bytes: usize,
    pub compute_ns: u64,
    pub output_bytes: usize,
    pub blobs: usize,
    /// Bytes that one call of a host function, or the result of a turn, may lift.
    pub lifted_bytes: usize,
    pub table_elements: usize,
    pub core_instances: usize,
    pub tables: usize,
    /// Instructions; 0 where they are not counted.
    pub fuel: u64,
    pub recorder: RecorderLimits,
}

/// Nanoseconds of a clock that only goes forward.
pub fn now_ns() -> u64 {
    static BASE: LazyLock<Instant> = LazyLock::new(Instant::now);
    BASE.elapsed().as_nanos() as u64
}

/// What a call's holder and its guest's thread share.
pub struct Control {
    pub cancelled: AtomicBool,
    /// When the poll that runs now began; what was computed before it.
    poll_started: AtomicU64,
    computed: AtomicU64,
    compute_max: u64,
}

impl Control {
    pub fn new(compute_max: u64) -> Control {
        Control {
            cancelled: AtomicBool::new(false),
            poll_started: AtomicU64::new(0),
            computed: AtomicU64::new(0),
            compute_max,
        }
    }

    pub fn computed_ns(&self) -> u64 {
        self.computed.load(Relaxed)
    }

    /// What the epoch asks at each tick: time is compared here, since a long bulk operation swallows ticks.
    fn overdue(&self) -> bool {
        self.computed.load(Relaxed) + now_ns().saturating_sub(self.poll_started.load(Relaxed)) >= self.compute_max
    }

    fn verdict(&self) -> Result<(), Fault> {
        if self.cancelled.load(Relaxed) {
            return Err(Fault::new("CANCELLED", "Cannot finish the turn: the call was dropped", "dropped"));
        }
        if self.overdue() { Err(self.overrun()) } else { Ok(()) }
    }

    fn overrun(&self) -> Fault {
        let message = format!("Cannot finish the call: it computed for more than {} ms", self.compute_max / 1_000_000);
        Fault::new("DEADLINE_EXCEEDED", message, "compute")
    }
}

/// What the host knows of an instance; lives in its store.
pub struct State {
    pub recorder: Recorder,
    limits: CallLimits,
    control: Arc<Control>,
    memory_bytes: usize,
    /// Before the growth that is under way.
    memory_bytes_before: usize,
    /// The guest was refused memory, and has called nothing of the host since.
    memory_refused: bool,
}

impl State {
    /// The recorder, for a host function that the guest calls now.
    pub fn host_called(&mut self) -> &mut Recorder {
        self.memory_refused = false;
        &mut self.recorder
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let most = self.limits.memory_bytes;
        if desired <= most {
            self.memory_bytes_before = current;
            self.memory_bytes = desired;
            return Ok(true);
        }
        if current == 0 && self.memory_bytes == 0 {
            let message = format!(
                "Cannot make an instance: the component begins with {desired} bytes of memory, of {most} that it may have"
            );
            return Err(Fault::new("MEMORY_EXCEEDED", message, "memory").into());
        }
        self.memory_refused = true;
        Ok(false)
    }

    /// The system has no more, or the pool's slots are smaller.
    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        self.memory_bytes = self.memory_bytes_before;
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements)
    }

    fn instances(&self) -> usize {
        self.limits.core_instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        1
    }
}

/// An instance between its turns.
pub struct Live {
    store: Store<State>,
    instance: Instance,
}

/// What a turn came to. `live`: only where it waits.
pub struct Done {
    pub result: Result<Turn, Fault>,
    pub recorded: Recorded,
    pub memory_bytes: usize,
    pub computed_ns: u64,
    pub live: Option<Box<Live>>,
    /// The instance of a call that is over: dropping it clears its memory, for which nobody has to wait.
    pub spent: Option<Box<dyn Send>>,
}

impl Done {
    /// A turn that the host ends before the guest does.
    pub fn failed(fault: Fault, computed_ns: u64) -> Done {
        let recorded = Recorded::default();
        Done { result: Err(fault), recorded, memory_bytes: 0, computed_ns, live: None, spent: None }
    }

    /// Ends the call after a turn that the guest has finished: log lines stay, operations do not leave.
    fn end(&mut self, fault: Fault) {
        self.result = Err(fault);
        self.recorded.started = Vec::new();
        self.recorded.abandoned = Vec::new();
        if let Some(live) = self.live.take() {
            self.spent = Some(live);
        }
    }
}

/// A turn on its way.
pub struct Task {
    future: Pin<Box<dyn Future<Output = Done> + Send>>,
    pub control: Arc<Control>,
}

impl Task {
    /// Runs it until it ends or its slice is used up.
    pub fn poll(&mut self) -> Option<Done> {
        let started = now_ns();
        self.control.poll_started.store(started, Relaxed);
        let polled = self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let ended = now_ns();
        // A tick in between would count this poll twice: the start goes forward first.
        self.control.poll_started.store(ended, Relaxed);
        self.control.computed.fetch_add(ended - started, Relaxed);
        match polled {
            Poll::Ready(mut done) => {
                done.computed_ns = self.control.computed_ns();
                // A turn that was shorter than a tick has met no verdict; many of them make up a deadline all the same.
                if done.result.is_ok() && done.computed_ns > self.control.compute_max {
                    done.end(self.control.overrun());
                }
                Some(done)
            }
            Poll::Pending => None,
        }
    }
}

/// Ticks until a turn leaves JavaScript's thread: one that has just begun is up to a tick old.
const FIRST_SLICE_TICKS: u64 = 2;
/// More ticks than a process has.
const NEVER_TICKS: u64 = u64::MAX / 2;
/// Ticks of every slice after it.
const SLICE_TICKS: u64 = 1;

fn store(engine: &Engine, limits: CallLimits, control: Arc<Control>) -> Store<State> {
    let recorder = Recorder::new(limits.recorder);
    let mut store = Store::new(
        engine,
        State { recorder, limits, control, memory_bytes: 0, memory_bytes_before: 0, memory_refused: false },
    );
    store.limiter(|state| state);
    store.set_hostcall_fuel(limits.lifted_bytes);
    // Fails only where the engine does not count.
    let _ = store.set_fuel(if limits.fuel > 0 { limits.fuel } else { u64::MAX });
    store.epoch_deadline_callback(|cx| {
        cx.data().control.verdict()?;
        Ok(UpdateDeadline::Yield(SLICE_TICKS))
    });
    store
}

/// Makes an instance as a call would, of a component whose start runs nothing, and touches its memory.
pub fn probe(engine: &Engine, tool: &Tool) -> wasmtime::Result<()> {
    let recorder = RecorderLimits { operations_open: 0, argument_bytes: 0, log_bytes: 0, log_lines: 0 };
    let most = usize::MAX;
    let limits = CallLimits {
        memory_bytes: most,
        compute_ns: 0,
        output_bytes: 0,
        blobs: 0,
        lifted_bytes: 0,
        table_elements: most,
        core_instances: most,
        tables: most,
        fuel: 0,
        recorder,
    };
    let mut store = store(engine, limits, Arc::new(Control::new(u64::MAX)));
    store.set_epoch_deadline(NEVER_TICKS);
    tool.pre.instantiate(&mut store).map(|_| ())
}

/// Makes the task of a call's first turn, in a fresh instance.
pub fn begin(engine: &Engine, tool: Arc<Tool>, limits: CallLimits, control: Arc<Control>, start: CallStart) -> Task {
    let mut store = store(engine, limits, control.clone());
    let future = async move {
        let instantiated = match tool.has_start {
            true => {
                store.set_epoch_deadline(FIRST_SLICE_TICKS);
                tool.pre.instantiate_async(&mut store).await
            }
            // Nothing of the guest runs, so there is no fibre, which could not yield either.
            false => {
                store.set_epoch_deadline(NEVER_TICKS);
                tool.pre.instantiate(&mut store)
            }
        };
        store.set_epoch_deadline(FIRST_SLICE_TICKS);
        let turn = match instantiated {
            // SAFETY: `begin` takes a `CallStart`.
            Ok(instance) => {
                unsafe { turn(&mut store, &instance, tool.begin, (start,)) }.await.map(|turn| (turn, instance))
            }
            Err(error) => Err(error),
        };
        finish(store, turn)
    };
    Task { future: Box::pin(future), control }
}

/// Makes the task of a later turn.
pub fn resume(tool: Arc<Tool>, live: Box<Live>, control: Arc<Control>, arguments: ResumeArguments) -> Task {
    let future = async move {
        let Live { mut store, instance } = *live;
        store.set_epoch_deadline(FIRST_SLICE_TICKS);
        store.data_mut().memory_refused = false;
        // SAFETY: `resume` takes `ResumeArguments`.
        let turn = unsafe { turn(&mut store, &instance, tool.resume, arguments) }.await.map(|turn| (turn, instance));
        finish(store, turn)
    };
    Task { future: Box::pin(future), control }
}

/// Runs an export of the tool to the end of its turn.
///
/// # Safety
/// `Tool::new` has compared the type of this export with `Params` and `Turn`.
async unsafe fn turn<Params>(
    store: &mut Store<State>,
    instance: &Instance,
    export: ComponentExportIndex,
    params: Params,
) -> wasmtime::Result<Turn>
where
    Params: ComponentNamedList + Lower + Send + Sync + 'static,
{
    let function = instance.get_func(&mut *store, export).ok_or_else(|| wasmtime::format_err!("the export is gone"))?;
    // SAFETY: the contract above.
    let function = unsafe { TypedFunc::<Params, (Turn,)>::new_unchecked(function) };
    Ok(function.call_async(store, params).await?.0)
}

impl Live {
    /// The recorder, to announce completions.
    pub fn recorder(&mut self) -> &mut Recorder {
        &mut self.store.data_mut().recorder
    }
}

/// After an error the instance is never entered again; its operations do not leave, its log lines do.
fn finish(mut store: Store<State>, turn: wasmtime::Result<(Turn, Instance)>) -> Done {
    let state = store.data_mut();
    let mut recorded = state.recorder.take_turn();
    let (memory_bytes, memory_refused, limits) = (state.memory_bytes, state.memory_refused, state.limits);
    let mut instance_left = None;
    let result = match turn {
        Err(error) => Err(Fault::of(&error, memory_refused)),
        Ok((turn, instance)) => within(&turn, &limits).map(|()| {
            instance_left = matches!(turn.outcome, Outcome::Waiting).then_some(instance);
            turn
        }),
    };
    if result.is_err() {
        recorded.started = Vec::new();
        recorded.abandoned = Vec::new();
    }
    let (live, spent): (_, Option<Box<dyn Send>>) = match instance_left {
        Some(instance) => (Some(Box::new(Live { store, instance })), None),
        None => (None, Some(Box::new(store))),
    };
    Done { result, recorded, memory_bytes, computed_ns: 0, live, spent }
}

/// Checks the sizes of a turn. What it lifted was bounded before, by `lifted_bytes`.
fn within(turn: &Turn, limits: &CallLimits) -> Result<(), Fault> {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let outcome = match &turn.outcome {
        Outcome::Done(output) => output.len(),
        Outcome::Failed(error) => error.code.len() + error.message.len() + text(&error.details) + text(&error.stack),
        Outcome::Waiting => 0,
    };
    let (count, bytes) = (turn.blobs.len(), outcome + turn.blobs.iter().map(Vec::len).sum::<usize>());
    if count > limits.blobs {
        let message = format!("Cannot take the turn: it has {count} blobs, of {} that it may have", limits.blobs);
        return Err(Fault::new("VALUE_TOO_LARGE", message, "blobs"));
    }
    if bytes > limits.output_bytes {
        let message =
            format!("Cannot take the turn: it has {bytes} bytes, of {} that it may have", limits.output_bytes);
        return Err(Fault::new("VALUE_TOO_LARGE", message, "output"));
    }
    Ok(())
}
