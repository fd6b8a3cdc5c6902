import { kv, tool } from '@aria/sdk';

interface Repository {
  save(text: string): Promise<void>;
}
class KvRepository implements Repository {
  save(text: string): Promise<void> {
    return kv('saved').set('last', text);
  }
}
class Memory implements Repository {
  save(): Promise<void> {
    return Promise.resolve();
  }
}
abstract class Base {
  run(): Promise<void> {
    return this.step();
  }
  protected abstract step(): Promise<void>;
}
class Derived extends Base {
  protected step(): Promise<void> {
    return kv('steps').delete('last').then(() => undefined);
  }
}
function repository(durable: boolean): Repository {
  return durable ? new KvRepository() : new Memory();
}
/** Which class it will be is not known. */
export const saving = tool({}, ({ durable }: { durable: boolean }) => repository(durable).save('a'));
/** Calls what a derived class overrides. */
export const stepping = tool({}, () => new Derived().run());
