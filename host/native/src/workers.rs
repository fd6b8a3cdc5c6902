//! Threads that run turns which outlived their slice, or were sent here because many wait. A task polls for a slice and goes to the back of the line.
//! Nothing but the end of a turn comes back, by one coalesced call of JavaScript.
use crate::call::{Done, Task};
use crate::fault::Fault;
use crate::js::{Js, Raw};
use crate::refused;
use napi::{Result, sys};
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
            let thread = std::thread::Builder::new().name("aria-guest".into()).stack_size(STACK_BYTES);
            match thread.spawn(move || work(&shared)) {
                Ok(_) => self.started += 1,
                // Those that run do the work; the next task tries again.
                Err(_) if self.started > 0 => break,
                Err(error) => return Err(error),
            }
        }
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        locked(&self.shared.queue).push_back(Queued { call, task });
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Drops the task of a call that no worker has taken. Says whether there was one.
    pub fn forget(&self, call: u32) -> bool {
        let mut queue = locked(&self.shared.queue);
        let found = queue.iter().position(|queued| queued.call == call).and_then(|index| queue.remove(index));
        if found.is_some() {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        drop(queue);
        found.is_some()
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
    while let Some(Queued { call, mut task }) = next(shared) {
        // Whatever a turn leaves behind is dropped in here, too: a panic must not end the thread.
        let polled = catch_unwind(AssertUnwindSafe(|| match task.poll() {
            None => Err(task),
            Some(mut done) => {
                drop(done.spent.take());
                drop(task);
                Ok(done)
            }
        }));
        let done = match polled {
            Ok(Err(task)) => {
                shared.waiting.fetch_add(1, Ordering::Relaxed);
                locked(&shared.queue).push_back(Queued { call, task });
                continue;
            }
            Ok(Ok(done)) => done,
            Err(_) => panicked(),
        };
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
    Done::failed(Fault::new("INTERNAL", "Cannot finish the turn: the host failed", "panic"), 0)
}

/// A function that threads may call. It does not keep the process alive until it is referenced.
pub fn thread_safe(js: Js, function: Raw) -> Result<sys::napi_threadsafe_function> {
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
