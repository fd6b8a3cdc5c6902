/** HTTP to the hosts that a tool was given. */

/** The Web's `fetch`: sends a request and gives the whole answer. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

let boundFetch: Fetch | undefined;

/** Binds the substrate's `fetch`. */
export function bindFetch(implementation: Fetch): void {
  boundFetch = implementation;
}

/** HTTP, by the tokens `net:<host>:<port>`. */
export const net = {
  /**
   * As the Web's `fetch`, and the same function as the global one. A refusal of the host is an `OperationError`.
   * @example
   * const response = await net.fetch('https://api.example.com/rates', { signal: AbortSignal.timeout(2_000) });
   * if (!response.ok) throw new ToolError('RATES_UNAVAILABLE', `The service answers ${response.status}`, { retryable: true });
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (boundFetch === undefined)
      return Promise.reject(new Error('Cannot fetch here: it works inside a tool that Aria runs'));
    return boundFetch(input, init);
  },
} as const;
