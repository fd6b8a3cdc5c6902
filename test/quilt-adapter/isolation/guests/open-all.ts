/** Opens as many of everything as it gets, keeps them open, and tells how many of each. Waits then. */
import * as fs from 'node:fs';
import { call, report } from './system-calls.ts';

function count(open: () => number): { readonly had: number; readonly end: number } {
  const handles: number[] = [];
  for (;;) {
    const handle = open();
    if (handle < 0 || handles.length > 5000) {
      for (const one of handles) fs.closeSync(one);
      return { had: handles.length, end: handle };
    }
    handles.push(handle);
  }
}
/** A file that is on its way in a message counts for its user, not for the process. */
function sent(): number {
  let messages = 0;
  for (; messages < 2000; messages += 1) {
    const ends = new Int32Array(2);
    if (call('socketpair', 1, 1, 0, new Uint8Array(ends.buffer)) < 0) break;
  }
  return messages;
}
const found = {
  files: count(() => call('openat', -100, '/etc/hosts', 0, 0)),
  memory: count(() => call('memfd_create', 'x', 0)),
  sockets: count(() => call('socket', 1, 1, 0)),
  watches: count(() => call('inotify_init1', 0)),
};
/** These are kept: they are counted for a user, who may be that of other containers, and for who has made his namespace. */
const watches: number[] = [];
for (let handle = call('inotify_init1', 0); handle >= 0; handle = call('inotify_init1', 0)) watches.push(handle);
report({ ...found, watchesKept: watches.length, pairs: sent() });
setInterval(() => undefined, 1000);
