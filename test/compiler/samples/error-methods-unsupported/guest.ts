import { tool } from '@aria/sdk';

export class Kit {
  /** Static. */
  @tool({})
  static one(): void {}

  /** Private. */
  @tool({})
  private two(): void {}

  /** Protected. */
  @tool({})
  protected three(): void {}

  /** Hashed. */
  @tool({})
  #four(): void {}

  /** Generator. */
  @tool({})
  *five(): Generator<number> {
    yield 1;
  }

  six(): void {
    this.two();
    this.#four();
  }

  /** A field. */
  @tool({})
  seven = (): void => {};

  /** Computed. */
  @tool({})
  [`ei${'ght'}`](): void {}

  /** Overloaded. */
  nine(input: { a: string }): string;
  nine(input: { b: string }): string;
  @tool({})
  nine(input: { a?: string; b?: string }): string {
    return `${input.a}${input.b}`;
  }
}
export abstract class Half {
  /** In an abstract class. */
  @tool({})
  ten(): void {}
}
@tool({})
export class NotAMethod {}
