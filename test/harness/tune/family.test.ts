import { describe, expect, test } from 'vitest';
import { stageRoles } from '../../../harness/config/roles.js';
import type { StagePlugins } from '../../../harness/config/stage-plugins.js';
import { integer, number, parameters } from '../../../harness/contracts/params.js';
import type { AlgorithmPlugin } from '../../../harness/contracts/plugin.js';
import type { Experiment } from '../../../harness/store/experiment.js';
import { familiesOf } from '../../../harness/tune/family.js';

const strength = { kind: 'strength', holdsBack: 'larger' } as const;
const beta = number({ above: 0, default: 0.1, role: strength, description: 'β' });
const learningRate = number({ above: 0, default: 3e-4, role: { kind: 'learning-rate' }, description: 'r' });
const plain = number({ default: 1, description: 'p' });

const plugin = (params: Parameters<typeof parameters>[0], more: object = {}): AlgorithmPlugin =>
  ({
    name: 'mine',
    needs: ['pairs'],
    gives: 'policy',
    params: parameters(params),
    ...more,
  }) as unknown as AlgorithmPlugin;

function families(
  params: Parameters<typeof parameters>[0],
  stage: { params?: object; sweep?: object } = {},
  configurations = 4,
  more: object = {},
) {
  const stages = { a: { algorithm: 'mine', start: null, reward: null, params: {}, sweep: {}, ...stage } };
  const experiment = { stages, collect: null } as unknown as Experiment;
  const plugins: StagePlugins = new Map([
    ['a', { plugin: plugin(params, more), module: 'mine', size: null }],
  ]);
  return familiesOf(experiment, plugins, stageRoles(experiment, plugins), configurations, 'f');
}

describe('families', () => {
  test("lie around the plugin's defaults, strengths four times apart, rates twice", () => {
    const [{ space, holdsBack, samples }] = families({ beta, learningRate, plain }) as [
      ReturnType<typeof families>[0],
    ];
    expect([-1, 0, 1].map(space.strength!.at)).toEqual([0.025, 0.1, 0.4]);
    expect([-1, 0, 1].map(space.rate!.at)).toEqual([1.5e-4, 3e-4, 6e-4]);
    expect([holdsBack, samples]).toEqual(['larger', false]);
  });
  test('lie around what the file gives, and the middle of what it sweeps', () => {
    const [{ space }] = families(
      { beta, learningRate },
      { params: { learningRate: 0.03 }, sweep: { beta: [0.1, 0.9] } },
    ) as [ReturnType<typeof families>[0]];
    expect(space.rate!.at(0)).toBe(0.03);
    expect(space.strength!.at(0)).toBe(0.3);
  });
  test('of a sampler have a fine axis of strengths', () => {
    const n = integer({
      min: 1,
      default: 16,
      role: { kind: 'strength', holdsBack: 'smaller' },
      description: 'n',
    });
    const [{ space, samples, holdsBack }] = families({ n }, {}, 4, { sample: () => {} }) as [
      ReturnType<typeof families>[0],
    ];
    expect([space.strength!.at(1), space.rate, samples, holdsBack]).toEqual([32, null, true, 'smaller']);
  });
  test('say what they cannot tune', () => {
    expect(families({ learningRate })[0]!.notes).toEqual([
      'mine declares no strength: only learningRate is tuned',
    ]);
    const two = {
      beta,
      tau: number({ above: 0, default: 1, role: strength, description: 't' }),
      learningRate,
    };
    expect(families(two)[0]!.notes).toEqual([
      'mine declares several strengths: beta is tuned, tau stays as it is',
    ]);
  });
});

describe('refused, with what to do', () => {
  test.each([
    ['no roles', () => families({ plain }), /f: stage a: mine says of none .*give one a role in the plugin/],
    [
      'a sweep of something else',
      () => families({ beta, plain }, { sweep: { plain: [1, 2] } }),
      /plain is neither/,
    ],
    [
      'a strength of 0',
      () => families({ beta }, { params: { beta: 0 } }),
      /beta is 0; give one value above 0/,
    ],
    [
      'too few values',
      () => families({ n: integer({ min: 1, max: 4, default: 2, role: strength, description: 'n' }) }),
      /--configurations 4 needs 4 values of n, its bounds leave 3; widen/,
    ],
  ] as const)('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
  test('nothing compared', () => {
    const stages = {
      a: { algorithm: 'mine', role: 'shared', start: null, reward: null, params: {}, sweep: {} },
    };
    const experiment = { stages, collect: null } as unknown as Experiment;
    const plugins: StagePlugins = new Map([['a', { plugin: plugin({ beta }), module: 'mine', size: null }]]);
    expect(() => familiesOf(experiment, plugins, stageRoles(experiment, plugins), 4, 'f')).toThrow(
      /f: no stage is compared.*role: compared/,
    );
  });
});
