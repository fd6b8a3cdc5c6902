/** Compiled core modules by their hash: equal ones are compiled once, for all components and workers, while anybody holds them. */
import { createHash } from 'node:crypto';

/** The compiled modules of an engine. */
export class ModuleCache {
  readonly #compiling = new Map<string, Promise<WebAssembly.Module>>();
  readonly #compiled = new Map<string, WeakRef<WebAssembly.Module>>();
  readonly #dropped = new FinalizationRegistry((key: string) => {
    if (!this.#compiled.get(key)?.deref()) this.#compiled.delete(key);
  });

  /** @throws {WebAssembly.CompileError} where V8 refuses it. */
  async compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
    const key = createHash('sha256').update(bytes).digest('hex');
    const compiled = this.#compiled.get(key)?.deref();
    if (compiled) return compiled;
    const compiling = this.#compiling.get(key) ?? this.#compile(key, bytes);
    this.#compiling.set(key, compiling);
    return compiling;
  }

  async #compile(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
    try {
      const module = await WebAssembly.compile(bytes);
      this.#compiled.set(key, new WeakRef(module));
      this.#dropped.register(module, key);
      return module;
    } finally {
      this.#compiling.delete(key);
    }
  }
}
