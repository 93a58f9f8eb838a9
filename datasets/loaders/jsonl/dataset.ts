import { pairsFrom } from '../pairs.js';
import { readJsonlPairs } from './read.js';

export const jsonl = pairsFrom(
  'jsonl',
  'preference pairs from a JSONL file (Hugging Face layout, HH-RLHF included); no gold reward',
  'JSONL, gzipped or not',
  readJsonlPairs,
);

export default jsonl;
