/** Cases of events, abortion and timers. */

export const eventCases: Readonly<Record<string, string>> = {
  'EventTarget calls listeners in order, with the event': `const t = new EventTarget(); const seen = []; t.addEventListener('x', function (event) { seen.push([1, event.type, this === t, event.target === t, event.currentTarget === t, event.eventPhase]); });
    t.addEventListener('x', { handleEvent(event) { seen.push([2, event.type]); } }); t.addEventListener('y', () => seen.push(3)); return [t.dispatchEvent(new Event('x')), seen];`,
  'EventTarget adds a listener once': `const t = new EventTarget(); let calls = 0; const f = () => calls++; t.addEventListener('x', f); t.addEventListener('x', f); t.addEventListener('x', f, true); t.dispatchEvent(new Event('x')); return calls;`,
  'EventTarget removes listeners, also during dispatch': `const t = new EventTarget(); const seen = []; const second = () => seen.push(2); t.addEventListener('x', () => { seen.push(1); t.removeEventListener('x', second); t.addEventListener('x', () => seen.push(3)); }); t.addEventListener('x', second);
    t.dispatchEvent(new Event('x')); return seen;`,
  'EventTarget honours once, signal and passive': `const t = new EventTarget(); const c = new AbortController(); const seen = []; t.addEventListener('x', () => seen.push('once'), { once: true }); t.addEventListener('x', () => seen.push('signal'), { signal: c.signal });
    t.addEventListener('x', (event) => { event.preventDefault(); }, { passive: true }); const first = t.dispatchEvent(new Event('x', { cancelable: true })); c.abort(); t.dispatchEvent(new Event('x')); return [seen, first];`,
  'Event can be cancelled if it says so': `const t = new EventTarget(); t.addEventListener('x', (event) => event.preventDefault()); const yes = new Event('x', { cancelable: true }); const no = new Event('x'); return [t.dispatchEvent(yes), yes.defaultPrevented, t.dispatchEvent(no), no.defaultPrevented];`,
  'Event stops at once': `const t = new EventTarget(); const seen = []; t.addEventListener('x', (event) => { seen.push(1); event.stopImmediatePropagation(); }); t.addEventListener('x', () => seen.push(2)); t.dispatchEvent(new Event('x')); return seen;`,
  'Event has its fields': `const event = new Event('x', { bubbles: true }); return [event.type, event.bubbles, event.cancelable, event.composed, event.target, event.currentTarget, event.eventPhase, event.isTrusted, typeof event.timeStamp, event.composedPath(), event.returnValue, event.cancelBubble];`,
  'Event needs a type': `try { new Event(); return 'fine'; } catch (error) { return error.name; }`,
  'CustomEvent carries a detail': `return [new CustomEvent('x', { detail: { a: 1 } }).detail, new CustomEvent('x').detail, new CustomEvent('x') instanceof Event];`,
  'EventTarget refuses what is no event': `try { new EventTarget().dispatchEvent({ type: 'x' }); return 'fine'; } catch (error) { return error.name; }`,
  'EventTarget can be extended': `class Bus extends EventTarget { emit(name) { return this.dispatchEvent(new Event(name)); } } const bus = new Bus(); let heard = 0; bus.addEventListener('ping', () => heard++); bus.emit('ping'); return heard;`,
  'EventTarget ignores null listeners': `const t = new EventTarget(); t.addEventListener('x', null); return t.dispatchEvent(new Event('x'));`,
  'Event cannot be dispatched while it is': `const t = new EventTarget(); const event = new Event('x'); let name; t.addEventListener('x', () => { try { t.dispatchEvent(event); } catch (error) { name = error.name; } }); t.dispatchEvent(event); return [name !== undefined, t.dispatchEvent(event)];`,
};

export const abortCases: Readonly<Record<string, string>> = {
  'AbortController aborts once': `const c = new AbortController(); const seen = []; c.signal.addEventListener('abort', (event) => seen.push(event.type)); c.signal.onabort = () => seen.push('on'); c.abort('first'); c.abort('second'); return [c.signal.aborted, c.signal.reason, seen];`,
  'AbortController has a default reason': `const c = new AbortController(); const before = [c.signal.aborted, c.signal.reason]; c.abort(); const { reason } = c.signal; return [before, reason.name, reason.code, reason.message, reason instanceof DOMException];`,
  'AbortSignal throws its reason': `const c = new AbortController(); c.signal.throwIfAborted(); c.abort(new RangeError('r')); try { c.signal.throwIfAborted(); return 'fine'; } catch (error) { return [error.name, error.message]; }`,
  'AbortSignal.abort is aborted': `const signal = AbortSignal.abort(7); return [signal.aborted, signal.reason, AbortSignal.abort().reason.name];`,
  'AbortSignal.timeout aborts later': `const signal = AbortSignal.timeout(5); const before = signal.aborted; await new Promise((resolve) => signal.addEventListener('abort', resolve)); return [before, signal.aborted, signal.reason.name, signal.reason.code];`,
  'AbortSignal.timeout refuses negative times': `try { AbortSignal.timeout(-1); return 'fine'; } catch (error) { return error.name; }`,
  'AbortSignal.any follows its first': `const a = new AbortController(); const b = new AbortController(); const any = AbortSignal.any([a.signal, b.signal]); const nested = AbortSignal.any([any]); const seen = []; nested.onabort = () => seen.push(any.aborted); b.abort('b'); a.abort('a');
    return [any.reason, nested.reason, seen, AbortSignal.any([]).aborted, AbortSignal.any([AbortSignal.abort(1)]).reason];`,
  'AbortSignal cannot be made': `try { new AbortSignal(); return 'fine'; } catch (error) { return error.name; }`,
  'AbortSignal lets listeners be removed': `const c = new AbortController(); let calls = 0; const f = () => calls++; c.signal.addEventListener('abort', f); c.signal.removeEventListener('abort', f); c.signal.onabort = f; c.signal.onabort = null; c.abort(); return [calls, c.signal.onabort];`,
};

export const timerCases: Readonly<Record<string, string>> = {
  'setTimeout passes arguments': `return await new Promise((resolve) => setTimeout((...args) => resolve(args), 1, 'a', 2));`,
  'setTimeout keeps the order of delays': `const seen = []; await new Promise((resolve) => { setTimeout(() => { seen.push(60); resolve(); }, 60); setTimeout(() => seen.push(30), 30); setTimeout(() => seen.push(0), 0); setTimeout(() => seen.push('zero'), 0); }); return seen;`,
  'setTimeout takes odd delays': `const seen = []; setTimeout(() => seen.push('none')); setTimeout(() => seen.push('negative'), -5); setTimeout(() => seen.push('text'), '1'); setTimeout(() => seen.push('nan'), 'x'); await new Promise((resolve) => setTimeout(resolve, 20)); return seen.sort();`,
  'clearTimeout forgets a timer': `let called = false; const handle = setTimeout(() => { called = true; }, 1); clearTimeout(handle); clearTimeout(undefined); clearTimeout(12345); await new Promise((resolve) => setTimeout(resolve, 10)); return called;`,
  'setInterval repeats until it is cleared': `const seen = []; await new Promise((resolve) => { const handle = setInterval((text) => { seen.push(text); if (seen.length === 3) { clearInterval(handle); setTimeout(resolve, 20); } }, 2, 'tick'); }); return seen;`,
  'setTimeout refuses what is no function': `try { setTimeout('code', 1); return 'fine'; } catch (error) { return error.name; }`,
  'promises settle between timers': `const seen = []; await new Promise((resolve) => { setTimeout(() => { seen.push('a'); Promise.resolve().then(() => seen.push('micro')); }, 0); setTimeout(() => { seen.push('b'); resolve(); }, 0); }); return seen;`,
  'Promise.race with a timer': `const late = new Promise((resolve) => setTimeout(resolve, 40, 'late')); const early = new Promise((resolve) => setTimeout(resolve, 1, 'early')); return [await Promise.race([late, early]), await Promise.all([late, early])];`,
};
