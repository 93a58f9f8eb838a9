import type { Architecture } from '../../harness/policy/architecture.js';
import { TiltyardError } from '../../harness/errors.js';
import { transformer } from '../../harness/policy/transformer.js';

/** A transformer that is timed here and against other libraries (test/peers). */
export interface ModelSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

export const MODELS: readonly ModelSize[] = [
  { width: 64, layers: 2, heads: 4 },
  { width: 128, layers: 4, heads: 4 },
  { width: 256, layers: 4, heads: 4 },
  { width: 512, layers: 6, heads: 8 },
];

export const nameOf = ({ width }: ModelSize): string => `D${width}`;

/** @throws TiltyardError for a width that no model has */
export function modelOf(width: number): ModelSize {
  const model = MODELS.find((known) => known.width === width);
  if (model !== undefined) return model;
  const known = MODELS.map((each) => each.width).join(', ');
  throw new TiltyardError('bench-size', `bench: there is no size ${width}; known: ${known}`);
}

export const architectureOf = (model: ModelSize, vocabSize: number, contextLength: number): Architecture =>
  transformer({ ...model, vocabSize, contextLength });
