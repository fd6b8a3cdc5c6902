import { aria, kv, tool } from '@aria/sdk';

@aria({ name: 'after-done', version: '1.0.0', description: 'Goes on after it has returned' })
export class AfterDone {
  /** While its output becomes JSON. */
  @tool({ tokens: ['kv:late:rw'] })
  startInGetter(): { late: string } {
    return {
      get late(): string {
        void kv('late').set('getter', 'written');
        return 'read';
      },
    };
  }

  /** The same, by the method that JSON asks for. */
  @tool({ tokens: ['kv:late:rw'] })
  startInToJson(): { late: string } {
    return {
      late: 'not read',
      toJSON: () => {
        void kv('late').set('json', 'written');
        return { late: 'read' };
      },
    } as { late: string };
  }

  /** In jobs that are left when it returns. */
  @tool({ tokens: ['kv:late:rw'] })
  startInJob(): string {
    void Promise.resolve().then(() => kv('late').set('job', 'written'));
    return 'returned';
  }

  /** An error that nobody is left to see. */
  @tool()
  throwInJob(): string {
    queueMicrotask(() => {
      throw new Error('too late');
    });
    return 'returned';
  }

  /** A getter that never ends. */
  @tool({ computeMs: 100 })
  spinInGetter(): { late: string } {
    return {
      get late(): string {
        for (;;);
      },
    };
  }

  /** What of all that was stored. */
  @tool({ tokens: ['kv:late:rw'] })
  async look(): Promise<string[]> {
    const store = kv('late');
    const values = await Promise.all(['getter', 'json', 'job'].map((key) => store.getText(key)));
    return values.filter((value) => value !== undefined);
  }
}
