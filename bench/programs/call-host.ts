/** The host of the calls: `call-host.ts HOME FILE`. Installs the bundle in the file and measures its service from within. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { hashBytes } from '#wit/bundle';
import { serveOrders } from '../firmware/call-orders.ts';
import { ownerApi, startBenchHost } from '../firmware/start-host.ts';

const [home = '', file = ''] = process.argv.slice(2);
const firmware = await startBenchHost(home);
const api = ownerApi(firmware);
const archive = await readFile(file);
await api.upload({
  name: 'calls.aria',
  size: archive.length,
  hash: hashBytes(archive),
  signature: await readFile(`${file}.minisig`, 'utf8'),
  async *read(offset) {
    yield archive.subarray(offset);
  },
});

async function call(tool: string): Promise<void> {
  const result = await api.callTool({ tool, input: {} });
  if (result.kind !== 'done') throw new Error(`the call failed with ${JSON.stringify(result.error)}`);
}

const { api: socket = '', grpc = '', ws = '' } = firmware.addresses;
serveOrders({ service: call }, { socket, grpc, ws }, () => firmware[Symbol.asyncDispose]());
