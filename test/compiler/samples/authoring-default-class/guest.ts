import { aria, tool } from '@aria/sdk';

@aria({ name: 'plain', version: '1.0.0', description: 'A default export' })
export default class {
  /** Says hello. */
  @tool({})
  hello(): string {
    return 'hello';
  }
}
