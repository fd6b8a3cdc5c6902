/**
 * What a container may ask of the kernel: a list of what is allowed, derived from its profile. All else is refused as if the kernel did not
 * have it (ENOSYS), so that libraries take their older way. Why what is missing is missing: README.md.
 */
import type { ContainerProfile } from './backend.ts';

/** Whether the low 32 bits of an argument, masked, are a value. The kernel reads no more of any argument that is tested here. */
export interface ArgumentTest {
  readonly index: number;
  readonly mask: number;
  readonly equals: number;
}

/** System calls that are allowed if every test holds. */
export interface SyscallRule {
  readonly names: readonly string[];
  readonly when: readonly ArgumentTest[];
}

/** A filter, in no format yet. */
export interface SeccompProfile {
  readonly rules: readonly SyscallRule[];
  /** Error numbers of calls that are refused for their arguments, by name; the others get `ENOSYS`. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** Linux UAPI, asm-generic/errno-base.h and errno.h; the same on x64 and arm64. */
export const errno = { EPERM: 1, EINVAL: 22, ENOTTY: 25, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

const all = 0xffff_ffff;

/**
 * Bun, JavaScriptCore and glibc, as traced, and what node:fs offers beside. Nothing here reaches beyond the container's own namespaces: so no
 * inotify, whose instances (128 by default) the kernel counts for whoever made the user namespace, which is the machine's root.
 */
const always: readonly string[] = [
  // Memory and threads.
  'arch_prctl brk futex get_robust_list getcpu madvise membarrier memfd_create mincore mmap mprotect mremap msync munmap',
  'rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam sched_getscheduler sched_yield',
  'set_robust_list set_tid_address',
  // Files.
  'access chdir chmod close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate',
  'fchdir fchmod fchmodat fchmodat2 fchown fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents64 link',
  'linkat lseek lstat mkdir mkdirat newfstatat open openat pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2',
  'read readlink readlinkat readv rename renameat renameat2 rmdir sendfile stat statfs statx symlink symlinkat truncate',
  'umask unlink unlinkat utimensat write writev',
  // Waiting.
  'clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait',
  'eventfd2 gettimeofday nanosleep poll ppoll pselect6 select',
  'timerfd_create timerfd_gettime timerfd_settime',
  // Sockets, once there is one.
  'accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmsg sendmsg sendto setsockopt',
  'shutdown',
  // Itself and its children.
  'execve exit exit_group getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority getresgid',
  'getresuid getrusage getsid gettid getuid kill pidfd_open prlimit64 restart_syscall rt_sigaction rt_sigpending',
  'rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait setpriority setsid sigaltstack sysinfo tgkill times uname',
  'wait4 waitid getrandom',
  // crun and runc use them behind the filter; without a capability they change nothing.
  'capget capset setgid setgroups setresgid setresuid setuid',
].flatMap((line) => line.split(' '));

/** Only with a network: what glibc's and c-ares' resolvers send several questions with. */
const network: readonly string[] = ['recvmmsg', 'sendmmsg'];
/** Only where other programs may be started. */
const spawn: readonly string[] = ['execveat', 'fork', 'setpgid', 'vfork'];

/** linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. NEWTIME is out of reach of clone(2). */
const cloneNamespaces = 0x7e02_0000;
const cloneThread = 0x0001_0000;
/** linux/seccomp.h: SECCOMP_SET_MODE_FILTER, and SECCOMP_FILTER_FLAG_TSYNC alone. */
const narrowing = { operation: 1, flags: 1 } as const;
/** linux/socket.h. */
const families = { unix: 1, inet: 2, inet6: 10 } as const;
/** linux/in.h: what the family takes by itself, TCP and UDP; no SCTP, MPTCP or raw ones. */
const protocols = [0, 6, 17] as const;
/** asm-generic/ioctls.h and linux/fs.h: is it a terminal, its size, how much waits, flags, a copy that shares blocks. No TIOCSTI, no TIOCLINUX. */
const ioctls = [0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451, 0x4004_9409] as const;
/**
 * linux/fcntl.h: copies, flags, locks, pipes, seals. No lease (1024) and no notification (1026): who holds a lease on a file of a volume keeps
 * the host's own open(2) of it waiting for `lease-break-time`, which is 45 seconds.
 */
const fcntls = [0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1027, 1028, 1030, 1031, 1032, 1033, 1034] as const;
/** linux/prctl.h: PDEATHSIG, DUMPABLE (get), KEEPCAPS, NAME, SECCOMP (get), CAPBSET_READ, NO_NEW_PRIVS, CAP_AMBIENT, VMA. */
const prctls = [1, 2, 3, 8, 15, 16, 21, 23, 38, 39, 47, 0x5356_4d41] as const;

/** The filter of a profile. */
export function seccompProfile(profile: ContainerProfile): SeccompProfile {
  const names = [...always, ...(profile.network ? network : []), ...(profile.spawn ? spawn : [])];
  const rules: SyscallRule[] = [{ names, when: [] }];
  const allow = (name: string, ...when: readonly ArgumentTest[]) => rules.push({ names: [name], when });
  // Without the right to start others every clone has to be a thread. clone3 hides its flags behind a pointer, so it never is there.
  if (profile.spawn) allow('clone', { index: 0, mask: cloneNamespaces, equals: 0 });
  else {
    allow('clone', { index: 0, mask: cloneNamespaces | cloneThread, equals: cloneThread });
    // A filter only takes rights away: that is how a program that is up gives up `execve`, which it was started by itself.
    const { operation, flags } = narrowing;
    allow('seccomp', { index: 0, mask: all, equals: operation }, { index: 1, mask: all, equals: flags });
  }
  allow('socket', { index: 0, mask: all, equals: families.unix });
  allow('socketpair', { index: 0, mask: all, equals: families.unix });
  if (profile.network) {
    for (const family of [families.inet, families.inet6])
      for (const protocol of protocols)
        allow('socket', { index: 0, mask: all, equals: family }, { index: 2, mask: all, equals: protocol });
  }
  for (const request of ioctls) allow('ioctl', { index: 1, mask: all, equals: request });
  for (const command of fcntls) allow('fcntl', { index: 1, mask: all, equals: command });
  for (const option of prctls) allow('prctl', { index: 0, mask: all, equals: option });
  allow('personality', { index: 0, mask: all, equals: all });
  return { rules, refusals };
}

const refusals: ReadonlyMap<string, number> = new Map([
  ['clone', errno.EPERM],
  ['fork', errno.EPERM],
  ['vfork', errno.EPERM],
  ['execveat', errno.EPERM],
  ['socket', errno.EAFNOSUPPORT],
  ['socketpair', errno.EAFNOSUPPORT],
  ['ioctl', errno.ENOTTY],
  ['fcntl', errno.EINVAL],
  ['prctl', errno.EINVAL],
  ['personality', errno.EPERM],
]);
