/** Cases of the table `Engine`: what is a component of the tool ABI, and its life. */
import { expect } from 'vitest';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { type EngineSubject, expectUnharmed, javascript, limits, loadRaw, start } from './engine-subject.ts';
import { componentOf, rawGuest } from './raw-guest.ts';

/** The least that a tool is, with what a case adds. */
function least(added: string, exports = ''): string {
  return `(module ${added} (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) unreachable)
    (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) unreachable) ${exports})`;
}

const invalid = expect.objectContaining({ code: 'COMPONENT_INVALID' });

async function expectRefused({ engine }: EngineSubject, bytes: Uint8Array): Promise<void> {
  await expect(engine.compile(bytes)).rejects.toEqual(invalid);
  await expect(engine.load(bytes)).rejects.toEqual(invalid);
}

export const engineComponentCases: readonly ConformanceCase<EngineSubject>[] = [
  fact('a loaded component tells its imports, sorted', async (subject) => {
    using component = await loadRaw(subject);
    expect(component.imports.filter((name) => !name.includes('/types@'))).toEqual([
      'aria:host/kv@0.1.0',
      'aria:host/log@0.1.0',
      'aria:host/timer@0.1.0',
    ]);
  }),
  fact('a component without a token imports no interface that needs one', async (subject) => {
    using component = await subject.engine.load(await subject.engine.compile(await javascript('return 1;', true)));
    expect(component.imports.filter((name) => !name.includes('/types@'))).toEqual([
      'aria:host/log@0.1.0',
      'aria:host/timer@0.1.0',
    ]);
  }),
  fact('bytes that are nothing are COMPONENT_INVALID', (subject) => expectRefused(subject, new Uint8Array())),
  fact('text is COMPONENT_INVALID', (subject) => expectRefused(subject, new TextEncoder().encode('(component)'))),
  fact('a core module is COMPONENT_INVALID', (subject) =>
    expectRefused(subject, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
  ),
  fact('an empty component is COMPONENT_INVALID', (subject) =>
    expectRefused(subject, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)),
  ),
  fact('a component that is cut off is COMPONENT_INVALID', async (subject) => {
    const bytes = await rawGuest();
    for (const share of [0.1, 0.5, 0.9])
      await expectRefused(subject, bytes.subarray(0, Math.floor(bytes.length * share)));
  }),
  fact('a component that exports no tool is COMPONENT_INVALID', async (subject) => {
    await expectRefused(subject, await componentOf('(module)', 'world raw { }'));
  }),
  fact('a component that imports what is not of aria:host is COMPONENT_INVALID', async (subject) => {
    const text = least('(import "net" "connect" (func (param i32)))');
    await expectRefused(
      subject,
      await componentOf(text, 'world raw { import net: interface { connect: func(a: s32); } export tool; }'),
    );
  }),
  fact('a component that imports a function is COMPONENT_INVALID', async (subject) => {
    const text = least('(import "$root" "connect" (func (param i32)))');
    await expectRefused(subject, await componentOf(text, 'world raw { import connect: func(a: s32); export tool; }'));
  }),
  fact('a component may be loaded twice, and closed twice', async (subject) => {
    const artifact = await subject.engine.compile(await rawGuest());
    const [one, other] = await Promise.all([subject.engine.load(artifact), subject.engine.load(artifact)]);
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    using call = other.open(limits);
    expect((await call.begin(start('d'))).outcome.kind).toBe('done');
    other[Symbol.dispose]();
  }),
  fact('a component that is closed opens no call', async (subject) => {
    const component = await loadRaw(subject);
    component[Symbol.dispose]();
    expect(() => component.open(limits)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  }),
  fact('a call that is open when its component is closed goes on', async (subject) => {
    const component = await loadRaw(subject);
    using call = component.open(limits);
    const first = await call.begin(start('swxKd'));
    component[Symbol.dispose]();
    const [operation] = first.operations;
    expect(
      (await call.resume([{ id: operation?.id ?? 0, completion: { kind: 'ok', value: undefined } }], 1)).outcome.kind,
    ).toBe('done');
    await expectUnharmed(subject);
  }),
];
