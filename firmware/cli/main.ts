/** The process of the `aria` command: the only file of it that reads the environment. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { runProcess } from '#terminal';
import { runAria } from './program.ts';

const environment = process.env;
const home = resolve(environment['ARIA_HOME'] || join(homedir(), '.aria'));

await runProcess((args, context) => runAria(args, { ...context, home, environment }), {
  coloursWanted: (environment['NO_COLOR'] ?? '') === '',
});
