import { tool } from '@aria/sdk';

const seen: string[] = [];
function note(_target: object, name: string): void {
  seen.push(name);
}
export class Kit {
  /** Says what was noted. */
  @note
  @tool({})
  noted(): string[] {
    return seen;
  }
}
