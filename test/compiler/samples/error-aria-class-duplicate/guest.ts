import { aria, tool } from '@aria/sdk';

@aria({ name: 'one', version: '1.0.0', description: 'One' })
export class One {
  /** Fine. */
  @tool({})
  fine(): void {}
}
@aria({ name: 'two', version: '1.0.0', description: 'Two' })
export class Two {}
