import { tool } from '@aria/sdk';

export class Kit {
  readonly #unit: string;

  constructor(unit: string, _optional?: number) {
    this.#unit = unit;
  }

  /** Needs a unit. */
  @tool({})
  unit(): string {
    return this.#unit;
  }
}
export class Fine {
  readonly #unit: string;

  constructor(unit = 'ms', ..._rest: string[]) {
    this.#unit = unit;
  }

  /** Has a default. */
  @tool({})
  ms(): string {
    return this.#unit;
  }
}
