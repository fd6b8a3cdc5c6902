/**
 * `node:http`, not imported: an `import` of it reads every name that it exports, and behind `WebSocket` and its neighbours stands the client of
 * `fetch`, which takes 5 to 14 MiB and some 20 ms of every start.
 */
import process from 'node:process';

/** The functions of the module that containers are served with. */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
