import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors, readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';
import type { HostTensor } from '../../../../harness/engine/tensor.js';
import { goldenDir } from '../../../golden/support.js';

export type Arrays = Map<string, HostTensor>;

/** A copy of a golden model folder to change. */
export class Folder {
  readonly dir: string;

  constructor(parent: string, name: string, family = 'tiny-llama') {
    this.dir = join(parent, name.replaceAll(/\W+/g, '-'));
    cpSync(join(goldenDir, family), this.dir, { recursive: true });
  }

  at(file: string): string {
    return join(this.dir, file);
  }

  text(file: string, change: (text: string) => string): this {
    writeFileSync(this.at(file), change(readFileSync(this.at(file), 'utf8')));
    return this;
  }

  write(file: string, value: unknown): this {
    writeFileSync(this.at(file), typeof value === 'string' ? value : JSON.stringify(value));
    return this;
  }

  removed(file: string): this {
    rmSync(this.at(file));
    return this;
  }

  /** Fields of config.json for others; undefined removes one. */
  config(fields: Readonly<Record<string, unknown>>): this {
    return this.text('config.json', (text) => JSON.stringify({ ...(JSON.parse(text) as object), ...fields }));
  }

  arrays(change: (arrays: Arrays) => void, file = 'model.safetensors'): this {
    const arrays = readSafetensors(this.at('model.safetensors'));
    change(arrays);
    writeFileSync(this.at(file), encodeSafetensors(arrays));
    return this;
  }

  /** Two shards and their index, without the one file. */
  shards(
    change: (parts: [Arrays, Arrays], index: { metadata?: unknown; weight_map: unknown }) => void,
  ): this {
    const all = [...readSafetensors(this.at('model.safetensors'))];
    const parts: [Arrays, Arrays] = [
      new Map(all.filter((_, i) => i % 2 === 0)),
      new Map(all.filter((_, i) => i % 2 === 1)),
    ];
    const index = {
      metadata: { total_size: 1 },
      weight_map: Object.fromEntries(
        parts.flatMap((part, i) => [...part.keys()].map((name) => [name, SHARDS[i]])),
      ),
    };
    change(parts, index);
    parts.forEach((part, i) => writeFileSync(this.at(SHARDS[i]!), encodeSafetensors(part)));
    return this.write('model.safetensors.index.json', index);
  }
}

export const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
