/**
 * What the agent's process gives up before it is given a tool: the right to become another program. The filter that a runtime sets has to leave `execve`, by which
 * Bun itself is started; this one takes it from every thread of the process, for ever, and with it the right to set filters.
 */
import { builtinRequire, process } from './captured.ts';

interface ForeignFunctions {
  dlopen(
    library: string,
    functions: { readonly [name: string]: { readonly args: readonly string[]; readonly returns: string } },
  ): { readonly symbols: { readonly [name: string]: (...values: readonly (number | bigint)[]) => number | bigint } };
  ptr(bytes: Uint8Array): number;
}

/** By machine: linux/audit.h, and the numbers of execve, execveat and seccomp. */
const machines: Readonly<Record<string, { readonly audit: number; readonly calls: readonly number[] } | undefined>> = {
  x64: { audit: 0xc000_003e, calls: [59, 322, 317] },
  arm64: { audit: 0xc000_00b7, calls: [221, 281, 277] },
};
/** linux/bpf_common.h: load a word of seccomp_data, jump if equal, return. linux/seccomp.h: answers; errno 1 is EPERM. */
const code = { load: 0x20, jumpEqual: 0x15, answer: 0x06 } as const;
const answers = { allow: 0x7fff_0000, refused: 0x0005_0001, killProcess: 0x8000_0000 } as const;
/** linux/seccomp.h: SECCOMP_SET_MODE_FILTER for all threads (SECCOMP_FILTER_FLAG_TSYNC). */
const [setModeFilter, allThreads] = [1, 1];
const instructionBytes = 8;

/** Gives it up. @throws {Error} where the kernel does not take the filter: no tool may run then. */
export function giveUpPrograms(): void {
  const machine = machines[process.arch];
  const number = machine?.calls[2];
  if (!machine || number === undefined) throw new Error(`there is no filter for ${process.arch}`);
  const { dlopen, ptr } = builtinRequire('bun:ffi') as ForeignFunctions;
  const { symbols } = dlopen('libc.so.6', { syscall: { args: ['i64', 'i64', 'i64', 'ptr'], returns: 'i64' } });
  const program = programOf(machine);
  // struct sock_fprog: how many, then where, at the place of an aligned pointer.
  const described = new Uint8Array(16);
  const view = new DataView(described.buffer);
  view.setUint16(0, program.length / instructionBytes, true);
  view.setBigUint64(8, BigInt(ptr(program)), true);
  const result = Number(symbols['syscall']?.(number, setModeFilter, allThreads, ptr(described)) ?? -1);
  if (result !== 0) throw new Error('the kernel does not take the filter');
}

/** An array of `struct sock_filter`. */
function programOf({ audit, calls }: { readonly audit: number; readonly calls: readonly number[] }): Uint8Array {
  const instructions: (readonly [code: number, yes: number, no: number, value: number])[] = [
    [code.load, 0, 0, 4],
    [code.jumpEqual, 1, 0, audit],
    [code.answer, 0, 0, answers.killProcess],
    [code.load, 0, 0, 0],
  ];
  // Past the calls that follow, and past the answer that allows.
  for (const [index, number] of calls.entries()) instructions.push([code.jumpEqual, calls.length - index, 0, number]);
  instructions.push([code.answer, 0, 0, answers.allow], [code.answer, 0, 0, answers.refused]);
  const bytes = new Uint8Array(instructions.length * instructionBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, [operation, yes, no, value]] of instructions.entries()) {
    const at = index * instructionBytes;
    view.setUint16(at, operation, true);
    view.setUint8(at + 2, yes);
    view.setUint8(at + 3, no);
    view.setUint32(at + 4, value, true);
  }
  return bytes;
}
