import { aria, tool } from '@aria/sdk';

@aria({ name: 'Invoice Kit', version: '1.2', description: 'Named wrongly' })
export class InvoiceKit {
  /** Fine. */
  @tool({})
  fine(): void {}
}
