/** Packages that do not belong into a WASM tool: what arc says of each, or the call where arc cannot know. */

/** How a tool with the package fails, and why. */
export interface Refusal {
  readonly code: 'NODE_BUILTIN' | 'NATIVE_MODULE' | 'TOOL_FAILED';
  /** Part of the message. */
  readonly message: string;
  /** What the package is made of that a sandbox does not have. */
  readonly why: string;
}

/** What arc proposes, by code. */
export const remedies = {
  NODE_BUILTIN: "Use '@aria/sdk' (files, kv, net, …) or a Web API, or a package made for browsers",
  NATIVE_MODULE: 'Use a package in plain JavaScript, or one that is made for browsers',
} as const;

/** Package → how it is refused. */
export const refusals: Readonly<Record<string, Refusal>> = {
  'better-sqlite3': {
    code: 'NATIVE_MODULE',
    message: 'Cannot import "better-sqlite3" by way of better-sqlite3.ts',
    why: 'SQLite compiled for the machine; small values fit into `kv`',
  },
  chokidar: { code: 'NODE_BUILTIN', message: 'node_modules/chokidar/', why: 'watches the file system' },
  execa: { code: 'NODE_BUILTIN', message: 'node_modules/execa/', why: 'starts processes' },
  express: {
    code: 'NODE_BUILTIN',
    message: 'node_modules/express/',
    why: 'listens on a socket; a tool is called, it does not listen',
  },
  'fs-extra': {
    code: 'NODE_BUILTIN',
    message: 'node_modules/fs-extra/',
    why: 'reads and writes the file system; `files` of the SDK does so below a granted root',
  },
  nodemailer: { code: 'NODE_BUILTIN', message: 'node_modules/nodemailer/', why: 'speaks SMTP over a socket' },
  pg: { code: 'NODE_BUILTIN', message: 'node_modules/pg/', why: 'speaks to PostgreSQL over a socket' },
  pngjs: {
    code: 'NODE_BUILTIN',
    message: 'node_modules/pngjs/',
    why: 'its main module is made of streams and zlib of Node; `pngjs/browser.js` works in a WASM tool',
  },
  'puppeteer-core': {
    code: 'NODE_BUILTIN',
    message: 'node_modules/puppeteer-core/',
    why: 'starts a browser and drives it over a socket',
  },
  sharp: {
    code: 'NATIVE_MODULE',
    message: 'node_modules/sharp/',
    why: 'libvips compiled for the machine',
  },
  ws: {
    code: 'TOOL_FAILED',
    message: 'ws does not work in the browser',
    why: 'speaks over a socket; its module for browsers only throws, which a build cannot see',
  },
  xml2js: {
    code: 'NODE_BUILTIN',
    message: 'Cannot import "events" by way of xml2js.ts → node_modules/xml2js/',
    why: 'made of events and timers of Node; fast-xml-parser does the same in a WASM tool',
  },
};
