import type { Tokenizer } from '../../contracts/tokenizer.js';

/** UTF-8 bytes as tokens 2..257; 0 is padding, 1 the end. Any text goes in and comes back. */
export function byteTokenizer(): Tokenizer {
  const encoder = new TextEncoder();
  /** Where one text after the other is encoded: memory of its own for each would be given back late. */
  let scratch = new Uint8Array(0);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    vocabSize: 258,
    padId: 0,
    eosId: 1,
    encode: (text) => {
      const most = 3 * text.length; // bytes of a character that takes one place in a string
      if (scratch.length < most) scratch = new Uint8Array(Math.max(most, 2 * scratch.length));
      const { written } = encoder.encodeInto(text, scratch);
      const ids = new Array<number>(written);
      for (let i = 0; i < written; i++) ids[i] = scratch[i]! + 2;
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
