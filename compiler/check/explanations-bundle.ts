/** Explanations of what is wrong with a project as a whole, and with options in general. */
import type { DiagnosticCode } from './codes.ts';
import { type Explanation, project, sketch, source } from './explanation.ts';

const oneTool = `import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => ({ sum: input.a + input.b }));
`;

/** By code. */
export const bundleExplanations = {
  PROJECT_INVALID: {
    why: 'These files say what the bundle is called and how strict its types are. Reading on with half of one would build something else than is meant.',
    wrong: project({
      'package.json': '{ "name": "sums", "version": "1.0.0", "description": "Sums", }\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'package.json': '{ "name": "sums", "version": "1.0.0", "description": "Sums" }\n',
      'src/guest.ts': oneTool,
    }),
  },
  PROJECT_UNNAMED: {
    why: 'A host registers, upgrades and trusts bundles by their name, so that no name is made up. An @aria class comes first, then aria.toml, then package.json.',
    wrong: project({ 'package.json': '{ "private": true }\n', 'src/guest.ts': oneTool }),
    right: project({
      'aria.toml': '[project]\nname = "sums"\nversion = "1.0.0"\ndescription = "Sums"\n',
      'src/guest.ts': oneTool,
    }),
  },
  BUNDLE_NAME_INVALID: {
    why: 'The name becomes part of file names, addresses and the names of tools in a host. Words joined by dashes mean the same in all of them.',
    wrong: project({
      'package.json': '{ "name": "Invoice Kit", "version": "1.0.0", "description": "Sums" }\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'package.json': '{ "name": "invoice-kit", "version": "1.0.0", "description": "Sums" }\n',
      'src/guest.ts': oneTool,
    }),
  },
  BUNDLE_VERSION_INVALID: {
    why: 'A host decides by the version what an upgrade is, so it has to be comparable: three numbers, and what semantic versioning allows after them.',
    wrong: project({
      'package.json': '{ "name": "sums", "version": "1.0", "description": "Sums" }\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'package.json': '{ "name": "sums", "version": "1.0.0", "description": "Sums" }\n',
      'src/guest.ts': oneTool,
    }),
  },
  ARIA_CLASS_DUPLICATE: {
    why: 'With two classes under @aria it is not clear what the bundle is called. Other classes need no @aria to have tools.',
    wrong: source(`import { aria, tool } from '@aria/sdk';

@aria({ name: 'sums', version: '1.0.0', description: 'Sums' })
export class Sums {
  /** Adds two numbers. */
  @tool()
  add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}

@aria({ name: 'products', version: '1.0.0', description: 'Products' })
export class Products {}
`),
    right: source(`import { aria, tool } from '@aria/sdk';

@aria({ name: 'sums', version: '1.0.0', description: 'Sums and products' })
export class Sums {
  /** Adds two numbers. */
  @tool()
  add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}

export class Products {
  /** Multiplies two numbers. */
  @tool()
  multiply(input: { a: number; b: number }): number {
    return input.a * input.b;
  }
}
`),
  },
  NO_TOOLS: {
    why: "Only what goes through tool() of '@aria/sdk' is a tool; an exported function is not. A function of the same name from elsewhere does not count.",
    wrong: source(`export function add(input: { a: number; b: number }): number {
  return input.a + input.b;
}
`),
    right: source(oneTool),
  },
  TOO_MANY_TOOLS: {
    why: 'A host reads, checks and lists all tools of a bundle at once, and a model that is given hundreds chooses badly.',
    wrong: sketch('One project that exports a thousand constants made by tool()'),
    right: sketch('Several projects, each with the tools of one subject'),
  },
  TOO_MANY_FILES: {
    why: 'Nearly always a wrong directory was named: a home, or a folder of many projects. Without a src folder everything below the directory is read.',
    wrong: sketch('arc build ~/projects'),
    right: sketch('arc build ~/projects/invoice-kit, whose sources are in its src folder'),
  },
  OPTION_UNKNOWN: {
    why: 'An option that nobody reads would be silently without effect; most are a known one with a slip.',
    wrong: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeoutMs: 500 }, () => null);
`),
    right: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeout: 500 }, () => null);
`),
  },
  OPTION_MISSING: {
    why: 'What is missing cannot be guessed: a bundle without a version cannot be upgraded, an agent without a task has nothing to do.',
    wrong: source(`import { aria, tool } from '@aria/sdk';

@aria({ name: 'sums', description: 'Sums' })
export class Sums {
  /** Adds two numbers. */
  @tool()
  add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}
`),
    right: source(`import { aria, tool } from '@aria/sdk';

@aria({ name: 'sums', version: '1.0.0', description: 'Sums' })
export class Sums {
  /** Adds two numbers. */
  @tool()
  add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}
`),
  },
  OPTION_NOT_STATIC: {
    why: 'The manifest is made of the options before any code runs, and a person approves what it says. So options cannot depend on what a function returns or a variable holds.',
    wrong: source(`import { tool } from '@aria/sdk';

const seconds = (count: number): number => count * 1000;
export const wait = tool({ name: 'wait', description: 'Waits', timeout: seconds(5) }, () => null);
`),
    right: source(`import { tool } from '@aria/sdk';

const fiveSeconds = 5_000;
export const wait = tool({ name: 'wait', description: 'Waits', timeout: fiveSeconds }, () => null);
`),
  },
  OPTION_TYPE_INVALID: {
    why: 'Options go into the manifest as they stand; a host would refuse a bundle whose timeout is a text.',
    wrong: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeout: '5s' }, () => null);
`),
    right: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeout: 5_000 }, () => null);
`),
  },
  OPTION_OUT_OF_RANGE: {
    why: 'A host has maxima for time, memory and tries, so that no bundle takes all of a machine. What is beyond them is refused when it is built, not when it is called.',
    wrong: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeout: -1 }, () => null);
`),
    right: source(`import { tool } from '@aria/sdk';

export const wait = tool({ name: 'wait', description: 'Waits', timeout: 60_000 }, () => null);
`),
  },
  TUNING_UNKNOWN: {
    why: 'What the source declares is tuned in aria.toml. A table for a tool that does not exist, or a key that nobody reads, would be silently without effect.',
    wrong: project({
      'aria.toml': '[tool.ad]\ntimeout_ms = 500\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'aria.toml': '[tool.add]\ntimeout_ms = 500\n',
      'src/guest.ts': oneTool,
    }),
  },
  TUNING_INVALID: {
    why: 'The values of aria.toml become options of the manifest, and have the same types and the same bounds.',
    wrong: project({
      'aria.toml': '[tool.add]\ntimeout_ms = "soon"\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'aria.toml': '[tool.add]\ntimeout_ms = 500\n',
      'src/guest.ts': oneTool,
    }),
  },
  TUNING_CONTRADICTION: {
    why: 'Whoever reads one of the two places would believe something wrong, so neither wins. Leave the option in one of them.',
    wrong: project({
      'aria.toml': '[tool.add]\ntimeout_ms = 500\n',
      'src/guest.ts': oneTool.replace('{}', '{ timeout: 1_000 }'),
    }),
    right: project({
      'aria.toml': '[tool.add]\ntimeout_ms = 500\n',
      'src/guest.ts': oneTool,
    }),
  },
  DEPENDENCY_INVALID: {
    why: 'The line becomes part of the manifest, and a host keeps the bundle only beside versions that lie in the range. So the name has to be that of a bundle, another one than this, and the range one of semantic versions.',
    wrong: project({
      'aria.toml':
        '[project]\nname = "sums"\nversion = "1.0.0"\ndescription = "Sums"\n\n[dependencies]\nsums = "^1.0"\n',
      'src/guest.ts': oneTool,
    }),
    right: sketch('[dependencies]\ninvoice-kit = "^0.2"'),
  },
  DEPENDENCY_MISSING: {
    why: 'What steps give to tools of another bundle is checked against their schemas, for which the version of aria.lock has to be on this machine. It is kept there once it was fetched, so that this works without a network.',
    wrong: project({
      'aria.toml':
        '[project]\nname = "sums"\nversion = "1.0.0"\ndescription = "Sums"\n\n[dependencies]\ninvoice-kit = "^0.2"\n',
      'src/guest.ts': oneTool,
    }),
    right: sketch('The same after "arc install", which writes aria.lock'),
  },
  SECRET_INLINE: {
    why: `A repository and a bundle are passed on, and what aria.toml says with them. A host puts in the value of \${env:NAME} when it needs it, and never shows it.`,
    wrong: project({
      'aria.toml': '[llm]\nprovider = "openai"\nmodel = "gpt-4o-mini"\napi_key = "sk-0123456789abcdef"\n',
      'src/guest.ts': oneTool,
    }),
    right: project({
      'aria.toml': `[llm]\nprovider = "openai"\nmodel = "gpt-4o-mini"\napi_key = "\${env:OPENAI_API_KEY}"\n`,
      'src/guest.ts': oneTool,
    }),
  },
} satisfies Partial<Record<DiagnosticCode, Explanation>>;
