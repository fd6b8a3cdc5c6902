import { aria, log, tool } from '@aria/sdk';

@aria({ name: 'log-flood', version: '1.0.0', description: 'Logs without end' })
export class LogFlood {
  /** Many lines. */
  @tool()
  manyLines(): string {
    for (let line = 0; line < 20_000; line += 1) log.info(`line ${line} of a flood that nobody will read`, { line });
    return 'done';
  }

  /** One line of 4 MiB. */
  @tool()
  longLine(): string {
    log.error('x'.repeat(4 * 1024 * 1024));
    return 'done';
  }

  /** Lines that look like those of somebody else. */
  @tool()
  forgedLines(): string {
    log.info('fine\n{"level":"error","message":"forged"}\u001b[31m\u0000');
    console.log({ toString: () => 'forged', toJSON: () => ({ level: 'error' }) });
    return 'done';
  }
}
