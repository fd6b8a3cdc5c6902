/** Judges what a project says about its bundle. */
import { manifestMaxima, manifestSchema } from '#wit/manifest';
import type { DiagnosticCollector, Place } from './diagnostic.ts';

/** A text and where it is written. */
export interface PlacedText {
  readonly text: string;
  readonly place: Place;
}

/** Reports a name that no bundle can have. */
export function checkBundleName({ text, place }: PlacedText, collector: DiagnosticCollector): void {
  if (manifestSchema.shape.name.safeParse(text).success) return;
  const suggestion = text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 64);
  collector.report(place, {
    code: 'BUNDLE_NAME_INVALID',
    message: `Cannot call the bundle "${text}": a name is lower-case words joined by dashes, at most 64 characters`,
    remedy: suggestion === '' ? 'Write a name such as invoice-kit' : `Write ${suggestion}`,
  });
}

/** Reports a version that is not semantic. */
export function checkBundleVersion({ text, place }: PlacedText, collector: DiagnosticCollector): void {
  if (manifestSchema.shape.version.safeParse(text).success) return;
  collector.report(place, {
    code: 'BUNDLE_VERSION_INVALID',
    message: `Cannot give the bundle the version "${text}": it is not a semantic version`,
    remedy: 'Write a version such as 1.2.3',
  });
}

/** Reports a text that is longer than a manifest may have it. */
export function checkDescription(what: string, { text, place }: PlacedText, collector: DiagnosticCollector): void {
  if (text.length <= manifestMaxima.descriptionCharacters) return;
  collector.report(place, {
    code: 'DESCRIPTION_TOO_LONG',
    message: `Cannot describe ${what}: ${text.length} characters are more than ${manifestMaxima.descriptionCharacters}`,
    remedy: 'Say it in fewer words: models read all of it',
  });
}
