import { kv, tool } from '@aria/sdk';

class Orders {
  readonly #orders = kv('orders');
  read(): Promise<string | undefined> {
    return this.#orders.getText('last');
  }
  write(): Promise<void> {
    return this.#orders.set('last', 'a');
  }
}
class Invoices {
  read(): Promise<string | undefined> {
    return kv('invoices').getText('last');
  }
}
/** Each tool needs what its own methods use. */
export class Shop {
  /** Calls the reading one of two methods. */
  @tool({ tokens: ['kv:orders:r'] })
  show(): Promise<string | undefined> {
    return new Orders().read();
  }
  /** Calls both by way of a private method. */
  @tool({ tokens: ['kv:orders:rw'] })
  async renew(): Promise<void> {
    await this.#write(new Orders());
  }
  /** Has a method of the same name, of another class. */
  @tool({ tokens: ['kv:invoices:r'] })
  bill(): Promise<string | undefined> {
    return new Invoices().read();
  }
  async #write(orders: Orders): Promise<void> {
    if ((await orders.read()) === undefined) await orders.write();
  }
}
