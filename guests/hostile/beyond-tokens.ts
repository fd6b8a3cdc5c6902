import * as sdk from '@aria/sdk';
import { aria, tool } from '@aria/sdk';

/* Names are put together here, so that arc cannot see them, and so are the surfaces: what counts is what the host allows. */
const other = (name: string): string => [...name].reverse().join('');
const hidden = <Name extends keyof typeof sdk>(name: Name): (typeof sdk)[Name] => sdk[name];
const [kv, files, vectors, tools, agents] = [
  hidden('kv'),
  hidden('files'),
  hidden('vectors'),
  hidden('tools'),
  hidden('agents'),
];
const [llm, gpu, context, net] = [hidden('llm'), hidden('gpu'), hidden('context'), hidden('net')];

/** `set` of a namespace, without its name. */
async function write(namespace: object, key: string, value: string): Promise<void> {
  const methods = namespace as Record<string, (key: string, value: string) => Promise<void>>;
  await methods[other('tes')]?.(key, value);
}

@aria({ name: 'beyond-tokens', version: '1.0.0', description: 'Reaches for what its tokens do not name' })
export class BeyondTokens {
  /** With a token for reading one namespace: writes it, and reads and writes others. */
  @tool({ tokens: ['kv:mine:r'] })
  async reachKeys(): Promise<Record<string, string>> {
    const mine = kv(other('enim'));
    const secrets = kv(other('rednatsyb'));
    return endsOf({
      readMine: () => mine.get('key'),
      writeMine: () => write(mine, 'key', 'x'),
      readOther: () => secrets.get('visits'),
      writeOther: () => write(secrets, 'visits', '0'),
      listOther: () => secrets.list(),
      prefix: () => kv(other('2enim')).get('key'),
      wildcard: () => kv(other('*')).get('key'),
      parent: () => kv(other('')).get('key'),
      dots: () => kv(other('rednatsyb..enim')).get('key'),
    });
  }

  /** Interfaces that its component does not even import. */
  @tool()
  async reachEverything(): Promise<Record<string, string>> {
    return endsOf({
      kv: () => kv(other('enim')).get('key'),
      files: () => files(other('toor')).read('etc/passwd'),
      vectors: () => vectors(other('lla')).query([1]),
      fetch: () => net.fetch(other('/laretal/tset.lacol//:ptth')),
      llm: () => llm.complete({ model: other('m:p'), messages: [] }),
      gpu: () => gpu.compute({ shader: '', bindings: [], workgroups: [1, 1, 1] }),
      tools: () => tools.call(other('tisiv'), {}),
      agents: () => agents.invoke(other('krelc'), 'hello'),
      context: () => context.get(1),
    });
  }

  /** Uncaught. */
  @tool({ tokens: ['kv:mine:r'] })
  async reachAndFail(): Promise<void> {
    await write(kv(other('rednatsyb')), 'visits', '-1');
  }
}

async function endsOf(attempts: Record<string, () => Promise<unknown>>): Promise<Record<string, string>> {
  const ends: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    ends[name] = await attempt().then(
      () => 'allowed',
      (error: unknown) => String((error as { code?: unknown }).code),
    );
  }
  return ends;
}
