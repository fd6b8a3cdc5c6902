/** Looks for what a container should not see: tells everything that it finds of the machine. Words: a path of the machine, the secret. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { report, tell } from './system-calls.ts';

const [, , hostPath = '', secret = ''] = process.argv;
const text = (file: string) => String(tell(() => fs.readFileSync(file, 'utf8')));

function status(): Record<string, string> {
  return Object.fromEntries(
    text('/proc/self/status')
      .split('\n')
      .map((line) => [line.split(':')[0] ?? '', (line.split(':')[1] ?? '').trim()]),
  );
}

/** Every file below, as deep as it goes; not twice through a link. */
function* walk(directory: string, skip: ReadonlySet<string>): Generator<string> {
  let entries: fs.Dirent[] = [];
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const place = path.join(directory, entry.name);
    if (skip.has(place)) continue;
    yield place;
    if (entry.isDirectory()) yield* walk(place, skip);
  }
}

/** The first bytes of a file that may never end. */
function head(file: string): string {
  const buffer = Buffer.alloc(65_536);
  try {
    const handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      return buffer.toString('latin1', 0, fs.readSync(handle, buffer));
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return '';
  }
}

const skipped = new Set(['/proc/kmsg', '/proc/sysrq-trigger', '/proc/self/task', '/proc/thread-self', '/proc/1/task']);
const leaks: string[] = [];
const writable: string[] = [];
for (const file of walk('/proc', skipped)) {
  if (head(file).includes(secret) && !file.endsWith('/cmdline')) leaks.push(file);
  if (
    !file.startsWith('/proc/1/') &&
    !file.startsWith('/proc/self/') &&
    tell(() => fs.accessSync(file, fs.constants.W_OK)) === 'done'
  ) {
    const state = fs.lstatSync(file);
    const opened = tell(() => fs.closeSync(fs.openSync(file, 'r+')));
    if (state.isFile() && opened === 'done') writable.push(file);
  }
}
/** Places of its own in which a directory can be made. */
const open: string[] = [];
for (const place of ['/', ...walk('/', new Set(['/proc']))]) {
  if (!fs.lstatSync(place).isDirectory()) continue;
  if (tell(() => fs.mkdirSync(path.join(place, 'mine'))) !== 'done') continue;
  open.push(place);
  fs.rmdirSync(path.join(place, 'mine'));
}
const ways = [
  '/proc/1/root',
  '/proc/self/root',
  '/proc/self/cwd',
  '/proc/1/cwd',
  '/proc/thread-self/root',
  '/proc/self/task/1/root',
  '/tmp/link',
];
fs.symlinkSync('../../../../../../../../', '/tmp/link');
report({
  status: status(),
  pid: process.pid,
  host: hostname(),
  namespaces: Object.fromEntries(
    fs.readdirSync('/proc/self/ns').map((name) => [name, tell(() => fs.readlinkSync(`/proc/self/ns/${name}`))]),
  ),
  files: fs
    .readdirSync('/proc/self/fd')
    .map((name) => [Number(name), tell(() => fs.readlinkSync(`/proc/self/fd/${name}`))]),
  processes: fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
  devices: fs.readdirSync('/dev'),
  system: tell(() => fs.readdirSync('/sys')),
  groups: text('/proc/self/cgroup')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':')[2]),
  limits: text('/proc/self/limits'),
  mounts: text('/proc/self/mountinfo'),
  environment: process.env,
  masked: [
    'kallsyms',
    'config.gz',
    'keys',
    'kcore',
    'kmsg',
    'timer_list',
    'slabinfo',
    'vmallocinfo',
    'modules',
    'sched_debug',
    'interrupts',
    'kpageflags',
  ].filter((name) => head(`/proc/${name}`) !== ''),
  network: text('/proc/net/dev')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim())
    .filter(Boolean),
  sockets: text('/proc/net/unix')
    .split('\n')
    .filter((line) => line.includes('/') || line.includes('@'))
    .slice(1),
  leaks,
  writable,
  open,
  ways: ways.map((way) => [
    way,
    tell(() => fs.readdirSync(way).toSorted().join(' ')),
    tell(() => fs.readFileSync(path.join(way, hostPath), 'utf8')),
  ]),
  direct: tell(() => fs.readFileSync(hostPath, 'utf8')),
  homes: ['/root', '/home', path.dirname(hostPath), '/var', '/usr', '/boot', '/lib/modules'].filter((place) =>
    fs.existsSync(place),
  ),
  suid: [...walk('/', new Set(['/proc']))].filter((file) => (fs.lstatSync(file).mode & 0o6000) !== 0),
  root: fs.readdirSync('/').toSorted(),
});
