import { validated } from '../config/validate.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { invariantsHold, reachesClosedForm, startIsAsDeclared } from './declared.js';
import {
  failsInWords,
  isInterrupted,
  jobComesBack,
  keepsItsBudget,
  repeatsItself,
  requirementsAreMet,
} from './external.js';
import { gradientsAreRight } from './gradients.js';
import { metricsAreNamed, schemaIsClosed, schemaIsDocumented, works } from './interface.js';
import { LONG, memoryIsBounded } from './memory.js';
import { trainsInParts } from './micro-batches.js';
import { goldIsUntouched, otherSeedOtherRun, resumes, sameSeedSameBytes } from './repeats.js';
import { rolesAreDeclared } from './roles.js';
import { arms, language, type Params, run } from './run.js';
import { samplesAsStated } from './samples.js';
import { softLabelsAreRead } from './soft-labels.js';

/** One thing every plugin must do. `run` throws with what is wrong, or says why it does not apply. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<string | undefined>;
}

/** Of a trainer outside, what its files alone do not show. */
const NOT_CHECKED = 'gradients, invariants, closed form and memory';

/** The suite for one plugin; a list of named checks, so that a command or a test runner can drive it. */
export function conformance<P extends object>(given: AlgorithmPlugin<P>): ConformanceCheck[] {
  // Every set of parameters below is made by the plugin's own schema.
  const plugin = given as unknown as AlgorithmPlugin;
  const defaults = (): Params => validated<Params>(plugin.params, {}, plugin.name);
  const check = (name: string, body: () => unknown): ConformanceCheck => ({
    name,
    run: async () => {
      const reason = await body();
      return typeof reason === 'string' ? reason : undefined;
    },
  });
  const ofInterface = [
    check('the schema is closed and documented', () => schemaIsDocumented(plugin)),
    check('unknown parameters are refused and defaults are valid', () => schemaIsClosed(plugin)),
    check('one parameter is the strength, one the learning rate', () => rolesAreDeclared(plugin)),
  ];
  if (plugin.external !== undefined) {
    return [
      ...ofInterface,
      check('what it requires is there', () => requirementsAreMet(plugin)),
      check('a job comes back as steps, a ledger and a model', () => jobComesBack(plugin, defaults())),
      check('the same job gives the same weights', () => repeatsItself(plugin, defaults())),
      check('stop and resume equals uninterrupted', () => isInterrupted(plugin, defaults())),
      check('stops at its budget', () => keepsItsBudget(plugin, defaults())),
      check('fails in words', () => failsInWords(plugin, defaults())),
      check(NOT_CHECKED, () => 'what a command computes inside cannot be seen from here'),
    ];
  }
  const bounded = `memory stays bounded over ${LONG.toLocaleString('en')} steps`;
  return [
    ...ofInterface,
    check('runs on a transformer', async () => works(await run(plugin, language(), defaults()), plugin)),
    check('runs on a table', async () => works(await run(plugin, arms(), defaults()), plugin)),
    check('metrics are finite and named like TRL', async () =>
      metricsAreNamed((await run(plugin, language(), defaults())).steps, plugin),
    ),
    check('gradients of the loss equal finite differences', () => gradientsAreRight(plugin, defaults())),
    check('a batch in parts trains as it does whole', () => trainsInParts(plugin, defaults())),
    check('the same seed gives the same bytes', () => sameSeedSameBytes(plugin, defaults())),
    check('another seed gives another run', () => otherSeedOtherRun(plugin, defaults())),
    check('stop and resume equals uninterrupted', () => resumes(plugin, defaults())),
    check('the gold reward is neither given nor read', () => goldIsUntouched(plugin, defaults())),
    check('what is known before the first step holds', () => startIsAsDeclared(plugin, defaults())),
    check('samples follow the probabilities it states', () => samplesAsStated(plugin, defaults())),
    check('declared invariants hold', () => invariantsHold(plugin, defaults())),
    check('soft labels are read where they are declared', () => softLabelsAreRead(plugin, defaults())),
    check('reaches its closed form on two arms', () => reachesClosedForm(plugin, defaults())),
    check(bounded, () => memoryIsBounded(plugin, defaults())),
  ];
}
