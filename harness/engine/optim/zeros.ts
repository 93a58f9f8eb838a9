import type { Engine, Variables } from '../engine.js';
import { sizeOf } from '../tensor.js';

/** Variables of the same names and shapes, 0 everywhere. */
export const zerosLike = (engine: Engine, { shapes }: Variables): Variables =>
  engine.variables(
    new Map([...shapes].map(([name, shape]) => [name, { shape, data: new Float32Array(sizeOf(shape)) }])),
  );
