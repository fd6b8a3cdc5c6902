/** Ways out that have worked somewhere once, each with arguments that would work here if it were not refused. Tells what each was answered. */
import process from 'node:process';
import { call, ptr, report } from './system-calls.ts';

const [, , victim = '1'] = process.argv;
/** A struct of 64-bit words. */
const words = (...values: (number | bigint)[]) => new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
const bytes = (size: number) => new Uint8Array(size);
const atWorking = -100;
/** What the first process has as its root. */
const outside = '/proc/1/root';
const page = Number(call('mmap', 0, 4096, 3, 0x22, -1, 0));
const clone = (flags: number) => call('clone', flags | 17, 0, 0, 0, 0);
/** A child is made by mistake only: it must not go on with this script. */
const child = (made: number) => {
  if (made === 0) process.exit(99);
  return made;
};

report({
  mounts: {
    proc: call('mount', 'proc', '/tmp', 'proc', 0, 0),
    tmpfs: call('mount', 'none', '/tmp', 'tmpfs', 0, 0),
    bind: call('mount', '/', '/tmp', 0, 4096, 0),
    writable: call('mount', 0, '/', 0, 0x1020, 0),
    shared: call('mount', 0, '/', 0, 0x10_4000, 0),
    away: call('umount2', '/proc', 2),
    uncovered: call('umount2', '/proc/kallsyms', 2),
    fsopen: call('fsopen', 'proc', 0),
    tree: call('open_tree', atWorking, '/', 1),
    moved: call('move_mount', atWorking, '/tmp', atWorking, '/etc', 0),
    attributes: call('mount_setattr', atWorking, '/', 0, words(0, 1, 0, 0), 32),
    pivot: call('pivot_root', '/tmp', '/tmp'),
    chroot: call('chroot', '/tmp'),
  },
  namespaces: {
    user: call('unshare', 0x1000_0000),
    mount: call('unshare', 0x2_0000),
    network: call('unshare', 0x4000_0000),
    process: call('unshare', 0x2000_0000),
    time: call('unshare', 0x80),
    joined: call('setns', call('openat', atWorking, '/proc/1/ns/mnt', 0, 0), 0),
    cloneUser: child(clone(0x1000_0000)),
    cloneMount: child(clone(0x2_0000)),
    cloneProcess: child(clone(0x2000_0000)),
    cloneNetwork: child(clone(0x4000_0000)),
    cloneGroup: child(clone(0x200_0000)),
    clone3: child(call('clone3', words(0x1000_0000, 0, 0, 0, 17, 0, 0, 0), 64)),
    clone3Plain: child(call('clone3', words(0, 0, 0, 0, 17, 0, 0, 0), 64)),
  },
  rights: {
    root: call('setuid', 0),
    rootAgain: call('setresuid', 0, 0, 0),
    group: call('setgid', 0),
    other: call('setuid', 1001),
    securebits: call('prctl', 28, 0, 0, 0, 0),
    ambient: call('prctl', 47, 2, 21, 0, 0),
    dumpable: call('prctl', 4, 1, 0, 0, 0),
    filter: call('prctl', 22, 2, 0, 0, 0),
    seccomp: call('seccomp', 1, 0, words(0, 0)),
    personality: call('personality', 0x40_0000),
    files: call('prlimit64', 0, 7, words(1_000_000, 1_000_000), 0),
    hostname: call('sethostname', 'other', 5),
    domain: call('setdomainname', 'other', 5),
  },
  others: {
    attach: call('ptrace', 16, 1, 0, 0),
    seize: call('ptrace', 0x4206, 1, 0, 0),
    traceMe: call('ptrace', 0, 0, 0, 0),
    read: call('process_vm_readv', 1, words(page, 8), 1, words(page, 8), 1, 0),
    write: call('process_vm_writev', 1, words(page, 8), 1, words(page, 8), 1, 0),
    file: call('pidfd_getfd', call('pidfd_open', 1, 0), 0, 0),
    victim: call('kill', Number(victim), 9),
    victimHandle: call('pidfd_open', Number(victim), 0),
  },
  kernel: {
    bpfMap: call('bpf', 0, words(2 + 4 * 2 ** 32, 4 + 1 * 2 ** 32), 16),
    bpfProgram: call('bpf', 5, bytes(120), 120),
    perf: call('perf_event_open', bytes(112), 0, -1, -1, 0),
    uring: call('io_uring_setup', 8, bytes(120)),
    faults: call('userfaultfd', 1),
    keyring: call('keyctl', 0, -3, 1, 0, 0),
    session: call('keyctl', 1, 0, 0, 0, 0),
    key: call('add_key', 'user', 'name', 'payload', 7, -3),
    asked: call('request_key', 'user', 'name', 0, -3),
    handle: call('name_to_handle_at', atWorking, '/', words(128, 0, 0, 0), bytes(8), 0),
    byHandle: call('open_by_handle_at', atWorking, words(8 + 1 * 2 ** 32, 2), 0),
    log: call('syslog', 3, bytes(64), 64),
    watched: call('fanotify_init', 0, 0),
    module: call('finit_module', 0, '', 0),
    kexec: call('kexec_load', 0, 0, 0, 0),
    reboot: call('reboot', 0xfee1_dead, 672_274_793, 0x1234_5678, 0),
    accounting: call('acct', '/tmp/account'),
    swap: call('swapon', '/tmp/file', 0),
    swapAway: call('swapoff', '/swapfile'),
  },
  clock: {
    wall: call('clock_settime', 0, words(1, 0)),
    day: call('settimeofday', words(1, 0), 0),
  },
  devices: {
    memory: call('mknodat', atWorking, '/tmp/memory', 0x2000 | 0o666, 0x101),
    disk: call('mknodat', atWorking, '/tmp/disk', 0x6000 | 0o666, 0xfe00),
    pipe: call('mknodat', atWorking, '/tmp/pipe', 0x1000 | 0o666, 0),
    old: call('mknod', '/tmp/memory', 0x2000 | 0o666, 0x101),
    core: call('openat', atWorking, '/dev/core', 0, 0),
    terminals: call('openat', atWorking, '/dev/ptmx', 2, 0),
    terminal: call('openat', atWorking, '/dev/tty', 2, 0),
    type: call('ioctl', 0, 0x5412, 'x'),
    typeOut: call('ioctl', 1, 0x5412, 'x'),
    console: call('ioctl', 0, 0x541c, 'x'),
    controlling: call('ioctl', 0, 0x540e, 1),
    tunnel: call('openat', atWorking, '/dev/net/tun', 2, 0),
    fuse: call('openat', atWorking, '/dev/fuse', 2, 0),
    kvm: call('openat', atWorking, '/dev/kvm', 2, 0),
  },
  sockets: {
    netlink: call('socket', 16, 3, 0),
    audit: call('socket', 16, 3, 9),
    packet: call('socket', 17, 3, 0x300),
    oldPacket: call('socket', 2, 10, 0x300),
    oldPacketPlain: call('socket', 2, 10, 0),
    raw: call('socket', 2, 3, 1),
    rawTcp: call('socket', 2, 3, 6),
    rawWide: call('socket', 10, 3, 58),
    vsock: call('socket', 40, 1, 0),
    cipher: call('socket', 38, 5, 0),
    express: call('socket', 44, 3, 0),
    bluetooth: call('socket', 31, 3, 1),
    can: call('socket', 29, 3, 1),
    tipc: call('socket', 30, 5, 0),
    sctp: call('socket', 2, 1, 132),
    multipath: call('socket', 2, 1, 262),
    pair: call('socketpair', 2, 1, 0, bytes(8)),
  },
  files: {
    root: call('openat', atWorking, '/x', 0o101, 0o666),
    renamed: call('renameat2', atWorking, '/etc/hosts', atWorking, '/etc/hosts2', 0),
    linked: call('linkat', atWorking, '/bin/bun', atWorking, '/tmp/bun', 0),
    removed: call('unlinkat', atWorking, '/bin/bun', 0),
    mode: call('fchmodat', atWorking, '/bin/bun', 0o777),
    written: call('openat', atWorking, '/proc/self/exe', 2, 0),
    memory: call('openat', atWorking, `${outside}/etc/passwd`, 2, 0),
    trigger: call('openat', atWorking, '/proc/sysrq-trigger', 1, 0),
    pattern: call('openat', atWorking, '/proc/sys/kernel/core_pattern', 1, 0),
    forwarding: call('openat', atWorking, '/proc/sys/net/ipv4/ip_forward', 1, 0),
    ids: call('openat', atWorking, '/proc/sys/kernel/ns_last_pid', 1, 0),
  },
  page: ptr(bytes(8)) > 0,
});
