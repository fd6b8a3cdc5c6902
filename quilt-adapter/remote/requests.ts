/** Requests with their time limits, repeated where that is safe. */
import { abortable } from './abortable.ts';
import { ChannelFailure } from './channel-failure.ts';
import type { QuiltChannel } from './channel.ts';
import { cancelled } from './errors.ts';
import type { QuiltRpcs, RpcName } from './messages.ts';
import { otherProto } from './quirks/other-protos.ts';
import type { QuiltSettings } from './settings.ts';

/**
 * When a request may be sent again. `look`: it changes nothing. `settle`: twice is as good as once. `once`: only while it has never left.
 */
export type Repeating = 'look' | 'settle' | 'once';

/** An answer. */
export interface Answered<Answer> {
  readonly answer: Answer;
  /** An earlier try may have been carried out already. */
  readonly repeated: boolean;
}

/** What the parts of the runtime ask with. */
export class QuiltRequests {
  readonly settings: QuiltSettings;
  readonly #channel: QuiltChannel;
  readonly #closing: AbortSignal;
  #greeting: Promise<void> | undefined;
  #greeted = false;

  constructor(channel: QuiltChannel, settings: QuiltSettings, closing: AbortSignal) {
    this.#channel = channel;
    this.settings = settings;
    this.#closing = closing;
  }

  get channel(): QuiltChannel {
    return this.#channel;
  }

  /** Who is asked what, for errors. */
  asked(rpc: string): { readonly address: string; readonly rpc: string } {
    return { address: this.#channel.address, rpc };
  }

  /** Asks for what changes nothing. @throws {CodedError} */
  async look<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    signal?: AbortSignal,
  ): Promise<QuiltRpcs[Name][1]> {
    return (await this.send(name, message, { repeating: 'look', timeoutMs: this.settings.timeouts.readMs, signal }))
      .answer;
  }

  /** Asks for a change. @throws {CodedError} */
  change<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    { repeating, signal }: { readonly repeating: Repeating; readonly signal: AbortSignal | undefined },
  ): Promise<Answered<QuiltRpcs[Name][1]>> {
    return this.send(name, message, { repeating, timeoutMs: this.settings.timeouts.changeMs, signal });
  }

  /** @throws {CodedError} */
  async send<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    how: { readonly repeating: Repeating; readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<Answered<QuiltRpcs[Name][1]>> {
    try {
      return await this.trySend(name, message, how);
    } catch (error) {
      throw error instanceof ChannelFailure ? error.coded : error;
    }
  }

  /** As `send`. @throws {ChannelFailure} for those who must know how far it came. */
  async trySend<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    how: { readonly repeating: Repeating; readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<Answered<QuiltRpcs[Name][1]>> {
    await this.#greet(how.signal);
    return this.#repeat(name, message, how);
  }

  /** Waits. @throws {CodedError} `CANCELLED`. */
  async pause(ms: number, action: string, signal: AbortSignal | undefined): Promise<void> {
    const all = signal === undefined ? this.#closing : AbortSignal.any([signal, this.#closing]);
    await this.settings.clock.sleep(ms, all);
    if (signal?.aborted === true) throw cancelled(action);
  }

  /** Looks once whether the daemon speaks our quilt.proto. */
  async #greet(signal: AbortSignal | undefined): Promise<void> {
    if (this.#greeted) return;
    this.#greeting ??= this.#repeat(
      'GetHealth',
      {},
      {
        repeating: 'look',
        timeoutMs: this.settings.timeouts.readMs,
        // Everybody waits for it: nobody's signal ends it.
        signal: undefined,
      },
    ).then(() => {});
    const greeting = this.#greeting;
    // One that failed is nobody's later answer.
    greeting.catch(() => {
      if (this.#greeting === greeting) this.#greeting = undefined;
    });
    try {
      await abortable(greeting, 'wait for the Quilt daemon', signal);
      this.#greeted = true;
    } catch (error) {
      if (error instanceof ChannelFailure && error.status === 'UNIMPLEMENTED') throw otherProto(this.#channel.address);
      throw error;
    }
  }

  async #repeat<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    how: { readonly repeating: Repeating; readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<Answered<QuiltRpcs[Name][1]>> {
    const { retries, random } = this.settings;
    const travel = { timeoutMs: how.timeoutMs, ...(how.signal !== undefined && { signal: how.signal }) };
    let repeated = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return { answer: await this.#channel.unary(name, message, travel), repeated };
      } catch (error) {
        if (!(error instanceof ChannelFailure) || tries >= retries.triesMax || !mayRepeat(error, how.repeating))
          throw error;
        repeated ||= error.reached !== 'no';
        const delayMs = Math.min(retries.delayMs * 2 ** (tries - 1), retries.delayMsMax);
        await this.pause(Math.ceil(delayMs * (1 - random() / 2)), `wait for ${name}`, how.signal);
      }
    }
  }
}

function mayRepeat({ reached, coded }: ChannelFailure, repeating: Repeating): boolean {
  if (coded.code === 'HOST_UNREACHABLE') return true;
  // A daemon that lets a request wait until its deadline is not helped by one more.
  return coded.code === 'CONNECTION_FAILED' && coded.wire.retryable && reached === 'maybe' && repeating !== 'once';
}
