/** Raw system calls, as hostile native code makes them: no C library in between that would refuse first. */
import { dlopen, ptr, read } from 'bun:ffi';
import process from 'node:process';

export { ptr } from 'bun:ffi';

/** By name: the number on x64 and on arm64; -1 where a machine has no such call. linux: syscall_64.tbl, asm-generic/unistd.h. */
const numbers = {
  accept4: [288, 242],
  acct: [163, 89],
  add_key: [248, 217],
  bind: [49, 200],
  bpf: [321, 280],
  chmod: [90, -1],
  chroot: [161, 51],
  clock_settime: [227, 112],
  clone: [56, 220],
  clone3: [435, 435],
  connect: [42, 203],
  execve: [59, 221],
  execveat: [322, 281],
  fanotify_init: [300, 262],
  fchmodat: [268, 53],
  fcntl: [72, 25],
  finit_module: [313, 273],
  flock: [73, 32],
  fork: [57, -1],
  fsopen: [430, 430],
  ftruncate: [77, 46],
  getpid: [39, 172],
  getuid: [102, 174],
  inotify_add_watch: [254, 27],
  inotify_init1: [294, 26],
  io_uring_setup: [425, 425],
  ioctl: [16, 29],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  kill: [62, 129],
  linkat: [265, 37],
  listen: [50, 201],
  memfd_create: [319, 279],
  mknod: [133, -1],
  mknodat: [259, 33],
  mmap: [9, 222],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  openat: [257, 56],
  perf_event_open: [298, 241],
  personality: [135, 92],
  pidfd_getfd: [438, 438],
  pidfd_open: [434, 434],
  pipe2: [293, 59],
  pivot_root: [155, 41],
  prctl: [157, 167],
  prlimit64: [302, 261],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  read: [0, 63],
  reboot: [169, 142],
  renameat2: [316, 276],
  request_key: [249, 218],
  seccomp: [317, 277],
  setdomainname: [171, 162],
  setgid: [106, 144],
  sethostname: [170, 161],
  setns: [308, 268],
  setresuid: [117, 147],
  setsid: [112, 157],
  setuid: [105, 146],
  settimeofday: [164, 170],
  socket: [41, 198],
  socketpair: [53, 199],
  swapoff: [168, 225],
  swapon: [167, 224],
  symlinkat: [266, 36],
  syslog: [103, 116],
  umount2: [166, 39],
  unlinkat: [263, 35],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vfork: [58, -1],
  wait4: [61, 260],
  write: [1, 64],
} as const satisfies Readonly<Record<string, readonly [x64: number, arm64: number]>>;

/** A call of the table. */
export type CallName = keyof typeof numbers;

const long = 'i64';
const { symbols } = dlopen('libc.so.6', {
  syscall: { args: [long, long, long, long, long, long, long], returns: long },
  __errno_location: { args: [], returns: 'ptr' },
});
const keep: Uint8Array[] = [];

/** Makes a call by its number. @returns its result, or the negative errno. Texts become C strings; they and buffers live as long as the process. */
export function callNumber(number: number, ...values: readonly (number | bigint | string | Uint8Array)[]): number {
  const words = [...values, 0, 0, 0, 0, 0, 0].slice(0, 6).map((value) => {
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    const bytes = typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : value;
    keep.push(bytes);
    return ptr(bytes);
  });
  const result = Number(symbols['syscall']?.(number, ...words));
  return result === -1 ? -read.i32(Number(symbols['__errno_location']?.()), 0) : result;
}

/** Makes a call by its name; -38, as the kernel says, where this machine has none. */
export function call(
  name: CallName,
  ...values: Parameters<typeof callNumber> extends [number, ...infer Rest] ? Rest : never
): number {
  const number = numbers[name][process.arch === 'arm64' ? 1 : 0];
  return number < 0 ? -38 : callNumber(number, ...values);
}

/** What an act comes to: its value, or the code of its error. */
export function tell(act: () => unknown): unknown {
  try {
    return act() ?? 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error);
  }
}

/** Tells the host what was found: one line of JSON. */
export function report(found: object): void {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
