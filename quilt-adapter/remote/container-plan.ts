/** From what somebody asks for to what the daemon is told, or a refusal where the daemon would do something else. */
import type { ContainerRequest } from '../runtime/container-runtime.ts';
import { specInvalid } from './errors.ts';
import type { WireCreate } from './messages.ts';
import { filteredCommand, survivesFilter } from './quirks/argument-filter.ts';
import { lineBytesMax, shellLine } from './quirks/exec-quoting.ts';
import { ignoredFields } from './quirks/ignored-requests.ts';
import { wireMounts } from './quirks/mounts.ts';

/** Of containers and volumes. Narrower than the daemon's: what it takes need not be a good name. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const labelsMax = 64;
const labelCharactersMax = 4_096;

/** @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  const remedy = 'Use 1 to 64 letters, digits, "_", "." and "-", a letter or a digit first';
  throw specInvalid(`the name "${name.slice(0, 100)}" is none`, remedy);
}

/** A name that nobody has. `random`: from 0 up to and without 1. */
export function randomName(prefix: string, random: () => number): string {
  const digits = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16));
  return `${prefix}-${digits.join('')}`;
}

/** The archive of an image on the daemon's machine. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function imagePath(image: string, images: Readonly<Record<string, string>>): string {
  const path = Object.hasOwn(images, image) ? images[image] : image;
  if (path !== undefined && path.startsWith('/') && !path.includes('\0') && path.length <= 4_096) return path;
  throw specInvalid(
    `there is no image "${image.slice(0, 200)}"`,
    "Give the absolute path of a .tar.gz of a root directory on the daemon's machine, or name one with the option images",
  );
}

/** Whether a request needs a daemon that passes on what it is given. */
export function needsPatch({ command, environment, workingDirectory }: ContainerRequest): boolean {
  return !survivesFilter(command) || Object.keys(environment ?? {}).length > 0 || workingDirectory !== undefined;
}

/** What the daemon is told. `path`: of the image. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function planContainer(
  request: ContainerRequest,
  { name, path, patched }: { readonly name: string; readonly path: string; readonly patched: boolean },
): WireCreate {
  const { command, environment, workingDirectory, mounts = [], limits } = request;
  checkRequest(request);
  if (!patched) checkStock(request);
  const wrapped = Object.keys(environment ?? {}).length > 0 || workingDirectory !== undefined;
  const line = {
    args: command,
    ...(environment && { environment }),
    ...(workingDirectory !== undefined && { workingDirectory }),
  };
  return {
    ...ignoredFields(limits),
    imagePath: path,
    // Directory and variables are ignored by every daemon: a shell sets them, and the command takes its place.
    command: wrapped ? ['/bin/sh', '-c', shellLine(line, { replace: true })] : command,
    name,
    mounts: wireMounts(mounts),
  };
}

function checkRequest({ command, start, labels = {} }: ContainerRequest): void {
  if (start === false)
    throw specInvalid('the daemon starts what it creates', 'Leave out start: false, and create it when it is to run');
  if (command.length === 0 || command[0] === '')
    throw specInvalid('the command is empty', 'Name a program of the image');
  if (command.some((argument) => argument.includes('\0') || !argument.isWellFormed())) {
    throw specInvalid('the command holds a NUL character or half of a UTF-16 pair', 'Leave them out');
  }
  const bytes = command.reduce((sum, argument) => sum + Buffer.byteLength(argument) + 1, 0);
  if (bytes > lineBytesMax)
    throw specInvalid(
      `the command has ${bytes} bytes, and ${lineBytesMax} are the maximum`,
      'Put what is long into a file of the image',
    );
  const entries = Object.entries(labels);
  if (entries.length > labelsMax || entries.some((entry) => entry.join('').length > labelCharactersMax)) {
    throw specInvalid(
      `labels are at most ${labelsMax} of ${labelCharactersMax} characters each`,
      'Use fewer or shorter ones',
    );
  }
}

/** A daemon as published would run something else, or without what it needs. */
function checkStock({ command, environment, workingDirectory }: ContainerRequest): void {
  const script =
    'Put a script into the image and name it as the whole command, or use a patched daemon with the option peer: "patched"';
  if (!survivesFilter(command)) {
    const instead = filteredCommand(command).slice(0, 100);
    throw specInvalid(`this daemon takes blanks and most signs out of a command, and would run "${instead}"`, script, {
      instead,
    });
  }
  if (Object.keys(environment ?? {}).length > 0)
    throw specInvalid('this daemon ignores the environment of a container', script);
  if (workingDirectory !== undefined)
    throw specInvalid('this daemon ignores the working directory of a container', script);
}
