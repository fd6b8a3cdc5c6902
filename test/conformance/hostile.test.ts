import { afterAll, describe, test } from 'vitest';
import { enginesUnderTest } from './engines-under-test.ts';
import { attack } from './hostile/hostile-guest.ts';
import { binaryGuests } from './hostile/binary-guests.ts';
import { exhaustionGuests } from './hostile/exhaustion-guests.ts';
import { instantiationGuests } from './hostile/instantiation-guests.ts';
import { operationGuests } from './hostile/operation-guests.ts';
import { allocationGuests, valueGuests } from './hostile/value-guests.ts';

const guests = [
  ...instantiationGuests,
  ...exhaustionGuests,
  ...allocationGuests,
  ...valueGuests,
  ...operationGuests,
  ...binaryGuests,
];

describe.each(enginesUnderTest)('on $name a bystander notices nothing of', ({ name, create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());

  const tried = guests.filter(({ not }) => not !== name);
  test.for(tried.map((guest) => [guest.tries, guest] as const))('%s', ([, guest]) => attack(engine, guest));
});
