import type { Tokenizer } from '../../contracts/tokenizer.js';

/** UTF-8 bytes as tokens 2..257; 0 is padding, 1 the end. Any text goes in and comes back. */
export function byteTokenizer(): Tokenizer {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    vocabSize: 258,
    padId: 0,
    eosId: 1,
    encode: (text) => {
      const bytes = encoder.encode(text);
      const ids = new Array<number>(bytes.length);
      for (let i = 0; i < bytes.length; i++) ids[i] = bytes[i]! + 2;
      return ids;
    },
    decode: (tokens) =>
      decoder.decode(
        Uint8Array.from(
          Array.from(tokens).filter((id) => id > 1),
          (id) => id - 2,
        ),
      ),
    toJSON: () => ({ type: 'tiltyard-bytes' }),
  };
}
