import { pairDataset } from '../pair-dataset.js';
import { parquetSources } from './read.js';

export const parquet = pairDataset({
  name: 'parquet',
  description:
    'preference pairs, or completions with labels, from Parquet (Hugging Face layout); no gold reward',
  file: 'A Parquet file, or a folder with the shards of one split',
  sources: parquetSources,
});

export default parquet;
