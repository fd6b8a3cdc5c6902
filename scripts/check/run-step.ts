/** Runs one step of the gate in a process of its own and says how it went. */
import { spawn } from 'node:child_process';
import process from 'node:process';

/** The exit code by which a step says that what it needs is not on this machine; its last line says what. As in automake. */
export const skippedExitCode = 77;

/** A step: a program of this package, run by this Node from the root of the package. */
export interface Step {
  readonly name: string;
  /** Path of the script. */
  readonly script: string;
  readonly args: readonly string[];
}

/** How a step went. */
export interface StepResult {
  readonly step: Step;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly wallMs: number;
  /** Standard output and error, in the order of their arrival. */
  readonly output: string;
}

/** Runs a step to its end; never rejects. */
export function runStep(step: Step): Promise<StepResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [step.script, ...step.args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (outcome: StepResult['outcome']): void =>
      resolve({ step, outcome, wallMs: performance.now() - started, output });
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end('failed');
    });
    child.on('close', (code) => end(code === 0 ? 'passed' : code === skippedExitCode ? 'skipped' : 'failed'));
  });
}

/** Runs steps, at most `width` at the same time, and hands each result on as it comes. */
export async function runSteps(
  steps: readonly Step[],
  width: number,
  onResult: (result: StepResult) => void,
): Promise<void> {
  const waiting = [...steps];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) onResult(await runStep(step));
  };
  await Promise.all(Array.from({ length: width }, lane));
}
