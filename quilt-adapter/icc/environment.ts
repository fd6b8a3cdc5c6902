/** What code in a container reads to find its ICC. */

/** Where the container's socket directory is inside of it. */
export const containerSocketPath = '/run/aria/icc.sock';

/** A call, as its environment says it. */
export interface IccEnvironment {
  readonly containerId: string;
  /** Of `IccCall`. */
  readonly token: string;
  /** Absent for a call of no session; then `ARIA_SESSION_ID` is absent, too. */
  readonly sessionId?: string | undefined;
  /** `containerSocketPath` where absent. */
  readonly socketPath?: string;
}

/** Host names say nothing on a socket; this one is the one that no proxy is asked for. */
const origin = 'http://localhost';

/** The variables of a call. Whoever sets them removes those of the call before: a variable that is absent here has no value now. */
export function iccEnvironment({
  containerId,
  token,
  sessionId,
  socketPath = containerSocketPath,
}: IccEnvironment): Readonly<Record<string, string>> {
  return {
    ARIA_ICC_ENDPOINT: `unix:${socketPath}`,
    ARIA_SESSION_TOKEN: token,
    ...(sessionId !== undefined && { ARIA_SESSION_ID: sessionId }),
    ARIA_CONTAINER_ID: containerId,
    ARIA_TOOLS_URL: `${origin}/tools`,
    ARIA_AGENTS_URL: `${origin}/agents`,
    ARIA_LLM_URL: `${origin}/llm`,
    ARIA_CONTEXT_URL: `${origin}/context`,
  };
}
