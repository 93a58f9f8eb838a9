import { TiltyardError } from '../../errors.js';
import type { LoraSpec } from '../../store/spec.js';
import type { Architecture } from '../architecture.js';
import { SHAPES_ONLY } from '../parts.js';

/** A linear module of a body. */
export interface LinearModule {
  /** Its name in the body: the array's without `.weight`. */
  readonly name: string;
  readonly input: number;
  readonly output: number;
}

/** What has a matrix and is not linear, or is the output, which PEFT's `all-linear` leaves out. */
const OTHERS = /(^|\.)(wte|wpe|embed_tokens|embed_in|lm_head|embed_out)\.weight$/;

/** The linear modules of an architecture, in the order of its arrays. */
export function linearModules(architecture: Architecture): LinearModule[] {
  if (architecture.kind !== 'transformer') return [];
  return [...architecture.initialBody(SHAPES_ONLY)].flatMap(([name, { shape }]) => {
    if (shape.length !== 2 || !name.endsWith('.weight') || OTHERS.test(name)) return [];
    const [first, second] = shape as [number, number];
    const [input, output] = architecture.fanInFanOut === true ? [first, second] : [second, first];
    return [{ name: name.slice(0, -'.weight'.length), input, output }];
  });
}

/**
 * The modules that get an adapter: as in PEFT, those whose name is a target or ends in one behind a dot.
 * @throws TiltyardError for an architecture without linear modules, and a target that names none of them
 */
export function adaptedModules(architecture: Architecture, { targets }: LoraSpec): LinearModule[] {
  const modules = linearModules(architecture);
  const refuse = (what: string): TiltyardError => new TiltyardError('lora-targets', `policy.lora: ${what}`);
  if (modules.length === 0) throw refuse('a table has no linear modules; remove lora, or use a transformer');
  if (targets === 'all-linear') return modules;
  const full = (name: string): string => architecture.filePrefix + name;
  const names = (target: string, { name }: LinearModule): boolean =>
    full(name) === target || full(name).endsWith(`.${target}`);
  for (const target of targets) {
    if (modules.some((module) => names(target, module))) continue;
    const known = [...new Set(modules.map(({ name }) => name.split('.').at(-1)!))];
    const remedy = `this model has ${known.join(', ')}; or take all-linear`;
    throw refuse(`no linear module is called '${target}'; ${remedy}`);
  }
  return modules.filter((module) => targets.some((target) => names(target, module)));
}
