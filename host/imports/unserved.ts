/**
 * The interfaces that this host does not serve yet. A tool without the token is refused as it will be later; one with it hears
 * `unavailable`.
 */
import type { OperationName } from '#wit/host-types';
import type { EffectClass } from '#wit/interfaces';
import { type Token, isCollection, parseToken } from '#wit/tokens';
import { field, text } from './arguments.ts';
import { type Import, type PreparedImport, Refusal, invalidArgument } from './import.ts';

type ServedOperation = 'timer.sleep' | 'tools.call' | `kv.${string}`;
/** An operation of an interface that is not served. */
export type UnservedOperation = Exclude<OperationName, ServedOperation>;

const state = 'this host does not serve it yet';

/** The operations, with what each wants and how it will behave when it is repeated. */
export function unservedImports(): Record<UnservedOperation, Import> {
  return {
    'llm.complete': unserved('at-most-once', ([request]) => modelToken(field(request, 'model'))),
    'llm.embed': unserved('at-most-once', ([model]) => modelToken(model)),
    'llm.open-stream': unserved('at-most-once', ([request]) => modelToken(field(request, 'model'))),
    // A stream is a number here: of which model it was, only who serves it knows.
    'llm.read-stream': unserved('at-most-once', () => 'llm'),
    'net.fetch': unserved('at-most-once', ([request]) => netToken(field(request, 'url'))),
    'files.read': unserved('pure', ([root]) => fsToken(root, 'r')),
    'files.write': unserved('transactional', ([root]) => fsToken(root, 'rw')),
    'files.entries': unserved('pure', ([root]) => fsToken(root, 'r')),
    'files.stat': unserved('pure', ([root]) => fsToken(root, 'r')),
    'files.remove': unserved('transactional', ([root]) => fsToken(root, 'rw')),
    'vectors.upsert': unserved('transactional', ([collection]) => vectorToken(collection, 'append')),
    'vectors.query': unserved('pure', ([collection]) => vectorToken(collection, 'r')),
    'vectors.delete': unserved('transactional', ([collection]) => vectorToken(collection, 'rw')),
    // Which device it will be is the host's choice: a token of any one will do when gpu is served.
    'gpu.compute': unserved('pure', () => 'gpu'),
    'agents.invoke': unserved('at-most-once', ([name]) => parsed(`agent:${text(name, 'the name')}:call`, 'the name')),
    'context.get': unserved('pure', () => ({ kind: 'context', scope: 'session', mode: 'r' })),
    'context.add': unserved('transactional', () => ({ kind: 'context', scope: 'session', mode: 'append' })),
  };
}

function unserved(effect: EffectClass, wantedBy: (args: readonly unknown[]) => Token | Token['kind']): Import {
  return {
    effect,
    prepare(args): PreparedImport {
      const wanted = wantedBy(args);
      return {
        ...(typeof wanted === 'string' ? { wanted: [], wantedKind: wanted } : { wanted: [wanted] }),
        run() {
          throw new Refusal('UNAVAILABLE', state);
        },
      };
    },
  };
}

function parsed(token: string, what: string): Token {
  try {
    return parseToken(token);
  } catch {
    throw invalidArgument(`${what} is of no known form`);
  }
}

function modelToken(model: unknown): Token {
  return parsed(`llm:${text(model, 'the model')}`, 'the model');
}

function fsToken(root: unknown, mode: 'r' | 'rw'): Token {
  return parsed(`fs:${text(root, 'the root')}:${mode}`, 'the root');
}

function vectorToken(collection: unknown, mode: 'r' | 'append' | 'rw'): Token {
  const name = text(collection, 'the collection');
  if (!isCollection(name)) throw invalidArgument('the collection is of no known form');
  return { kind: 'vector', collection: name, mode };
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function netToken(address: unknown): Token {
  let url: URL;
  try {
    url = new URL(text(address, 'the URL'));
  } catch {
    throw invalidArgument('the URL is not absolute');
  }
  const port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port);
  if (port === undefined || !/^https?:$/.test(url.protocol)) throw invalidArgument('the URL is neither http nor https');
  return { kind: 'net', host: url.hostname, port };
}
