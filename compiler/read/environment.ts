/** What reading and bundling have in common: where the SDK lies, and how packages are resolved. */
import { join } from 'node:path';

/** The module that users import; arc resolves it itself, so that a project needs no installed SDK. */
export const sdkModule = '@aria/sdk';
/** Absolute path of the folder of the SDK, with a slash at its end. */
export const sdkFolder = join(import.meta.dirname, '../../guests/sdk/');
/** Absolute path of the types of the SDK, as `declare-sdk.ts` writes them: a tenth of its text, and without the contracts. */
export const sdkFile = join(sdkFolder, 'declarations/generated.ts');
/** Absolute path of the declarations of the Web APIs that tools have. */
export const globalsFile = join(sdkFolder, 'globals.d.ts');

/** Conditions of package exports that fit tools, for types as for code: they have Web APIs, not Node's. */
export const packageConditions = ['aria', 'worker', 'browser'] as const;
