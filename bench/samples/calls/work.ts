/** The work of the calls that are measured: the tools run it in their sandboxes, and the peers run the same text in theirs. */

export interface Greeting {
  message: string;
  tags: string[];
}

/** Next to nothing, so that the sandbox is what is measured. */
export async function greet(input: { name: string; n: number }): Promise<Greeting> {
  return { message: `Hello, ${input.name}! ${input.n + 1}`, tags: ['a', 'b'] };
}

function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function parseAndWrite(n: number): number {
  const text = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `item ${id}`, tags: ['x', 'y'], price: id / 4 })));
  let length = 0;
  for (let round = 0; round < n; round += 1) {
    const items: { id: number }[] = JSON.parse(text);
    length += JSON.stringify(items.filter(({ id }) => id % 2 === round % 2)).length;
  }
  return length;
}

function sortNumbers(n: number): number {
  let state = 1;
  const numbers = Array.from({ length: n }, () => (state = (state * 48_271) % 2_147_483_647));
  return numbers.sort((a, b) => a - b)[n >> 1] ?? 0;
}

const works = { fib: fibonacci, json: parseAndWrite, sort: sortNumbers };

/** Work that only computes. */
export async function compute(input: { work: 'fib' | 'json' | 'sort'; n: number }): Promise<{ result: number }> {
  return { result: works[input.work](input.n) };
}
