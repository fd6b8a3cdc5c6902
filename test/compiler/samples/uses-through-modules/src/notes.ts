import { type VectorItem, vectors } from '@aria/sdk';

export default class Notes {
  static add(items: readonly VectorItem[]): Promise<void> {
    return vectors('notes').upsert(items);
  }
}
