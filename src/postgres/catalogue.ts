/** What a server says of one of its parameters: the newest one that knows it, where no major is asked for. */
export interface Parameter {
  /** `internal`, `postmaster`, `sighup`, `superuser`, `user` and the like: when a new value is used. */
  readonly context: string;
  /** `bool`, `integer`, `real`, `string` or `enum`. */
  readonly kind: string;
  /** The majors that know the parameter. */
  readonly majors: readonly number[];
  /** Unit of a bare number, such as `8kB` or `ms`. */
  readonly unit?: string;
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** What older majors say otherwise. */
  readonly byMajor?: Readonly<Record<string, Partial<Parameter>>>;
}

export type Catalogue = Readonly<Record<string, Parameter>>;

let loaded: ReadonlyMap<string, Parameter> | undefined;

/** The catalogue is 50 kB of data: it is read when the first parameter is looked up, not when the library is imported. */
function catalogue(): ReadonlyMap<string, Parameter> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  loaded ??= new Map(Object.entries(require('./catalogue.json') as Catalogue).map(([name, parameter]) => [name.toLowerCase(), parameter]));
  return loaded;
}

/** The parameter of that name as the major has it, or the newest one that knows it; PostgreSQL ignores the case of names. */
export function findParameter(name: string, major?: number): Parameter | undefined {
  const parameter = catalogue().get(name.toLowerCase());
  const older = parameter?.byMajor?.[`${major}`];
  return older === undefined ? parameter : { ...parameter!, ...older };
}

/** Parameters of extensions have a dot in their name; nobody but the extension knows them. */
export function isExtensionParameter(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$/.test(name);
}

/** Parameters of extensions that a running server takes over, by the extensions' own manuals. */
const RELOADED = /^(pg_stat_statements\.(track|track_utility|track_planning|save)|auto_explain\..*|pgaudit\.log.*)$/;

/**
 * A new value of such a parameter is used only after a restart of the server. Of an extension's parameter nobody knows it before the
 * extension is loaded: a restart too many costs a moment, one too few leaves the old value in use without a word.
 */
export function needsRestart(name: string, major: number): boolean {
  if (isExtensionParameter(name)) return !RELOADED.test(name.toLowerCase());
  return findParameter(name, major)?.context === 'postmaster';
}

/** Names that come close, for the message about an unknown one. */
export function similarParameters(name: string): string[] {
  const wanted = name.toLowerCase();
  return [...catalogue().keys()]
    .map((known) => ({ known, distance: editDistance(wanted, known) }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ known }) => known);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
