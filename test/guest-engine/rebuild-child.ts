/** Run by rebuild.test.ts in another process, and in another Node: prints the hash of the component. */
import { readFileSync } from 'node:fs';
import { importsOf, loadTemplate, rebuild } from '#guest-engine';

const [file = '', token = '', cacheDirectory] = process.argv.slice(2);
const { hash } = await rebuild({
  template: await loadTemplate(),
  source: readFileSync(file, 'utf8'),
  name: 'sample',
  imports: importsOf([token]),
  memoryBytesMax: 64 * 1024 * 1024,
  cacheDirectory,
});
console.log(JSON.stringify({ major: Number(process.versions.node.split('.')[0]), hash }));
process.exit(0);
