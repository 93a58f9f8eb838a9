import { TiltyardError } from '../../errors.js';
import type { Json } from './json-file.js';

/**
 * What transformers 5 builds for a tokenizer class. Classes of their own keep vocabulary, merges and
 * post-processor of tokenizer.json, and bring the rest, and default tokens, along.
 */
export interface TokenizerClass {
  readonly name: string;
  /** Replaces the parts of tokenizer.json; null: they stand as they are. */
  readonly rebuilt: ((settings: Json) => Json) | null;
  /** Tokens by role where tokenizer_config.json is silent. */
  readonly tokens: Readonly<Record<string, string>>;
}

const END = '<|endoftext|>';
const model = (more: Json): Json => ({ type: 'BPE', dropout: null, ...more });
const byteLevel = (addPrefixSpace: boolean, useRegex: boolean): Json => ({
  type: 'ByteLevel',
  add_prefix_space: addPrefixSpace,
  use_regex: useRegex,
});
const replace = (from: string, to: string): Json => ({
  type: 'Replace',
  pattern: { String: from },
  content: to,
});
const QWEN2 = [
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}`,
  String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
].join('|');

const BACKEND: TokenizerClass = { name: 'TokenizersBackend', rebuilt: null, tokens: {} };

const CLASSES: readonly TokenizerClass[] = [
  {
    name: 'GPT2Tokenizer',
    tokens: { unk: END, bos: END, eos: END },
    rebuilt: (settings) => ({
      normalizer: null,
      pre_tokenizer: byteLevel(settings['add_prefix_space'] === true, true),
      decoder: { type: 'ByteLevel' },
      model: model({}),
    }),
  },
  {
    name: 'GPTNeoXTokenizer',
    tokens: { unk: END, bos: END, eos: END, pad: '<|padding|>' },
    rebuilt: (settings) => ({
      normalizer: { type: 'NFC' },
      pre_tokenizer: byteLevel(settings['add_prefix_space'] === true, true),
      decoder: { type: 'ByteLevel' },
      model: model({}),
    }),
  },
  {
    name: 'Qwen2Tokenizer',
    tokens: { unk: END, eos: END, pad: END },
    rebuilt: (settings) => ({
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: QWEN2 }, behavior: 'Isolated', invert: false },
          byteLevel(settings['add_prefix_space'] === true, false),
        ],
      },
      decoder: { type: 'ByteLevel' },
      model: model({}),
    }),
  },
  {
    name: 'LlamaTokenizer',
    tokens: { unk: '<unk>', bos: '<s>', eos: '</s>' },
    rebuilt: (settings) => {
      const prefix = settings['add_prefix_space'] !== false;
      const scheme = settings['legacy'] === true ? 'always' : 'first';
      const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
      return {
        normalizer: null,
        pre_tokenizer: {
          type: 'Metaspace',
          replacement: '\u2581',
          prepend_scheme: prefix ? scheme : 'never',
          split: false,
        },
        decoder: {
          type: 'Sequence',
          decoders: [
            replace('\u2581', ' '),
            { type: 'ByteFallback' },
            { type: 'Fuse' },
            ...(prefix ? [strip] : []),
          ],
        },
        model: model({ fuse_unk: true, byte_fallback: true }),
      };
    },
  },
  {
    name: 'GemmaTokenizer',
    tokens: { unk: '<unk>', bos: '<bos>', eos: '<eos>', pad: '<pad>', mask: '<mask>' },
    rebuilt: (settings) => ({
      normalizer: replace(' ', '\u2581'),
      pre_tokenizer: {
        type: 'Split',
        pattern: { String: ' ' },
        behavior: 'MergedWithPrevious',
        invert: false,
      },
      decoder: {
        type: 'Sequence',
        decoders: [replace('\u2581', ' '), { type: 'ByteFallback' }, { type: 'Fuse' }],
      },
      model: model({ fuse_unk: true, byte_fallback: true, unk_token: settings['unk_token'] ?? '<unk>' }),
    }),
  },
];

/** Classes that transformers 5 builds anew too, in ways that are not built here. */
const OTHERS = new Set(
  `Albert Bart Barthez Bartpho BertGeneration BertJapanese Bert Bertweet BigBird BioGpt BlenderbotSmall
  Blenderbot ByT5 CLIP CTRL Camembert Canine Clvp CodeLlama Cohere CpmAnt Cpm DPRQuestionEncoder Deberta
  DebertaV2 Dia Esm Esmc FSMT Flaubert Funnel GPTNeoXJapanese GPTSw3 Herbert LED Lasr LayoutLMv2 LayoutLMv3
  LayoutXLM Luke Lxmert M2M100 MBart50 MBart MLuke MPNet Marian MarkupLM Mgpstr MobileBert Mvp MyT5 Nllb
  Nougat OpenAIGPT PLBart Pegasus Perceiver Phobert ProphetNet Qwen3_5 Rag Reformer RemBert RoCBert RoFormer
  Roberta SeamlessM4T Siglip2 Siglip Speech2Text SpeechT5 Splinter T5 Tapas Tipsv2 Udop VideoPrism Vits
  Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper XGLM XLMRoberta XLM XLNet`
    .split(/\s+/)
    .map((name) => `${name}Tokenizer`),
);

/** The class that transformers has for a model type, where it is one of its own. */
const OF_MODEL: Readonly<Record<string, string>> = {
  gpt2: 'GPT2Tokenizer',
  gpt_neox: 'GPTNeoXTokenizer',
  qwen2: 'Qwen2Tokenizer',
  qwen3: 'Qwen2Tokenizer',
  gemma: 'GemmaTokenizer',
  gemma2: 'GemmaTokenizer',
  gemma3_text: 'GemmaTokenizer',
};

/** Model types whose folders often name a wrong class, so that transformers does not heed it. */
const NOT_HEEDED = new Set(['qwen2']);

/**
 * The class as `AutoTokenizer` chooses it: what tokenizer_config.json names, else what the model type has.
 * @throws TiltyardError for a class whose tokens would not be those of transformers
 */
export function tokenizerClass(dir: string, settings: Json, config: Json): TokenizerClass {
  const given = settings['tokenizer_class'] ?? config['tokenizer_class'];
  const named = typeof given === 'string' ? given.replace(/Fast$/, '') : null;
  const type = typeof config['model_type'] === 'string' ? config['model_type'] : '';
  const own = OF_MODEL[type];
  const name = named === null || (own !== undefined && NOT_HEEDED.has(type)) ? (own ?? '') : named;
  if (OTHERS.has(name)) {
    throw new TiltyardError(
      'unsupported-tokenizer',
      `${dir}/tokenizer_config.json: tokenizer_class '${String(given)}' is not built; known: ` +
        `${CLASSES.map((known) => known.name).join(', ')}, and PreTrainedTokenizerFast, ` +
        'which is tokenizer.json as it stands',
    );
  }
  return CLASSES.find((known) => known.name === name) ?? BACKEND;
}
