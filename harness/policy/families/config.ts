import { TiltyardError } from '../../errors.js';
import { ADVICE, HARMLESS, HARMLESS_AT } from './harmless.js';

/** What config.json holds. */
export type Config = Readonly<Record<string, unknown>>;

/**
 * Reads the fields of one config.json, each by its name, with the default that transformers' configuration
 * class has; what is neither read nor known to be harmless is refused in the end. Null stands for an absent
 * field only where transformers takes it so.
 */
export class Fields {
  private readonly known = new Set<string>();

  constructor(
    readonly path: string,
    readonly config: Config,
  ) {}

  get family(): string {
    return String(this.config['model_type']);
  }

  has(key: string): boolean {
    return this.config[key] !== undefined;
  }

  /** The field's value as it stands; undefined where it is absent. */
  raw(key: string): unknown {
    this.known.add(key);
    return this.config[key];
  }

  /** A whole number above 0. */
  size(key: string, fallback: number): number {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    if (!Number.isInteger(value) || (value as number) < 1) throw this.bad(key, 'a whole number above 0');
    return value as number;
  }

  /** A whole number above 0, or null. */
  sizeOrNull(key: string, fallback: number | null): number | null {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    return value === null ? null : this.size(key, fallback ?? 0);
  }

  /** A number above 0. */
  positive(key: string, fallback: number): number {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    if (!isPositive(value)) throw this.bad(key, 'a number above 0');
    return value;
  }

  positiveOrNull(key: string, fallback: number | null): number | null {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    return value === null ? null : this.positive(key, fallback ?? 0);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    if (typeof value !== 'boolean') throw this.bad(key, 'true or false');
    return value;
  }

  /** One of the names that are built. */
  oneOf(key: string, fallback: string, allowed: readonly string[]): string {
    const value = this.raw(key) === undefined ? fallback : this.config[key];
    if (typeof value !== 'string' || !allowed.includes(value)) throw this.unbuilt(key, allowed);
    return value;
  }

  /** A field of which only some values are built, or which others would contradict; absent is fine. */
  only(key: string, allowed: readonly unknown[]): void {
    const value = this.raw(key);
    if (value !== undefined && !allowed.some((x) => JSON.stringify(x) === JSON.stringify(value)))
      throw this.unbuilt(key, allowed);
  }

  /** The kind of attention of each layer. */
  layerTypes(layers: number, fallback: (i: number) => LayerType): LayerType[] {
    const given = this.raw('layer_types');
    if (given == null) return Array.from({ length: layers }, (_, i) => fallback(i));
    const types = ['full_attention', 'sliding_attention'];
    if (!Array.isArray(given) || given.length !== layers || given.some((type) => !types.includes(type)))
      throw this.bad('layer_types', `${layers} times ${types.map((x) => `'${x}'`).join(' or ')}`);
    return given as LayerType[];
  }

  bad(key: string, wanted: string): TiltyardError {
    return new TiltyardError(
      'bad-config',
      `${this.path}: '${key}' should be ${wanted}, got ${this.shown(key)}`,
    );
  }

  unbuilt(key: string, allowed: readonly unknown[]): TiltyardError {
    const built = allowed.map((x) => JSON.stringify(x)).join(' or ');
    return this.refusal(`'${key}' is ${this.shown(key)}, only ${built} is built`);
  }

  refusal(problem: string): TiltyardError {
    return new TiltyardError('unsupported-model', `${this.path}: ${problem}`);
  }

  /** @throws TiltyardError for a field that nobody read and that is not known to be harmless */
  done(): void {
    for (const [key, value] of Object.entries(this.config)) {
      if (value === null || this.known.has(key) || HARMLESS.has(key)) continue;
      const allowed = HARMLESS_AT[key];
      if (allowed?.some((x) => x === value || x === JSON.stringify(value))) continue;
      const problem = `'${key}' is ${this.shown(key)}`;
      if (ADVICE[key] !== undefined) throw this.refusal(`${problem}; ${ADVICE[key]}`);
      if (allowed !== undefined) throw this.unbuilt(key, allowed.length === 0 ? [null] : allowed);
      throw this.refusal(
        `${problem}, and it is not known what it changes in ${this.family}; remove it if it changes nothing`,
      );
    }
  }

  private shown(key: string): string {
    const text = JSON.stringify(this.config[key]) ?? 'nothing';
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  }
}

export type LayerType = 'full_attention' | 'sliding_attention';

/** Whether it is a finite number above 0. */
export const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

/**
 * The config.json to write for a model that came with one: as it came, but for what its new weights change.
 * Those are float32, and transformers would round them to another `dtype`.
 * @param causal class of the model without a head for scores
 */
export function writtenConfig(source: Config, causal: string): Record<string, unknown> {
  const { tiltyard: _, ...config } = source as Record<string, unknown>;
  const [was] = Array.isArray(config['architectures']) ? (config['architectures'] as unknown[]) : [];
  if (String(was).endsWith('ForSequenceClassification')) delete config['num_labels'];
  for (const key of ['dtype', 'torch_dtype']) if (config[key] != null) config[key] = 'float32';
  return { ...config, architectures: [causal] };
}
