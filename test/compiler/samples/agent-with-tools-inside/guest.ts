import { agent, aria, tool } from '@aria/sdk';

@aria({ name: 'kit', version: '1.0.0', description: 'A kit' })
@agent({ name: 'counter', description: 'Counts', task: 'Count words', tools: ['count'] })
export class Counter {
  /** Counts words. */
  @tool()
  count(input: { text: string }): number {
    return input.text.split(' ').length;
  }
}
