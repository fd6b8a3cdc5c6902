//! Threads that run turns which outlived their slice, or were sent here because many wait. A task polls for a slice and goes to the back of the line.
//! Nothing but the end of a turn comes back, by one coalesced call of JavaScript.
use crate::call::{Done, Task};
use crate::fault::Fault;
use crate::recorder::Recorded;
use napi::sys;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A task and the number of its call.
struct Queued {
    call: u32,
    task: Task,
}

/// What workers and their owner share.
struct Shared {
    queue: Mutex<VecDeque<Queued>>,
    wake: Condvar,
    /// Tasks that wait in the queue, read without its lock.
    waiting: AtomicUsize,
    closed: AtomicBool,
    finished: Mutex<Vec<(u32, Done)>>,
    /// Whether JavaScript has been told and has not come yet.
    told: AtomicBool,
    tell: Tell,
}

/// How JavaScript is told that turns have finished.
struct Tell(sys::napi_threadsafe_function);
// SAFETY: a thread-safe function is made to be called from any thread.
unsafe impl Send for Tell {}
unsafe impl Sync for Tell {}

/// The threads of an engine. Dropping it ends them; tasks that run then end at their next slice.
pub struct Workers {
    env: sys::napi_env,
    shared: Arc<Shared>,
    threads: usize,
    started: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic is caught around each poll and never happens under a lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Native stack of a worker: guests have their own.
const STACK_BYTES: usize = 512 << 10;

impl Workers {
    /// `tell`: called without arguments after turns have finished. Threads start with the first task.
    pub fn new(env: sys::napi_env, threads: usize, tell: sys::napi_threadsafe_function) -> Workers {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            finished: Mutex::default(),
            told: AtomicBool::new(false),
            tell: Tell(tell),
        });
        // SAFETY: the pointer lives as long as `self`, whose `drop` removes the hook.
        unsafe { sys::napi_add_env_cleanup_hook(env, Some(on_env_end), Arc::as_ptr(&shared).cast_mut().cast()) };
        Workers { env, shared, threads, started: 0 }
    }

    /// Tasks that no worker has taken yet.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    pub fn submit(&mut self, call: u32, task: Task) -> std::io::Result<()> {
        while self.started < self.threads {
            let shared = self.shared.clone();
            std::thread::Builder::new()
                .name("aria-guest".into())
                .stack_size(STACK_BYTES)
                .spawn(move || work(&shared))?;
            self.started += 1;
        }
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        locked(&self.shared.queue).push_back(Queued { call, task });
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Takes what has finished.
    pub fn take(&self) -> Vec<(u32, Done)> {
        self.shared.told.store(false, Ordering::Release);
        std::mem::take(&mut *locked(&self.shared.finished))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        close(&self.shared);
        // SAFETY: as in `new`, whose hook this is; where Node is going down it has run already, and there is nothing to remove.
        unsafe {
            sys::napi_remove_env_cleanup_hook(self.env, Some(on_env_end), Arc::as_ptr(&self.shared).cast_mut().cast())
        };
    }
}

/// After it no worker calls JavaScript any more.
fn close(shared: &Shared) {
    {
        let _finished = locked(&shared.finished);
        shared.closed.store(true, Ordering::Release);
    }
    let left = std::mem::take(&mut *locked(&shared.queue));
    shared.wake.notify_all();
    drop(left);
}

/// The environment ends before its engine was closed: `process.exit`, or the end of a worker thread of Node.
unsafe extern "C" fn on_env_end(shared: *mut std::ffi::c_void) {
    // SAFETY: the hook is removed before the last owner of `shared` is gone.
    close(unsafe { &*shared.cast::<Shared>() });
}

fn work(shared: &Shared) {
    wasmtime::Engine::tls_eager_initialize();
    while let Some(mut queued) = next(shared) {
        let polled = catch_unwind(AssertUnwindSafe(|| queued.task.poll()));
        let done = match polled {
            Ok(None) => {
                shared.waiting.fetch_add(1, Ordering::Relaxed);
                locked(&shared.queue).push_back(queued);
                continue;
            }
            Ok(Some(mut done)) => {
                drop(done.spent.take());
                done
            }
            Err(_) => panicked(),
        };
        let Queued { call, task } = queued;
        drop(task);
        let mut finished = locked(&shared.finished);
        if shared.closed.load(Ordering::Acquire) {
            continue;
        }
        finished.push((call, done));
        if !shared.told.swap(true, Ordering::AcqRel) {
            // SAFETY: whoever ends the function's life sets `closed` before, under the lock that is held here.
            unsafe {
                sys::napi_call_threadsafe_function(
                    shared.tell.0,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            };
        }
    }
}

fn next(shared: &Shared) -> Option<Queued> {
    let mut queue = locked(&shared.queue);
    loop {
        if shared.closed.load(Ordering::Acquire) {
            return None;
        }
        if let Some(queued) = queue.pop_front() {
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
            return Some(queued);
        }
        queue = shared.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}

fn panicked() -> Done {
    let fault = Fault::new("INTERNAL", "Cannot finish the turn: the host failed", "panic");
    Done { result: Err(fault), recorded: Recorded::default(), memory_bytes: 0, computed_ns: 0, live: None, spent: None }
}
