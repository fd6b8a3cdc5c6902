/** The templates of `arc new`: folders of real files, in which the one placeholder is the name `project-name`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { compareText } from '../check/diagnostic.ts';

const templatesFolder = join(import.meta.dirname, '../../guests/templates');
const placeholder = /\bproject-name\b/g;
/** What a build leaves in a template that somebody tries out where it lies. */
const skipped: readonly string[] = ['node_modules', 'dist', '.aria'];

/** What is said of a template to those who choose one. */
interface TemplateFacts {
  readonly description: string;
  /** A tool of it and an input, for the command line that is suggested. */
  readonly call: { readonly tool: string; readonly input: string };
}

/** Every template, the one that is taken by default first. */
export const templates = {
  basic: {
    description: 'tools that keep notes',
    call: { tool: 'addNote', input: '{"title":"first","text":"to be or not to be"}' },
  },
  agent: {
    description: 'an agent with its tools',
    call: { tool: 'findArticles', input: '{"query":"password"}' },
  },
  pipeline: {
    description: 'a pipeline of typed steps',
    call: { tool: 'readExpenses', input: '{"csv":"travel,120.50"}' },
  },
} as const satisfies Readonly<Record<string, TemplateFacts>>;

/** The name of a template. */
export type TemplateName = keyof typeof templates;

/** The names of all templates. */
export const templateNames = Object.keys(templates) as readonly TemplateName[];

/** Whether there is a template of that name. */
export function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(templates, name);
}

/** The files of a template for a project of that name, by their paths in it, with forward slashes, sorted. */
export function templateFiles(template: TemplateName, name: string): ReadonlyMap<string, string> {
  const folder = join(templatesFolder, template);
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ file, path: relative(folder, file).split(sep) }))
      .filter(({ path }) => !path.some((part) => skipped.includes(part)))
      .map(({ file, path }): [string, string] => [
        // git would follow a .gitignore in its own repository, and npm would leave it out of a package.
        path.join('/').replace(/^gitignore$/, '.gitignore'),
        readFileSync(file, 'utf8').replaceAll(placeholder, name),
      ])
      .sort(([a], [b]) => compareText(a, b)),
  );
}
