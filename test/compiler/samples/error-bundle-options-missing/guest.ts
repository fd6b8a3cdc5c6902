import { aria, tool } from '@aria/sdk';

@aria({ name: 'half' } as never)
export class Half {
  /** Fine. */
  @tool({})
  fine(): void {}
}
