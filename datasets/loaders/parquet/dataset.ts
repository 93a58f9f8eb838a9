import { pairsFrom } from '../pairs.js';
import { readParquetPairs } from './read.js';

export const parquet = pairsFrom(
  'parquet',
  'preference pairs from Parquet (Hugging Face layout); no gold reward',
  'A Parquet file, or a folder with the shards of one split',
  readParquetPairs,
);

export default parquet;
