import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openTerminal } from '../../terminal/terminal.ts';

function setUp({ isTTY, coloursWanted }: { isTTY: boolean; coloursWanted: boolean }) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const terminal = openTerminal({
    stdin: streams.stdin as never,
    stdout: Object.assign(streams.stdout, { isTTY }) as never,
    stderr: Object.assign(streams.stderr, { isTTY }) as never,
    coloursWanted,
  });
  return { terminal, ...streams };
}

describe('a terminal', () => {
  test.each([
    [true, true, '\u001B[31mtext\u001B[39m'],
    [true, false, 'text'],
    [false, true, 'text'],
  ])('colours only where it is one (%s) and colours are wanted (%s)', (isTTY, coloursWanted, painted) => {
    const { terminal } = setUp({ isTTY, coloursWanted });
    expect(terminal.paint('red', 'text')).toBe(painted);
    expect(terminal.tint('red', 'text')).toBe(painted);
  });
  test('reads stdin up to the maximum and not a byte more', async () => {
    const { signal } = new AbortController();
    const enough = setUp({ isTTY: false, coloursWanted: false });
    enough.stdin.end('12345678');
    expect(await enough.terminal.readAll(8, signal)).toHaveLength(8);
    const tooMuch = setUp({ isTTY: false, coloursWanted: false });
    tooMuch.stdin.end('123456789');
    await expect(tooMuch.terminal.readAll(8, signal)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
  test('stops waiting for stdin when it is interrupted', async () => {
    const controller = new AbortController();
    const reading = setUp({ isTTY: true, coloursWanted: false }).terminal.readAll(8, controller.signal);
    controller.abort();
    await expect(reading).rejects.toThrow('aborted');
  });
});
