/** What a call in a container has beside its turns: an ICC, and with a `net` token a way to the network. Both live as long as the call. */
import { join } from 'node:path';
import type { Operations } from '#wit/interfaces';
import type { Token } from '#wit/tokens';
import type { CallServices, CallServing, ServedCall } from '../engine/ports.ts';
import type { Clock } from '../icc/clock.ts';
import { iccEnvironment } from '../icc/environment.ts';
import type { IccLimits } from '../icc/limits.ts';
import { openIcc } from '../icc/open-icc.ts';
import type { SocketAccess } from '../icc/socket-server.ts';
import type { EgressRecord } from './audit.ts';
import type { Connect, Resolve } from './connect.ts';
import { forwards, hostsLines } from './hosts-file.ts';
import type { EgressLimits } from './limits.ts';
import { openEgressProxy } from './open-egress-proxy.ts';

/** What calls are served with. */
export interface CallServicesOptions {
  readonly operations: Operations;
  /** Hears of each way to the network; must not throw. */
  readonly audit: (record: EgressRecord) => void;
  /** Hears of faults of the host's own. */
  readonly onBug?: (error: unknown) => void;
  /** Of the host, for `/status`. */
  readonly version?: string;
  readonly access?: SocketAccess;
  readonly resolve?: Resolve;
  readonly connect?: Connect;
  readonly iccLimits?: Partial<IccLimits>;
  readonly egressLimits?: Partial<EgressLimits>;
  readonly clock?: Clock;
}

const iccName = 'icc.sock';
const proxyName = 'proxy.sock';
/** Where clients of HTTP_PROXY connect inside; what Squid made customary. Moved where a token names that very port. */
const proxyPort = 3128;

/** The services of all calls. */
export function createCallServices(options: CallServicesOptions): CallServices {
  return { open: (call) => openServing(call, options) };
}

async function openServing(call: ServedCall, options: CallServicesOptions): Promise<CallServing> {
  await using opened = new AsyncDisposableStack();
  const { caller } = call;
  // What nobody runs operations for has nothing to ask, and what has no sockets nobody to ask.
  if (caller === undefined || call.engine === 'quickjs')
    return { environment: {}, forwarding: undefined, hosts: '', ...closing(opened.move()) };
  const icc = opened.use(
    await openIcc({
      ...present(options),
      socketPath: join(call.directory, iccName),
      container: { id: call.containerId, session: call.session },
      services: { operations: options.operations },
      limits: options.iccLimits ?? {},
    }),
  );
  // The end of the call is the end of the serving.
  const { token } = opened.use(icc.begin({ caller, deadlineMs: Infinity }));
  const socketPath = join(call.directoryInside, iccName);
  const environment = iccEnvironment({ containerId: call.containerId, token, sessionId: call.session, socketPath });
  const tokens = caller.tokens.filter(({ kind }) => kind === 'net');
  if (tokens.length === 0) return { environment, forwarding: undefined, hosts: '', ...closing(opened.move()) };
  const proxy = opened.use(
    await openEgressProxy({
      ...present(options),
      socketPath: join(call.directory, proxyName),
      container: call.containerId,
      audit: options.audit,
      limits: options.egressLimits ?? {},
    }),
  );
  opened.use(proxy.begin({ caller, tokens, deadlineMs: Infinity }));
  return {
    environment,
    forwarding: forwardingOf(join(call.directoryInside, proxyName), tokens),
    hosts: hostsLines(tokens),
    ...closing(opened.move()),
  };
}

function forwardingOf(proxy: string, tokens: readonly Token[]): CallServing['forwarding'] {
  const ports = forwards(tokens);
  let port = proxyPort;
  while (ports.some((taken) => taken.address === '127.0.0.1' && taken.port === port)) port += 1;
  const url = `http://127.0.0.1:${port}`;
  // What has an address inside is reached there; curl reads the small letters only.
  const none = 'localhost,127.0.0.0/8,127.0.0.1,::1';
  const environment = {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NO_PROXY: none,
    http_proxy: url,
    https_proxy: url,
    no_proxy: none,
  };
  return { proxy, ports: [...ports, { address: '127.0.0.1', port }], environment };
}

function present({
  access,
  resolve,
  connect,
  clock,
  onBug,
  version,
}: CallServicesOptions): Pick<CallServicesOptions, 'access' | 'resolve' | 'connect' | 'clock' | 'onBug' | 'version'> {
  return {
    ...(access && { access }),
    ...(resolve && { resolve }),
    ...(connect && { connect }),
    ...(clock && { clock }),
    ...(onBug && { onBug }),
    ...(version !== undefined && { version }),
  };
}

function closing(stack: AsyncDisposableStack): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
