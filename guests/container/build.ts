/** Makes the agent: one script of the SDK, the prelude and what speaks to the host. Pure: the same sources give the same text. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hostSignatures } from '#wit/turns';
import { preludeAliases } from '../engine/prelude/aliases.ts';

const entry = fileURLToPath(new URL('agent/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What stacks call the agent's frames: as those of the guest engine's template, which the host leaves out of what it shows. */
const agentFile = 'template.js';

/** The agent's script, which Bun runs as it is. */
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
    external: ['node:*'],
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
      agentFile: JSON.stringify(agentFile),
      // Of the reader of the WIT, which has done its work here.
      'import.meta.url': '"file:///agent.js"',
    },
  });
  return `// Generated from guests/container/agent by \`npm run generate\`: do not edit.
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
const script = ${JSON.stringify(`(function (require) {${outputFiles[0]?.text ?? ''}\n})`)};
runInThisContext(script, { filename: '${agentFile}' })(createRequire(import.meta.url));
`;
}
