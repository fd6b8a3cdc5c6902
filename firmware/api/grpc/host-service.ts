/** `aria.v1.HostService`. */
import { type EventCursor, eventKinds, hostEventToMessage, logEntryToMessage, logLevels } from '#wit/api';
import { type GrpcRequest, type Methods, oneOf, serverStream, unary } from './method.ts';

interface EventsMessage {
  readonly after?: EventCursor;
  readonly kinds: readonly string[];
}

interface LogsMessage {
  readonly follow: boolean;
  readonly tail?: number;
  readonly level?: string;
  readonly source?: string;
}

/** The methods. */
export const hostService: Methods = {
  GetStatus: unary(({ api, options }: GrpcRequest<object>) => api.status(options)),
  GetTokens: unary(({ api, options }: GrpcRequest<object>) => api.tokens(options)),
  StreamEvents: serverStream((request: GrpcRequest<EventsMessage>) => events(request), { endless: true }),
  StreamLogs: serverStream((request: GrpcRequest<LogsMessage>) => logs(request), { endless: true }),
};

async function* events({ api, message, options }: GrpcRequest<EventsMessage>): AsyncGenerator<object> {
  const { after, kinds } = message;
  const wanted = kinds.map((kind) => oneOf('kinds', kind, eventKinds));
  const query = { ...options, ...(after && { after }), ...(wanted.length > 0 && { kinds: wanted }) };
  for await (const event of api.events(query)) yield hostEventToMessage(event);
}

async function* logs({ api, message, options }: GrpcRequest<LogsMessage>): AsyncGenerator<object> {
  const { level, ...rest } = message;
  const query = { ...options, ...rest, ...(level !== undefined && { level: oneOf('level', level, logLevels) }) };
  for await (const entry of api.logs(query)) yield logEntryToMessage(entry);
}
