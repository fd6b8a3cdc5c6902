/** The files of the repository that are made from others of it. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { skippedExitCode } from '../check/run-step.ts';

/** A text that is made from other files. */
interface GeneratedText {
  readonly name: string;
  readonly path: string;
  /** Makes the whole text. */
  readonly render: () => Promise<string>;
}

/** What a program of its own makes. */
interface GeneratedByProgram {
  readonly name: string;
  /** Writes, or with `--check` compares and ends with 1 where there is a difference, with 77 where its toolchain is absent. */
  readonly program: string;
}

/** A generated file. */
export type GeneratedFile = GeneratedText | GeneratedByProgram;

/** Everything that `npm run generate` writes and the gate compares. */
export const generatedFiles: readonly GeneratedFile[] = [
  {
    name: 'host types',
    path: 'wit/host-types/generated.ts',
    render: async () => (await import('../../wit/host-types/generate.ts')).generateHostTypes(),
  },
  {
    name: 'manifest schema',
    path: 'wit/manifest/manifest.schema.json',
    render: async () => (await import('../../wit/manifest/publish.ts')).manifestJsonSchema(),
  },
  {
    name: 'sdk declarations',
    path: 'guests/sdk/declarations/generated.ts',
    render: async () => (await import('../../compiler/read/declare-sdk.ts')).declareSdk('arc'),
  },
  {
    name: 'sdk for editors',
    path: 'guests/sdk/declarations/editor/generated.ts',
    render: async () => (await import('../../compiler/read/declare-sdk.ts')).declareSdk('editors'),
  },
  {
    name: 'grpc descriptors',
    path: 'wit/proto/generated.ts',
    render: async () => (await import('../../wit/proto/generate.ts')).generateDescriptor(),
  },
  {
    name: 'container agent',
    path: 'guests/container/built/agent.js',
    render: async () => (await import('../../guests/container/build.ts')).buildAgent(),
  },
  { name: 'guest engine', program: 'guests/engine/build/build.ts' },
];

/** Runs the program of a generated file; its output goes where ours goes. */
export function runGenerator({ program }: GeneratedByProgram, args: readonly string[]): 'done' | 'failed' | 'skipped' {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  return status === 0 ? 'done' : status === skippedExitCode ? 'skipped' : 'failed';
}
