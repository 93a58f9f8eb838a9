import { describe, expect, test } from 'vitest';
import { Fields } from '../../../../harness/policy/families/config.js';
import { type RopeSpelling, readRotation } from '../../../../harness/policy/families/rope.js';
import { golden } from '../../../golden/support.js';

type Config = Readonly<Record<string, unknown>>;

/** How each family spells its positions, as its reader has it. */
function spellingOf(config: Config): RopeSpelling {
  const [width, heads] = [config['hidden_size'] as number, config['num_attention_heads'] as number];
  const headSize = (config['head_dim'] as number | undefined) ?? width / heads;
  const context = config['max_position_embeddings'] as number;
  switch (config['model_type']) {
    case 'gpt_neox':
      return {
        headSize,
        context,
        thetaField: 'rotary_emb_base',
        share: { field: 'rotary_pct', fallback: 0.25 },
      };
    case 'phi3':
      return { headSize, context, share: { field: 'partial_rotary_factor', fallback: 1 } };
    case 'smollm3':
      return { headSize, context, theta: 2_000_000 };
    default:
      return { headSize, context };
  }
}
const rotationOf = (config: Config) => readRotation(new Fields('config.json', config), spellingOf(config));

// Made by test/peers/make_rope.py.
const rows = golden<{ config: Config; frequencies: number[]; scaling: number }[]>('rope.json');

describe('angles a position are those of transformers', () => {
  test.each(rows.map((row) => [JSON.stringify(row.config), row] as const))('%s', (_, row) => {
    const { frequencies, scaling } = rotationOf(row.config);
    expect(frequencies.length).toBe(row.frequencies.length);
    // As relative errors of float32 powers.
    row.frequencies.forEach((want, i) => expect(Math.abs(frequencies[i]! / want - 1)).toBeLessThan(2e-6));
    expect(scaling).toBeCloseTo(row.scaling, 9);
  });
});

describe('what is not built, or lacks something, is refused by field', () => {
  const base = rows[0]!.config;
  const cases: [Config, RegExp][] = [
    [
      { rope_scaling: { type: 'su', short_factor: [1], long_factor: [1] } },
      /type 'su' \('rope_scaling.type'\)/,
    ],
    [{ rope_parameters: { rope_type: 'longrope' } }, /type 'longrope' \('rope_parameters.rope_type'\)/],
    [{ rope_scaling: { rope_type: null, type: 'linear' } }, /type 'null' \('rope_scaling.rope_type'\)/],
    [{ rope_scaling: { type: 'linear' } }, /'rope_scaling.factor' should be a number above 0, got nothing/],
    [{ rope_scaling: { type: 'linear', factor: '2' } }, /'rope_scaling.factor' .* got "2"/],
    [{ rope_scaling: { type: 'linear', factor: -1 } }, /'rope_scaling.factor' .* got -1/],
    [{ rope_scaling: { factor: 2 } }, /'rope_scaling.factor' is 2, which .* type 'default' do not read/],
    [{ rope_scaling: { type: 'mrope', mrope_section: [1] } }, /type 'mrope'/],
    [{ rope_scaling: { type: 'linear', factor: 2, beta: 1 } }, /'rope_scaling.beta' is 1/],
    [{ rope_scaling: 'linear' }, /'rope_scaling' should be an object or null, got "linear"/],
    [{ rope_scaling: [2] }, /'rope_scaling' should be an object or null/],
    [{ rope_scaling: { type: 'llama3', factor: 8 } }, /'rope_scaling.low_freq_factor'/],
    [{ rope_parameters: { rope_theta: 0 } }, /'rope_parameters.rope_theta' should be a number above 0/],
    [{ rope_theta: null }, /'rope_theta' should be a number above 0, got null/],
    [{ partial_rotary_factor: 0.5 }, /'partial_rotary_factor' is 0.5, only 1 or null is built/],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, /'rope_parameters.partial_rotary_factor'/],
    [{ rope_parameters: { full_attention: { rope_type: 'default' } } }, /'rope_parameters.full_attention'/],
    [{ model_type: 'gpt_neox', rope_theta: 5 }, /'rope_theta' is 5, only 10000 or null is built/],
    [{ model_type: 'gpt_neox', rotary_pct: 2 }, /'rotary_pct' should be a number from 0 to 1/],
    [{ model_type: 'gpt_neox', rotary_pct: 0.1, rope_scaling: { type: 'yarn', factor: 2 } }, /an odd number/],
  ];
  test.each(cases)('%j', (fields, message) => {
    expect(() => rotationOf({ ...base, ...fields })).toThrow(message);
    expect(() => rotationOf({ ...base, ...fields })).toThrow(/^config\.json: /);
  });
});
