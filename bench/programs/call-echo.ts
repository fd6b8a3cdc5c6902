/** The bare gRPC server: `call-echo.ts SOCKET`. */
import process from 'node:process';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { serveOrders } from '../firmware/call-orders.ts';
import { asBytes, echoAnswer, echoPath } from '../firmware/echo.ts';

const [socket = ''] = process.argv.slice(2);
const server = new Server();
const method = {
  path: echoPath,
  requestStream: false,
  responseStream: false,
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
};
server.addService(
  { call: method },
  { call: (_call: unknown, respond: sendUnaryData<Buffer>) => respond(null, echoAnswer) },
);
await new Promise<void>((resolve, reject) => {
  server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
    if (error === null) resolve();
    else reject(error);
  });
});
serveOrders({}, {}, async () => server.forceShutdown());
