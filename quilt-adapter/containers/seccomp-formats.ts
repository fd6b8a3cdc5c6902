/** A filter as OCI's JSON, which crun and runc compile, and as the kernel's own program, which bubblewrap wants. */
import type { SeccompProfile } from './seccomp.ts';
import { errno } from './seccomp.ts';
import { type SyscallArchitecture, syscallNumber } from './syscalls.ts';

/** `linux.seccomp` of a runtime's configuration. */
export interface OciSeccomp {
  readonly defaultAction: 'SCMP_ACT_ERRNO';
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: 'SCMP_ACT_ALLOW';
    readonly args?: readonly {
      readonly index: number;
      readonly value: number;
      readonly valueTwo: number;
      readonly op: 'SCMP_CMP_MASKED_EQ';
    }[];
  }[];
}

const ociArchitectures: Readonly<Record<SyscallArchitecture, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};
/** linux/audit.h. */
const auditArchitectures: Readonly<Record<SyscallArchitecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

/** For crun and runc. Calls that are refused for their arguments get `ENOSYS` here: libseccomp has no "none of these". */
export function ociSeccomp({ rules }: SeccompProfile, architecture: SyscallArchitecture): OciSeccomp {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: errno.ENOSYS,
    architectures: [ociArchitectures[architecture]],
    syscalls: rules.map(({ names, when }) => ({
      names: names.filter((name) => syscallNumber(name, architecture) !== undefined),
      action: 'SCMP_ACT_ALLOW',
      ...(when.length > 0 && {
        args: when.map(({ index, mask, equals }) => ({
          index,
          value: mask >>> 0,
          valueTwo: equals >>> 0,
          op: 'SCMP_CMP_MASKED_EQ' as const,
        })),
      }),
    })),
  };
}

/** linux/bpf_common.h: load a word of seccomp_data, AND, jumps, return. */
const code = { load: 0x20, and: 0x54, jumpEqual: 0x15, jumpAtLeast: 0x35, jumpAbove: 0x25, answer: 0x06 } as const;
/** linux/seccomp.h. */
const answers = { allow: 0x7fff_0000, errno: 0x0005_0000, killProcess: 0x8000_0000 } as const;
/** Offsets in struct seccomp_data: nr, arch, and the low words of six arguments, on little-endian machines. */
const offsets = { number: 0, architecture: 4, arguments: 16, argumentBytes: 8 } as const;
/** Numbers from here on are x32's, by which filters for x64 used to be passed by. */
const x32 = 0x4000_0000;

interface Instruction {
  readonly code: number;
  readonly yes: number;
  readonly no: number;
  readonly value: number;
}

/** For the kernel: an array of `struct sock_filter`. Another machine's calls (32-bit ones on x64) end the process. */
export function bpfSeccomp(profile: SeccompProfile, architecture: SyscallArchitecture): Buffer {
  const program: Instruction[] = [
    { code: code.load, yes: 0, no: 0, value: offsets.architecture },
    { code: code.jumpEqual, yes: 1, no: 0, value: auditArchitectures[architecture] },
    answer(answers.killProcess),
    { code: code.load, yes: 0, no: 0, value: offsets.number },
    { code: code.jumpAtLeast, yes: 0, no: 1, value: x32 },
    answer(answers.errno | errno.ENOSYS),
    ...tested(profile, architecture),
    ...plain(profile, architecture),
    answer(answers.errno | errno.ENOSYS),
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code: operation, yes, no, value }] of program.entries()) {
    bytes.writeUInt16LE(operation, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}

/** Calls whose arguments decide, and those that are refused by an error of their own. The call's number is loaded before and after each. */
function tested({ rules, refusals }: SeccompProfile, architecture: SyscallArchitecture): Instruction[] {
  const allowed = new Set(rules.flatMap(({ names, when }) => (when.length === 0 ? names : [])));
  const names = new Set([...rules.flatMap(({ names, when }) => (when.length > 0 ? names : [])), ...refusals.keys()]);
  const program: Instruction[] = [];
  for (const name of names) {
    const number = syscallNumber(name, architecture);
    if (number === undefined || allowed.has(name)) continue;
    const body: Instruction[] = [];
    for (const rule of rules) if (rule.when.length > 0 && rule.names.includes(name)) body.push(...tests(rule.when));
    body.push(answer(answers.errno | (refusals.get(name) ?? errno.ENOSYS)));
    program.push({ code: code.jumpEqual, yes: 0, no: body.length, value: number }, ...body);
  }
  return program;
}

/** Allows if all tests hold, else goes on behind. Only the accumulator is changed, and every way out of a call's body is an answer. */
function tests(when: SeccompProfile['rules'][number]['when']): Instruction[] {
  const program: Instruction[] = [];
  // Three instructions for each test, and the answer behind them all.
  const length = when.length * 3 + 1;
  for (const { index, mask, equals } of when) {
    const at = program.length + 3;
    program.push(
      { code: code.load, yes: 0, no: 0, value: offsets.arguments + index * offsets.argumentBytes },
      { code: code.and, yes: 0, no: 0, value: mask },
      { code: code.jumpEqual, yes: 0, no: length - at, value: equals },
    );
  }
  program.push(answer(answers.allow));
  return program;
}

/** Calls that are always allowed, as ranges of numbers. */
function plain({ rules }: SeccompProfile, architecture: SyscallArchitecture): Instruction[] {
  const numbers = rules
    .flatMap(({ names, when }) => (when.length === 0 ? names : []))
    .flatMap((name) => syscallNumber(name, architecture) ?? [])
    .toSorted((left, right) => left - right);
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && number <= range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.flatMap(({ first, last }) => [
    { code: code.jumpAtLeast, yes: 0, no: 2, value: first },
    { code: code.jumpAbove, yes: 1, no: 0, value: last },
    answer(answers.allow),
  ]);
}

function answer(value: number): Instruction {
  return { code: code.answer, yes: 0, no: 0, value };
}
