/** The filter, in both of its forms and for both machines, decided by an interpreter of the kernel's program. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ContainerProfile } from '../../../quilt-adapter/containers/backend.ts';
import { bpfSeccomp, ociSeccomp } from '../../../quilt-adapter/containers/seccomp-formats.ts';
import { seccompProfile } from '../../../quilt-adapter/containers/seccomp.ts';
import {
  type SyscallArchitecture,
  syscallArchitectures,
  syscallNumber,
} from '../../../quilt-adapter/containers/syscalls.ts';

const audit = { x64: 0xc000_003e, arm64: 0xc000_00b7, i386: 0x4000_0003 } as const;
const [allow, kill] = [0x7fff_0000, 0x8000_0000];
const refused = (errno: number) => 0x0005_0000 | errno;
const bare: ContainerProfile = { network: false, spawn: false };
const profiles: readonly ContainerProfile[] = [
  bare,
  { network: true, spawn: false },
  { network: false, spawn: true },
  { network: true, spawn: true },
];

interface Call {
  readonly number: number;
  readonly machine?: number;
  readonly arguments?: readonly bigint[];
}

/** What the kernel answers: classic BPF over struct seccomp_data, as far as filters use it. */
function answer(program: Buffer, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE((call.machine ?? audit.x64) >>> 0, 4);
  for (const [index, value] of (call.arguments ?? []).entries())
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at * 8 < program.length; at += 1) {
    const [code, yes, no] = [
      program.readUInt16LE(at * 8),
      program.readUInt8(at * 8 + 2),
      program.readUInt8(at * 8 + 3),
    ];
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x15) at += accumulator === value ? yes : no;
    else if (code === 0x35) at += accumulator >= value ? yes : no;
    else if (code === 0x25) at += accumulator > value ? yes : no;
    else throw new Error(`code ${code}`);
  }
  throw new Error('the program has no end');
}

function decide(architecture: SyscallArchitecture, profile: ContainerProfile) {
  const program = bpfSeccomp(seccompProfile(profile), architecture);
  return (name: string, ...given: readonly bigint[]) => {
    const number = syscallNumber(name, architecture);
    if (number === undefined) throw new Error(`no ${name}`);
    return answer(program, { number, machine: audit[architecture], arguments: given });
  };
}

describe.each(syscallArchitectures)('on %s', (architecture) => {
  test('the program fits into what the kernel takes, and ends for every number', () => {
    for (const profile of profiles) {
      const program = bpfSeccomp(seccompProfile(profile), architecture);
      expect(program.length % 8).toBe(0);
      expect(program.length / 8).toBeLessThan(4096);
      for (let number = 0; number < 600; number += 1)
        expect([allow, refused(1), refused(22), refused(25), refused(38), refused(97)]).toContain(
          answer(program, { number, machine: audit[architecture] }),
        );
    }
  });

  test("another machine's calls end the process, and x32 numbers do not exist", () => {
    const program = bpfSeccomp(seccompProfile(bare), architecture);
    expect(answer(program, { number: 0, machine: audit.i386 })).toBe(kill);
    expect(answer(program, { number: 0, machine: architecture === 'x64' ? audit.arm64 : audit.x64 })).toBe(kill);
    expect(answer(program, { number: 0x4000_0001, machine: audit[architecture] })).toBe(refused(38));
  });

  test('clone makes threads, processes with the token, and namespaces never', () => {
    const [without, spawning] = [decide(architecture, bare), decide(architecture, { network: false, spawn: true })];
    const thread = 0x3d0f00n;
    expect([without('clone', thread), spawning('clone', thread)]).toEqual([allow, allow]);
    expect([without('clone', 17n), spawning('clone', 17n)]).toEqual([refused(1), allow]);
    for (const flag of [0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x10000000n, 0x20000000n, 0x40000000n]) {
      expect([without('clone', thread | flag), spawning('clone', 17n | flag)]).toEqual([refused(1), refused(1)]);
      // What the kernel does not read must not hide what it does.
      expect(spawning('clone', (1n << 32n) | 17n | flag)).toBe(refused(1));
    }
  });

  test('sockets are of the families that the profile names', () => {
    const [without, networked] = [decide(architecture, bare), decide(architecture, { network: true, spawn: false })];
    expect([1n, 2n, 10n].map((family) => without('socket', family, 1n, 0n))).toEqual([allow, refused(97), refused(97)]);
    expect([1n, 2n, 10n].map((family) => networked('socket', family, 1n, 6n))).toEqual([allow, allow, allow]);
    for (let family = 0n; family < 64n; family += 1n)
      if (![1n, 2n, 10n].includes(family)) expect(networked('socket', family, 1n, 0n)).toBe(refused(97));
    for (const protocol of [1n, 33n, 132n, 136n, 255n, 262n])
      expect(networked('socket', 2n, 3n, protocol)).toBe(refused(97));
    expect([networked('socketpair', 1n), networked('socketpair', 2n)]).toEqual([allow, refused(97)]);
  });

  test('ioctl, prctl and personality are refused but for what is harmless', () => {
    const call = decide(architecture, { network: true, spawn: true });
    // TIOCSTI, TIOCLINUX, TIOCSETD, and TIOCSTI with bits that the kernel does not read.
    for (const request of [0x5412n, 0x541cn, 0x5423n, 0x1_0000_5412n])
      expect(call('ioctl', 0n, request)).toBe(refused(25));
    expect(call('ioctl', 0n, 0x5401n)).toBe(allow);
    for (const option of [4n, 22n, 24n, 28n, 35n, 0x59616d61n]) expect(call('prctl', option)).toBe(refused(22));
    expect(call('prctl', 15n)).toBe(allow);
    expect([call('personality', 0xffffffffn), call('personality', 0n), call('personality', 0x0400000n)]).toEqual([
      allow,
      refused(1),
      refused(1),
    ]);
  });

  test('starting other programs needs the token, but for the exec that Bun itself is started by', () => {
    const [without, spawning] = [decide(architecture, bare), decide(architecture, { network: false, spawn: true })];
    expect([without('execve'), without('execveat'), spawning('execveat')]).toEqual([allow, refused(1), allow]);
    if (architecture === 'x64') {
      expect([without('fork'), without('vfork')]).toEqual([refused(1), refused(1)]);
      expect([spawning('fork'), spawning('vfork')]).toEqual([allow, allow]);
    }
  });

  test('a filter can be set for all threads where no other program may be started, and in no other way', () => {
    const [without, spawning] = [decide(architecture, bare), decide(architecture, { network: false, spawn: true })];
    expect([without('seccomp', 1n, 1n), spawning('seccomp', 1n, 1n)]).toEqual([allow, refused(38)]);
    // Strict mode, actions, sizes; without the flag, with a listener, with both.
    for (const given of [
      [0n, 1n],
      [2n, 0n],
      [3n, 0n],
      [1n, 0n],
      [1n, 8n],
      [1n, 9n],
    ] as const)
      expect(without('seccomp', ...given)).toBe(refused(38));
  });

  test('nothing in the table is missing, and both forms name the same calls', () => {
    for (const profile of profiles) {
      const filter = seccompProfile(profile);
      const oci = ociSeccomp(filter, architecture);
      expect(oci.syscalls.length).toBe(filter.rules.length);
      const call = decide(architecture, profile);
      for (const { names, args } of oci.syscalls)
        for (const name of names) {
          const given: bigint[] = [];
          for (const { index, valueTwo } of args ?? []) given[index] = BigInt(valueTwo);
          expect([name, call(name, ...Array.from(given, (value) => value ?? 0n))]).toEqual([name, allow]);
        }
    }
  });
});

/** Escapes, other processes' memory, the kernel's own surfaces. */
const never: Readonly<Record<string, number>> = {
  ptrace: 101,
  mount: 165,
  umount2: 166,
  pivot_root: 155,
  chroot: 161,
  unshare: 272,
  setns: 308,
  bpf: 321,
  keyctl: 250,
  add_key: 248,
  request_key: 249,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  userfaultfd: 323,
  perf_event_open: 298,
  process_vm_readv: 310,
  process_vm_writev: 311,
  kcmp: 312,
  name_to_handle_at: 303,
  open_by_handle_at: 304,
  kexec_load: 246,
  kexec_file_load: 320,
  init_module: 175,
  finit_module: 313,
  delete_module: 176,
  reboot: 169,
  swapon: 167,
  swapoff: 168,
  syslog: 103,
  acct: 163,
  quotactl: 179,
  mknod: 133,
  mknodat: 259,
  iopl: 172,
  ioperm: 173,
  modify_ldt: 154,
  clone3: 435,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsmount: 432,
  mount_setattr: 442,
  pidfd_getfd: 438,
  process_madvise: 440,
  memfd_secret: 447,
  landlock_create_ruleset: 444,
  settimeofday: 164,
  clock_settime: 227,
  adjtimex: 159,
  sethostname: 170,
  setdomainname: 171,
  fanotify_init: 300,
  lookup_dcookie: 212,
  move_pages: 279,
  mbind: 237,
  migrate_pages: 256,
  shmget: 29,
  msgget: 68,
  semget: 64,
  mq_open: 240,
  vmsplice: 278,
  seccomp: 317,
};

test('what reaches beyond a container is refused with every profile', () => {
  for (const profile of profiles) {
    const program = bpfSeccomp(seccompProfile(profile), 'x64');
    for (const [name, number] of Object.entries(never))
      expect([name, answer(program, { number })]).toEqual([name, refused(38)]);
  }
});

test('a name that the table lacks is a bug, told at once', () => {
  expect(() => syscallNumber('no_such_call', 'x64')).toThrow(/no_such_call/);
  expect(syscallNumber('fork', 'arm64')).toBeUndefined();
});

const headers = ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm-generic/unistd.h'] as const;
test.skipIf(!headers.every((file) => existsSync(file)))("the tables are those of the kernel's headers", () => {
  const filter = seccompProfile({ network: true, spawn: true });
  expect(filter.rules.length).toBeGreaterThan(0);
  const [x64, generic] = headers.map((file) => readFileSync(file, 'utf8')) as [string, string];
  for (const name of filter.rules.flatMap(({ names }) => names)) {
    const there = new RegExp(`#define __NR_${name} (\\d+)`).exec(x64)?.[1];
    if (there !== undefined) expect([name, syscallNumber(name, 'x64')]).toEqual([name, Number(there)]);
    const other = new RegExp(`#define __NR(?:3264)?_${name} (\\d+)`).exec(generic)?.[1];
    if (other !== undefined) expect([name, syscallNumber(name, 'arm64')]).toEqual([name, Number(other)]);
  }
});
