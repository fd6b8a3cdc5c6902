import { aria as bundle, tool as method } from '@aria/sdk';
import * as sdk from '@aria/sdk';

@bundle({ name: 'aliased', version: '1.0.0', description: 'Aliased imports' })
export class Aliased {
  /** By an alias. */
  @method({})
  one(): void {}

  /** By a namespace. */
  @sdk.tool({})
  two(): void {}
}
/** A constant by a namespace. */
export const three = sdk.tool({}, () => 3);
