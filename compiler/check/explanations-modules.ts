/** Explanations of what is wrong with modules: what they import, what they do when they are loaded, and their text. */
import type { DiagnosticCode } from './codes.ts';
import { type Explanation, project, sketch, source } from './explanation.ts';

const wasmToml = '[build]\ntarget = "wasm"\n';

/** By code. */
export const moduleExplanations = {
  TOP_LEVEL_AWAIT: {
    why: 'The state of a tool after loading is kept in the bundle, and each call begins there. Something that is still awaited cannot be kept.',
    wrong: source(`import { tool } from '@aria/sdk';

const factor = await Promise.resolve(2);
/** Doubles. */
export const double = tool({}, (input: { n: number }) => ({ n: input.n * factor }));
`),
    right: source(`import { tool } from '@aria/sdk';

const factor = Promise.resolve(2);
/** Doubles. */
export const double = tool({}, async (input: { n: number }) => ({ n: input.n * (await factor) }));
`),
  },
  TOP_LEVEL_FAILED: {
    why: 'The state of a tool after loading is kept in the bundle. A module that throws has none, and would throw in every call.',
    wrong: source(`import { tool } from '@aria/sdk';

const settings = JSON.parse('{ broken') as { factor: number };
/** Multiplies. */
export const multiply = tool({}, (input: { n: number }) => ({ n: input.n * settings.factor }));
`),
    right: source(`import { tool } from '@aria/sdk';

const settings = JSON.parse('{ "factor": 2 }') as { factor: number };
/** Multiplies. */
export const multiply = tool({}, (input: { n: number }) => ({ n: input.n * settings.factor }));
`),
  },
  TOP_LEVEL_OPERATION: {
    why: 'Modules are loaded once, while the bundle is built: there is no call then, no token and no host that could answer.',
    wrong: source(`import { kv, tool } from '@aria/sdk';

const rates = kv('rates').getJson('today');
/** Gives the rates. */
export const today = tool({ tokens: ['kv:rates:r'] }, async () => ({ text: JSON.stringify(await rates) }));
`),
    right: source(`import { kv, tool } from '@aria/sdk';

/** Gives the rates. */
export const today = tool({ tokens: ['kv:rates:r'] }, async () => ({ text: JSON.stringify(await kv('rates').getJson('today')) }));
`),
  },
  TOP_LEVEL_CHANCE: {
    why: 'Modules are loaded once, while the bundle is built, and each call begins with what they made: an id or a time from then would be the same in every call. Where a package reads them, all modules of the tool are loaded anew in each call instead, which takes time.',
    wrong: source(`import { tool } from '@aria/sdk';

const requestId = crypto.randomUUID();
const started = Date.now();
/** Gives the request an id. */
export const begin = tool({}, () => ({ requestId, started }));
`),
    right: source(`import { tool } from '@aria/sdk';

const epoch = new Date('2026-01-01T00:00:00Z').getTime();
/** Gives the request an id. */
export const begin = tool({}, () => ({ requestId: crypto.randomUUID(), started: Date.now() - epoch }));
`),
  },
  CONTAINER_TYPES_MISSING: {
    why: 'A tool that needs Node or Bun is placed in a container, where all of it is there. Without its types every name of it is any, and a mistake shows when the tool is called.',
    wrong: source(`import { hostname } from 'node:os';
import { tool } from '@aria/sdk';

/** Names the machine. */
export const name = tool({}, (): { name: string } => ({ name: hostname() }));
`),
    right: project({
      'node_modules/@types/node/package.json':
        '{ "name": "@types/node", "version": "26.0.0", "types": "index.d.ts" }\n',
      'node_modules/@types/node/index.d.ts': "declare module 'node:os' {\n  export function hostname(): string;\n}\n",
      'src/guest.ts': `import { hostname } from 'node:os';
import { tool } from '@aria/sdk';

/** Names the machine. */
export const name = tool({}, () => ({ name: hostname() }));
`,
    }),
  },
  NODE_BUILTIN: {
    why: 'In the sandbox a tool sees no files, processes or sockets of the machine: it asks the host, which looks at its tokens. With the target "auto" such a tool is placed in a container; with "wasm" it cannot run. Where a package brings the import, the message names the way that leads there.',
    wrong: project({
      'aria.toml': wasmToml,
      'src/guest.ts': `import { readFileSync } from 'node:fs';
import { tool } from '@aria/sdk';

/** Reads a report. */
export const report = tool({}, () => ({ text: String(readFileSync('report.txt')) }));
`,
    }),
    right: source(`import { files, tool } from '@aria/sdk';

/** Reads a report. */
export const report = tool({ tokens: ['fs:reports:r'] }, async () => ({ text: await files('reports').readText('report.txt') }));
`),
  },
  NATIVE_MODULE: {
    why: 'Compiled code of the machine could do anything to it, so that a sandbox loads none; with the target "auto" a tool with such a package is placed in a container, with its compiled code in the bundle. That has to be one file which the package names: nothing lies beside a bundle. Many packages have a twin in JavaScript or WebAssembly.',
    wrong: project({
      'aria.toml': wasmToml,
      'node_modules/fast-hash/package.json':
        '{ "name": "fast-hash", "version": "1.0.0", "main": "index.js", "gypfile": true }\n',
      'node_modules/fast-hash/index.js': "module.exports = require('./build/Release/hash.node');\n",
      'node_modules/fast-hash/index.d.ts': 'export declare function hash(text: string): string;\n',
      'node_modules/fast-hash/build/Release/hash.node': 'compiled code\n',
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { hash } from 'fast-hash';

/** Hashes a text. */
export const digest = tool({}, (input: { text: string }) => ({ hash: hash(input.text) }));
`,
    }),
    right: source(`import { tool } from '@aria/sdk';

/** Hashes a text. */
export const digest = tool({}, async (input: { text: string }) => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(input.text));
  return { hash: new Uint8Array(bytes) };
});
`),
  },
  IMPORT_UNRESOLVED: {
    why: 'A bundle holds everything that its tools need, since a host installs nothing. What is not there when it is built is never there.',
    wrong: project({
      'node_modules/greeter/package.json': '{ "name": "greeter", "version": "1.0.0", "main": "index.js" }\n',
      'node_modules/greeter/index.js': "exports.greet = require('./words.js').greet;\n",
      'node_modules/greeter/index.d.ts': 'export declare function greet(name: string): string;\n',
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { greet } from 'greeter';

/** Greets. */
export const hello = tool({}, (input: { name: string }) => ({ text: greet(input.name) }));
`,
    }),
    right: project({
      'node_modules/greeter/package.json': '{ "name": "greeter", "version": "1.0.0", "main": "index.js" }\n',
      'node_modules/greeter/index.js': "exports.greet = require('./words.js').greet;\n",
      'node_modules/greeter/words.js': "exports.greet = (name) => 'Hello ' + name;\n",
      'node_modules/greeter/index.d.ts': 'export declare function greet(name: string): string;\n',
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { greet } from 'greeter';

/** Greets. */
export const hello = tool({}, (input: { name: string }) => ({ text: greet(input.name) }));
`,
    }),
  },
  IMPORT_CYCLE: {
    why: 'Of two modules that import each other one runs first, and what it takes from the other is not there yet. Functions that are called later do no harm; a class that extends, or a constant that is used at once, does.',
    wrong: project({
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { Circle } from './circle.ts';

export class Shape {
  readonly sides: number = 0;
}
/** Counts sides. */
export const sides = tool({}, () => ({ sides: new Circle().sides }));
`,
      'src/circle.ts': `import { Shape } from './guest.ts';

export class Circle extends Shape {
  override readonly sides = 1;
}
`,
    }),
    right: project({
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { Circle } from './circle.ts';

/** Counts sides. */
export const sides = tool({}, () => ({ sides: new Circle().sides }));
`,
      'src/circle.ts': `import { Shape } from './shape.ts';

export class Circle extends Shape {
  override readonly sides = 1;
}
`,
      'src/shape.ts': `export class Shape {
  readonly sides: number = 0;
}
`,
    }),
  },
  SOURCE_INVALID: {
    why: 'The bundler reads more than TypeScript does: packages, and files that no types describe. What it cannot read cannot be in a bundle.',
    wrong: project({
      'node_modules/greeter/package.json': '{ "name": "greeter", "version": "1.0.0", "main": "index.js" }\n',
      'node_modules/greeter/index.js': 'exports.greet = (name => ;\n',
      'node_modules/greeter/index.d.ts': 'export declare function greet(name: string): string;\n',
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { greet } from 'greeter';

/** Greets. */
export const hello = tool({}, (input: { name: string }) => ({ text: greet(input.name) }));
`,
    }),
    right: project({
      'node_modules/greeter/package.json': '{ "name": "greeter", "version": "1.0.0", "main": "index.js" }\n',
      'node_modules/greeter/index.js': "exports.greet = (name) => 'Hello ' + name;\n",
      'node_modules/greeter/index.d.ts': 'export declare function greet(name: string): string;\n',
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { greet } from 'greeter';

/** Greets. */
export const hello = tool({}, (input: { name: string }) => ({ text: greet(input.name) }));
`,
    }),
  },
  SOURCE_TOO_LARGE: {
    why: 'A source of many megabytes is data, most often, and each tool that imports it would carry it. Data belongs into a store that the tool asks.',
    wrong: sketch('A src/words.ts that holds a dictionary of 20 MiB'),
    right: sketch("A tool with the token 'kv:words:r' that asks kv('words') for one word"),
  },
  SOURCE_NOT_UTF8: {
    why: 'Texts in another encoding read as other characters, silently. JavaScript is UTF-8, and so is JSON.',
    wrong: sketch('A src/guest.ts that an editor saved as Latin-1, with an ü in a text'),
    right: sketch('The same file, saved as UTF-8'),
  },
  SOURCE_UNREADABLE: {
    why: 'A bundle without a file that belongs to it would be another one. So nothing is left out that cannot be read.',
    wrong: sketch('A src/prices.ts without permission to read it (chmod 000)'),
    right: sketch('The same file, readable (chmod 644), or moved out of the project'),
  },
  BUNDLE_SOURCE_TOO_LARGE: {
    why: 'Each call begins with this text in memory, within what the tool may take. Most of it is, as a rule, one package that was imported for a single function.',
    wrong: sketch(
      "A tool that imports all of a package, as import * as icons from 'all-the-icons', with 10 MiB of text",
    ),
    right: sketch("The one part that it needs, as import { house } from 'all-the-icons/house'"),
  },
} satisfies Partial<Record<DiagnosticCode, Explanation>>;
