/** The process of the `arc` command: the only file of arc that reads the environment. */
import { devNull, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { runProcess } from '#terminal';
import { directoryMade } from '../../bin/directory-made.js';
import { runArc } from './program.ts';

const wanted = resolve(process.env['ARIA_HOME'] || join(homedir(), '.aria'));
// Below the null device all is refused at once; what cannot be made would be tried again and again.
const home = directoryMade(wanted) ? wanted : devNull;

await runProcess(
  (args, context) =>
    runArc(args, {
      ...context,
      home: wanted,
      registry: process.env['ARIA_REGISTRY'],
      cacheDirectory: join(home, 'cache'),
      compiledDirectory: join(home, 'compiled'),
    }),
  { coloursWanted: (process.env['NO_COLOR'] ?? '') === '' },
);
