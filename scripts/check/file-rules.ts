/** Rules of the house that no linter knows: sizes, names and texts that must not be in the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import process from 'node:process';

const readmeLinesMax = 150;
const sourceLinesMax = 400;
/** Nothing but the compressed engine and lock files is larger. */
const fileBytesMax = 2 * 1024 * 1024;
const sources = /\.(ts|js|mjs|cjs|c|h|rs|wit|sh|proto|capnp)$/;
const generated = /(^|\/)generated\.(ts|c|h)$/;
const texts =
  /\.(ts|js|mjs|cjs|c|h|rs|wit|sh|proto|capnp|md|json|toml|ya?ml)$|(^|\/)(LICENSE|run|\.npmrc|\.gitignore)$/;
const emptyNames = /(^|\/)(utils?|common|shared|helpers?|misc)(\/|\.[a-z]+$)|(^|\/)types\.ts$/;

/** Texts that betray a machine or a network: what they are, and files that have a reason to hold them. */
const forbidden: readonly { readonly what: string; readonly pattern: RegExp; readonly except?: RegExp }[] = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.])\/(?:work|workspace|root|home\/(?!user\b)\w+|Users\/\w+)\/[\w.]/,
    // What nobody may mount, and what guests look for: places that every machine has.
    except: /^(?:quilt-adapter\/runtime\/mount-rules\.ts|test\/quilt-adapter\/|bench\/baselines\/sandboxed-bun\.ts)/,
  },
  {
    what: 'the host of a registry',
    pattern:
      /registry\.(?:npmjs|yarnpkg|npmmirror)\.|(?:static|index)\.crates\.io|files\.pythonhosted|pypi\.org\/simple/,
  },
  { what: 'a "resolved" address', pattern: /"resolved": "http/, except: /^(?!package-lock\.json$)/ },
  { what: 'a mark of unfinished work', pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, except: /^package-lock\.json$/ },
];

function listed(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  return execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\0')
    .filter((path) => path !== '' && existsSync(path));
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function violations(path: string): string[] {
  const found: string[] = [];
  if (emptyNames.test(path)) found.push('has a name that says nothing');
  const { size } = statSync(path);
  if (size > fileBytesMax) found.push(`has ${size} bytes, more than ${fileBytesMax}`);
  if (!texts.test(path)) return found;
  const text = readFileSync(path, 'utf8');
  const lines = lineCount(text);
  if (path === 'README.md' && lines > readmeLinesMax) found.push(`has ${lines} lines, more than ${readmeLinesMax}`);
  if (sources.test(path) && !generated.test(path) && lines > sourceLinesMax)
    found.push(`has ${lines} lines, more than ${sourceLinesMax}`);
  for (const { what, pattern, except } of forbidden) {
    const at = except?.test(path) === true ? -1 : text.search(pattern);
    if (at >= 0) found.push(`holds ${what} at line ${lineCount(text.slice(0, at)) || 1}`);
  }
  return found;
}

const files = listed();
let count = 0;
for (const path of files) {
  for (const violation of violations(path)) {
    count += 1;
    console.error(`${path} ${violation}`);
  }
}
console.log(`${files.length} files, ${count} violations`);
process.exitCode = count > 0 ? 1 : 0;
