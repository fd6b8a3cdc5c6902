import { aria, tool } from '@aria/sdk';

/* What a tool may throw instead of an error. */
const throwables: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'just text',
  symbol: () => Symbol('s'),
  bigint: () => 10n ** 1000n,
  function: () => () => 1,
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  getters: () => ({
    get name(): never {
      throw new Error('name');
    },
    get message(): never {
      throw new Error('message');
    },
    get stack(): never {
      throw new Error('stack');
    },
  }),
  traps: () =>
    new Proxy(new Error('inside'), {
      get: () => {
        throw new Error('get');
      },
      getPrototypeOf: () => {
        throw new Error('getPrototypeOf');
      },
    }),
  causes: () => {
    const error = new Error('its own cause');
    error.cause = error;
    return error;
  },
  deep: () => Array.from({ length: 10_000 }).reduce<Error>((cause) => new Error('deep', { cause }), new Error('end')),
  imitation: () => ({
    name: 'ToolError',
    code: 'CAPABILITY_DENIED',
    message: 'forged',
    retryable: true,
    stack: 'forged',
  }),
  code: () => Object.assign(new Error('mine'), { code: 'DEADLINE_EXCEEDED', retryable: true }),
  recursive: () => ({
    toString(): string {
      return String(this);
    },
  }),
};

@aria({ name: 'odd-throws', version: '1.0.0', description: 'Throws what is no error' })
export class OddThrows {
  /** Throws one of them at once. */
  @tool()
  throwNow(input: { what: string }): never {
    throw throwables[input.what]?.();
  }

  /** Rejects with one of them later. */
  @tool()
  async rejectLater(input: { what: string }): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.reject(throwables[input.what]?.());
  }
}
