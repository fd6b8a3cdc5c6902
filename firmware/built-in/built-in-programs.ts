/** Runs calls of bundles of the host itself beside those of bundles that were installed. */
import type { Clock } from '#host';
import { CodedError, toWireError } from '#wit/errors';
import type { CallOutcome, ToolCall } from '#wit/interfaces';
import { covers, parseToken, printToken } from '#wit/tokens';
import type { Programs } from '../service/ports.ts';
import type { BuiltInBundle, BuiltInTool } from './built-in-bundle.ts';

/** The same programs, and the host's own. Leaving the scope leaves that of `programs`. */
export function withBuiltIn(programs: Programs, bundles: readonly BuiltInBundle[], clock: Clock): Programs {
  const own = new Map(bundles.map((bundle) => [bundle.active.hash, bundle]));
  return {
    prepare: (bundle, signal) => programs.prepare(bundle, signal),
    run(target, call, signal) {
      const bundle = own.get(target.hash);
      const tool = bundle?.tools.find(({ name }) => name === target.tool);
      if (!bundle || !tool) return programs.run(target, call, signal);
      return answered(bundle, { tool, call: { ...call, tool: tool.name } }, { clock, signal });
    },
    held: () => programs.held(),
    retire: (hash) => programs.retire(hash),
    [Symbol.asyncDispose]: () => programs[Symbol.asyncDispose](),
  };
}

async function answered(
  bundle: BuiltInBundle,
  { tool, call }: { readonly tool: BuiltInTool; readonly call: ToolCall },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<CallOutcome> {
  const startedMs = clock.nowMs();
  const common = (): Pick<CallOutcome, 'logs' | 'logBytesDropped' | 'usage'> => {
    const wallMs = Math.max(0, clock.nowMs() - startedMs);
    return {
      logs: [],
      logBytesDropped: 0,
      usage: { wallMs, computeMs: 0, memoryBytesPeak: 0, turns: 1, operations: 0 },
    };
  };
  const timeoutMs = Math.min(call.timeoutMs ?? tool.timeoutMs, tool.timeoutMs);
  const ending = new AbortController();
  const over = new AbortController();
  const abort = (): void => ending.abort(signal?.reason instanceof CodedError ? signal.reason : cancelled(tool.name));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  void clock.sleep(timeoutMs, over.signal).then(() => {
    if (!over.signal.aborted) ending.abort(late(tool.name, timeoutMs));
  });
  try {
    refuseBeyond(tool, call);
    const output = await bundle.run(call, ending.signal);
    return { kind: 'done', output, ...common() };
  } catch (thrown) {
    // What ended because it was told to, ended for that reason.
    const reason: unknown = ending.signal.aborted ? ending.signal.reason : thrown;
    if (!(reason instanceof CodedError)) throw thrown;
    return { kind: 'failed', error: toWireError(reason), stack: undefined, ...common() };
  } finally {
    over.abort();
    signal?.removeEventListener('abort', abort);
  }
}

/** A tool that calls this one may do no more than its own tokens say. */
function refuseBeyond({ name, tokens }: BuiltInTool, { within }: ToolCall): void {
  const missing = within && tokens.map(parseToken).find((token) => !within.some((held) => covers(held, token)));
  if (missing)
    throw new CodedError('CAPABILITY_DENIED', {
      message: `Cannot call "${name}": its caller has no token that covers "${printToken(missing)}"`,
      remedy: `Add "${printToken(missing)}" to the tokens of the caller, build again, and approve the upgrade`,
      details: { token: printToken(missing) },
    });
}

function cancelled(tool: string): CodedError {
  return new CodedError('CANCELLED', { message: `Cannot finish "${tool}": the call was cancelled` });
}

function late(tool: string, timeoutMs: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot finish "${tool}": it has taken ${timeoutMs} ms, which is its maximum`,
    details: { timeoutMs },
  });
}
