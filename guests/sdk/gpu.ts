/** Compute shaders. */
import type { GpuBinding, GpuBuffer, GpuComputeRequest } from '#wit/host-types';
import { start } from './operations.ts';

/** A run of a shader. */
export type ComputeRequest = GpuComputeRequest<Uint8Array>;
/** A buffer that a shader uses. */
export type ComputeBinding = GpuBinding<Uint8Array>;
/** A buffer after the run. */
export type ComputeBuffer = GpuBuffer<Uint8Array>;

/** Compute shaders, by the tokens `gpu:<device|any>:compute`. */
export const gpu = {
  /**
   * Runs a WGSL shader and gives its `read-write` buffers, by index.
   * @example
   * const [sum] = await gpu.compute({
   *   shader,
   *   bindings: [{ index: 0, usage: 'read-write', content: new Uint8Array(numbers.buffer) }],
   *   workgroups: [1, 1, 1],
   * });
   */
  compute(request: ComputeRequest): Promise<readonly ComputeBuffer[]> {
    return start('gpu.compute', request);
  },
} as const;
