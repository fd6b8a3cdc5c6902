import { type Json, aria, tool } from '@aria/sdk';

@aria({ name: 'deep-values', version: '1.0.0', description: 'Takes and returns what is nested deeply' })
export class DeepValues {
  /** As deep as it was asked for, in lists. */
  @tool()
  lists(input: { depth: number }): Json {
    let value: Json = 1;
    for (let depth = 0; depth < input.depth; depth += 1) value = [value];
    return value;
  }

  /** In objects. */
  @tool()
  objects(input: { depth: number }): Json {
    let value: Json = 1;
    for (let depth = 0; depth < input.depth; depth += 1) value = { value };
    return value;
  }

  /** Itself. */
  @tool()
  cycle(): Json {
    const value: Record<string, Json> = {};
    value['self'] = value;
    return value;
  }

  /** A new one each time that it is looked at. */
  @tool({ computeMs: 2_000 })
  endless(): Json {
    const next = (): Record<string, Json> => ({
      get deeper(): Json {
        return next();
      },
    });
    return next();
  }

  /** What it was given. */
  @tool()
  echo(input: { value: Json }): Json {
    return input.value;
  }
}
