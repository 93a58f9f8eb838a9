import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Values computed with PyTorch, transformers and TRL on a CPU; tolerances are what float32 supports. */
export const goldenDir = fileURLToPath(new URL('.', import.meta.url));
export const golden = <T>(file: string): T => JSON.parse(readFileSync(join(goldenDir, file), 'utf8')) as T;

export interface TrlGolden {
  readonly pairs: readonly { readonly prompt: string; readonly chosen: string; readonly rejected: string }[];
  readonly batch: {
    readonly input_ids: number[][];
    readonly attention_mask: number[][];
    readonly completion_mask: number[][];
  };
  readonly losses: Readonly<
    Record<
      string,
      { readonly loss: number; readonly gradNorm: number; readonly metrics: Readonly<Record<string, number>> }
    >
  >;
  readonly trajectory: Readonly<Record<string, { readonly loss: number[]; readonly gradNorm: number[] }>>;
}

export interface ModelGolden {
  readonly text: string;
  readonly textIds: number[];
  readonly ids: number[][];
  readonly lastLogits: number[][];
  readonly tokenLogps: number[][];
  readonly greedy: number[][];
  readonly leftPadded: {
    readonly ids: number[][];
    readonly attentionMask: number[][];
    readonly lastLogits: number[][];
  };
  readonly chat: { readonly messages: unknown; readonly text: string; readonly ids: number[] };
  readonly unicode: { readonly text: string; readonly ids: number[] };
}

export const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(1e-6, Math.abs(b));
