import type { Dataset } from '../../../harness/contracts/dataset.js';
import { byteTokenizer } from '../../../harness/policy/tokenizers/bytes.js';
import { columnsToRead } from '../../../datasets/loaders/layout.js';
import { jsonlSources } from '../../../datasets/loaders/jsonl/read.js';
import { dialogue } from '../../../datasets/loaders/messages.js';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { parquetSources } from '../../../datasets/loaders/parquet/read.js';
import { readPairs } from '../../../datasets/loaders/read-pairs.js';
import { defaults as filled } from '../support.js';

/** A loader's parameters with their defaults. */
export const defaults = ({ params }: Dataset<PairsParams>, given: Partial<PairsParams>): PairsParams =>
  filled<PairsParams>(params, given);

/** The pairs of one file before they are split, in its order, as bytes and plain dialogues. */
export async function opened(dataset: Dataset<PairsParams>, file: string, given: Partial<PairsParams> = {}) {
  const params = defaults(dataset, { file, maxPromptTokens: 4096, maxCompletionTokens: 4096, ...given });
  const sources =
    dataset.name === 'jsonl' ? jsonlSources(file) : parquetSources(file, columnsToRead(params.columns));
  const read = await readPairs(file, sources, {
    params,
    template: dialogue,
    tokenizer: () => byteTokenizer(),
  });
  return { rows: read.pairs, read };
}
