import { tool } from '@aria/sdk';

const id = Math.random().toString(36);
const started = new Date();
const [first, text] = [Date.now(), Date()];
export const request = { id: crypto.randomUUID(), bytes: crypto.getRandomValues(new Uint8Array(8)) };
const marks = [performance.now(), performance.timeOrigin];
const salt = (() => Math.random())();

class Session {
  static readonly since = Date.now();
  static {
    console.assert(Math.random() < 1);
  }
  readonly id = crypto.randomUUID();
}
const session = new Session();

function stamp(): number {
  return Date.now();
}
const stamped = stamp();

/** Uses them. */
export const using = tool({}, () => ({ text: [id, started, first, text, marks, salt, session.id, stamped].join() }));
