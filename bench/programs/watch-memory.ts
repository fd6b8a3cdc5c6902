/** Builds a project of many tools again and again, as a watching command does, and prints how much memory it took at most. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createBuilder } from '#compiler';
import { writeManyTools } from '../many-tools.ts';

const [count = '100', edits = '20'] = process.argv.slice(2);
const project = await writeManyTools(Number(count));
const builder = createBuilder({
  directory: project.directory,
  cacheDirectory: `${project.home}/cache`,
  components: 'hashes',
});
for (let edit = 0; edit <= Number(edits); edit += 1) {
  await project.change();
  const outcome = await builder.build();
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics));
}

/** The bundler is a process of its own. */
function childrenPeakKiB(): number {
  const children = readFileSync('/proc/self/task/self/children'.replace('task/self', `task/${process.pid}`), 'utf8')
    .split(' ')
    .filter((id) => id !== '');
  return children.reduce((sum, id) => {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return sum + Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }, 0);
}

const bundler = childrenPeakKiB();
const own = process.resourceUsage().maxRSS;
await builder[Symbol.asyncDispose]();
await project.dispose();
console.log(JSON.stringify({ own, bundler, total: own + bundler }));
