/**
 * A client of everything that listens: `call-client.ts HOME SOCKET GRPC WEB ECHO`, the paths of two sockets and two addresses. Its ways are `socket`,
 * `grpc`, `ws`, and `echo`, which asks a bare gRPC server.
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Client, credentials } from '@grpc/grpc-js';
import { type AriaApi, connectHost, connectWebSocket, tokenPath } from '#wit/api';
import { type Caller, serveOrders } from '../firmware/call-orders.ts';
import { asBytes, echoPath, echoRequest } from '../firmware/echo.ts';

const [home = '', socket = '', grpc = '', web = '', echo = ''] = process.argv.slice(2);
const token = (await readFile(tokenPath(home), 'utf8')).trim();
const clients = {
  socket: await connectHost({ home, to: `unix:${socket}` }),
  grpc: await connectHost({ home, to: grpc }),
  ws: connectWebSocket({ url: `ws://${web}`, token }),
};
const bare = new Client(`unix:${echo}`, credentials.createInsecure());

function callerOf(api: AriaApi): Caller {
  return async (tool) => {
    const result = await api.callTool({ tool, input: {} });
    if (result.kind !== 'done') throw new Error(`the call failed with ${JSON.stringify(result.error)}`);
  };
}

function callEcho(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    bare.makeUnaryRequest(echoPath, asBytes, asBytes, echoRequest, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

serveOrders(
  { socket: callerOf(clients.socket), grpc: callerOf(clients.grpc), ws: callerOf(clients.ws), echo: callEcho },
  {},
  async () => {
    bare.close();
    for (const client of Object.values(clients)) await client[Symbol.asyncDispose]();
  },
);
