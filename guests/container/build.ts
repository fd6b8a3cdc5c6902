/** Makes the agent: one script of the SDK, the prelude and what speaks to the host. Pure: the same sources give the same text. */
import { fileURLToPath } from 'node:url';
import { type Plugin, build } from 'esbuild';
import { hostSignatures } from '#wit/turns';
import { preludeAliases } from '../engine/prelude/aliases.ts';

const entry = fileURLToPath(new URL('agent/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Nobody asks for a module of Bun's for what loading it does, so one that nothing is used of is not loaded. */
const builtins: Plugin = {
  name: 'builtins',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
};

/** The agent's script, in CommonJS. */
export async function buildAgent(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    alias: preludeAliases,
    write: false,
    format: 'cjs',
    target: 'esnext',
    platform: 'neutral',
    plugins: [builtins],
    mainFields: ['module', 'main'],
    conditions: ['import', 'default'],
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: false,
    legalComments: 'none',
    charset: 'ascii',
    define: {
      'process.env.NODE_ENV': '"production"',
      hostSignatureTable: JSON.stringify(hostSignatures()),
      // Of the reader of the WIT, which has done its work here.
      'import.meta.url': '"file:///agent.js"',
    },
  });
  return `// Generated from guests/container/agent by \`npm run generate\`: do not edit.
${outputFiles[0]?.text ?? ''}`;
}
