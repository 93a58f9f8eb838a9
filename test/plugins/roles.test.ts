import { describe, expect, test } from 'vitest';
import { rolesAreDeclared } from '../../harness/conformance/roles.js';
import { parameterRoles } from '../../harness/contracts/params.js';
import { type AlgorithmPlugin, learnsFrom } from '../../harness/contracts/plugin.js';
import { builtins, loadPlugin } from '../../harness/extensions.js';

const plugins = await Promise.all(builtins('algorithm').map((name) => loadPlugin(name)));
const named = (wanted: (plugin: AlgorithmPlugin) => boolean) =>
  plugins.filter(wanted).map((plugin) => [plugin.name, plugin] as const);
const kinds = ({ params }: AlgorithmPlugin): string[] =>
  [...parameterRoles(params).values()].map(({ kind }) => kind).sort();

/** Maximum likelihood is held to nothing, so it has no strength. */
const withoutReference = ['sft'];
const policies = named((p) => p.gives === 'policy' && !withoutReference.includes(p.name));

describe('roles of the built-in parameters', () => {
  test.each(policies.filter(([, p]) => p.sample === undefined))(
    '%s trains: one strength, one learning rate',
    (_, p) => expect(kinds(p)).toEqual(['learning-rate', 'strength']),
  );
  test.each(policies.filter(([, p]) => p.sample !== undefined))('%s samples: one strength', (_, p) =>
    expect(kinds(p)).toEqual(['strength']),
  );
  test.each(named((p) => p.gives === 'reward' || withoutReference.includes(p.name)))(
    '%s: a learning rate alone',
    (_, p) => expect(kinds(p)).toEqual(['learning-rate']),
  );
  test('which values hold back', () => {
    const held = policies.map(([name, { params }]) => {
      const strengths = [...parameterRoles(params)].map(([parameter, role]) =>
        role.kind === 'strength' ? `${parameter} ${role.holdsBack}` : '',
      );
      return [name, strengths.join('')];
    });
    const others = Object.fromEntries(held.filter(([, what]) => what !== 'beta larger'));
    expect(others).toEqual({
      'best-of-n': 'n smaller',
      'ppo-rlhf': 'klCoefficient larger',
    });
  });
  test('what each learns from follows from its needs', () => {
    const online = plugins.filter((p) => p.gives === 'policy' && learnsFrom(p) === 'own-samples');
    expect(online.map((p) => p.name)).toEqual(['grpo', 'online-dpo', 'ppo-rlhf', 'raft', 'rloo']);
    const atUse = plugins.filter((p) => p.gives === 'policy' && learnsFrom(p) === 'nothing');
    expect(atUse.map((p) => p.name)).toEqual(['best-of-n', 'tilt']);
  });
});

describe('the conformance check of roles', () => {
  const dpo = plugins.find((p) => p.name === 'dpo')!;
  const bestOfN = plugins.find((p) => p.name === 'best-of-n')!;
  const changed = (plugin: AlgorithmPlugin, name: string, role: unknown): AlgorithmPlugin => {
    const { 'x-role': _, ...plain } = plugin.params.properties[name]!;
    const property = role === undefined ? plain : { ...plain, 'x-role': role };
    return {
      ...plugin,
      params: { ...plugin.params, properties: { ...plugin.params.properties, [name]: property } },
    };
  };
  test('passes one of each, and a sampler with its strength alone', () => {
    expect(rolesAreDeclared(dpo)).toBeUndefined();
    expect(rolesAreDeclared(bestOfN)).toBeUndefined();
  });
  test('two of one kind are refused: a comparison sweeps one', () => {
    const two = changed(dpo, 'labelSmoothing', { kind: 'strength', holdsBack: 'larger' });
    expect(() => rolesAreDeclared(two)).toThrow(
      'beta and labelSmoothing each declare to be the strength; ' +
        'leave the role to the one that a comparison should sweep',
    );
  });
  test('a missing one is a note, not a failure', () => {
    expect(rolesAreDeclared(changed(dpo, 'beta', undefined))).toBe(
      "declares no strength (role: { kind: 'strength', holdsBack }): " +
        'no report can say that its grid was too narrow',
    );
    expect(rolesAreDeclared(changed(dpo, 'learningRate', undefined))).toMatch(/^declares no learning rate/);
    expect(rolesAreDeclared(changed(bestOfN, 'n', undefined))).toMatch(/^declares no strength \(/);
    expect(rolesAreDeclared(plugins.find((p) => p.name === 'bt-reward')!)).toBe('gives a reward');
  });
});
